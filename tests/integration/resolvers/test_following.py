"""Following a story: a client that reconnects misses no event and receives none twice."""

import asyncio
import random
from contextlib import aclosing
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from db.queries.events import append_events, ring
from db.queries.retention import delete_old_events
from db.rows import NewEvent
from db.session import Database
from domain import EventType
from resolvers.changes import StoryChange, log_reaches
from resolvers.stories import delete_story, follow_story
from tests.factories import add_rows
from tests.journeys import DEADLINE_S, drawn_story, follow_until
from tests.locks import somebody_waits
from tests.stage import Stage
from tests.statements import counting

EVENTS = 300


async def append(database: Database, story_id: UUID, count: int, *, at_once: int) -> None:
    """Log so many events, some in each transaction."""
    for start in range(0, count, at_once):
        events = [NewEvent(EventType.STORY_UPDATED)] * min(at_once, count - start)
        async with database.transaction() as session:
            await append_events(session, story_id, events)
        await asyncio.sleep(0)


async def follow_to(
    stage: Stage, story_id: UUID, last: int, *, cut_every: int | None = None
) -> list[int]:
    """The seqs that a client sees up to the last, reconnecting with its cursor now and then."""
    seen: list[int] = []
    after: int | None = 0
    while not seen or seen[-1] < last:
        before_cut = len(seen) + random.randint(1, cut_every) if cut_every else None
        async with aclosing(follow_story(stage.context(), str(story_id), after=after)) as following:
            async for changes in following:
                seen.extend(c.seq for c in changes if c.type is not EventType.PROGRESS)
                after = seen[-1]
                if after >= last or (before_cut is not None and len(seen) >= before_cut):
                    break
    return seen


async def test_a_client_that_is_cut_off_misses_nothing_while_forty_others_follow(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database)
    async with asyncio.timeout(DEADLINE_S):
        clients = [
            asyncio.create_task(
                follow_to(idle_stage, rows.story, EVENTS, cut_every=20 if number == 0 else None)
            )
            for number in range(41)
        ]
        await append(idle_stage.database, rows.story, EVENTS, at_once=7)
        seen = await asyncio.gather(*clients)

    assert all(seqs == list(range(1, EVENTS + 1)) for seqs in seen)


async def test_concurrent_writers_give_one_dense_sequence(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    async with asyncio.timeout(DEADLINE_S):
        client = asyncio.create_task(follow_to(idle_stage, rows.story, 200))
        await asyncio.gather(
            *(append(idle_stage.database, rows.story, 20, at_once=1) for _ in range(10))
        )
        seen = await client

    assert seen == list(range(1, 201))


async def test_a_cursor_older_than_the_log_gets_a_snapshot_that_says_reset(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database)
    await append(idle_stage.database, rows.story, 5, at_once=5)
    async with idle_stage.database.transaction() as session:
        await delete_old_events(session, older_than=timedelta(0))
    await append(idle_stage.database, rows.story, 2, at_once=2)

    first = await first_change(idle_stage, rows.story, after=1)

    assert first.type is EventType.SNAPSHOT
    assert first.reset
    assert first.seq == 7


async def test_a_cursor_of_another_time_gets_a_snapshot_that_says_reset(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    await append(idle_stage.database, rows.story, 1, at_once=1)

    first = await first_change(idle_stage, rows.story, after=99)

    assert first.reset


async def test_a_change_written_while_a_client_resumes_is_no_reason_to_reset(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        await session.execute(text("LOCK TABLE story IN ACCESS EXCLUSIVE MODE"))
        resuming = asyncio.create_task(
            idle_stage.database.read(lambda reading: log_reaches(reading, rows.story, 0))
        )
        await somebody_waits(idle_stage.database)
        await append_events(session, rows.story, [NewEvent(EventType.STORY_UPDATED)])

    assert await resuming


async def first_change(stage: Stage, story_id: UUID, *, after: int | None) -> StoryChange:
    async with asyncio.timeout(DEADLINE_S):
        async with aclosing(follow_story(stage.context(), str(story_id), after=after)) as following:
            async for changes in following:
                return changes[0]
    raise AssertionError("nothing came")


async def test_whoever_resumes_after_the_story_was_deleted_learns_of_it(stage: Stage) -> None:
    story, _ = await drawn_story(stage)
    await delete_story(stage.context(), str(story.id))

    seen = await follow_until(
        stage, story.id, lambda c: c.type is EventType.STORY_DELETED, after=story.event_seq
    )

    assert seen[-1].deleted_id == story.id


async def test_nobody_follows_for_nobody(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)

    await first_change(idle_stage, rows.story, after=None)

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"follower", "doorbell"}


async def test_a_client_that_goes_away_at_once_leaves_no_follower(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    client = asyncio.create_task(first_change(idle_stage, rows.story, after=None))

    while "follower" not in {task.get_name() for task in asyncio.all_tasks()}:
        await asyncio.sleep(0)
    client.cancel()
    await asyncio.wait({client})

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"follower", "doorbell"}


async def test_progress_waits_for_the_changes_before_it(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    await append(idle_stage.database, rows.story, 1, at_once=1)
    groups: list[list[StoryChange]] = []

    async with asyncio.timeout(DEADLINE_S):
        story = follow_story(idle_stage.context(), str(rows.story), after=0)
        async with aclosing(story) as following:
            groups.append(await anext(following))
            feed = idle_stage.services.following._reader.feeds[str(rows.story)]  # pyright: ignore[reportPrivateUsage]
            [client] = feed.clients
            await append(idle_stage.database, rows.story, 120, at_once=120)
            async with idle_stage.database.transaction() as session:
                await ring(session, rows.story, hint=f"shot {rows.shot}")
            while not client.progress:  # the client does not look meanwhile
                await asyncio.sleep(0.005)
            while groups[-1][-1].type is not EventType.PROGRESS:
                groups.append(await anext(following))

    seqs = [change.seq for group in groups for change in group]
    assert seqs == [*range(1, 122), 121]
    assert max(map(len, groups)) < 60


async def test_many_that_resume_at_once_share_their_reads(idle_stage: Stage) -> None:
    stories = [(await add_rows(idle_stage.database)).story for _ in range(40)]
    for story_id in stories:
        await append(idle_stage.database, story_id, 3, at_once=3)
    cursors = [(story_id, after) for story_id in stories for after in (0, 1)]

    with counting(idle_stage.database) as statements:
        firsts = await asyncio.gather(
            *(first_change(idle_stage, story_id, after=after) for story_id, after in cursors)
        )

    assert [(first.seq, first.reset) for first in firsts] == [(1, False), (2, False)] * 40
    assert len(statements) < 100  # two or three for each, if they read by themselves


async def test_positions_far_apart_are_read_to_the_end(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    await append(idle_stage.database, rows.story, 1_200, at_once=1_200)

    firsts = await asyncio.gather(
        *(first_change(idle_stage, rows.story, after=after) for after in (0, 700, 1_199))
    )

    assert [first.seq for first in firsts] == [1, 701, 1_200]
