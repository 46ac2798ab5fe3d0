"""Automatic persisted queries: a client sends a document once, and then its hash alone.

What clients sent is kept in this process for a while. Where a hash is not known, another process
behind the same address may have been asked; the client sends the document again, and all is well.
Nobody vouches for these documents: each is judged at every request like one that came whole.
"""

import re
import sys
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple, cast

from errors import InvalidInputError, RequestError
from resolvers.documents import digest_of

_VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_KEPT_S = 3_600.0
_MAX_COUNT = 1_000
_MAX_BYTES = 8 * 2**20
_MAX_DOCUMENT_BYTES = _MAX_BYTES // 64
"""So that nobody has a larger share."""


class PersistedQueryError(RequestError):
    """No hash will do: the client sends the whole document. Apollo's clients read the message."""


class _Kept(NamedTuple):
    document: str
    asked_at: float


class PersistedQueries:
    """Documents by their hash, each until nobody has asked for it for so long."""

    def __init__(
        self,
        *,
        kept_s: float = _KEPT_S,
        max_count: int = _MAX_COUNT,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        """Those that were not asked for for longest go first when there are too many."""
        self._kept_s = kept_s
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size_bytes = 0

    def resolve(self, query: str | None, hash_: str) -> str:
        """The document that a request means by its hash, or the one that came with it.

        Raises:
            InvalidInputError: The hash is another document's.
            PersistedQueryError: It is not known here.
        """
        if query:
            if digest_of(query) != hash_:
                raise InvalidInputError("The hash does not match the query.", code="BAD_REQUEST")
            return query
        found = self._kept.get(hash_)
        if found is None or time.monotonic() - found.asked_at > self._kept_s:
            raise PersistedQueryError("PersistedQueryNotFound", code="PERSISTED_QUERY_NOT_FOUND")
        return found.document

    def keep(self, hash_: str, document: str) -> None:
        """Keep a document that has run, or keep it longer."""
        size_bytes = sys.getsizeof(document)
        if size_bytes > _MAX_DOCUMENT_BYTES:
            return
        if self._kept.pop(hash_, None) is None:
            self._size_bytes += size_bytes
        self._kept[hash_] = _Kept(document, time.monotonic())
        while len(self._kept) > self._max_count or self._size_bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._size_bytes -= sys.getsizeof(oldest.document)


def hash_in(extensions: Mapping[str, object] | None) -> str | None:
    """The hash that a request names in Apollo's form; None when it names none.

    Raises:
        InvalidInputError: It is of another version, or no hash.
    """
    named = (extensions or {}).get("persistedQuery")
    if named is None:
        return None
    told: Mapping[str, object] = {}
    if isinstance(named, dict):
        told = cast("Mapping[str, object]", named)
    hash_ = told.get("sha256Hash")
    if told.get("version") != _VERSION or not isinstance(hash_, str) or not _HASH.fullmatch(hash_):
        raise InvalidInputError(
            f"persistedQuery requires version {_VERSION} and sha256Hash, a SHA-256 in hexadecimal "
            "digits.",
            code="BAD_REQUEST",
        )
    return hash_
