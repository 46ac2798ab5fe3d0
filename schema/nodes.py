"""The interface of all types with an ID, and the `Info` of every field.

The types of this package describe the schema and are not instantiated: resolvers return rows, whose
attributes have the names of the fields. A field that is not an attribute is a static method over
its row, with `graphql_type` naming the type.
"""

from asyncio import Future
from collections.abc import Awaitable
from typing import Annotated, TypeVar

import strawberry

from domain import MAX_IDEMPOTENCY_KEY_LENGTH
from resolvers.context import Context

Info = strawberry.Info[Context, None]
T = TypeVar("T")

CREATED_AT = "Creation time."
UPDATED_AT = "Time of the last change."
IDEMPOTENCY_KEY = (
    f"An idempotency key of at most {MAX_IDEMPOTENCY_KEY_LENGTH} characters. Repeating the "
    "mutation with the same key and input within 24 hours returns the first result."
)
REVISION = "Increases with every change. Of two versions, the one with the higher number is newer."


@strawberry.interface(description="An object with a globally unique ID.")
class Node:
    """An object with an ID; implementing types define `is_type_of` for their row."""

    id: strawberry.ID = strawberry.field(description="The ID, a UUIDv7. IDs sort by creation time.")


StoryId = Annotated[
    strawberry.ID, strawberry.argument(name="id", description="The ID of the story.")
]
ShotId = Annotated[strawberry.ID, strawberry.argument(name="id", description="The ID of the shot.")]
VideoId = Annotated[
    strawberry.ID, strawberry.argument(name="id", description="The ID of the video.")
]
OfStoryId = Annotated[strawberry.ID, strawberry.argument(description="The ID of the story.")]


def present(loading: Awaitable[T]) -> T | Awaitable[T]:
    """A value that was primed in a loader: awaiting it would cost a task per field."""
    if isinstance(loading, Future) and loading.done():
        return loading.result()
    return loading
