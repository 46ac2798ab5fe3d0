"""Connections: pages of a growing list, with cursors that stay valid as it grows."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH
from resolvers.cursors import encode_page_cursor
from resolvers.paging import Listing

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"Number of items from the start, 1 to {MAX_PAGE_SIZE}. The default is "
        f"{DEFAULT_PAGE_SIZE}."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Cursor of an edge. Returns the items after it.")
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description=f"Number of items from the end, 1 to {MAX_PAGE_SIZE}. Not with `first`."
    ),
]
Before = Annotated[
    str | None, strawberry.argument(description="Cursor of an edge. Returns the items before it.")
]

SEARCH = (
    "Case-insensitive substring of the story's title or text, at most "
    f"{MAX_SEARCH_LENGTH} characters."
)
CREATED_AFTER = "Only items created after this time."
CREATED_BEFORE = "Only items created before this time."
EDGES = "The items of this page with their cursors."
NODES = "The items of this page."
PAGE_INFO = "Pagination information."
TOTAL_COUNT = "Total number of items on all pages. Counted only if requested."
EDGE_CURSOR = "Cursor of this item, for `after` and `before`."
EDGE_NODE = "The item."


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Edge(Generic[Row]):
    """A row and its position."""

    cursor: str
    node: Row


@strawberry.type(description="Pagination information.")
class PageInfo:
    """The position of a page."""

    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first item. Null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item. Null on an empty page."
    )


def list_edges(listing: Listing[Row]) -> list[Edge[Row]]:
    """The page's rows with their cursors."""
    page = listing.page
    return [
        Edge(encode_page_cursor(position, order=listing.order), row)
        for position, row in zip(page.positions, page.nodes, strict=True)
    ]


def page_info_of(listing: Listing[Row]) -> PageInfo:
    """The position of the page."""
    page = listing.page
    ends = [page.positions[0], page.positions[-1]] if page.positions else []
    start, end = [encode_page_cursor(end, order=listing.order) for end in ends] or (None, None)
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=start,
        end_cursor=end,
    )
