"""Stories whose services speak OpenAI's protocols, through the whole pipeline."""

from pathlib import Path

from domain import Status
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.journeys import drawn_story
from tests.program import run_program
from tests.stage import Scene, hurried, open_stage

LONG = " ".join(
    f"In the year {number} the Hare met stranger number {number} on the road to the sea."
    for number in range(1_000, 1_540)
)


async def test_a_long_story_takes_as_long_as_its_parts_do_when_each_is_in_time(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI(latency_s=0.6, cast={"Hare": "a lean brown hare"})) as service:
        scene = Scene(openai=service, patience=hurried(max_attempts=1, script_timeout_s=1.5))
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            story, shots = await drawn_story(stage, LONG)

    assert story.status is Status.COMPLETED, story.failure
    assert service.calls["/chat"] == 9  # two for the cast, then seven, four at once: 2.4 s
    assert " ".join(shot.narration for shot in shots) == LONG
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert all("Hare: a lean brown hare" in shot.prompt for shot in shots)
    assert (story.title, story.language) == ("A Tale", "en")
    assert service.calls["/images"] == len(shots)
    assert origin.calls == {}


async def test_one_failed_part_costs_one_more_call(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeOpenAI()) as service:
        scene = Scene(openai=service)
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            await drawn_story(stage, LONG)
            calls = service.calls["/chat"]
            service.calls.clear()
            service.latency_s = 0.1
            service.behave("/chat", Behaviour(status=500))
            story, _ = await drawn_story(stage, LONG)

    assert (story.status, story.attempt) == (Status.COMPLETED, 2)
    assert service.calls["/chat"] == calls + 1


async def test_settings_lead_from_a_key_to_a_film(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    async with serving(FakeOpenAI(cast={"Hare": "a lean brown hare"})) as service:
        kinds = {"SCRIPT": "writer-1", "IMAGE": "painter-1", "VOICE": "speaker-1"}
        settings = {
            f"AI_STORY_{kind}_{name}": value
            for kind, model in kinds.items()
            for name, value in (
                ("PROVIDER", "openai"),
                ("URL", service.url),
                ("KEY", f"sk-{kind}"),
                ("MODEL", model),
            )
        }
        arguments = ("film", "-", "-o", str(film), "--shots", "2")
        ended = await run_program(*arguments, home=home, settings=settings, text="The Hare ran.")

    assert ended.code == 0, ended.errors
    assert film.stat().st_size > 10_000
    assert "alloy, a voice of speaker-1" in ended.output
    assert {"/chat": 1, "/images": 2}.items() <= service.calls.items()
    keys = {call.route: call.headers["Authorization"] for call in service.received}
    assert keys == {
        "/chat": "Bearer sk-SCRIPT",
        "/images": "Bearer sk-IMAGE",
        "/speech": "Bearer sk-VOICE",
    }
    assert "sk-" not in ended.output + ended.errors
