"The reason why a step failed."

from datetime import datetime

import strawberry

FAILURE = "The reason if the status is FAILED, otherwise null."


@strawberry.type(description="The reason why a step failed.")
class Failure:
    """The GraphQL type of `db.rows.Failure`."""

    code: str = strawberry.field(
        description="Machine-readable code: UPSTREAM_TIMEOUT, CONTENT_REJECTED, ..."
    )
    message: str = strawberry.field(description="Human-readable message.")
    retryable: bool = strawberry.field(description="Whether a retry without changes may succeed.")
    provider: str | None = strawberry.field(description="The provider, if one was involved.")
    attempt: int = strawberry.field(description="Number of the last attempt, from 1.")
    occurred_at: datetime = strawberry.field(description="Time of the failure.")
