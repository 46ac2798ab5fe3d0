"""Makes a story's film on this machine, from its pictures and narration."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from db.queries import clips
from db.queries.videos import StoredFilm, VideoToRender
from db.rows import ShotRow, StoryRow
from domain import Motion
from errors import CompositionError
from orchestration.jobs import Job
from orchestration.media.compose import compose
from orchestration.media.film import ComposedFilm, Film, FilmShot
from orchestration.media.store import digest_file, new_key
from orchestration.moods import Mood, read_mood
from orchestration.pace import is_estimate, spoken_seconds
from orchestration.production import Production, ThinnedProgress
from orchestration.rendering import read_pictures, store_progress
from orchestration.speaking import speak_narration


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
            film = Film(
                title=story.title or "",
                shots=await _prepare_shots(
                    production, story, pictures, moving, folder, is_last_try=is_last_try
                ),
                size=story.aspect_ratio.size,
                burn_subtitles=video.burn_subtitles,
                language=story.language,
            )
            composed = await compose(film, folder / "film.mp4", report=ThinnedProgress(show).report)
    except TimeoutError as error:
        raise CompositionError("The film took too long to put together; try again.") from error
    return await _store_composed(production, video.story_id, composed)


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
) -> tuple[FilmShot, ...]:
    """The shots with their pictures, clips and voices in the folder."""
    images: list[Path] = []
    for shot in shots:
        images.append(folder / f"{shot.position:04d}{Path(shot.image_key or '').suffix}")
        await production.store.fetch_to_file(shot.image_key or "", images[-1])
    films: list[Path | None] = []
    for shot in shots:
        key = moving.get(shot.selected_take_id) if shot.selected_take_id else None
        films.append(folder / f"{shot.position:04d}-clip.mp4" if key else None)
        if key and films[-1]:
            await production.store.fetch_to_file(key, films[-1])
    # The voice itself limits how many speak at once. One that fails stops no other: what is spoken
    # is paid for, and found again by the next attempt.
    voiced = await asyncio.gather(
        *(
            _voice_shot(production, story, shot, image, is_last_try=is_last_try)
            for shot, image in zip(shots, images, strict=True)
        ),
        return_exceptions=True,
    )
    for failure in voiced:
        if isinstance(failure, BaseException):
            raise failure
    ready = [shot for shot in voiced if isinstance(shot, FilmShot)]
    return tuple(replace(shot, clip=film) for shot, film in zip(ready, films, strict=True))


async def _voice_shot(
    production: Production, story: StoryRow, shot: ShotRow, image: Path, *, is_last_try: bool
) -> FilmShot:
    """The shot with its voice beside its picture; its length follows the voice."""
    seconds = shot.duration_seconds
    place = image.with_name(f"{shot.position:04d}-voice")
    voice = await speak_narration(production, story, shot, place=place, is_last_try=is_last_try)
    if voice is not None:
        seconds = spoken_seconds(
            seconds,
            voice.seconds,
            is_estimate=is_estimate(seconds, shot.narration, story.language),
        )
    return FilmShot(
        image=image,
        narration=shot.narration,
        transition=shot.transition,
        duration_seconds=seconds,
        voice=voice and voice.file,
        mood=read_mood(shot.prompt) or Mood.CALM,
    )


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
