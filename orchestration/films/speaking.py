"""The narrations of a film: each is spoken once, and paid ones are stored with the story.

A film that is rendered again, also after a failure, finds its narrations in the store: their keys
are derived from the text, the language and the voice. One voice speaks a whole film: if it is
unavailable, the next in the order speaks all of it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from uuid_utils.compat import uuid7

from db.queries.usage import Charge, add_charge
from db.rows import ShotRow, StoryRow
from db.session import Writes
from domain import ServiceKind
from errors import DiskFullError, NotFoundError, ProviderUnavailableError, StepError
from orchestration.media.sound.speech import read_speech
from orchestration.media.store import derived_key, media_type_of
from orchestration.providers.ports import Call, Ready, Speech, SpeechRequest, VoiceProvider
from orchestration.work import turns
from orchestration.work.pauses import ServicePausedError
from orchestration.work.production import Production

_LOG = structlog.get_logger()
_SUFFIXES = (".wav", ".mp3")
"""The first is the present format; an earlier version stored MP3 as received."""
_READERS = 4
"""Concurrent decoders."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A spoken narration in a file, and its length."""

    file: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Why narrations are silent; the message is one sentence for a user."""

    code: str
    message: str


_UNSPEAKABLE = Silence("VOICE_LACKS_LANGUAGE", "The voice does not speak this language.")


async def speak_narrations(
    production: Production,
    story: StoryRow,
    shots: Sequence[ShotRow],
    folder: Path,
    *,
    is_last_try: bool,
) -> list[Voice | Silence | None]:
    """Speak the narrations of a film's shots into files in the folder.

    None for a shot without words, and a silence if the voice fails, because that need not fail the
    film.

    Raises:
        StepError: It failed, and may succeed later; other narrations that were spoken are kept.
    """
    voices = _in_turn(production)
    readers = asyncio.Semaphore(_READERS)
    for number, voice in enumerate(voices, start=1):
        is_last = number == len(voices)
        # The voice itself limits its concurrency. A failure stops no other narration: what is
        # spoken is paid for, and the next attempt finds it.
        spoken = await asyncio.gather(
            *(
                _speak_narration(
                    production,
                    voice,
                    story,
                    shot,
                    folder / f"{shot.position:04d}-voice.wav",
                    readers,
                    is_last_try=is_last_try,
                    may_move=not is_last,
                )
                for shot in shots
            ),
            return_exceptions=True,
        )
        failures = [failure for failure in spoken if isinstance(failure, BaseException)]
        if not failures:
            return [one for one in spoken if not isinstance(one, BaseException)]
        if is_last or not any(_may_move(production, voice, failure) for failure in failures):
            raise failures[0]
        _LOG.warning("film given to the next voice", provider=voice.name)
    return [None] * len(shots)


def _in_turn(production: Production) -> list[VoiceProvider]:
    """The available voices; if all are paused, the one whose pause ends first."""
    voices, pauses = production.line_up.voices, production.pauses
    ready = [
        one
        for one in voices
        if pauses.is_free(ServiceKind.VOICE, one.name)
        or turns.is_soon_free(production, ServiceKind.VOICE, one.name)
    ]
    soonest = turns.soonest_pause(production, ServiceKind.VOICE)
    return ready or [one for one in voices if soonest is None or one.name == soonest.provider][:1]


def _may_move(production: Production, voice: VoiceProvider, error: BaseException) -> bool:
    """Whether the next voice may succeed where this one cannot."""
    if isinstance(error, ServicePausedError):
        return not turns.is_soon_free(production, ServiceKind.VOICE, voice.name)
    return isinstance(error, StepError) and turns.is_away(error)


async def _speak_narration(
    production: Production,
    voice: VoiceProvider,
    story: StoryRow,
    shot: ShotRow,
    file: Path,
    readers: asyncio.Semaphore,
    *,
    is_last_try: bool,
    may_move: bool,
) -> Voice | Silence | None:
    """Speak one narration into a file."""
    if not shot.narration.strip():
        return None
    request = SpeechRequest(text=shot.narration, language=story.language or None)
    keys = _keys(voice, str(story.id), request)
    try:
        kept = await _find(production, keys)
        speech = kept or await _speak(production, voice, request, key=next(iter(keys), ""))
        if speech is None:
            return _UNSPEAKABLE if any(map(str.isalnum, shot.narration)) else None
        if kept is None and voice.fingerprint is not None:
            await _charge(production, voice, shot, speech, characters=len(request.text))
        async with readers:
            seconds = await _write(speech, file)
    except ServicePausedError:
        raise
    except StepError as error:
        if may_move and turns.is_away(error):
            raise
        if error.retryable and voice.fingerprint is not None and not is_last_try:
            raise
        _LOG.warning("shot without a voice", code=error.code, reason=error.message)
        return Silence(error.code, error.message)
    if kept is None and keys:
        await _keep(production, keys[0], file)
    return Voice(file, seconds)


async def _write(speech: Speech, file: Path) -> float:
    """Write the speech as a WAV; returns its length in seconds."""
    if speech.duration_seconds is None:
        return await read_speech(speech.content, file)
    await asyncio.to_thread(file.write_bytes, speech.content)
    return speech.duration_seconds


async def _speak(
    production: Production, voice: VoiceProvider, request: SpeechRequest, *, key: str
) -> Speech | None:
    async with production.pauses.asking(ServiceKind.VOICE, voice.name):
        begun = await voice.begin(request, Call(idempotency_key=key))
    if not isinstance(begun, Ready):
        raise TypeError("a voice answers with its sound")
    return begun.product


def _keys(voice: VoiceProvider, story_id: str, request: SpeechRequest) -> list[str]:
    """The key of this exact speech; None if speaking again is free."""
    if voice.fingerprint is None:
        return []
    name = "\n".join((voice.fingerprint, request.language or "", request.text))
    return [derived_key(story_id, name, suffix) for suffix in _SUFFIXES]


async def _find(production: Production, keys: Sequence[str]) -> Speech | None:
    for key in keys:
        try:
            content = await production.store.get_bytes(key)
        except NotFoundError:
            continue
        return Speech(content=content, media_type=media_type_of(key))
    return None


async def _charge(
    production: Production,
    voice: VoiceProvider,
    shot: ShotRow,
    speech: Speech,
    *,
    characters: int,
) -> None:
    """Record the charge at once: the voice is paid even if the film fails."""
    charge = Charge(
        id=uuid7(),
        story_id=shot.story_id,
        subject_id=shot.id,
        kind=ServiceKind.VOICE,
        provider=voice.name,
        model=speech.model,
        units=characters,
        price=production.prices.of(ServiceKind.VOICE, provider=voice.name, units=characters),
    )

    async def work(session: Writes) -> None:
        await add_charge(session, charge)

    await production.database.commit(work)


async def _keep(production: Production, key: str, file: Path) -> None:
    try:
        await production.store.put_file(key, file)
    except (ProviderUnavailableError, DiskFullError):  # the film does not need it
        _LOG.warning("voice not kept")
