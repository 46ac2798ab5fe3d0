"""Measures the real content of a film file, whatever its name or header claims."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain import Size
from errors import BadBodyError, CompositionError
from orchestration.media import ffmpeg

FILM_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""No playlists: a downloaded one would make ffmpeg open further files and addresses."""
PICTURE_FORMATS = "jpeg_pipe,png_pipe,webp_pipe"
SOUND_FORMATS = "wav,mp3,aac,flac,ogg,mov,mp4,m4a,matroska,webm,aiff,caf,au"
_THUMBNAIL_WIDTH = 640
_THUMBNAIL_AT_S = 1.0
_DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """The measurements: seconds from the first frame to the end of the last, and pixels."""

    duration_seconds: float
    width: int
    height: int


@dataclass(slots=True)
class _PacketLog:
    """Parses ffmpeg's framecrc listing: `#name stream: value` lines, then one line per packet."""

    seconds_per_tick: float = 0.0
    width: int = 0
    height: int = 0
    first_pts: int | None = None
    end_pts: int = 0
    packets: int = 0

    def hear(self, line: str) -> None:
        if line.startswith("#tb 0:"):
            numerator, denominator = line.removeprefix("#tb 0:").split("/")
            self.seconds_per_tick = int(numerator) / int(denominator)
        elif line.startswith("#dimensions 0:"):
            width, height = line.removeprefix("#dimensions 0:").split("x")
            self.width, self.height = int(width), int(height)
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
    """Measure a film by reading every packet of its picture, without decoding.

    Raises:
        BadBodyError: VIDEO_INVALID: it is empty, not a film (an HTML page, a playlist, garbage), or
            has no picture or no duration.
    """
    log = _PacketLog()
    arguments = ["-format_whitelist", FILM_FORMATS, "-i", f"file:{path.name}"]
    arguments += ["-map", "0:V:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    try:
        await ffmpeg.run(arguments, folder=path.parent, deadline_s=_DEADLINE_S, on_line=log.hear)
    except (CompositionError, ValueError) as error:
        raise BadBodyError("The file is not a film.", code="VIDEO_INVALID") from error
    if log.packets == 0 or log.duration_s <= 0 or not (log.width and log.height):
        raise BadBodyError("The film has no picture or no duration.", code="VIDEO_INVALID")
    return FilmFacts(log.duration_s, log.width, log.height)


async def picture_size(path: Path) -> Size:
    """The displayed size of a picture in pixels.

    Raises:
        CompositionError: ffmpeg cannot read it.
    """
    log = _PacketLog()
    arguments = ["-format_whitelist", PICTURE_FORMATS, "-i", f"file:{path.name}"]
    arguments += ["-frames:v", "1", "-f", "framecrc", "pipe:1"]
    await ffmpeg.run(arguments, folder=path.parent, deadline_s=_DEADLINE_S, on_line=log.hear)
    return Size(log.width, log.height)


async def make_thumbnail(film_path: Path, destination: Path) -> None:
    """Write one frame, a second into the film or its first, as a JPEG 640 pixels wide.

    Raises:
        BadBodyError: VIDEO_INVALID: no frame of the file can be decoded.
    """
    for at_s in (_THUMBNAIL_AT_S, 0.0):
        arguments = ["-ss", str(at_s), "-format_whitelist", FILM_FORMATS]
        arguments += ["-i", f"file:{film_path.name}", "-map", "0:V:0"]
        if await write_jpeg(arguments, folder=film_path.parent, destination=destination):
            return
    raise BadBodyError("No frame of the film can be decoded.", code="VIDEO_INVALID")


async def write_jpeg(
    arguments: Sequence[str], *, folder: Path, destination: Path, crop: str = "null"
) -> bool:
    """Write the first frame of ffmpeg's input as a small JPEG; False if there is none."""
    part = destination.with_name(f".{destination.name}.part")
    shrink = f"{crop},scale='min({_THUMBNAIL_WIDTH},iw)':-2:flags=lanczos:out_range=full"
    output = ["-frames:v", "1", "-vf", shrink, "-q:v", "4", "-f", "mjpeg"]
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
