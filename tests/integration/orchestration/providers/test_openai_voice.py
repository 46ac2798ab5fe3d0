"""Narrations over /audio/speech: spoken once, paid once, and the film as long as they are."""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import openai
import pytest

from domain import Status
from errors import BadBodyError, StepError
from orchestration.media.cards import END_SECONDS, TITLE_SECONDS
from orchestration.media.probe import probe_sound
from orchestration.pace import spoken_seconds
from orchestration.production import Patience
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.openai.voice_provider import OpenAIVoiceProvider
from orchestration.providers.ports import Speech, SpeechRequest
from orchestration.providers.registry import Providers
from tests.fakes.openai import FakeOpenAI, make_sound
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.journeys import drawn_story, rendered_video
from tests.model_services import SPEECH, Tools, open_tools
from tests.stage import Scene, open_stage


@pytest.fixture
async def service() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeOpenAI) -> AsyncIterator[Tools]:
    async with open_tools("voice", f"{service.url}/v1") as opened:
        yield opened


@pytest.fixture
def voice(tools: Tools) -> OpenAIVoiceProvider:
    return OpenAIVoiceProvider(tools.client, tools.endpoint, model="speaker-1", voice="sage")


async def speak(voice: OpenAIVoiceProvider, request: SpeechRequest = SPEECH) -> Speech | None:
    return await voice.speak(request, idempotency_key="k")


def mp3(folder: Path) -> bytes:
    """A second of sound as an MP3."""
    file = folder / "sound.mp3"
    source = ["-f", "lavfi", "-i", "sine=duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, str(file)]
    subprocess.run(command, check=True)
    return file.read_bytes()


async def test_the_fake_speaks_the_protocol_of_the_vendors_own_client(service: FakeOpenAI) -> None:
    async with openai.AsyncOpenAI(base_url=f"{service.url}/v1", api_key="k") as vendor:
        spoken = await vendor.audio.speech.create(
            model="speaker-1", voice="alloy", input="Hi.", response_format="wav"
        )
        with pytest.raises(openai.BadRequestError, match="4096"):
            await vendor.audio.speech.create(model="speaker-1", voice="alloy", input="x" * 5_000)

    assert spoken.content[:4] == b"RIFF"


async def test_a_text_is_spoken(service: FakeOpenAI, voice: OpenAIVoiceProvider) -> None:
    speech = await speak(voice)

    assert speech is not None
    assert speech.media_type == "audio/wav"
    assert service.received[0].body == {
        "model": "speaker-1",
        "voice": "sage",
        "input": SPEECH.text,
        "response_format": "wav",
    }
    assert voice.description == "sage, a voice of speaker-1"


async def test_what_has_no_words_is_not_paid_for(
    service: FakeOpenAI, voice: OpenAIVoiceProvider
) -> None:
    assert await speak(voice, SpeechRequest(text="… 🦊 —", language=None)) is None
    assert service.calls == {}


async def test_an_mp3_is_known_by_its_bytes(
    service: FakeOpenAI, voice: OpenAIVoiceProvider, tmp_path: Path
) -> None:
    content = mp3(tmp_path)
    service.behave("/speech", Behaviour(body=content, media_type="audio/wav"))
    service.behave("/speech", Behaviour(body=content[content.index(b"\xff\xfb") :]))

    with_tags, bare = await speak(voice), await speak(voice)

    assert with_tags is not None
    assert bare is not None
    assert with_tags.media_type == bare.media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("body", "code", "retryable"),
    [
        ({"error": {"code": "insufficient_quota"}}, "QUOTA_EXCEEDED", False),
        ({"error": {"code": 429}}, "RATE_LIMITED", True),
        ({"audio": "elsewhere"}, "UPSTREAM_BAD_BODY", True),
        ({"detail": "no"}, "UPSTREAM_BAD_BODY", True),
    ],
)
async def test_an_error_in_place_of_a_sound_means_what_it_says(
    service: FakeOpenAI,
    voice: OpenAIVoiceProvider,
    body: dict[str, object],
    code: str,
    retryable: bool,
) -> None:
    service.behave("/speech", Behaviour(body=json.dumps(body).encode(), media_type="audio/wav"))

    with pytest.raises(StepError) as failure:
        await speak(voice)

    assert (failure.value.code, failure.value.retryable) == (code, retryable)


async def test_sounds_are_measured_whatever_their_headers_claim(tmp_path: Path) -> None:
    streamed, tagged, empty = (tmp_path / name for name in ("a.wav", "b.mp3", "c.wav"))
    streamed.write_bytes(make_sound(2.5))
    tagged.write_bytes(mp3(tmp_path))
    empty.write_bytes(make_sound(0))

    assert await probe_sound(streamed) == pytest.approx(2.5, abs=0.01)
    assert await probe_sound(tagged) == pytest.approx(1.0, abs=0.1)
    for file in (empty, tmp_path / "none.wav"):
        with pytest.raises(BadBodyError):
            await probe_sound(file)


STORY = "The keeper lit the lamp over the harbour. A ship came home. Everybody slept."


async def test_a_film_lasts_as_long_as_it_is_spoken_and_no_narration_is_paid_for_twice(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeOpenAI
) -> None:
    async with open_stage(database_url, tmp_path, origin, Scene(speakers=(service,))) as stage:
        story, shots = await drawn_story(stage, STORY)
        film = await rendered_video(stage, story)
        calls = service.calls["/speech"]
        again = await rendered_video(stage, story)

    assert (film.status, again.status) == (Status.COMPLETED, Status.COMPLETED)
    spoken = [spoken_seconds(0, len(shot.narration) / 20, is_estimate=True) for shot in shots]
    expected = TITLE_SECONDS + sum(spoken) + END_SECONDS
    assert film.duration_seconds == pytest.approx(expected, abs=0.3)
    assert calls == service.calls["/speech"] == len(shots)


async def test_a_narration_that_failed_is_spoken_by_the_next_attempt_and_the_others_are_kept(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeOpenAI
) -> None:
    scene = Scene(speakers=(service,), patience=Patience(max_attempts=2))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, shots = await drawn_story(stage, STORY)
        service.behave("/speech", Behaviour(status=500))
        film = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED, film.failure
    assert service.calls["/speech"] == len(shots) + 1


async def test_a_voice_that_is_refused_fails_no_film(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeOpenAI
) -> None:
    service.behave("/speech", Behaviour(status=401), times=100)

    async with open_stage(database_url, tmp_path, origin, Scene(speakers=(service,))) as stage:
        story, shots = await drawn_story(stage, STORY)
        film = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED
    assert service.calls["/speech"] == len(shots)


async def test_a_voice_is_chosen_by_settings(service: FakeOpenAI) -> None:
    studio = ProviderChoice(name="studio", timeout_s=5, concurrency=1)
    chosen = ProviderChoice(
        name="openai",
        url=service.url,
        model="speaker-1",
        speaker="echo",
        timeout_s=5,
        concurrency=1,
    )
    async with Providers(script=studio, image=studio, video=studio, voice=chosen) as providers:
        assert providers.line_up.voice is not None
        await providers.line_up.voice.speak(SPEECH, idempotency_key="k")

    assert service.received[0].body["voice"] == "echo"
