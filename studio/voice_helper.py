"""Speaks one text with espeak-ng and exits: JSON on standard input, a WAV on standard output.

Run as a script: `python -I -S voice_helper.py PACKAGE_FOLDER`, the folder being that of
`espeakng_loader`. It uses only the standard library and is never imported into another process:
espeak-ng is GPL, keeps its state in globals, and may crash on a hostile text.
"""

import array
import ctypes
import io
import json
import math
import operator
import os
import re
import sys
import unicodedata
import wave
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import ClassVar

_VARIANT = "+f3"
_PACE_WPM = {"cmn": 165, "yue": 165}
_USUAL_PACE_WPM = 140
_VOLUME_PERCENT = 60
"""At 100 Mandarin clips inside the library; the level is set afterwards."""
_PITCH = 45
_PITCH_RANGE = 70
"""Of 0..99. The voice spans 8 semitones in Mandarin, 11 in English; at 50 it is monotonous."""

MAX_SPEECH_SECONDS = 180
"""A longer text is cut at its last pause before this."""
_LOUDNESS = 10 ** (-20 / 20)
_PEAK = 10 ** (-1.5 / 20)
_SILENCE = 10 ** (-46 / 20)
_BLOCK_S = 0.01
_SHORTEST_PAUSE_BLOCKS = 12
_FULL_SCALE = 32_767

_SCRIPT_LANGUAGES = {
    "CJK": "cmn yue zh",
    "LATIN": "en-us",
    "CYRILLIC": "ru uk be bg sr mk kk ky tt ba cv",
    "GREEK": "el grc",
    "ARABIC": "ar fa ur ug sd",
    "HEBREW": "he",
    "DEVANAGARI": "hi mr ne kok",
    "BENGALI": "bn as bpy",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "THAI": "th",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
"""The languages of a script; the first one reads it if the text's own language does not."""
_VOICE_NAMES = {"zh": "cmn", "en": "en-us", "en-gb": "en", "no": "nb", "iw": "he"}
"""espeak's name of a language, where it differs from the tag."""
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}")
_HAN = re.compile(r"[\u3400-\u9fff〇]")

_PUNCTUATION = frozenset(".,;:!?'-—–…%$€£¥&+@°。，、；：！？")
_WIDE_MARKS = str.maketrans(",.;:!?", "，。；：！？")
_MARK = re.compile(r"[,.;:!?](?!\d)")
_PAUSES_S = (("。！？!?.…", 0.4), ("，、；：,;:—–", 0.22))
_JOIN_S = 0.05

# espeak-ng 1.52 has no sound for these syllables of Mandarin and spells them in English ("kshiong
# one"), and likewise every word that ends in 儿. They are passed as phonemes.
_MISREAD = {
    "tS;j'ong55": "冂冋坰埛扃蘏蘔駫",
    "tS;j'ong214": "侰僒冏囧幜泂炯烱煚煛熲皛窘絅綗褧迥逈顈颎駉㓏㖥㢠㤯㷗㷡䌹䐃䢛",
    "tS;j'ong51": "澃㑋",
    "tS;hj'ong55": "匔焪芎",
    "tS;hj'ong35": "儝卭宆惸桏棾橩焭煢琼瓊睘瞏穷穹窮竆笻筇茕藑藭蛩赹跫輁邛銎㒌㧭㮪㷀㼇䅃䆳䊄䓖䛪䠻",
    "S;j'ong55": "兄兇凶匈哅忷恟汹洶胷胸訩詾讻賯㐫",
    "S;j'ong35": "熊赨雄䧺",
    "S;j'ong51": "夐敻詗诇",
    "'@r35": "儿兒",
}
_PHONEMES = str.maketrans(
    {char: f"[[{sound}]]" for sound, chars in _MISREAD.items() for char in chars}
)


def main() -> None:
    """Answer one request: `text`, `language` (BCP 47 or None) and, for inspection, `phonemes`."""
    request = json.load(sys.stdin)
    os.chdir(sys.argv[1])  # the library cuts paths off at 160 characters
    espeak = Espeak()
    runs = split_runs(request["text"], request["language"])
    if request.get("phonemes"):
        json.dump([espeak.phonemes(text, names) for text, names in runs], sys.stdout)
        return
    sound = speak(espeak, runs)
    if sound:
        sys.stdout.buffer.write(as_wav(sound, espeak.sample_rate_hz))


