"""Narrations over /audio/speech: spoken once, paid once, and the film as long as they are."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest

from domain import ServiceKind, Status
from errors import StepError
from orchestration.films.pace import spoken_seconds
from orchestration.media.lettering.cards import END_SECONDS, TITLE_SECONDS
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.openai.voice_provider import OpenAIVoiceProvider
from orchestration.providers.ports import Speech, SpeechRequest
from orchestration.providers.registry import Providers
from tests.asking import product_of
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.journeys import drawn_story, rendered_video
from tests.model_services import SPEECH, Tools, open_tools
from tests.sounds import ENCODINGS, encoded, wav
from tests.stage import Scene, hurried, open_stage


@pytest.fixture
async def service() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeOpenAI) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.VOICE, f"{service.url}/v1") as opened:
        yield opened


@pytest.fixture
def voice(tools: Tools) -> OpenAIVoiceProvider:
    return OpenAIVoiceProvider(tools.client, tools.endpoint, model="speaker-1", voice="sage")


async def speak(voice: OpenAIVoiceProvider, request: SpeechRequest = SPEECH) -> Speech | None:
    return await product_of(voice, request)


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


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("flac", "audio/flac"),
        ("ogg", "audio/ogg"),
        ("opus", "audio/ogg"),
        ("m4a", "audio/mp4"),
        ("aac", "audio/aac"),
        ("webm", "audio/webm"),
        ("aiff", "audio/aiff"),
        ("caf", "audio/x-caf"),
        ("au", "audio/basic"),
    ],
)
@pytest.mark.parametrize("claimed", ["audio/wav", "application/octet-stream", "text/html"])
async def test_a_sound_is_known_by_its_bytes(
    service: FakeOpenAI,
    voice: OpenAIVoiceProvider,
    tmp_path: Path,
    suffix: str,
    media_type: str,
    claimed: str,
) -> None:
    content = encoded(suffix, *ENCODINGS[suffix], seconds=0.1, folder=tmp_path)
    service.behave("/speech", Behaviour(body=content, media_type=claimed))

    speech = await speak(voice)

    assert speech is not None
    assert (speech.media_type, speech.content) == (media_type, content)


async def test_an_mp3_without_tags_is_known(
    service: FakeOpenAI, voice: OpenAIVoiceProvider, tmp_path: Path
) -> None:
    content = encoded("mp3", folder=tmp_path)
    service.behave("/speech", Behaviour(body=content[content.index(b"\xff\xfb") :]))

    speech = await speak(voice)

    assert speech is not None
    assert speech.media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Behaviour(), "UPSTREAM_BAD_BODY"),
        (Behaviour(body=b" \n", media_type="audio/wav"), "UPSTREAM_BAD_BODY"),
        (Behaviour(body=b"<!doctype html><html>", media_type="audio/wav"), "UPSTREAM_BAD_BODY"),
        (Behaviour(body=b"Not now.", media_type="audio/mpeg"), "UPSTREAM_BAD_BODY"),
        (Behaviour(body=b"RIFF", media_type="audio/wav"), "UPSTREAM_BAD_BODY"),
        (Behaviour(body=b"RIFF\0\0\0\0AVI LIST", media_type="audio/wav"), "UPSTREAM_BAD_BODY"),
        (Behaviour(kind="truncate", body=wav(0.1)), "UPSTREAM_UNAVAILABLE"),
        (Behaviour(kind="reset"), "UPSTREAM_UNAVAILABLE"),
    ],
    ids=["empty", "blank", "html", "text", "half a name", "a film", "cut", "reset"],
)
async def test_what_is_no_sound_is_refused(
    service: FakeOpenAI, voice: OpenAIVoiceProvider, answer: Behaviour, code: str
) -> None:
    service.behave("/speech", answer)

    with pytest.raises(StepError) as failure:
        await speak(voice)

    assert (failure.value.code, failure.value.retryable) == (code, True)


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
    spoken = [spoken_seconds(0, len(shot.narration) / 20, is_wished=False) for shot in shots]
    expected = TITLE_SECONDS + sum(spoken) + END_SECONDS
    assert film.duration_seconds == pytest.approx(expected, abs=0.3)
    assert calls == service.calls["/speech"] == len(shots)


async def test_a_narration_that_failed_is_spoken_by_the_next_attempt_and_the_others_are_kept(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeOpenAI
) -> None:
    scene = Scene(speakers=(service,), patience=hurried(max_attempts=2))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, shots = await drawn_story(stage, STORY)
        service.behave("/speech", Behaviour(status=500))
        film = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED, film.failure
    assert service.calls["/speech"] == len(shots) + 1


JOINED = wav() * 4


@pytest.mark.parametrize(
    ("body", "is_heard"), [(JOINED, True), (b"OggS" + bytes(100), False)], ids=["joined", "broken"]
)
async def test_a_sound_that_cannot_be_read_is_lost_and_joined_ones_are_heard_to_the_end(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    service: FakeOpenAI,
    body: bytes,
    is_heard: bool,
) -> None:
    service.behave("/speech", Behaviour(body=body, media_type="audio/wav"), times=10)
    scene = Scene(speakers=(service,), patience=hurried(max_attempts=1))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, (shot,) = await drawn_story(stage, "Everybody slept.")
        first = await rendered_video(stage, story)
        again = await rendered_video(stage, story)

    assert (first.status, again.status) == (Status.COMPLETED, Status.COMPLETED)
    seconds = spoken_seconds(0, 4, is_wished=False) if is_heard else shot.duration_seconds
    expected = TITLE_SECONDS + seconds + END_SECONDS
    for film in (first, again):
        assert film.duration_seconds == pytest.approx(expected, abs=0.1)
        lost = [] if is_heard else ["NARRATION_LOST"]
        assert [warning.code for warning in film.warnings] == lost
    assert service.calls["/speech"] == (1 if is_heard else 2), "what is heard is paid for once"


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
    chosen = ProviderChoice(
        kind=ServiceKind.VOICE,
        name="openai",
        url=service.url,
        model="speaker-1",
        speaker="echo",
        timeout_s=5,
        concurrency=1,
    )
    async with Providers([chosen]) as providers:
        assert providers.line_up.voice is not None
        await product_of(providers.line_up.voice, SPEECH)

    assert service.received[0].body["voice"] == "echo"
