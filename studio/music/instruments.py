"""Synthesizes single notes from partials; needs numpy, so only the helper process imports it."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.music.score import Instrument, Note

SAMPLE_RATE_HZ = 48_000

Sound = NDArray[np.float32]

_TABLE_SIZE = 2048
"""A power of two, so that a mask wraps."""
_KEPT_NOTES = 96
"""Cache of rendered notes, since a bed has few tones. About 60 MB at most."""
_CENTS_APART = 5.0
_HIGHEST_HZ = 9_000.0

_PAD_ROLLOFF = {Instrument.PAD: (2.3, 7), Instrument.STRINGS: (1.55, 14)}
"""How steeply a pad's partials fall, and how many it has."""
_PAD_ATTACK_S, _PAD_RELEASE_S = 1.3, 1.4
_FALLS_PER_S = {
    Instrument.GUITAR: 2.6,
    Instrument.PIANO: 1.5,
    Instrument.BASS: 1.3,
    Instrument.PULSE: 9.0,
}
"""How quickly the first partial of a struck note fades; the higher ones fade quicker."""
_STRUCK_AT = {
    Instrument.GUITAR: 0.18,
    Instrument.PIANO: 0.12,
    Instrument.BASS: 0.30,
    Instrument.PULSE: 0.22,
}
"""Where along the string: its colour."""
_STRUCK_ROLLOFF = {
    Instrument.GUITAR: 1.45,
    Instrument.PIANO: 1.9,
    Instrument.BASS: 2.2,
    Instrument.PULSE: 1.5,
}
_BELL_PARTIALS = ((1.0, 1.0, 1.1), (2.0, 0.28, 1.9), (3.01, 0.16, 3.2), (5.43, 0.07, 6.0))
"""Ratio, amplitude, and how quickly it fades."""
_STRIKE_S = 0.006
_DAMPED_S = 0.4


def sound_note(note: Note) -> Sound:
    """The note as two rows of samples, left and right."""
    if note.instrument in _PAD_ROLLOFF:
        left, right = _pad(note.instrument, note.pitch, round(note.seconds * SAMPLE_RATE_HZ))
    else:
        left = right = _struck(note.instrument, note.pitch, round(note.seconds * SAMPLE_RATE_HZ))
    turn = (note.pan + 1) * math.pi / 4
    gains = (note.level * math.cos(turn), note.level * math.sin(turn))
    return np.stack((left * np.float32(gains[0]), right * np.float32(gains[1])))


def frequency_hz(pitch: float) -> float:
    """The frequency of a MIDI pitch."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


@lru_cache(maxsize=_KEPT_NOTES)
def _pad(instrument: Instrument, pitch: int, length: int) -> tuple[Sound, Sound]:
    """Two detuned voices a side, swelling and ebbing, so that chords flow into one another."""
    table = _table(instrument, pitch)
    envelope = _swell(length)
    sides: list[Sound] = []
    for side in (0, 1):
        total = np.zeros(length, np.float32)
        for voice, cents in enumerate((-_CENTS_APART, _CENTS_APART * 0.8)):
            drift = cents + (side * 2 - 1) * 1.5
            hz = frequency_hz(pitch + drift / 100)
            step = hz / SAMPLE_RATE_HZ * _TABLE_SIZE
            phase = (0.31 * side + 0.47 * voice + 0.618 * pitch) % 1 * _TABLE_SIZE
            places = (np.arange(length) * step + phase).astype(np.int64) & (_TABLE_SIZE - 1)
            total += table[places]
        sides.append(total * envelope)
    return sides[0], sides[1]


@lru_cache(maxsize=64)
def _table(instrument: Instrument, pitch: int) -> Sound:
    rolloff, count = _PAD_ROLLOFF[instrument]
    turn = np.arange(_TABLE_SIZE) * (math.tau / _TABLE_SIZE)
    table = np.zeros(_TABLE_SIZE)
    for partial in range(1, count + 1):
        if frequency_hz(pitch) * partial > _HIGHEST_HZ:
            break
        table += np.sin(turn * partial + partial * partial) / partial**rolloff
    return (table * 0.5).astype(np.float32)


def _swell(length: int) -> Sound:
    attack = min(round(_PAD_ATTACK_S * SAMPLE_RATE_HZ), length // 2)
    release = min(round(_PAD_RELEASE_S * SAMPLE_RATE_HZ), length - attack)
    envelope = np.ones(length, np.float32)
    envelope[:attack] = np.sin(np.linspace(0, math.pi / 2, attack)) ** 2
    envelope[length - release :] = np.cos(np.linspace(0, math.pi / 2, release)) ** 2
    return envelope


@lru_cache(maxsize=_KEPT_NOTES)
def _struck(instrument: Instrument, pitch: int, length: int) -> Sound:
    times = np.arange(length, dtype=np.float64) / SAMPLE_RATE_HZ
    total = np.zeros(length, np.float32)
    hz = frequency_hz(pitch)
    for ratio, amplitude, falls_per_s in _partials(instrument, hz):
        turns = times * (hz * ratio)
        turns -= np.floor(turns)
        wave = np.sin(turns.astype(np.float32) * np.float32(math.tau))
        # In single precision numpy computes many at once.
        total += wave * np.exp((-falls_per_s * times).astype(np.float32)) * np.float32(amplitude)
    strike = min(round(_STRIKE_S * SAMPLE_RATE_HZ), length)
    total[:strike] *= np.linspace(0, 1, strike, dtype=np.float32)
    damped = min(round(_DAMPED_S * SAMPLE_RATE_HZ), length)
    total[length - damped :] *= np.linspace(1, 0, damped, dtype=np.float32) ** 2
    return total


def _partials(instrument: Instrument, hz: float) -> list[tuple[float, float, float]]:
    if instrument is Instrument.BELL:
        return [part for part in _BELL_PARTIALS if hz * part[0] < _HIGHEST_HZ]
    place, rolloff = _STRUCK_AT[instrument], _STRUCK_ROLLOFF[instrument]
    # High strings fade quicker, low ones sing longer.
    falls_per_s = _FALLS_PER_S[instrument] * (hz / 261.6) ** 0.4
    return [
        (
            partial,
            math.sin(math.pi * partial * place) / partial**rolloff / math.sin(math.pi * place),
            falls_per_s * (0.6 + 0.4 * partial),
        )
        for partial in range(1, 11)
        if hz * partial < _HIGHEST_HZ
    ]
