"""Who asks, and what answers."""

from datetime import datetime

import strawberry

import domain
from resolvers.servers import ProviderRow, list_providers
from schema.limits import MAX_COST, MAX_DEPTH
from schema.nodes import Info


@strawberry.type(description="Who asks.")
class Viewer:
    """The GraphQL face of resolvers.context.Viewer."""

    id: strawberry.ID = strawberry.field(description="The owner of everything the viewer makes.")
    name: str = strawberry.field(description="A name for people.")


@strawberry.type(description="What this server accepts at most.")
class Limits:
    """The limits of the domain and of an operation."""

    max_content_length: int = strawberry.field(description="Characters of a story's text.")
    max_shots_per_story: int = strawberry.field(description="Shots of one story.")
    max_page_size: int = strawberry.field(description="Rows on one page of a connection.")
    max_query_depth: int = strawberry.field(
        description="Fields inside one another in one operation."
    )
    max_query_cost: int = strawberry.field(
        description="Values that the answer to one operation may hold; a list without a page size "
        "counts as 10, an estimate as 5,000."
    )


@strawberry.type(description="A model service that works for this server.")
class ProviderInfo:
    """The GraphQL face of resolvers.servers.ProviderRow."""

    name: str = strawberry.field(description="Its name in the settings.")
    kind: str = strawberry.field(description="What it makes: script, image, clip, video or voice.")
    models: list[str] = strawberry.field(
        description="The models that it is asked for; none where it has but one."
    )
    available: bool = strawberry.field(
        description="Whether it can be reached just now; work waits for it until it can."
    )
    paused_until: datetime | None = strawberry.field(
        description="Until when no work is given to it, because it asked us to slow down, or "
        "because it is down and is tried again then; null when it works."
    )


@strawberry.type(description="The server that answers.")
class Server:
    """What a client may want to know before it begins."""

    version: str = strawberry.field(description="The version of AI-Story that runs.")
    limits: Limits = strawberry.field(description="What it accepts at most.")

    @strawberry.field(
        description="The model services that new work is given to.",
        graphql_type=list[ProviderInfo],
    )
    @staticmethod
    async def providers(info: Info) -> list[ProviderRow]:
        """Looked at only when asked for."""
        return await list_providers(info.context.production)


LIMITS = Limits(
    max_content_length=domain.MAX_CONTENT_LENGTH,
    max_shots_per_story=domain.MAX_SHOTS_PER_STORY,
    max_page_size=domain.MAX_PAGE_SIZE,
    max_query_depth=MAX_DEPTH,
    max_query_cost=MAX_COST,
)
