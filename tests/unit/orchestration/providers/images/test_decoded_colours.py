"""The colours of a picture from outside: those that a browser shows of it, on one ground."""

import base64
import io
import struct

import PIL.Image
import pytest

from domain import Style
from orchestration.providers.images.pictures import PictureReader
from tests.pictures import (
    DISPLAY_P3,
    GREEN,
    MAGENTA,
    QUARTERS,
    RED,
    SRGB_PROFILE,
    YELLOW,
    encoded,
    half_hidden,
    is_near,
    picture_case,
    pixels_of,
    png_of,
    quarters,
    quarters_of,
)

WHITE = (255, 255, 255)


async def test_colours_that_hide_where_it_is_transparent_are_never_seen(
    reader: PictureReader,
) -> None:
    picture = await reader.read(picture_case("transparent-hidden-magenta.png"))

    left_top, right_top, left_bottom, right_bottom = quarters_of(picture.content)
    assert left_top == left_bottom == WHITE
    assert (right_top, right_bottom) == (GREEN, YELLOW)


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


GROUNDS = {
    Style.MOVIE: (255, 255, 255),
    Style.ANIMATION: (244, 244, 244),
    Style.REALISTIC: (128, 128, 128),
}


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", ["transparent-hidden-magenta.png", "webp", "gif", "p3.png"])
async def test_what_is_transparent_has_one_neutral_ground_that_the_look_chooses(
    reader: PictureReader, style: Style, name: str
) -> None:
    made = {
        "webp": encoded(half_hidden(), "WEBP", lossless=True, exact=True),
        "gif": encoded(half_hidden(), "GIF"),
        "p3.png": encoded(half_hidden(), "PNG", icc_profile=DISPLAY_P3),
    }
    content = made[name] if name in made else picture_case(name)

    picture = await reader.read(content, style)
    again = await reader.read_base64(base64.b64encode(content).decode(), style)

    pixels = pixels_of(picture.content)
    hidden = pixels[1, 1] if name.startswith("transparent") else pixels[1, -2]
    assert is_near(hidden, GROUNDS[style], within=4)
    assert again == picture


async def test_what_is_half_transparent_mixes_with_the_ground(reader: PictureReader) -> None:
    content = encoded(PIL.Image.new("RGBA", (4, 4), (*RED, 128)), "PNG")

    picture = await reader.read(content, Style.REALISTIC)

    assert is_near(pixels_of(picture.content)[1, 1], (164, 84, 84), within=2)


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
    picture = await reader.read(picture_case("icc-swapped-primaries.jpg"))

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
    ("primaries", "transfer", "red"),
    [
        (1, 13, (200, 40, 40)),
        (12, 13, (218, 0, 26)),
        (9, 14, (246, 0, 6)),
        (1, 1, (197, 28, 28)),
        (1, 8, (229, 110, 110)),
        (1, 16, (200, 40, 40)),
        (99, 13, (200, 40, 40)),
    ],
    ids=["sRGB", "Display P3", "BT.2020", "BT.709", "linear", "HDR", "unknown"],
)
async def test_what_a_png_says_of_its_colours_in_numbers_overrules_the_rest(
    reader: PictureReader, primaries: int, transfer: int, red: tuple[int, ...]
) -> None:
    """The values are Chromium's."""
    chunks = [(b"cICP", bytes([primaries, transfer, 0, 1]))]
    if primaries == 12:
        chunks.append((b"gAMA", struct.pack(">I", 100_000)))

    picture = await reader.read(png_of([bytes(RED)], 1, chunks=tuple(chunks)))

    assert is_near(pixels_of(picture.content)[0, 0], red, within=2)
