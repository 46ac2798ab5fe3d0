"""The connection that listens: it lasts, or the process hears that it does not."""

import asyncio

import pytest

from db.connections import connect
from orchestration.queue.driver import LastingDriver
from tests.databases import run_sql

DEADLINE_S = 10
END_LISTENERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def test_listening_that_is_cut_off_goes_on(database_url: str) -> None:
    driver, again = LastingDriver(database_url), asyncio.Event()
    driver.on_resync(again.set)
    await driver.open()
    waiting = asyncio.create_task(driver.wait())

    await run_sql(database_url, END_LISTENERS)
    await asyncio.wait_for(again.wait(), DEADLINE_S)

    assert driver.is_listening
    assert not waiting.done()
    await driver.close()
    await asyncio.wait({waiting})


async def test_listening_that_ends_is_raised_to_who_waits_for_it(database_url: str) -> None:
    def stumble() -> None:
        raise ZeroDivisionError

    driver = LastingDriver(database_url)
    driver.on_resync(stumble)
    await driver.open()

    await run_sql(database_url, END_LISTENERS)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(driver.wait(), DEADLINE_S)

    assert not driver.is_listening
    await driver.close()


async def test_a_statement_that_was_a_deadlocks_victim_is_run_again(database_url: str) -> None:
    """As when two workers renew the heartbeats of the same jobs in another order."""
    driver = LastingDriver(database_url)
    await driver.open()
    await driver.execute("CREATE TABLE pair AS SELECT 1 AS id, 0 AS n UNION ALL SELECT 2, 0")
    other = await connect(database_url)
    await other.execute("SET deadlock_timeout = '1min'")  # it must not be the victim
    try:
        async with asyncio.timeout(DEADLINE_S):
            await other.execute("BEGIN")
            await other.execute("UPDATE pair SET n = n + 1 WHERE id = 2")
            victim = asyncio.create_task(
                driver.execute(
                    """DO $$ BEGIN
                        SET LOCAL deadlock_timeout = '3s';
                        UPDATE pair SET n = n + 1 WHERE id = 1;
                        UPDATE pair SET n = n + 1 WHERE id = 2;
                    END $$"""
                )
            )
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.02)
            await other.execute("UPDATE pair SET n = n + 1 WHERE id = 1")
            await other.execute("COMMIT")
        await asyncio.wait_for(victim, DEADLINE_S)

        assert await other.fetchval("SELECT array_agg(n) FROM pair") == [2, 2]
    finally:
        await other.close(timeout=5)
        await driver.close()
