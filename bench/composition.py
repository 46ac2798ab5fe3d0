"""What composing costs beyond the ffmpeg command it ends in.

python -m bench.composition [--shots 8] [--seconds 5] [--size 1280x720] [--rounds 3]

The bare command is one ffmpeg with the same pictures, camera moves, dissolves, words and encoding,
given the finished sound: all that any program would have to ask of ffmpeg. `compose` has a voice in
every shot to mix, and the music to make. `ratio` is its wall time over that of the command, the
best of the rounds each; `median_ratio` is that of the rounds' own ratios, and `cpu_ratio` is of
processor seconds, again the best: what else the machine does disturbs it least.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from bench.compose_memory import NARRATION, paint
from bench.parts import report
from domain import Size, Transition
from orchestration.media import ffmpeg
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import VOICE_STARTS_S, Film, FilmShot
from orchestration.media.composing.segments import (
    ENCODING,
    Segment,
    filter_graph,
    plan_segments,
)
from orchestration.media.composing.words import letter_film, link_fonts, words_track
from orchestration.media.lettering.subtitles import cues_of_shot
from orchestration.media.lettering.typefaces import Lettering, Typefaces

BOUNDS = {"ratio": 1.2}
DEADLINE_S = 600.0
VOICE_RATE_HZ = 22_050
VOICE_PAUSE_S = 1.1
"""Of every shot, where nobody speaks."""


def speak(path: Path, seconds: float) -> Path:
    """A voice of one tone in syllables."""
    times = np.arange(round(seconds * VOICE_RATE_HZ)) / VOICE_RATE_HZ
    samples = 8_000 * np.sin(np.pi * 3 * times) ** 2 * np.sin(2 * np.pi * 180 * times)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, VOICE_RATE_HZ, len(samples), "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def film_of(pictures: list[Path], voice: Path, *, shots: int, seconds: float, size: Size) -> Film:
    """A film as the studio makes it: mostly moves and dissolves."""
    transitions = (Transition.KEN_BURNS, Transition.CROSSFADE, Transition.VOLUME_MIX)
    return Film(
        title="bench",
        size=size,
        language="zh",
        shots=tuple(
            FilmShot(
                image=pictures[at % len(pictures)],
                narration=NARRATION,
                transition=transitions[at % len(transitions)],
                duration_seconds=seconds,
                voice=voice,
            )
            for at in range(shots)
        ),
    )


def words_of(segment: Segment, film: Film, lettering: Lettering) -> str:
    """The same words as in the composed film."""
    speech_s = (VOICE_STARTS_S, VOICE_STARTS_S + segment.seconds - VOICE_PAUSE_S)
    cues = cues_of_shot(segment.shot.narration, segment.seconds, size=film.size, speech_s=speech_s)
    return words_track(segment, film, lettering, cues)


def bare_arguments(film: Film, folder: Path, sound: Path) -> list[str]:
    """One command for the whole film."""
    lettering = letter_film(film, Typefaces())
    link_fonts(lettering, folder)
    inputs: list[str] = []
    graphs: list[str] = []
    segments = plan_segments(film)
    for segment in segments:
        if segment.words:
            (folder / segment.words).write_text(
                words_of(segment, film, lettering), encoding="utf-8"
            )
        graph, number = filter_graph(segment, film.size), segment.number
        for label in ("shot", "tail", "mixed", "film"):
            graph = graph.replace(f"[{label}]", f"[{label}{number}]")
        previous = segment.previous if segment.span.overlap else None
        for source, pictured in enumerate(filter(None, (segment, previous))):
            graph = graph.replace(f"[{source}:v]", f"[#{len(inputs) // 2}:v]")
            inputs += ["-i", str(pictured.shot.image)]
        graphs.append(graph.replace("[#", "["))
    labels = "".join(f"[film{segment.number}]" for segment in segments)
    graph = ";".join([*graphs, f"{labels}concat=n={len(segments)}[film]"])
    return [
        *inputs,
        *("-i", str(sound), "-filter_complex", graph, "-map", "[film]"),
        *("-map", f"{len(inputs) // 2}:a", *ENCODING, "-c:a", "aac", "-b:a", "160k"),
        *("-movflags", "+faststart", "bare.mp4"),
    ]


async def timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Wall and processor seconds of the children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    await work()
    after, wall_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def ignore_progress(progress: float) -> None:
    """No progress is watched."""
    del progress


async def measure(folder: Path, film: Film, *, rounds: int) -> dict[str, float]:
    """Both ways, by turns."""
    composed, bare = folder / "film.mp4", folder / "bare"
    bare.mkdir()
    await compose(film, composed, report=ignore_progress)  # its sound is wanted
    arguments = bare_arguments(film, bare, composed)

    async def run_bare() -> None:
        await ffmpeg.run(arguments, folder=bare, deadline_s=DEADLINE_S)

    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(rounds):
        ours.append(await timed(lambda: compose(film, composed, report=ignore_progress)))
        theirs.append(await timed(run_bare))
    (wall_s, cpu_s), (bare_wall_s, bare_cpu_s) = (
        tuple(map(min, zip(*times, strict=True))) for times in (ours, theirs)
    )
    ratios = [mine / bare_s for (mine, _), (bare_s, _) in zip(ours, theirs, strict=True)]
    return {
        "ratio": round(wall_s / bare_wall_s, 2),
        "median_ratio": round(statistics.median(ratios), 2),
        "cpu_ratio": round(cpu_s / bare_cpu_s, 2),
        "compose_s": round(wall_s, 2),
        "bare_s": round(bare_wall_s, 2),
        "compose_cpu_s": round(cpu_s, 2),
        "bare_cpu_s": round(bare_cpu_s, 2),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    size = Size(*map(int, arguments.size.split("x")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [paint(folder / f"{seed}.jpg", size, seed) for seed in range(4)]
        voice = speak(folder / "voice.wav", arguments.seconds - VOICE_PAUSE_S)
        film = film_of(pictures, voice, shots=arguments.shots, seconds=arguments.seconds, size=size)
        figures = asyncio.run(measure(folder, film, rounds=arguments.rounds))
    report("composition over bare ffmpeg", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
