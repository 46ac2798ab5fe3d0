"""Makes a story's film on this machine, from its pictures and narration."""

import asyncio
from pathlib import Path
from uuid import UUID

from db.queries.videos import StoredFilm, VideoToRender
from errors import CompositionError
from orchestration.jobs import Job
from orchestration.media.compose import compose
from orchestration.media.film import ComposedFilm, Film, FilmShot
from orchestration.media.store import digest_file, new_key
from orchestration.production import Production, ThinnedProgress
from orchestration.rendering import read_pictures, store_progress


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

    film_shots: list[FilmShot] = []
    for shot in pictures:
        path = folder / f"{shot.position:04d}{Path(shot.image_key or '').suffix}"
        await production.store.fetch_to_file(shot.image_key or "", path)
        film_shots.append(
            FilmShot(
                image=path,
                narration=shot.narration,
                transition=shot.transition,
                duration_seconds=shot.duration_seconds,
            )
        )
    film = Film(
        title=story.title or "",
        shots=tuple(film_shots),
        size=story.aspect_ratio.size,
        burn_subtitles=video.burn_subtitles,
        language=story.language,
    )
    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            composed = await compose(film, folder / "film.mp4", report=ThinnedProgress(show).report)
    except TimeoutError as error:
        raise CompositionError("The film took too long to put together; try again.") from error
    return await _store_composed(production, video.story_id, composed)


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
