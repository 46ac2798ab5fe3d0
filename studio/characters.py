"""The people, animals and things of a story, and the looks that its words have described."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from studio.scene import (
    Age,
    Dress,
    Figure,
    Hat,
    Look,
    Pose,
    Subject,
    Tint,
)

_MEN = re.compile(
    r"(?:man|father|king|prince|brother|uncle|husband|wizard|monk|priest|emperor"
    r"|knight|grandpa|dad|sultan|captain)$"
    r"|[夫父王爷公翁叟僧叔伯兄哥]|男|和尚|皇帝|老头|书生|秀才|掌柜"
)
_GIRLS = re.compile(r"girl|daughter|lass|sister|maid|女|姑娘|妹|姐|小红帽|red")
_BOYS = re.compile(r"boy|son\b|lad\b|brother|男|儿子|弟|童")
_COMMON_SIGNS = frozenset("小老大子白黑黄灰儿群")

Attribute = TypeVar("Attribute", bound=StrEnum)


@dataclass(slots=True)
class Character:
    """A person, animal or thing of the story, with the one word used for it throughout."""

    word: str
    figure: Figure
    traits: dict[type[StrEnum], StrEnum] = field(default_factory=dict[type[StrEnum], StrEnum])
    told: set[type[StrEnum]] = field(default_factory=set[type[StrEnum]])
    """The traits that the text states explicitly."""
    is_female: bool | None = None
    weight: float = 0.0

    def subject(self, pose: Pose = Pose.STAND) -> Subject:
        """The character in one shot."""
        return Subject(self.figure, self.word, self.look, pose)

    @property
    def look(self) -> Look:
        """The looks described so far."""
        return Look(
            age=self._trait(Age),
            dress=self._trait(Dress),
            hat=self._trait(Hat),
            tint=self._trait(Tint),
        )

    def learn(self, concepts: tuple[StrEnum, ...], *, is_told: bool = False) -> None:
        """Add the looks among the concepts; known looks do not change.

        An explicit trait outranks one that a word implies: a shepherd in a yellow coat.
        """
        for concept in concepts:
            kind = type(concept)
            if not isinstance(concept, Age | Dress | Hat | Tint) or kind in self.told:
                continue
            if is_told:
                self.told.add(kind)
                self.traits[kind] = concept
            else:
                self.traits.setdefault(kind, concept)

    def _trait(self, kind: type[Attribute]) -> Attribute | None:
        trait = self.traits.get(kind)
        return None if trait is None else kind(trait)


def is_same(character: Character, word: str, figure: Figure) -> bool:
    """Whether two words mean the same animal or thing: 兔 and 白兔, but not an ox and a foal."""
    if character.figure is not figure:
        return False
    if word.isascii():
        return character.word.split()[-1][:3].lower() == word.rsplit(maxsplit=1)[-1][:3]
    return not (set(character.word) & set(word)) <= _COMMON_SIGNS


def sex_of(word: str, figure: Figure) -> bool | None:
    """Whether the word means a woman or a girl; None if it does not say."""
    if figure is Figure.WOMAN or (figure is Figure.CHILD and _GIRLS.search(word)):
        return True
    men = {Figure.PERSON: _MEN, Figure.CHILD: _BOYS}.get(figure)
    if men and men.search(word):
        return False
    return None
