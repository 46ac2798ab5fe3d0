"""Renders one section of the film: the moving picture, the dissolve into it, the text on it.

A segment is a shot or a card and holds at most two pictures, so memory does not grow with the film.
The movement is ffmpeg's `perspective`, which samples between pixels: 0.006 px rms of jitter, where
`zoompan` on a picture scaled up four times has 0.15 and rounds to whole pixels. Its linear sampling
takes half the time of the cubic one; the picture is sharpened once before to compensate.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from domain import Size, Transition
from orchestration.media import ffmpeg
from orchestration.media.colours import FILM_TAGS
from orchestration.media.composing.film import (
    FRAMES_PER_S,
    OVERLAP_SECONDS,
    Film,
    FilmShot,
    Span,
    plan_spans,
)
from orchestration.media.composing.framing import CLOSEST_ZOOM
from orchestration.media.lettering.cards import (
    CARD_DISSOLVE_SECONDS,
    END_SECONDS,
    TITLE_SECONDS,
    title_words,
)
from orchestration.media.lettering.typesetting import clean_text
from orchestration.media.probe import PICTURE_FORMATS

FONTS_FOLDER = "fonts"
"""The name of the bundled fonts inside the working folder."""

_FADE_OUT_SECONDS = 1.0
_COVER = (
    "scale=w='max({w},round({h}*dar))':h='max({h},round({w}/dar))':flags=lanczos+accurate_rnd"
    ":out_color_matrix=bt709:out_range=limited,crop={w}:{h},setsar=1,format=yuv420p"
)
_SHARPEN = "unsharp=3:3:0.4:3:3:0"
"""Gives a moving picture the gradients of cubic sampling: 2 % stronger; without it 14 % weaker
(rms, of four painted pictures).
"""
_CARD_BLUR = 0.022
"""Of the film's shorter side."""
_CARD_DRIFT = 1.05
"""How much closer the camera begins a title card and ends an end card: none stands still."""
_DIM = "lutyuv=y='16+(val-16)*0.56':u='128+(val-128)*0.85':v='128+(val-128)*0.85',vignette=PI/5"
ENCODING = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"),
    *("-profile:v", "high", "-g", str(FRAMES_PER_S * 2), "-video_track_timescale", "12288"),
    *("-threads", "2"),
)
_DEADLINE_S = 120.0
_DEADLINE_PER_FRAME_S = 1.0


@dataclass(frozen=True, slots=True)
class Move:
    """A camera move: zoom and relative position of the window, from and to."""

    zoom: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]

    def before(self) -> "Move":
        """The nearly still camera that arrives where the move starts."""
        zoom, across, down = self.zoom[0], self.across[0], self.down[0]
        return Move((zoom * _CARD_DRIFT, zoom), (across, across), (down, down))

    def after(self) -> "Move":
        """The nearly still camera that goes on where the move ends."""
        zoom, across, down = self.zoom[1], self.across[1], self.down[1]
        return Move((zoom, zoom * _CARD_DRIFT), (across, across), (down, down))


_KEN_BURNS = (
    Move((1.02, 1.18), (0.35, 0.65), (0.40, 0.55)),
    Move((1.18, 1.03), (0.75, 0.45), (0.50, 0.45)),
    Move((1.12, 1.15), (0.05, 0.95), (0.50, 0.50)),
    Move((1.03, 1.18), (0.60, 0.35), (0.60, 0.35)),
    Move((1.15, 1.12), (0.95, 0.05), (0.45, 0.55)),
)
_GENTLE = (
    Move((1.00, CLOSEST_ZOOM), (0.50, 0.50), (0.50, 0.50)),
    Move((CLOSEST_ZOOM, 1.00), (0.50, 0.50), (0.50, 0.50)),
)
_WHOLE = Move((1.0, 1.0), (0.5, 0.5), (0.5, 0.5))


def cover(size: Size) -> str:
    """The filter that crops a picture of any shape to fill the size, in video colours."""
    return _COVER.format(w=size.width, h=size.height)


class Card(Enum):
    """A section without story: a blurred picture with text on it."""

    TITLE = auto()
    END = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One shot or card to render, and the one that it dissolves out of.

    A card uses the picture of its neighbour at the moment where they meet: the dissolve between
    them looks like a pull of focus. `number` counts all segments from 0, `position` is that of the
    shot, from 1.
    """

    number: int
    position: int
    shot: FilmShot
    card: Card | None
    span: Span
    previous: "Segment | None" = field(repr=False)
    has_words: bool
    is_last: bool

    @property
    def file_name(self) -> str:
        """The path of the rendered segment in the working folder."""
        return f"segment{self.number}.mp4"

    @property
    def picture(self) -> str:
        """The link to the shot's picture in the working folder."""
        return f"picture{self.number}"

    @property
    def plays_clip(self) -> bool:
        """Whether a clip is shown in place of the picture."""
        return self.card is None and self.shot.clip is not None

    @property
    def clip(self) -> str:
        """The shot's clip in the working folder, fitted to its length and linger."""
        return f"clip{self.number}.mp4"

    @property
    def words(self) -> str | None:
        """The ASS track to burn in, if any."""
        return f"words{self.number}.ass" if self.has_words else None

    @property
    def start_s(self) -> float:
        """Its start in the film."""
        return self.span.start / FRAMES_PER_S

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.span.frames / FRAMES_PER_S

    @property
    def move(self) -> Move:
        """The camera move; those of neighbouring shots differ."""
        is_free = self.shot.transition is Transition.KEN_BURNS and not self.shot.stands_whole
        moves = _KEN_BURNS if is_free else _GENTLE
        move = _WHOLE if self.card and self.shot.clip else moves[self.position % len(moves)]
        if self.card is None:
            return move
        return move.before() if self.card is Card.TITLE else move.after()


