"""Composes a film from pictures and narration: one segment at a time, then joined without loss.

Everything happens in a working folder beside the destination; the finished files are moved out of
it last. Whatever ends the call early - an error, a cancellation - leaves nothing behind.
"""

import asyncio
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from domain import MAX_TITLE_LENGTH, Transition
from errors import BadBodyError, CompositionError
from orchestration.media import ffmpeg
from orchestration.media.film import FRAMES_PER_S, ComposedFilm, Film
from orchestration.media.music import SAMPLE_RATE_HZ, music_source
from orchestration.media.probe import probe_film, write_jpeg
from orchestration.media.segments import (
    FONTS_FOLDER,
    PICTURE_FORMATS,
    Segment,
    cover,
    plan_segments,
    render_segment,
)
from orchestration.media.subtitles import Cue, ass_track, clean_text, cues_of_shot, srt_track

_FONTS = Path(__file__).with_name("fonts")
_PART, _SUBTITLES, _THUMBNAIL = "film.part", "subtitles.srt", "thumbnail.jpg"
_MAX_LANES = 4
"""Segments rendered at once, when there are as many cores; each takes about 200 MB."""
_TOLERANCE_S = 0.2
_RENDERING_SHARE = 0.93
"""Of the whole work; the rest is joining and checking."""
_DEADLINE_S = 300.0
_DEADLINE_PER_SECOND_S = 5.0


async def compose(
    film: Film, destination: Path, *, report: Callable[[float], Awaitable[None]]
) -> ComposedFilm:
    """Compose the film at `destination` (.mp4), subtitles (.srt) and thumbnail (.jpg) beside it.

    `report` hears the progress from 0 to 1, never falling, a few times a second. The working
    folder lies in the destination's folder; only a killed process leaves it there.

    Raises:
        CompositionError: The film cannot be put together; the message names the shot.
    """
    _check(film)
    # The small file operations here are not awaited: a canceled thread would go on writing.
    folder = Path(tempfile.mkdtemp(prefix=".composing-", dir=destination.parent))
    try:
        return await _Composition(film, folder, report).run(destination)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check(film: Film) -> None:
    if not film.shots:
        raise CompositionError("A film needs at least one shot.", retryable=False)
    for number, shot in enumerate(film.shots, start=1):
        if not (math.isfinite(shot.duration_seconds) and shot.duration_seconds > 0):
            raise CompositionError(f"Shot {number} has no duration.", retryable=False)


