"""Uploads for tests: four quarters of known colours in any format; and checks of the result."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageCms
from numpy.typing import ArrayLike, NDArray

from orchestration.providers.images.profiles import matrix_profile
from tests.case_files import CASES

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 180, 60), (40, 60, 200), (220, 200, 40)
QUARTERS = (RED, GREEN, BLUE, YELLOW)
"""From left to right, then from top to bottom."""
MAGENTA = (255, 0, 255)
SRGB_PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
DISPLAY_P3 = matrix_profile((2.2,), (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06))


def picture_case(name: str) -> bytes:
    """A picture that failed once."""
    return (CASES / "pictures" / name).read_bytes()


def quarters(
    width: int = 64, height: int = 36, colours: tuple[tuple[int, int, int], ...] = QUARTERS
) -> PIL.Image.Image:
    """A picture of four colours, one in each quarter."""
    picture = PIL.Image.new("RGB", (2, 2))
    for place, colour in enumerate(colours):
        picture.putpixel((place % 2, place // 2), colour)
    return picture.resize((width, height), PIL.Image.Resampling.NEAREST)


def half_hidden(side: int = 8) -> PIL.Image.Image:
    """Left visible, right a colour that must not be seen."""
    picture = PIL.Image.new("RGBA", (side, side), (*GREEN, 255))
    picture.paste((*MAGENTA, 0), (side // 2, 0, side, side))
    return picture


def encoded(picture: PIL.Image.Image, picture_format: str, **options: Any) -> bytes:
    """The picture as a file."""
    content = io.BytesIO()
    picture.save(content, picture_format, **options)
    return content.getvalue()


def png_of(
    rows: list[bytes],
    width: int,
    *,
    depth: int = 8,
    kind: int = 2,
    chunks: tuple[tuple[bytes, bytes], ...] = (),
) -> bytes:
    """A PNG of raw rows, with more chunks before its pixels; `kind` is the format's colour type."""
    head = struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), *chunks, (b"IDAT", pixels), (b"IEND", b""))
    )


def pixels_of(content: bytes) -> NDArray[np.int16]:
    """Rows of columns of red, green and blue, of a picture that must have nothing else."""
    with PIL.Image.open(io.BytesIO(content)) as picture:
        assert picture.mode == "RGB"
        return np.asarray(picture).astype(np.int16)


def quarters_of(content: bytes) -> list[tuple[int, ...]]:
    """The colours in the middle of a picture's quarters."""
    pixels = pixels_of(content)
    height, width, _ = pixels.shape
    return [
        tuple(map(int, pixels[height * down // 4, width * across // 4]))
        for down in (1, 3)
        for across in (1, 3)
    ]


def is_near(found: ArrayLike, expected: ArrayLike, *, within: int = 8) -> bool:
    """Whether colours differ only by what an encoder loses."""
    return bool(np.allclose(found, expected, rtol=0, atol=within))
