"""What composing costs beyond the ffmpeg command it ends in.

python -m bench.composition [--shots 8] [--seconds 5] [--size 1280x720]

The bare command is one ffmpeg with the same pictures, camera moves, dissolves, words and encoding,
given the same sound: all that any program would have to ask of ffmpeg. `ratio` is the time of
`compose` over its time, `cpu_ratio` the same of processor seconds; the best of two rounds each.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.compose_memory import NARRATION, paint
from bench.parts import PROJECT, report
from domain import Size, Transition
from orchestration.media import ffmpeg
from orchestration.media.cards import end_track, title_track
from orchestration.media.compose import compose
from orchestration.media.film import Film, FilmShot
from orchestration.media.segments import (
    ENCODING,
    FONTS_FOLDER,
    Card,
    Segment,
    filter_graph,
    plan_segments,
)
from orchestration.media.subtitles import ass_track, cues_of_shot

BOUNDS = {"ratio": 1.2}
ROUNDS = 2
DEADLINE_S = 600.0
FONTS = PROJECT / "orchestration" / "media" / "fonts"


def film_of(pictures: list[Path], *, shots: int, seconds: float, size: Size) -> Film:
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
            )
            for at in range(shots)
        ),
    )


def words_of(segment: Segment, film: Film) -> str:
    """The same words as in the composed film."""
    if segment.card is Card.TITLE:
        return title_track(film.title, size=film.size, language=film.language)
    if segment.card is Card.END:
        return end_track(film.title, size=film.size, language=film.language)
    cues = cues_of_shot(segment.shot.narration, segment.seconds, size=film.size)
    return ass_track(cues, size=film.size, language=film.language)


def bare_arguments(film: Film, folder: Path, sound: Path) -> list[str]:
    """One command for the whole film."""
    (folder / FONTS_FOLDER).symlink_to(FONTS)
    inputs: list[str] = []
    graphs: list[str] = []
    segments = plan_segments(film)
    for segment in segments:
        if segment.words:
            (folder / segment.words).write_text(words_of(segment, film), encoding="utf-8")
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
    """Nobody looks."""
    del progress


async def measure(folder: Path, film: Film) -> dict[str, float]:
    """Both ways, by turns."""
    composed, bare = folder / "film.mp4", folder / "bare"
    bare.mkdir()
    ours = [await timed(lambda: compose(film, composed, report=ignore_progress))]
    arguments = bare_arguments(film, bare, composed)

    async def run_bare() -> None:
        await ffmpeg.run(arguments, folder=bare, deadline_s=DEADLINE_S)

    theirs = [await timed(run_bare)]
    for _ in range(ROUNDS - 1):
        ours.append(await timed(lambda: compose(film, composed, report=ignore_progress)))
        theirs.append(await timed(run_bare))
    (wall_s, cpu_s), (bare_wall_s, bare_cpu_s) = (
        tuple(map(min, zip(*times, strict=True))) for times in (ours, theirs)
    )
    return {
        "ratio": round(wall_s / bare_wall_s, 2),
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
    arguments = parser.parse_args()
    size = Size(*map(int, arguments.size.split("x")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [paint(folder / f"{seed}.jpg", size, seed) for seed in range(4)]
        film = film_of(pictures, shots=arguments.shots, seconds=arguments.seconds, size=size)
        figures = asyncio.run(measure(folder, film))
    report("composition over bare ffmpeg", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
