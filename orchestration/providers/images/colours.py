"""Converts the colours of a picture to sRGB, as browsers do, because later viewers assume it.

A profile inside the file comes first, then the gamma and primaries of a PNG. Invalid data is
ignored: the colours then count as sRGB already.
"""

import io
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import PIL.Image
import PIL.ImageCms

_SRGB = PIL.ImageCms.ImageCmsProfile(
    PIL.ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
)
_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}
"""ICC's name for the colour space of a picture's mode, at this offset:"""
_SPACE_AT = slice(16, 20)

_SRGB_GAMMA = 0.45455
"""A PNG's names for the curves of sRGB and of screens."""
_SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue, in PNG's format."""
_NEARLY = 0.002

_D50 = (0.9642, 1.0, 0.8249)
_TO_CONES = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""Bradford's matrix: one white is adapted to another among cone responses."""
_FROM_CONES = (
    (0.9869929, -0.1470543, 0.1599627),
    (0.4323053, 0.5183603, 0.0492912),
    (-0.0085287, 0.0400428, 0.9684867),
)


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
    known = cast("tuple[float, ...]", primaries or _SRGB_PRIMARIES)
    pairs = zip((gamma, *known), (_SRGB_GAMMA, *_SRGB_PRIMARIES), strict=True)
    if all(abs(told - common) < _NEARLY for told, common in pairs):
        return None
    with suppress(ZeroDivisionError, struct.error):
        return _matrix_profile(1 / gamma, known)
    return None


def _matrix_profile(exponent: float, primaries: Sequence[float]) -> bytes:
    """An ICC profile (version 4) of one curve and three primaries, which are adapted to D50.

    Raises:
        ZeroDivisionError: They span no space of colours.
        struct.error: They are too far out.
    """
    white, *colours = (
        (x / y, 1.0, (1 - x - y) / y) for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    )
    whole = _volume(colours)
    curve = b"para" + bytes(8) + _fixed(exponent)
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(*_D50)}
    for place, name in enumerate((b"r", b"g", b"b")):
        share = _volume([*colours[:place], white, *colours[place + 1 :]]) / whole
        adapted = _to_d50(colours[place], white)
        tags[name + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*(share * part for part in adapted))
        tags[name + b"TRC"] = curve
    return _icc_file(tags)


def _volume(vectors: Sequence[Sequence[float]]) -> float:
    """The determinant of three vectors."""
    a, b, c = vectors
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


def _to_d50(colour: Sequence[float], white: Sequence[float]) -> list[float]:
    cones, here, there = (_times(_TO_CONES, one) for one in (colour, white, _D50))
    return _times(_FROM_CONES, [a * c / b for a, b, c in zip(cones, here, there, strict=True)])


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _icc_file(tags: Mapping[bytes, bytes]) -> bytes:
    """A profile of a screen: its header, its tag table and the tags' data."""
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value
    head = struct.pack(">I4xI", start + len(body), 0x04300000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp"
    head = head.ljust(68, b"\0") + _fixed(*_D50)
    return head.ljust(128, b"\0") + table + body


def _fixed(*values: float) -> bytes:
    """As ICC's s15Fixed16."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
