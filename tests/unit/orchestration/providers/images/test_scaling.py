"""Variants of stored pictures: their sizes and types."""

import io
import resource
import sys

import PIL.Image
import pytest

from errors import BadBodyError
from orchestration.providers.images.pictures import PictureReader
from orchestration.providers.images.scaling import WEB_TYPES, scale
from orchestration.providers.images.worker_pool import WorkerPool
from tests.pictures import QUARTERS, encoded, is_near, quarters, quarters_of

TYPES = {
    "image/avif": "AVIF",
    "image/webp": "WEBP",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
}


@pytest.mark.parametrize("stored", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("media_type", TYPES)
async def test_a_picture_is_made_in_any_width_and_type(
    reader: PictureReader, stored: str, media_type: str
) -> None:
    content = encoded(quarters(1280, 720), stored)

    scaled = await reader.scale(content, width=320, media_type=media_type)

    with PIL.Image.open(io.BytesIO(scaled)) as picture:
        assert (picture.format, picture.size) == (TYPES[media_type], (320, 180))
    assert is_near(quarters_of(scaled), QUARTERS, within=12)
    assert scaled == scale(content, width=320, media_type=media_type)


@pytest.mark.parametrize(
    ("size", "width", "scaled"),
    [
        ((200, 100), 320, (200, 100)),
        ((320, 100), 320, (320, 100)),
        ((720, 1280), 480, (480, 853)),
        ((4096, 3), 320, (320, 1)),
        ((4000, 3001), 2560, (2560, 1921)),
    ],
)
def test_a_picture_keeps_its_shape_and_is_never_enlarged(
    size: tuple[int, int], width: int, scaled: tuple[int, int]
) -> None:
    content = encoded(quarters(*size), "JPEG")

    with PIL.Image.open(io.BytesIO(scale(content, width=width, media_type="image/webp"))) as made:
        assert made.size == scaled


def test_types_for_the_web_are_much_smaller_than_what_is_stored() -> None:
    noise = PIL.Image.effect_noise((960, 540), 60).convert("RGB")
    content = encoded(noise, "PNG")

    sizes = [len(scale(content, width=960, media_type=one)) for one in WEB_TYPES]

    assert sizes == sorted(sizes), "the best comes first"
    assert max(sizes) < len(content) / 2


async def test_what_was_not_stored_here_is_refused(reader: PictureReader) -> None:
    for content in (b"", b"GIF89a", encoded(quarters(), "GIF"), encoded(quarters(), "JPEG")[:300]):
        with pytest.raises(BadBodyError, match="corrupt"):
            await reader.scale(content, width=320, media_type="image/webp")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
async def test_the_memory_of_workers_alone_is_limited() -> None:
    pool = WorkerPool(max_workers=1)
    content = encoded(quarters(), "JPEG")
    before = resource.getrlimit(resource.RLIMIT_AS)

    await PictureReader(pool).scale(content, width=320, media_type="image/webp")
    in_worker = await pool.run(resource.getrlimit, resource.RLIMIT_AS)
    await pool.aclose()
    scale(content, width=320, media_type="image/webp")

    assert in_worker[0] == 2 * 2**30
    assert resource.getrlimit(resource.RLIMIT_AS) == before
