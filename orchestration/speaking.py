"""The narrations of a film: each is spoken once, and what was paid for is kept beside the story.

A film that is rendered again, or whose rendering failed, finds its voices in the store: their keys
follow from the text, the language and who speaks.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from db.queries import charges
from db.rows import ShotRow, StoryRow
from db.session import AsyncSession
from domain import ServiceKind
from errors import NotFoundError, ProviderUnavailableError, StepError
from orchestration.media.probe import probe_sound
from orchestration.media.store import derived_key, media_type_of
from orchestration.pauses import ServicePausedError
from orchestration.production import Production
from orchestration.providers.ports import Speech, SpeechRequest, VoiceProvider

_LOG = structlog.get_logger()
_SUFFIXES = {"audio/wav": ".wav", "audio/mpeg": ".mp3"}


@dataclass(frozen=True, slots=True)
class Voice:
    """A spoken narration in a file, and its length."""

    file: Path
    seconds: float


async def speak_narration(
    production: Production, story: StoryRow, shot: ShotRow, *, place: Path, is_last_try: bool
) -> Voice | None:
    """Have the shot's narration spoken into a file named `place` and its type's suffix.

    None without a voice or words, and when the voice fails: that is not worth failing a film for.

    Raises:
        StepError: It failed, and may not the next time; what else was spoken by then is kept.
    """
    voice = production.voice
    if voice is None or not shot.narration.strip():
        return None
    request = SpeechRequest(text=shot.narration, language=story.language or None)
    keys = _keys(voice, str(story.id), request)
    try:
        kept = await _find(production, keys)
        speech = kept or await _speak(production, voice, request, key=keys.get(".wav", ""))
        if speech is None:
            return None
        if kept is None and voice.fingerprint is not None:
            await _charge(production, voice, story.id, speech, characters=len(request.text))
        suffix = _SUFFIXES[speech.media_type]
        file = place.with_name(place.name + suffix)
        await asyncio.to_thread(file.write_bytes, speech.content)
        seconds = speech.duration_seconds or await probe_sound(file)
    except ServicePausedError:
        raise
    except StepError as error:
        if error.retryable and voice.fingerprint is not None and not is_last_try:
            raise
        _LOG.warning("shot without a voice", code=error.code, reason=error.message)
        return None
    if kept is None and keys:
        await _keep(production, keys[suffix], speech.content)
    return Voice(file, seconds)


async def _speak(
    production: Production, voice: VoiceProvider, request: SpeechRequest, *, key: str
) -> Speech | None:
    async with production.pauses.asking("voice", voice.name):
        return await voice.speak(request, idempotency_key=key)


def _keys(voice: VoiceProvider, story_id: str, request: SpeechRequest) -> dict[str, str]:
    """Where this very speech is kept, by suffix; nowhere when speaking again is free."""
    if voice.fingerprint is None:
        return {}
    name = "\n".join((voice.fingerprint, request.language or "", request.text))
    return {suffix: derived_key(story_id, name, suffix) for suffix in _SUFFIXES.values()}


async def _find(production: Production, keys: dict[str, str]) -> Speech | None:
    for key in keys.values():
        try:
            content = await production.store.get_bytes(key)
        except NotFoundError:
            continue
        return Speech(content=content, media_type=media_type_of(key))
    return None


async def _charge(
    production: Production,
    voice: VoiceProvider,
    story_id: UUID,
    speech: Speech,
    *,
    characters: int,
) -> None:
    """Record what was paid for, at once: the film may fail, the voice is paid all the same."""
    charge = production.prices.charge(
        uuid7(),
        story_id,
        kind=ServiceKind.VOICE,
        provider=voice.name,
        model=speech.model,
        units=characters,
    )

    async def work(session: AsyncSession) -> None:
        await charges.add_charge(session, charge)

    await production.database.commit(work)


async def _keep(production: Production, key: str, content: bytes) -> None:
    try:
        await production.store.put_bytes(key, content)
    except ProviderUnavailableError:  # the film does not need it
        _LOG.warning("voice not kept")
