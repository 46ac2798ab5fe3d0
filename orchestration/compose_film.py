"""Makes a story's film on this machine, from its pictures and narration."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from db.queries import clips
from db.queries.videos import StoredFilm, VideoToRender
from db.rows import ShotRow, StoryRow, VideoWarning
from domain import Motion
from errors import CompositionError
from orchestration.film_warnings import clips_left_out, glyphs_missing, narration_lost
from orchestration.jobs import Job
from orchestration.media.compose import compose
from orchestration.media.film import ComposedFilm, Film, FilmShot
from orchestration.media.store import digest_file, new_key
from orchestration.pace import spoken_seconds
from orchestration.production import Production, ThinnedProgress
from orchestration.rendering import read_pictures, store_progress
from orchestration.speaking import Silence, Voice, speak_narrations
from studio.moods import Mood, read_mood


async def compose_film(
    production: Production, job: Job, video: VideoToRender, folder: Path
) -> StoredFilm:
    """Put the film together in the folder and store it.

    Raises:
        StepError: With its code.
    """
    story, pictures = await read_pictures(production, video.story_id)
    moving = await _read_clips(production, pictures)

    async def show(progress: float) -> None:
        await store_progress(production, job, progress)

    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            is_last_try = video.attempt >= production.patience.max_attempts
            shots, warnings = await _prepare_shots(
                production, story, pictures, moving, folder, is_last_try=is_last_try
            )
            film = Film(
                title=story.title or "",
                shots=shots,
                size=story.aspect_ratio.size,
                burn_subtitles=video.burn_subtitles,
                language=story.language,
            )
            composed = await compose(
                film,
                folder / "film.mp4",
                report=ThinnedProgress(show).report,
                typefaces=production.typefaces,
            )
    except TimeoutError as error:
        raise CompositionError("The film took too long to put together; try again.") from error
    left_out = [pictures[number - 1].position for number in composed.clips_left_out]
    if left_out:
        warnings.append(clips_left_out(left_out))
    if composed.undrawn:
        told = pictures if film.burn_subtitles else []
        burned = {shot.position: shot.narration for shot in told}
        warnings.append(glyphs_missing(composed.undrawn, burned))
    return await _store_composed(production, video.story_id, composed, warnings)


async def _read_clips(production: Production, shots: Sequence[ShotRow]) -> dict[UUID, str]:
    """The keys of the clips that are there, by take, for the shots that want one."""
    shown = [shot.selected_take_id for shot in shots if shot.motion is Motion.CLIP]
    async with production.database.reading() as session:
        found = await clips.list_clips(session, [id_ for id_ in shown if id_ is not None])
    return {take_id: clip.media_key for take_id, clip in found.items() if clip.media_key}


async def _prepare_shots(
    production: Production,
    story: StoryRow,
    shots: list[ShotRow],
    moving: Mapping[UUID, str],
    folder: Path,
    *,
    is_last_try: bool,
) -> tuple[tuple[FilmShot, ...], list[VideoWarning]]:
    """The shots with their pictures, clips and voices in the folder, and what they lack."""
    images: list[Path] = []
    films: list[Path | None] = []
    for shot in shots:
        place, key = folder / f"{shot.position:04d}", shot.image_key or ""
        images.append(place.with_suffix(Path(key).suffix))
        await production.store.fetch_to_file(key, images[-1])
        clip_key = moving.get(shot.selected_take_id) if shot.selected_take_id else None
        films.append(place.with_name(f"{place.name}-clip.mp4") if clip_key else None)
        if clip_key and films[-1]:
            await production.store.fetch_to_file(clip_key, films[-1])
    voices = await speak_narrations(production, story, shots, folder, is_last_try=is_last_try)
    prepared = tuple(
        _film_shot(shot, image, film, voice if isinstance(voice, Voice) else None)
        for shot, image, film, voice in zip(shots, images, films, voices, strict=True)
    )
    return prepared, _silences(shots, voices)


def _silences(
    shots: Sequence[ShotRow], voices: Sequence[Voice | Silence | None]
) -> list[VideoWarning]:
    silent = {
        shot.position: voice
        for shot, voice in zip(shots, voices, strict=True)
        if isinstance(voice, Silence)
    }
    wanted = sum(voice is not None for voice in voices)
    return [narration_lost(silent, of=wanted)] if silent else []


def _film_shot(shot: ShotRow, image: Path, clip: Path | None, voice: Voice | None) -> FilmShot:
    """The shot with what it is made of; its length follows the voice."""
    seconds = shot.duration_seconds
    if voice is not None:
        seconds = spoken_seconds(seconds, voice.seconds, is_wished=shot.duration_is_wished)
    return FilmShot(
        image=image,
        clip=clip,
        narration=shot.narration,
        transition=shot.transition,
        duration_seconds=seconds,
        voice=voice and voice.file,
        mood=read_mood(shot.prompt) or Mood.CALM,
    )


async def _store_composed(
    production: Production, story_id: UUID, film: ComposedFilm, warnings: Sequence[VideoWarning]
) -> StoredFilm:
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
        warnings=tuple(warnings),
    )
