"""`film`: makes a film from a story file, with everything it needs run in this process."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import typer

from cli.backend import Backend, open_backend, typefaces_of
from cli.film_progress import FilmProgress, show_progress
from cli.film_state import FilmFailedError, FilmState
from db.rows import ClipRow, VideoRow
from domain import BUILT_IN, NOBODY, EventType, ServiceKind, Status
from errors import InvalidStateError
from orchestration.films.warnings import describe_missing
from orchestration.media.composing.words import letter_words
from orchestration.media.store import MediaStore
from orchestration.providers.ports import VoiceProvider
from orchestration.work.pauses import Pause
from resolvers.context import LOCAL_VIEWER, Context
from resolvers.loaders import Loaders
from resolvers.shots import list_shots
from resolvers.stories import StoryWish, cancel_story, create_story, follow_story
from resolvers.videos import generate_video
from resolvers.waiting import waits_for
from settings import Settings

_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOrder:
    """What to make and where to write it; `wish` requests the film unless it has no subtitles.

    `encoding` is the encoding as which the story's file was decoded.
    """

    wish: StoryWish
    output: Path
    encoding: str
    with_subtitles: bool = True


async def make_film(settings: Settings, order: FilmOrder) -> None:
    """Make the film and print its location; on cancellation the story is canceled too.

    Raises:
        SetupError: The backend cannot be opened.
        RequestError: The story's text cannot be used.
        FilmFailedError: The script, a picture or the film failed, or it cannot be written.
    """
    started_at = time.monotonic()
    await _warn_of_missing_letters(settings, order)
    state = FilmState()
    with show_progress(state) as progress:
        async with open_backend(settings, with_worker=True) as backend:
            video = await _make(backend, order, state=state, progress=progress)
            production = backend.services.production
            await _save(production.store, video.media_key or "", order.output)
    took_s = time.monotonic() - started_at
    voice = describe_voice(
        production.line_up.voice, choice=settings.first(ServiceKind.VOICE).provider
    )
    is_ours = video.provider == BUILT_IN
    typer.echo(_summary(state, video, order, voice=voice if is_ours else None, took_s=took_s))


async def _save(store: MediaStore, key: str, output: Path) -> None:
    try:
        await store.fetch_to_file(key, output)
    except OSError as error:
        raise FilmFailedError(
            f"The film is done but cannot be written to {output}: {error.strerror}. It is kept: "
            "`main.py serve` shows it."
        ) from error


async def _warn_of_missing_letters(settings: Settings, order: FilmOrder) -> None:
    """Say which letters of the story no font here has, while it can still be stopped."""
    if settings.first(ServiceKind.VIDEO).provider != BUILT_IN:
        return
    typefaces = typefaces_of(settings)
    lettering = await asyncio.to_thread(
        letter_words,
        order.wish.title or "",
        [order.wish.content] if order.with_subtitles else [],
        typefaces,
        language=order.wish.language,
    )
    if lettering.missing:
        typer.echo(f"Warning: {describe_missing(lettering.missing)}", err=True)


async def _make(
    backend: Backend, order: FilmOrder, *, state: FilmState, progress: FilmProgress
) -> VideoRow:
    def context() -> Context:
        return _context(backend)

    story = await create_story(context(), order.wish)
    try:
        return await _follow(context, story.id, order, state=state, progress=progress)
    except asyncio.CancelledError:
        state.notice = "Canceling ..."
        with contextlib.suppress(InvalidStateError):  # it ended at the same moment
            await cancel_story(context(), str(story.id))
        state.put_shots(await list_shots(context(), story.id))
        state.notice = "Canceled"
        raise


def _context(backend: Backend) -> Context:
    services = backend.services
    return Context(
        viewer=LOCAL_VIEWER,
        production=services.production,
        following=services.following,
        dashboards=services.dashboards,
        base_url="",
        loaders=Loaders(services.production.database),
    )


async def _follow(
    context: Callable[[], Context],
    story_id: UUID,
    order: FilmOrder,
    *,
    state: FilmState,
    progress: FilmProgress,
) -> VideoRow:
    """Follow the story's changes up to its film."""
    is_ordered = order.wish.auto_render
    async with aclosing(follow_story(context(), str(story_id))) as groups:
        async for changes in groups:
            if any(_brings_shots(change.type) for change in changes):
                state.put_shots(await list_shots(context(), story_id))
            for change in changes:
                state.put_change(change)
            state.clips = await _shown_clips(context(), state)
            state.pause = await _pause_of(context(), state)
            progress.update()
            if (video := state.finished_video()) is not None:
                return video
            if not is_ordered and state.all_ready:
                is_ordered = True
                await generate_video(context(), str(story_id), burn_subtitles=order.with_subtitles)
    raise FilmFailedError("The story was deleted before its film was ready.")


async def _shown_clips(context: Context, state: FilmState) -> list[ClipRow]:
    if not state.wants_clips:
        return []
    takes = [shot.selected_take_id for shot in state.shots if shot.selected_take_id is not None]
    found = await context.loaders.clip.load_many(takes)
    return [clip for clip in found if clip is not None]


async def _pause_of(context: Context, state: FilmState) -> Pause | None:
    """Does not query the database while every service responds."""
    if state.story is None or not context.production.pauses:
        return None
    return await waits_for(context, state.story)


def _brings_shots(event: EventType) -> bool:
    return event in (EventType.SNAPSHOT, EventType.SHOTS_ADDED)


def describe_voice(voice: VoiceProvider | None, *, choice: str) -> str:
    """The narrator of films composed here, or why there is none; `choice` is the setting."""
    if voice is not None:
        return voice.description
    if choice == NOBODY:
        return "none (AI_STORY_VOICE_PROVIDER=none)"
    return "none (espeakng-loader is not installed; run scripts/setup)"


def _clips_told(state: FilmState) -> str:
    moving = sum(clip.status is Status.COMPLETED for clip in state.clips)
    failures = [clip.failure for clip in state.clips if clip.failure is not None]
    told = f"{moving} of {len(state.shots)}"
    if not failures:
        return told
    reason = f"{failures[0].message.rstrip('.')} ({failures[0].code})"
    return f"{told}; the other shots show still pictures: {reason}"


def _summary(
    state: FilmState, video: VideoRow, order: FilmOrder, *, voice: str | None, took_s: float
) -> str:
    minutes, seconds = divmod(round(video.duration_seconds or 0), 60)
    drawn = sum(shot.status is Status.COMPLETED for shot in state.shots)
    lines = [
        ("Film", str(order.output)),
        ("Title", video.title),
        ("Text", f"read as {order.encoding}"),
        ("Length", f"{minutes}:{seconds:02} in {drawn} {'shot' if drawn == 1 else 'shots'}"),
        *([("Clips", _clips_told(state))] if state.wants_clips else []),
        ("Size", f"{(video.size_bytes or 0) / _MIB:.1f} MB, {video.width}x{video.height}"),
        *([("Voice", voice)] if voice else []),
        *(("Warning", warning.message) for warning in video.warnings),
        ("Took", f"{took_s:.0f} s"),
        ("Story", f"{video.story_id} (also available in `main.py serve`)"),
    ]
    return "\n" + "\n".join(f"  {name:<8}{value}" for name, value in lines) + "\n"
