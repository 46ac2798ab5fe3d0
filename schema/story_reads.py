"""What the fields of stories read."""

from types import SimpleNamespace
from uuid import UUID

from db.queries import shots, standings
from db.queries.stories import STORY
from resolvers.context import Context
from schema.reads import Prepared, Rows

STORIES = Rows("Story", STORY)


def _prepare_standing(context: Context, text: str) -> object:
    story_id, status, standing = standings.standing_in(text)
    context.loaders.standing.prime(story_id, standing)
    return SimpleNamespace(id=story_id, status=status)


def _prepare_picture(context: Context, text: str) -> object:
    story_id, _, key = text.partition(" ")
    context.loaders.first_picture.prime(UUID(story_id), key or None)
    return SimpleNamespace(id=UUID(story_id))


STANDING = Prepared(standings.INPUTS, _prepare_standing)
FIRST_PICTURE = Prepared(shots.FIRST_PICTURE, _prepare_picture)
