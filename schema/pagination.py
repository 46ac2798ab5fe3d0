"""Connections: pages of a list that grows, with cursors that stay right while it does."""

from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar
from uuid import UUID

import strawberry

from db.rows import Page
from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from resolvers.cursors import encode_page_cursor

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

EDGES = "The rows of this page, each with its cursor."
NODES = "The rows of this page."
PAGE_INFO = "Whether there is more, and from where to go on."
TOTAL_COUNT = "How many there are on all pages; counted only when asked for."
EDGE_CURSOR = "The position of this row, for `after` and `before`."
EDGE_NODE = "The row."


class HasId(Protocol):
    """A row; its id is its position, for ids grow with time."""

    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=HasId)


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


def list_edges(page: Page[Row]) -> list[Edge[Row]]:
    """The page's rows with their cursors."""
    return [Edge(encode_page_cursor(row.id), row) for row in page.nodes]


def page_info_of(page: Page[Row]) -> PageInfo:
    """Where the page lies."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=encode_page_cursor(page.nodes[0].id) if page.nodes else None,
        end_cursor=encode_page_cursor(page.nodes[-1].id) if page.nodes else None,
    )
