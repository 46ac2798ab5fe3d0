"""Composes a story's film on this machine, from its pictures and narration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from db.queries import clips
from db.rows import ShotRow, StoryRow, VideoWarning
from domain import Motion, Size
from errors import NotFoundError
from orchestration.films.pace import read_seconds, spoken_seconds
from orchestration.films.parts import FilmInputs, FinishedFilm
from orchestration.films.request import read_pictures
from orchestration.films.speaking import Silence, Voice, speak_narrations
from orchestration.films.warnings import (
    clips_left_out,
    glyphs_missing,
    list_shots,
    narration_lost,
    pictures_missing,
)
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import Film, FilmShot
from orchestration.media.composing.framing import write_plain_picture
from orchestration.providers.ports import ReportProgress
from orchestration.work.errors import MediaMissingError
from orchestration.work.landing import Claim
from orchestration.work.production import Production
from studio.moods import Mood, read_mood


async def compose_film(
    production: Production, claim: Claim[FilmInputs], folder: Path, *, report: ReportProgress
) -> FinishedFilm:
    """Compose the film in the folder.

    Raises:
        StepError: With its code.
    """
    story, pictures = await read_pictures(production, claim.work.story_id)
    moving = await _read_clips(production, pictures)
    shots, warnings = await _prepare_shots(
        production,
        story,
        pictures,
        moving,
        folder,
        is_last_try=claim.number >= production.patience.max_attempts,
    )
    film = Film(
        title=story.title or "",
        shots=shots,
        size=_size_of(production, story),
        burn_subtitles=claim.inputs.burn_subtitles,
        language=story.language,
    )
    composed = await compose(
        film, folder / "film.mp4", report=report, typefaces=production.typefaces
    )
    unreadable = [pictures[number - 1].position for number in composed.clips_left_out]
    missing = [
        picture.position
        for picture, shot in zip(pictures, shots, strict=True)
        if picture.selected_take_id in moving and shot.clip is None
    ]
    if left_out := sorted({*missing, *unreadable}):
        warnings.append(clips_left_out(left_out))
    if composed.undrawn:
        told = pictures if film.burn_subtitles else []
        burned = {shot.position: shot.narration for shot in told}
        warnings.append(glyphs_missing(composed.undrawn, burned))
    return FinishedFilm(
        path=composed.path,
        thumbnail=composed.thumbnail_path,
        subtitles=composed.subtitles_path,
        duration_seconds=composed.duration_seconds,
        width=composed.width,
        height=composed.height,
        warnings=tuple(warnings),
    )


def _size_of(production: Production, story: StoryRow) -> Size:
    return story.aspect_ratio.size.shrunk(production.film_shrink)


async def _read_clips(production: Production, shots: Sequence[ShotRow]) -> dict[UUID, str]:
    """The keys of the available clips, by take, for the shots that request one."""
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
    """The shots with their pictures, clips and voices in the folder, and the warnings."""
    images, warnings = await _fetch_pictures(production, story, shots, folder)
    films: list[Path | None] = []
    for shot in shots:
        key = moving.get(shot.selected_take_id) if shot.selected_take_id else None
        films.append(await _fetch_clip(production, key, folder / f"{shot.position:04d}-clip.mp4"))
    voices = await speak_narrations(production, story, shots, folder, is_last_try=is_last_try)
    prepared = tuple(
        _film_shot(story, shot, image, film, voice if isinstance(voice, Voice) else None)
        for shot, image, film, voice in zip(shots, images, films, voices, strict=True)
    )
    return prepared, [*warnings, *_silences(shots, voices)]


async def _fetch_pictures(
    production: Production, story: StoryRow, shots: Sequence[ShotRow], folder: Path
) -> tuple[list[Path], list[VideoWarning]]:
    """The pictures in the folder, with a plain one in place of each missing one.

    Raises:
        MediaMissingError: All are missing.
    """
    images: list[Path] = []
    missing: list[int] = []
    for shot in shots:
        key = shot.image_key or ""
        image = folder / f"{shot.position:04d}{Path(key).suffix}"
        try:
            await production.store.fetch_to_file(key, image)
        except NotFoundError:
            missing.append(shot.position)
            image = image.with_suffix(".png")
            await write_plain_picture(image.name, folder=folder, size=_size_of(production, story))
        images.append(image)
    if len(missing) == len(shots):
        raise MediaMissingError(list_shots(missing))
    return images, [pictures_missing(missing)] if missing else []


async def _fetch_clip(production: Production, key: str | None, file: Path) -> Path | None:
    """The clip in the file; None if there is none, or it is missing."""
    if key is None:
        return None
    try:
        await production.store.fetch_to_file(key, file)
    except NotFoundError:
        return None
    return file


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


def _film_shot(
    story: StoryRow, shot: ShotRow, image: Path, clip: Path | None, voice: Voice | None
) -> FilmShot:
    """The shot with its parts; its length follows the words, spoken or read."""
    planned, is_wished = shot.duration_seconds, shot.duration_is_wished
    if voice is None:
        seconds = read_seconds(planned, shot.narration, story.language, is_wished=is_wished)
    else:
        seconds = spoken_seconds(planned, voice.seconds, is_wished=is_wished)
    return FilmShot(
        image=image,
        clip=clip,
        narration=shot.narration,
        transition=shot.transition,
        duration_seconds=seconds,
        voice=voice and voice.file,
        mood=read_mood(shot.prompt) or Mood.CALM,
    )
