"""Converts bytes from outside to the stored picture, in a worker process.

Hostile bytes can only break or fill that process. Every picture is decoded completely and
re-encoded: upright, opaque and in sRGB, with only its pixels. So every player, browser and service
shows the same, and no place, name or foreign data in the file is passed on. Equal bytes always give
equal bytes.
"""

import base64
import binascii
import io
import math
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

import PIL.ExifTags
import PIL.Image
import PIL.ImageFile

from domain import Style
from errors import BadBodyError
from orchestration.providers.images.cicp import cicp_profile
from orchestration.providers.images.colours import to_srgb
from orchestration.providers.ports import Image

P = ParamSpec("P")
T = TypeVar("T")

MAX_PICTURE_PIXELS = 51_000_000
"""A little more than 8192x6144, of a phone's 50 megapixels."""
MAX_JPEG_PIXELS = 110_000_000
"""Of a phone's 108 megapixels; a large JPEG is scaled down while it is decoded."""
MAX_STORED_SIDE = 4096
"""A larger picture is scaled down: three times what the film shows, and more than a screen."""

_MAX_MEMORY_BYTES = 2 * 2**30
"""Of address space, including the interpreter's own."""
_DRAFT_SIDE = 3840
"""A JPEG is decoded at a half, a quarter or an eighth of its size if its longer side stays so long:
the width of a large screen.
"""
_GROUNDS = {Style.MOVIE: 255, Style.ANIMATION: 244, Style.REALISTIC: 128}
"""The grey of transparent areas, whatever colours they hide: a screen, paper, a grey card."""

_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/jpeg",
    "BMP": "image/png",
    "GIF": "image/png",
    "ICO": "image/png",
    "TIFF": "image/png",
}
"""The formats that are read, and those in which they are stored; only a file's first picture."""
_ENCODINGS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    # Twice as fast as zlib's default, and not larger for photographs.
    "image/png": {"format": "PNG", "compress_type": zlib.Z_RLE},
    "image/webp": {"format": "WEBP", "quality": 95, "method": 2},
}

_FROM_URLS = str.maketrans("-_", "+/")
"""From the alphabet of base64 for URLs to the usual one."""
_KEY_SCALES = {"L;2": 255 / 3, "L;4": 255 / 15, "I;16B": 1 / 256, "RGB;16B": 1 / 256}
"""To eight bits, of the value that a PNG defines as transparent, by Pillow's name for its depth."""
_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
"""The operation that makes a picture upright, by EXIF's orientation."""


def prepare() -> None:
    """Load the decoders into this worker process, and limit its memory for as long as it runs."""
    PIL.Image.init()
    PIL.Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS
    if sys.platform == "linux":
        import resource  # elsewhere it is missing, or has no effect

        _, hardest = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, hardest))


