"""Measures the real content of a film file, whatever its name or header claims."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain import Size
from errors import BadBodyError, CompositionError
from orchestration.media import ffmpeg
from orchestration.media.colours import AS_JPEG, Colours, to_sdr

FILM_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""No playlists: a downloaded one would make ffmpeg open further files and addresses."""
PICTURE_FORMATS = "jpeg_pipe,png_pipe,webp_pipe"
SOUND_FORMATS = "wav,mp3,aac,flac,ogg,mov,mp4,m4a,matroska,webm,aiff,caf,au"
_THUMBNAIL_WIDTH = 640
_THUMBNAIL_AT_S = 1.0
_DEADLINE_S = 120.0
_SHAPE = re.compile(r" sar:(\d+)/(\d+) s:(\d+)x(\d+) ")
_COLOURS = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
"""What ffmpeg's `showinfo` tells of a frame."""


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """The measurements: seconds from the first frame to the end of the last, and the pixels shown.

    Width and height are those of the film as players show it: upright, and of square pixels.
    """

    duration_seconds: float
    width: int
    height: int
    colours: Colours = field(default_factory=Colours)


@dataclass(slots=True)
class _Frame:
    """A decoded frame, as players show it."""

    size: Size | None = None
    colours: Colours = field(default_factory=Colours)

    def hear(self, line: str) -> None:
        if self.size is None and (told := _SHAPE.search(line)):
            across, down, width, height = map(int, told.groups())
            self.size = _in_square_pixels(Size(width, height), across, down)
        elif told := _COLOURS.search(line):
            numbers, matrix, primaries, transfer = told.groups()
            self.colours = Colours(matrix, primaries, transfer, numbers)


def _in_square_pixels(stored: Size, across: int, down: int) -> Size:
    """One side grows, as in browsers; an unknown shape of pixels is told as 0."""
    if across > down > 0:
        return Size(round(stored.width * across / down), stored.height)
    if down > across > 0:
        return Size(stored.width, round(stored.height * down / across))
    return stored


@dataclass(slots=True)
class _PacketLog:
    """Parses ffmpeg's framecrc listing: `#name stream: value` lines, then one line per packet."""

    seconds_per_tick: float = 0.0
    first_pts: int | None = None
    end_pts: int = 0
    packets: int = 0

    def hear(self, line: str) -> None:
        if line.startswith("#tb 0:"):
            numerator, denominator = line.removeprefix("#tb 0:").split("/")
            self.seconds_per_tick = int(numerator) / int(denominator)
        elif line and not line.startswith("#"):
            _, _, pts, ticks, *_ = line.split(",")
            self._count(int(pts), int(ticks))

    def _count(self, pts: int, ticks: int) -> None:
        self.packets += 1
        self.first_pts = pts if self.first_pts is None else min(self.first_pts, pts)
        self.end_pts = max(self.end_pts, pts + ticks)

    @property
    def duration_s(self) -> float:
        return (self.end_pts - (self.first_pts or 0)) * self.seconds_per_tick


async def probe_film(path: Path) -> FilmFacts:
    """Measure a film by its first frame, and by reading every packet of its picture.

    Raises:
        BadBodyError: VIDEO_INVALID: it is empty, not a film (an HTML page, a playlist, garbage), or
            has no picture or no duration.
    """
    log = _PacketLog()
    arguments = ["-format_whitelist", FILM_FORMATS, "-i", f"file:{path.name}"]
    arguments += ["-map", "0:V:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    try:
        await ffmpeg.run(arguments, folder=path.parent, deadline_s=_DEADLINE_S, on_line=log.hear)
        frame = await _first_frame(path, FILM_FORMATS)
    except (CompositionError, ValueError) as error:
        raise BadBodyError("The file is not a film.", code="VIDEO_INVALID") from error
    if log.packets == 0 or log.duration_s <= 0 or frame.size is None:
        raise BadBodyError("The film has no picture or no duration.", code="VIDEO_INVALID")
    return FilmFacts(log.duration_s, frame.size.width, frame.size.height, frame.colours)


async def picture_size(path: Path) -> Size:
    """The displayed size of a picture in pixels.

    Raises:
        CompositionError: ffmpeg cannot read it.
    """
    frame = await _first_frame(path, PICTURE_FORMATS)
    if frame.size is None:
        raise CompositionError("The picture has no pixels.")
    return frame.size


async def _first_frame(path: Path, formats: str) -> _Frame:
    """Decode the first frame, and turn it if the file says so.

    Raises:
        CompositionError: ffmpeg cannot read it.
    """
    frame = _Frame()
    arguments = ["-format_whitelist", formats, "-i", f"file:{path.name}", "-map", "0:V:0"]
    # Side data would fill the log.
    arguments += ["-vf", "sidedata=delete,showinfo=checksum=0", "-frames:v", "1", "-f", "null", "-"]
    await ffmpeg.run(arguments, folder=path.parent, deadline_s=_DEADLINE_S, on_log=frame.hear)
    return frame


async def make_thumbnail(film_path: Path, destination: Path) -> None:
    """Write one frame, a second into the film or its first, as a JPEG 640 pixels wide.

    Raises:
        BadBodyError: VIDEO_INVALID: no frame of the file can be decoded.
    """
    with contextlib.suppress(CompositionError):
        frame = await _first_frame(film_path, FILM_FORMATS)
        shown = to_sdr(frame.colours, frame.size.height if frame.size else 0)
        for at_s in (_THUMBNAIL_AT_S, 0.0):
            arguments = ["-ss", str(at_s), "-format_whitelist", FILM_FORMATS]
            arguments += ["-i", f"file:{film_path.name}", "-map", "0:V:0"]
            if await write_jpeg(
                arguments, folder=film_path.parent, destination=destination, shown=shown
            ):
                return
    raise BadBodyError("No frame of the film can be decoded.", code="VIDEO_INVALID")


async def write_jpeg(
    arguments: Sequence[str], *, folder: Path, destination: Path, shown: str
) -> bool:
    """Write the first frame of ffmpeg's input as a small JPEG; False if there is none.

    `shown` is the filter that makes the frame what is shown of it.
    """
    part = destination.with_name(f".{destination.name}.part")
    width, height = f"min({_THUMBNAIL_WIDTH},round(iw*sar))", "2*max(1,round(ow/dar/2))"
    shrink = f"scale=w='{width}':h='{height}':flags=lanczos,setsar=1,{AS_JPEG}"
    output = ["-frames:v", "1", "-vf", f"{shown},{shrink}", "-q:v", "4", "-f", "mjpeg"]
    try:
        await ffmpeg.run(
            [*arguments, *output, f"file:{part.absolute()}"], folder=folder, deadline_s=_DEADLINE_S
        )
        return _publish(part, destination)
    except CompositionError:
        return False
    finally:
        part.unlink(missing_ok=True)


def _publish(part: Path, destination: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if part.stat().st_size:
            part.replace(destination)
            return True
    return False
