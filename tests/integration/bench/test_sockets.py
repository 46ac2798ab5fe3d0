"""A subscriber that is not served ends a bench at once, with the server's reason."""

import asyncio
from dataclasses import replace

import pytest

from bench.sockets import RefusedError, open_subscribers
from tests.graphql_client import DEADLINE_S, serving_stage
from tests.stage import Stage

FOLLOW = {"query": "subscription { storiesUpdated { id } }"}


async def refusal(url: str, payload: dict[str, str], count: int) -> str:
    """With what sentence opening so many subscribers fails."""
    with pytest.raises(RefusedError) as caught:
        async with asyncio.timeout(DEADLINE_S):
            await open_subscribers(url, [payload] * count, at_once=count)
    return str(caught.value)


async def test_a_subscriber_beyond_the_limit_is_told(idle_stage: Stage) -> None:
    options = replace(idle_stage.services.options, connections_per_viewer=2)
    async with serving_stage(idle_stage, options) as url:
        assert "1013 Too many connections" in await refusal(url, FOLLOW, 3)


async def test_an_invalid_subscription_is_told(idle_stage: Stage) -> None:
    async with serving_stage(idle_stage) as url:
        assert "Cannot query field" in await refusal(url, {"query": "subscription { no }"}, 1)
