"""Films composed here at the end of the whole pipeline: on demand, by a wish, with a voice."""

from pathlib import Path

import pytest

from domain import ServiceKind, Status
from resolvers.stories import StoryWish, create_story
from resolvers.usage import estimate_story
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.journeys import drawn_story, follow_until, rendered_video, settle, start_story
from tests.stage import Scene, Stage, hurried, open_stage
from tests.usages import PRICES, price, units, usage_of

SLOW_DOWN = Behaviour(status=429, headers={"Retry-After": "1"})


TWO_PASSAGES = (
    "The keeper of the old lighthouse at the end of the world lit his lamp again that night, and "
    "far out on the black sea a ship saw it. "
    "Her captain turned the wheel and brought her home between the rocks before the storm had "
    "come, and everybody slept until late in the morning."
)
"""Each sentence is a passage of its own to the writer, so that no shot repeats another's."""


async def test_the_film_is_composed_on_demand_and_rendered_again(stage: Stage) -> None:
    story, _ = await drawn_story(stage, "A boat. A house.")

    first = await rendered_video(stage, story)
    again = await rendered_video(stage, story)

    assert first.status is Status.COMPLETED
    assert first.duration_seconds is not None
    assert first.duration_seconds > 1
    assert first.subtitles_key is not None
    assert again.id == first.id
    assert again.media_key != first.media_key


async def test_a_story_that_wants_its_film_gets_it_when_the_last_shot_is_done(
    stage: Stage,
) -> None:
    story = await start_story(stage, "A boat.", auto_render=True)

    seen = await follow_until(
        stage, story.id, lambda c: c.video is not None and c.video.status is Status.COMPLETED
    )

    assert seen[-1].video is not None
    assert seen[-1].video.media_key is not None


async def test_a_film_waits_for_its_voice(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI()) as speaker:
        speaker.behave("/speech", SLOW_DOWN, times=2)
        scene = Scene(speakers=(speaker,), patience=hurried(max_attempts=1))
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            story, _ = await drawn_story(stage, "The keeper lit the lamp. A ship came home.")
            video = await rendered_video(stage, story)

    assert video.status is Status.COMPLETED
    assert speaker.calls["/speech"] >= 3


async def test_a_story_costs_what_its_services_were_called_for(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI()) as service:
        scene = Scene(openai=service, speakers=(service,), prices=PRICES)
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            wish = StoryWish(content=TWO_PASSAGES, shot_count=2)
            expected = await estimate_story(stage.context(), wish)
            assert service.calls == {}
            story, shots = await settle(stage, await create_story(stage.context(), wish))
            await rendered_video(stage, story)
            once = await usage_of(stage, story.id)
            await rendered_video(stage, story)  # the voices are kept
            usage = await usage_of(stage, story.id)

    spoken = [call.body["input"] for call in service.received if call.route == "/speech"]
    assert len(spoken) == len(shots)
    characters = sum(map(len, spoken))
    told = [(line.kind, line.provider, line.model, line.units) for line in usage.lines]
    assert told == [
        (ServiceKind.SCRIPT, "openai", "writer-1", service.calls["/chat"]),
        (ServiceKind.IMAGE, "openai", "painter-1", service.calls["/images"]),
        (ServiceKind.VOICE, "openai", "speaker-1", characters),
        (ServiceKind.VIDEO, "studio", None, 2),
    ]
    spent = 0.05 + 0.039 * len(shots) + 0.000015 * characters
    assert usage.total == pytest.approx(spent)
    assert price(usage, ServiceKind.VIDEO) == 0
    for kind in (ServiceKind.SCRIPT, ServiceKind.IMAGE, ServiceKind.VIDEO):
        assert units(expected, kind) == units(once, kind)
        assert price(expected, kind) == price(once, kind)
    assert units(expected, ServiceKind.VOICE) == pytest.approx(characters, rel=0.05)
    assert expected.total == pytest.approx(once.total, rel=0.05)
