"""The schema: Query, Mutation and Subscription, assembled from the parts of each noun."""

from typing import Annotated

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import resolvers.context
from db.rows import ClipRow, ShotRow, StoryRow, TakeRow, VideoRow
from resolvers.nodes import get_node
from schema.deadline import Deadline
from schema.documents import Documents
from schema.enums import ENUMS
from schema.estimates import EstimateQueries
from schema.events import EventQueries, StorySubscriptions
from schema.execution import RowExecutor, StreamRunner
from schema.nodes import Info, Node
from schema.scalars import SCALARS
from schema.server import LIMITS, Server, Viewer
from schema.shot_mutations import ShotMutations
from schema.shots import ShotQueries
from schema.stories import StoryQueries
from schema.story_mutations import StoryMutations
from schema.storyboard_mutations import StoryboardMutations
from schema.text_formats import TextFormatQueries
from schema.upload_mutations import UploadMutations
from schema.video_mutations import VideoMutations
from schema.videos import VideoQueries


@strawberry.type(description="All queries.")
class Query(
    StoryQueries, ShotQueries, VideoQueries, EventQueries, EstimateQueries, TextFormatQueries
):
    "All queries."

    @strawberry.field(
        description="Fetches any object of yours by ID. Null if it does not exist or belongs to "
        "another owner.",
        graphql_type=Node | None,
    )
    async def node(
        self,
        info: Info,
        node_id: Annotated[
            strawberry.ID,
            strawberry.argument(
                name="id", description="The ID of a story, shot, take, clip or video."
            ),
        ],
    ) -> StoryRow | ShotRow | TakeRow | ClipRow | VideoRow | None:
        """One row."""
        return await get_node(info.context, node_id)

    @strawberry.field(
        description="The authenticated viewer. Null without credentials.",
        graphql_type=Viewer | None,
    )
    def viewer(self, info: Info) -> resolvers.context.Viewer:
        "The authenticated client."
        return info.context.viewer

    @strawberry.field(description="Information about the server.")
    def server(self, info: Info) -> Server:
        """Version, providers and limits."""
        return Server(version=info.context.version, limits=LIMITS)


@strawberry.type(
    description="All mutations. Errors that the caller can fix are in `userErrors`, all others in "
    "`errors`."
)
class Mutation(StoryMutations, ShotMutations, UploadMutations, StoryboardMutations, VideoMutations):
    """All mutations."""


@strawberry.type(description="All subscriptions, over WebSocket (graphql-transport-ws).")
class Subscription(StorySubscriptions):
    """All subscriptions."""


class _Schema(strawberry.Schema):
    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """A Schema without overhead per result."""
        return StreamRunner(execution_context, extensions)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """The transport logs unexpected errors, with the request's ID."""


SCHEMA = _Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=ENUMS,
    extensions=[Documents, Deadline],
    execution_context_class=RowExecutor,
    config=StrawberryConfig(scalar_map=SCALARS),
)


def print_contract() -> str:
    """The schema as it is checked in: schema/schema.graphql."""
    return SCHEMA.as_str().rstrip() + "\n"
