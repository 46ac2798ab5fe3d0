"""Automatic persisted queries: a client sends a document once, and then only its hash.

Documents are kept in this process for a while. If a hash is unknown, another process behind the
same address may have received the document, and the client sends it again. These documents are not
trusted: each is checked on every request like a complete one.
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
"""So that no client takes a larger share."""


class PersistedQueryError(RequestError):
    """The hash is unknown: the client sends the whole document.

    Apollo's clients read the message.
    """


class _Kept(NamedTuple):
    document: str
    asked_at: float


class PersistedQueries:
    """Documents by their hash, each until it was unused for this long."""

    def __init__(
        self,
        *,
        kept_s: float = _KEPT_S,
        max_count: int = _MAX_COUNT,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        """When there are too many, the least recently used ones are dropped."""
        self._kept_s = kept_s
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size_bytes = 0

    def resolve(self, query: str | None, hash_: str) -> str:
        """The document with the hash in the request, or the one sent with it.

        Raises:
            InvalidInputError: The hash belongs to another document.
            PersistedQueryError: It is unknown here.
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
        """Store a document that has run, or renew it."""
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
    """The hash of a request in Apollo's format; None if there is none.

    Raises:
        InvalidInputError: It has another version, or is not a hash.
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
