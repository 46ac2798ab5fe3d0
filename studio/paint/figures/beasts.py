"""Four-legged animals: one jointed body whose measures make a fox, a lion or a horse."""

from dataclasses import dataclass, replace

from studio.paint.canvas import Point
from studio.paint.figures.beast import Beast, beast_head
from studio.paint.figures.shapes import (
    Disc,
    Shape,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
    toward,
)
from studio.scene import Pose


@dataclass(frozen=True, slots=True)
class _Gait:
    """Feet ahead of their joints (x, lift): near and far front, near and far hind."""

    feet: tuple[Point, Point, Point, Point]
    rise: float = 0.0
    tilt: float = 0.0


_GAITS = {
    Pose.RIDE: _Gait(((0.02, 0), (0.08, 0), (-0.06, 0), (0.06, 0))),
    Pose.STAND: _Gait(((0.02, 0), (0.08, 0), (-0.06, 0), (0.06, 0))),
    Pose.WAVE: _Gait(((0.36, 0.42), (0.04, 0), (-0.06, 0), (0.06, 0))),
    Pose.WALK: _Gait(((0.26, 0.05), (-0.18, 0), (-0.26, 0.02), (0.16, 0))),
    Pose.RUN: _Gait(((0.58, 0.22), (0.40, 0.34), (-0.58, 0.12), (-0.42, 0.02)), rise=0.08, tilt=3),
}


def beast_shapes(beast: Beast, pose: Pose) -> list[Shape]:
    """The animal in a pose, back to front."""
    if pose is Pose.SIT:
        shapes = _sitting(beast)
    elif pose is Pose.LIE:
        shapes = _lying(beast)
    else:
        shapes = _standing(beast, _GAITS[pose])
    return placed(shapes, scale=beast.size)


def _standing(b: Beast, gait: _Gait) -> list[Shape]:
    half = b.length / 2
    y = 1.0 - b.chest + gait.rise
    chest, rump = (half - b.chest * 0.6, y), (-half + b.rump * 0.6, y - 0.01 - gait.tilt * 0.006)
    front = (chest[0] + b.chest * 0.2, y - b.chest * 0.3)
    hind = (rump[0] - b.rump * 0.12, rump[1] - b.rump * 0.25)
    near_front, far_front, near_hind, far_hind = gait.feet
    body = _body(
        b, (*chest, b.chest), ((chest[0] + rump[0]) / 2, y - 0.02, b.waist), (*rump, b.rump)
    )
    near = _leg(b, hind, near_hind, is_hind=True), _leg(b, front, near_front, is_hind=False)
    neck, bib, face = _neck_and_head(
        b, (chest[0] + b.chest * 0.15, y + b.chest * 0.25), is_asleep=False
    )
    return [
        *_tail(b, (rump[0] - b.rump * 0.8, rump[1] + b.rump * 0.45), is_raised=gait.rise > 0),
        *_leg(b, (front[0] + 0.1, front[1]), far_front, shade=0.78, is_hind=False),
        *_leg(b, (hind[0] + 0.1, hind[1]), far_hind, shade=0.78, is_hind=True),
        *near[0][:-1],
        *near[1][:-1],
        _joined(body[0], near[0][-1], near[1][-1], neck),
        *body[1:],
        bib,
        *_coat(b, chest, rump),
        *face,
    ]


def _sitting(b: Beast) -> list[Shape]:
    chest, rump = (b.length * 0.22, 0.98 - b.chest), (-b.length * 0.20, b.rump * 1.08)
    middle = ((chest[0] + rump[0]) / 2, (chest[1] + rump[1]) / 2 + 0.02, (b.chest + b.rump) * 0.46)
    front = (chest[0] + b.chest * 0.1, chest[1] - b.chest * 0.2)
    thigh = (rump[0] + 0.06, rump[1] + 0.02)
    foot = limb(
        b.socks, (thigh[0] + 0.04, b.leg, b.leg), (thigh[0] + 0.26, b.leg * 0.8, b.leg * 0.8)
    )
    body = _body(b, (*chest, b.chest * 0.95), middle, (*rump, b.rump * 1.05))
    near = _leg(b, front, (0.05, 0.0), is_hind=False)
    neck, bib, face = _neck_and_head(b, (chest[0], chest[1] + b.chest * 0.4), is_asleep=False)
    return [
        *_tail(b, (rump[0] - b.rump * 0.7, b.rump * 0.55), is_raised=False),
        *_leg(b, (front[0] + 0.08, front[1]), (0.06, 0.0), shade=0.78, is_hind=False),
        *near[:-1],
        _joined(body[0], near[-1], neck),
        *body[1:],
        bib,
        foot,
        oval(b.fur, *thigh, b.rump * 0.92, b.rump * 1.0, turn=20),
        *_coat(b, chest, rump),
        *face,
    ]


