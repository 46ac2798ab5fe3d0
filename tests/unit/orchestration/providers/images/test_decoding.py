"""What becomes of a picture from outside: what is stored is what a browser shows of it."""

import io
from typing import Any

import PIL.Image
import pytest

from errors import BadBodyError
from orchestration.providers.images.pictures import PictureReader
from tests.pictures import (
    BLUE,
    GREEN,
    QUARTERS,
    RED,
    SRGB_PROFILE,
    YELLOW,
    encoded,
    is_near,
    picture_case,
    png_of,
    quarters,
    quarters_of,
)

ORIENTATION, GPS = 0x0112, 0x8825


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
    picture = await reader.read(picture_case("animated.webp"))

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
        for picture_format in ("JPEG", "PNG", "MPO", "AVIF")
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


@pytest.mark.parametrize("turn", range(1, 10))
async def test_a_webp_is_not_turned_as_in_chromium(reader: PictureReader, turn: int) -> None:
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = turn

    picture = await reader.read(encoded(quarters(), "WEBP", exif=exif))

    assert (picture.width, picture.height) == (64, 36)
    assert is_near(quarters_of(picture.content), QUARTERS, within=20)


async def test_the_case_of_a_turned_png_tells_its_turned_size(reader: PictureReader) -> None:
    picture = await reader.read(picture_case("exif-orientation-6.png"))

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


async def test_of_an_animated_png_the_first_picture_of_the_animation_is_kept(
    reader: PictureReader,
) -> None:
    """The one in front of it is for readers that know no animations."""
    options = {"save_all": True, "append_images": [OTHERS], "default_image": True}

    picture = await reader.read(encoded(quarters(), "PNG", **options))

    assert is_near(quarters_of(picture.content), QUARTERS[::-1])


async def test_a_png_that_was_damaged_on_its_way_is_refused(reader: PictureReader) -> None:
    content = bytearray(png_of([bytes(range(12))], 4))
    content[content.index(b"IDAT") + 12] ^= 0xFF

    with pytest.raises(BadBodyError, match="broken"):
        await reader.read(bytes(content))
