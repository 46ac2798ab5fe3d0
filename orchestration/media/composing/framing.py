"""Fits a picture of any shape into the film's frame.

A picture of nearly the film's shape is cropped to it. Any other is shown whole on a copy of itself
that fills the frame, blurred and darker.
"""

from pathlib import Path

from domain import Size
from orchestration.media import ffmpeg
from orchestration.media.probe import PICTURE_FORMATS, picture_size

CLOSEST_ZOOM = 1.05
"""The maximum zoom at which a camera in the middle of the frame keeps the whole picture visible."""

_LEAST_SEEN = 0.74
"""Of a cropped picture: 4:3 at 16:9 is cropped, a square is shown whole."""
_BLUR = 0.035
"""Of the film's shorter side."""
_GROUND = 0.55
"""Its brightness, relative to the picture's."""
_PLAIN = "0x26262a"
"""The picture shown in place of a missing one."""
_DEADLINE_S = 120.0


async def write_plain_picture(destination: str, *, folder: Path, size: Size) -> None:
    """Write a dark picture of the frame as a PNG, in place of a missing one.

    Raises:
        CompositionError: It cannot be written.
    """
    ground = f"color=c={_PLAIN}:s={size.width}x{size.height}"
    arguments = ["-f", "lavfi", "-i", ground, "-frames:v", "1", "-c:v", "png"]
    arguments += ["-f", "image2", "-update", "1", destination]
    await ffmpeg.run(arguments, folder=folder, deadline_s=_DEADLINE_S)


async def frame_picture(link: str, destination: str, *, folder: Path, size: Size) -> bool:
    """Write a picture that is to be shown whole as a PNG of the frame; False if it is cropped.

    Raises:
        CompositionError: It cannot be read, or not written.
    """
    picture = await picture_size(folder / link)
    if not stands_whole(picture, size):
        return False
    arguments = ["-format_whitelist", PICTURE_FORMATS, "-i", link, "-frames:v", "1"]
    arguments += ["-vf", framed(picture, size), "-c:v", "png", "-compression_level", "1"]
    arguments += ["-f", "image2", "-update", "1", destination]
    await ffmpeg.run(arguments, folder=folder, deadline_s=_DEADLINE_S)
    return True


def stands_whole(picture: Size, frame: Size) -> bool:
    """Whether cropping would cut too much of it."""
    ratios = picture.width * frame.height, picture.height * frame.width
    return min(ratios) < _LEAST_SEEN * max(ratios)


def framed(picture: Size, frame: Size) -> str:
    """The filter that frames the picture."""
    if not stands_whole(picture, frame):
        return (
            f"scale={frame.width}:{frame.height}:force_original_aspect_ratio=increase"
            f":flags=lanczos,crop={frame.width}:{frame.height}"
        )
    front, part = _within(frame, picture, 1 / CLOSEST_ZOOM), _within(picture, frame, 1)
    sigma = min(frame.width, frame.height) * _BLUR
    light = ":".join(f"{colour}=val*{_GROUND}" for colour in "rgb")
    return (
        "split[front][back];"
        f"[back]crop={part.width}:{part.height}:exact=1,"
        f"scale={frame.width}:{frame.height}:flags=bicubic,format=gbrp,"
        f"gblur=sigma={sigma:.1f}:steps=3,lutrgb={light}[ground];"
        f"[front]scale={front.width}:{front.height}:flags=lanczos,format=gbrp[whole];"
        "[ground][whole]overlay=(W-w)/2:(H-h)/2:format=gbrp"
    )


def _within(room: Size, shape: Size, share: float) -> Size:
    """The largest rectangle of a shape that fits there, or that share of it; at least one pixel."""
    scale = min(room.width / shape.width, room.height / shape.height) * share
    return Size(*(max(1, round(side * scale)) for side in (shape.width, shape.height)))
