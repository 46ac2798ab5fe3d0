"""Brings a picture of any shape into the film's frame.

One of nearly the film's shape is cropped to it. Any other stands whole, on a ground that is itself
again: filling the frame, out of focus and darker.
"""

from pathlib import Path

from domain import Size
from orchestration.media import ffmpeg
from orchestration.media.probe import PICTURE_FORMATS, picture_size

CLOSEST_ZOOM = 1.05
"""As close as a camera may come to the middle of the frame without losing a part of the picture."""

_LEAST_SEEN = 0.74
"""Of a picture that is cropped: 4:3 at 16:9 is, a square stands whole."""
_BLUR = 0.035
"""Of the film's shorter side."""
_GROUND = 0.55
"""Its light, of the picture's."""
_PLAIN = "0x26262a"
"""What is shown in place of a picture that is not there."""
_DEADLINE_S = 120.0


async def write_plain_picture(destination: str, *, folder: Path, size: Size) -> None:
    """Write a dark picture of the frame as a PNG, in place of one that is not there.

    Raises:
        CompositionError: It cannot be written.
    """
    ground = f"color=c={_PLAIN}:s={size.width}x{size.height}"
    arguments = ["-f", "lavfi", "-i", ground, "-frames:v", "1", "-c:v", "png"]
    arguments += ["-f", "image2", "-update", "1", destination]
    await ffmpeg.run(arguments, folder=folder, deadline_s=_DEADLINE_S)


async def frame_picture(link: str, destination: str, *, folder: Path, size: Size) -> bool:
    """Write a picture that is to stand whole as a PNG of the frame; False when it is cropped.

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
    """Whether too much of it would be lost if it were cropped."""
    ratios = picture.width * frame.height, picture.height * frame.width
    return min(ratios) < _LEAST_SEEN * max(ratios)


def framed(picture: Size, frame: Size) -> str:
    """The filter that makes the frame of the picture."""
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
    """The largest of a shape that has room there, or that share of it, and never nothing."""
    scale = min(room.width / shape.width, room.height / shape.height) * share
    return Size(*(max(1, round(side * scale)) for side in (shape.width, shape.height)))
