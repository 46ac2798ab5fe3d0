"""Clips: their first frame, their validation, and how they fill a shot of a film."""

import asyncio
import math
from dataclasses import dataclass
from pathlib import Path

from domain import Size
from errors import BadBodyError, CompositionError
from orchestration.media import ffmpeg
from orchestration.media.colours import AS_JPEG, FILM_TAGS, to_sdr
from orchestration.media.composing.film import FRAMES_PER_S
from orchestration.media.composing.framing import framed
from orchestration.media.composing.segments import cover
from orchestration.media.probe import (
    FILM_FORMATS,
    PICTURE_FORMATS,
    FilmFacts,
    picture_size,
    probe_film,
)

_DEADLINE_S = 120.0
_DEADLINE_PER_FRAME_S = 1.0
_SLOWEST = 1.3
"""Maximum slow-down of a clip that is too short; the rest is held."""
_HELD_ZOOM = 0.0008
"""Of the picture's size, per frame: the held frame moves gently, because a motionless one would
look like a fault.
"""
_FINEST = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p")
"""It is encoded once more with the film."""


async def make_first_frame(picture: Path, destination: Path, *, size: Size) -> bytes:
    """The picture as a JPEG in the shape and size of the film, as it is shown there.

    Its name has no suffix, because ffmpeg would trust the suffix instead of the content.

    Raises:
        CompositionError: The picture cannot be read.
    """
    shown = f"{framed(await picture_size(picture), size)},{AS_JPEG}"
    arguments = ["-format_whitelist", PICTURE_FORMATS, "-i", f"file:{picture.name}"]
    arguments += ["-vf", shown, "-frames:v", "1", "-q:v", "2", "-f", "mjpeg", destination.name]
    await ffmpeg.run(arguments, folder=picture.parent, deadline_s=_DEADLINE_S)
    return await asyncio.to_thread(destination.read_bytes)


async def probe_clip(path: Path) -> FilmFacts:
    """Measure a clip, and decode every frame of it once before it is used.

    Raises:
        BadBodyError: VIDEO_INVALID: it is not a film, or cannot be played to its end.
    """
    facts = await probe_film(path)
    arguments = [
        "-xerror",
        "-err_detect",
        "explode",
        "-format_whitelist",
        FILM_FORMATS,
        "-i",
        f"file:{path.name}",
    ]
    arguments += ["-map", "0:V:0", "-f", "null", "-"]
    try:
        await ffmpeg.run(arguments, folder=path.parent, deadline_s=_DEADLINE_S)
    except CompositionError as error:
        raise BadBodyError("The clip cannot be played.", code="VIDEO_INVALID") from error
    return facts


@dataclass(frozen=True, slots=True)
class Pace:
    """How a clip fills a shot: its slow-down, and the number of held frames after it."""

    slower: float
    held_frames: int

    @classmethod
    def of(cls, clip_seconds: float, frames: int) -> "Pace":
        """For this many frames; a longer clip plays at its speed and is cut."""
        wanted_s = frames / FRAMES_PER_S
        slower = min(max(wanted_s / clip_seconds, 1.0), _SLOWEST)
        played = math.floor(clip_seconds * slower * FRAMES_PER_S)
        return cls(slower, max(frames - played, 0))


async def fit_clip(link: str, destination: str, *, folder: Path, frames: int, size: Size) -> None:
    """Convert the clip to exactly this many frames in the film's size, for repeated reading.

    Raises:
        BadBodyError: It is not a film.
        CompositionError: ffmpeg cannot read it.
    """
    facts = await probe_film(folder / link)
    pace = Pace.of(facts.duration_seconds, frames)
    steps = [
        to_sdr(facts.colours, facts.height),
        cover(size),
        FILM_TAGS,
        f"setpts={pace.slower:.6f}*(PTS-STARTPTS)",
        f"fps={FRAMES_PER_S}",
        f"tpad=stop_mode=clone:stop={frames}",
        f"trim=end_frame={frames}",
        f"setpts=N/({FRAMES_PER_S}*TB)",
    ]
    if pace.held_frames:
        steps.append(_held(frames - pace.held_frames))
    arguments = ["-format_whitelist", FILM_FORMATS, "-i", link, "-map", "0:V:0", "-an"]
    arguments += ["-vf", ",".join(steps), *_FINEST, "-frames:v", str(frames), destination]
    deadline_s = _DEADLINE_S + _DEADLINE_PER_FRAME_S * frames
    await ffmpeg.run(arguments, folder=folder, deadline_s=deadline_s)


def _held(first: int) -> str:
    """From that frame on the camera zooms in slowly."""
    zoom = f"(1+{_HELD_ZOOM}*max(on-{first},0))"
    left, top = f"(W-W/{zoom})/2", f"(H-H/{zoom})/2"
    right, bottom = f"{left}+W/{zoom}", f"{top}+H/{zoom}"
    return (
        f"perspective=x0='{left}':y0='{top}':x1='{right}':y1='{top}'"
        f":x2='{left}':y2='{bottom}':x3='{right}':y3='{bottom}'"
        ":interpolation=linear:sense=source:eval=frame"
    )


async def draw_frame(link: str, destination: str, *, folder: Path, number: int) -> None:
    """Write one frame of a fitted clip as a PNG.

    Raises:
        CompositionError: ffmpeg failed.
    """
    arguments = ["-i", link, "-vf", rf"select=eq(n\,{number})", "-frames:v", "1"]
    arguments += ["-c:v", "png", "-f", "image2", "-update", "1", destination]
    await ffmpeg.run(arguments, folder=folder, deadline_s=_DEADLINE_S)
