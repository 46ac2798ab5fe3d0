"""Tracks the known figures of a story, to resolve pronouns and words such as "the girl".

A name is always the same person. A pronoun means the most recently named figure that fits.
"""

import re
from collections.abc import Iterator, Mapping

from studio.characters import Character, is_same, sex_of
from studio.figure_words import (
    FEMALE,
    KIN,
    MALE,
    NARRATORS,
    PRONOUNS,
    THINGS,
)
from studio.lexicon import Found
from studio.scene import (
    PEOPLE,
    Age,
    Figure,
)
from studio.words import WORDS

_INDEFINITE = re.compile(
    r"\b(?:an?|one|another|two|three|some|every|each|many|other) (?:[\w-]+ ){0,3}$"
    r"|(?:[一两三几每]|有)[个位名群对]?[^，。！？]{0,4}$"
)
_SAME = re.compile(r"人有[^，。！？]{0,3}$")
"""In classical Chinese the man of Song and the ploughman are one: 宋人有耕者."""
_STRANGERS = {"she": "woman", "he": "man", "她": "女人", "他": "男人"}


class Recall:
    """The known figures of one story and references to them; `names` are its people's."""

    def __init__(self, names: Mapping[str, Character] | None = None) -> None:
        self._names = {name.lower(): character for name, character in (names or {}).items()}
        self._name_pattern = re.compile(
            "|".join(
                rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name)
                for name in sorted(self._names, key=len, reverse=True)
            )
            or r"(?!)"
        )
        self.characters = {character.word: character for character in self._names.values()}
        self.companions: dict[str, str] = {}
        self.met: Character | None = None
        """Whom the present sentence named last."""
        self._recent: list[Character] = []

    def find(self, sentence: str) -> Iterator[Found]:
        """The names and the known words of a sentence in order."""
        position = 0
        for match in self._name_pattern.finditer(sentence):
            yield from _shifted(WORDS.find(sentence[position : match.start()]), position)
            character = self._names[match.group()]
            yield Found(match.start(), match.end(), match.group(), (character.figure,))
            position = match.end()
        yield from _shifted(WORDS.find(sentence[position:]), position)

    def character(self, sentence: str, found: Found) -> Character | None:
        """The figure that a word refers to; None for a pronoun without a known figure."""
        if found.word in self._names:
            return self._names[found.word]
        figure = next(Figure(c) for c in found.concepts if isinstance(c, Figure))
        if found.word in PRONOUNS:
            return self._meant_by(found.word)
        before = sentence[: found.start]
        if _SAME.search(before) and self.met:
            self.met.learn(found.concepts)
            return self.met
        is_known = found.word in KIN and not _INDEFINITE.search(before)
        character = self._relative(found.word, figure) if is_known else None
        character = character or self.characters.get(found.word)
        if character is None and figure not in PEOPLE:
            character = next(
                (c for c in self.characters.values() if is_same(c, found.word, figure)), None
            )
        if character is None:
            character = Character(found.word, figure, is_female=sex_of(found.word, figure))
            self.characters[found.word] = character
        character.learn(found.concepts)
        return character

    def remember(self, characters: list[Character]) -> None:
        """Move the figures of the last sentence to the front, the subject first."""
        if characters:
            older = [character for character in self._recent if character not in characters]
            self._recent = (characters + older)[:8]

    def forget(self, character: Character) -> None:
        """Exclude it from pronouns from now on."""
        self._recent.remove(character)

    @property
    def last_subject(self) -> Character | None:
        """The subject of the last sentence."""
        return self._recent[0] if self._recent else None

    @property
    def recent(self) -> list[Character]:
        """The candidates for a reference, the most recent first."""
        return self._recent

    def _meant_by(self, pronoun: str) -> Character | None:
        if pronoun in NARRATORS:
            word = "叙述者" if not pronoun.isascii() else "narrator"
            return self.characters.setdefault(word, Character(word, Figure.PERSON))
        is_female = True if pronoun in FEMALE else False if pronoun in MALE else None
        if pronoun in THINGS:
            return next((c for c in self._recent if c.figure not in PEOPLE), None)
        fitting = [c for c in self._recent if c.is_female in (None, is_female)]
        owners = {c.word for c in fitting}
        fitting = [c for c in fitting if self.companions.get(c.word) not in owners]
        if not pronoun.isascii():
            fitting.sort(key=lambda c: c.figure not in PEOPLE)  # 他 is a person before an animal
        character = fitting[0] if fitting else self._stranger(pronoun)
        if character and character.figure is not Figure.CROWD:
            character.is_female = is_female
            if is_female and character.figure is Figure.PERSON:
                character.figure = Figure.WOMAN
        return character

    def _stranger(self, pronoun: str) -> Character | None:
        """The figure that "she" introduces where only people are known and none of them fits."""
        word = _STRANGERS.get(pronoun)
        if word is None or any(c.figure not in PEOPLE for c in self._recent):
            return None
        is_female = pronoun in FEMALE
        figure = Figure.WOMAN if is_female else Figure.PERSON
        stranger = Character(word, figure, is_female=is_female)
        return self.characters.setdefault(word, stranger)

    def _relative(self, word: str, figure: Figure) -> Character | None:
        """The figure that a general word like "the girl" refers to, if one is known."""
        concepts = WORDS.concepts(word) or ()
        sex = sex_of(word, figure)
        for character in (*self._recent, *self.characters.values()):
            is_kin = character.figure is figure and character.word not in NARRATORS
            is_of_age = Age.OLD not in concepts or character.look.age is Age.OLD
            if is_kin and is_of_age and None in (sex, character.is_female):
                return character
            if is_kin and is_of_age and sex == character.is_female:
                return character
        return None


def _shifted(found_words: Iterator[Found], offset: int) -> Iterator[Found]:
    for found in found_words:
        yield Found(found.start + offset, found.end + offset, found.word, found.concepts)
