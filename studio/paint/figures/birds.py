"""Birds: one body in the plumage of the text's word, with a long neck or a comb."""

from dataclasses import dataclass

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
)
from studio.scene import Pose, Subject

_RAISED = frozenset({Pose.RUN, Pose.WALK, Pose.WAVE, Pose.RIDE})


@dataclass(frozen=True, slots=True)
class _Plumage:
    back: str
    breast: str
    wing: str
    beak: str = "e3a93c"
    neck: float = 0.0
    """How much higher the head stands than a robin's."""
    head: str | None = None
    has_comb: bool = False


_ROBIN = _Plumage("4c77b0", "f0a860", "36588c")
_PLUMAGES: tuple[tuple[tuple[str, ...], _Plumage], ...] = (
    (("penguin", "企鹅"), _Plumage("2c2f3a", "f2f0ea", "23252e")),
    (("swan", "天鹅"), _Plumage("f4f2ee", "ffffff", "e2e0dc", "e3853c", neck=0.22)),
    (("duckling", "丑小鸭"), _Plumage("b8a888", "d2c4a4", "9a8a6c", "b08a4c")),
    (("goose", "geese", "鹅"), _Plumage("efece6", "ffffff", "dad6ce", "e3853c", neck=0.14)),
    (("duck", "鸭"), _Plumage("7a6a52", "a98a5c", "5f4f3a", neck=0.05, head="3f7a52")),
    (("chick", "小鸡"), _Plumage("f0cf5a", "f7e08a", "dcb844")),
    (("hen", "rooster", "cock", "鸡"), _Plumage("b5623a", "d89a5c", "8f4a2c", has_comb=True)),
    (("crow", "raven", "乌鸦", "喜鹊"), _Plumage("34353e", "464752", "26272e", "4a4a50")),
    (("dove", "pigeon", "鸽"), _Plumage("efeeea", "ffffff", "d4d2ce", "d89a8a")),
    (("crane", "stork", "heron", "鹤"),
        _Plumage("f2f0ec", "ffffff", "3a3c46", "c8584a", neck=0.26)),
    (("gull", "海鸥"), _Plumage("e8eaec", "ffffff", "9aa3ad")),
    (("owl", "猫头鹰"), _Plumage("8a6a48", "d8c09a", "6f5338", "6a5a3c")),
    (("eagle", "hawk", "鹰"), _Plumage("5f4632", "8a6a48", "4a3626")),
    (("parrot", "鹦鹉"), _Plumage("3fa05a", "e3c83c", "2f78b8", "3a3a40")),
    (("phoenix", "凤凰", "golden", "金"), _Plumage("e0a93c", "f4d36a", "c8842c", "b5653a")),
    (("sparrow", "lark", "wren", "nightingale", "麻雀", "夜莺", "雀"),
        _Plumage("8a6a4c", "e0cdb0", "6d5138", "8a6a3c")),
    (("swallow", "燕"), _Plumage("34405c", "f2e6d8", "28324a", "3a3a40")),
    (("black", "黑"), _Plumage("34353e", "464752", "26272e")),
    (("white", "白"), _Plumage("efeeea", "ffffff", "d4d2ce")),
)  # fmt: skip


def bird_shapes(subject: Subject) -> list[Shape]:
    """A single bird: on the ground, or with its wings raised."""
    word = subject.word.lower()
    plumages = (p for words, p in _PLUMAGES if any(name in word for name in words))
    p = next(plumages, _ROBIN)
    legs = [
        limb("8a6a3c", (x, 0.09, 0.008), (x + 0.01, 0.01, 0.007), (x + 0.04, 0.006, 0.006))
        for x in (-0.005, 0.035)
    ]
    body = limb(p.back, (-0.07, 0.145, 0.06), (0.03, 0.165, 0.09), (0.08, 0.26, 0.068))
    if p.neck:
        body = limb(p.back, (-0.07, 0.145, 0.06), (0.03, 0.165, 0.09), (0.09, 0.24, 0.05),
            (0.07, 0.26 + p.neck, 0.036))  # fmt: skip
    return [
        *legs,
        smooth(p.wing, (-0.10, 0.15), (-0.30, 0.085), (-0.33, 0.055), (-0.28, 0.05), (-0.10, 0.09)),
        body,
        limb(p.breast, (0.0, 0.125, 0.045), (0.065, 0.16, 0.06), (0.105, 0.215, 0.034), mark=True),
        *placed(_head(p, is_asleep=subject.pose is Pose.LIE), y=p.neck),
        *_wing(p, is_raised=subject.pose in _RAISED),
    ]


def _head(p: _Plumage, *, is_asleep: bool) -> list[Shape]:
    r = 0.068 if not p.neck else 0.055
    comb = [oval("c8382c", x, 0.335, 0.022, 0.03) for x in (0.05, 0.085, 0.115)]
    return [
        *(comb if p.has_comb else []),
        oval(p.head or p.back, 0.08, 0.265, r, r),
        flat(p.beak, (0.13, 0.285), (0.205, 0.262), (0.133, 0.243)),
        *([oval("c8382c", 0.135, 0.225, 0.016, 0.026)] if p.has_comb else []),
        *eye(0.102, 0.284, 0.016, closed=is_asleep, stretch=1.1),
    ]


def _wing(p: _Plumage, *, is_raised: bool) -> list[Shape]:
    quill = tint(p.wing, 0.78)
    if is_raised:
        return [
            smooth(p.wing, (0.04, 0.19), (0.03, 0.34), (-0.08, 0.44), (-0.20, 0.46), (-0.15, 0.38),
                   (-0.17, 0.33), (-0.11, 0.30), (-0.12, 0.24), (-0.06, 0.20)),
            stroke(quill, (-0.13, 0.38), (-0.07, 0.32), (0.0, 0.24), 0.012),
        ]  # fmt: skip
    return [
        smooth(p.wing, (0.05, 0.20), (0.03, 0.13), (-0.08, 0.10), (-0.24, 0.08), (-0.13, 0.18),
            (-0.03, 0.235)),
        stroke(quill, (0.0, 0.15), (-0.07, 0.12), (-0.16, 0.11), 0.010),
        stroke(quill, (0.0, 0.18), (-0.06, 0.16), (-0.12, 0.145), 0.010),
    ]  # fmt: skip
