"""Reads a story piece by piece: who is there and does what, and where and when it is.

The reader remembers: a pronoun means who was named before, "the girl" the one girl there is, and a
name always the same person. What is said in quotation marks is not there to be seen; what is
denied or only compared with is not either.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestration.lexicon import Found, is_meant
from orchestration.providers.sentences import blank_quotations, split_sentences
from orchestration.providers.studio.characters import Character, is_same, sex_of
from orchestration.providers.studio.figure_words import (
    FEMALE,
    KIN,
    MALE,
    NARRATORS,
    PRONOUNS,
    THINGS,
)
from orchestration.providers.studio.scene import (
    LIVING,
    PEOPLE,
    Age,
    Dress,
    Figure,
    Hat,
    Place,
    Pose,
    Time,
    Tint,
    Weather,
)
from orchestration.providers.studio.whereabouts import STRONG, WEAK, place_weight
from orchestration.providers.studio.words import WORDS

_INDEFINITE = re.compile(
    r"\b(?:an?|one|another|two|three|some|every|each|many|other) (?:[\w-]+ ){0,3}$"
    r"|(?:[一两三几每]|有)[个位名群对]?[^，。！？]{0,4}$"
)
_OWNER = re.compile(r"['’]s |s['’] |[的之家]")
_JOINT = re.compile(r"\b(?:and|then|but)\b|,|，|而|便|就|又")
_OBJECT_MARKS = frozenset("在对向给把被")
_THEY = re.compile(r"\bthey\b|他们|她们|它们|二人|两人")
_WAS_A = re.compile(
    r"(?<!there )\b(?:was|is|became|were) (?:an? |the |his |her "
    r"|their )?(?:[\w-]+ ){0,3}$|[是为](?:一?[个位名只条])[^，。！？]{0,5}$"
)
"""What follows says who somebody is, and brings nobody new."""
_WHO = re.compile(r"\bwho (?:was|is|were) [^,]*$")
_OLD = frozenset({"old", "aged", "elderly"})
_GROWN_OLD = re.compile(r"\b(?:is|was|were|are|very|so|too|grown?|grew|already|how|and) $")
_SMALL_I = re.compile(r"\bi\b")
"""No narrator."""
_ABSENT = re.compile(
    r"的?影子|(?:长久|已经|再也|也|很久)?(?:不可复得|不见了|没有来|没来|不在)"
    r"|(?: (?:was|were|is|had))? (?:gone|nowhere)\b"
)
_SAME = re.compile(r"人有[^，。！？]{0,3}$")
"""In classical Chinese the man of Song and the ploughman are one: 宋人有耕者."""
_CLASSICAL = re.compile(r"[之其者也矣焉]")
_DEAD = re.compile(r"死|\b(?:died|dead)\b")


_STRANGERS = {"she": "woman", "he": "man", "她": "女人", "他": "男人"}
_TAME = frozenset({Figure.DOG, Figure.CAT, Figure.HORSE, Figure.SHEEP, Figure.BIRD})
_WITH = re.compile(
    r"\b(?:with|and|his|her|their|my) (?:[\w-]+ ){0,3}$|[他她我]的[^，。]{0,3}$"
    r"|[带牵骑抱领养][^，。]{0,5}$|[和跟与]一?[只条头匹个]?$"
)
_GONE = re.compile(
    r"\b(?:died|dead|lost|gone|ran away|runs away|vanished|disappeared)\b|死|丢|走失|不见|跑了"
)


@dataclass(slots=True)
class Reading:
    """What one piece of a story tells; None and empty where it tells nothing."""

    place: Place | None = None
    is_place_certain: bool = False
    time: Time | None = None
    weather: Weather | None = None
    present: dict[str, float] = field(default_factory=dict[str, float])
    """The words of the characters there, and how much the piece is about each."""
    poses: dict[str, Pose] = field(default_factory=dict[str, Pose])
    companions: dict[str, str] = field(default_factory=dict[str, str])
    """The animals that go with somebody, by their words, and with whom."""
    remembered: tuple[str, ...] = ()
    """Who came to mind before this piece, the nearest first."""


class Reader:
    """Reads the pieces of one story in their order; `names` are those of its people."""

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

    def read(self, text: str) -> Reading:
        """Read the next piece."""
        reading = Reading()
        tallies: dict[type[StrEnum], dict[StrEnum, float]] = {Place: {}, Time: {}, Weather: {}}
        reading.remembered = tuple(character.word for character in self._recent)
        for sentence in split_sentences(text):
            seen = _SMALL_I.sub("_", blank_quotations(sentence)).lower()
            _Sentence(self, seen, reading, tallies).read()
        reading.companions = dict(self.companions)
        place = tallies[Place]
        if place:
            best = _strongest(place)
            reading.place, reading.is_place_certain = Place(best), place[best] >= STRONG
        reading.time = Time(_strongest(tallies[Time])) if tallies[Time] else None
        reading.weather = Weather(_strongest(tallies[Weather])) if tallies[Weather] else None
        return reading

    def find(self, sentence: str) -> Iterator[Found]:
        """The names and the known words of a sentence in their order."""
        position = 0
        for match in self._name_pattern.finditer(sentence):
            yield from _shifted(WORDS.find(sentence[position : match.start()]), position)
            character = self._names[match.group()]
            yield Found(match.start(), match.end(), match.group(), (character.figure,))
            position = match.end()
        yield from _shifted(WORDS.find(sentence[position:]), position)

    def character(self, sentence: str, found: Found) -> Character | None:
        """Who is meant by a figure's word; None for a pronoun that means nobody known."""
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
        """Those of the last sentence come first to mind; the subject foremost."""
        if characters:
            older = [character for character in self._recent if character not in characters]
            self._recent = (characters + older)[:8]

    def forget(self, character: Character) -> None:
        """No pronoun means it from now on."""
        self._recent.remove(character)

    @property
    def last_subject(self) -> Character | None:
        """Whom the last sentence was about."""
        return self._recent[0] if self._recent else None

    @property
    def recent(self) -> list[Character]:
        """Who comes to mind, the nearest first."""
        return self._recent

    def _meant_by(self, pronoun: str) -> Character | None:
        if pronoun in NARRATORS:
            word = "叙述者" if not pronoun.isascii() else "narrator"
            return self.characters.setdefault(word, Character(word, Figure.PERSON))
        is_female = True if pronoun in FEMALE else False if pronoun in MALE else None
        if pronoun in THINGS:
            return next((c for c in self._recent if c.figure not in PEOPLE), None)
        fitting = [c for c in self._recent if c.is_female in (None, is_female)]
        if not pronoun.isascii():
            fitting.sort(key=lambda c: c.figure not in PEOPLE)  # 他 is a person before an animal
        character = fitting[0] if fitting else self._stranger(pronoun)
        if character and character.figure is not Figure.CROWD:
            character.is_female = is_female
            if is_female and character.figure is Figure.PERSON:
                character.figure = Figure.WOMAN
        return character

    def _stranger(self, pronoun: str) -> Character | None:
        """Whom "she" brings in where only people are known and none of them is meant."""
        word = _STRANGERS.get(pronoun)
        if word is None or any(c.figure not in PEOPLE for c in self._recent):
            return None
        is_female = pronoun in FEMALE
        figure = Figure.WOMAN if is_female else Figure.PERSON
        stranger = Character(word, figure, is_female=is_female)
        return self.characters.setdefault(word, stranger)

    def _relative(self, word: str, figure: Figure) -> Character | None:
        """The one that a general word like "the girl" means, if somebody like that is known."""
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


