"""Pictures of every shape in films of every shape: whole, or cropped a little; never a fault."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from domain import Size, Transition
from orchestration.media.composing.clips import make_first_frame
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import Film, FilmShot
from orchestration.media.composing.framing import stands_whole
from orchestration.media.probe import probe_film
from orchestration.providers.images.pictures import PictureReader
from orchestration.providers.images.worker_pool import WorkerPool
from tests.case_files import CASES
from tests.films import decode, ignore_progress
from tests.pictures import GREEN, YELLOW, is_near

WIDE, TALL, SQUARE = Size(320, 180), Size(180, 320), Size(240, 240)
EDGE = (255, 255, 255)
INSIDE = (200, 40, 40)


def edged(path: Path, size: tuple[int, int]) -> Path:
    """A plain picture with a white edge, a twentieth of its shorter side, all around."""
    edge = max(1, min(size) // 20)
    picture = PIL.Image.new("RGB", size, EDGE)
    picture.paste(INSIDE, (edge, edge, size[0] - edge, size[1] - edge))
    picture.save(path)
    return path


def film_of(pictures: list[Path], size: Size, transition: Transition = Transition.CUT) -> Film:
    """A second of each picture, without title and words."""
    shots = tuple(
        FilmShot(image=picture, narration="", transition=transition, duration_seconds=1.0)
        for picture in pictures
    )
    return Film(title="", shots=shots, size=size)


def frames_of(path: Path, size: Size) -> NDArray[np.int16]:
    """Red, green and blue of every frame."""
    raw = decode(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24"])
    return np.frombuffer(raw, np.uint8).reshape(-1, size.height, size.width, 3).astype(np.int16)


@pytest.mark.parametrize("transition", [Transition.KEN_BURNS, Transition.CUT])
@pytest.mark.parametrize(
    ("picture_size", "size"),
    [((300, 500), WIDE), ((300, 300), WIDE), ((500, 300), TALL), ((700, 300), SQUARE)],
)
async def test_a_picture_of_another_shape_is_seen_to_its_edges_as_long_as_it_is_shown(
    tmp_path: Path, picture_size: tuple[int, int], size: Size, transition: Transition
) -> None:
    picture = edged(tmp_path / "picture.png", picture_size)
    film = film_of([picture, picture], size, transition)

    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    frames = frames_of(composed.path, size)
    is_tall = picture_size[0] * size.height < picture_size[1] * size.width
    for frame in frames[[22, 26, 40]]:  # a first fade is over, and the last has not begun
        along = frame[:, size.width // 2] if is_tall else frame[size.height // 2]
        assert is_near(along[len(along) // 2], INSIDE, within=25)
        bright = np.flatnonzero(along.min(axis=-1) > 150)
        assert 0 < bright.min() + 1 < len(along) // 12
        assert bright.max() > len(along) * 11 // 12
        beside = frame[size.height // 2, 45] if is_tall else frame[45, size.width // 2]
        assert beside.max() < 150  # the ground: darker, and of the picture's colours
        assert beside[0] > beside[1] + 20


async def test_a_picture_of_nearly_the_films_shape_fills_it(tmp_path: Path) -> None:
    picture = edged(tmp_path / "picture.png", (640, 480))

    composed = await compose(
        film_of([picture], WIDE), tmp_path / "film.mp4", report=ignore_progress
    )

    frame = frames_of(composed.path, WIDE)[22]
    assert is_near(frame[2, 160], INSIDE, within=25)
    assert is_near(frame[-3, 160], INSIDE, within=25)
    assert is_near(frame[90, 20], INSIDE, within=25)


@pytest.mark.parametrize(
    ("picture", "is_whole"),
    [
        (Size(1024, 576), False),
        (Size(1536, 1024), False),
        (Size(4032, 3024), False),
        (Size(1024, 1024), True),
        (Size(3024, 4032), True),
        (Size(2560, 1080), False),
        (Size(4000, 1000), True),
    ],
)
def test_what_would_lose_more_than_a_quarter_stands_whole(picture: Size, is_whole: bool) -> None:
    assert stands_whole(picture, Size(1280, 720)) is is_whole
    assert stands_whole(Size(picture.height, picture.width), Size(720, 1280)) is is_whole


SHAPES = [(1, 1), (2, 1), (4096, 31), (4096, 1), (1, 4096), (16_000, 1), (8_000, 2), (3, 500)]


@pytest.mark.parametrize("size", [WIDE, TALL], ids=["wide", "tall"])
async def test_a_picture_of_any_shape_becomes_a_film(tmp_path: Path, size: Size) -> None:
    pictures = [
        edged(tmp_path / f"{number}.{'jpg' if number % 2 else 'png'}", shape)
        for number, shape in enumerate(SHAPES)
    ]

    composed = await compose(film_of(pictures, size), tmp_path / "film.mp4", report=ignore_progress)

    facts = await probe_film(composed.path)
    assert (facts.width, facts.height) == (size.width, size.height)
    assert facts.duration_seconds == pytest.approx(composed.duration_seconds, abs=0.001)
    assert composed.thumbnail_path.stat().st_size > 0


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[PictureReader]:
    pool = WorkerPool(max_workers=1)
    yield PictureReader(pool)
    await pool.aclose()


async def test_every_case_becomes_a_film_that_shows_what_a_browser_does(
    reader: PictureReader, tmp_path: Path
) -> None:
    names = (
        "transparent-hidden-magenta.png",
        "icc-swapped-primaries.jpg",
        "animated.webp",
        "exif-orientation-6.png",
        "strip-8000x2.png",
    )
    pictures = [tmp_path / str(number) for number in range(len(names))]
    for name, picture in zip(names, pictures, strict=True):
        stored = await reader.read((CASES / "pictures" / name).read_bytes())
        picture.write_bytes(stored.content)

    composed = await compose(film_of(pictures, WIDE), tmp_path / "film.mp4", report=ignore_progress)

    clear, swapped, still, turned = frames_of(composed.path, WIDE)[[22, 36, 60, 84]]
    assert is_near(clear[90, 60], (255, 255, 255), within=12)
    assert is_near(clear[40, 240], GREEN, within=20)
    assert is_near(swapped[40, 60], (40, 200, 40), within=20)
    assert np.ptp(still, axis=(0, 1)).max() < 20
    assert is_near(turned[150, 180], GREEN, within=20)  # of 360 x 640: its right half, below
    assert is_near(turned[150, 130], YELLOW, within=20)


@pytest.mark.parametrize("shape", [(300, 900), (900, 100), (16_000, 1), (320, 180), (400, 300)])
async def test_a_clip_begins_with_what_the_film_shows(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    edged(tmp_path / "picture.png", shape).rename(tmp_path / "picture")

    await make_first_frame(tmp_path / "picture", tmp_path / "frame.jpg", size=WIDE)

    with PIL.Image.open(tmp_path / "frame.jpg") as frame:
        assert frame.size == (WIDE.width, WIDE.height)
        column = np.asarray(frame.convert("RGB"))[:, WIDE.width // 2]
    is_whole = stands_whole(Size(*shape), WIDE)
    assert (column.min(axis=-1) > 150).any() == (is_whole or shape == (320, 180))


@pytest.mark.parametrize("shape", [(320, 180), (300, 300)], ids=["cropped", "whole"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
async def test_every_jpeg_of_a_picture_has_its_colours(
    tmp_path: Path, suffix: str, shape: tuple[int, int]
) -> None:
    picture = tmp_path / f"picture.{suffix}"
    PIL.Image.new("RGB", shape, INSIDE).save(picture)

    composed = await compose(
        film_of([picture], WIDE), tmp_path / "film.mp4", report=ignore_progress
    )
    await make_first_frame(picture.rename(tmp_path / "picture"), tmp_path / "frame.jpg", size=WIDE)

    for made in (composed.thumbnail_path, tmp_path / "frame.jpg"):
        with PIL.Image.open(made) as jpeg:
            assert is_near(np.asarray(jpeg.convert("RGB"))[90, 160], INSIDE, within=5)
