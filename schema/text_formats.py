"""Formats of texts."""

from typing import Annotated

import strawberry

from domain import TextFormat
from resolvers.stories import recognized_format


@strawberry.type
class TextFormatQueries:
    """The part of Query about formats of texts."""

    @strawberry.field(
        description="The format that `createStory` recognizes in this text. The first 20,000 "
        "characters decide."
    )
    def recognized_format(
        self, content: Annotated[str, strawberry.argument(description="Text of a story.")]
    ) -> TextFormat:
        """For a form that shows it while the text is written."""
        return recognized_format(content)
