"""Reads the colours that a PNG states in numbers (its cICP chunk), as ITU-T H.273 defines them.

Browsers let this chunk overrule all else that the file says of its colours.
"""

import struct
from contextlib import suppress

from orchestration.providers.images.profiles import Curve, Primaries, matrix_profile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_D65, _DCI_WHITE = (0.3127, 0.329), (0.314, 0.351)
_PRIMARIES: dict[int, Primaries] = {
    1: (*_D65, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06),  # BT.709
    5: (*_D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),  # BT.601, 625 lines
    6: (*_D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),  # BT.601, 525 lines
    9: (*_D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),  # BT.2020
    11: (*_DCI_WHITE, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),  # DCI P3
    12: (*_D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),  # Display P3
}
_SCREEN: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 14, 15), (2.4,)),  # of a camera; browsers invert a screen's
    4: (2.2,),
    5: (2.8,),
    8: (1.0,),
    13: _SCREEN,  # sRGB
}
"""Not those of HDR: every browser maps its light in a way of its own."""


def cicp_profile(content: bytes) -> bytes | None:
    """The ICC profile equivalent to the chunk; None without one, or if it is unknown here."""
    with suppress(struct.error, KeyError, ValueError):
        primaries, transfer, _matrix, _range = _chunk(content)
        return matrix_profile(_CURVES[transfer], _PRIMARIES[primaries])
    return None


def _chunk(content: bytes) -> bytes:
    """The content of a PNG's chunk; empty without one, which must be in front of the pixels."""
    at = len(_SIGNATURE)
    while content.startswith(_SIGNATURE):
        length, name = struct.unpack_from(">I4s", content, at)
        if name == b"cICP":
            return content[at + 8 : at + 8 + length]
        if name == b"IDAT":
            break
        at += 12 + length
    return b""
