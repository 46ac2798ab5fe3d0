"""Parses one sentence of a story: who is there and does what, and what it says of the scene.

Whatever is denied or only used in a comparison is not visible.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from studio.characters import Character
from studio.figure_words import (
    PRONOUNS,
)
from studio.lexicon import Found, is_meant
from studio.recall import Recall
from studio.scene import (
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
from studio.whereabouts import STRONG, WEAK, place_weight

_OWNER = re.compile(r"['’]s |s['’] |[的之家]")
_JOINT = re.compile(r"\b(?:and|then|but)\b|,|，|而|便|就|又")
_OBJECT_MARKS = frozenset("在对向给把被")
_THEY = re.compile(r"\bthey\b|他们|她们|它们|二人|两人")
_WAS_A = re.compile(
    r"(?<!there )\b(?:was|is|became|were) (?:an? |the |his |her "
    r"|their )?(?:[\w-]+ ){0,3}$|[是为](?:一?[个位名只条])[^，。！？]{0,5}$|是(?:最?[好老]的?)$"
)
"""The following words describe a known figure and introduce no new one."""
_WHO = re.compile(r"\bwho (?:was|is|were) [^,]*$")
_OLD = frozenset({"old", "aged", "elderly"})
_GROWN_OLD = re.compile(r"\b(?:is|was|were|are|very|so|too|grown?|grew|already|how|and) $")
_ABSENT = re.compile(
    r"的?影子|(?:长久|已经|再也|也|很久)?(?:不可复得|不见了|没有来|没来|不在)"
    r"|(?: (?:was|were|is|had))? (?:gone|nowhere)\b"
)
_CLASSICAL = re.compile(r"[之其者也矣焉]")
_DEAD = re.compile(r"死|\b(?:died|dead)\b")
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
    """The content of one piece of a story; None and empty where it says nothing."""

    place: Place | None = None
    is_place_certain: bool = False
    time: Time | None = None
    weather: Weather | None = None
    present: dict[str, float] = field(default_factory=dict[str, float])
    """The words of the characters present, and how much the piece is about each."""
    poses: dict[str, Pose] = field(default_factory=dict[str, Pose])
    companions: dict[str, str] = field(default_factory=dict[str, str])
    """The animals that accompany a figure, by their words, and that figure."""
    remembered: tuple[str, ...] = ()
    """The candidates for a reference before this piece, the most recent first."""


class SentenceReader:
    """One sentence while it is parsed: its findings go into the reading and the tallies."""

    def __init__(
        self,
        recall: Recall,
        text: str,
        reading: Reading,
        tallies: dict[type[StrEnum], dict[StrEnum, float]],
    ) -> None:
        self.recall = recall
        self.text = text
        self.reading = reading
        self.tallies = tallies
        self.mentions: list[tuple[Found, Character]] = []
        self.living: list[Character] = []

    def read(self) -> None:
        """Process the words once; a description may precede its figure."""
        found_words = list(self.recall.find(self.text))
        waiting: list[Found] = []
        for index, found in enumerate(found_words):
            following = found_words[index + 1] if index + 1 < len(found_words) else None
            if not is_meant(self.text, found.start) or _ABSENT.match(self.text, found.end):
                continue
            is_figure = any(isinstance(concept, Figure) for concept in found.concepts)
            if is_figure:
                waiting = self._name(found, following, waiting)
            self._tell(found, following)
            if not is_figure and self._describes(found):
                rest = found_words[index + 1 :]
                if self._is_before(found, next(filter(self._is_no_look, rest), None)):
                    waiting.append(found)
                elif found.word not in _OLD or _GROWN_OLD.search(self.text[: found.start]):
                    self._apply(found, self._owner(found.start))  # and no old house
        if _THEY.search(self.text):
            for character in self.recall.recent[:2]:
                self._count(character, WEAK)
        self._accompany()
        self.recall.remember(self.living)
        self._bury()

    def _name(self, found: Found, following: Found | None, waiting: list[Found]) -> list[Found]:
        """Add a figure's word; returns the descriptions that still wait for their figure."""
        before = self.text[: found.start]
        is_predicate = _WAS_A.search(before) is not None and not self._is_owner(found, following)
        if self.mentions and is_predicate:
            is_aside = _WHO.search(before) is not None
            self.mentions[-1 if is_aside else 0][1].learn(found.concepts)
            return waiting
        if self._is_title(found, following):
            return [*waiting, found]
        self._meet(found, following, waiting)
        return []

    def _meet(self, found: Found, following: Found | None, waiting: list[Found]) -> None:
        character = self.recall.character(self.text, found)
        if character is None:
            return
        for description in waiting:
            self._apply(description, character)
        if self._is_owner(found, following):
            return
        self.mentions.append((found, character))
        self.recall.met = character
        if character.figure in LIVING and character not in self.living:
            self.living.append(character)
        is_subject = character.figure in LIVING and self.living[0] is character
        self._count(character, STRONG if is_subject else WEAK)

    def _bury(self) -> None:
        """A dead animal stays visible, and no later word refers to it."""
        death = _DEAD.search(self.text)
        dead = self._owner(death.start()) if death else None
        if dead and dead.figure not in PEOPLE and dead in self.living:
            self.reading.poses[dead.word] = Pose.LIE
            self.recall.forget(dead)

    def _accompany(self) -> None:
        """Tame animals named with a figure accompany it until they are gone."""
        people = [c for c in self.living if c.figure in PEOPLE and c.figure is not Figure.CROWD]
        subject = people[0] if people else self.recall.last_subject
        for found, character in self.mentions:
            if character.figure not in _TAME:
                continue
            if _GONE.search(self.text):
                self.recall.companions.pop(character.word, None)
            elif subject and subject.figure in PEOPLE and _WITH.search(self.text[: found.start]):
                self.recall.companions.setdefault(character.word, subject.word)

    def _count(self, character: Character, weight: float) -> None:
        present = self.reading.present
        present[character.word] = present.get(character.word, 0.0) + weight
        character.weight += weight

    def _is_owner(self, found: Found, following: Found | None) -> bool:
        """Whether the word is only a possessor: the king's daughter, 渔夫的女儿."""
        if found.word in {"her", "his"}:
            return following is not None and following.start - found.end < 12
        if following is None or not any(isinstance(c, Figure) for c in following.concepts):
            return False
        between = self.text[found.end : following.start]
        return len(between) < 12 and _OWNER.match(between) is not None

    def _is_title(self, found: Found, following: Found | None) -> bool:
        """Whether the word only qualifies the next one: a shepherd girl, a taxi driver."""
        return (
            following is not None
            and found.word.isascii()
            and any(isinstance(c, Figure) and c in LIVING for c in found.concepts)
            and self.text[found.end : following.start] == " "
            and not {found.word, following.word} & PRONOUNS
            and any(isinstance(c, Figure) and c in LIVING for c in following.concepts)
        )

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
            if any(isinstance(c, Dress | Hat) for c in found.concepts):
                return between == " "
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
        """The figure that a word after it describes: the nearest, else the subject."""
        before = [
            (mention, character)
            for mention, character in self.mentions
            if character.figure in LIVING and self.text[mention.start - 1] not in _OBJECT_MARKS
        ]
        if not before:
            return self.recall.last_subject
        nearest, character = before[-1]
        if _JOINT.search(self.text, nearest.end, position):
            return before[0][1]
        return character

    def _apply(self, found: Found, character: Character | None) -> None:
        if character is None or character.figure not in LIVING:
            return
        if character.figure in PEOPLE and character.figure is not Figure.CROWD:
            is_title = any(isinstance(concept, Figure) for concept in found.concepts)
            character.learn(found.concepts, is_told=not is_title)
        for concept in found.concepts:
            if isinstance(concept, Pose):
                is_mounted = self.reading.poses.get(character.word) is Pose.RIDE
                if is_mounted and concept in (Pose.STAND, Pose.WALK, Pose.RUN):
                    continue  # and stays on the horse
                is_old_run = found.word == "走" and len(_CLASSICAL.findall(self.text)) > 1
                self.reading.poses[character.word] = Pose.RUN if is_old_run else concept
