"""A film of 8 shots, from a text file to an MP4, with everything built in.

python -m bench.film [--shots 8]

One run of `main.py film` on an empty home: PostgreSQL, script, pictures, composition. Beside it
stands bare ffmpeg, encoding a test picture of the same length and size with the same codec. CPU is
that of the command and all it started but PostgreSQL: two cores give two such seconds a second.
"""

import argparse
import asyncio
import resource
import time
from pathlib import Path

import imageio_ffmpeg

from bench.parts import PROJECT, home_folder, report, spawn
from orchestration.media.probe import FilmFacts, probe_film

STORY = PROJECT / "examples" / "tortoise-and-hare.en.txt"
BOUNDS = {"film_s": 40.0}


async def film_seconds(shots: int, path: Path) -> float:
    """Seconds of the whole command."""
    start = time.perf_counter()
    process = await spawn(
        *("film", str(STORY), "--shots", str(shots), "--output", str(path)), home=path.parent
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(output.decode() + (path.parent / "bench.log").read_text())
    return time.perf_counter() - start


async def encode_seconds(facts: FilmFacts) -> float:
    """Seconds of bare ffmpeg for as many pixels."""
    source = (
        f"testsrc2=size={facts.width}x{facts.height}:rate=24:duration={facts.duration_seconds:.3f}"
    )
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264"),
        *("-preset", "veryfast", "-pix_fmt", "yuv420p", "-f", "null", "-"),
    )
    if await process.wait():
        raise RuntimeError("ffmpeg failed")
    return time.perf_counter() - start


async def measure(shots: int) -> dict[str, float]:
    """One film."""
    async with home_folder() as home:
        path = home / "film.mp4"
        film_s = await film_seconds(shots, path)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        facts = await probe_film(path)
    return {
        "film_s": round(film_s, 1),
        "film_cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "baseline_encode_s": round(await encode_seconds(facts), 1),
        "played_s": round(facts.duration_seconds, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=8)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.shots))
    report(f"film of {options.shots} shots", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
