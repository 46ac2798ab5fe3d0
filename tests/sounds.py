"""Spoken bodies as services send them: every format, joined files, and false headers."""

import math
import struct
import subprocess
import wave
from array import array
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg

RATE_HZ = 24_000
TONE_HZ = 440
UNKNOWN = 0xFFFFFFFF


def tone(seconds: float, *, rate_hz: int = RATE_HZ) -> bytes:
    """16-bit mono samples."""
    count = round(seconds * rate_hz)
    step = 2 * math.pi * TONE_HZ / rate_hz
    return array("h", (round(8_000 * math.sin(n * step)) for n in range(count))).tobytes()


def wav(
    seconds: float = 1.0,
    *,
    rate_hz: int = RATE_HZ,
    before: bytes = b"",
    after: bytes = b"",
    claims: Callable[[int], int] = lambda size: size,
) -> bytes:
    """A WAV; `claims` makes its header state a false size."""
    samples = tone(seconds, rate_hz=rate_hz)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    size = claims(len(samples))
    body = form + before + struct.pack("<4sI", b"data", size) + samples + after
    whole = UNKNOWN if size == UNKNOWN else 4 + len(body)
    return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + body


def chunk(name: bytes, content: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def encoded(suffix: str, *arguments: str, seconds: float = 1.0, folder: Path) -> bytes:
    """A tone in the format of the suffix."""
    file = folder / f"tone.{suffix}"
    source = ("-f", "lavfi", "-i", f"sine=frequency={TONE_HZ}:duration={seconds}")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *source, *arguments, str(file)]
    subprocess.run(command, check=True)
    return file.read_bytes()


ENCODINGS: Mapping[str, tuple[str, ...]] = {
    "wav": (),
    "mp3": (),
    "flac": (),
    "ogg": ("-c:a", "libvorbis"),
    "oga": ("-c:a", "flac"),
    "opus": ("-c:a", "libopus"),
    "m4a": (),
    "mp4": ("-movflags", "+faststart"),
    "aac": (),
    "webm": ("-c:a", "libopus"),
    "mka": ("-c:a", "libvorbis"),
    "aiff": (),
    "caf": (),
    "au": (),
}
"""ffmpeg's arguments for each suffix."""
JOINABLE = ("wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "mp4", "aac", "webm", "mka", "au")


def seconds_of(file: Path) -> float:
    """The length of a WAV by its samples, which are 16-bit mono."""
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return sound.getnframes() / sound.getframerate()


def crossings_of(file: Path) -> float:
    """How often a second the samples change their sign: twice the tone, unless there is noise."""
    with wave.open(str(file)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
        signs = [sample > 0 for sample in samples if abs(sample) > 100]
        changes = sum(a != b for a, b in pairwise(signs))
        return changes * sound.getframerate() / len(samples)
