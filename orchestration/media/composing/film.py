"""The film to compose and its result, as plain data, and its timeline in whole frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from domain import Size, Transition
from studio.moods import Mood

FRAMES_PER_S = 24

VOICE_STARTS_S = 0.5
"""Into its shot."""
OVERLAP_SECONDS = {
    Transition.KEN_BURNS: 0.4,
    Transition.CROSSFADE: 1.0,
    Transition.VOLUME_MIX: 0.6,
    Transition.CUT: 0.0,
}
"""How long the shot's picture lingers under the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmShot:
    """One picture, its words, its camera motion and its transition to the next shot.

    `clip` is the picture in motion and replaces it, without its own sound. A clip longer than the
    shot is cut, a shorter one plays slower and is then held, and an unreadable one is skipped.
    `voice` is a sound file of the narration, heard from half a second into the shot and cut at its
    end. `stands_whole` says that the picture had another shape than the film and has been framed:
    the camera keeps all of it visible.
    """

    image: Path
    narration: str
    transition: Transition
    duration_seconds: float
    clip: Path | None = None
    voice: Path | None = None
    mood: Mood = Mood.CALM
    stands_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Shots in playing order, after the title, if there is one, and before the end card.

    `language` is a BCP 47 tag or None; `size` has even sides.
    """

    title: str
    shots: tuple[FilmShot, ...]
    size: Size
    burn_subtitles: bool = True
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedFilm:
    """The finished files and the film's facts; subtitles are SubRip, the thumbnail is a JPEG.

    `duration_seconds` is the whole film's: title card, shots and end card. `clips_left_out` are the
    shots with an unreadable clip, counted from 1; `undrawn` are characters that no font has.
    """

    path: Path
    subtitles_path: Path
    thumbnail_path: Path
    duration_seconds: float
    size_bytes: int
    width: int
    height: int
    clips_left_out: tuple[int, ...] = ()
    undrawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """The position of a shot or a card on the timeline, in frames.

    During its first `overlap` frames the previous picture dissolves; `linger` is the same at its
    other end, beyond `frames`.
    """

    start: int
    frames: int
    overlap: int
    linger: int


def plan_spans(seconds: Sequence[float], overlaps_s: Sequence[float]) -> tuple[Span, ...]:
    """Place the pieces of a film on the timeline; rounding to frames does not accumulate.

    `overlaps_s` says how long each one's picture lingers under the next.
    """
    ends = [round(at_s * FRAMES_PER_S) for at_s in accumulate(seconds, initial=0.0)]
    frames = [max(1, end - start) for start, end in pairwise(ends)]
    overlaps = [0]
    for overlap_s, (here, following) in zip(overlaps_s, pairwise(frames), strict=False):
        overlaps.append(min(round(overlap_s * FRAMES_PER_S), here // 2, following // 2))
    lingers = [*overlaps[1:], 0]
    starts = accumulate(frames, initial=0)
    return tuple(
        Span(start, count, overlap, linger)
        for start, count, overlap, linger in zip(starts, frames, overlaps, lingers, strict=False)
    )
