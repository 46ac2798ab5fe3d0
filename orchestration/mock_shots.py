"""Development data: four shots drawn by the studio, two at once and two after a delay."""

import asyncio

from db.queries import shots, stories
from db.queries.events import append_events
from db.rows import NewEvent, StoryRow
from domain import EventType, Transition
from errors import ConflictError, NotFoundError
from orchestration.draw_shots import store_picture
from orchestration.jobs import enqueue
from orchestration.landing import ClaimTake
from orchestration.production import Production
from orchestration.providers.ports import Image, ImageRequest, Script, ScriptShot
from orchestration.write_script import add_shots, draw_job

_DRAWN_AT_ONCE = 2
_SCRIPT = Script(
    title="The lighthouse",
    shots=(
        ScriptShot(
            title="The lighthouse at dusk",
            prompt="A lighthouse on a rocky coast at sunset, calm sea, warm light",
            narration="Every evening the old lighthouse woke before the stars.",
            transition=Transition.KEN_BURNS,
        ),
        ScriptShot(
            title="A boat comes home",
            prompt="A small sailing boat on the sea at sunset, birds in the sky",
            narration="A small boat came home over the quiet water.",
            transition=Transition.CROSSFADE,
        ),
        ScriptShot(
            title="The path up the hill",
            prompt="A person walking through a green meadow towards a house, evening",
            narration="The sailor walked up the hill, and the grass knew his steps.",
            transition=Transition.VOLUME_MIX,
        ),
        ScriptShot(
            title="Night over the village",
            prompt="A village house at night, moon and stars over mountains",
            narration="Then the moon rose, and everyone was where they belonged.",
            transition=Transition.KEN_BURNS,
        ),
    ),
)


async def mock_shots(production: Production, story: StoryRow) -> None:
    """Give the story four virtual shots: two are COMPLETED when this returns, two come later.

    Raises:
        ConflictError: The story has shots already.
        NotFoundError: It was deleted meanwhile.
    """
    provider = production.studio_image
    pictures = [await _draw(production, story, number) for number in range(_DRAWN_AT_ONCE)]
    async with production.database.transaction() as session:
        if not await stories.lock_row(session, story.id):
            raise NotFoundError("There is no such story.")
        if await shots.list_shots(session, [story.id]):
            raise ConflictError("The story has shots already; development data needs a new one.")
        take_ids = await add_shots(
            session, story.id, _SCRIPT, provider=provider.name, language="en"
        )
        await stories.skip_script(session, story.id, title=_SCRIPT.title)
        events = [
            NewEvent(EventType.SHOTS_ADDED),
            NewEvent(EventType.STORY_STATUS_CHANGED),
        ]
        await append_events(session, story.id, events)
        late = take_ids[_DRAWN_AT_ONCE:]
        delay_s = production.patience.mock_delay_s
        draws = [draw_job(story.id, id_, provider=provider.name, delay_s=delay_s) for id_ in late]
        await enqueue(session, draws)
    await asyncio.gather(
        *(production.landing.claim(story.id, ClaimTake(id_, provider.name)) for id_ in take_ids)
    )
    await asyncio.gather(
        *(
            store_picture(production, story.id, take_id, picture, provider=provider.name)
            for take_id, picture in zip(take_ids, pictures, strict=False)
        )
    )


async def _draw(production: Production, story: StoryRow, number: int) -> Image:
    size = story.aspect_ratio.size
    request = ImageRequest(
        prompt=_SCRIPT.shots[number].prompt,
        style=story.style,
        style_prompt=story.style_prompt,
        width=size.width,
        height=size.height,
        seed=number,
    )
    drawn = await production.studio_image.draw(
        request, idempotency_key=f"mock:{story.id}:{number}", report=_no_report
    )
    if not isinstance(drawn, Image):
        raise TypeError("the studio answers with bytes")
    return drawn


async def _no_report(_progress: float) -> None:
    """Nobody watches a picture that is made before its shot exists."""
