"""The measures of four-legged animals, and the animal that a word of the text means."""

import re
from dataclasses import replace

from studio.paint.figures.beast import Beast
from studio.scene import Figure, Subject

BEASTS = {
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
_BEAR = Beast(
    size=0.66, fur="7d5638", belly="a67c54", socks="6a472e", ears="round", tail="stub",
    length=1.18, chest=0.31, waist=0.30, rump=0.32, leg=0.12, neck=0.18, neck_angle=122,
    neck_thick=0.24, skull=0.24, muzzle=0.15, muzzle_thick=0.115, snout="c8a276",
)  # fmt: skip
_PANDA = replace(_BEAR, fur="f1ede6", belly="e6e0d6", socks="33333a", snout="f1ede6")
_PIG = Beast(
    size=0.42, fur="eeb0a4", belly="f6cbbf", socks="d9968a", ears="side", tail="curl",
    length=1.25, chest=0.31, waist=0.31, rump=0.31, leg=0.085, neck=0.10, neck_angle=110,
    neck_thick=0.22, skull=0.25, muzzle=0.15, muzzle_thick=0.12, snout="f3b9ae", nose="c8786c",
    has_hooves=True,
)  # fmt: skip
_GOAT = Beast(
    size=0.52, fur="e9e4da", belly="f4f0e8", socks="cfc6b8", ears="side", tail="stub", horns="ox",
    length=1.0, chest=0.22, waist=0.20, rump=0.21, leg=0.06, neck=0.28, neck_angle=138,
    neck_thick=0.12, skull=0.155, muzzle=0.16, muzzle_thick=0.075, has_hooves=True,
)  # fmt: skip
_CAMEL = Beast(
    size=0.98, fur="c99a5c", belly="e0bd86", socks="b3854c", ears="small", tail="tuft",
    crest="9a6d3c", humps=2, length=1.15, chest=0.22, waist=0.21, rump=0.21, leg=0.058, neck=0.46,
    neck_angle=128, neck_thick=0.105, skull=0.115, muzzle=0.19, muzzle_thick=0.07,
    muzzle_drop=0.06, snout="b3854c",
)  # fmt: skip
_ELEPHANT = Beast(
    size=1.15, fur="8e929c", belly="a3a7b0", socks="7c8089", ears="fan", tail="thin",
    horns="trunk", length=1.2, chest=0.32, waist=0.33, rump=0.32, leg=0.12, neck=0.12,
    neck_angle=118, neck_thick=0.24, skull=0.25, muzzle=0.06, muzzle_thick=0.12,
)  # fmt: skip
_WHITE_HORSE = replace(
    BEASTS[Figure.HORSE], fur="efebe4", belly="e2dcd2", socks="dcd5ca", crest="cfc6ba",
    snout="e2d6ca",
)  # fmt: skip
_KIN: tuple[tuple[Figure, tuple[str, ...], Beast], ...] = (
    (Figure.HORSE, ("deer", "鹿", "stag", "fawn"), _DEER),
    (Figure.HORSE, ("cow", "牛", "ox", "bull", "calf"), _COW),
    (Figure.HORSE, ("donkey", "驴", "mule", "ass"), _DONKEY),
    (Figure.HORSE, ("unicorn", "独角"), _UNICORN),
    (Figure.HORSE, ("camel", "骆驼"), _CAMEL),
    (Figure.HORSE, ("elephant", "象"), _ELEPHANT),
    (Figure.HORSE, ("白马", "white horse"), _WHITE_HORSE),
    (Figure.LION, ("tiger", "虎", "leopard", "panther", "豹"), _TIGER),
    (Figure.LION, ("熊猫", "panda"), _PANDA),
    (Figure.LION, ("bear", "熊", "cub"), _BEAR),
    (Figure.SHEEP, ("pig", "猪"), _PIG),
    (Figure.SHEEP, ("goat", "山羊"), _GOAT),
)
"""Animals that share a figure and differ by the word in the text."""
_YOUNG = re.compile(r"lamb|puppy|kitten|calf|foal|cub|fawn|piglet|[羔犊驹崽]|小[狗猫马鹿熊猪羊牛]")
_YOUNG_SIZE = 0.66
_COATS = (
    (("black", "黑"), "3c3c46"),
    (("white", "白"), "f1ede6"),
    (("grey", "gray", "灰"), "8b8f98"),
    (("brown", "棕"), "8a5a38"),
    (("red", "红"), "b5623a"),
    (("golden", "金"), "dba94a"),
)
"""Coats that the word specifies."""


def breed_of(subject: Subject) -> Beast:
    """The measures and the coat of a four-legged animal, by its word."""
    word = subject.word.lower()
    kin = (b for f, words, b in _KIN if f is subject.figure and any(name in word for name in words))
    beast = next(kin, BEASTS[subject.figure])
    if _YOUNG.search(word):
        beast = replace(beast, size=beast.size * _YOUNG_SIZE, skull=beast.skull * 1.12)
    coat = next((code for words, code in _COATS if any(name in word for name in words)), None)
    if coat is None or "白马" in word or "熊猫" in word:
        return beast
    if beast.fleece:
        return replace(beast, fleece=coat)
    belly = coat if beast.has_hooves else beast.belly
    return replace(beast, fur=coat, socks=coat, belly=belly, snout=None, stripes=None)
