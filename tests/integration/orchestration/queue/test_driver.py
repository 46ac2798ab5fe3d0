"""The connection that listens: it lasts, or the process hears that it does not."""

import asyncio

import pytest

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
