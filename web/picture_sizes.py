"""What a client wants of a picture: its width in the query, and the types in its Accept header."""

import re

from starlette.datastructures import Headers, QueryParams

from errors import InvalidInputError
from orchestration.media.links import WIDTH_PARAMETER
from orchestration.media.store import media_type_of
from orchestration.media.variants import has_variants
from orchestration.providers.images.scaling import WEB_TYPES
from resolvers.pictures import parse_width
from web.accepting import accepted_types

_NUMBER = re.compile(r"[0-9]{1,9}")


def wanted_width(key: str, query: QueryParams) -> int | None:
    """The next of the fixed widths; None for the file itself, and of all that is not a picture.

    Raises:
        InvalidInputError: The width is not a positive number.
    """
    told = query.get(WIDTH_PARAMETER)
    if told is None or not has_variants(key):
        return None
    if _NUMBER.fullmatch(told) is None:
        message = f"`{WIDTH_PARAMETER}` must be a positive number of pixels."
        raise InvalidInputError(message, field=(WIDTH_PARAMETER,))
    return parse_width(int(told), field=WIDTH_PARAMETER)


def best_type(key: str, headers: Headers) -> str:
    """The smallest type that the client names; else the picture's own.

    A wildcard does not count: clients send it that read only what all do.
    """
    named = accepted_types(headers.raw)
    return next((one for one in WEB_TYPES if one in named), media_type_of(key))