class Espeak:
    """The library, opened in the working folder."""

    _SYNCHRONOUS, _NEVER_EXIT = 2, 0x8000
    _UTF8, _PHONEMES_IN_BRACKETS, _ASCII_PHONEMES = 1, 0x100, 0
    _RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
    _HEAR: ClassVar = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

    def __init__(self) -> None:
        name = "libespeak-ng.dylib" if sys.platform == "darwin" else "libespeak-ng.so"
        self._library = ctypes.CDLL(str(Path.cwd() / name))
        self.sample_rate_hz = int(
            self._library.espeak_Initialize(self._SYNCHRONOUS, 0, b".", self._NEVER_EXIT)
        )
        if self.sample_rate_hz <= 0:
            sys.exit("espeak-ng does not start: its data is missing or of another version.")
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # else its noise starts by the clock
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._heard = bytearray()
        self._hear = self._HEAR(self._take)  # the library keeps no reference
        self._library.espeak_SetSynthCallback(self._hear)

    def speak(self, text: str, names: tuple[str, ...]) -> "array.array[int]":
        """The text spoken by the first available voice; empty if there is none.

        16 bit mono. It stops soon after MAX_SPEECH_SECONDS.
        """
        self._heard.clear()
        if self._choose(names):
            self._say(text)
        return array.array("h", bytes(self._heard))

    def phonemes(self, text: str, names: tuple[str, ...]) -> str:
        """The pronunciation, in espeak's own letters; `(en)` is a change to English."""
        if not self._choose(names):
            return ""
        self._say("")  # sets that brackets contain phonemes
        content = ctypes.create_string_buffer(text.encode())
        rest = ctypes.c_void_p(ctypes.addressof(content))
        clauses: list[bytes] = []
        while rest.value:
            found = self._library.espeak_TextToPhonemes(
                ctypes.byref(rest), self._UTF8, self._ASCII_PHONEMES
            )
            clauses.append(found or b"")
        return b" ".join(clauses).decode()

    def _choose(self, names: tuple[str, ...]) -> bool:
        for name in names:
            if self._library.espeak_SetVoiceByName((name + _VARIANT).encode()) == 0:
                break
        else:
            return False
        self._library.espeak_SetParameter(self._RATE, _PACE_WPM.get(name, _USUAL_PACE_WPM), 0)
        self._library.espeak_SetParameter(self._VOLUME, _VOLUME_PERCENT, 0)
        self._library.espeak_SetParameter(self._PITCH, _PITCH, 0)
        self._library.espeak_SetParameter(self._RANGE, _PITCH_RANGE, 0)
        return True

    def _say(self, text: str) -> None:
        content = text.encode() + b"\0"
        flags = self._UTF8 | self._PHONEMES_IN_BRACKETS
        length = ctypes.c_size_t(len(content))
        self._library.espeak_Synth(content, length, 0, 1, 0, flags, None, None)

    def _take(self, samples: int | None, count: int, _events: int | None) -> int:
        """Receive a piece; returning 1 stops the library."""
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, 2 * count)
        return int(len(self._heard) > 2 * self.sample_rate_hz * MAX_SPEECH_SECONDS)


def split_runs(text: str, language: str | None) -> list[tuple[str, tuple[str, ...]]]:
    """The text in pieces of one script, in the form that espeak needs, each with its voices.

    Text that no voice can speak is left out; Japanese with Chinese characters is left out as a
    whole.
    """
    tag = (language or "").replace("_", "-").lower()
    if tag and not _TAG.fullmatch(tag):
        return []
    if tag.partition("-")[0] == "ja" and _HAN.search(text):
        return []
    pieces: list[tuple[str, tuple[str, ...]]] = []
    for script, characters in groupby(_scripted(_speakable(text)), key=operator.itemgetter(0)):
        voices = _voices(script, tag)
        run = "".join(character for _, character in characters).strip()
        if voices and any(character.isalnum() for character in run):
            pieces.append((_spelled(run, voices[0]) if script == "CJK" else run, voices))
    return pieces


def _speakable(text: str) -> str:
    """The text without silent characters: pictures, controls, brackets, lone surrogates."""
    kept: list[str] = []
    for character in text:
        if character in _PUNCTUATION:
            kept.append(character)
            continue
        for plain in unicodedata.normalize("NFKC", character.replace("’", "'")):
            has_sound = unicodedata.category(plain)[0] in "LMN" or plain in _PUNCTUATION
            kept.append(plain if has_sound else " ")
    return " ".join("".join(kept).split())


def _scripted(text: str) -> Iterator[tuple[str, str]]:
    """Each character with its script; digits and marks belong to the letters before them."""
    scripts = [_script(character) for character in text]
    present = next(filter(None, scripts), "LATIN")
    for character, script in zip(text, scripts, strict=True):
        present = script or present
        yield present, character


