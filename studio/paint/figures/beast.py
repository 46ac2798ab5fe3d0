"""The measures of a four-legged animal, and its head."""

from dataclasses import dataclass

from studio.paint.figures.shapes import (
    Shape,
    eye,
    limb,
    oval,
    smooth,
    stroke,
    tint,
    wrap,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beast:
    """The measures of an animal, in units of its height at the shoulder."""

    size: float
    """Height at the shoulder; a person is 1."""
    fur: str
    belly: str
    socks: str
    length: float = 1.05
    chest: float = 0.24
    waist: float = 0.19
    rump: float = 0.23
    leg: float = 0.085
    neck: float = 0.30
    neck_angle: float = 140.0
    """180 is upright, 90 ahead."""
    neck_thick: float = 0.16
    skull: float = 0.20
    muzzle: float = 0.26
    muzzle_thick: float = 0.09
    muzzle_drop: float = 0.10
    snout: str | None = None
    """The muzzle's colour where it differs."""
    nose: str = "2e2628"
    ears: str = "point"
    tail: str = "thin"
    crest: str | None = None
    horns: str | None = None
    fleece: str | None = None
    stripes: str | None = None
    humps: int = 0
    has_hooves: bool = False


def beast_head(b: Beast, *, is_asleep: bool) -> list[Shape]:
    """A head around its skull's middle."""
    r = b.skull
    snout_end = (r * 0.55 + b.muzzle, -b.muzzle_drop - r * 0.12)
    muzzle = limb(b.fur, (r * 0.35, -r * 0.15, r * 0.72), (*snout_end, b.muzzle_thick))
    skull = wrap(b.fur, (0, 0, r), (r * 0.2, -r * 0.1, r * 0.92))
    skull = Shape(skull.tone, skull.outlines + muzzle.outlines)
    snout = limb(
        b.snout or b.belly,
        (r * 0.5, -r * 0.52, r * 0.34),
        (
            snout_end[0] - b.muzzle_thick * 0.1,
            snout_end[1] - b.muzzle_thick * 0.22,
            b.muzzle_thick * 0.74,
        ),
        mark=True,
    )
    nose = oval(b.nose, snout_end[0] + b.muzzle_thick * 0.62, snout_end[1] + b.muzzle_thick * 0.34,
                max(b.muzzle_thick * 0.5, 0.034), max(b.muzzle_thick * 0.42, 0.03),
                    mark=True)  # fmt: skip
    corner = (r * 0.62, -r * 0.62)
    lip = (snout_end[0] + b.muzzle_thick * 0.5, snout_end[1] - b.muzzle_thick * 0.45)
    mouth = stroke(
        "3a2a2a", corner, ((corner[0] + lip[0]) / 2, min(corner[1], lip[1]) - 0.035), lip, 0.022
    )
    eyes = eye(r * 0.52, r * 0.20, max(r * 0.17, 0.032), closed=is_asleep)
    return [
        *_ear(b, -0.02, 0.8),
        skull,
        snout,
        mouth,
        nose,
        *eyes,
        *_ear(b, -r * 0.45, 1.0),
        *_horns(b),
    ]


def _ear(b: Beast, x: float, shade: float) -> list[Shape]:
    r = b.skull
    fur, inner = tint(b.fur, shade), tint("d9a08c", shade)
    if b.ears == "flop":
        tone = tint(b.socks, shade)
        return [
            smooth(
                tone,
                (x - 0.02, r * 0.85),
                (x + r * 0.35, r * 0.75),
                (x + r * 0.18, -r * 0.1),
                (x - r * 0.15, -r * 0.55),
                (x - r * 0.5, -r * 0.2),
                (x - r * 0.35, r * 0.5),
            )
        ]
    if b.ears == "side":
        return [
            oval(fur, x - r * 0.45, r * 0.55, r * 0.6, r * 0.26, turn=-24),
            oval(inner, x - r * 0.5, r * 0.52, r * 0.36, r * 0.12, turn=-24, mark=True),
        ]
    if b.ears == "fan":
        return [
            smooth(fur, (x, r * 0.7), (x - r * 0.9, r * 0.9), (x - r * 1.5, r * 0.1), (x - r * 1.2,
                -r * 0.9), (x - r * 0.5, -r * 0.8), (x, -r * 0.2)),
        ]  # fmt: skip
    if b.ears in ("round", "big"):
        size = r * (0.42 if b.ears == "round" else 0.82)
        y = r * 0.9 if b.ears == "round" else r * 1.1
        return [
            oval(fur, x - r * 0.1, y, size, size),
            oval(inner, x - r * 0.06, y - 0.01, size * 0.62, size * 0.62, mark=True),
        ]
    high = r * (0.95 if b.ears == "point" else 0.75)
    half = r * (0.42 if b.ears == "point" else 0.28)
    tip = (x - r * 0.12, r * 0.7 + high)
    return [
        limb(fur, (x - half * 0.2, r * 0.62, half), (*tip, r * 0.06)),
        limb(inner, (x - half * 0.05, r * 0.7, half * 0.5), (tip[0] + r * 0.02,
            tip[1] - high * 0.22, r * 0.03), mark=True),
    ]  # fmt: skip


def _horns(b: Beast) -> list[Shape]:
    r, tone = b.skull, "d8c6a4"
    if b.horns == "antlers":
        tone = "8d6b48"
        return [
            limb(tone, *points)
            for points in (
                ((-0.02, r, 0.03), (-0.10, r + 0.26, 0.026), (-0.04, r + 0.52, 0.014)),
                ((-0.09, r + 0.22, 0.022), (-0.24, r + 0.40, 0.012)),
                ((-0.08, r + 0.32, 0.02), (0.06, r + 0.46, 0.012)),
                ((0.06, r, 0.03), (0.12, r + 0.24, 0.024), (0.22, r + 0.44, 0.012)),
            )
        ]
    if b.horns == "ox":
        return [limb(tone, (0.0, r * 0.95, 0.045), (0.06, r * 1.35, 0.035), (0.20, r * 1.7, 0.012))]
    if b.horns == "trunk":
        return [
            limb("f2ead8", (r * 0.7, -r * 0.55, r * 0.14), (r * 1.3, -r * 0.75, r * 0.05)),
            limb(b.fur, (r * 0.80, -r * 0.45, r * 0.36), (r * 1.15, -r * 1.0, r * 0.28),
                (r * 1.2, -r * 1.9, r * 0.22), (r * 1.5, -r * 2.5, r * 0.17)),
        ]  # fmt: skip
    if b.horns == "single":
        return [limb("f2e2b0", (r * 0.35, r * 0.8, 0.045), (r * 0.85, r * 2.1, 0.008))]
    return []
