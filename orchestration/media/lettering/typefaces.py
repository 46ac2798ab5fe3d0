"""Chooses the fonts of a film's text, and finds the letters that no font has.

The renderer gets these files and the name of each. So covered letters are drawn whatever the
machine's font service knows, and letters of different fonts have the same size.
"""

import os
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import BinaryIO

import structlog
from fontTools import unicodedata
from fontTools.ttLib import TTCollection, TTFont

from text.breaks import split_characters

_LOG = structlog.get_logger()
_BUNDLED = Path(__file__).with_name("fonts") / "AIStoryHei.ttf"
EM_HEIGHT = 2048 / (1918 + 483)
"""An em of the bundled font in ASS units (ascent + descent)."""

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_OUTLINES = ("glyf", "CFF ", "CFF2")
"""Formats that the renderer draws; a bitmap emoji leaves a gap."""
_USABLE_NAME = re.compile(
    r"(?!\.)(?!.*(?:last ?resort|fallback|blank))[^,{}\\\n]{1,80}", re.IGNORECASE
)
"""No control sequence of ASS, and not a font that draws every letter as a box."""
_OTHER_CUT = re.compile(
    r"bold|italic|oblique|light|thin|black|heavy|medium|cond|narrow|mono|math|serif"
)
_REGIONS = {
    "ja": ("JP", "JA", "J"),
    "ko": ("KR", "KO", "K"),
    "yue": ("HK", "TC"),
    "zh-hk": ("HK", "TC"),
    "zh-tw": ("TW", "TC"),
    "zh-hant": ("TC", "TW", "HK"),
    "zh": ("SC", "CN"),
}
"""How the names of families end whose ideographs have a language's shapes, the longer tag first."""
_KANA = re.compile(r"[\u3040-\u30ff]")
_IGNORABLE = re.compile(
    r"[\u034f\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\U000e0000-\U000e0fff]"
)
"""Needs no glyph."""
_EMOJI_SEQUENCE = re.compile(
    r"[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u20e3]"
    r"|\u200d[\u2190-\u2bff\U0001f000-\U0001faff]"
)
"""Flags, families, skin: the renderer would draw their parts side by side."""
_script_of: Callable[[str], str] = unicodedata.script  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]
_name_of: Callable[[str], str] = unicodedata.script_name  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]


def system_folders() -> tuple[Path, ...]:
    """The font folders of this machine, the user's own first."""
    home = Path(os.environ.get("HOME") or os.environ.get("USERPROFILE") or "/")
    if sys.platform == "darwin":
        return home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
        windows = Path(os.environ.get("WINDIR") or "C:/Windows")
        return local / "Microsoft/Windows/Fonts", windows / "Fonts"
    own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (
        own / "fonts",
        home / ".fonts",
        *(Path(one) / "fonts" for one in shared.split(":") if one),
    )


class Typeface:
    """One face of a font file; `em_height` is its em in ASS units (ascent + descent)."""

    def __init__(self, path: Path, number: int, *, family: str, em_height: float) -> None:
        """`number` counts the faces of a collection from 0."""
        self.path = path
        self.family = family
        self.em_height = em_height
        self._number = number

    def draws(self, character: str) -> bool:
        """Whether the face has a glyph for it, or it needs none."""
        if _IGNORABLE.match(character):
            return True
        firsts, lasts = self._ranges
        at = bisect_right(firsts, ord(character)) - 1
        return at >= 0 and ord(character) <= lasts[at]

    @cached_property
    def _ranges(self) -> tuple[list[int], list[int]]:
        """The start and end of each run of characters that have glyphs."""
        firsts: list[int] = []
        lasts: list[int] = []
        with self.path.open("rb") as file:
            font = TTFont(file, lazy=True, fontNumber=self._number)
            for code in sorted(font.getBestCmap() or ()):
                if lasts and lasts[-1] == code - 1:
                    lasts[-1] = code
                else:
                    firsts.append(code)
                    lasts.append(code)
        return firsts, lasts


