"""The argument of all fields with the URL of a picture."""

from typing import Annotated

import strawberry

from orchestration.media.variants import WIDTHS

Width = Annotated[
    int | None,
    strawberry.argument(
        description="Width in pixels for which the picture is needed. It is rounded up to one of "
        f"{', '.join(map(str, WIDTHS[:-1]))} and {WIDTHS[-1]}. Pictures are never enlarged. The "
        "type is AVIF or WebP if the Accept header of the request for the picture names it. The "
        "default is the picture as stored."
    ),
]