def _lying(b: Beast) -> list[Shape]:
    y, half = b.chest * 0.92, b.length / 2
    chest, rump = (half * 0.6, y), (-half * 0.7, y * 0.98)
    paw = limb(b.socks, (chest[0], b.leg, b.leg), (chest[0] + 0.42, b.leg * 0.9, b.leg * 0.85))
    low = replace(b, neck=b.neck * 0.62, neck_angle=min(b.neck_angle, 104.0))
    body = _body(b, (*chest, b.chest), (0, y * 0.95, b.waist * 1.1), (*rump, b.rump))
    neck, bib, face = _neck_and_head(low, (chest[0] + b.chest * 0.2, y * 1.2), is_asleep=True)
    return [
        _joined(body[0], neck),
        *body[1:],
        bib,
        *_tail(b, (rump[0] - b.rump * 0.7, y * 0.7), is_raised=False),
        limb(b.socks, (rump[0] + 0.05, b.leg, b.leg), (rump[0] + 0.36, b.leg * 0.8, b.leg * 0.85)),
        oval(b.fur, rump[0] + 0.08, y * 0.95, b.rump * 0.95, b.rump * 0.82, turn=15),
        paw,
        *_coat(b, chest, rump),
        *face,
    ]


def _body(b: Beast, chest: Disc, middle: Disc, rump: Disc) -> list[Shape]:
    under = limb(
        b.belly,
        (chest[0] + chest[2] * 0.1, chest[1] - chest[2] * 0.34, chest[2] * 0.58),
        (middle[0], middle[1] - middle[2] * 0.52, middle[2] * 0.42),
        (rump[0], rump[1] - rump[2] * 0.4, rump[2] * 0.3),
        mark=True,
    )
    return [limb(b.fur, chest, middle, rump), under]


def _joined(first: Shape, *others: Shape) -> Shape:
    """One body made of several, without lines between them."""
    outlines = (outline for shape in others for outline in shape.outlines)
    return replace(first, outlines=(*first.outlines, *outlines))


def _leg(b: Beast, joint: Point, foot: Point, *, is_hind: bool, shade: float = 1.0) -> list[Shape]:
    """Paw, shank and thigh; the knee of a hind leg bends forward, its hock back."""
    x, y = joint
    end = (x + foot[0], foot[1] + b.leg * 0.7)
    bend = 0.05 + abs(foot[0]) * 0.12 + foot[1] * 0.3
    if is_hind:
        knee = (x + foot[0] * 0.35 + bend, end[1] + (y - end[1]) * 0.62)
        hock = (x + foot[0] * 0.85 - bend * 0.9, end[1] + (y - end[1]) * 0.30)
    else:
        knee = (x + foot[0] * 0.40 + foot[1] * 0.4, end[1] + (y - end[1]) * 0.55)
        hock = (x + foot[0] * 0.9, end[1] + (y - end[1]) * 0.2)
    fur, socks, r = tint(b.fur, shade), tint(b.socks, shade), b.leg
    upper = b.rump * 0.5 if is_hind else b.chest * 0.5
    low = limb(socks, (*hock, r * 0.76), (*end, r * 0.72))
    if b.has_hooves:
        paw = limb(
            tint("3a3130", shade),
            (end[0], end[1], r * 0.74),
            (end[0] + r * 0.3, end[1] - r * 0.1, r * 0.6),
        )
    else:
        paw = limb(
            socks, (end[0], end[1], r * 0.7), (end[0] + r * 0.9, end[1] - r * 0.08, r * 0.62)
        )
    return [paw, low, limb(fur, (x, y, upper), (*knee, r * 1.15), (*hock, r * 0.85))]


def _tail(b: Beast, root: Point, *, is_raised: bool) -> list[Shape]:
    x, y = root
    lift = 0.18 if is_raised else 0.0
    if b.tail == "bush":
        tip = (x - 0.62, y - 0.06 + lift)
        return [
            limb(b.fur, (x + 0.05, y, 0.08), (x - 0.22, y - 0.06 + lift * 0.5, 0.155), (x - 0.46,
                y - 0.06 + lift, 0.15), (*tip, 0.06)),
            smooth(b.belly, (tip[0] + 0.24, tip[1] + 0.13), (tip[0] + 0.02, tip[1] + 0.08),
                (tip[0] - 0.10, tip[1] - 0.01),
                   (tip[0] + 0.04, tip[1] - 0.08), (tip[0] + 0.18, tip[1] - 0.12), (tip[0] + 0.20,
                       tip[1]), mark=True),
        ]  # fmt: skip
    if b.tail == "tuft":
        tone = b.crest or b.socks
        return [
            limb(b.fur, (x + 0.04, y, 0.05), (x - 0.18, y - 0.12, 0.035), (x - 0.30,
                y - 0.34 + lift, 0.03), (x - 0.42, y - 0.40 + lift, 0.03)),
            oval(tone, x - 0.47, y - 0.39 + lift, 0.11, 0.075, turn=-20),
        ]  # fmt: skip
    if b.tail == "horse":
        return [
            limb(
                b.crest or b.socks,
                (x + 0.03, y + 0.02, 0.05),
                (x - 0.13, y - 0.06 + lift, 0.075),
                (x - 0.20, y - 0.34 + lift, 0.085),
                (x - 0.16, y - 0.60 + lift * 1.6, 0.02),
            )
        ]
    if b.tail == "stub":
        return [oval(b.belly, x - 0.02, y + 0.02, 0.10, 0.08, turn=30)]
    if b.tail == "long":
        return [
            limb(
                b.nose,
                (x + 0.04, y - 0.1, 0.04),
                (x - 0.3, y - 0.22, 0.03),
                (x - 0.62, y - 0.12 + lift, 0.022),
                (x - 0.9, y + 0.05 + lift, 0.01),
            )
        ]
    curl = 0.34 if b.tail == "curl" else 0.5
    return [
        limb(b.fur, (x + 0.05, y, 0.07), (x - 0.15, y + 0.06, 0.06), (x - 0.25, y + curl * 0.6,
            0.055), (x - 0.20, y + curl, 0.045), (x - 0.12, y + curl + 0.06, 0.03))
    ]  # fmt: skip