def _script(character: str) -> str | None:
    if not character.isalpha() and character != "〇":
        return None
    name = re.split("[ -]", unicodedata.name(character, ""), maxsplit=1)[0]
    if name in ("CJK", "IDEOGRAPHIC"):  # beyond these characters it spells numbers
        return "CJK" if _HAN.match(character) else "UNKNOWN"
    return name


def _voices(script: str, tag: str) -> tuple[str, ...]:
    """Names to try in turn: the language's own voice if it is written so, else the script's."""
    readers = _SCRIPT_LANGUAGES.get(script, "").split()
    if not readers:
        return ()
    primary = tag.partition("-")[0]
    writes_latin = not any(primary in others.split() for others in _SCRIPT_LANGUAGES.values())
    is_own = writes_latin if script == "LATIN" else primary in readers
    if not primary or not is_own:
        return (readers[0],)
    return (_VOICE_NAMES.get(tag, tag), _VOICE_NAMES.get(primary, primary))


def _spelled(run: str, voice: str) -> str:
    """Chinese in a form that espeak reads correctly: pause marks, and the misread syllables."""
    marked = _MARK.sub(lambda mark: mark[0].translate(_WIDE_MARKS), run)
    return marked.translate(_PHONEMES) if voice == "cmn" else marked


def speak(espeak: Espeak, runs: list[tuple[str, tuple[str, ...]]]) -> "array.array[int]":
    """All runs in sequence, at an even level, without silence around them."""
    rate_hz = espeak.sample_rate_hz
    sound = array.array("h")
    for text, voices in runs:
        spoken = _trimmed(espeak.speak(text, voices), rate_hz)
        if not spoken:
            continue
        _set_level(spoken, rate_hz)
        sound.extend(spoken)
        if len(sound) > MAX_SPEECH_SECONDS * rate_hz:
            return _ended_at_pause(sound, rate_hz)
        sound.frombytes(bytes(2 * round(_pause_s(text) * rate_hz)))
    return _trimmed(sound, rate_hz)


def _pause_s(text: str) -> float:
    return next((pause_s for marks, pause_s in _PAUSES_S if text[-1] in marks), _JOIN_S)


def _levels(sound: "array.array[int]", rate_hz: int) -> list[float]:
    """The level of each block of 10 ms, 0..1."""
    size = round(rate_hz * _BLOCK_S)
    squares = list(map(operator.mul, sound, sound))
    blocks = (squares[start : start + size] for start in range(0, len(squares), size))
    return [math.sqrt(sum(block) / len(block)) / _FULL_SCALE for block in blocks]


def _trimmed(sound: "array.array[int]", rate_hz: int) -> "array.array[int]":
    loud = [index for index, level in enumerate(_levels(sound, rate_hz)) if level > _SILENCE]
    if not loud:
        return array.array("h")
    size = round(rate_hz * _BLOCK_S)
    return sound[max(0, loud[0] - 1) * size : (loud[-1] + 2) * size]


def _ended_at_pause(sound: "array.array[int]", rate_hz: int) -> "array.array[int]":
    """The beginning that fits, up to its last pause if there is one."""
    most = round(MAX_SPEECH_SECONDS / _BLOCK_S)
    size, quiet = round(rate_hz * _BLOCK_S), 0
    levels = _levels(sound[: most * size], rate_hz)
    for index in range(len(levels) - 1, 0, -1):
        quiet = quiet + 1 if levels[index] <= _SILENCE else 0
        if quiet == _SHORTEST_PAUSE_BLOCKS:
            return _trimmed(sound[: (index + quiet) * size], rate_hz)
    return sound[: most * size]


def _set_level(sound: "array.array[int]", rate_hz: int) -> None:
    """Bring the speech to -20 dBFS where it speaks, and no peak above -1.5 dBFS."""
    spoken = [level for level in _levels(sound, rate_hz) if level > _SILENCE]
    loudness = math.sqrt(sum(level * level for level in spoken) / len(spoken))
    peak = max(map(abs, sound)) / _FULL_SCALE
    gain = min(_LOUDNESS / loudness, _PEAK / peak)
    sound[:] = array.array("h", [int(sample * gain) for sample in sound])


def as_wav(sound: "array.array[int]", rate_hz: int) -> bytes:
    """The bytes of a WAV file, 16 bit mono."""
    if sys.byteorder == "big":
        sound.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(sound.tobytes())
    return file.getvalue()


if __name__ == "__main__":
    main()
