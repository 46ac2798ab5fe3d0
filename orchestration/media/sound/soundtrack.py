"""Renders a film's sound: the music, ducked under the voices, at an even loudness.

It is a separate program (`python -m orchestration.media.sound.soundtrack FOLDER`), which keeps
numpy out of the server and runs at low priority. It reads `soundtrack.json`, writes
`soundtrack.pcm` a block at a time, and prints its progress, and last the gain for the target
loudness.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from orchestration.media.sound.loudness import LoudnessMeter
from orchestration.media.sound.mixing import (
    PLAN_FILE,
    SAMPLES_FILE,
    TARGET_LUFS,
    SoundPlan,
    VoicePlan,
    plan_from_json,
)
from studio.moods import Mood
from studio.music.instruments import SAMPLE_RATE_HZ, Sound, sound_note
from studio.music.score import Note, play

_BLOCK = 2 * SAMPLE_RATE_HZ
_VOICE_LUFS = -26.0
"""Well below the final loudness: the file has 16 bits and must not clip before the limiter."""
_BED_GAIN_DB = -10.0
"""Brings the score's levels, -22 LUFS, to 6 dB below the voice where there is no speech."""
_DUCK_DB, _STRONG_DUCK_DB = -10.0, -17.0
_DUCK_FALL_S, _DUCK_RISE_S = 0.4, 0.9
_DIP_DB = -12.0
_DIP_S = 1.0
"""From full to lowest, and back."""
_FADE_IN_S, _FADE_OUT_S = 1.0, 2.2
_CROSSFADE_S = 3.0
_CONTROL_STEP = 480
"""Gains are computed a hundred times a second and interpolated linearly."""
_FFT_STEP = 4096
"""The length of a transform is a multiple of this: others have large factors, and take longer."""
_ROOM_S = 1.8
_ROOM_LEVEL = 0.42
_ROOM_BAND_HZ = (180.0, 2_600.0)


class _Player:
    """Plays one section of the score, block by block; holds only notes that still ring."""

    def __init__(self, notes: Iterator[Note]) -> None:
        self._notes = notes
        self._next = next(notes, None)
        self._at = 0
        self._ringing = np.zeros((2, _BLOCK), np.float32)

    def block(self, length: int) -> Sound:
        end = self._at + length
        while self._next and round(self._next.start_s * SAMPLE_RATE_HZ) < end:
            self._add(self._next)
            self._next = next(self._notes, None)
        self._reserve(length)
        sound, self._ringing = self._ringing[:, :length], self._ringing[:, length:].copy()
        self._at = end
        return sound

    def _add(self, note: Note) -> None:
        sound = sound_note(note)
        start = round(note.start_s * SAMPLE_RATE_HZ) - self._at
        self._reserve(start + sound.shape[1])
        self._ringing[:, start : start + sound.shape[1]] += sound

    def _reserve(self, length: int) -> None:
        missing = length - self._ringing.shape[1]
        if missing > 0:
            self._ringing = np.pad(self._ringing, ((0, 0), (0, missing)))


