"""Estimates of a story's cost."""

from typing import Annotated

import strawberry

import resolvers.usage
from resolvers.usage import estimate_story
from schema.limits import WEIGHT
from schema.nodes import Info
from schema.story_mutations import CreateStoryInput
from schema.usage import Usage

_WEIGHT = 5_000
"""The longest text takes seconds of CPU to split; nine of them fit into one operation."""


@strawberry.type
class EstimateQueries:
    """The part of Query about estimates."""

    @strawberry.field(
        description="Estimates usage and cost of `createStory` with this input and of one film. "
        "The estimate assumes that narrations are as long as the text. The number of "
        "shots may differ, and further takes and films cost extra. Nothing is "
        "created, and `idempotencyKey` is ignored.",
        graphql_type=Usage,
        metadata={WEIGHT: _WEIGHT},
    )
    async def estimate_story(
        self,
        info: Info,
        wanted: Annotated[
            CreateStoryInput,
            strawberry.argument(name="input", description="The story, as in `createStory`."),
        ],
    ) -> resolvers.usage.Usage:
        """Validates as createStory does."""
        return await estimate_story(info.context, wanted.wish())
