"""Bare connections: their values are those of SQLAlchemy's own sessions."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from asyncpg import PostgresError
from sqlalchemy import (
    Executable,
    Float,
    Numeric,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from db.models import ApiKey, Story
from db.queries.api_keys import add_key
from db.queries.stories import add_story, fail_scripts, get_story
from db.session import AsyncSession, Database
from domain import Scope, Status, StoryRequest, Style

_SLEEP = text("SELECT pg_sleep(30)")
_PID = text("SELECT pg_backend_pid()")


async def both_ways(
    database: Database, statement: Executable, values: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """The rows, which must be equal."""
    async with database.transaction() as session:
        expected = [tuple(row) for row in await session.execute(statement, values or {})]
    async with database.reading() as session:
        found = [tuple(row) for row in await session.execute(statement, values)]
    assert found == expected
    assert [list(map(type, row)) for row in found] == [list(map(type, row)) for row in expected]
    return found


async def pid_of(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(_PID)).scalar_one()


async def add(session: AsyncSession, **more: Any) -> UUID:
    request = StoryRequest(content="Once.", **more)
    return (await add_story(session, request, owner_id="local")).id


async def test_every_type_of_a_column_comes_back_as_from_a_transaction(database: Database) -> None:
    async with database.transaction() as session:
        await add(session, style=Style.ANIMATION, title="日本\u0301")
    [row] = await both_ways(database, select(*Story.__table__.columns))
    assert (Status.PENDING in row, Style.ANIMATION in row) == (True, True)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (cast(literal({"a": [1, None, "ü"]}, JSONB()), JSONB), {"a": [1, None, "ü"]}),
        (cast(literal("1.50"), Numeric(10, 2)), Decimal("1.50")),
        (cast(literal(1.5), Float), 1.5),
        (func.sum(cast(literal("2"), Numeric), type_=Float()), 2.0),
        (func.count(), 1),
        (literal(None), None),
    ],
)
async def test_values_have_the_types_of_their_expressions(
    database: Database, expression: Any, value: object
) -> None:
    assert await both_ways(database, select(expression)) == [(value,)]


@pytest.mark.parametrize("statuses", [[], [Status.PENDING], [Status.FAILED, Status.PENDING]])
async def test_a_list_after_in_may_have_any_length(
    database: Database, statuses: list[Status]
) -> None:
    async with database.transaction() as session:
        story_id = await add(session)
    found = await both_ways(database, select(Story.id).where(Story.status.in_(statuses)))
    assert found == ([(story_id,)] if Status.PENDING in statuses else [])


async def test_equal_statements_with_other_values_are_not_confused(database: Database) -> None:
    for number in (1, 2, 3):
        assert await both_ways(database, select(literal(number) + 1)) == [(number + 1,)]
    named = select(bindparam("given", type_=String()), bindparam("usual", "as built", String()))
    for given in ("one", "two", None):
        assert await both_ways(database, named, {"given": given}) == [(given, "as built")]


async def test_results_answer_as_those_of_sqlalchemy(database: Database) -> None:
    async with database.reading() as session:
        two = await session.execute(text("SELECT generate_series(1, 2), 'x'"))
        none = await session.execute(text("SELECT 1 WHERE false"))
    assert [list(row) for row in two.all()] == [[1, "x"], [2, "x"]]
    assert list(two.scalars()) == [1, 2]
    assert none.one_or_none() is none.scalar_one_or_none() is None
    with pytest.raises(MultipleResultsFound):
        two.one_or_none()
    with pytest.raises(NoResultFound):
        none.scalar_one()


async def test_a_refused_statement_leaves_the_connection_usable(database: Database) -> None:
    before = await pid_of(database)
    with pytest.raises(PostgresError):
        async with database.reading() as session:
            await session.execute(text("SELECT 1 / 0"))
    assert await pid_of(database) == before


async def test_a_cancelled_read_does_not_answer_the_next_one(database: Database) -> None:
    before = await pid_of(database)
    with pytest.raises(TimeoutError):
        async with database.reading() as session, asyncio.timeout(0.1):
            await session.execute(_SLEEP)
    assert await pid_of(database) != before


async def test_an_error_of_the_caller_costs_no_connection(database: Database) -> None:
    before = await pid_of(database)
    with pytest.raises(ZeroDivisionError):
        async with database.reading():
            raise ZeroDivisionError
    assert await pid_of(database) == before


async def test_reads_see_what_has_just_been_committed(database: Database) -> None:
    async with database.transaction() as session:
        story_id = await add(session)
    async with database.reading() as session:
        assert (found := await get_story(session, story_id)) is not None
        async with database.transaction() as writing:
            await fail_scripts(writing, [])
            await writing.execute(text("UPDATE story SET title = 'New'"))
        assert found.title is None
        assert (found := await get_story(session, story_id)) is not None
        assert found.title == "New"


async def test_an_enum_whose_names_are_not_its_values_is_written_by_name(
    database: Database,
) -> None:
    async with database.writing() as session:
        await add_key(
            session, "key", owner_id="local", scope=Scope.WRITE, digest="d", expires_at=None
        )
        scopes = await session.execute(select(cast(ApiKey.scope, Text)))

    assert list(scopes.scalars()) == ["WRITE"]


async def test_nothing_is_written_as_null_and_defaults_where_nothing_is_named(
    database: Database,
) -> None:
    async with database.writing() as session:
        await add_story(session, StoryRequest(content="Once."), owner_id="local")
        await session.execute(update(Story).values(failure=None))
        stored = await session.execute(select(Story.failure.is_(None), Story.attempt))

    assert [tuple(row) for row in stored] == [(True, 0)]


async def test_a_transaction_that_fails_or_is_cancelled_changes_nothing(
    database: Database,
) -> None:
    async def write(then: Callable[[], Awaitable[None]]) -> None:
        async with database.writing() as session:
            await add_story(session, StoryRequest(content="Once."), owner_id="local")
            await then()

    async def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours
        await write(fail)
    forever = asyncio.create_task(write(partial(asyncio.sleep, 60)))
    await asyncio.sleep(0.2)
    forever.cancel()
    await asyncio.wait({forever})

    async with database.reading() as session:
        assert (await session.execute(select(func.count(Story.id)))).scalar_one() == 0
