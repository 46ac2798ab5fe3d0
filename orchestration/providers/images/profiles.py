"""Writes ICC profiles of screens, for colours that a file states in other ways."""

import struct
from collections.abc import Mapping, Sequence

Curve = tuple[float, ...]
"""From a value to its light, both 0 to 1: an exponent; or the exponent, a, b, c and d of
(ax + b)^exponent, which is cx below d.
"""
Primaries = tuple[float, ...]
"""x and y of white, red, green and blue."""

_FORMULAS = {1: 0, 5: 3}
"""ICC's kind of formula, by its number of parameters."""
_D50 = (0.9642, 1.0, 0.8249)
_TO_CONES = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""Bradford's matrix: one white is adapted to another among cone responses."""
_FROM_CONES = (
    (0.9869929, -0.1470543, 0.1599627),
    (0.4323053, 0.5183603, 0.0492912),
    (-0.0085287, 0.0400428, 0.9684867),
)


def matrix_profile(curve: Curve, primaries: Primaries) -> bytes:
    """An ICC profile (version 4) of one curve and three primaries, which are adapted to D50.

    Raises:
        ZeroDivisionError: They span no space of colours.
        struct.error: They are too far out.
    """
    white, *colours = (
        (x / y, 1.0, (1 - x - y) / y) for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    )
    whole = _volume(colours)
    light = b"para" + struct.pack(">4xHxx", _FORMULAS[len(curve)]) + _fixed(*curve)
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(*_D50)}
    for place, name in enumerate((b"r", b"g", b"b")):
        share = _volume([*colours[:place], white, *colours[place + 1 :]]) / whole
        adapted = _to_d50(colours[place], white)
        tags[name + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*(share * part for part in adapted))
        tags[name + b"TRC"] = light
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
