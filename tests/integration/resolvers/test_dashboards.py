"""Dashboards: one reader for all of them, which reads only the changes of their owners."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from db.queries.events import append_events
from db.queries.stories import list_states
from db.rows import NewEvent, Standing, StoryRow
from domain import EventType, Scope, Status
from resolvers.context import Viewer
from resolvers.stories import follow_stories
from tests.databases import run_sql
from tests.factories import add_rows, add_shot
from tests.stage import Stage
from tests.statements import counting

DEADLINE_S = 20
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
OWNERS = [f"owner {number}" for number in range(5)]


class Watcher:
    """A dashboard: what it was told, and how far the stories were then."""

    def __init__(self, stage: Stage, owner_id: str, *, scope: Scope = Scope.READ) -> None:
        self._stage, self.viewer = stage, Viewer(owner_id, owner_id, scope)
        self.told: list[StoryRow] = []
        self.standing = Standing()
        self._moved = asyncio.Event()

    async def watch(self) -> None:
        """Until it is canceled."""
        context = replace(self._stage.context(), viewer=self.viewer)
        async with aclosing(follow_stories(context)) as groups:
            async for states in groups:
                self.told += [state.story for state in states]
                self.standing = states[-1].standing
                self._moved.set()

    async def hears_of(self, *story_ids: UUID) -> None:
        """Wait until it has been told of each of them."""
        async with asyncio.timeout(DEADLINE_S):
            while not set(story_ids) <= {story.id for story in self.told}:
                self._moved.clear()
                await self._moved.wait()


@asynccontextmanager
async def watching(stage: Stage, *watchers: Watcher) -> AsyncGenerator[None]:
    """All of them watch meanwhile."""
    tasks = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    try:
        async with asyncio.timeout(DEADLINE_S):
            while stage.services.dashboards.watched_by < len(watchers):
                await asyncio.sleep(0.005)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def change(stage: Stage, *story_ids: UUID) -> None:
    """One change of each story, all in one moment."""
    async with stage.database.transaction() as session:
        for story_id in story_ids:
            await append_events(session, story_id, [NewEvent(EventType.STORY_UPDATED)])


async def stories_of(stage: Stage, owners: Iterable[str]) -> dict[str, UUID]:
    return {owner: (await add_rows(stage.database, owner_id=owner)).story for owner in owners}


async def statements_for(stage: Stage, *watchers: Watcher, stories: dict[str, UUID]) -> list[str]:
    """What is read for two rounds of changes, the writing left out."""
    async with watching(stage, *watchers):
        with counting(stage.database) as statements:
            for _ in range(2):
                for watcher in watchers:
                    watcher.told.clear()
                await change(stage, *stories.values())
                for watcher in watchers:
                    await watcher.hears_of(stories[watcher.viewer.id])
        return [found for found in statements if found.startswith("SELECT")]


async def test_twenty_dashboards_of_five_owners_cost_what_one_costs(idle_stage: Stage) -> None:
    stories = await stories_of(idle_stage, OWNERS)
    one = Watcher(idle_stage, OWNERS[0])
    twenty = [Watcher(idle_stage, owner) for owner in OWNERS * 4]

    for_one = await statements_for(idle_stage, one, stories=stories)
    for_twenty = await statements_for(idle_stage, *twenty, stories=stories)

    assert len(for_one) == len(for_twenty) == 2
    for watcher in twenty:
        assert {story.id for story in watcher.told} == {stories[watcher.viewer.id]}


async def test_the_reader_reads_the_stories_of_the_owners_that_are_watched(
    idle_stage: Stage,
) -> None:
    ids = await stories_of(idle_stage, ("watched", "watched too", "unwatched"))
    watched = {"watched", "watched too"}
    long_ago = datetime.now(UTC) - timedelta(days=1)
    async with idle_stage.database.reading() as session:
        rung = await list_states(session, ids.values(), owner_ids=watched)
        after_an_outage = await list_states(session, [], changed_since=long_ago, owner_ids=watched)
        everybody = await list_states(session, ids.values())

    assert [state.story.owner_id for state in rung] == ["watched", "watched too"]
    assert {state.story.owner_id for state in after_an_outage} == watched
    assert {state.story.id for state in everybody} == set(ids.values())


async def test_each_dashboard_is_told_of_its_owners_stories_and_an_admins_of_all(
    idle_stage: Stage,
) -> None:
    ids = await stories_of(idle_stage, ("one", "other"))
    one, other = Watcher(idle_stage, "one"), Watcher(idle_stage, "other")
    admin = Watcher(idle_stage, "admin", scope=Scope.ADMIN)
    await add_shot(idle_stage.database, ids["one"], position=2, status=Status.FAILED)
    async with watching(idle_stage, one, other, admin):
        await change(idle_stage, *ids.values())
        await one.hears_of(ids["one"])
        await other.hears_of(ids["other"])
        await admin.hears_of(*ids.values())

    assert {story.owner_id for story in one.told} == {"one"}
    assert {story.owner_id for story in other.told} == {"other"}
    assert one.told[0] is next(story for story in admin.told if story.id == ids["one"])
    assert (one.standing.shots.total, one.standing.shots.failed) == (2, 1)


async def test_after_the_database_was_lost_all_that_changed_is_told(idle_stage: Stage) -> None:
    ids = await stories_of(idle_stage, ("patient",))
    watcher = Watcher(idle_stage, "patient")
    async with watching(idle_stage, watcher):
        async with idle_stage.database.transaction() as session:
            await session.execute(
                text("UPDATE story SET updated_at = now() WHERE id = :id"), {"id": ids["patient"]}
            )  # its ring is lost
        await run_sql(idle_stage.database.url, END_OTHERS)
        await watcher.hears_of(ids["patient"])


async def test_nothing_is_read_and_no_task_is_left_when_nobody_watches(idle_stage: Stage) -> None:
    ids = await stories_of(idle_stage, ("gone",))
    async with watching(idle_stage, Watcher(idle_stage, "gone"), Watcher(idle_stage, "gone")):
        pass
    with counting(idle_stage.database) as statements:
        await change(idle_stage, ids["gone"])

    assert idle_stage.services.dashboards.watched_by == 0
    assert "dashboards" not in {task.get_name() for task in asyncio.all_tasks()}
    assert not [statement for statement in statements if statement.startswith("SELECT")]
