"""What a story will cost, before it is made."""

from typing import Annotated

import strawberry

import resolvers.usage
from resolvers.usage import estimate_story
from schema.limits import WEIGHT
from schema.nodes import Info
from schema.story_mutations import CreateStoryInput
from schema.usage import Usage

_WEIGHT = 5_000
"""A text as long as allowed takes seconds of CPU to cut; nine of them fit into one operation."""


@strawberry.type
class EstimateQueries:
    """The part of Query about costs to come."""

    @strawberry.field(
        description="What `createStory` with this input will take and cost, together with one "
        "film. An estimate: the writer may write more shots or fewer, each new take and each new "
        "film comes on top, and narrations are taken to be as long as the text. Nothing is made, "
        "and `idempotencyKey` means nothing here.",
        graphql_type=Usage,
        metadata={WEIGHT: _WEIGHT},
    )
    async def estimate_story(
        self,
        info: Info,
        wanted: Annotated[
            CreateStoryInput,
            strawberry.argument(name="input", description="The story, as for `createStory`."),
        ],
    ) -> resolvers.usage.Usage:
        """Validates as createStory does."""
        return await estimate_story(info.context, wanted.wish())
