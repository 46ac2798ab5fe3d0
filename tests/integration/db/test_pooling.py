"""PgBouncer in both modes: what works through it, and what a start says if it cannot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from db.connections import connect
from db.migrate import migrate
from db.pooling import Pooling, find_pooling
from db.read_sessions import Reads
from db.session import Database
from db.setting_names import UNPOOLED_SESSIONS
from errors import SetupError
from orchestration.queue.jobs import Job, Step, enqueue
from tests.own_pgbouncer import needs_pgbouncer, pgbouncer
from tests.own_postgres import OwnPostgres, own_postgres

pytestmark = needs_pgbouncer


@dataclass(frozen=True, slots=True)
class Ways:
    """The same server: itself, and through PgBouncer in each mode."""

    direct: OwnPostgres
    by_session: OwnPostgres
    by_transaction: OwnPostgres


@pytest.fixture(scope="module")
async def ways() -> AsyncIterator[Ways]:
    async with (
        own_postgres("host all all all scram-sha-256") as direct,
        pgbouncer(direct, mode="session", size=8) as by_session,
        pgbouncer(direct, mode="transaction", size=3) as by_transaction,
    ):
        yield Ways(direct, by_session, by_transaction)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("session", Pooling.SESSION), ("transaction", Pooling.TRANSACTION)],
)
@pytest.mark.parametrize(("size", "in_turns"), [(20, "0"), (20, "1"), (1, "0")])
async def test_the_kind_of_pooling_is_found(
    ways: Ways, mode: str, expected: Pooling, size: int, in_turns: str
) -> None:
    async with pgbouncer(ways.direct, mode=mode, size=size, server_round_robin=in_turns) as pooled:
        async with asyncio.TaskGroup() as others:  # several sessions of the server are open
            for _ in range(4):
                others.create_task(find_pooling(pooled.url()))

        assert await find_pooling(pooled.url()) is expected


async def test_a_server_without_a_pooler_is_found(ways: Ways, server_url: str) -> None:
    assert await find_pooling(ways.direct.url()) is Pooling.NONE
    assert await find_pooling(server_url) is Pooling.NONE


async def test_a_pooler_by_transaction_needs_a_direct_address(ways: Ways) -> None:
    pooled, direct = ways.by_transaction.url(), ways.direct.url()

    for is_long in (False, True):
        with pytest.raises(SetupError, match="Set AI_STORY_DATABASE_DIRECT_URL") as alone:
            await Database(pooled).check_at_start(is_long=is_long)
        with pytest.raises(SetupError, match=r"\(AI_STORY_DATABASE_DIRECT_URL\) gives every"):
            await Database(direct, direct_url=pooled).check_at_start(is_long=is_long)
        await Database(pooled, direct_url=direct).check_at_start(is_long=is_long)
        await Database(pooled, direct_url=ways.by_session.url()).check_at_start(is_long=is_long)
    assert "\n" not in alone.value.message


async def test_two_addresses_are_those_of_one_database(ways: Ways) -> None:
    await ways.direct.run("CREATE DATABASE other OWNER story")
    other = ways.direct.url(database="other")

    with pytest.raises(SetupError, match="lead to different databases"):
        await Database(ways.by_transaction.url(), direct_url=other).check_at_start(is_long=False)


async def test_statements_survive_a_pooler_by_transaction(ways: Ways) -> None:
    pooled, direct = ways.by_transaction.url(), ways.direct.url()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(pooled, direct_url=direct))
        async with database.direct_engine() as engine:
            await migrate(engine)

        async def read(number: int) -> int:
            async with database.reading() as session:
                await session.execute(text("SELECT count(*) FROM story"))
                found = await session.execute(text("SELECT CAST(:n AS int)"), {"n": number})
                return found.scalar_one()

        found = await asyncio.gather(*(read(number) for number in range(200)))
        async with database.transaction() as session:
            await enqueue(session, [a_job(number) for number in range(20)])
        async with database.reading() as session:
            queued = (await session.execute(text("SELECT count(*) FROM pgqueuer"))).scalar_one()

    assert found == list(range(200))
    assert queued == 20


def a_job(number: int) -> Job:
    """A job that no worker takes."""
    name = UUID(int=number)
    return Job(step=Step.ABORT, provider="nobody", story_id=name, work_id=name)


async def test_what_a_read_writes_stays(ways: Ways) -> None:
    database = Database(ways.by_transaction.url(), direct_url=ways.direct.url())
    async with database:
        async with database.direct_engine() as engine:
            await migrate(engine)
        async with database.reading() as session:
            await session.execute(text("DELETE FROM secret"))
            await session.execute(
                text("INSERT INTO secret (name, value) VALUES ('x', decode('00', 'hex'))")
            )
        async with database.reading() as session:
            names = (await session.execute(text("SELECT name FROM secret"))).scalars().all()

    assert names == ["x"]


async def test_a_pool_that_is_too_small_is_told_at_the_start(ways: Ways) -> None:
    url = ways.by_session.url()

    await Database(url, sessions=24).check_at_start(is_long=False)
    await Database(url, sessions=8).check_at_start(is_long=True)
    with pytest.raises(SetupError) as refused:
        await Database(url, sessions=24).check_at_start(is_long=True)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            other = await connect(url)
            stack.push_async_callback(other.close, timeout=5)
        with pytest.raises(SetupError) as crowded:
            await Database(url, sessions=8).check_at_start(is_long=True)

    assert "has 8 sessions for this process, which needs 24" in refused.value.message
    assert "Set AI_STORY_DATABASE_SESSIONS to at most 8, or raise" in refused.value.message
    assert "has 5 sessions for this process, which needs 8" in crowded.value.message
    assert "Raise the limit there." in crowded.value.message


async def test_a_limit_of_the_server_is_told_at_the_start(ways: Ways) -> None:
    await ways.direct.run("CREATE DATABASE few OWNER story CONNECTION LIMIT 9")
    url = ways.direct.url(database="few")

    await Database(url, sessions=9).check_at_start(is_long=True)
    with pytest.raises(SetupError) as refused:
        await Database(url).check_at_start(is_long=True)

    assert "allows 9 sessions for this process, which needs 24" in refused.value.message


async def test_a_process_holds_no_more_sessions_than_it_may(ways: Ways) -> None:
    await ways.direct.run("CREATE DATABASE counted OWNER story")
    url = ways.direct.url(database="counted")

    async with Database(url, sessions=7) as database:

        async def count(opened: Callable[[], AbstractAsyncContextManager[Reads]]) -> int:
            async with opened() as session:
                await session.execute(text("SELECT pg_sleep(0.05)"))
                found = await session.execute(text(COUNT_SESSIONS))
                return found.scalar_one()

        ways_in = [database.reading, database.transaction] * 15
        held = await asyncio.gather(*(count(way_in) for way_in in ways_in))

    assert max(held) == 7 - UNPOOLED_SESSIONS


COUNT_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
