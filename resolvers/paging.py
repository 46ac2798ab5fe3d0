"""Pages of a connection, as they are asked for."""

from dataclasses import dataclass
from typing import Self

from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`limit` rows after or before a cursor; `backward` takes the last ones."""

    limit: int = DEFAULT_PAGE_SIZE
    after: str | None = None
    before: str | None = None
    backward: bool = False

    @classmethod
    def parse(
        cls,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Self:
        """Read the arguments of a connection.

        Raises:
            InvalidInputError: Both directions at once, or a size out of range.
        """
        if first is not None and last is not None:
            raise InvalidInputError("Ask for first or for last, not for both.", field=("last",))
        name, size = ("last", last) if last is not None else ("first", first)
        if size is not None and not 1 <= size <= MAX_PAGE_SIZE:
            raise InvalidInputError(
                f"A page has 1 to {MAX_PAGE_SIZE} rows; {size} is out of range.",
                code="OUT_OF_RANGE",
                field=(name,),
            )
        return cls(
            limit=size or DEFAULT_PAGE_SIZE,
            after=after,
            before=before,
            backward=last is not None,
        )
