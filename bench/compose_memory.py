"""Peak memory and time of composing a film, by its number of shots.

python -m bench.compose_memory [--shots 8 60] [--seconds 4] [--size 1280x720]

Memory is the sum over this process and its ffmpeg children, sampled 20 times a second. It must
not grow with the film: `ratio` is the longest film's over the shortest one's.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from bench.parts import report
from domain import Size, Transition
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import Film, FilmShot

MAX_RATIO = 1.3
SAMPLE_S = 0.05
MIB = 1024 * 1024
NARRATION = "鲁镇的酒店的格局，是和别处不同的：都是当街一个曲尺形的大柜台。"


def paint(path: Path, size: Size, seed: int) -> Path:
    """A picture with detail at every scale, as costly to encode as a painted one."""
    noise = np.random.default_rng(seed)
    layers = [
        Image.fromarray(
            noise.integers(0, 256, (size.height // step, size.width // step, 3), "u1")
        ).resize((size.width, size.height), Image.Resampling.BICUBIC)
        for step in (180, 40, 8)
    ]
    coarse = Image.blend(layers[0], layers[1], 0.35)
    Image.blend(coarse, layers[2], 0.15).save(path, quality=92)
    return path


async def watch_memory(peak: list[int]) -> None:
    """Keep the largest sum of resident memory over the process tree in `peak`."""
    me = psutil.Process()
    while True:
        used = 0
        for process in (me, *me.children(recursive=True)):
            try:
                used += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak[0] = max(peak[0], used)
        await asyncio.sleep(SAMPLE_S)


async def measure(
    folder: Path, pictures: list[Path], *, shots: int, seconds: float, size: Size
) -> dict[str, float]:
    """Compose one film and return its figures."""
    transitions = list(Transition)
    film = Film(
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
    peak = [0]
    watcher = asyncio.create_task(watch_memory(peak))
    children_before = psutil.Process().cpu_times()
    started = time.perf_counter()

    async def report(progress: float) -> None:
        del progress

    composed = await compose(film, folder / f"{shots}.mp4", report=report)
    wall_s = time.perf_counter() - started
    watcher.cancel()
    children = psutil.Process().cpu_times()
    cpu_s = (
        children.children_user
        + children.children_system
        - children_before.children_user
        - children_before.children_system
    )
    return {
        "shots": shots,
        "film_s": composed.duration_seconds,
        "size_bytes": composed.size_bytes,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "peak_mib": round(peak[0] / MIB, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, nargs="+", default=[8, 60])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--size", default="1280x720")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    size = Size(width, height)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [paint(folder / f"{seed}.jpg", size, seed) for seed in range(4)]
        films = [
            asyncio.run(
                measure(folder, pictures, shots=shots, seconds=arguments.seconds, size=size)
            )
            for shots in arguments.shots
        ]
    figures = {
        f"{name}_{film['shots']:g}_shots": film[name]
        for film in films
        for name in ("peak_mib", "wall_s", "cpu_s")
    }
    ratio = round(films[-1]["peak_mib"] / films[0]["peak_mib"], 2)
    report("memory of composing", {"ratio": ratio, **figures}, bounds={"ratio": MAX_RATIO})


if __name__ == "__main__":
    main()
