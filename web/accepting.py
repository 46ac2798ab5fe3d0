"""The media types that a client accepts."""

import re

from starlette.datastructures import Headers

_UNWANTED = re.compile(r"\bq\s*=\s*0(\.0*)?\s*(;|$)")


def accepted_types(headers: Headers) -> list[str]:
    """Those of its Accept headers in lower case, in its order; any if it says nothing.

    A type with a quality of 0 is refused.
    """
    choices = (",".join(headers.getlist("accept")) or "*/*").lower().split(",")
    parted = (choice.partition(";") for choice in choices)
    return [kind.strip() for kind, _, parameters in parted if not _UNWANTED.search(parameters)]
