"""Converts spoken sound of any format to the format used in films."""

import asyncio
import wave
from pathlib import Path

from errors import BadBodyError, CompositionError
from orchestration.media import ffmpeg
from orchestration.media.probe import SOUND_FORMATS
from orchestration.media.sound.joined_sounds import split_sounds

MAX_SPEECH_S = 900.0
"""A longer one is cut: an hour of silence fits into a few kilobytes."""
_MAX_FILES = 200
"""The rest is cut, as are longer ones: each is a file that ffmpeg holds open."""
_RATES = "16000|22050|24000|44100|48000"
"""The nearest is chosen; most voices have one of these and keep it."""
_DEADLINE_S = 120.0
_EMPTY = "The voice answered a sound that is empty."


async def read_speech(content: bytes, file: Path) -> float:
    """Write a spoken text as a WAV of 16-bit mono samples; returns its length in seconds.

    Several files in one body are joined.

    Raises:
        BadBodyError: It contains no readable sound.
    """
    pieces = (await asyncio.to_thread(split_sounds, content))[:_MAX_FILES]
    if not pieces:
        raise BadBodyError(_EMPTY)
    names = [f"{file.name}.{number}" for number in range(len(pieces))]
    places = [file.with_name(name) for name in names]
    try:
        for place, piece in zip(places, pieces, strict=True):
            await asyncio.to_thread(place.write_bytes, piece)
        await ffmpeg.run(
            [*_join(names), f"file:{file.name}"], folder=file.parent, deadline_s=_DEADLINE_S
        )
    except CompositionError as error:
        raise BadBodyError("The voice service returned unreadable audio.") from error
    finally:
        for place in places:
            place.unlink(missing_ok=True)
    with wave.open(str(file)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    if seconds == 0:
        raise BadBodyError(_EMPTY)
    return seconds


def _join(names: list[str]) -> list[str]:
    """The arguments that play the files in sequence."""
    inputs = [part for name in names for part in (*_INPUT, f"file:{name}")]
    count = len(names)
    clocks = "".join(f"[{at}:a:0]asetpts=N/SR/TB[{at}];" for at in range(count))
    joined = "".join(f"[{at}]" for at in range(count)) + f"concat=n={count}:v=0:a=1"
    format_ = f"aformat=sample_fmts=s16:channel_layouts=mono:sample_rates={_RATES}"
    graph = f"{clocks}{joined},{format_}[speech]"
    output = ["-map", "[speech]", "-t", f"{MAX_SPEECH_S:.0f}", "-bitexact", "-f", "wav"]
    return [*inputs, "-filter_complex", graph, *output]


_INPUT = ("-format_whitelist", SOUND_FORMATS, "-i")
