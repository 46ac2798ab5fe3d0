"""Why a step ended without a result."""

from datetime import datetime

import strawberry

FAILURE = "Why it FAILED; null otherwise."


@strawberry.type(description="Why a step ended without a result.")
class Failure:
    """The GraphQL face of `db.rows.Failure`."""

    code: str = strawberry.field(
        description="What went wrong, for programs: UPSTREAM_TIMEOUT, CONTENT_REJECTED, ..."
    )
    message: str = strawberry.field(description="What went wrong, one sentence for a person.")
    retryable: bool = strawberry.field(
        description="Whether the same request may succeed later, so that a retry makes sense."
    )
    provider: str | None = strawberry.field(description="The model service, where one was at work.")
    attempt: int = strawberry.field(description="At which attempt it was given up, from 1.")
    occurred_at: datetime = strawberry.field(description="When it was given up.")
