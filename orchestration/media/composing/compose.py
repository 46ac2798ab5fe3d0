"""Composes a film from pictures and narration: one segment at a time, then joined without loss.

All work happens in a working folder next to the destination; the finished files are moved out of it
last. An error or a cancellation leaves nothing behind.
"""

import asyncio
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from domain import Transition
from errors import BadBodyError, CompositionError
from orchestration.disk import full_disk_noticed
from orchestration.media.composing.clips import draw_frame, fit_clip
from orchestration.media.composing.film import VOICE_STARTS_S, ComposedFilm, Film, FilmShot
from orchestration.media.composing.framing import frame_picture
from orchestration.media.composing.join import join_film
from orchestration.media.composing.segments import (
    Card,
    Segment,
    cover,
    plan_segments,
    render_segment,
)
from orchestration.media.composing.words import letter_film, link_fonts, words_track
from orchestration.media.lettering.cards import title_words
from orchestration.media.lettering.subtitles import Cue, cues_of_shot, srt_track
from orchestration.media.lettering.typefaces import Lettering, Typefaces
from orchestration.media.probe import PICTURE_FORMATS, probe_film, write_jpeg
from orchestration.media.sound.mixing import (
    SoundPlan,
    VoicePlan,
    decode_voice,
    make_sound,
    plan_stretches,
)

T = TypeVar("T")

_LOG = structlog.get_logger()
_PART, _SUBTITLES, _THUMBNAIL = "film.part", "subtitles.srt", "thumbnail.jpg"
_MAX_LANES = 4
"""Concurrent segments, if there are as many cores; each takes about 200 MB."""
_TOLERANCE_S = 0.2
_SHARES = {"picture": 0.92, "sound": 0.05, "join": 0.02}
"""Of the whole work; the rest is checking."""


async def compose(
    film: Film,
    destination: Path,
    *,
    report: Callable[[float], Awaitable[None]],
    typefaces: Typefaces | None = None,
) -> ComposedFilm:
    """Compose the film at `destination` (.mp4), subtitles (.srt) and thumbnail (.jpg) next to it.

    Its text is drawn with `typefaces`, or those of this machine.

    `report` is called with the progress from 0 to 1, never decreasing, a few times a second. The
    working folder is in the destination's folder; only a killed process leaves it there.

    Raises:
        CompositionError: The film cannot be composed; the message names the shot.
        DiskFullError: There is no room for it.
    """
    _check(film)
    lettering = await asyncio.to_thread(letter_film, film, typefaces or Typefaces())
    # The small file operations here are not awaited: a canceled thread would continue to write.
    folder = Path(tempfile.mkdtemp(prefix=".composing-", dir=destination.parent.absolute()))
    try:
        with full_disk_noticed(folder):
            return await _Composition(film, lettering, folder, report).run(destination)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check(film: Film) -> None:
    if not film.shots:
        raise CompositionError("A film needs at least one shot.", retryable=False)
    for number, shot in enumerate(film.shots, start=1):
        if not (math.isfinite(shot.duration_seconds) and shot.duration_seconds > 0):
            raise CompositionError(f"Shot {number} has no duration.", retryable=False)


