"""Development data: four shots drawn by the studio, two at once and two after a delay."""

import asyncio

from db.queries import shots, stories
from db.queries.events import append_events
from db.rows import NewEvent, StoryRow
from domain import EventType, Transition, built_from
from errors import ConflictError, NotFoundError
from orchestration.providers.ports import Call, Image, ImageRequest, Ready, Script, ScriptShot
from orchestration.recipes.next_steps import begin_pictures
from orchestration.recipes.picture import store_picture
from orchestration.recipes.script import add_shots
from orchestration.work.beginning import stop_works
from orchestration.work.landing import ToClaim
from orchestration.work.production import Production
from orchestration.work.run import land
from orchestration.work.turns import release

_DRAWN_AT_ONCE = 2
_NOT_SOON_S = 60.0
"""Delay until another worker takes over if this one dies here."""
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
    """Give the story four virtual shots: two are COMPLETED when this returns, two follow later.

    Raises:
        ConflictError: The story has shots already.
        NotFoundError: It was deleted in the meantime.
    """
    provider = production.studio_image
    pictures = [await _draw(production, story, number) for number in range(_DRAWN_AT_ONCE)]
    async with production.database.writing() as session:
        if not await stories.lock_row(session, story.id):
            raise NotFoundError("Story not found.")
        if await shots.list_shots(session, [story.id]):
            raise ConflictError("The story already has shots. Use a new story for mock shots.")
        await stop_works(session, story.id, [story.id])
        await stories.complete_script(session, story.id, _SCRIPT)
        new = await add_shots(session, story.id, _SCRIPT, provider=provider.name, language="en")
        late = new[_DRAWN_AT_ONCE:]
        await begin_pictures(session, story.id, new[:_DRAWN_AT_ONCE], delay_s=_NOT_SOON_S)
        await begin_pictures(session, story.id, late, delay_s=production.patience.mock_delay_s)
        events = [
            NewEvent(EventType.SHOTS_ADDED),
            NewEvent(EventType.STORY_STATUS_CHANGED),
        ]
        await append_events(session, story.id, events)
    claims = await asyncio.gather(
        *(production.landing.claim(story.id, ToClaim(take.id, provider.name)) for take in new)
    )
    for claim, picture in zip(claims, pictures, strict=False):
        if claim is not None:
            kept = await store_picture(production, claim.work, picture)
            await land(production, claim, kept)
    for claim in claims[_DRAWN_AT_ONCE:]:
        if claim is not None:
            await release(production, claim)


async def _draw(production: Production, story: StoryRow, number: int) -> Image:
    size = story.aspect_ratio.size
    request = built_from(
        story,
        ImageRequest,
        prompt=_SCRIPT.shots[number].prompt,
        width=size.width,
        height=size.height,
        seed=number,
    )
    call = Call(idempotency_key=f"mock:{story.id}:{number}")
    drawn = await production.studio_image.begin(request, call)
    if not isinstance(drawn, Ready):
        raise TypeError("the studio answers with the picture")
    return drawn.product
