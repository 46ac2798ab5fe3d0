"""A film whose services are named by settings alone."""

from pathlib import Path

from tests.fakes.openai import FakeOpenAI
from tests.fakes.service import serving
from tests.program import SMALL, run_program


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
        settings["AI_STORY_VIDEO_URL"] = SMALL
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