class _Sentence:
    """One sentence while it is read: its findings go into the reading and the tallies."""

    def __init__(
        self,
        reader: Reader,
        text: str,
        reading: Reading,
        tallies: dict[type[StrEnum], dict[StrEnum, float]],
    ) -> None:
        self.reader = reader
        self.text = text
        self.reading = reading
        self.tallies = tallies
        self.mentions: list[tuple[Found, Character]] = []
        self.living: list[Character] = []

    def read(self) -> None:
        """Go through the words once; what describes a figure may stand before it."""
        found_words = list(self.reader.find(self.text))
        waiting: list[Found] = []
        for index, found in enumerate(found_words):
            following = found_words[index + 1] if index + 1 < len(found_words) else None
            if not is_meant(self.text, found.start) or _ABSENT.match(self.text, found.end):
                continue
            is_figure = any(isinstance(concept, Figure) for concept in found.concepts)
            is_predicate = _WAS_A.search(self.text[: found.start]) is not None
            if (
                is_figure
                and self.mentions
                and is_predicate
                and not self._is_owner(found, following)
            ):
                is_aside = _WHO.search(self.text[: found.start]) is not None
                self.mentions[-1 if is_aside else 0][1].learn(found.concepts)
            elif is_figure:
                self._meet(found, following, waiting)
                waiting = []
            self._tell(found, following)
            if not is_figure and self._describes(found):
                rest = found_words[index + 1 :]
                if self._is_before(found, next(filter(self._is_no_look, rest), None)):
                    waiting.append(found)
                elif found.word not in _OLD or _GROWN_OLD.search(self.text[: found.start]):
                    self._apply(found, self._owner(found.start))  # and no old house
        if _THEY.search(self.text):
            for character in self.reader.recent[:2]:
                self._count(character, WEAK)
        self._accompany()
        self.reader.remember(self.living)
        self._bury()

    def _meet(self, found: Found, following: Found | None, waiting: list[Found]) -> None:
        character = self.reader.character(self.text, found)
        if character is None:
            return
        for description in waiting:
            self._apply(description, character)
        if self._is_owner(found, following):
            return
        self.mentions.append((found, character))
        self.reader.met = character
        if character.figure in LIVING and character not in self.living:
            self.living.append(character)
        is_subject = character.figure in LIVING and self.living[0] is character
        self._count(character, STRONG if is_subject else WEAK)

    def _bury(self) -> None:
        """An animal that has died lies there, and nobody means it any more."""
        death = _DEAD.search(self.text)
        dead = self._owner(death.start()) if death else None
        if dead and dead.figure not in PEOPLE and dead in self.living:
            self.reading.poses[dead.word] = Pose.LIE
            self.reader.forget(dead)

    def _accompany(self) -> None:
        """Tame animals that are named with somebody go with them until they are gone."""
        people = [c for c in self.living if c.figure in PEOPLE and c.figure is not Figure.CROWD]
        subject = people[0] if people else self.reader.last_subject
        for found, character in self.mentions:
            if character.figure not in _TAME:
                continue
            if _GONE.search(self.text):
                self.reader.companions.pop(character.word, None)
            elif subject and subject.figure in PEOPLE and _WITH.search(self.text[: found.start]):
                self.reader.companions.setdefault(character.word, subject.word)

    def _count(self, character: Character, weight: float) -> None:
        present = self.reading.present
        present[character.word] = present.get(character.word, 0.0) + weight
        character.weight += weight

    def _is_owner(self, found: Found, following: Found | None) -> bool:
        """Whether the word only tells whose something is: the king's daughter, 渔夫的女儿."""
        if found.word in {"her", "his"}:
            return following is not None and following.start - found.end < 12
        if following is None or not any(isinstance(c, Figure) for c in following.concepts):
            return False
        between = self.text[found.end : following.start]
        return len(between) < 12 and _OWNER.match(between) is not None

    def _tell(self, found: Found, following: Found | None) -> None:
        """Note what a word says about place, time and weather."""
        for concept in found.concepts:
            if isinstance(concept, Place):
                self._add(Place, concept, place_weight(self.text, found, following))
            elif isinstance(concept, Time | Weather):
                self._add(type(concept), concept, WEAK)

    def _add(self, kind: type[StrEnum], concept: StrEnum, weight: float) -> None:
        tally = self.tallies[kind]
        tally[concept] = tally.pop(concept, 0.0) + weight

    @staticmethod
    def _describes(found: Found) -> bool:
        return any(isinstance(c, Age | Dress | Hat | Tint | Pose) for c in found.concepts)

    @staticmethod
    def _is_no_look(found: Found) -> bool:
        return any(not isinstance(c, Age | Dress | Hat | Tint | Pose) for c in found.concepts)

    def _is_before(self, found: Found, following: Found | None) -> bool:
        """Whether it describes the figure that comes next: an old man, the sleeping fox."""
        if following is None or not any(isinstance(c, Figure) for c in following.concepts):
            return False
        between = self.text[found.end : following.start]
        is_pose = any(isinstance(c, Pose) for c in found.concepts)
        if found.word.isascii():
            if is_pose:
                return between == " " and found.word.endswith("ing")
            return re.fullmatch(r"[- ](?:[\w-]+ ){0,2}", between) is not None and not re.search(
                r"\b(?:and|the|a|an|of|was|is|in|with)\b", between
            )
        if is_pose:
            return between in {"的", "着的"}
        return (
            len(between) <= 6
            and not re.search(r"[，。！？；：、了]", between)
            and ("的" in between or len(between) <= 1)
        )

    def _owner(self, position: int) -> Character | None:
        """Whom a word behind its figure describes: the nearest, else the subject."""
        before = [
            (mention, character)
            for mention, character in self.mentions
            if character.figure in LIVING and self.text[mention.start - 1] not in _OBJECT_MARKS
        ]
        if not before:
            return self.reader.last_subject
        nearest, character = before[-1]
        if _JOINT.search(self.text, nearest.end, position):
            return before[0][1]
        return character

    def _apply(self, found: Found, character: Character | None) -> None:
        if character is None or character.figure not in LIVING:
            return
        if character.figure in PEOPLE and character.figure is not Figure.CROWD:
            character.learn(found.concepts)
        for concept in found.concepts:
            if isinstance(concept, Pose):
                is_old_run = found.word == "走" and len(_CLASSICAL.findall(self.text)) > 1
                self.reading.poses[character.word] = Pose.RUN if is_old_run else concept


def _shifted(found_words: Iterator[Found], offset: int) -> Iterator[Found]:
    for found in found_words:
        yield Found(found.start + offset, found.end + offset, found.word, found.concepts)


def _strongest(tally: Mapping[StrEnum, float]) -> StrEnum:
    """The strongest; of equally strong ones the last told, where the story goes on."""
    return max(reversed(list(tally)), key=lambda concept: tally[concept])
