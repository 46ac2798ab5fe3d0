"""Makes the variants of stored pictures, in a worker process: smaller, and in types for the web."""

import io
import math
from importlib.util import find_spec
from typing import Any, Final

import PIL.Image

from errors import BadBodyError

_WRITES_AVIF = find_spec("PIL._avif") is not None
WEB_TYPES: Final = ("image/avif", "image/webp") if _WRITES_AVIF else ("image/webp",)
"""The types that are smaller than the stored ones, best first; not every Pillow writes AVIF."""
_STORED: Final = ("JPEG", "PNG", "WEBP")
_DENSE_WIDTH: Final = 960
"""Up to here the page shows two of its pixels or so in one of the layout, and many at once."""
_DRAFTED: Final = 2.0
"""A JPEG is decoded at a fraction of its size if this many times the wanted pixels remain."""


def scale(content: bytes, *, width: int, media_type: str) -> bytes:
    """The stored picture in this width, or its own if that is less; equal calls give equal bytes.

    Raises:
        BadBodyError: It is not a picture that was stored here.
    """
    try:
        with PIL.Image.open(io.BytesIO(content), formats=_STORED) as picture:
            scaled = _scaled(picture, width)
        scaled.info.clear()
        file = io.BytesIO()
        scaled.save(file, **_encoding(media_type, scaled.width))
    except Exception as error:  # decoders raise anything on corrupt bytes
        raise BadBodyError("The stored picture is corrupt.", retryable=False) from error
    return file.getvalue()


def _scaled(picture: PIL.Image.Image, width: int) -> PIL.Image.Image:
    size = width, max(1, round(picture.height * width / picture.width))
    if width >= picture.width:
        return picture.convert("RGB")
    picture.draft("RGB", (math.ceil(size[0] * _DRAFTED), math.ceil(size[1] * _DRAFTED)))
    return picture.convert("RGB").resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=_DRAFTED)


def _encoding(media_type: str, width: int) -> dict[str, Any]:
    """How Pillow writes it. An AVIF takes twice as long as a WebP, and two thirds of its bytes."""
    is_dense = width <= _DENSE_WIDTH
    match media_type:
        case "image/avif":
            quality = 40 if is_dense else 60
            return {"format": "AVIF", "quality": quality, "speed": 8, "max_threads": 1}
        case "image/webp":
            return {"format": "WEBP", "quality": 60 if is_dense else 75, "method": 4}
        case "image/jpeg":
            return {"format": "JPEG", "quality": 82, "progressive": True}
        case _:
            return {"format": "PNG"}