class _Composition:
    """One film in progress in its working folder, where every file has a short generated name."""

    def __init__(
        self,
        film: Film,
        lettering: Lettering,
        folder: Path,
        report: Callable[[float], Awaitable[None]],
    ) -> None:
        self._film = film
        self._lettering = lettering
        self._folder = folder
        self._report = report
        self._segments = plan_segments(film)
        self._seconds = sum(segment.seconds for segment in self._segments)
        self._clip_s = sum(segment.seconds for segment in self._segments if segment.plays_clip)
        self._fitted_s = 0.0
        self._clips_left_out: set[int] = set()
        self._done = dict.fromkeys(_SHARES, 0.0)
        self._rendered_s = [0.0] * len(self._segments)
        self._voices: dict[int, VoicePlan] = {}
        self._cues: dict[int, tuple[Cue, ...]] = {}

    async def run(self, destination: Path) -> ComposedFilm:
        """Make the film and move it to its destination."""
        await self._report(0.0)
        await self._fit_clips()
        await self._frame_pictures()
        await self._link_sources()
        await self._hear_voices()
        await asyncio.to_thread(self._write_cues)
        await self._render_all()
        await join_film(
            self._film,
            [segment.file_name for segment in self._segments],
            folder=self._folder,
            subtitles=_SUBTITLES if any(self._cues.values()) else None,
            seconds=self._seconds,
            destination=_PART,
            on_progress=lambda share: self._advance("join", share),
        )
        await self._verify()
        await self._draw_thumbnail()
        composed = self._publish(destination)
        await self._report(1.0)
        return composed

    async def _advance(self, part: str, share: float) -> None:
        self._done[part] = max(self._done[part], min(share, 1.0))
        await self._report(sum(share * self._done[part] for part, share in _SHARES.items()))

    async def _fit_clips(self) -> None:
        """Fit every clip to the length of its shot; unreadable ones are left out."""

        async def fit(segment: Segment) -> None:
            link = f"raw{segment.number}.mp4"
            (self._folder / link).symlink_to((segment.shot.clip or Path()).absolute())
            frames = segment.span.frames + segment.span.linger
            try:
                await fit_clip(
                    link, segment.clip, folder=self._folder, frames=frames, size=self._film.size
                )
            except (BadBodyError, CompositionError) as error:
                _LOG.warning("clip left out", shot=segment.position, code=error.code)
                self._clips_left_out.add(segment.position)
            self._fitted_s += segment.seconds
            await self._advance_picture()

        await _in_lanes([segment for segment in self._segments if segment.plays_clip], fit)
        if self._clips_left_out:
            shots = [
                replace(shot, clip=None) if position in self._clips_left_out else shot
                for position, shot in enumerate(self._film.shots, start=1)
            ]
            self._film = replace(self._film, shots=tuple(shots))
            self._segments = plan_segments(self._film)

    async def _frame_pictures(self) -> None:
        """Frame every picture that cropping would cut too much, once."""
        framed: dict[Path, Path] = {}

        async def frame(piece: tuple[int, FilmShot]) -> None:
            position, shot = piece
            link, destination = f"image{position}", f"framed{position}"
            (self._folder / link).symlink_to(shot.image.absolute())
            try:
                if await frame_picture(
                    link, destination, folder=self._folder, size=self._film.size
                ):
                    framed[shot.image] = self._folder / destination
            except CompositionError as error:
                if shot.clip is None:  # else it is hardly visible
                    raise _of_shot(position, error) from error

        numbered = list(enumerate(self._film.shots, start=1))
        firsts = {shot.image: (position, shot) for position, shot in reversed(numbered)}
        await _in_lanes(firsts.values(), frame)
        if framed:
            shots = [
                replace(shot, image=framed[shot.image], stands_whole=True)
                if shot.image in framed
                else shot
                for shot in self._film.shots
            ]
            self._film = replace(self._film, shots=tuple(shots))
            self._segments = plan_segments(self._film)

    async def _link_sources(self) -> None:
        """Give every file from outside a name that is safe in ffmpeg's arguments.

        A card next to a clip uses the frame of it where they meet.
        """
        link_fonts(self._lettering, self._folder)
        for segment, following in zip(self._segments, [*self._segments[1:], None], strict=True):
            clip = segment.previous if segment.card is Card.END else following
            if segment.card and segment.shot.clip and clip:
                last = clip.span.frames + clip.span.linger - 1
                await draw_frame(
                    clip.clip,
                    segment.picture,
                    folder=self._folder,
                    number=last if segment.card is Card.END else 0,
                )
            else:
                (self._folder / segment.picture).symlink_to(segment.shot.image.absolute())

    async def _hear_voices(self) -> None:
        for segment in self._segments:
            voice = segment.shot.voice
            room_s = segment.seconds - VOICE_STARTS_S
            if segment.card or voice is None or room_s <= 0:
                continue
            link, samples = f"voice{segment.number}", f"voice{segment.number}.pcm"
            (self._folder / link).symlink_to(voice.absolute())
            try:
                seconds = await decode_voice(link, samples, folder=self._folder, limit_s=room_s)
            except CompositionError as error:
                raise _of_shot(segment.position, error) from error
            self._voices[segment.number] = VoicePlan(
                file=samples,
                start_s=segment.start_s + VOICE_STARTS_S,
                seconds=seconds,
                is_strong=segment.shot.transition is Transition.VOLUME_MIX,
            )

    def _write_cues(self) -> None:
        for segment in self._segments:
            if segment.card is None:
                voice = self._voices.get(segment.number)
                self._cues[segment.number] = cues_of_shot(
                    segment.shot.narration,
                    segment.seconds,
                    size=self._film.size,
                    speech_s=voice and (VOICE_STARTS_S, VOICE_STARTS_S + voice.seconds),
                )
        track = srt_track(
            cue.shifted(self._segments[number].start_s)
            for number, cues in self._cues.items()
            for cue in cues
        )
        (self._folder / _SUBTITLES).write_text(track, encoding="utf-8")

    async def _render_all(self) -> None:
        """All segments, and the sound concurrently."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._make_sound())
                group.create_task(_in_lanes(self._segments, self._render))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _make_sound(self) -> None:
        shots = [segment for segment in self._segments if segment.card is None]
        moods = [(segment.shot.mood, segment.seconds) for segment in self._segments]
        plan = SoundPlan(
            title=title_words(self._film.title),
            seconds=self._seconds,
            stretches=plan_stretches(moods),
            voices=tuple(self._voices.values()),
            dips_s=tuple(
                segment.start_s + segment.seconds
                for segment in shots
                if segment.shot.transition is Transition.VOLUME_MIX
            ),
        )
        await make_sound(
            plan, folder=self._folder, on_progress=lambda share: self._advance("sound", share)
        )

    async def _advance_picture(self) -> None:
        done_s = self._fitted_s + sum(self._rendered_s)
        await self._advance("picture", done_s / (self._clip_s + self._seconds))

    async def _render(self, segment: Segment) -> None:
        async def on_seconds(seconds: float) -> None:
            self._rendered_s[segment.number] = min(seconds, segment.seconds)
            await self._advance_picture()

        if segment.words:
            cues = self._cues.get(segment.number, ())
            track = words_track(segment, self._film, self._lettering, cues)
            (self._folder / segment.words).write_text(track, encoding="utf-8")
        try:
            await render_segment(
                segment, size=self._film.size, folder=self._folder, on_seconds=on_seconds
            )
        except CompositionError as error:
            raise _of_shot(segment.position, error) from error
        await on_seconds(segment.seconds)

    async def _verify(self) -> None:
        try:
            facts = await probe_film(self._folder / _PART)
        except BadBodyError as error:
            raise CompositionError(error.message) from error
        if abs(facts.duration_seconds - self._seconds) > _TOLERANCE_S:
            raise CompositionError(
                f"The composed film lasts {facts.duration_seconds:.1f} s instead of"
                f" {self._seconds:.1f} s.",
                retryable=False,  # the same pictures give the same result
            )

    async def _draw_thumbnail(self) -> None:
        """From the first picture itself, so without subtitles."""
        arguments = ["-format_whitelist", PICTURE_FORMATS, "-i", self._segments[0].picture]
        thumbnail = self._folder / _THUMBNAIL
        shown = cover(self._film.size)
        if not await write_jpeg(arguments, destination=thumbnail, folder=self._folder, shown=shown):
            raise CompositionError("The thumbnail could not be drawn.")

    def _publish(self, destination: Path) -> ComposedFilm:
        """Move the finished files to their destinations, the film last."""
        subtitles, thumbnail = destination.with_suffix(".srt"), destination.with_suffix(".jpg")
        (self._folder / _SUBTITLES).replace(subtitles)
        (self._folder / _THUMBNAIL).replace(thumbnail)
        (self._folder / _PART).replace(destination)
        return ComposedFilm(
            path=destination,
            subtitles_path=subtitles,
            thumbnail_path=thumbnail,
            duration_seconds=self._seconds,
            size_bytes=destination.stat().st_size,
            width=self._film.size.width,
            height=self._film.size.height,
            clips_left_out=tuple(sorted(self._clips_left_out)),
            undrawn=self._lettering.missing,
        )


async def _in_lanes(pieces: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do the work for all pieces, on as many cores as there are, up to a limit."""
    waiting = iter(pieces)

    async def go_on(waiting: Iterator[T]) -> None:
        for piece in waiting:
            await work(piece)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_MAX_LANES, _usable_cores())):
                group.create_task(go_on(waiting))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _of_shot(position: int, error: CompositionError) -> CompositionError:
    return CompositionError(f"Shot {position}: {error.message}")


def _usable_cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