class _Composition:
    """One film being made in its working folder, where every file has a short name of ours."""

    def __init__(
        self, film: Film, folder: Path, report: Callable[[float], Awaitable[None]]
    ) -> None:
        self._film = film
        self._folder = folder
        self._report = report
        self._segments = plan_segments(film)
        self._frames = sum(segment.span.frames for segment in self._segments)
        self._rendered_frames = [0] * len(self._segments)
        self._cues: list[tuple[Cue, ...]] = []

    @property
    def _duration_s(self) -> float:
        return self._frames / FRAMES_PER_S

    async def run(self, destination: Path) -> ComposedFilm:
        """Make the film and move it to its destination."""
        await self._report(0.0)
        self._cues = await asyncio.to_thread(self._write_cues)
        self._link_sources()
        await self._render_all()
        await self._join()
        await self._verify()
        await self._draw_thumbnail()
        composed = self._publish(destination)
        await self._report(1.0)
        return composed

    def _write_cues(self) -> list[tuple[Cue, ...]]:
        return [
            cues_of_shot(
                segment.shot.narration, segment.span.frames / FRAMES_PER_S, size=self._film.size
            )
            for segment in self._segments
        ]

    def _link_sources(self) -> None:
        """Give every file from outside a name that needs no care in ffmpeg's arguments."""
        (self._folder / FONTS_FOLDER).symlink_to(_FONTS)
        for segment in self._segments:
            (self._folder / segment.picture).symlink_to(segment.shot.image.absolute())

    async def _render_all(self) -> None:
        waiting = iter(self._segments)
        lanes = min(_MAX_LANES, _usable_cores(), len(self._segments))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(lanes):
                    group.create_task(self._render_next(waiting))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _render_next(self, waiting: Iterator[Segment]) -> None:
        for segment in waiting:
            await self._render(segment)

    async def _render(self, segment: Segment) -> None:
        async def on_frames(frames: int) -> None:
            self._rendered_frames[segment.number] = min(frames, segment.span.frames)
            await self._report(sum(self._rendered_frames) / self._frames * _RENDERING_SHARE)

        if segment.subtitles:
            cues = self._cues[segment.number]
            track = ass_track(cues, size=self._film.size, language=self._film.language)
            (self._folder / segment.subtitles).write_text(track, encoding="utf-8")
        try:
            await render_segment(
                segment, size=self._film.size, folder=self._folder, on_frames=on_frames
            )
        except CompositionError as error:
            raise CompositionError(f"Shot {segment.number + 1}: {error.message}") from error
        await on_frames(segment.span.frames)

    async def _join(self) -> None:
        """Put the segments in a row without touching their pictures, and the music under them."""
        listing = "".join(f"file {segment.file_name}\n" for segment in self._segments)
        (self._folder / "segments.txt").write_text(listing, encoding="ascii")
        bed = music_source(self._film.title, self._duration_s, dips_s=self._dips_s())
        title = clean_text(self._film.title)[:MAX_TITLE_LENGTH]
        arguments = ["-f", "concat", "-i", "segments.txt", "-filter_complex", f"{bed}[music]"]
        arguments += ["-map", "0:v", "-map", "[music]", "-c:v", "copy"]
        arguments += ["-c:a", "aac", "-b:a", "128k", "-ar", str(SAMPLE_RATE_HZ)]
        arguments += ["-metadata", f"title={title}", "-movflags", "+faststart"]
        arguments += ["-f", "mp4", _PART]
        deadline_s = _DEADLINE_S + _DEADLINE_PER_SECOND_S * self._duration_s
        await ffmpeg.run(arguments, folder=self._folder, deadline_s=deadline_s)

    def _dips_s(self) -> list[float]:
        return [
            (segment.span.start + segment.span.frames) / FRAMES_PER_S
            for segment in self._segments
            if segment.shot.transition is Transition.VOLUME_MIX
        ]

    async def _verify(self) -> None:
        try:
            facts = await probe_film(self._folder / _PART)
        except BadBodyError as error:
            raise CompositionError(error.message) from error
        if abs(facts.duration_seconds - self._duration_s) > _TOLERANCE_S:
            raise CompositionError(
                f"The film came out {facts.duration_seconds:.1f} s long instead of"
                f" {self._duration_s:.1f} s.",
                retryable=False,  # the same pictures come out the same again
            )

    async def _draw_thumbnail(self) -> None:
        """From the first picture itself: no subtitles in it."""
        arguments = ["-format_whitelist", PICTURE_FORMATS, "-i", self._segments[0].picture]
        thumbnail = self._folder / _THUMBNAIL
        crop = cover(self._film.size)
        if not await write_jpeg(arguments, destination=thumbnail, folder=self._folder, crop=crop):
            raise CompositionError("The thumbnail could not be drawn.")

    def _publish(self, destination: Path) -> ComposedFilm:
        """Move the finished files to their places, the film last."""
        subtitles, thumbnail = destination.with_suffix(".srt"), destination.with_suffix(".jpg")
        track = srt_track(
            cue.shifted(segment.span.start / FRAMES_PER_S)
            for segment in self._segments
            for cue in self._cues[segment.number]
        )
        (self._folder / _SUBTITLES).write_text(track, encoding="utf-8")
        (self._folder / _SUBTITLES).replace(subtitles)
        (self._folder / _THUMBNAIL).replace(thumbnail)
        (self._folder / _PART).replace(destination)
        return ComposedFilm(
            path=destination,
            subtitles_path=subtitles,
            thumbnail_path=thumbnail,
            duration_seconds=self._duration_s,
            size_bytes=destination.stat().st_size,
            width=self._film.size.width,
            height=self._film.size.height,
        )


def _usable_cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
