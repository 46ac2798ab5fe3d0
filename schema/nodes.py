"""What every type with an id shares, and the `Info` that every field gets.

The types of this room describe the contract and are not instantiated: resolvers return rows, whose
attributes carry the fields' names. A field that a row does not carry is a static method over its
row, with `graphql_type` naming the type.
"""

from asyncio import Future
from collections.abc import Awaitable
from typing import Annotated, TypeVar

import strawberry

from domain import MAX_IDEMPOTENCY_KEY_LENGTH
from resolvers.context import Context

Info = strawberry.Info[Context, None]
T = TypeVar("T")

CREATED_AT = "When it was made."
UPDATED_AT = "When it last changed."
IDEMPOTENCY_KEY = (
    "A name of your own for this call, at most "
    f"{MAX_IDEMPOTENCY_KEY_LENGTH} characters: sent again within 24 hours with the same input it "
    "is done once, and answers with what was done."
)
REVISION = "Grows with every change; of two versions the one with the higher number is newer."


@strawberry.interface(description="Something with an id that is unique over all types.")
class Node:
    """What has an id; implementing types define `is_type_of` for their row."""

    id: strawberry.ID = strawberry.field(description="Its id, a UUIDv7: ids grow with time.")


StoryId = Annotated[strawberry.ID, strawberry.argument(name="id", description="The story's id.")]
ShotId = Annotated[strawberry.ID, strawberry.argument(name="id", description="The shot's id.")]
VideoId = Annotated[strawberry.ID, strawberry.argument(name="id", description="The video's id.")]
OfStoryId = Annotated[strawberry.ID, strawberry.argument(description="The story's id.")]


def present(loading: Awaitable[T]) -> T | Awaitable[T]:
    """What a loader was given beforehand, as a value: awaiting it would cost a task per field."""
    if isinstance(loading, Future) and loading.done():
        return loading.result()
    return loading
