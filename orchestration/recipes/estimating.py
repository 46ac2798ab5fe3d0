"""Estimates a story's cost in advance, from its length and the writer's habits.

A long text takes seconds of CPU to split. So this runs in a thread, for one story at a time:
concurrent computing threads only slow down each other and the event loop.
"""

import asyncio

from db.rows import UsageLine
from domain import Motion, ServiceKind, StoryRequest
from orchestration.films.pace import estimated_seconds
from orchestration.providers.ports import ScriptRequest
from orchestration.recipes.script import in_words
from orchestration.work.production import Production


async def estimate(production: Production, story: StoryRequest) -> list[UsageLine]:
    """The usage of the script, a picture or clip for each shot and one film, as configured.

    Narrations are assumed to be as long as the text. A free voice is left out, as in the recorded
    usage.
    """
    line_up = production.line_up
    voice, clip = line_up.voice, line_up.clip
    moves = clip is not None and story.motion is Motion.CLIP
    async with production.estimating:
        request = await in_words(story)
        count = await line_up.script.count_shots(request)
        pace_s = await asyncio.to_thread(_mean_seconds, request, count) if moves else 0.0
    work = [
        (ServiceKind.SCRIPT, line_up.script.name, 1),
        (ServiceKind.IMAGE, line_up.image.name, count),
        (ServiceKind.VIDEO, line_up.video_name, 1),
    ]
    if line_up.video is None and voice is not None and voice.fingerprint is not None:
        work.insert(-1, (ServiceKind.VOICE, voice.name, len(request.content)))
    if clip is not None and moves:
        seconds = clip.seconds_for(pace_s)
        work.insert(2, (ServiceKind.CLIP, clip.name, round(count * seconds)))
    return [
        _line(production, kind, provider=provider, units=units) for kind, provider, units in work
    ]


def _mean_seconds(request: ScriptRequest, count: int) -> float:
    """The length of a shot with its share of the text."""
    share = request.content[: len(request.content) // max(count, 1)]
    return estimated_seconds(share, request.language)


def _line(production: Production, kind: ServiceKind, *, provider: str, units: int) -> UsageLine:
    models = [
        fact.models[0]
        for fact in production.providers
        if fact.models and (fact.kind, fact.name) == (kind, provider)
    ]
    price = production.prices.of(kind, provider=provider, units=units)
    return UsageLine(
        kind=kind,
        provider=provider,
        model=models[0] if models else None,
        units=units,
        price=None if price is None else float(price),
    )
