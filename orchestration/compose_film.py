"""Makes a story's film on this machine, from its pictures and narration."""

import asyncio
from pathlib import Path
from uuid import UUID

import structlog

from db.queries.videos import StoredFilm, VideoToRender
from db.rows import ShotRow, StoryRow
from errors import CompositionError, StepError
from orchestration.jobs import Job
from orchestration.media.compose import compose
from orchestration.media.film import ComposedFilm, Film, FilmShot
from orchestration.media.store import digest_file, new_key
from orchestration.moods import Mood, read_mood
from orchestration.pace import is_estimate, spoken_seconds
from orchestration.production import Production, ThinnedProgress
from orchestration.providers.ports import Speech, SpeechRequest
from orchestration.rendering import read_pictures, store_progress

_LOG = structlog.get_logger()
_VOICE_SUFFIXES = {"audio/wav": ".wav", "audio/mpeg": ".mp3"}


async def compose_film(
    production: Production, job: Job, video: VideoToRender, folder: Path
) -> StoredFilm:
    """Put the film together in the folder and store it.

    Raises:
        StepError: With its code.
    """
    story, pictures = await read_pictures(production, video.story_id)

    async def show(progress: float) -> None:
        await store_progress(production, job, progress)

    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            film = Film(
                title=story.title or "",
                shots=await _prepare_shots(production, story, pictures, folder),
                size=story.aspect_ratio.size,
                burn_subtitles=video.burn_subtitles,
                language=story.language,
            )
            composed = await compose(film, folder / "film.mp4", report=ThinnedProgress(show).report)
    except TimeoutError as error:
        raise CompositionError("The film took too long to put together; try again.") from error
    return await _store_composed(production, video.story_id, composed)


async def _prepare_shots(
    production: Production, story: StoryRow, shots: list[ShotRow], folder: Path
) -> tuple[FilmShot, ...]:
    """The shots with their pictures and voices in the folder."""
    images: list[Path] = []
    for shot in shots:
        images.append(folder / f"{shot.position:04d}{Path(shot.image_key or '').suffix}")
        await production.store.fetch_to_file(shot.image_key or "", images[-1])
    async with asyncio.TaskGroup() as group:  # the voice itself limits how many speak at once
        voiced = [
            group.create_task(_voice_shot(production, story, shot, image))
            for shot, image in zip(shots, images, strict=True)
        ]
    return tuple(task.result() for task in voiced)


async def _voice_shot(
    production: Production, story: StoryRow, shot: ShotRow, image: Path
) -> FilmShot:
    """The shot with its voice beside its picture; its length follows the voice."""
    seconds, voice = shot.duration_seconds, None
    speech = await _speak(production, story, shot)
    if speech is not None:
        voice = image.with_name(f"{shot.position:04d}-voice{_VOICE_SUFFIXES[speech.media_type]}")
        await asyncio.to_thread(voice.write_bytes, speech.content)
        seconds = spoken_seconds(
            seconds,
            speech.duration_seconds,
            is_estimate=is_estimate(seconds, shot.narration, story.language),
        )
    return FilmShot(
        image=image,
        narration=shot.narration,
        transition=shot.transition,
        duration_seconds=seconds,
        voice=voice,
        mood=read_mood(shot.prompt) or Mood.CALM,
    )


async def _speak(production: Production, story: StoryRow, shot: ShotRow) -> Speech | None:
    """The shot's narration; a voice that fails is not worth failing a film for."""
    if production.voice is None or not shot.narration.strip():
        return None
    request = SpeechRequest(text=shot.narration, language=story.language or None)
    try:
        speech = await production.voice.speak(request, idempotency_key=str(shot.id))
    except StepError as error:
        _LOG.warning("shot without a voice", code=error.code, reason=error.message)
        return None
    if speech is not None and speech.media_type not in _VOICE_SUFFIXES:
        _LOG.warning("shot without a voice", reason=f"unknown sound type {speech.media_type}")
        return None
    return speech


async def _store_composed(production: Production, story_id: UUID, film: ComposedFilm) -> StoredFilm:
    store = production.store
    media_key, thumbnail_key = new_key(str(story_id), ".mp4"), new_key(str(story_id), ".jpg")
    subtitles_key = new_key(str(story_id), ".srt")
    await store.put_file(media_key, film.path)
    await store.put_file(thumbnail_key, film.thumbnail_path)
    await store.put_file(subtitles_key, film.subtitles_path)
    return StoredFilm(
        media_key=media_key,
        thumbnail_key=thumbnail_key,
        subtitles_key=subtitles_key,
        digest=await digest_file(film.path),
        size_bytes=film.size_bytes,
        duration_seconds=film.duration_seconds,
        width=film.width,
        height=film.height,
    )
