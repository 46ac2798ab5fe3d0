"""Connections: pages of a list that grows, with cursors that stay right while it does."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH
from resolvers.cursors import encode_page_cursor
from resolvers.paging import Listing

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many rows to take from the start: 1 to {MAX_PAGE_SIZE}, "
        f"{DEFAULT_PAGE_SIZE} unless told."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Take the rows after this cursor of an edge.")
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many rows to take from the end: 1 to {MAX_PAGE_SIZE}. Not with `first`."
    ),
]
Before = Annotated[
    str | None, strawberry.argument(description="Take the rows before this cursor of an edge.")
]

SEARCH = (
    f"Words that the story's title or text contains as they stand, in any case, at most "
    f"{MAX_SEARCH_LENGTH} characters."
)
CREATED_AFTER = "Only what was made after this moment."
CREATED_BEFORE = "Only what was made before this moment."
EDGES = "The rows of this page, each with its cursor."
NODES = "The rows of this page."
PAGE_INFO = "Whether there is more, and from where to go on."
TOTAL_COUNT = "How many there are on all pages; counted only when asked for."
EDGE_CURSOR = "The position of this row, for `after` and `before`."
EDGE_NODE = "The row."


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Edge(Generic[Row]):
    """A row and its position."""

    cursor: str
    node: Row


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows precede this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the page's first row; null when it is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the page's last row; null when it is empty."
    )


def list_edges(listing: Listing[Row]) -> list[Edge[Row]]:
    """The page's rows with their cursors."""
    page = listing.page
    return [
        Edge(encode_page_cursor(position, order=listing.order), row)
        for position, row in zip(page.positions, page.nodes, strict=True)
    ]


def page_info_of(listing: Listing[Row]) -> PageInfo:
    """Where the page lies."""
    page = listing.page
    ends = [page.positions[0], page.positions[-1]] if page.positions else []
    start, end = [encode_page_cursor(end, order=listing.order) for end in ends] or (None, None)
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=start,
        end_cursor=end,
    )