@dataclass(frozen=True, slots=True)
class Lettering:
    """The faces of one film, in order of preference, and the characters that none of them draws."""

    faces: tuple[Typeface, ...]
    missing: frozenset[str] = frozenset()
    """Characters, and emoji of several characters."""

    def drawable(self, text: str) -> str:
        """The text without what cannot be drawn: whole emoji, never a part of one."""
        kept = ""
        for character in split_characters(text):
            if self._face_of(character):
                kept += character
            else:
                kept = kept.removesuffix(" ")
        return kept if kept == text or _has_sense(kept) else ""

    def runs(self, text: str) -> Iterator[tuple[Typeface, str]]:
        """A drawable text in runs of one face each: a single run if one face has all letters."""
        letters = [one for one in text if unicodedata.category(one) != "So"]
        whole = next((face for face in self.faces if all(map(face.draws, letters))), None)
        run, current = "", whole or self.faces[0]
        for character in split_characters(text):
            face = self._face_of(character, first=whole) or current
            if whole is None and not _has_sense(character) and all(map(current.draws, character)):
                face = current
            if run and face is not current:
                yield current, run
                run = ""
            run, current = run + character, face
        yield current, run

    def _face_of(self, character: str, *, first: Typeface | None = None) -> Typeface | None:
        if is_sequence(character):
            return None
        faces = (first, *self.faces) if first else self.faces
        return next((face for face in faces if all(map(face.draws, character))), None)


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The bundled font, and those in folders: the operator's first, then the machine's."""

    folders: tuple[Path, ...] = field(default_factory=system_folders)

    def letter(self, texts: Iterable[str], *, language: str | None = None) -> Lettering:
        """Choose the faces for all text of a film; a single face if one has all letters.

        Reads fonts, the first time for seconds: not for the event loop. `language` is a BCP 47 tag.
        """
        characters = {character for text in texts for character in split_characters(text)}
        sequences = set(filter(is_sequence, characters))
        wanted = {one for one in "".join(characters - sequences) if not one.isspace()}
        tag = (language or ("ja" if any(map(_KANA.match, wanted)) else "")).lower()
        chosen: list[Typeface] = []
        missing = wanted
        for face in self._candidates(tag):
            drawn = set(filter(face.draws, wanted))
            if len(drawn) == len(wanted):
                return Lettering((face,), frozenset(sequences))
            if drawn & missing:
                chosen.append(face)
                missing = missing - drawn
        return Lettering(tuple(chosen) or (bundled(),), frozenset(sequences | missing))

    def _candidates(self, tag: str) -> Iterator[Typeface]:
        """Faces suitable for the language, the best first."""
        if not tag.startswith("ja"):
            yield bundled()
        others = [_face_for(faces, tag) for faces in self._files()]
        if tag.startswith("ja"):  # the bundled ideographs have the shapes of Chinese
            yield from (face for face in others if _is_of(face, tag))
            yield bundled()
        yield from others

    def _files(self) -> Iterator[Sequence[Typeface]]:
        for folder in self.folders:
            files = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
            for path in sorted(filter(Path.is_file, files), key=_plainness):
                if faces := _read_file(path, path.stat().st_mtime_ns):
                    yield faces


def scripts_of(characters: Iterable[str]) -> list[str]:
    """The codes of their scripts by ISO 15924, sorted; Zyyy is that of symbols and emoji."""
    return sorted({_script_of(character[0]) for character in characters})


def is_sequence(character: str) -> bool:
    """Whether it is an emoji of several characters, for which no font is used."""
    return _EMOJI_SEQUENCE.search(character) is not None


def script_name(code: str) -> str:
    """The English name of a script."""
    return _name_of(code).replace("_", " ")


def bundled() -> Typeface:
    """The bundled font."""
    return _read_file(_BUNDLED, 0)[0]


def _plainness(path: Path) -> tuple[bool, bool, Path]:
    """Sort upright sans-serif faces of regular weight before others."""
    name = path.stem.lower()
    return bool(_OTHER_CUT.search(name)), "sans" not in name, path


def _has_sense(text: str) -> bool:
    """Whether there is anything but punctuation and space."""
    return any(unicodedata.category(one)[0] in "LNS" for one in text)


def _face_for(faces: Sequence[Typeface], tag: str) -> Typeface:
    """The face of a collection for the language."""
    return next((face for face in faces if _is_of(face, tag)), faces[0])


def _is_of(face: Typeface, tag: str) -> bool:
    endings = next((ends for prefix, ends in _REGIONS.items() if tag.startswith(prefix)), ())
    return face.family.split()[-1] in endings


@lru_cache(maxsize=4096)
def _read_file(path: Path, _changed_at: int) -> tuple[Typeface, ...]:
    """The usable faces of a font file; none of a damaged one."""
    is_collection = path.suffix.lower() in (".ttc", ".otc")
    try:
        with path.open("rb") as file:
            count = len(TTCollection(file, lazy=True)) if is_collection else 1
            faces = [_read_face(path, file, number) for number in range(count)]
    except Exception as error:  # fontTools reports damage in many ways
        _LOG.warning("font passed over", file=path.name, reason=str(error))
        return ()
    return tuple(face for face in faces if face is not None)


def _read_face(path: Path, file: BinaryIO, number: int) -> Typeface | None:
    font = TTFont(file, lazy=True, fontNumber=number)

    def measure(table: str, name: str) -> int:
        return int(getattr(font[table], name))

    family = font["name"].getDebugName(1) or ""
    # As the renderer measures a font's height.
    height = measure("OS/2", "usWinAscent") + measure("OS/2", "usWinDescent")
    height = height or measure("hhea", "ascent") - measure("hhea", "descent")
    if not (_USABLE_NAME.fullmatch(family) and height and any(map(font.has_key, _OUTLINES))):
        return None
    em_height = measure("head", "unitsPerEm") / height
    return Typeface(path, number, family=family, em_height=em_height)