class _Room:
    """The hall around the instruments: convolution with a tail of dark, dying noise."""

    def __init__(self) -> None:
        length = round(_ROOM_S * SAMPLE_RATE_HZ)
        self._size = -(-(_BLOCK + length) // _FFT_STEP) * _FFT_STEP
        noise = np.random.default_rng(1).standard_normal((2, length))
        spectrum = np.fft.rfft(noise)
        hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
        low, high = _ROOM_BAND_HZ
        spectrum *= (hz / low) ** 2 / (1 + (hz / low) ** 2) / (1 + (hz / high) ** 2)
        tail = np.fft.irfft(spectrum, length)
        tail *= np.exp(-6.9 * np.arange(length) / length)
        tail *= _ROOM_LEVEL / np.sqrt((tail**2).sum(axis=1, keepdims=True))
        self._response = np.fft.rfft(tail.astype(np.float32), self._size)
        self._ringing = np.zeros((2, length), np.float32)

    def hear(self, dry: Sound) -> Sound:
        """The block with its echo, and with the remaining echo of earlier ones."""
        length = dry.shape[1]
        wet = np.fft.irfft(np.fft.rfft(dry, self._size) * self._response, self._size)
        wet = wet[:, : length + self._ringing.shape[1]].astype(np.float32)
        wet[:, : self._ringing.shape[1]] += self._ringing
        self._ringing = wet[:, length:].copy()
        return dry + wet[:, :length]


class _Stretch:
    """A section of one mood, which begins under the previous one and ends under the next."""

    def __init__(self, plan: SoundPlan, number: int) -> None:
        stretches = plan.stretches
        is_last = number == len(stretches) - 1
        half = _CROSSFADE_S / 2
        end_s = plan.seconds if is_last else stretches[number + 1].start_s + half
        start_s = stretches[number].start_s - half if number else 0.0
        self._ramps: list[tuple[float, float]] = []
        """When the gain is 0 and when 1; between them it follows a quarter of a sine."""
        if number:
            self._ramps.append((start_s, start_s + _CROSSFADE_S))
        if not is_last:
            self._ramps.append((end_s, end_s - _CROSSFADE_S))
        self.start, self.end = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        mood = Mood(stretches[number].mood)
        notes = play(mood, plan.title, seconds=end_s - start_s, is_last=is_last)
        self._player = _Player(notes)

    def block(self, start: int, length: int) -> Sound:
        """Its share of the block that begins at sample `start` of the film."""
        sound = np.zeros((2, length), np.float32)
        begin, end = max(start, self.start), min(start + length, self.end)
        if begin < end:
            piece = self._player.block(end - begin)
            times = np.arange(begin, end, dtype=np.float32) / SAMPLE_RATE_HZ
            for silent_s, full_s in self._ramps:
                share = np.clip((times - silent_s) / (full_s - silent_s), 0, 1)
                piece = piece * np.sin(share * (np.pi / 2))
            sound[:, begin - start : end - start] = piece
        return sound


def bed_of(plan: SoundPlan) -> Iterator[Sound]:
    """The music alone, in blocks, at the score's own levels and without fades."""
    room = _Room()
    stretches = [_Stretch(plan, number) for number in range(len(plan.stretches))]
    total = round(plan.seconds * SAMPLE_RATE_HZ)
    for start in range(0, total, _BLOCK):
        length = min(_BLOCK, total - start)
        dry = sum(
            (stretch.block(start, length) for stretch in stretches), np.zeros((2, length), "f4")
        )
        yield room.hear(dry)


def bed_gain(plan: SoundPlan, start: int, length: int) -> Sound:
    """The gain of the music in a block: fades at the film's ends, ducking, dips."""
    ends = np.arange(start, start + length + _CONTROL_STEP, _CONTROL_STEP)
    times = ends / SAMPLE_RATE_HZ
    decibels = np.zeros(len(times))
    for voice in plan.voices:
        depth = _STRONG_DUCK_DB if voice.is_strong else _DUCK_DB
        before = (voice.start_s - times) / _DUCK_FALL_S
        after = (times - voice.start_s - voice.seconds) / _DUCK_RISE_S
        away = np.clip(np.maximum(before, after), 0, 1)
        decibels = np.minimum(decibels, depth * (1 - _smooth(away)))
    for at_s in plan.dips_s:
        away = np.clip(np.abs(times - at_s) / _DIP_S, 0, 1)
        decibels = np.minimum(decibels, _DIP_DB * (1 - _smooth(away)))
    fade_in_s, fade_out_s = min(_FADE_IN_S, plan.seconds / 4), min(_FADE_OUT_S, plan.seconds / 3)
    gain = 10 ** ((decibels + _BED_GAIN_DB) / 20)
    gain *= _smooth(np.clip(times / fade_in_s, 0, 1))
    gain *= _smooth(np.clip((plan.seconds - times) / fade_out_s, 0, 1))
    return np.interp(np.arange(start, start + length), ends, gain).astype(np.float32)


def _smooth(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return share * share * (3 - 2 * share)


def _voice_gain(folder: Path, voices: Sequence[VoicePlan]) -> float:
    """The factor that brings the voices, all together, to their loudness."""
    meter = LoudnessMeter()
    for voice in voices:
        with (folder / voice.file).open("rb") as file:
            while samples := file.read(2 * _BLOCK):
                mono = np.frombuffer(samples, "<i2").astype(np.float32) * np.float32(1 / 32768)
                meter.hear(np.stack((mono, mono)))
    loudness = meter.integrated()
    return 10 ** ((_VOICE_LUFS - loudness) / 20) if loudness is not None else 0.0


def _add_voice(sound: Sound, start: int, voice: VoicePlan, folder: Path, gain: float) -> None:
    """Add the audible part of the voice during the block that begins at sample `start`."""
    offset = start - round(voice.start_s * SAMPLE_RATE_HZ)
    length = sound.shape[1]
    if offset + length <= 0 or offset >= voice.seconds * SAMPLE_RATE_HZ:
        return
    with (folder / voice.file).open("rb") as file:
        file.seek(2 * max(0, offset))
        samples = file.read(2 * (length - max(0, -offset)))
    begin = max(0, -offset)
    mono = np.frombuffer(samples, "<i2").astype(np.float32) * np.float32(gain / 32768)
    sound[:, begin : begin + len(mono)] += mono


def make_soundtrack(plan: SoundPlan, folder: Path, file: BinaryIO) -> float:
    """Write the sound as 16-bit stereo; returns the remaining gain in dB."""
    meter = LoudnessMeter()
    voice_gain = _voice_gain(folder, plan.voices)
    start = 0
    for bed in bed_of(plan):
        gain = bed_gain(plan, start, bed.shape[1])
        sound = (bed * gain).astype(np.float32, copy=False)
        for voice in plan.voices:
            _add_voice(sound, start, voice, folder, voice_gain)
        meter.hear(sound)
        samples = np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2")
        file.write(samples.T.tobytes())
        start += bed.shape[1]
        print(f"done={start / SAMPLE_RATE_HZ / plan.seconds:.4f}", flush=True)
    loudness = meter.integrated()
    return TARGET_LUFS - loudness if loudness is not None else 0.0


def main() -> None:
    """Render the sound of the folder's plan."""
    folder = Path(sys.argv[1])
    plan = plan_from_json(json.loads((folder / PLAN_FILE).read_text(encoding="utf-8")))
    with (folder / SAMPLES_FILE).open("wb") as file:
        gain_db = make_soundtrack(plan, folder, file)
    print(f"gain_db={gain_db:.3f}", flush=True)


if __name__ == "__main__":
    main()
