"""What a person looks like: age, dress, hat and colours.

Whatever a look leaves open follows from the subject's word, so a person is the same in every shot.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum

from studio.paint.canvas import Array, mix
from studio.paint.figures.shapes import tint
from studio.scene import Age, Dress, Figure, Hat, Subject, Tint

_CLOTHS = {
    Tint.RED: "bf4740",
    Tint.BLUE: "3f74b5",
    Tint.GREEN: "4c9362",
    Tint.YELLOW: "dfa941",
    Tint.PURPLE: "8160a6",
    Tint.WHITE: "ece5d6",
    Tint.BLACK: "43434f",
    Tint.BROWN: "8c6644",
}
_OF_MEN = (Tint.BLUE, Tint.GREEN, Tint.BROWN, Tint.RED, Tint.BLACK, Tint.WHITE)
_ROYAL = (Tint.RED, Tint.PURPLE, Tint.BLUE, Tint.GREEN)
_SKINS = ("f3cfae", "ecc09a", "e0ac82", "d29c70", "f6d6ba")
_HAIRS = ("2c2326", "3d2b24", "5a3a26", "7a4a2a", "241f28")
_WHITE_HAIR = "e4e0da"
_DRESSES = {
    Figure.PERSON: (Dress.COAT, Dress.JACKET, Dress.COAT, Dress.JACKET, Dress.JACKET),
    Figure.WOMAN: (Dress.GOWN, Dress.GOWN, Dress.GOWN, Dress.COAT),
    Figure.CHILD: (Dress.JACKET, Dress.JACKET, Dress.COAT),
}
"""Possible dress if the words specify none; a hat is worn only if specified."""
_GIRLS = ("girl", "daughter", "princess", "sister", "女", "姑娘", "妹", "姐")
_GHOSTS = ("ghost", "spirit", "phantom", "spect", "幽灵", "鬼", "亡灵")
_BOYS = ("boy", "son", "prince", "brother", "lad", "男", "儿子", "哥", "弟", "少年")


class Beard(Enum):
    """The beards of men who are not old."""

    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Person:
    """A person with every detail decided."""

    age: Age
    dress: Dress
    hat: Hat
    is_woman: bool
    cloth: Array
    trim: Array
    skin: Array
    hair: Array
    hair_style: int
    beard: Beard | None


def person_of(subject: Subject) -> Person:
    """The person shown for a subject; the same word and look give the same person."""
    figure = subject.figure if subject.figure in _DRESSES else Figure.PERSON
    dice = hashlib.sha256(subject.word.lower().encode("utf-8", "replace")).digest()
    look = subject.look
    age = look.age or (Age.CHILD if figure is Figure.CHILD else Age.ADULT)
    dresses = _DRESSES[Figure.CHILD if age is Age.CHILD else figure]
    tints = _OF_MEN if figure is Figure.PERSON else tuple(_CLOTHS)
    if look.hat is Hat.CROWN:
        tints = _ROYAL
    if look.dress is Dress.RAGS:
        tints = (Tint.BROWN, Tint.BLACK)
    if look.dress is Dress.SUIT:
        tints = (Tint.WHITE,)
    cloth = _CLOTHS[look.tint or tints[dice[2] % len(tints)]]
    hair = _WHITE_HAIR if age is Age.OLD else _HAIRS[dice[3] % len(_HAIRS)]
    is_woman = figure is Figure.WOMAN or (
        figure is Figure.CHILD and _is_girl(subject.word, dice[4])
    )
    is_ghost = any(name in subject.word.lower() for name in _GHOSTS)
    if is_ghost:
        hair = "cfd8dc"
    trims = [code for code in ("e9c46a", "ece5d6", "b5533f", "3d5a78") if code != cloth]
    has_beard = figure is Figure.PERSON and age is Age.ADULT and not is_ghost
    return Person(
        age=age,
        dress=look.dress or dresses[dice[0] % len(dresses)],
        hat=look.hat or Hat.NONE,
        is_woman=is_woman,
        cloth=tint(cloth),
        trim=mix(tint(trims[dice[5] % len(trims)]), tint(cloth), 0.25),
        skin=tint("dde7ea" if is_ghost else _SKINS[dice[6] % len(_SKINS)]),
        hair=tint(hair),
        hair_style=dice[7] % 3,
        beard=(None, *Beard)[dice[8] % 4] if has_beard else None,
    )


def _is_girl(word: str, dice: int) -> bool:
    if any(name in word.lower() for name in _GIRLS):
        return True
    return dice % 2 == 0 and not any(name in word.lower() for name in _BOYS)
