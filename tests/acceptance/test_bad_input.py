"""Unexpected texts: a film or a clear error, never a stuck row."""

from pathlib import Path

import pytest

from domain import MAX_CONTENT_LENGTH, Status
from errors import InvalidInputError
from resolvers.stories import StoryWish, create_story
from tests.fakes.origin import FakeOrigin
from tests.journeys import follow_until, read
from tests.stage import Scene, Stage, open_stage

EXAMPLES = Path(__file__).parents[2] / "examples"
REFUSED = {
    "empty": ("", "REQUIRED"),
    "blank": (" \n\t\u3000", "REQUIRED"),
    "too-long": ("x" * (MAX_CONTENT_LENGTH + 1), "TOO_LONG"),
    "nul": ("a\x00b", "INVALID"),
    "lone-surrogate": ("a\ud800b", "INVALID"),
    "lost-characters": ("a\ufffdb", "INVALID"),
}
ACCEPTED = {
    "emoji": "🚀🌙✨",
    "right-to-left": "كان يا ما كان في قديم الزمان ملك عادل.",
    "a-reply-of-a-model": '{"title": "x", "shots": [{"prompt": "y", "sortOrder": -1}]}',
    "hostile": (EXAMPLES / "hostile.en.txt").read_text(encoding="utf-8"),
    "as-long-as-may-be": "The sea was calm. " * (MAX_CONTENT_LENGTH // 18),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=list(REFUSED))
async def test_what_no_story_can_be_is_refused_with_its_field(
    idle_stage: Stage, content: str, code: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await create_story(idle_stage.context(), StoryWish(content=content))

    assert refused.value.code == code
    assert refused.value.field == ("input", "content")


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=list(ACCEPTED))
async def test_whatever_is_accepted_becomes_a_film(
    database_url: str, tmp_path: Path, origin: FakeOrigin, content: str
) -> None:
    wish = StoryWish(content=content, shot_count=1, auto_render=True)

    async with open_stage(database_url, tmp_path, origin, Scene(script="studio")) as stage:
        story = await create_story(stage.context(), wish)
        seen = await follow_until(
            stage, story.id, lambda c: c.video is not None and c.video.status is Status.COMPLETED
        )
        ended, shots = await read(stage, story)

    assert seen[-1].video is not None
    assert seen[-1].video.duration_seconds
    assert ended.title
    assert all(shot.narration for shot in shots)
