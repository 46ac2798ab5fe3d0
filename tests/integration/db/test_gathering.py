"""Reads that are asked for at the same time are one statement, and remain as separate as before."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import update

from db.gathering import Gathering
from db.models import Story
from domain import Scope
from errors import DatabaseUnavailableError
from resolvers.context import Context
from resolvers.policies import Viewer
from resolvers.stories import get_story
from tests.factories import add_rows
from tests.stage import Stage
from tests.statements import counting


class Source:
    """Squares numbers, as many at once as it is asked to; reads can be held up."""

    def __init__(self, *, size: int = 200, reads: int = 1) -> None:
        self.asked: list[list[int]] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.gathering = Gathering(self._read, size=size, reads=reads)

    async def _read(self, keys: Collection[int]) -> Mapping[int, int]:
        self.asked.append(list(keys))
        await self.is_open.wait()
        if 13 in keys:
            raise ValueError("13")
        if 500 in keys:
            raise DatabaseUnavailableError("away")
        return {key: key * key for key in keys}


async def test_those_of_the_same_pass_are_read_together_and_each_once() -> None:
    source = Source()

    assert await asyncio.gather(*map(source.gathering.load, [1, 2, 2, 3])) == [1, 4, 4, 9]

    assert source.asked == [[1, 2, 3]]


async def test_whoever_comes_after_a_read_has_begun_gets_a_later_one() -> None:
    source = Source()
    source.is_open.clear()
    first = source.gathering.load(2)
    await asyncio.sleep(0.01)
    others = [source.gathering.load(2), source.gathering.load(3)]
    await asyncio.sleep(0.01)
    assert source.asked == [[2]]

    source.is_open.set()

    assert await asyncio.gather(first, *others) == [4, 4, 9]
    assert source.asked == [[2], [2, 3]]


async def test_a_read_has_a_bounded_size_and_several_are_under_way() -> None:
    source = Source(size=2, reads=2)
    source.is_open.clear()
    loaded = [source.gathering.load(key) for key in range(7)]
    await asyncio.sleep(0.01)
    assert source.asked == [[0, 1], [2, 3]]

    source.is_open.set()

    assert await asyncio.gather(*loaded) == [key * key for key in range(7)]
    assert source.asked == [[0, 1], [2, 3], [4, 5], [6]]


async def test_one_that_fails_does_not_fail_the_others() -> None:
    source = Source()

    found = await asyncio.gather(*map(source.gathering.load, [1, 13, 2]), return_exceptions=True)

    assert [found[0], found[2]] == [1, 4]
    assert isinstance(found[1], ValueError)


async def test_a_lost_database_is_not_asked_for_each_of_them_again() -> None:
    source = Source()

    found = await asyncio.gather(*map(source.gathering.load, [1, 500]), return_exceptions=True)

    assert all(isinstance(one, DatabaseUnavailableError) for one in found)
    assert source.asked == [[1, 500]]


async def test_whoever_leaves_takes_nobody_along() -> None:
    source = Source()
    leaving, staying = source.gathering.load(2), source.gathering.load(2)

    leaving.cancel()

    assert await staying == 4


async def test_a_read_that_is_cut_off_leaves_nobody_waiting() -> None:
    source = Source()
    source.is_open.clear()
    waiting = source.gathering.load(2)
    await asyncio.sleep(0.01)
    [task] = [one for one in asyncio.all_tasks() if one.get_name() == "gathering"]

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.fixture(scope="module")
async def story_ids(idle_stage: Stage) -> list[UUID]:
    """Stories of alice, bob and carol."""
    owners = "alice", "bob", "carol"
    return [(await add_rows(idle_stage.database, owner_id=owner)).story for owner in owners]


async def test_stories_of_many_owners_are_one_statement_and_each_sees_only_its_own(
    idle_stage: Stage, story_ids: list[UUID]
) -> None:
    viewers = [Viewer(name, name, Scope.READ) for name in ("alice", "bob", "stranger")]
    viewers.append(Viewer("operator", "Operator", Scope.ADMIN))
    contexts = [replace(idle_stage.context(), viewer=viewer) for viewer in viewers]

    with counting(idle_stage.database) as statements:
        found = await asyncio.gather(
            *(get_story(context, str(id_)) for context in contexts for id_ in story_ids)
        )

    seen = [story and story.id for story in found]
    alice, bob, carol = story_ids
    assert seen == [alice, None, None, None, bob, None, None, None, None, alice, bob, carol]
    assert len(statements) == 1


async def test_a_change_that_was_committed_before_is_always_seen(
    idle_stage: Stage, story_ids: list[UUID]
) -> None:
    context = replace(idle_stage.context(), viewer=Viewer("alice", "Alice", Scope.READ))
    others = [asyncio.create_task(_keep_reading(context, story_ids[0])) for _ in range(3)]

    for number in range(50):
        async with idle_stage.database.transaction() as session:
            change = update(Story).where(Story.id == story_ids[0]).values(title=f"No. {number}")
            await session.execute(change)
        story = await get_story(context, str(story_ids[0]))
        assert story is not None
        assert story.title == f"No. {number}"

    for other in others:
        other.cancel()


async def _keep_reading(context: Context, story_id: UUID) -> None:
    while True:
        await get_story(context, str(story_id))
