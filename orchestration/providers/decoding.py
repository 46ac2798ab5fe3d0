"""Decodes a picture whole, in a worker process: what hostile bytes break or fill is that process.

Three formats, a bound on pixels and one on memory.
"""

import base64
import binascii
import io
import sys

import PIL.Image

from errors import BadBodyError
from orchestration.providers.ports import Image

MAX_PICTURE_PIXELS = 34_000_000
"""A little more than 7680x4320; decoded it takes 136 MB."""

_MAX_MEMORY_BYTES = 2 * 2**30
"""Of address space, the interpreter's own included."""
_ORIENTATION = 0x0112
_ON_ITS_SIDE = (5, 6, 7, 8)
"""EXIF's values for a picture that whoever shows it turns by a quarter, as phones write them."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with more pictures behind it, as phones write it
    "PNG": "image/png",
    "WEBP": "image/webp",
}


def prepare() -> None:
    """Bound the memory of this process; importing this module has loaded the decoders."""
    if sys.platform == "linux":
        import resource  # elsewhere it is missing, or bounds nothing

        _, hardest = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, hardest))


def decode_base64(encoded: str) -> Image:
    """The picture inside base64 text.

    Raises:
        BadBodyError: It is not base64, or no sound picture.
    """
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadBodyError("The picture is not base64.") from None
    return decode(content)


def decode(content: bytes) -> Image:
    """The picture with its type and size; the bytes stay as they came.

    Raises:
        BadBodyError: It is no sound JPEG, PNG or WebP of at most MAX_PICTURE_PIXELS.
    """
    prepare()
    try:
        with PIL.Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            width, height = picture.size
            media_type = _MEDIA_TYPES[picture.format or ""]
            if width * height > MAX_PICTURE_PIXELS:
                raise BadBodyError(f"The picture has {width}x{height} pixels.", retryable=False)
            if media_type == "image/jpeg" and picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
                width, height = height, width
            picture.draft("L", (1, 1))  # JPEG alone: an eighth of the size, every byte still read
            picture.load()
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise BadBodyError("The picture has far too many pixels.", retryable=False) from None
    except PIL.UnidentifiedImageError:
        raise BadBodyError("The picture is no JPEG, PNG or WebP.", retryable=False) from None
    except BadBodyError:
        raise
    except Exception as error:  # decoders raise anything on hostile bytes
        raise BadBodyError("The picture is broken.") from error
    return Image(content=content, media_type=media_type, width=width, height=height)
