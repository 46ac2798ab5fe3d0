"""Who asks, and what answers."""

import strawberry

import domain
from schema.limits import MAX_COST, MAX_DEPTH


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
        "counts as 10."
    )


@strawberry.type(description="A model service that works for this server.")
class ProviderInfo:
    """One provider as it is configured."""

    name: str = strawberry.field(description="Its name in the settings.")
    kind: str = strawberry.field(description="What it makes: script, image or video.")


@strawberry.type(description="The server that answers.")
class Server:
    """What a client may want to know before it begins."""

    version: str = strawberry.field(description="The version of AI-Story that runs.")
    providers: list[ProviderInfo] = strawberry.field(
        description="The model services that new work is given to."
    )
    limits: Limits = strawberry.field(description="What it accepts at most.")


LIMITS = Limits(
    max_content_length=domain.MAX_CONTENT_LENGTH,
    max_shots_per_story=domain.MAX_SHOTS_PER_STORY,
    max_page_size=domain.MAX_PAGE_SIZE,
    max_query_depth=MAX_DEPTH,
    max_query_cost=MAX_COST,
)
