"""Trusted documents: operations registered by the operator and identified by their digest.

If they are enforced, nothing else runs, so clients cannot send operations of their own.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence

from db.queries import documents
from db.session import Database
from errors import InvalidInputError, NotFoundError

_KEPT = 1_000
_ID = re.compile(r"sha256:([0-9a-f]{64})")


def digest_of(body: str) -> str:
    """The SHA-256 in hexadecimal; a lone surrogate, which JSON may contain, is included."""
    return hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()


def document_id(body: str) -> str:
    """The reference that clients send instead of the body."""
    return f"sha256:{digest_of(body)}"


class TrustedDocuments:
    """The registered documents; a body is immutable, so it is read once per process."""

    def __init__(self, database: Database, *, is_enforced: bool = False) -> None:
        """With `is_enforced`, an operation must be identified by its digest."""
        self._database = database
        self._known: OrderedDict[str, str] = OrderedDict()
        self.is_enforced = is_enforced

    async def resolve(self, query: str | None, id_: str | None) -> str:
        """The document of a request.

        Raises:
            InvalidInputError: It has no document, an invalid digest, or the digest of another
                document.
            NotFoundError: DOCUMENT_NOT_FOUND, it is not registered.
        """
        if id_ is None:
            if self.is_enforced:
                raise InvalidInputError(
                    "This server only runs registered documents. Send a documentId.",
                    code="DOCUMENT_ID_REQUIRED",
                )
            if not query:
                raise InvalidInputError("The request contains no query.", code="BAD_REQUEST")
            return query
        match = _ID.fullmatch(id_)
        if match is None or (query and document_id(query) != id_):
            raise InvalidInputError(
                "The documentId must be sha256:... and match the query, if one is sent.",
                code="BAD_REQUEST",
            )
        return await self._find(match[1])

    async def _find(self, digest: str) -> str:
        body = self._known.get(digest)
        if body is None:
            async with self._database.reading() as session:
                body = await documents.get_body(session, digest)
            if body is None:
                raise NotFoundError(
                    "The document is not registered. Register it, or send the query.",
                    code="DOCUMENT_NOT_FOUND",
                )
            self._known[digest] = body
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return body

    async def register(self, bodies: Sequence[str]) -> int:
        """Store the documents; returns the number of new ones."""
        by_digest = {document_id(body).removeprefix("sha256:"): body for body in bodies}
        async with self._database.writing() as session:
            return await documents.add_documents(session, by_digest)