def call_prepared(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in this worker process, with its memory limited."""
    prepare()
    return function(*args, **kwargs)


def decode_base64(encoded: str, style: Style = Style.MOVIE, *, max_size_bytes: int) -> Image:
    """The picture in base64: with or without line breaks, in either alphabet, padded or not.

    `style` is the look of its story.

    Raises:
        BadBodyError: It is not base64, too large, or not a valid picture.
    """
    text = "".join(encoded.split()).translate(_FROM_URLS).rstrip("=")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadBodyError("The picture is not base64.") from None
    if len(content) > max_size_bytes:
        raise BadBodyError("The picture is too large.", retryable=False)
    return decode(content, style)


def decode(content: bytes, style: Style = Style.MOVIE) -> Image:
    """The picture in the form in which it is stored, with its type and size.

    `style` is the look of its story: it chooses the ground of transparent areas.

    Raises:
        BadBodyError: It is not a valid picture of a known format within the limits of pixels.
    """
    try:
        with PIL.Image.open(io.BytesIO(content), formats=tuple(_MEDIA_TYPES)) as picture:
            _check_size(picture)
            # Anything else is an MPO: a JPEG with further pictures after it, from a phone.
            media_type = _MEDIA_TYPES.get(picture.format or "", "image/jpeg")
            return _encoded(_shown(picture, content, style), media_type)
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise BadBodyError("The picture has too many pixels.", retryable=False) from None
    except PIL.UnidentifiedImageError:
        raise BadBodyError(
            "The picture is not a JPEG, PNG or WebP and cannot be converted to one.",
            retryable=False,
        ) from None
    except BadBodyError:
        raise
    except Exception as error:  # decoders raise anything on hostile bytes
        raise BadBodyError("The picture is corrupt.") from error


def _check_size(picture: PIL.Image.Image) -> None:
    width, height = picture.size
    is_jpeg = picture.format in ("JPEG", "MPO")
    if width * height > (MAX_JPEG_PIXELS if is_jpeg else MAX_PICTURE_PIXELS):
        raise BadBodyError(f"The picture has {width}x{height} pixels.", retryable=False)


def _shown(picture: PIL.ImageFile.ImageFile, content: bytes, style: Style) -> PIL.Image.Image:
    """Its pixels as a browser shows them, scaled down if necessary."""
    _shrink(picture)
    plain = _plain(picture)
    _check_size(plain)  # an icon may contain a larger picture than it declares
    plain.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), PIL.Image.Resampling.LANCZOS)
    said = {**picture.info}
    if profile := cicp_profile(content):
        said["icc_profile"] = profile
    shown = to_srgb(plain.convert(plain.mode.removesuffix("A")), said)
    if plain.mode.endswith("A"):
        ground = PIL.Image.new("RGB", shown.size, (_GROUNDS[style],) * 3)
        ground.paste(shown, mask=plain.getchannel("A"))
        shown = ground
    turn = _TURNS.get(_orientation(picture) or 0)
    return shown if turn is None else shown.transpose(turn)


def _shrink(picture: PIL.ImageFile.ImageFile) -> None:
    """Have a large JPEG decoded at a fraction of its size; other formats ignore it."""
    scale = max(1.0, max(picture.size) / _DRAFT_SIDE)
    width, height = (math.ceil(side / scale) for side in picture.size)
    picture.draft(None, (width, height))


def _plain(picture: PIL.ImageFile.ImageFile) -> PIL.Image.Image:
    """In eight bits, in a mode that can be scaled, with transparency in a channel.

    Raises:
        BadBodyError: The range of its values is unknown.
    """
    if getattr(picture, "default_image", False):
        picture.seek(1)  # a PNG's first picture is not part of its animation, and not shown
    depth = str(picture.tile[0].args) if picture.tile else ""
    picture.load()
    plain: PIL.Image.Image = picture
    if picture.mode.startswith("I;16"):
        plain = picture.point(lambda value: value * (1 / 256)).convert("L")
    elif picture.mode in ("I", "F"):
        raise BadBodyError("The pixel format of the picture is not supported.", retryable=False)
    if depth in _KEY_SCALES and "transparency" in picture.info:
        plain.info["transparency"] = _scaled(picture.info["transparency"], _KEY_SCALES[depth])
    mode = plain.mode if plain.mode in ("L", "LA", "CMYK") else "RGB"
    if plain.has_transparency_data:
        mode = "LA" if plain.mode in ("1", "L", "LA") else "RGBA"
    return plain if plain.mode == mode else plain.convert(mode)


def _scaled(key: int | tuple[int, ...], scale: float) -> int | tuple[int, ...]:
    if isinstance(key, tuple):
        return tuple(int(value * scale) for value in key)
    return int(key * scale)


def _orientation(picture: PIL.Image.Image) -> int | None:
    """The orientation from EXIF; like browsers, other sources and broken EXIF are ignored.

    Chromium ignores it in a WebP, too.
    """
    if picture.format == "WEBP":
        return None
    exif = PIL.Image.Exif()
    with suppress(Exception):
        exif.load(picture.info.get("exif", b""))
        return exif.get(PIL.ExifTags.Base.Orientation)
    return None


def _encoded(picture: PIL.Image.Image, media_type: str) -> Image:
    """The pixels and nothing else."""
    picture.info.clear()
    content = io.BytesIO()
    picture.save(content, **_ENCODINGS[media_type])
    return Image(
        content=content.getvalue(),
        media_type=media_type,
        width=picture.width,
        height=picture.height,
    )
