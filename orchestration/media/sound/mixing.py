"""Plans a film's sound, which a helper process renders; see `soundtrack` for the result."""

import dataclasses
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import CompositionError
from orchestration.media import ffmpeg
from orchestration.media.probe import SOUND_FORMATS
from orchestration.media.processes import run_program
from studio.moods import Mood

SAMPLE_RATE_HZ = 48_000
TARGET_LUFS = -18.0
PLAN_FILE, SAMPLES_FILE, SOUND_FILE = "soundtrack.json", "soundtrack.pcm", "soundtrack.m4a"

_PROJECT = Path(__file__).parents[3]
_MIN_STRETCH_S = 9.0
"""A shorter mood does not change the music."""
_PEAK = 0.72
"""The limiter's, in full scale (-2.9 dB): encoding raises a peak slightly."""
_BYTES_PER_S = 2 * SAMPLE_RATE_HZ
_DEADLINE_S = 120.0
_DEADLINE_PER_SECOND_S = 1.0


@dataclass(frozen=True, slots=True)
class VoicePlan:
    """A voice in the working folder (16-bit mono samples), its start, and its length.

    Under a strong one the music is nearly silent.
    """

    file: str
    start_s: float
    seconds: float
    is_strong: bool


@dataclass(frozen=True, slots=True)
class StretchPlan:
    """The time from which the music has this mood."""

    mood: str
    start_s: float


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The helper's input; the title determines key and harmony.

    `dips_s` are moments around which the music becomes quieter.
    """

    title: str
    seconds: float
    stretches: tuple[StretchPlan, ...]
    voices: tuple[VoicePlan, ...]
    dips_s: tuple[float, ...]


def plan_from_json(plan: dict[str, Any]) -> SoundPlan:
    """Parse the plan."""
    return SoundPlan(
        title=plan["title"],
        seconds=plan["seconds"],
        stretches=tuple(StretchPlan(**stretch) for stretch in plan["stretches"]),
        voices=tuple(VoicePlan(**voice) for voice in plan["voices"]),
        dips_s=tuple(plan["dips_s"]),
    )


def plan_stretches(moods: Sequence[tuple[Mood, float]]) -> tuple[StretchPlan, ...]:
    """Join the shots' moods, each with its seconds, into sections long enough for music."""
    joined: list[tuple[Mood, float]] = []
    for mood, seconds in moods:
        if joined and (joined[-1][0] is mood):
            joined[-1] = (mood, joined[-1][1] + seconds)
        else:
            joined.append((mood, seconds))
    stretches: list[StretchPlan] = []
    at_s = 0.0
    for mood, seconds in joined:
        is_new = not stretches or stretches[-1].mood != mood
        if is_new and (seconds >= _MIN_STRETCH_S or not stretches):
            stretches.append(StretchPlan(mood.value, at_s))
        at_s += seconds
    return tuple(stretches)


async def decode_voice(link: str, samples: str, *, folder: Path, limit_s: float) -> float:
    """Convert a voice of any format to samples for the helper; returns its length in seconds.

    Raises:
        CompositionError: The file contains no sound.
    """
    arguments = ["-format_whitelist", SOUND_FORMATS, "-i", link, "-map", "0:a:0"]
    arguments += ["-t", f"{limit_s:.3f}", "-ac", "1", "-ar", str(SAMPLE_RATE_HZ)]
    await ffmpeg.run([*arguments, "-f", "s16le", samples], folder=folder, deadline_s=_DEADLINE_S)
    seconds = (folder / samples).stat().st_size / _BYTES_PER_S
    if seconds == 0:
        raise CompositionError("The voice is empty.")
    return seconds


async def make_sound(
    plan: SoundPlan, *, folder: Path, on_progress: Callable[[float], Awaitable[None]]
) -> None:
    """Render and encode the sound in the folder, as `SOUND_FILE`.

    Raises:
        CompositionError: The helper or ffmpeg failed.
    """
    (folder / PLAN_FILE).write_text(json.dumps(dataclasses.asdict(plan)), encoding="utf-8")
    gain_db: float | None = None

    async def hear(line: str) -> None:
        nonlocal gain_db
        name, _, value = line.partition("=")
        if name == "done":
            await on_progress(float(value))
        elif name == "gain_db":
            gain_db = float(value)

    deadline_s = _DEADLINE_S + _DEADLINE_PER_SECOND_S * plan.seconds
    await run_program(
        [sys.executable, "-m", "orchestration.media.sound.soundtrack", str(folder)],
        name="The music",
        folder=_PROJECT,
        deadline_s=deadline_s,
        on_line=hear,
    )
    if gain_db is None:
        raise CompositionError("The music came without its loudness.")
    arguments = ["-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "2", "-i", SAMPLES_FILE]
    limiter = f"alimiter=limit={_PEAK}:attack=4:release=80:level=disabled:latency=1"
    arguments += ["-af", f"volume={gain_db:.3f}dB,{limiter}", "-c:a", "aac", "-b:a", "160k"]
    await ffmpeg.run([*arguments, SOUND_FILE], folder=folder, deadline_s=deadline_s)
