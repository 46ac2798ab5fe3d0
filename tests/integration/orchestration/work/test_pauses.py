"""The whole fleet pauses a service that refuses or is down, and clients see it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from db.models import Work
from db.queries import stories
from db.queries.pauses import PAUSES_CHANNEL, list_pauses
from db.session import Database
from domain import EventType, ServiceKind, Status
from errors import ProviderUnavailableError, RateLimitedError
from orchestration.queue.driver import LastingDriver
from orchestration.queue.retries import RetryLaterError
from orchestration.work.pauses import PauseReason, Pauses, ServicePausedError
from resolvers.changes import StoryChange
from resolvers.servers import list_providers
from resolvers.waiting import waits_for
from tests.factories import add_rows
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.journeys import (
    drawn_story,
    follow_until,
    is_settled,
    read,
    start_story,
)
from tests.locks import somebody_waits
from tests.stage import Scene, hurried, open_stage

DEADLINE_S = 30
SHORTEST_S = 0.3
"""The first pause of a series in these tests; in the program it is a second."""
EIGHT = "One. Two. Three. Four. Five. Six. Seven. Eight."
SLOW_DOWN = Behaviour(status=429, headers={"Retry-After": "1"})
DOWN = Behaviour(status=503, body=b"{}")


def make_pauses(
    database: Database, *, rate_limit_patience_s: float = 900, outage_patience_s: float = 120
) -> Pauses:
    return Pauses(
        database,
        rate_limit_patience_s=rate_limit_patience_s,
        outage_patience_s=outage_patience_s,
        shortest_s=SHORTEST_S,
    )


@pytest.fixture
async def driver(database_url: str) -> AsyncIterator[LastingDriver]:
    driver = LastingDriver(database_url)
    await driver.open()
    yield driver
    await driver.close()


async def refuse(
    pauses: Pauses, error: Exception, *, kind: ServiceKind = ServiceKind.IMAGE
) -> None:
    async with pauses.asking(kind, "painter"):
        raise error


async def test_a_refusal_at_one_process_holds_every_process_until_it_is_over(
    database: Database, driver: LastingDriver
) -> None:
    here, there = make_pauses(database), make_pauses(database)
    await there.follow(driver)
    heard = asyncio.Event()
    await driver.add_listener(PAUSES_CHANNEL, lambda _: heard.set())

    with pytest.raises(ServicePausedError) as paused:
        await refuse(here, RateLimitedError("Slow down.", retry_after_s=40))
    await asyncio.wait_for(heard.wait(), DEADLINE_S)
    newcomer = make_pauses(database)
    await newcomer.follow(driver)

    assert 39 < paused.value.wait_s < 51
    for process in (here, there, newcomer):
        pause = process.current(ServiceKind.IMAGE, "painter")
        assert pause is not None
        assert pause.reason is PauseReason.RATE_LIMITED
        assert 38 < pause.remaining_s <= 40
        with pytest.raises(RetryLaterError):
            process.hold(ServiceKind.IMAGE, "painter")
        process.hold(ServiceKind.SCRIPT, "painter")  # another kind of work is not meant


async def test_what_a_service_asks_for_is_bounded(database: Database) -> None:
    pauses = make_pauses(database)

    with pytest.raises(ServicePausedError):
        await refuse(pauses, RateLimitedError("Tomorrow.", retry_after_s=86_400))

    pause = pauses.current(ServiceKind.IMAGE, "painter")
    assert pause is not None
    assert pause.remaining_s <= 120


async def test_many_refusals_at_once_are_one_pause(database: Database) -> None:
    pauses = make_pauses(database)

    results = await asyncio.gather(
        *(refuse(pauses, RateLimitedError("Slow down.")) for _ in range(50)),
        return_exceptions=True,
    )

    assert {type(result) for result in results} == {ServicePausedError}
    pause = pauses.current(ServiceKind.IMAGE, "painter")
    assert pause is not None
    assert pause.remaining_s <= SHORTEST_S


async def test_a_pause_waits_for_no_story_that_is_told_of_another(database: Database) -> None:
    pauses = make_pauses(database)
    rows = await add_rows(database, shot=Status.GENERATING)
    slow = RateLimitedError("Slow down.", retry_after_s=40)
    async with database.transaction() as session:
        work = await session.get_one(Work, rows.take)
        work.provider = "painter"

    async with database.transaction() as session:
        await stories.lock_row(session, rows.story)
        first = asyncio.create_task(refuse(pauses, slow))
        await somebody_waits(database)
        async with asyncio.timeout(DEADLINE_S / 3):
            with pytest.raises(ServicePausedError):
                await refuse(pauses, slow)
            with pytest.raises(ServicePausedError):
                await refuse(pauses, slow, kind=ServiceKind.VOICE)
        is_still_telling = not first.done()
    with pytest.raises(ServicePausedError):
        await first

    assert is_still_telling


async def test_pauses_grow_while_refusals_go_on_and_end_with_a_success(
    database: Database, driver: LastingDriver
) -> None:
    pauses = make_pauses(database)
    waits: list[float] = []

    for _ in range(3):
        with pytest.raises(ServicePausedError):
            await refuse(pauses, RateLimitedError("Slow down."))
        pause = pauses.current(ServiceKind.IMAGE, "painter")
        assert pause is not None
        waits.append(pause.remaining_s)
        await asyncio.sleep(pause.remaining_s + 0.01)
    async with pauses.asking(ServiceKind.IMAGE, "painter"):
        pass
    newcomer = make_pauses(database)
    await newcomer.follow(driver)

    assert 0 < waits[0] <= SHORTEST_S
    assert waits[2] > 1.5 * waits[0]
    assert not pauses
    assert not newcomer


async def test_a_service_that_takes_some_calls_is_never_left_alone_for_long(
    database: Database,
) -> None:
    pauses = make_pauses(database)
    waits: list[float] = []
    lasted: list[float] = []

    for asked_s in (None, 3 * SHORTEST_S, None, None):  # a long pause makes the next one no longer
        async with pauses.asking(
            ServiceKind.IMAGE, "painter"
        ):  # answered after others were refused
            with pytest.raises(ServicePausedError):
                await refuse(pauses, RateLimitedError("Slow down.", retry_after_s=asked_s))
        pause = pauses.current(ServiceKind.IMAGE, "painter")
        assert pause is not None
        waits.append(pause.remaining_s)
        lasted.append(pause.lasted_s)
        await asyncio.sleep(pause.remaining_s + 0.01)
    [row] = await database.read(list_pauses)

    assert waits[1] > 2.5 * SHORTEST_S
    assert max(waits[2:]) < 1.5 * SHORTEST_S
    assert row.lasted_s < 2 * SHORTEST_S
    assert max(lasted) < SHORTEST_S


async def test_an_answer_to_a_call_from_before_the_refusals_says_nothing_of_them(
    database: Database,
) -> None:
    pauses = make_pauses(database)
    waits: list[float] = []

    async with AsyncExitStack() as earlier:
        await earlier.enter_async_context(pauses.asking(ServiceKind.IMAGE, "painter"))
        for _ in range(3):
            with pytest.raises(ServicePausedError):
                await refuse(pauses, RateLimitedError("Slow down."))
            pause = pauses.current(ServiceKind.IMAGE, "painter")
            assert pause is not None
            waits.append(pause.remaining_s)
            if len(waits) > 1:
                await earlier.aclose()
            await asyncio.sleep(pause.remaining_s + 0.01)

    assert waits[2] > 1.5 * waits[0]


async def test_a_service_that_is_down_is_tried_by_one_step_at_a_time(database: Database) -> None:
    pauses = make_pauses(database)
    down = ProviderUnavailableError("It is down.")

    for _ in range(4):
        with pytest.raises(ProviderUnavailableError):
            await refuse(pauses, down)
    with pytest.raises(ServicePausedError):
        await refuse(pauses, down)
    pause = pauses.current(ServiceKind.IMAGE, "painter")
    assert pause is not None
    await asyncio.sleep(pause.remaining_s + 0.01)
    pauses.hold(ServiceKind.IMAGE, "painter")  # the probe goes on
    with pytest.raises(RetryLaterError):
        pauses.hold(ServiceKind.IMAGE, "painter")
    async with pauses.asking(ServiceKind.IMAGE, "painter"):
        pass
    pauses.hold(ServiceKind.IMAGE, "painter")
    pauses.hold(ServiceKind.IMAGE, "painter")


async def test_a_service_that_answers_wrongly_is_not_down(database: Database) -> None:
    pauses = make_pauses(database)

    for number in range(12):
        with pytest.raises(ProviderUnavailableError):
            await refuse(pauses, ProviderUnavailableError("It is down."))
        if number % 3 == 2:
            async with pauses.asking(ServiceKind.IMAGE, "painter"):
                pass

    assert not pauses


@pytest.mark.parametrize("error", [RateLimitedError("No."), ProviderUnavailableError("No.")])
async def test_without_patience_every_refusal_is_an_attempt(
    database: Database, error: RateLimitedError | ProviderUnavailableError
) -> None:
    pauses = make_pauses(database, rate_limit_patience_s=0, outage_patience_s=0)

    for _ in range(6):
        with pytest.raises(type(error)) as raised:
            await refuse(pauses, error)
        assert raised.value is error

    pauses.hold(ServiceKind.IMAGE, "painter")


async def test_a_rate_limit_uses_no_attempt_up_and_clients_see_it(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.behave("/pic", SLOW_DOWN, times=8)
    scene = Scene(patience=hurried(max_attempts=1))

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story = await start_story(stage, EIGHT)

        def is_waiting(change: StoryChange) -> bool:
            paused = stage.production.pauses.current(ServiceKind.IMAGE, "origin")
            return change.type is EventType.STORY_UPDATED and paused is not None

        changes = await follow_until(stage, story.id, is_waiting)
        assert changes[-1].story is not None
        waiting = await waits_for(stage.context(), changes[-1].story)
        rows = {row.kind: row for row in await list_providers(stage.production)}
        report = json.loads(json.dumps((await stage.services.readiness.report()).as_json()))
        await follow_until(stage, story.id, is_settled)
        _, shots = await read(stage, story)
        after = await waits_for(stage.context(), story)

    assert waiting is not None
    assert (waiting.kind, waiting.provider, waiting.reason) == (
        ServiceKind.IMAGE,
        "origin",
        "RATE_LIMITED",
    )
    assert rows[ServiceKind.IMAGE].paused_until == waiting.until
    assert rows[ServiceKind.SCRIPT].paused_until is None
    told = {provider["kind"]: provider["paused_until"] for provider in report["providers"]}
    assert told["image"] == waiting.until.isoformat()
    assert [shot.status for shot in shots] == [Status.COMPLETED] * 8
    assert {shot.attempt for shot in shots} == {1}
    assert origin.calls["/pic"] == 16
    assert after is None


async def test_an_outage_is_waited_out_and_fails_no_shot(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.behave("/pic", DOWN, times=12)
    scene = Scene(
        patience=hurried(max_attempts=2), outage_patience_s=60, shortest_pause_s=SHORTEST_S / 3
    )
    began = time.monotonic()

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage, EIGHT)

    assert [shot.status for shot in shots] == [Status.COMPLETED] * 8
    assert origin.calls["/pic"] == 20
    assert time.monotonic() - began < DEADLINE_S


async def test_an_outage_without_an_end_fails_with_its_reason(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.behave("/pic", DOWN, times=100)
    scene = Scene(patience=hurried(max_attempts=2), outage_patience_s=2)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage, EIGHT)

    assert {shot.failure.code for shot in shots if shot.failure} == {"UPSTREAM_UNAVAILABLE"}
    assert [shot.status for shot in shots] == [Status.FAILED] * 8


async def test_a_script_that_is_refused_waits_too(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.behave("/llm", SLOW_DOWN, times=2)
    scene = Scene(patience=hurried(max_attempts=1))

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, shots = await drawn_story(stage)

    assert story.status is Status.COMPLETED
    assert len(shots) == 4
    assert origin.calls["/llm"] == 3
