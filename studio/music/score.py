"""Composes the music: which notes sound when, for a section of the film in one mood.

The title of the film determines the key and the progressions. All moods use the seven tones of that
key, so one can cross-fade into the next. Times are seconds from the start of the section, pitches
are MIDI numbers.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from studio.moods import Mood


class Instrument(StrEnum):
    """The sounds of the bed."""

    PAD = "pad"
    STRINGS = "strings"
    GUITAR = "guitar"
    PIANO = "piano"
    BELL = "bell"
    BASS = "bass"
    PULSE = "pulse"


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `level` is its amplitude, `pan` runs from -1 (left) to 1 (right)."""

    start_s: float
    seconds: float
    pitch: int
    instrument: Instrument
    level: float
    pan: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How a mood plays: chords are degrees of the major key (0 its tonic, 5 the relative minor's).

    A pattern is a bar, one character per step: a digit picks a tone of the chord, counted upwards
    through the octaves; a dot is a rest. A bass pattern picks the root, the third of
    the chord's tones or the octave.
    """

    beats_per_minute: float
    progressions: tuple[tuple[int, ...], ...]
    home: int
    chord_tones: tuple[int, ...] = (0, 2, 4)
    pad: Instrument = Instrument.PAD
    pad_pitch: int = 55
    pad_level: float
    voice: Instrument
    voice_pitch: int
    voice_level: float
    patterns: tuple[str, ...]
    bass: Instrument = Instrument.BASS
    bass_pattern: str = "0"
    bass_level: float


_MANNERS = {
    Mood.CALM: _Manner(
        beats_per_minute=69,
        progressions=((0, 5, 3, 4), (0, 3, 5, 3), (3, 0, 3, 4)),
        home=0,
        chord_tones=(0, 2, 4, 8),
        pad_level=0.049,
        voice=Instrument.PIANO,
        voice_pitch=67,
        voice_level=0.094,
        patterns=("0.1.2.1.", "0..1..2.", "2.1.3...", "0.1.2.3."),
        bass_level=0.080,
    ),
    Mood.JOYFUL: _Manner(
        beats_per_minute=112,
        progressions=((0, 4, 5, 3), (0, 3, 4, 3), (0, 5, 3, 4)),
        home=0,
        pad_pitch=60,
        pad_level=0.025,
        voice=Instrument.GUITAR,
        voice_pitch=67,
        voice_level=0.107,
        patterns=("0.12.132", "01.2131.", "3.21.210", "0123.21."),
        bass_pattern="0..01...",
        bass_level=0.081,
    ),
    Mood.SAD: _Manner(
        beats_per_minute=56,
        progressions=((5, 3, 0, 4), (5, 1, 3, 2), (5, 2, 3, 5)),
        home=5,
        pad=Instrument.STRINGS,
        pad_pitch=50,
        pad_level=0.050,
        voice=Instrument.PIANO,
        voice_pitch=69,
        voice_level=0.130,
        patterns=("2..1....", "3..2..1.", "1...0...", "2..3..1."),
        bass_level=0.075,
    ),
    Mood.TENSE: _Manner(
        beats_per_minute=100,
        progressions=((5, 5, 3, 4), (5, 6, 5, 3), (5, 3, 1, 2)),
        home=5,
        pad=Instrument.STRINGS,
        pad_pitch=46,
        pad_level=0.052,
        voice=Instrument.BELL,
        voice_pitch=76,
        voice_level=0.042,
        patterns=("........", "2.......", "........", "1.0....."),
        bass=Instrument.PULSE,
        bass_pattern="00000102",
        bass_level=0.167,
    ),
    Mood.MYSTERIOUS: _Manner(
        beats_per_minute=60,
        progressions=((3, 5, 3, 1), (3, 2, 5, 1), (1, 3, 5, 3)),
        home=5,
        chord_tones=(0, 4, 6, 10),
        pad_pitch=52,
        pad_level=0.049,
        voice=Instrument.BELL,
        voice_pitch=74,
        voice_level=0.090,
        patterns=("0..3.2..", "..4..3.1", "2.5..4..", "...3..2."),
        bass_level=0.074,
    ),
    Mood.HOPEFUL: _Manner(
        beats_per_minute=84,
        progressions=((3, 4, 5, 0), (0, 2, 3, 4), (5, 3, 0, 4)),
        home=0,
        pad=Instrument.STRINGS,
        pad_pitch=57,
        pad_level=0.037,
        voice=Instrument.GUITAR,
        voice_pitch=62,
        voice_level=0.104,
        patterns=("01234321", "0.1234.3", "01213234", "012.34.."),
        bass_pattern="0.....1.",
        bass_level=0.083,
    ),
}

_BEATS_PER_BAR = 4
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_TRANSPOSITIONS = (-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5)
"""Of C major: the registers of the manners stay where they sound well."""
_BASS_PITCH = 38
_PAD_OVERLAP_S = 1.4
_RING_S = 3.0
"""How long a plucked note is left to ring."""
_LAST_CHORD_S = 3.0
"""The last chord begins at least this long before the end, if the film is long enough."""
_ROLL_S = 0.09


def play(mood: Mood, title: str, *, seconds: float, is_last: bool) -> Iterator[Note]:
    """The notes of a section in order of time; the last section ends on the tonic."""
    manner = _MANNERS[mood]
    seed = hashlib.sha256(title.encode("utf-8", "replace")).digest()
    transposition = _TRANSPOSITIONS[seed[0] % len(_TRANSPOSITIONS)]
    progression = manner.progressions[seed[1] % len(manner.progressions)]
    bar_s = 60.0 / manner.beats_per_minute * _BEATS_PER_BAR
    bar, start_s = 0, 0.0
    while start_s < seconds:
        is_final = is_last and bar > 0 and start_s + bar_s > seconds - _LAST_CHORD_S
        degree = manner.home if is_final else progression[bar % len(progression)]
        lasts_s = seconds - start_s if is_final else bar_s
        chord = [_pitch(degree + tone, transposition) for tone in manner.chord_tones]
        yield from _pad(manner, chord, start_s, lasts_s)
        if is_final:
            yield from _final_chord(manner, chord, start_s)
            return
        notes = _figure(manner, chord, start_s, bar_s, bar=bar)
        yield from sorted(notes, key=lambda note: note.start_s)
        bar, start_s = bar + 1, start_s + bar_s


def _pitch(degree: int, transposition: int) -> int:
    octave, step = divmod(degree, len(_MAJOR))
    return 12 * octave + _MAJOR[step] + transposition


def _near(pitch: int, lowest: int) -> int:
    """The same tone in the octave that begins at `lowest`."""
    return lowest + (pitch - lowest) % 12


def _pad(manner: _Manner, chord: list[int], start_s: float, lasts_s: float) -> Iterator[Note]:
    voicing = sorted({_near(pitch, manner.pad_pitch) for pitch in chord})
    for at, pitch in enumerate(voicing):
        pan = 0.5 * (2 * at / max(1, len(voicing) - 1) - 1)
        seconds = lasts_s + _PAD_OVERLAP_S
        yield Note(start_s, seconds, pitch, manner.pad, manner.pad_level, pan)


def _figure(
    manner: _Manner, chord: list[int], start_s: float, bar_s: float, *, bar: int
) -> Iterator[Note]:
    """The bar's broken chord and its bass."""
    intervals = (0, chord[2] - chord[0], 12)
    for at, tone in _steps(manner.bass_pattern):
        pitch = _near(chord[0], _BASS_PITCH) + intervals[tone]
        accent = 1.0 if at == 0 else 0.75
        level = manner.bass_level * accent
        begins_s = start_s + at * bar_s
        yield Note(begins_s, bar_s * 0.9, pitch, manner.bass, level)
    pattern = manner.patterns[bar % len(manner.patterns)]
    tones = sorted(_near(pitch, manner.voice_pitch) for pitch in chord[:3])
    for at, tone in _steps(pattern):
        octave, step = divmod(tone, len(tones))
        accent = 1.0 if at == 0 else 0.8 if at == 0.5 else 0.66
        pan = 0.35 if round(at * len(pattern)) % 2 else -0.35
        pitch = tones[step] + 12 * octave
        begins_s = start_s + at * bar_s
        yield Note(begins_s, _RING_S, pitch, manner.voice, manner.voice_level * accent, pan)


def _final_chord(manner: _Manner, chord: list[int], start_s: float) -> Iterator[Note]:
    yield Note(start_s, _RING_S, _near(chord[0], _BASS_PITCH), Instrument.BASS, manner.bass_level)
    tones = sorted(_near(pitch, manner.voice_pitch) for pitch in chord[:3])
    for at, pitch in enumerate([*tones, tones[0] + 12]):
        level = manner.voice_level * 0.8
        yield Note(start_s + at * _ROLL_S, _RING_S, pitch, manner.voice, level, 0.2 * at - 0.3)


def _steps(pattern: str) -> Iterator[tuple[float, int]]:
    """Each note of a pattern: when (a share of the bar) and which."""
    for at, sign in enumerate(pattern):
        if sign.isdigit():
            yield at / len(pattern), int(sign)
