"""Reads which page of a connection is asked for, and of what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from db.queries.pages import PageWindow
from db.rows import Page
from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH
from errors import InvalidInputError
from resolvers.cursors import decode_page_cursor
from resolvers.texts import check_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list, how it is sorted, and how to count what is on all pages."""

    page: Page[T]
    count: Callable[[], Awaitable[int]]
    order: str = ""


def check_search(text: str | None) -> str | None:
    """The words to look for; None when there are none.

    Raises:
        InvalidInputError: Too long, or nothing that a text can contain.
    """
    if text is None or not text.strip():
        return None
    under = ("filter",)
    return check_text(
        text.strip(), field="search", limit=MAX_SEARCH_LENGTH, under=under, is_told=False
    )


def parse_window(
    *,
    order: str = "",
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> PageWindow:
    """Read the arguments of a connection; `order` names what it is sorted by.

    Raises:
        InvalidInputError: Both directions at once, a size out of range, or a cursor not ours.
    """
    if first is not None and last is not None:
        raise InvalidInputError("Use either `first` or `last`, not both.", field=("last",))
    name, size = ("last", last) if last is not None else ("first", first)
    if size is not None and not 1 <= size <= MAX_PAGE_SIZE:
        raise InvalidInputError(
            f"`{name}` must be between 1 and {MAX_PAGE_SIZE}, not {size}.",
            code="OUT_OF_RANGE",
            field=(name,),
        )
    return PageWindow(
        limit=size or DEFAULT_PAGE_SIZE,
        after=decode_page_cursor(after, order=order) if after else None,
        before=decode_page_cursor(before, order=order, field="before") if before else None,
        backward=last is not None,
    )