def plan_segments(film: Film) -> tuple[Segment, ...]:
    """The title card if there is a title, the shots in playing order, and the end card."""
    cards: list[Card | None] = [Card.TITLE] if title_words(film.title) else []
    cards += [*(None for _ in film.shots), Card.END]
    shots = [film.shots[0]] * (len(cards) - len(film.shots) - 1) + [*film.shots, film.shots[-1]]
    spans = plan_spans(
        [_seconds(shot, card) for shot, card in zip(shots, cards, strict=True)],
        [
            CARD_DISSOLVE_SECONDS if card or following else OVERLAP_SECONDS[shot.transition]
            for shot, card, following in zip(shots, cards, [*cards[1:], None], strict=True)
        ],
    )
    segments: list[Segment] = []
    first_number = cards.index(None)
    for number, (shot, card, span) in enumerate(zip(shots, cards, spans, strict=True)):
        segment = Segment(
            number=number,
            position=min(max(number - first_number + 1, 1), len(film.shots)),
            shot=shot,
            card=card,
            span=span,
            previous=segments[-1] if segments else None,
            has_words=bool(card or (film.burn_subtitles and clean_text(shot.narration))),
            is_last=number == len(spans) - 1,
        )
        segments.append(segment)
    return tuple(segments)


def _seconds(shot: FilmShot, card: Card | None) -> float:
    if card is None:
        return shot.duration_seconds
    return TITLE_SECONDS if card is Card.TITLE else END_SECONDS


async def render_segment(
    segment: Segment,
    *,
    size: Size,
    folder: Path,
    on_seconds: Callable[[float], Awaitable[None]],
) -> None:
    """Render the segment into the folder.

    Raises:
        CompositionError: ffmpeg failed.
    """
    arguments = _input(segment)
    if segment.previous and segment.span.overlap:
        arguments += _input(segment.previous)
    arguments += ["-filter_complex", filter_graph(segment, size), "-map", "[film]", "-an"]
    arguments += [*ENCODING, "-frames:v", str(segment.span.frames), segment.file_name]
    deadline_s = _DEADLINE_S + _DEADLINE_PER_FRAME_S * segment.span.frames
    await ffmpeg.run_reporting(
        arguments, folder=folder, deadline_s=deadline_s, on_seconds=on_seconds
    )


def _input(segment: Segment) -> list[str]:
    if segment.plays_clip:  # made here
        return ["-i", segment.clip]
    return ["-format_whitelist", PICTURE_FORMATS, "-i", segment.picture]


def filter_graph(segment: Segment, size: Size) -> str:
    """From the segment's pictures, its own first, to its frames, labelled `[film]`."""
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
    finish = [FILM_TAGS]
    if segment.words:
        finish.append(f"ass=filename={segment.words}:fontsdir={FONTS_FOLDER}")
    if segment.is_last:
        fade = min(round(_FADE_OUT_SECONDS * FRAMES_PER_S), span.frames // 2)
        finish.append(f"fade=type=out:start_frame={span.frames - fade}:nb_frames={fade}")
    steps.append(f"{last}{','.join(finish)}[film]")
    return ";".join(steps)


def _moving(segment: Segment, *, source: int, first: int, frames: int, size: Size) -> str:
    """Frames `first` onwards of a clip, or of a still picture's move; both run on as it lingers."""
    if segment.plays_clip:
        return (
            f"[{source}:v]trim=start_frame={first}:end_frame={first + frames},"
            f"settb=1/{FRAMES_PER_S},setpts=N,fps={FRAMES_PER_S},setsar=1,format=yuv420p"
        )
    # A picture comes in 25ths of a second: in those, a frame would be lost now and then.
    loop = (
        f"loop=loop={frames - 1}:size=1:start=0,"
        f"settb=1/{FRAMES_PER_S},setpts=N,fps={FRAMES_PER_S},trim=end_frame={frames}"
    )
    steps = max(1, segment.span.frames + segment.span.linger - 1)
    window = _window(segment.move, f"(({first}+on)/{steps})")
    look = _soften(size) if segment.card else _SHARPEN
    return f"[{source}:v]{cover(size)},{look},{loop},{window}:eval=frame"


def _window(move: Move, at: str) -> str:
    """The visible part of the picture, scaled to fill the frame."""
    zoom = _between(move.zoom, at)
    left = f"(W-W/({zoom}))*({_between(move.across, at)})"
    top = f"(H-H/({zoom}))*({_between(move.down, at)})"
    right, bottom = f"{left}+W/({zoom})", f"{top}+H/({zoom})"
    return (
        f"perspective=x0='{left}':y0='{top}':x1='{right}':y1='{top}'"
        f":x2='{left}':y2='{bottom}':x3='{right}':y3='{bottom}':interpolation=linear:sense=source"
    )


def _soften(size: Size) -> str:
    """Blurred and darker, so that text stands out."""
    sigma = min(size.width, size.height) * _CARD_BLUR
    return f"gblur=sigma={sigma:.2f}:steps=3,{_DIM}"


def _between(ends: tuple[float, float], at: str) -> str:
    return f"{ends[0]}+{ends[1] - ends[0]:.4f}*{at}"
