"""What a film will lack is told before it is made, with the fonts to install."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db.models import Shot, Story
from domain import Status
from orchestration.films.foreseeing import foresee_warnings
from orchestration.media.lettering.typefaces import Typefaces
from resolvers.stories import require_story
from tests.factories import add_rows, add_shot
from tests.fonts import make_font
from tests.graphql_client import ask, serving_stage
from tests.stage import Stage
from tests.statements import counting

LONG_TEXT = "The fox ran home over the hill. " * 20_000
READ = """query($id: ID!) { story(id: $id) {
    burned: filmWarnings { code message shotPositions }
    plain: filmWarnings(burnSubtitles: false) { message shotPositions }
} }"""
READ_ALL = "{ stories { nodes { filmWarnings { message } } } }"


def with_production(stage: Stage, **changes: Any) -> Stage:
    """The same backend with other tools."""
    services = stage.services
    return replace(
        stage, services=replace(services, production=replace(services.production, **changes))
    )


@pytest.fixture
async def stage(idle_stage: Stage, tmp_path: Path) -> Stage:
    """No story, and fonts in one folder alone: a machine may have any."""
    async with idle_stage.database.transaction() as session:
        await session.execute(text("DELETE FROM story"))
    return with_production(idle_stage, typefaces=Typefaces((tmp_path,)))


@pytest.fixture
async def url(stage: Stage) -> AsyncIterator[str]:
    async with serving_stage(stage) as url:
        yield url


async def tell(stage: Stage, story_id: UUID, **values: Any) -> None:
    """Write these into the story's row."""
    async with stage.database.transaction() as session:
        story = await session.get_one(Story, story_id)
        for name, value in values.items():
            setattr(story, name, value)


async def narrate(stage: Stage, shot_id: UUID, narration: str) -> None:
    async with stage.database.transaction() as session:
        (await session.get_one(Shot, shot_id)).narration = narration


async def read(url: str, story_id: UUID) -> dict[str, Any]:
    return (await ask(url, READ, {"id": str(story_id)}))["story"]


async def test_letters_of_subtitles_are_told_with_their_shots_and_the_fonts_to_install(
    stage: Stage, url: str
) -> None:
    rows = await add_rows(stage.database)
    third = await add_shot(stage.database, rows.story, position=3, status=Status.PENDING)
    await add_shot(stage.database, rows.story, position=2, status=Status.COMPLETED)
    await narrate(stage, rows.shot, "The flag 🇨🇳 was seen.")
    await narrate(stage, third.shot, "She said: กข.")

    found = await read(url, rows.story)

    [warning] = found["burned"]
    assert warning["code"] == "MISSING_GLYPHS"
    assert warning["shotPositions"] == [1, 3]
    assert "the film's Thai (ก ข 🇨🇳): they are left out" in warning["message"]
    assert "Install Noto Sans Thai (fonts-noto-core), or put such fonts" in warning["message"]
    assert found["plain"] == []


async def test_letters_of_the_title_are_told_whether_subtitles_are_burned_or_not(
    stage: Stage, url: str
) -> None:
    rows = await add_rows(stage.database)
    await tell(stage, rows.story, title="ก")

    found = await read(url, rows.story)

    assert found["burned"][0]["shotPositions"] == found["plain"][0]["shotPositions"] == []
    assert found["burned"][0]["message"] == found["plain"][0]["message"]
    assert "Thai (ก)" in found["plain"][0]["message"]


async def test_a_font_that_is_installed_ends_the_warning_without_a_restart(
    stage: Stage, url: str, tmp_path: Path
) -> None:
    rows = await add_rows(stage.database)
    await narrate(stage, rows.shot, "กข")
    before = await read(url, rows.story)

    make_font(tmp_path / "thai.ttf", "Boxes", dict.fromkeys("กข", 500))

    assert len(before["burned"]) == 1
    assert (await read(url, rows.story))["burned"] == []


async def test_until_there_are_shots_the_text_tells(stage: Stage, url: str) -> None:
    rows = await add_rows(stage.database, story=Status.GENERATING)
    async with stage.database.transaction() as session:
        await session.execute(text("DELETE FROM shot"))
    await tell(stage, rows.story, content="Once. กข")

    waiting = await read(url, rows.story)
    await tell(stage, rows.story, status=Status.COMPLETED)
    without_shots = await read(url, rows.story)

    [warning] = waiting["burned"]
    assert "Thai (ก ข)" in warning["message"]
    assert warning["shotPositions"] == []
    assert waiting["plain"] == []
    assert without_shots["burned"] == [], "there is nothing to make a film of"


async def test_nothing_is_told_where_a_service_makes_the_films(
    stage: Stage, filming_stage: Stage
) -> None:
    rows = await add_rows(stage.database)
    await narrate(stage, rows.shot, "กข")
    line_up = filming_stage.production.line_up

    async with serving_stage(with_production(stage, line_up=line_up)) as url:
        found = await read(url, rows.story)

    assert found == {"burned": [], "plain": []}


@pytest.mark.parametrize("awaits_script", [False, True])
async def test_any_number_of_stories_cost_the_same_statements(
    stage: Stage, url: str, awaits_script: bool
) -> None:
    for _ in range(10):
        await add_rows(stage.database, story=Status.PENDING)
    async with stage.database.transaction() as session:
        await session.execute(text("UPDATE shot SET narration = 'ก'"))
        await session.execute(text("UPDATE story SET content = 'ก'"))
        if awaits_script:
            await session.execute(text("DELETE FROM shot"))

    with counting(stage.database) as statements:
        data = await ask(url, READ_ALL)

    assert [len(story["filmWarnings"]) for story in data["stories"]["nodes"]] == [1] * 10
    assert len(statements) == 2 + awaits_script  # the page, all shots, all texts


async def test_looking_through_a_long_text_leaves_the_event_loop_to_others(stage: Stage) -> None:
    rows = await add_rows(stage.database)
    story = await require_story(stage.context(), str(rows.story))
    looking = asyncio.create_task(foresee_warnings(stage.production, story, {1: LONG_TEXT}))
    looked = 0

    while not looking.done():
        await asyncio.sleep(0.005)
        looked += 1

    assert looked > 5
    assert await looking == []
