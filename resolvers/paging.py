"""Reads which page of a connection is asked for."""

from db.queries.pages import PageWindow
from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from errors import InvalidInputError
from resolvers.cursors import decode_page_cursor


def parse_window(
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> PageWindow:
    """Read the arguments of a connection.

    Raises:
        InvalidInputError: Both directions at once, a size out of range, or a cursor not ours.
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
    return PageWindow(
        limit=size or DEFAULT_PAGE_SIZE,
        after=decode_page_cursor(after) if after else None,
        before=decode_page_cursor(before) if before else None,
        backward=last is not None,
    )
