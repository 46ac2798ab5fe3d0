"""Converts the colours of a picture to sRGB, as browsers do, because later viewers assume it.

A profile inside the file comes first, then the gamma and primaries of a PNG. Invalid data is
ignored: the colours then count as sRGB already.
"""

import io
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import PIL.Image
import PIL.ImageCms

from orchestration.providers.images.profiles import Primaries, matrix_profile

_SRGB = PIL.ImageCms.ImageCmsProfile(
    PIL.ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
)
_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}
"""ICC's name for the colour space of a picture's mode, at this offset:"""
_SPACE_AT = slice(16, 20)

_SRGB_GAMMA = 0.45455
"""A PNG's names for the curves of sRGB and of screens."""
_SRGB_PRIMARIES: Primaries = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue, in PNG's format."""
_NEARLY = 0.002


def to_srgb(picture: PIL.Image.Image, said: Mapping[Any, object]) -> PIL.Image.Image:
    """The picture, of mode L, RGB or CMYK, as RGB in sRGB; `said` are its file's statements."""
    profile = said.get("icc_profile")
    if not profile and "srgb" not in said:
        profile = _png_profile(said.get("gamma"), said.get("chromaticity"))
    if isinstance(profile, bytes) and profile:
        with suppress(PIL.ImageCms.PyCMSError, OSError, ValueError):
            return _converted(picture, profile)
    return picture.convert("RGB")


def _converted(picture: PIL.Image.Image, profile: bytes) -> PIL.Image.Image:
    space = profile[_SPACE_AT]
    if picture.mode == "L" and space == _SPACES["RGB"]:
        picture = picture.convert("RGB")
    if space != _SPACES[picture.mode]:
        raise ValueError("The profile belongs to another kind of picture.")
    shown = PIL.ImageCms.profileToProfile(picture, io.BytesIO(profile), _SRGB, outputMode="RGB")
    return cast("PIL.Image.Image", shown)


def _png_profile(gamma: object, primaries: object) -> bytes | None:
    """The profile equivalent to a PNG's statements; None for sRGB, and for invalid values.

    Browsers use a PNG's primaries only together with its gamma.
    """
    if not isinstance(gamma, float) or not 0.01 < gamma < 10:
        return None
    known = cast("Primaries", primaries or _SRGB_PRIMARIES)
    pairs = zip((gamma, *known), (_SRGB_GAMMA, *_SRGB_PRIMARIES), strict=True)
    if all(abs(told - common) < _NEARLY for told, common in pairs):
        return None
    with suppress(ZeroDivisionError, struct.error):
        return matrix_profile((1 / gamma,), known)
    return None
