"""Animals: the four-legged by their measures, and those drawn by themselves."""

from collections.abc import Callable

from orchestration.providers.studio.paint.figures.beast import Beast
from orchestration.providers.studio.paint.figures.beasts import beast_shapes
from orchestration.providers.studio.paint.figures.creatures import (
    bird_shapes,
    dragon_shapes,
    hare_shapes,
    robot_shapes,
    tortoise_shapes,
)
from orchestration.providers.studio.paint.figures.shapes import Shape
from orchestration.providers.studio.scene import Figure, Pose, Subject

_BEASTS = {
    Figure.FOX: Beast(
        size=0.36, fur="dd7430", belly="f7ead6", socks="4a2f2a", ears="point", tail="bush",
        skull=0.22, muzzle=0.26, muzzle_thick=0.06, leg=0.075, chest=0.22, waist=0.17, rump=0.20,
    ),
    Figure.WOLF: Beast(
        size=0.50, fur="7d8490", belly="d9dadb", socks="666c78", ears="point", tail="bush",
        length=1.12, skull=0.20, muzzle=0.27, muzzle_thick=0.085, neck_thick=0.20, chest=0.26,
            neck_angle=128,
    ),
    Figure.DOG: Beast(
        size=0.42, fur="c08a52", belly="f2e3c8", socks="8a5a34", ears="flop", tail="curl",
        skull=0.23, muzzle=0.19, muzzle_thick=0.115, leg=0.09, snout="f2e3c8",
    ),
    Figure.CAT: Beast(
        size=0.29, fur="8f909c", belly="efeae4", socks="e8e2da", ears="point", tail="thin",
        length=1.1, skull=0.27, muzzle=0.06, muzzle_thick=0.13, muzzle_drop=0.05, neck=0.22,
            leg=0.08,
        chest=0.22, waist=0.19, rump=0.22, nose="d08a86", stripes="73747f",
    ),
    Figure.LION: Beast(
        size=0.64, fur="d9a453", belly="f0d79f", socks="cc9647", ears="round", tail="tuft",
        crest="8c4f25", length=1.2, skull=0.22, muzzle=0.13, muzzle_thick=0.135, neck=0.24,
            neck_angle=130,
        neck_thick=0.22, chest=0.27, waist=0.20, leg=0.10, snout="f2e1bb",
    ),
    Figure.MOUSE: Beast(
        size=0.15, fur="a08f86", belly="e6dad0", socks="d9a99a", ears="big", tail="long",
            nose="c98a80",
        length=1.25, chest=0.30, waist=0.34, rump=0.36, leg=0.06, neck=0.08, neck_angle=120,
        skull=0.32, muzzle=0.22, muzzle_thick=0.07,
    ),
    Figure.SHEEP: Beast(
        size=0.50, fur="4b4340", belly="ece6da", socks="4b4340", ears="side", tail="stub",
            fleece="f1ebdf",
        length=0.98, neck=0.22, neck_angle=122, neck_thick=0.13, skull=0.155, muzzle=0.15,
            muzzle_thick=0.09, snout="5b524e",
        leg=0.065, has_hooves=True,
    ),
    Figure.HORSE: Beast(
        size=0.92, fur="9a6138", belly="8b5630", socks="e9ddc9", ears="small", tail="horse",
            crest="3d2a20",
        length=1.12, chest=0.23, waist=0.20, rump=0.23, leg=0.062, neck=0.40, neck_angle=143,
            neck_thick=0.115,
        skull=0.125, muzzle=0.26, muzzle_thick=0.07, muzzle_drop=0.13, snout="7b4c2c",
            has_hooves=True,
    ),
}  # fmt: skip
_DEER = Beast(
    size=0.78, fur="b57c48", belly="efdcb8", socks="8f5f38", ears="side", tail="stub",
        horns="antlers",
    length=1.02, chest=0.21, waist=0.17, rump=0.20, leg=0.05, neck=0.40, neck_angle=150,
        neck_thick=0.095,
    skull=0.125, muzzle=0.17, muzzle_thick=0.055, has_hooves=True,
)  # fmt: skip
_COW = Beast(
    size=0.86, fur="8a5f42", belly="d8bf9c", socks="70492f", ears="side", tail="tuft", horns="ox",
    length=1.3, chest=0.27, waist=0.27, rump=0.26, leg=0.075, neck=0.24, neck_angle=112,
        neck_thick=0.16,
    skull=0.155, muzzle=0.20, muzzle_thick=0.11, snout="e0b9a0", has_hooves=True,
)  # fmt: skip
_DONKEY = Beast(
    size=0.74, fur="857c78", belly="d5cdc4", socks="75696a", ears="point", tail="tuft",
        crest="4a4344",
    length=1.1, leg=0.062, neck=0.32, neck_angle=138, neck_thick=0.125, skull=0.15, muzzle=0.24,
    muzzle_thick=0.085, muzzle_drop=0.13, snout="e0d8ce", has_hooves=True,
)  # fmt: skip
_UNICORN = Beast(
    size=0.92, fur="f1ecf2", belly="e2dbe8", socks="ddd2e4", ears="small", tail="horse",
        crest="c79ad2",
    length=1.12, chest=0.23, waist=0.20, rump=0.23, leg=0.062, neck=0.40, neck_angle=143,
        neck_thick=0.115,
    skull=0.125, muzzle=0.26, muzzle_thick=0.07, muzzle_drop=0.13, horns="single", has_hooves=True,
)  # fmt: skip
_TIGER = Beast(
    size=0.60, fur="e0893a", belly="f8ead2", socks="d97f34", ears="round", tail="thin",
        stripes="3a2a26",
    length=1.25, skull=0.24, muzzle=0.11, muzzle_thick=0.13, neck=0.22, neck_angle=124,
        neck_thick=0.21,
    chest=0.26, waist=0.21, leg=0.10, snout="f8ead2",
)  # fmt: skip
_KIN = (
    (Figure.HORSE, ("deer", "鹿", "stag"), _DEER),
    (Figure.HORSE, ("cow", "牛", "ox", "bull"), _COW),
    (Figure.HORSE, ("donkey", "驴", "mule"), _DONKEY),
    (Figure.HORSE, ("unicorn", "白马", "white"), _UNICORN),
    (Figure.CAT, ("tiger", "虎"), _TIGER),
    (Figure.CAT, ("lion", "狮"), _BEASTS[Figure.LION]),
    (Figure.FOX, ("wolf", "狼"), _BEASTS[Figure.WOLF]),
)
"""Animals that share a figure and differ by the text's word."""

_OTHERS: dict[Figure, Callable[[Pose], list[Shape]]] = {
    Figure.RABBIT: hare_shapes,
    Figure.TORTOISE: tortoise_shapes,
    Figure.BIRD: bird_shapes,
    Figure.DRAGON: dragon_shapes,
    Figure.ROBOT: robot_shapes,
}
ANIMALS = frozenset(_BEASTS) | frozenset(_OTHERS)
"""The figures this module draws."""


def animal_shapes(subject: Subject) -> list[Shape]:
    """An animal (or a robot) in its pose."""
    if draw := _OTHERS.get(subject.figure):
        return draw(subject.pose)
    word = subject.word.lower()
    for figure, words, beast in _KIN:
        if figure is subject.figure and any(name in word for name in words):
            return beast_shapes(beast, subject.pose)
    return beast_shapes(_BEASTS[subject.figure], subject.pose)
