"""The viewer and the server."""

from datetime import datetime

import strawberry

import domain
from resolvers.servers import ProviderRow, list_providers
from schema.limits import MAX_COST, MAX_DEPTH
from schema.nodes import Info


@strawberry.type(description="The authenticated client.")
class Viewer:
    """The GraphQL type of resolvers.context.Viewer."""

    id: strawberry.ID = strawberry.field(
        description="The owner ID of everything that the viewer creates."
    )
    name: str = strawberry.field(description="Display name.")


@strawberry.type(description="Limits of this server.")
class Limits:
    """The limits of the domain and of an operation."""

    max_content_length: int = strawberry.field(
        description="Maximum number of characters in the text of a story."
    )
    max_shots_per_story: int = strawberry.field(description="Maximum number of shots in a story.")
    max_page_size: int = strawberry.field(description="Maximum page size of a connection.")
    max_query_depth: int = strawberry.field(description="Maximum nesting depth of an operation.")
    max_query_cost: int = strawberry.field(
        description="Maximum number of values in the response of an operation. A list without a "
        "page size counts as 10, an estimate as 5,000."
    )


def _kind_of(root: strawberry.Parent[ProviderRow]) -> str:
    return root.kind.word


@strawberry.type(description="A model service that this server uses.")
class ProviderInfo:
    """The GraphQL type of resolvers.servers.ProviderRow."""

    name: str = strawberry.field(description="Name of the provider in the settings.")

    kind: str = strawberry.field(
        resolver=_kind_of,
        description="Stage of the pipeline: script, image, clip, video or voice.",
    )
    models: list[str] = strawberry.field(
        description="Configured models. Empty if the service has a single model."
    )
    available: bool = strawberry.field(
        description="Whether it is reachable. If it is not, work waits until it is."
    )
    paused_until: datetime | None = strawberry.field(
        description="When a pause ends. Providers are paused while they limit the rate or are "
        "down. Null if the provider is not paused."
    )


@strawberry.type(description="Information about the server.")
class Server:
    """Information for clients before they start."""

    version: str = strawberry.field(description="Version of AI-Story.")
    limits: Limits = strawberry.field(description="Limits of this server.")

    @strawberry.field(
        description="The configured providers, including fallbacks.",
        graphql_type=list[ProviderInfo],
    )
    @staticmethod
    async def providers(info: Info) -> list[ProviderRow]:
        """Checked only on request."""
        return await list_providers(info.context.production)


LIMITS = Limits(
    max_content_length=domain.MAX_CONTENT_LENGTH,
    max_shots_per_story=domain.MAX_SHOTS_PER_STORY,
    max_page_size=domain.MAX_PAGE_SIZE,
    max_query_depth=MAX_DEPTH,
    max_query_cost=MAX_COST,
)
