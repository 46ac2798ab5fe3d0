"""Renders one shot's stretch of the film: the moving picture, the dissolve into it, its subtitles.

A segment holds at most two pictures, so memory does not grow with the film. The movement is
ffmpeg's `perspective`, which samples between pixels: 0.006 px rms of jitter, where `zoompan` on a
picture scaled up four times has 0.15 and rounds to whole pixels.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain import Size, Transition
from orchestration.media import ffmpeg
from orchestration.media.film import FRAMES_PER_S, Film, FilmShot, Span, plan_spans
from orchestration.media.subtitles import clean_text

FONTS_FOLDER = "fonts"
"""What the bundled fonts are called inside the working folder."""
PICTURE_FORMATS = "jpeg_pipe,png_pipe,webp_pipe"

_FADE_OUT_SECONDS = 0.6
_COVER = (
    "scale={w}:{h}:force_original_aspect_ratio=increase:flags=lanczos"
    ":out_color_matrix=bt709:out_range=limited,crop={w}:{h},setsar=1,format=yuv420p"
)
_COLOURS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
_ENCODING = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"),
    *("-profile:v", "high", "-g", str(FRAMES_PER_S * 2), "-video_track_timescale", "12288"),
    *("-threads", "2"),
)
_DEADLINE_S = 120.0
_DEADLINE_PER_FRAME_S = 1.0


@dataclass(frozen=True, slots=True)
class Move:
    """A camera move: zoom and the place of the window in the free room, from and to."""

    zoom: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]


_KEN_BURNS = (
    Move((1.02, 1.18), (0.35, 0.65), (0.40, 0.55)),
    Move((1.18, 1.03), (0.75, 0.45), (0.50, 0.45)),
    Move((1.12, 1.15), (0.05, 0.95), (0.50, 0.50)),
    Move((1.03, 1.18), (0.60, 0.35), (0.60, 0.35)),
    Move((1.15, 1.12), (0.95, 0.05), (0.45, 0.55)),
)
_GENTLE = (
    Move((1.00, 1.05), (0.50, 0.50), (0.50, 0.50)),
    Move((1.05, 1.00), (0.50, 0.50), (0.50, 0.50)),
)


def cover(size: Size) -> str:
    """The filter that crops a picture of any shape to fill the size, in video colours."""
    return _COVER.format(w=size.width, h=size.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One shot to render, and the one that it dissolves out of."""

    number: int
    shot: FilmShot
    span: Span
    previous: "Segment | None" = field(repr=False)
    has_subtitles: bool
    is_last: bool

    @property
    def file_name(self) -> str:
        """Where the rendered segment lies in the working folder."""
        return f"segment{self.number}.mp4"

    @property
    def picture(self) -> str:
        """The link to the shot's picture in the working folder."""
        return f"picture{self.number}"

    @property
    def subtitles(self) -> str | None:
        """The ASS track to burn in, if any."""
        return f"subtitles{self.number}.ass" if self.has_subtitles else None

    @property
    def move(self) -> Move:
        """The shot's camera move; neighbours differ."""
        moves = _KEN_BURNS if self.shot.transition is Transition.KEN_BURNS else _GENTLE
        return moves[self.number % len(moves)]


def plan_segments(film: Film) -> tuple[Segment, ...]:
    """One segment for each shot, in playing order."""
    segments: list[Segment] = []
    spans = plan_spans(film.shots)
    for number, (shot, span) in enumerate(zip(film.shots, spans, strict=True)):
        segment = Segment(
            number=number,
            shot=shot,
            span=span,
            previous=segments[-1] if segments else None,
            has_subtitles=film.burn_subtitles and bool(clean_text(shot.narration)),
            is_last=number == len(spans) - 1,
        )
        segments.append(segment)
    return tuple(segments)


async def render_segment(
    segment: Segment,
    *,
    size: Size,
    folder: Path,
    on_frames: Callable[[int], Awaitable[None]],
) -> None:
    """Render the segment into the folder.

    Raises:
        CompositionError: ffmpeg failed.
    """
    pictures = [segment.picture]
    if segment.previous and segment.span.overlap:
        pictures.append(segment.previous.picture)
    arguments: list[str] = []
    for picture in pictures:
        arguments += ["-format_whitelist", PICTURE_FORMATS, "-i", picture]
    arguments += ["-filter_complex", _filter_graph(segment, size), "-map", "[film]", "-an"]
    arguments += [*_ENCODING, "-frames:v", str(segment.span.frames), segment.file_name]
    deadline_s = _DEADLINE_S + _DEADLINE_PER_FRAME_S * segment.span.frames
    await ffmpeg.run_reporting(arguments, folder=folder, deadline_s=deadline_s, on_frames=on_frames)


def _filter_graph(segment: Segment, size: Size) -> str:
    span = segment.span
    steps = [_moving(segment, source=0, first=0, frames=span.frames, size=size) + "[shot]"]
    last = "[shot]"
    if segment.previous and span.overlap:
        first = segment.previous.span.frames
        tail = _moving(segment.previous, source=1, first=first, frames=span.overlap, size=size)
        steps.append(tail + "[tail]")
        seconds = span.overlap / FRAMES_PER_S
        steps.append(f"[tail][shot]xfade=transition=fade:duration={seconds:.6f}:offset=0[mixed]")
        last = "[mixed]"
    finish = [_COLOURS]
    if segment.is_last:
        fade = min(round(_FADE_OUT_SECONDS * FRAMES_PER_S), span.frames // 2)
        finish.append(f"fade=type=out:start_frame={span.frames - fade}:nb_frames={fade}")
    if segment.subtitles:
        finish.append(f"ass=filename={segment.subtitles}:fontsdir={FONTS_FOLDER}")
    steps.append(f"{last}{','.join(finish)}[film]")
    return ";".join(steps)


def _moving(segment: Segment, *, source: int, first: int, frames: int, size: Size) -> str:
    """A still picture as frames `first` onwards of its move, which runs on while it lingers."""
    move, span = segment.move, segment.span
    steps = max(1, span.frames + span.linger - 1)
    at = f"(({first}+on)/{steps})"
    zoom = _between(move.zoom, at)
    left = f"(W-W/({zoom}))*({_between(move.across, at)})"
    top = f"(H-H/({zoom}))*({_between(move.down, at)})"
    right, bottom = f"{left}+W/({zoom})", f"{top}+H/({zoom})"
    return (
        f"[{source}:v]{cover(size)},loop=loop={frames - 1}:size=1:start=0,"
        # A picture comes in 25ths of a second: in those, every so often a frame would be lost.
        f"settb=1/{FRAMES_PER_S},setpts=N,fps={FRAMES_PER_S},trim=end_frame={frames},"
        f"perspective=x0='{left}':y0='{top}':x1='{right}':y1='{top}'"
        f":x2='{left}':y2='{bottom}':x3='{right}':y3='{bottom}'"
        ":interpolation=cubic:sense=source:eval=frame"
    )


def _between(ends: tuple[float, float], at: str) -> str:
    return f"{ends[0]}+{ends[1] - ends[0]:.4f}*{at}"
