"""What becomes of a picture from outside: what is stored is what a browser shows of it."""

import io
import struct
from collections.abc import AsyncIterator
from typing import Any

import PIL.Image
import PIL.ImageCms
import pytest

from errors import BadBodyError
from orchestration.providers.images.decoding import MAX_STORED_SIDE
from orchestration.providers.images.pictures import DECODERS, PictureReader
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.ports import Image
from tests.case_files import CASES
from tests.pictures import (
    BLUE,
    GREEN,
    QUARTERS,
    RED,
    YELLOW,
    encoded,
    is_near,
    pixels_of,
    png_of,
    quarters,
    quarters_of,
)

WHITE = (255, 255, 255)
MAGENTA = (255, 0, 255)
ORIENTATION, GPS = 0x0112, 0x8825
SRGB_PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[PictureReader]:
    pool = WorkerPool(max_workers=DECODERS)
    yield PictureReader(pool)
    await pool.aclose()


def case(name: str) -> bytes:
    return (CASES / "pictures" / name).read_bytes()


@pytest.mark.parametrize(
    ("picture_format", "options", "media_type"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, "image/jpeg"),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, "image/jpeg"),
        ("PNG", {}, "image/png"),
        ("WEBP", {"lossless": True}, "image/webp"),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}, "image/jpeg"),
        ("GIF", {}, "image/png"),
        ("BMP", {}, "image/png"),
        ("TIFF", {}, "image/png"),
        ("TIFF", {"compression": "tiff_lzw"}, "image/png"),
        ("ICO", {"sizes": [(64, 36)]}, "image/png"),
    ],
)
async def test_every_known_format_becomes_one_that_everybody_shows(
    reader: PictureReader, picture_format: str, options: dict[str, Any], media_type: str
) -> None:
    picture = await reader.read(encoded(quarters(), picture_format, **options))

    assert (picture.media_type, picture.width, picture.height) == (media_type, 64, 36)
    assert is_near(quarters_of(picture.content), QUARTERS)
    with PIL.Image.open(io.BytesIO(picture.content)) as stored:
        assert f"image/{(stored.format or '').lower()}" == media_type


OTHERS = quarters(colours=QUARTERS[::-1])


@pytest.mark.parametrize("picture_format", ["WEBP", "PNG", "GIF", "TIFF", "AVIF", "MPO"])
async def test_of_several_pictures_in_a_file_the_first_one_is_kept(
    reader: PictureReader, picture_format: str
) -> None:
    content = encoded(quarters(), picture_format, save_all=True, append_images=[OTHERS])

    picture = await reader.read(content)

    assert is_near(quarters_of(picture.content), QUARTERS, within=20)
    with PIL.Image.open(io.BytesIO(picture.content)) as stored:
        assert getattr(stored, "n_frames", 1) == 1


async def test_an_animation_that_ffmpeg_cannot_read_becomes_a_still_one(
    reader: PictureReader,
) -> None:
    picture = await reader.read(case("animated.webp"))

    assert (picture.width, picture.height) == (640, 360)
    assert b"ANIM" not in picture.content


TURNS = (
    (1, (RED, GREEN, BLUE, YELLOW)),
    (2, (GREEN, RED, YELLOW, BLUE)),
    (3, (YELLOW, BLUE, GREEN, RED)),
    (4, (BLUE, YELLOW, RED, GREEN)),
    (5, (RED, BLUE, GREEN, YELLOW)),
    (6, (BLUE, RED, YELLOW, GREEN)),
    (7, (YELLOW, GREEN, BLUE, RED)),
    (8, (GREEN, YELLOW, RED, BLUE)),
    (9, (RED, GREEN, BLUE, YELLOW)),
)
"""Orientations as EXIF tells them, 9 being none, and where the four quarters stand then."""


@pytest.mark.parametrize(
    ("picture_format", "turn", "expected"),
    [
        (picture_format, turn, expected)
        for picture_format in ("JPEG", "PNG", "WEBP", "AVIF")
        for turn, expected in TURNS
        if (picture_format, turn) != ("AVIF", 9)  # it can say nothing so wrong
    ],
)
async def test_a_photograph_is_stored_upright(
    reader: PictureReader, picture_format: str, turn: int, expected: tuple[tuple[int, ...], ...]
) -> None:
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = turn

    picture = await reader.read(encoded(quarters(), picture_format, exif=exif))

    assert is_near(quarters_of(picture.content), expected, within=20)
    on_its_side = turn in (5, 6, 7, 8)
    assert (picture.width, picture.height) == ((36, 64) if on_its_side else (64, 36))


async def test_the_case_of_a_turned_png_tells_its_turned_size(reader: PictureReader) -> None:
    picture = await reader.read(case("exif-orientation-6.png"))

    assert (picture.width, picture.height) == (360, 640)
    assert quarters_of(picture.content) == [BLUE, RED, YELLOW, GREEN]


