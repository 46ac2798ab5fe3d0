"""`main.py providers check` as an operator uses it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.program import Ended, Program, run_program

KEY = "sk-hush"
SECRETS = (KEY, "user-1", "passw0rd", "s3cret")
DEADLINE_S = 60


def openai(stage: str, service: FakeOpenAI, *, model: str, key: str = KEY) -> dict[str, str]:
    """Settings with a secret wherever an operator may put one."""
    address = service.url.replace("//", "//user-1:passw0rd@") + "/v1?token=s3cret"
    return {
        f"AI_STORY_{stage}_PROVIDER": "openai",
        f"AI_STORY_{stage}_URL": address,
        f"AI_STORY_{stage}_KEY": key,
        f"AI_STORY_{stage}_MODEL": model,
        "AI_STORY_LOG_LEVEL": "debug",
    }


async def check(home: Path, settings: Mapping[str, str], *options: str) -> Ended:
    ended = await run_program("providers", "check", *options, home=home, settings=settings)
    assert "Traceback" not in ended.errors
    assert not [secret for secret in SECRETS if secret in ended.output + ended.errors]
    return ended


def by_stage(ended: Ended) -> dict[str, dict[str, Any]]:
    return {one["stage"]: one for one in json.loads(ended.output)["providers"]}


async def test_the_built_in_models_are_good_and_nothing_is_left_behind(tmp_path: Path) -> None:
    ended = await check(tmp_path, {}, "--json")

    assert ended.code == 0
    found = by_stage(ended)
    assert list(found) == ["script", "image", "video", "voice"]
    assert all(one["good"] and one["provider"] == "studio" for one in found.values())
    assert list(tmp_path.iterdir()) == []


async def test_good_services_are_told_for_programs(home: Path) -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        settings = openai("SCRIPT", service, model="writer-1")
        ended = await check(home, settings, "--json")

    assert ended.code == 0
    script = by_stage(ended)["script"]
    latency_ms = script.pop("latencyMs")
    assert 0 < latency_ms < 10_000
    assert script == {
        "stage": "script",
        "provider": "openai",
        "url": f"{service.url}/v1",
        "models": ["writer-1"],
        "good": True,
        "reachable": True,
        "keyAccepted": True,
        "modelPresent": True,
        "problems": [],
        "warnings": [],
    }


async def test_each_fault_is_told_and_hides_no_other(home: Path) -> None:
    async with serving(FakeOpenAI(key="another")) as service, serving(FakeOrigin()) as origin:
        settings = {
            **openai("SCRIPT", service, model="writer-1"),
            "AI_STORY_IMAGE_PROVIDER": "openai",
            "AI_STORY_VIDEO_PROVIDER": "origin",
            "AI_STORY_VIDEO_URL": origin.url,
            "AI_STORY_VOICE_PROVIDER": "nobody",
        }
        ended = await check(home, settings)
        for_programs = by_stage(await check(home, settings, "--json"))

    assert ended.code == 1
    table, lines = ended.output.split("└")[0], ended.output.splitlines()
    assert (table.count("✗"), table.count("✓"), table.count("rejected")) == (3, 1, 1)
    (script,) = [line for line in lines if line.startswith("script: ")]
    assert script.endswith("rejects the key (HTTP 401). Check AI_STORY_SCRIPT_KEY.")
    (image,) = [line for line in lines if line.startswith("image: ")]
    assert image.endswith("set AI_STORY_IMAGE_MODEL.")
    (voice,) = [line for line in lines if line.startswith("voice: ")]
    assert voice.startswith("voice: AI_STORY_VOICE_PROVIDER is 'nobody'")
    assert for_programs["video"]["good"]
    assert for_programs["image"]["reachable"] is None


async def test_a_wrong_table_is_no_trouble_of_the_script(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("url = 5")
    ended = await check(home, {"AI_STORY_VENDORS": str(tmp_path)}, "--json")

    found = by_stage(ended)
    assert ended.code == 1
    assert [one["good"] for one in found.values()] == [True, False, False, True]
    assert "mine.toml" in found["image"]["problems"][0]


async def test_a_warning_fails_nothing(home: Path) -> None:
    async with serving(FakeOpenAI()) as service:
        service.models, service.owner = ["qwen.gguf"], "llamacpp"
        ended = await check(home, openai("SCRIPT", service, model="[red]any"))

    assert ended.code == 0
    assert "[red]any" in ended.output
    assert "regardless of AI_STORY_SCRIPT_MODEL" in ended.output
    assert "unverified" in ended.output


async def test_no_voice_is_nothing_to_check(home: Path) -> None:
    ended = await check(home, {"AI_STORY_VOICE_PROVIDER": "none"}, "--json")

    assert ended.code == 0
    assert by_stage(ended)["voice"]["warnings"] == []


async def test_all_are_asked_at_once(home: Path) -> None:
    async with serving(FakeOpenAI(key=KEY)) as writer, serving(FakeOpenAI(key=KEY)) as painter:
        settings = {
            **openai("SCRIPT", writer, model="writer-1"),
            **openai("IMAGE", painter, model="painter-1"),
        }
        for service in (writer, painter):
            service.behave("/models", Behaviour(kind="hold"))
        program = await Program.start("providers", "check", home=home, settings=settings)
        async with asyncio.timeout(DEADLINE_S):
            while not (writer.calls["/models"] and painter.calls["/models"]):
                await asyncio.sleep(0.01)
        writer.release()
        painter.release()
        ended = await program.ended()

    assert ended.code == 0


async def test_everybody_in_the_order_is_checked(home: Path) -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        settings = {
            **openai("IMAGE", service, model="painter-1"),
            **openai("IMAGE_2", service, model="painter-9"),
        }
        ended = await check(home, settings, "--json")

    assert ended.code == 1
    first, second = (
        one for one in json.loads(ended.output)["providers"] if one["stage"] == "image"
    )
    assert (first["provider"], first["good"]) == ("openai", True)
    assert (second["provider"], second["good"]) == ("openai-2", False)
    assert "AI_STORY_IMAGE_2_MODEL" in second["problems"][0]
