"""The fields with the URL of a picture, and their argument."""

from typing import Annotated

import strawberry

from orchestration.media.variants import WIDTHS
from schema.nodes import Info

Width = Annotated[
    int | None,
    strawberry.argument(
        name="width",  # else it is derived from Python's name for every picture
        description="Width in pixels for which the picture is needed. It is rounded up to one of "
        f"{', '.join(map(str, WIDTHS[:-1]))} and {WIDTHS[-1]}. Pictures are never enlarged. The "
        "type is AVIF or WebP if the Accept header of the request for the picture names it. The "
        "default is the picture as stored.",
    ),
]
ANY_WIDTH = strawberry.UNSET
"""The default. Null would be converted for every picture, at the price of the field itself."""


def picture_url(info: Info, key: str | None, width: int | None) -> str | None:
    """The URL of the picture, for this width if one was given.

    Raises:
        InvalidInputError: The width is not positive.
    """
    if width is ANY_WIDTH:
        return info.context.media_url(key)
    return info.context.picture_url(key, width)
