"""What the tests of films share: pictures, a film of three shots, and looks into a finished one."""

import asyncio
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain import Size, Transition
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import FRAMES_PER_S, ComposedFilm, Film, FilmShot
from orchestration.media.lettering.cards import END_SECONDS, TITLE_SECONDS

ROOT = Path(__file__).parent.parent
HOSTILE = (ROOT / "examples" / "hostile.en.txt").read_text(encoding="utf-8")
SIZE = Size(320, 180)
SAMPLE_RATE_HZ = 48_000
DEADLINE_S = 60.0
FIRST_FRAME = round(TITLE_SECONDS * FRAMES_PER_S)
"""Of the first shot, after the title."""
CARDS_S = TITLE_SECONDS + END_SECONDS


def paint(path: Path, colour: tuple[int, int, int], *, size: tuple[int, int] = (320, 180)) -> Path:
    """A plain picture with a bright square off centre, so that a camera move can be seen."""
    picture = Image.new("RGB", size, colour)
    picture.paste((250, 250, 250), (size[0] // 5, size[1] // 5, size[0] // 3, size[1] // 2))
    picture.save(path)
    return path


def paint_pictures(folder: Path) -> list[Path]:
    """Three pictures of different shapes and formats in a folder whose name needs care."""
    folder /= "pictures; it's {here} %d"
    folder.mkdir()
    return [
        paint(folder / "one.png", (150, 30, 30)),
        paint(folder / "-two 'quoted'.jpg", (30, 150, 30), size=(500, 500)),
        paint(folder / "three.webp", (30, 30, 150), size=(200, 90)),
    ]


def film_of(pictures: list[Path], **changes: object) -> Film:
    """A film of three shots, 3.6 s without its cards."""
    transitions = (Transition.KEN_BURNS, Transition.CROSSFADE, Transition.VOLUME_MIX)
    narrations = ("鲁镇的酒店的格局，是和别处不同的。", "A quiet second shot.", HOSTILE)
    shots = tuple(
        FilmShot(image=image, narration=narration, transition=transition, duration_seconds=1.2)
        for image, narration, transition in zip(pictures, narrations, transitions, strict=True)
    )
    values: dict[str, object] = {"title": "孔乙己 \x00 -i", "shots": shots, "size": SIZE}
    return Film(**{**values, **changes})  # pyright: ignore[reportArgumentType]


async def ignore_progress(progress: float) -> None:
    del progress


async def compose_sample(folder: Path) -> ComposedFilm:
    """The film of three plain pictures."""
    colours = ((150, 30, 30), (30, 150, 30), (30, 30, 150))
    pictures = [paint(folder / f"{at}.png", colour) for at, colour in enumerate(colours)]
    return await compose(film_of(pictures), folder / "film.mp4", report=ignore_progress)


def decode(arguments: list[str]) -> bytes:
    """What ffmpeg writes to its standard output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments, "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def frames_of(path: Path) -> NDArray[np.int16]:
    """The grey values of every frame."""
    raw = decode(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray"])
    return np.frombuffer(raw, np.uint8).reshape(-1, SIZE.height, SIZE.width).astype(np.int16)


def sound_of(path: Path) -> NDArray[np.float32]:
    """The samples of both channels together, at 48 kHz."""
    raw = decode(["-i", str(path), "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE_HZ)])
    return np.frombuffer(raw, np.float32)


def loudness_of(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, as ffmpeg's own meter tells them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    summary = answer.stderr.partition("Summary:")[2]
    values = re.findall(r"(?:I|Peak): +(-?[\d.]+|-?inf)", summary)
    return float(values[0]), float(values[1])


def everything_in(folder: Path) -> set[Path]:
    """All paths below the folder."""
    return set(folder.rglob("*"))


async def until(condition: Callable[[], bool], *, within_s: float = DEADLINE_S) -> None:
    """Wait for a condition of another process."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)
