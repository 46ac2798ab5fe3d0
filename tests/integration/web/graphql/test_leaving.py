"""Clients that disconnect in the middle of a response."""

import asyncio
import gc
import logging

import pytest

from tests.factories import add_rows
from tests.graphql_client import open_socket, serving_stage
from tests.stage import Stage

DEEP = """{ stories(first: 5) { edges { node { id content filmWarnings { code }
    shots { id takes { id } story { id } } video { id } } } } }"""


@pytest.mark.parametrize("after_s", [0, 0.002, 0.005, 0.01])
async def test_who_leaves_in_the_middle_is_no_error_of_ours(
    idle_stage: Stage, after_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    await add_rows(idle_stage.database)
    async with serving_stage(idle_stage) as url:
        for _ in range(8):
            async with open_socket(url) as socket:
                for name in "abcd":
                    payload = {"query": DEEP}
                    await socket.send({"id": name, "type": "subscribe", "payload": payload})
                await asyncio.sleep(after_s)
    gc.collect()  # an un-awaited coroutine is reported when it is collected

    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
