"""Keeps parsed and validated documents: clients send the same few again and again."""

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache

_MAX_DOCUMENTS = 256
_MAX_LENGTH = 8_192
"""Characters; a longer one carries a story's text instead of a variable, and comes only once."""


class DocumentCache(ParserCache, ValidationCache):
    """Answers parsing and validation from memory; what it leaves open, the schema does itself."""

    def __init__(self) -> None:
        super().__init__(maxsize=_MAX_DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        """A document that does not parse is left to the schema, which reports why."""
        operation = self.execution_context
        if operation.query is not None and self._keeps_document():
            try:
                operation.graphql_document = self.cached_parse_document(
                    operation.query, **operation.parse_options
                )
            except (GraphQLError, RecursionError):
                operation.graphql_document = None
        yield

    def on_validate(self) -> Iterator[None]:
        """A document belongs to one schema, so its errors can be kept with it."""
        if self._keeps_document():
            yield from super().on_validate()
        else:
            yield

    def _keeps_document(self) -> bool:
        return len(self.execution_context.query or "") <= _MAX_LENGTH
