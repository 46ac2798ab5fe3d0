"""The media types that a client accepts."""

import re
from collections.abc import Sequence
from functools import lru_cache

from web.headers import RawHeaders, header_values

_UNWANTED = re.compile(r"\bq\s*=\s*0(\.0*)?\s*(;|$)")


def accepted_types(headers: RawHeaders) -> Sequence[str]:
    """Those of its Accept headers in lower case, in its order; any if it says nothing.

    A type with a quality of 0 is refused.
    """
    return _accepted(b",".join(header_values(headers, b"accept")))


@lru_cache(maxsize=256)
def _accepted(told: bytes) -> Sequence[str]:
    choices = (told.decode("latin-1") or "*/*").lower().split(",")
    parted = (choice.partition(";") for choice in choices)
    return [kind.strip() for kind, _, parameters in parted if not _UNWANTED.search(parameters)]
