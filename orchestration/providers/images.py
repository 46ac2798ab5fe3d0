"""Pictures from outside: decoded once, whole, before anybody else touches them.

Three formats, a bound on pixels, and threads of their own. The threads keep the normal priority:
Pillow lets go of the interpreter while it decodes, but a thread that holds it and gets no
processor would stop the event loop.
"""

import asyncio
import base64
import binascii
import io
from concurrent.futures import ThreadPoolExecutor

import PIL.Image

from errors import BadBodyError
from orchestration.providers.ports import Image

MAX_PICTURE_BYTES = 30 * 2**20
MAX_PICTURE_PIXELS = 34_000_000
"""A little more than 7680x4320; decoded it takes 136 MB."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with more pictures behind it, as phones write it
    "PNG": "image/png",
    "WEBP": "image/webp",
}
_DECODERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode-picture")
"""Two bound the memory: a picture at the bound takes 136 MB while it is decoded."""


async def decode_picture(content: bytes) -> Image:
    """Decode the whole picture off the event loop; the bytes stay as they came.

    Raises:
        BadBodyError: It is no sound JPEG, PNG or WebP of at most MAX_PICTURE_PIXELS.
    """
    return await asyncio.get_running_loop().run_in_executor(_DECODERS, _decode, content)


async def decode_data_url(url: str) -> Image:
    """The picture inside a `data:` URL.

    Raises:
        BadBodyError: It is too large, not base64, or no sound picture.
    """
    head, _, encoded = url.partition(",")
    if not head.endswith(";base64") or len(encoded) > MAX_PICTURE_BYTES * 4 // 3 + 4:
        raise BadBodyError("The picture's data URL is not base64 or too large.", retryable=False)
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadBodyError("The picture's data URL is not base64.") from None
    return await decode_picture(content)


def _decode(content: bytes) -> Image:
    try:
        with PIL.Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            width, height = picture.size
            media_type = _MEDIA_TYPES[picture.format or ""]
            if width * height > MAX_PICTURE_PIXELS:
                raise BadBodyError(f"The picture has {width}x{height} pixels.", retryable=False)
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