def _coat(b: Beast, chest: Point, rump: Point) -> list[Shape]:
    """Fleece or stripes over the body."""
    if b.fleece:
        return [_fleece(b, chest, rump)]
    if b.humps:
        return [_hump(b, chest, rump, (i + 1) / (b.humps + 1)) for i in range(b.humps)]
    if not b.stripes:
        return []
    step = (chest[0] - rump[0]) / 4
    return [
        stroke(b.stripes, (rump[0] + step * i, y + b.waist * 0.95), (rump[0] + step * i + 0.06,
            y + 0.05),
               (rump[0] + step * i - 0.01, y - b.waist * 0.25), 0.055)
        for i in range(5)
        for y in [rump[1] + (chest[1] - rump[1]) * i / 4]
    ]  # fmt: skip


def _hump(b: Beast, chest: Point, rump: Point, share: float) -> Shape:
    x, y = (rump[k] + (chest[k] - rump[k]) * share for k in (0, 1))
    y += b.waist * 0.7
    return smooth(tint(b.fur, 0.96), (x - 0.20, y), (x - 0.10, y + 0.20), (x, y + 0.27),
        (x + 0.10, y + 0.20), (x + 0.20, y), (x, y - 0.06))  # fmt: skip


def _fleece(b: Beast, chest: Point, rump: Point) -> Shape:
    tufts: list[Disc] = []
    for i in range(5):
        t = i / 4
        x, y = (rump[k] + (chest[k] - rump[k]) * t for k in (0, 1))
        for dx, dy, r in ((0, 0.16, 0.15), (0.03, -0.08, 0.15), (-0.03, 0.04, 0.17)):
            tufts.append((x + dx, y + dy, r))
    tufts += [(rump[0] - 0.13, rump[1] + 0.02, 0.14), (chest[0] + 0.12, chest[1] + 0.06, 0.15)]
    outlines = tuple(limb("ffffff", tuft).outlines[0] for tuft in tufts)
    return Shape(tint(b.fleece or b.fur), outlines)


def _neck_and_head(b: Beast, root: Point, *, is_asleep: bool) -> tuple[Shape, Shape, list[Shape]]:
    """The neck, which belongs to the body, its pale front, and the head with its crest."""
    head = toward(root, b.neck_angle, b.neck + b.skull * 0.4)
    neck = limb(b.fur, (*root, b.neck_thick * 1.35), (*head, b.neck_thick))
    bib = limb(
        b.belly,
        (root[0] + b.neck_thick * 0.7, root[1] - b.neck_thick * 0.5, b.neck_thick * 0.55),
        (head[0] + b.neck_thick * 0.4, head[1] - b.skull * 0.45, b.neck_thick * 0.4),
        mark=True,
    )
    face = placed(beast_head(b, is_asleep=is_asleep), x=head[0], y=head[1])
    ruff: list[Shape] = []
    if b.crest and b.ears == "round":
        ruff = [_lion_mane(b, head)]
    elif b.crest:
        ends = [
            toward(root, b.neck_angle - 84, -b.neck_thick * 1.2),
            toward(head, b.neck_angle - 95, -b.neck_thick * 0.9),
        ]
        ruff = [
            limb(
                b.crest,
                (*ends[0], 0.07),
                (*ends[1], 0.08),
                (head[0] + 0.02, head[1] + b.skull * 0.95, 0.05),
            )
        ]
    return neck, bib, [*ruff, *face]


def _lion_mane(b: Beast, head: Point) -> Shape:
    tone = tint(b.crest or b.fur)
    ring = [limb(tone, (*toward((head[0] - 0.08, head[1] - 0.06), turn, b.skull * 1.05),
        b.skull * 0.62)).outlines[0]
            for turn in range(0, 360, 30)]  # fmt: skip
    centre = limb(tone, (head[0] - 0.06, head[1] - 0.05, b.skull * 1.2)).outlines[0]
    return Shape(tone, (*ring, centre))
