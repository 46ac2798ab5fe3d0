"""Parses the paging arguments of a connection."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from db.queries.pages import PageWindow
from db.rows import Page
from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH
from errors import InvalidInputError
from resolvers.cursors import decode_page_cursor
from resolvers.texts import check_text

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list, its sort order, and how to count the rows on all pages."""

    page: Page[T]
    count: Callable[[], Awaitable[int]]
    order: str = ""


def choices(values: Sequence[Choice] | None) -> tuple[Choice, ...] | None:
    """The chosen values of a filter, each once and in one order; None if there is no filter."""
    return None if values is None else tuple(sorted(set(values)))


def check_search(text: str | None) -> str | None:
    """The search words; None if there are none.

    Raises:
        InvalidInputError: They are too long, or contain characters that no text can.
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
    """Parse the arguments of a connection; `order` names the sort key.

    Raises:
        InvalidInputError: Both directions at once, a size out of range, or an invalid cursor.
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
