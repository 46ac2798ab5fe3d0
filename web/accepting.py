"""The media types that a client accepts."""

import re
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers

from web.headers import header_values

_UNWANTED = re.compile(r"\bq\s*=\s*0(\.0*)?\s*(;|$)")


def accepted_types(headers: Headers) -> Sequence[str]:
    """Those of its Accept headers in lower case, in its order; any if it says nothing.

    A type with a quality of 0 is refused.
    """
    told = header_values(headers.raw, b"accept")
    return _accepted(b",".join(told).decode("latin-1") or "*/*")


@lru_cache(maxsize=256)
def _accepted(told: str) -> Sequence[str]:
    parted = (choice.partition(";") for choice in told.lower().split(","))
    return [kind.strip() for kind, _, parameters in parted if not _UNWANTED.search(parameters)]
