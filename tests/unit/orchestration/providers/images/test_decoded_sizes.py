"""How large a picture from outside is stored, which ones are refused, and the memory for it."""

import io
import struct
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from errors import BadBodyError
from orchestration.providers.images.decoding import MAX_STORED_SIDE
from orchestration.providers.images.pictures import PictureReader
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.ports import Image
from tests.pictures import QUARTERS, SRGB_PROFILE, encoded, is_near, quarters, quarters_of


@pytest.mark.parametrize(
    ("size", "stored"),
    [
        ((4096, 3072), (4096, 3072)),
        ((8064, 6048), (4032, 3024)),
        ((6048, 8064), (3024, 4032)),
        ((8_000, 2), (4000, 1)),
        ((2, 8_000), (1, 4000)),
        ((6000, 4000), (4096, 2731)),
        ((3000, 9000), (1365, 4096)),
        ((16_000, 1), (4096, 1)),
        ((1, 1), (1, 1)),
    ],
)
async def test_a_very_large_picture_is_stored_as_large_as_it_is_needed(
    reader: PictureReader, size: tuple[int, int], stored: tuple[int, int]
) -> None:
    picture = await reader.read(encoded(quarters(*size), "JPEG", quality=90))

    assert (picture.width, picture.height) == stored
    assert max(stored) <= MAX_STORED_SIDE
    with PIL.Image.open(io.BytesIO(picture.content)) as kept:
        assert kept.size == stored


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The file with another size in its header."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


@pytest.mark.parametrize(
    "content",
    [
        HEIC,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(PIL.Image.new("F", (8, 8)), "TIFF"),
        encoded(PIL.Image.new("I", (8, 8)), "TIFF"),
        encoded(quarters(8_200, 6_300), "GIF"),
        claiming(encoded(quarters(), "JPEG"), 12_000, 9_500),
        claiming(encoded(quarters(), "JPEG"), 65_000, 65_000),
    ],
    ids=["heic", "svg", "floats", "integers", "too large", "too large a jpeg", "bomb"],
)
async def test_what_cannot_be_shown_is_refused_and_not_worth_another_call(
    reader: PictureReader, content: bytes
) -> None:
    with pytest.raises(BadBodyError) as failure:
        await reader.read(content)

    assert not failure.value.retryable


@pytest.mark.parametrize(
    ("picture_format", "options"),
    [
        ("PNG", {"icc_profile": SRGB_PROFILE, "compress_level": 1}),
        ("AVIF", {"speed": 10}),
    ],
)
async def test_the_largest_picture_fits_into_a_decoders_memory(
    reader: PictureReader, picture_format: str, options: dict[str, Any]
) -> None:
    content = encoded(quarters(8_064, 6_048).convert("RGBA"), picture_format, **options)

    picture: Image = await reader.read(content)

    assert (picture.width, picture.height) == (4096, 3072)


@pytest.mark.parametrize(
    ("size", "options", "most_mib"),
    [
        ((8_064, 6_048), {}, 250),
        ((8_064, 6_048), {"progressive": True}, 450),
        ((12_000, 9_000), {}, 350),
    ],
    ids=["48 megapixels", "48, progressive", "108 megapixels"],
)
async def test_a_photograph_of_a_phone_is_scaled_down_in_little_memory(
    size: tuple[int, int], options: dict[str, Any], most_mib: int
) -> None:
    content = encoded(quarters(*size), "JPEG", quality=85, **options)
    pool = WorkerPool(max_workers=1)

    picture = await PictureReader(pool).read(content)
    [worker] = pool.worker_pids
    status = Path(f"/proc/{worker}/status").read_text("ascii")
    peak_mib = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    await pool.aclose()

    assert max(picture.width, picture.height) in range(3840, MAX_STORED_SIDE + 1)
    assert picture.width * size[1] == picture.height * size[0]
    assert is_near(quarters_of(picture.content), QUARTERS)
    assert peak_mib < most_mib
