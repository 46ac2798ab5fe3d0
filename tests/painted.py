"""A story with pictures of the built-in painter, without the time that a worker takes."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from domain import AspectRatio, Status, Style
from orchestration.media.store import new_key
from studio.painting import paint_picture
from tests.factories import add_rows, add_shot
from tests.pools import PAINTERS
from tests.stage import Stage

PROMPTS = (
    "A wide view of a tortoise and a hare on a road in the forest at noon",
    "An old woman in a red coat in a village at sunset, close",
    "Rain at night on a street of a town, a man with an umbrella and a dog",
    "A fisherman on the beach in the morning, a boat on the sea",
    "A hare under a tree in a meadow, a sunny day",
    "A girl and a boy in a room by a window in the evening",
    "Mountains in winter, snow falls, a traveller with a horse",
    "A ship among the stars",
)


async def painted_story(
    stage: Stage, *, shots: int, style: Style = Style.MOVIE, pictures: int | None = None
) -> UUID:
    """A story of so many shots; with fewer `pictures` they repeat, each as a file of its own."""
    rows = await add_rows(stage.database)
    more = [
        await add_shot(stage.database, rows.story, position=at, status=Status.COMPLETED)
        for at in range(2, shots + 1)
    ]
    painted = await asyncio.gather(
        *(PAINTERS.run(_paint, number, style) for number in range(pictures or shots))
    )
    for at, shot in enumerate([rows, *more]):
        key = new_key(str(rows.story), ".jpg")
        await stage.production.store.put_bytes(key, painted[at % len(painted)])
        async with stage.database.transaction() as session:
            await session.execute(
                text("UPDATE take SET media_key = :key WHERE id = :id"),
                {"key": key, "id": shot.take},
            )
    return rows.story


def _paint(number: int, style: Style) -> bytes:
    size = AspectRatio.WIDE_16_9.size
    return paint_picture(
        PROMPTS[number % len(PROMPTS)],
        style=style,
        style_prompt=None,
        width=size.width,
        height=size.height,
        seed=number,
    )
