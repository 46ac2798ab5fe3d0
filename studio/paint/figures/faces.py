"""Heads: face, hair, beard and hat, all in units of the head's radius."""

from dataclasses import dataclass

from studio.paint.canvas import Array, Point, mix
from studio.paint.figures.persons import Beard
from studio.paint.figures.shapes import (
    Shape,
    eye,
    flat,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
    wrap,
)
from studio.scene import Age, Hat


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head to draw: its position, and its person."""

    x: float
    y: float
    radius: float
    neck: Point
    age: Age
    is_woman: bool
    hat: Hat
    skin: Array
    hair: Array
    cloth: Array
    trim: Array
    hair_style: int
    beard: Beard | None
    is_asleep: bool
    smiles: bool

    @property
    def is_man(self) -> bool:
        """Neither a woman nor a child."""
        return not self.is_woman and self.age is not Age.CHILD


def head_shapes(head: Head) -> list[Shape]:
    """Neck, head and face, with the hair behind them."""
    neck = limb(
        tint(head.skin, 0.9),
        (*head.neck, 0.34 * head.radius),
        (head.x - 0.1 * head.radius, head.y - 0.5 * head.radius, 0.36 * head.radius),
    )
    return [
        *_at(head, _hair_behind(head)),
        neck,
        *_at(head, [*_skull(head), *_face(head)]),
    ]


def over_head_shapes(head: Head) -> list[Shape]:
    """Beard, hair and hat, which cover parts of the face."""
    beard = _beard(head) if head.age is Age.OLD and not head.is_woman else _young_beard(head)
    return _at(head, [*beard, *_hair(head), *_hat(head)])


def _at(head: Head, shapes: list[Shape]) -> list[Shape]:
    return placed(shapes, x=head.x, y=head.y, scale=head.radius)


def _skull(head: Head) -> list[Shape]:
    jaw = (0.16, -0.5, 0.60 if head.age is Age.CHILD else 0.5)
    chin = ((0.22, -0.56, 0.54), (0.46, -0.74, 0.26), (-0.2, -0.42, 0.46)) if head.is_man else ()
    return [
        wrap(head.skin, (0, 0.12, 0.94), jaw, *chin),
        oval(tint(head.skin, 0.95), -0.44, -0.14, 0.14, 0.20, mark=True),
        stroke(tint(head.skin, 0.74), (-0.50, 0.0), (-0.36, 0.04), (-0.42, -0.22), 0.05),
    ]


def _face(head: Head) -> list[Shape]:
    is_child = head.age is Age.CHILD
    size = 0.128 if is_child else 0.112
    y = -0.10 if is_child else -0.02
    blush = mix(head.skin, tint("e2705f"), 0.34)
    brow_tone = tint(head.hair, 0.8) if head.age is not Age.OLD else tint("bdb6ae")
    rise = 0.26 if is_child else 0.27
    if head.is_man:
        blush = mix(head.skin, blush, 0.35)
    marks = [
        oval(blush, -0.02, y - 0.32, 0.16, 0.10, mark=True),
        oval(blush, 0.76, y - 0.30, 0.11, 0.09, mark=True),
    ]
    if head.beard is Beard.STUBBLE:
        marks.append(_jaw_hair(mix(head.skin, head.hair, 0.2)))
    for x in (0.14, 0.64):
        marks += eye(x, y, size, closed=head.is_asleep)
        lift = 0.03 if head.is_woman or is_child else -0.03
        bend = 0.09 if head.is_woman or is_child else 0.05
        brow = (x - 0.17, y + rise - 0.02 + lift), (x, y + rise + bend + lift), (x + 0.15, y + rise)
        marks.append(
            stroke(brow_tone, *brow, 0.075 if head.is_woman else 0.10 if is_child else 0.14)
        )
        if head.is_woman and not head.is_asleep:
            lash = (x - 0.16, y + 0.06), (x - 0.02, y + 0.22), (x + 0.13, y + 0.11)
            marks.append(stroke("2b2024", *lash, 0.07))
    nose = tint(head.skin, 0.80)
    marks.append(stroke(nose, (0.46, y - 0.06), (0.64, y - 0.24), (0.42, y - 0.27), 0.06))
    mouth = tint("b5443f") if head.is_woman else tint("8c3b3a")
    if head.is_man:
        mouth = mix(tint(head.skin, 0.55), mouth, 0.25)
    dip = -0.20 if head.smiles else -0.10
    corner = y - 0.48
    marks.append(stroke(mouth, (0.20, corner), (0.42, corner + dip), (0.62, corner + 0.01), 0.075))
    if head.age is Age.OLD:
        line = tint(head.skin, 0.84)
        marks.append(stroke(line, (0.02, y - 0.14), (0.10, y - 0.22), (0.22, y - 0.16), 0.04))
        marks.append(stroke(line, (0.10, y + 0.56), (0.40, y + 0.62), (0.66, y + 0.54), 0.04))
    return marks


def _beard(head: Head) -> list[Shape]:
    return [
        smooth(
            head.hair,
            (-0.34, -0.25), (-0.14, -0.42), (0.16, -0.56), (0.42, -0.60), (0.70, -0.52),
            (0.72, -0.80), (0.62, -1.25), (0.40, -1.72), (0.16, -1.36), (-0.16, -0.86),
        ),
        stroke(head.hair, (0.12, -0.50), (0.30, -0.34), (0.46, -0.42), 0.15),
        stroke(head.hair, (0.46, -0.42), (0.62, -0.34), (0.74, -0.52), 0.13),
    ]  # fmt: skip


def _young_beard(head: Head) -> list[Shape]:
    if head.beard not in (Beard.MOUSTACHE, Beard.SHORT):
        return []
    tone = tint(head.hair, 0.92)
    moustache = [
        stroke(tone, (0.12, -0.52), (0.28, -0.34), (0.44, -0.39), 0.13),
        stroke(tone, (0.44, -0.39), (0.60, -0.34), (0.72, -0.51), 0.12),
    ]
    return [_jaw_hair(tone), *moustache] if head.beard is Beard.SHORT else moustache


def _jaw_hair(tone: Array) -> Shape:
    """From the ear along the jaw and around the chin, below the mouth."""
    return smooth(
        tone,
        (-0.40, -0.22), (-0.24, -0.44), (0.06, -0.60), (0.30, -0.70), (0.56, -0.68), (0.72, -0.56),
        (0.76, -0.74), (0.62, -1.00), (0.34, -1.08), (-0.08, -0.96), (-0.36, -0.64),
        mark=True,
    )  # fmt: skip


def _hair_behind(head: Head) -> list[Shape]:
    dark = tint(head.hair, 0.86)
    if head.hat is Hat.HOOD:
        return [wrap(tint(head.cloth, 0.72), (-0.14, 0.16, 1.16), (-0.22, -0.55, 0.86))]
    if not head.is_woman:
        return []
    if head.age is Age.CHILD:
        if head.hair_style == 0:
            return [limb(dark, (-0.85, -0.1, 0.2), (-1.3, -0.35, 0.3), (-1.35, -0.85, 0.12))]
        return [wrap(dark, (-0.2, 0.1, 1.0), (-0.42, -0.62, 0.5))]
    if head.hair_style == 0 or head.age is Age.OLD:
        return [oval(dark, -0.95, 0.42, 0.42, 0.42)]
    if head.hair_style == 1:
        return [
            limb(
                dark, (-0.5, 0.2, 0.6), (-0.72, -0.8, 0.36), (-0.78, -1.9, 0.2), (-0.74, -2.5, 0.08)
            )
        ]
    return [wrap(dark, (-0.16, 0.16, 1.02), (-0.52, -1.3, 0.42), (-0.1, -1.2, 0.4))]


def _hair(head: Head) -> list[Shape]:
    if head.hat is Hat.HOOD:
        return []
    if head.age is Age.OLD and not head.is_woman:
        return [
            smooth(
                head.hair,
                (-0.36, 0.05), (-0.52, 0.34), (-0.40, 0.72), (-0.06, 0.98), (-0.60, 0.92),
                (-1.0, 0.40), (-0.96, -0.22), (-0.62, -0.42), (-0.52, -0.16),
            ),
            oval(head.hair, -0.42, 1.05, 0.22, 0.2),
        ]  # fmt: skip
    if head.is_woman:
        fringe = (
            ((0.30, 0.60), (0.84, 0.34)) if head.hair_style != 1 else ((0.44, 0.50), (0.92, 0.16))
        )
        return [
            smooth(
                head.hair,
                (0.94, 0.30), (0.80, 0.84), (0.30, 1.14), (-0.34, 1.12), (-0.90, 0.72),
                (-1.04, 0.10), (-0.86, -0.50), (-0.60, -0.56), (-0.52, -0.10), (-0.34, 0.36),
                *fringe,
            )
        ]  # fmt: skip
    tufts = {
        0: ((0.96, 0.36), (0.74, 0.60), (0.34, 0.52), (0.02, 0.60)),
        1: ((0.92, 0.50), (0.66, 0.46), (0.40, 0.66), (0.10, 0.44)),
        2: ((0.98, 0.56), (0.72, 0.72), (0.30, 0.66), (-0.02, 0.52)),
    }[head.hair_style]
    top = [
        smooth(
            head.hair,
            (0.90, 0.72), (0.40, 1.16), (-0.26, 1.18), (-0.84, 0.80), (-1.02, 0.20),
            (-0.90, -0.30), (-0.66, -0.34), (-0.56, 0.02), (-0.36, 0.30), *tufts[::-1],
        )
    ]  # fmt: skip
    if head.age is Age.CHILD and head.hat is Hat.NONE:
        top.append(stroke(head.hair, (-0.1, 1.08), (-0.16, 1.42), (0.16, 1.46), 0.14))
    return top


def _hat(head: Head) -> list[Shape]:
    if head.hat is Hat.STRAW:
        straw, shade = tint("e0bd74"), tint("c69c50")
        return [
            oval(shade, -0.02, 0.60, 1.75, 0.30, turn=-3),
            smooth(straw, (-0.86, 0.62), (-0.74, 1.12), (-0.30, 1.42), (0.28, 1.42), (0.70, 1.12),
                (0.80, 0.60), (0, 0.46)),
            smooth(head.cloth, (-0.86, 0.60), (-0.84, 0.80), (0, 0.70), (0.78, 0.79), (0.80,
                0.58), (0, 0.46), mark=True),
        ]  # fmt: skip
    if head.hat is Hat.CAP:
        cap = tint(head.cloth, 0.76)
        return [
            smooth(cap, (-1.04, 0.30), (-0.98, 0.86), (-0.40, 1.30), (0.36, 1.26), (0.90, 0.80),
                (0.96, 0.44), (0, 0.42)),
            smooth(tint(cap, 0.74), (0.44, 0.56), (0.96, 0.60), (1.42, 0.36), (0.96, 0.34), (0.46,
                0.38)),
            oval(tint(cap, 1.25), 0.0, 1.30, 0.10, 0.07),
        ]  # fmt: skip
    if head.hat is Hat.HOOD:
        return [
            smooth(
                head.cloth,
                (0.86, 0.52), (0.62, 1.12), (0.0, 1.36), (-0.66, 1.16), (-1.16, 0.52),
                (-1.26, -0.30), (-1.02, -1.06), (-0.30, -1.24), (-0.34, -0.70), (-0.48, 0.0),
                (-0.28, 0.56), (0.30, 0.80),
            )
        ]  # fmt: skip
    if head.hat is Hat.CROWN:
        gold = tint("f0c247")
        points = [(-0.78, 0.70), (-0.92, 1.46), (-0.48, 1.10), (-0.22, 1.62), (0.10, 1.14),
                  (0.46, 1.60), (0.60, 1.08), (0.98, 1.36), (0.82, 0.62), (0.0, 0.54)]  # fmt: skip
        return [
            flat(gold, *points),
            oval("c8463c", 0.06, 0.84, 0.10, 0.12, mark=True),
            oval("3f74b5", -0.44, 0.88, 0.08, 0.10, mark=True),
            oval("3f74b5", 0.52, 0.86, 0.08, 0.10, mark=True),
        ]
    return []