async def test_only_exif_turns_a_picture(reader: PictureReader) -> None:
    """XMP may say so too, and EXIF may be broken: no browser turns it then."""
    packet = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    strange = [
        encoded(quarters(), "WEBP", xmp=packet),
        encoded(quarters(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff no such place"),
        encoded(quarters(), "PNG", exif=b"Exif\0\0 nothing of the kind"),
    ]

    for content in strange:
        picture = await reader.read(content)
        assert is_near(quarters_of(picture.content), QUARTERS, within=20)


def with_everything(picture_format: str) -> bytes:
    """A picture that tells where it was taken, by whom, in which colours, and more behind it."""
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = 1
    exif[0x013B] = "Somebody"
    exif[GPS] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    options: dict[str, Any] = {"exif": exif, "icc_profile": SRGB_PROFILE, "xmp": b"<x:xmpmeta/>"}
    if picture_format == "PNG":
        del options["xmp"]
    if picture_format == "JPEG":
        options["comment"] = b"A secret"
    return encoded(quarters(), picture_format, **options) + b"PK\x03\x04 and an archive"


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
async def test_nothing_but_the_pixels_is_kept(reader: PictureReader, picture_format: str) -> None:
    bare = await reader.read(encoded(quarters(), picture_format))
    full = await reader.read(with_everything(picture_format))

    assert full == bare
    for trace in (b"Exif", b"Somebody", b"secret", b"ICC", b"xmpmeta", b"PK\x03\x04"):
        assert trace not in full.content


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_the_same_bytes_always_become_the_same_bytes(
    reader: PictureReader, picture_format: str
) -> None:
    content = encoded(quarters(), picture_format)

    assert await reader.read(content) == await reader.read(content)


async def test_colours_that_hide_where_it_is_transparent_are_never_seen(
    reader: PictureReader,
) -> None:
    picture = await reader.read(case("transparent-hidden-magenta.png"))

    left_top, right_top, left_bottom, right_bottom = quarters_of(picture.content)
    assert left_top == left_bottom == WHITE
    assert (right_top, right_bottom) == (GREEN, YELLOW)


def half_hidden() -> PIL.Image.Image:
    """Left visible, right a colour that must not be seen."""
    picture = PIL.Image.new("RGBA", (8, 8), (*GREEN, 255))
    picture.paste((*MAGENTA, 0), (4, 0, 8, 8))
    return picture


GREY_KEYS = [
    png_of([bytes([0x5F])], 2, depth=4, kind=0, chunks=((b"tRNS", b"\0\x0f"),)),
    png_of([bytes([0x55, 0xFF])], 2, kind=0, chunks=((b"tRNS", b"\0\xff"),)),
    png_of(
        [struct.pack(">2H", 0x55AA, 0xC000)],
        2,
        depth=16,
        kind=0,
        chunks=((b"tRNS", b"\xc0\0"),),
    ),
    png_of([struct.pack(">4H", 0x55AA, 0xFFFF, 0xC000, 0)], 2, depth=16, kind=4),
]


@pytest.mark.parametrize("content", GREY_KEYS, ids=["4 bits", "8 bits", "16 bits", "alpha"])
async def test_what_is_transparent_in_grey_is_seen_as_the_ground(
    reader: PictureReader, content: bytes
) -> None:
    picture = await reader.read(content)

    assert pixels_of(picture.content).tolist() == [[[0x55] * 3, [255] * 3]]


KEYED = struct.pack(">3H", 0xFF00, 0, 0xFF00)
COLOUR_KEYS = [
    encoded(half_hidden(), "PNG"),
    encoded(half_hidden(), "WEBP", lossless=True, exact=True),
    encoded(half_hidden(), "TIFF"),
    png_of([bytes([*GREEN, *MAGENTA])], 2, chunks=((b"tRNS", struct.pack(">3H", *MAGENTA)),)),
    png_of(
        [struct.pack(">3H", *(value * 257 for value in GREEN)) + KEYED],
        2,
        depth=16,
        chunks=((b"tRNS", KEYED),),
    ),
    png_of(
        [bytes([0, 1])],
        2,
        kind=3,
        chunks=((b"PLTE", bytes([*GREEN, *MAGENTA])), (b"tRNS", b"\xff\0")),
    ),
]


@pytest.mark.parametrize(
    "content",
    COLOUR_KEYS,
    ids=["png", "webp", "tiff", "one colour", "one colour of 16 bits", "palette"],
)
async def test_what_is_transparent_in_colour_is_seen_as_the_ground(
    reader: PictureReader, content: bytes
) -> None:
    pixels = pixels_of((await reader.read(content)).content)

    assert is_near(pixels[0, 0], GREEN)
    assert is_near(pixels[0, -1], WHITE)


async def test_grey_of_16_bits_keeps_its_lightness(reader: PictureReader) -> None:
    content = png_of([struct.pack(">3H", 0, 0x80FF, 0xFFFF)], 3, depth=16, kind=0)

    picture = await reader.read(content)

    assert pixels_of(picture.content)[0, :, 0].tolist() == [0, 0x80, 0xFF]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
async def test_a_jpeg_of_other_colours_is_stored_in_ours(reader: PictureReader, mode: str) -> None:
    content = encoded(quarters().convert(mode), "JPEG", quality=95)

    picture = await reader.read(content)

    expected = pixels_of(encoded(quarters().convert(mode).convert("RGB"), "PNG"))
    assert is_near(quarters_of(picture.content), expected[9::18, 16::32].reshape(4, 3))


async def test_a_profile_is_heard_so_that_a_film_shows_what_a_browser_does(
    reader: PictureReader,
) -> None:
    """Its primaries are swapped: what its numbers call red is green."""
    picture = await reader.read(case("icc-swapped-primaries.jpg"))

    assert is_near(quarters_of(picture.content)[0], (40, 200, 40))
    with PIL.Image.open(io.BytesIO(picture.content)) as stored:
        assert "icc_profile" not in stored.info


GREY_PROFILE = SRGB_PROFILE[:16] + b"GRAY" + SRGB_PROFILE[20:]


@pytest.mark.parametrize(
    "profile", [b"no profile", SRGB_PROFILE[:200], GREY_PROFILE], ids=["text", "cut off", "grey"]
)
async def test_a_profile_that_makes_no_sense_is_passed_over(
    reader: PictureReader, profile: bytes
) -> None:
    picture = await reader.read(encoded(quarters(), "PNG", icc_profile=profile))

    assert quarters_of(picture.content) == list(QUARTERS)


def png_saying(gamma: int, primaries: tuple[int, ...] = (), *, srgb: bool = False) -> bytes:
    """A PNG of one grey pixel and a red one that says how they are meant, in 100,000ths."""
    chunks = [(b"gAMA", struct.pack(">I", gamma))]
    if primaries:
        chunks.insert(0, (b"cHRM", struct.pack(">8I", *primaries)))
    if srgb:
        chunks.append((b"sRGB", b"\0"))
    return png_of([bytes([128, 128, 128, 200, 40, 40])], 2, chunks=tuple(chunks))


SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
GREEN_FOR_RED = (31270, 32900, 30000, 60000, 64000, 33000, 15000, 6000)


@pytest.mark.parametrize(
    ("content", "grey", "red"),
    [
        (png_saying(45455), (128, 128, 128), (200, 40, 40)),
        (png_saying(45455, SRGB_PRIMARIES), (128, 128, 128), (200, 40, 40)),
        (png_saying(100000), (188, 188, 188), (229, 111, 111)),
        (png_saying(100000, srgb=True), (128, 128, 128), (200, 40, 40)),
        (png_saying(45455, GREEN_FOR_RED), (128, 128, 128), (36, 200, 36)),
        (png_saying(0), (128, 128, 128), (200, 40, 40)),
        (png_saying(100000, (0,) * 8), (128, 128, 128), (200, 40, 40)),
    ],
    ids=["usual", "usual primaries", "linear", "sRGB", "swapped", "no gamma", "no primaries"],
)
async def test_what_a_png_says_of_its_colours_is_heard(
    reader: PictureReader, content: bytes, grey: tuple[int, ...], red: tuple[int, ...]
) -> None:
    pixels = pixels_of((await reader.read(content)).content)

    assert is_near(pixels[0], [grey, red], within=3)


@pytest.mark.parametrize(
    ("size", "stored"),
    [
        ((4096, 3072), (4096, 3072)),
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


@pytest.mark.parametrize(
    "content",
    [
        HEIC,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(PIL.Image.new("F", (8, 8)), "TIFF"),
        encoded(PIL.Image.new("I", (8, 8)), "TIFF"),
        encoded(quarters(8_000, 5_000), "GIF"),
    ],
    ids=["heic", "svg", "floats", "integers", "too large"],
)
async def test_what_cannot_be_shown_is_refused_and_not_worth_another_call(
    reader: PictureReader, content: bytes
) -> None:
    with pytest.raises(BadBodyError) as failure:
        await reader.read(content)

    assert not failure.value.retryable


async def test_a_png_that_was_damaged_on_its_way_is_refused(reader: PictureReader) -> None:
    content = bytearray(png_of([bytes(range(12))], 4))
    content[content.index(b"IDAT") + 12] ^= 0xFF

    with pytest.raises(BadBodyError, match="broken"):
        await reader.read(bytes(content))


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
    content = encoded(quarters(7_680, 4_320).convert("RGBA"), picture_format, **options)

    picture: Image = await reader.read(content)

    assert (picture.width, picture.height) == (4096, 2304)
