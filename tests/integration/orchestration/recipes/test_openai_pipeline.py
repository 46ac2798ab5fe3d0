"""Stories whose services speak OpenAI's protocols, through the whole pipeline."""

from pathlib import Path

from db.rows import StoryRow
from domain import ServiceKind, Status
from resolvers.stories import cancel_story
from tests.fakes.openai import SYNOPSIS, FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.journeys import drawn_story, follow_until, read, start_story
from tests.stage import Scene, Stage, hurried, open_stage

LONG = " ".join(
    f"In the year {number} the Hare met stranger number {number} on the road to the sea."
    for number in range(1_000, 1_540)
)


async def test_a_long_story_takes_as_long_as_its_parts_do_when_each_is_in_time(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI(latency_s=0.6, cast={"Hare": "a lean brown hare"})) as service:
        scene = Scene(
            openai=service, patience=hurried(max_attempts=1, timeouts_s={ServiceKind.SCRIPT: 1.5})
        )
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            story, shots = await drawn_story(stage, LONG)

    assert story.status is Status.COMPLETED, story.failure
    assert service.calls["/chat"] == 9  # two for the cast, then seven, four at once: 2.4 s
    assert " ".join(shot.narration for shot in shots) == LONG
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert all("Hare: a lean brown hare" in shot.prompt for shot in shots)
    assert (story.title, story.language, story.synopsis) == ("A Tale", "en", SYNOPSIS)
    assert service.calls["/images"] == len(shots)
    assert origin.calls == {}


async def written_story(stage: Stage) -> StoryRow:
    """A new story whose script has ended; its pictures are not drawn any more."""
    story = await start_story(stage, LONG)
    await follow_until(stage, story.id, lambda change: change.counts.total > 0)
    await cancel_story(stage.context(), str(story.id))
    story, _ = await read(stage, story)
    return story


async def test_one_failed_part_costs_one_more_call(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI()) as service:
        scene = Scene(openai=service)
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            await written_story(stage)
            calls = service.calls["/chat"]
            service.calls.clear()
            service.latency_s = 0.1
            service.behave("/chat", Behaviour(status=500))
            story = await written_story(stage)

    assert (story.status, story.attempt) == (Status.COMPLETED, 2)
    assert service.calls["/chat"] == calls + 1
