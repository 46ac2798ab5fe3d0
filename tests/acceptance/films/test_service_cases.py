"""Every case of tests/cases/services.json through the whole pipeline, as its `right` says.

AI_STORY_TEST_CASES names another folder of the same shape.
"""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from db.rows import Failure, ShotRow, StoryRow
from domain import Status
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import FakeService, serving
from tests.fakes.vendors import FakeFal
from tests.journeys import drawn_story, rendered_video
from tests.model_services import KEY
from tests.service_cases import SCRIPT, ServiceCase, StreamingOpenAI, read_service_cases
from tests.sounds import seconds_of
from tests.stage import Scene, open_stage

CASES = read_service_cases()
SPOKEN = [case for case in CASES if case.door == "speech"]
ASKED = [case for case in CASES if case.door != "speech"]
HANDED_ON = [case for case in ASKED if case.code == "QUOTA_EXCEEDED"]
ROUTES = {"chat": "/chat", "image": "/images", "fal submit": "/submit"}
STORY = "The keeper lit the lamp. A ship came home."


async def answering(stack: AsyncExitStack, case: ServiceCase, origin: FakeOrigin) -> FakeService:
    """The case's service, which answers so to every call."""
    if case.door == "fal submit":
        service: FakeService = FakeFal()
    else:
        service = StreamingOpenAI() if case.streams else FakeOpenAI()
    await stack.enter_async_context(serving(service))
    if not case.streams:
        answer = case.behaviour(pictures=f"{origin.url}/files")
        service.behave(ROUTES[case.door], answer, times=1_000)
    return service


def scene_with(service: FakeService) -> Scene:
    if isinstance(service, FakeFal):
        return Scene(fal=service, key=KEY)
    assert isinstance(service, FakeOpenAI)
    return Scene(openai=service, key=KEY)


def failures(case: ServiceCase, story: StoryRow, shots: list[ShotRow]) -> list[Failure]:
    """Why the steps behind the door failed."""
    rows = [story] if case.door == "chat" else shots
    return [row.failure for row in rows if row.failure is not None]


@pytest.mark.parametrize("case", ASKED, ids=str)
async def test_what_a_service_answers_has_the_right_end(
    database_url: str, tmp_path: Path, origin: FakeOrigin, case: ServiceCase
) -> None:
    async with AsyncExitStack() as stack:
        service = await answering(stack, case, origin)
        stage = await stack.enter_async_context(
            open_stage(database_url, tmp_path, origin, scene_with(service))
        )
        story, shots = await drawn_story(stage, STORY)

    failed = failures(case, story, shots)
    steps = 1 if case.door == "chat" else len(shots)
    assert steps > 0
    assert service.calls[ROUTES[case.door]] == steps  # one paid call for each, whatever comes
    if case.code is None:
        assert failed == []
        assert {shot.status for shot in shots} == {Status.COMPLETED}
        if case.door == "chat" and not case.streams:
            assert [shot.prompt for shot in shots] == [shot["prompt"] for shot in SCRIPT["shots"]]
    else:
        assert [failure.code for failure in failed] == [case.code] * steps
        setting = "AI_STORY_SCRIPT_KEY" if case.door == "chat" else "AI_STORY_IMAGE_KEY"
        names_key = "names the key" in case.right
        assert all((setting in failure.message) is names_key for failure in failed)
        assert not any(failure.retryable for failure in failed)


@pytest.mark.parametrize("case", HANDED_ON, ids=str)
async def test_without_credit_the_next_provider_of_the_stage_answers(
    database_url: str, tmp_path: Path, origin: FakeOrigin, case: ServiceCase
) -> None:
    async with AsyncExitStack() as stack:
        service = await answering(stack, case, origin)
        second = await stack.enter_async_context(serving(FakeOpenAI()))
        scene = replace(scene_with(service), next_in_line=second)
        stage = await stack.enter_async_context(open_stage(database_url, tmp_path, origin, scene))
        story, shots = await drawn_story(stage, STORY)

    assert story.status is Status.COMPLETED
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    steps = 1 if case.door == "chat" else len(shots)
    assert service.calls[ROUTES[case.door]] == steps
    assert second.calls["/chat" if case.door == "chat" else "/images"] == steps


@pytest.mark.parametrize("case", SPOKEN, ids=str)
async def test_what_a_voice_answers_is_heard(
    database_url: str, tmp_path: Path, origin: FakeOrigin, case: ServiceCase
) -> None:
    sounds = case.sounds(tmp_path)
    assert sounds
    async with (
        serving(FakeOpenAI()) as voice,
        open_stage(database_url, tmp_path, origin, Scene(speakers=(voice,))) as stage,
    ):
        for place, sound in enumerate(sounds.values(), start=1):
            voice.behave("/speech", sound, times=1_000)
            story, _ = await drawn_story(stage, "The keeper lit the lamp.")
            video = await rendered_video(stage, story)
            voice.forget()

            (spoken,) = (file for file in stage.media.rglob("*.wav") if str(story.id) in str(file))
            assert seconds_of(spoken) == pytest.approx(case.speech_seconds, abs=0.15)
            assert video.status is Status.COMPLETED
            assert (video.duration_seconds or 0) > case.speech_seconds
            assert voice.calls["/speech"] == place
