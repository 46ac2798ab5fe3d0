"""The film to compose and what comes of it, as plain data, and its plan in whole frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from domain import Size, Transition

FRAMES_PER_S = 24

_OVERLAP_SECONDS = {
    Transition.KEN_BURNS: 0.4,
    Transition.CROSSFADE: 1.0,
    Transition.VOLUME_MIX: 0.6,
    Transition.CUT: 0.0,
}
"""How long the shot's picture lingers under the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmShot:
    """One picture, its words, and how it moves and hands over to the next shot."""

    image: Path
    narration: str
    transition: Transition
    duration_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Shots in playing order; the film lasts exactly as long as they do together.

    `language` is a BCP 47 tag or None; `size` has even sides.
    """

    title: str
    shots: tuple[FilmShot, ...]
    size: Size
    burn_subtitles: bool = True
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedFilm:
    """The finished files and the film's facts; subtitles are SubRip, the thumbnail is a JPEG."""

    path: Path
    subtitles_path: Path
    thumbnail_path: Path
    duration_seconds: float
    size_bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a shot lies on the timeline, in frames.

    For its first `overlap` frames the picture before still shows and dissolves; `linger` is the
    same at its other end, beyond `frames`.
    """

    start: int
    frames: int
    overlap: int
    linger: int


def plan_spans(shots: Sequence[FilmShot]) -> tuple[Span, ...]:
    """Lay the shots out on the timeline; rounding to frames never adds up."""
    ends = [
        round(seconds * FRAMES_PER_S)
        for seconds in accumulate((shot.duration_seconds for shot in shots), initial=0.0)
    ]
    frames = [max(1, end - start) for start, end in pairwise(ends)]
    overlaps = [0]
    for shot, (here, following) in zip(shots, pairwise(frames), strict=False):
        wanted = round(_OVERLAP_SECONDS[shot.transition] * FRAMES_PER_S)
        overlaps.append(min(wanted, here // 2, following // 2))
    lingers = [*overlaps[1:], 0]
    starts = accumulate(frames, initial=0)
    return tuple(
        Span(start, count, overlap, linger)
        for start, count, overlap, linger in zip(starts, frames, overlaps, lingers, strict=False)
    )
