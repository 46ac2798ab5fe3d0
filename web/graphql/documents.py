"""Resolves the document of a request: its own text, a registered one, or a persisted query."""

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.persisted_queries import PersistedQueryError, hash_in
from web.services import Services


@dataclass(slots=True)
class Wanted:
    """The parts of a request that identify its document."""

    query: str | None
    document_id: str | None
    extensions: Mapping[str, object] | None

    async def find(self, services: Services) -> str:
        """The document.

        Raises:
            RequestError: There is none, or the request contradicts itself.
            DatabaseUnavailableError: It cannot be looked up at the moment.
        """
        hash_ = self._hash
        if hash_ is None:
            return await services.documents.resolve(self.query, self.document_id)
        if services.documents.is_enforced:
            raise PersistedQueryError(
                "PersistedQueryNotSupported", code="PERSISTED_QUERY_NOT_SUPPORTED"
            )
        return services.persisted_queries.resolve(self.query, hash_)

    def keep(self, services: Services, document: str) -> None:
        """Store the valid document if the client wants to refer to it by its hash."""
        if (hash_ := self._hash) is not None:
            services.persisted_queries.keep(hash_, document)

    @property
    def _hash(self) -> str | None:
        return hash_in(self.extensions) if self.extensions and self.document_id is None else None
