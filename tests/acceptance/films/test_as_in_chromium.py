"""What is stored of a picture, and told of a clip, is what Chromium shows of the same file."""

import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from playwright.async_api import Browser, Page

from orchestration.media.colours import to_sdr
from orchestration.media.composing.clips import probe_clip
from orchestration.providers.images.pictures import PictureReader
from orchestration.providers.images.worker_pool import WorkerPool
from tests.browser import needs_browser
from tests.case_files import CASES
from tests.clips import Coding, clip_of, encode, turned
from tests.pictures import (
    DISPLAY_P3,
    RED,
    encoded,
    half_hidden,
    is_near,
    picture_case,
    pixels_of,
    png_of,
    quarters,
)

pytestmark = needs_browser
ORIENTATION = 0x0112
DEADLINE_MS = 20_000


@pytest.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1300, "height": 1300})
    page.set_default_timeout(DEADLINE_MS)
    yield page
    await page.close()


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[PictureReader]:
    pool = WorkerPool(max_workers=1)
    yield PictureReader(pool)
    await pool.aclose()


def turned_picture(picture_format: str, turn: int) -> bytes:
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = turn
    return encoded(quarters(), picture_format, exif=exif)


def animated(*, is_apart: bool) -> bytes:
    """A PNG whose first picture may be apart from its animation; each is shown for a minute."""
    others = quarters(colours=(RED,) * 4)
    return encoded(
        quarters(),
        "PNG",
        save_all=True,
        append_images=[others],
        default_image=is_apart,
        duration=60_000,
    )


def numbered(primaries: int, transfer: int) -> bytes:
    colours = (b"cICP", bytes([primaries, transfer, 0, 1]))
    return png_of([bytes(RED * 8)] * 8, 8, chunks=(colours,))


GREY, CMYK = quarters().convert("L"), quarters().convert("CMYK")
PICTURES: dict[str, bytes] = {
    **{
        name: picture_case(name)
        for name in (
            "transparent-hidden-magenta.png",
            "exif-orientation-6.png",
            "icc-swapped-primaries.jpg",
        )
    },
    **{
        f"{picture_format} turned by {turn}": turned_picture(picture_format, turn)
        for picture_format in ("JPEG", "PNG", "WEBP")
        for turn in range(1, 9)
    },
    "Display P3, JPEG": encoded(quarters(), "JPEG", quality=95, icc_profile=DISPLAY_P3),
    "Display P3, PNG": encoded(quarters(), "PNG", icc_profile=DISPLAY_P3),
    "Display P3, WebP": encoded(quarters(), "WEBP", lossless=True, icc_profile=DISPLAY_P3),
    "Display P3, transparent": encoded(half_hidden(), "PNG", icc_profile=DISPLAY_P3),
    "Display P3, palette": encoded(quarters().convert("P"), "PNG", icc_profile=DISPLAY_P3),
    "Display P3 of a grey one": encoded(GREY, "JPEG", quality=95, icc_profile=DISPLAY_P3),
    "broken profile": encoded(quarters(), "PNG", icc_profile=DISPLAY_P3[:200]),
    "profile of other colours": encoded(CMYK, "JPEG", quality=95, icc_profile=DISPLAY_P3),
    "CMYK": encoded(CMYK, "JPEG", quality=95),
    "transparent WebP": encoded(half_hidden(64), "WEBP", lossless=True, exact=True),
    "half transparent": encoded(PIL.Image.new("RGBA", (8, 8), (*RED, 128)), "PNG"),
    "sRGB in numbers": numbered(1, 13),
    "Display P3 in numbers": numbered(12, 13),
    "BT.2020 in numbers": numbered(9, 14),
    "animated": animated(is_apart=False),
    "animated, first picture apart": animated(is_apart=True),
    "density of print": encoded(quarters(), "PNG", dpi=(72, 144)),
}


async def shown_picture(page: Page, content: bytes) -> NDArray[np.int16]:
    """What the page shows of the file, in its natural size, on white."""
    source = "data:image/unknown;base64," + base64.b64encode(content).decode()
    await page.set_content(f'<body style="margin:0;background:#fff"><img src="{source}">')
    await page.evaluate("document.images[0].decode()")
    return pixels_of(encoded(opaque(await page.locator("img").screenshot()), "PNG"))


def opaque(screenshot: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(screenshot)).convert("RGB")


async def test_a_stored_picture_is_what_the_browser_shows_of_the_file(
    page: Page, reader: PictureReader
) -> None:
    unlike: dict[str, object] = {}
    for name, content in PICTURES.items():
        stored = pixels_of((await reader.read(content)).content)
        shown = await shown_picture(page, content)
        if stored.shape != shown.shape:
            unlike[name] = stored.shape, shown.shape
        # Apart from edges, where lossy encoders ring.
        elif np.quantile(np.abs(stored - shown).max(axis=-1), 0.8) > 6:
            unlike[name] = stored[2, 2].tolist(), shown[2, 2].tolist()

    assert unlike == {}


async def shown_clip(page: Page, path: Path) -> tuple[tuple[int, int], NDArray[np.int16]]:
    """The size that the browser tells, and its first frame."""
    source = "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode()
    await page.set_content(f'<body style="margin:0"><video muted src="{source}"></video>')
    width, height = await page.evaluate(
        """new Promise((resolve, reject) => {
            const video = document.querySelector('video');
            const tell = () => resolve([video.videoWidth, video.videoHeight]);
            video.onerror = () => reject(video.error.message);
            if (video.readyState >= 2) tell();
            else video.onloadeddata = tell;
        })"""
    )
    frame = opaque(await page.locator("video").screenshot())
    return (width, height), pixels_of(encoded(frame, "PNG"))


async def test_a_clip_has_the_size_and_the_guessed_colours_that_the_browser_shows(
    page: Page, tmp_path: Path
) -> None:
    usual = clip_of(tmp_path / "usual.mp4", Coding(size=(640, 360)))
    narrow = tmp_path / "narrow.mp4"
    encode(["-i", str(usual), "-vf", "setsar=3/4", str(narrow)])
    silent = {"tag": "unknown", "primaries": "unknown", "transfer": "unknown"}
    sizes = ((320, 180), (1280, 720), (540, 960))
    untagged = [
        clip_of(tmp_path / f"untagged-{width}.mp4", Coding(**silent, size=(width, height)))
        for width, height in sizes
    ]
    wide = CASES / "clips" / "sar-4-3.mp4"
    copied = tmp_path / "wide.mp4"
    copied.write_bytes(wide.read_bytes())

    clips = [usual, narrow, wide, *(turned(usual, turn) for turn in (90, 180, 270))]
    for clip in [*clips, turned(copied, 90)]:
        facts = await probe_clip(clip)
        size, _ = await shown_clip(page, clip)
        assert (facts.width, facts.height) == size, clip.name

    for clip in untagged:
        _, frame = await shown_clip(page, clip)
        facts = await probe_clip(clip)
        raw = tmp_path / "frame.png"
        filters = f"{to_sdr(facts.colours, facts.height)},scale=iw:ih,format=rgb24"
        encode(["-i", str(clip), "-vf", filters, "-frames:v", "1", str(raw)])
        ours = pixels_of(raw.read_bytes())
        assert is_near(frame[5, 5], ours[5, 5], within=6), clip.name
