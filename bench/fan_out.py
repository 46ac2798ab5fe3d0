"""Fan-out: N shots of one second each, beside a bare asyncio.gather of the same calls.

python -m bench.fan_out [--stories 1] [--shots 100] [--rounds 3]

Both run in one process, on the event loop that `serve` uses.
"""

import argparse
import asyncio
import time
from uuid import uuid4

from bench.parts import backend, context_of, model_server, percentile, picture_request, report
from cli.running import run
from orchestration.providers.ports import At, Call, RemoteJobs
from orchestration.work.production import Production
from resolvers.stories import StoryWish, create_story, follow_story
from web.services import Services

LATENCY_S = 1.0


async def bare_gather(production: Production, calls: int) -> float:
    """Seconds for the calls and downloads alone, through the same adapter and client."""
    painter = production.line_up.image
    if isinstance(painter, RemoteJobs):
        raise TypeError("This measures a service that answers with its picture.")

    async def draw(number: int) -> None:
        drawn = await painter.begin(picture_request(number), Call(idempotency_key=str(uuid4())))
        if isinstance(drawn, At):
            await painter.fetch(drawn.url)

    start = time.perf_counter()
    await asyncio.gather(*(draw(number) for number in range(calls)))
    return time.perf_counter() - start


async def story_seconds(services: Services, shots: int) -> float:
    """Seconds from createStory to the last shot COMPLETED, as a subscriber sees it."""
    start = time.perf_counter()
    story = await create_story(context_of(services), StoryWish(content="A bench. Nothing else."))
    async for changes in follow_story(context_of(services), str(story.id)):
        if changes[-1].counts.completed == shots:
            return time.perf_counter() - start
    raise RuntimeError("the story ended early")


async def measure(stories: int, shots: int, rounds: int) -> dict[str, float]:
    """The best of a few rounds: the machine is noisy."""
    figures: list[tuple[float, float]] = []
    async with (
        model_server(latency_s=LATENCY_S, shots=shots) as url,
        backend(url) as opened,
    ):
        services = opened.services
        await bare_gather(services.production, 20)  # connections and imports are warm
        await story_seconds(services, shots)
        for _ in range(rounds):
            bare = await bare_gather(services.production, stories * shots)
            start = time.perf_counter()
            await asyncio.gather(*(story_seconds(services, shots) for _ in range(stories)))
            figures.append((bare, time.perf_counter() - start))
    ratios = [ours / bare for bare, ours in figures]
    best = ratios.index(min(ratios))
    return {
        "bare_gather_s": round(figures[best][0], 3),
        "ai_story_s": round(figures[best][1], 3),
        "ratio": round(ratios[best], 3),
        "ratio_median": round(percentile(ratios, 0.5), 3),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=1)
    parser.add_argument("--shots", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures = run(measure(options.stories, options.shots, options.rounds))
    bound = 1.25 if options.stories == 1 else 1.6
    report(f"fan_out {options.stories} x {options.shots}", figures, bounds={"ratio": bound})


if __name__ == "__main__":
    main()
