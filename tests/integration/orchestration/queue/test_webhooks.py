"""Webhooks for ended jobs: their payload is ignored, and they trigger the poll."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from replicate.webhook import Webhooks as ReplicateWebhooks
from replicate.webhook import WebhookSigningSecret

from cli.authentication import open_webhooks
from db.session import Database
from domain import ServiceKind, Status
from errors import ForbiddenError
from orchestration.media.signatures import Signatures
from orchestration.providers.ports import Call
from orchestration.queue.webhooks import LIFETIME_S, Bell, Webhooks
from service_settings import ServiceSettings, services_of
from settings import Settings
from tests.asking import submit
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving
from tests.fakes.vendors import FakeFal, FakeReplicate, sign_webhook
from tests.films import until
from tests.graphql_client import DEADLINE_S, serving_stage
from tests.journeys import settle, start_story
from tests.model_services import PICTURE, open_tools, table_image
from tests.stage import Scene, Stage, open_stage

PUBLIC_URL = "https://stories.example"
LINK_SECRET = b"a secret of the fleet"
VENDOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Fleet(NamedTuple):
    """A worker, and a server of another process before the same database."""

    worker: Stage
    url: str
    replicate: FakeReplicate

    async def ask_for_pictures(self) -> None:
        """A story, and its pictures' jobs are all at the service."""
        await start_story(self.worker)
        await until(lambda: len(self.replicate.webhooks) == 4 == self.replicate.calls["/poll"])

    def path(self, number: int = 0) -> str:
        """The address that the service was told for one of the jobs, without its origin."""
        address = urlsplit([*self.replicate.webhooks.values()][number])
        assert f"{address.scheme}://{address.netloc}" == PUBLIC_URL
        return f"{address.path}?{address.query}"

    async def post(self, path: str, content: bytes = b"", **headers: str) -> int:
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            answer = await client.post(f"{self.url}{path}", content=content, headers=headers)
        assert not answer.content or answer.json()["code"] == answer.status_code
        return answer.status_code


class Places(NamedTuple):
    """What a fleet is built from."""

    database_url: str
    folder: Path
    origin: FakeOrigin


async def open_fleet(
    stack: AsyncExitStack, places: Places, vendor_secret: str | None = None
) -> Fleet:
    replicate = await stack.enter_async_context(serving(FakeReplicate(polls=1_000_000)))
    stages: list[Stage] = []
    for with_worker in (True, False):
        scene = Scene(
            replicate=replicate,
            poll_interval_s=600,
            with_worker=with_worker,
            webhooks=Webhooks(
                LINK_SECRET,
                public_url=PUBLIC_URL,
                vendor_secrets={"replicate": [vendor_secret]} if vendor_secret else None,
            ),
        )
        opened = open_stage(places.database_url, places.folder, places.origin, scene)
        stages.append(await stack.enter_async_context(opened))
    url = await stack.enter_async_context(serving_stage(stages[1]))
    return Fleet(stages[0], url, replicate)


@pytest.fixture
def places(database_url: str, tmp_path: Path, origin: FakeOrigin) -> Places:
    return Places(database_url, tmp_path, origin)


@pytest.fixture
async def fleet(places: Places) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield await open_fleet(stack, places)


async def test_a_job_that_has_ended_is_polled_at_once_by_whoever_waits(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    story = await start_story(fleet.worker)
    await until(lambda: len(fleet.replicate.webhooks) == 4 == fleet.replicate.calls["/poll"])
    capsys.readouterr()

    for job_id in fleet.replicate.webhooks:
        assert await fleet.replicate.call_back(job_id, at=fleet.url) == 204
    _, shots = await settle(fleet.worker, story)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert fleet.replicate.calls["/submit"] == 4
    assert fleet.replicate.calls["/poll"] == 8  # when it was submitted, and when it was rung
    logged = capsys.readouterr().out
    assert "/webhooks/replicate/" in logged
    assert "signature" not in logged


async def test_a_call_before_the_job_has_ended_is_one_more_poll(fleet: Fleet) -> None:
    await fleet.ask_for_pictures()

    assert await fleet.post(fleet.path()) == 204

    await until(lambda: fleet.replicate.calls["/poll"] == 5)


async def test_who_was_told_no_address_rings_for_nobody(fleet: Fleet) -> None:
    await fleet.ask_for_pictures()
    mine, other = fleet.path(0), fleet.path(1)
    changed = mine.partition("?")[0] + "?" + other.partition("?")[2]
    path = mine.partition("?")[0]
    ended = Signatures(LINK_SECRET).parameters(path, expires=int(time.time()) - 1)
    foreign = Signatures(b"another").parameters(path, expires=int(time.time()) + 60)

    refused = [path, changed, f"{path}?{ended}", f"{path}?{foreign}", mine.replace("plicate", "x")]
    answers = [await fleet.post(one) for one in refused]
    nowhere = await fleet.post("/webhooks/replicate/no-id?expires=1&signature=x")
    good = await fleet.post(mine)
    await until(lambda: fleet.replicate.calls["/poll"] > 4)

    assert answers == [403] * len(refused)
    assert nowhere == 404
    assert good == 204
    assert fleet.replicate.calls["/poll"] == 5


async def test_a_call_for_what_has_settled_is_answered_and_does_nothing(fleet: Fleet) -> None:
    story = await start_story(fleet.worker)
    await until(lambda: len(fleet.replicate.webhooks) == 4)
    for job_id in fleet.replicate.webhooks:
        await fleet.replicate.call_back(job_id, at=fleet.url)
    await settle(fleet.worker, story)
    calls = fleet.replicate.calls.copy()

    [first, *_] = fleet.replicate.webhooks
    answers = [await fleet.replicate.call_back(first, at=fleet.url) for _ in range(3)]

    assert answers == [204] * 3
    assert fleet.replicate.calls == calls


async def test_where_the_vendor_signs_his_signature_must_be_right_too(places: Places) -> None:
    body = b'{"status": "succeeded"}'
    async with AsyncExitStack() as stack:
        fleet = await open_fleet(stack, places, VENDOR_SECRET)
        await fleet.ask_for_pictures()
        path = fleet.path()
        good = sign_webhook(body, VENDOR_SECRET)

        refused = [
            await fleet.post(path, body),
            await fleet.post(path, body, **sign_webhook(body, OTHER_SECRET)),
            await fleet.post(path, body, **sign_webhook(body, VENDOR_SECRET, age_s=400)),
            await fleet.post(path, body, **sign_webhook(body, VENDOR_SECRET, age_s=-400)),
            await fleet.post(path, body + b" ", **good),
            await fleet.post(path, body, **{**good, "webhook-id": "msg_2"}),
            *[
                await fleet.post(path, body, **{**good, name: value})
                for name, value in (
                    ("webhook-id", ""),
                    ("webhook-signature", ""),
                    ("webhook-signature", "v1"),
                    ("webhook-signature", "v1,a,b"),
                    ("webhook-signature", "v1,???"),
                    ("webhook-signature", good["webhook-signature"].replace("v1,", "v1a,")),
                    ("webhook-timestamp", "today"),
                    ("webhook-timestamp", "nan"),
                    ("webhook-timestamp", "9" * 400),
                )
            ],
            await fleet.post(path, b"\xff", **good),
            await fleet.post(path.partition("?")[0], body, **good),
        ]
        polls = fleet.replicate.calls["/poll"]
        too_large = await fleet.post(path, b"x" * 2**23, **good)
        right = await fleet.post(path, body, **good)
        await until(lambda: fleet.replicate.calls["/poll"] == 5)

    assert refused == [403] * len(refused)
    assert polls == 4
    assert too_large == 413
    assert right == 204


def test_replicates_own_client_takes_the_fakes_signature() -> None:
    body = b'{"status": "succeeded"}'

    ReplicateWebhooks.validate(
        headers=sign_webhook(body, VENDOR_SECRET),
        body=body.decode(),
        secret=WebhookSigningSecret(key=VENDOR_SECRET),
        tolerance=60,
    )


async def test_who_rings_often_is_heard_once_a_second() -> None:
    bell = Bell()

    async def ring_for_ever() -> None:
        while True:
            bell.ring()
            await asyncio.sleep(0)

    ringer = asyncio.create_task(ring_for_ever())
    began = time.monotonic()
    for _ in range(3):
        await bell.rest(60)
    ringer.cancel()

    assert 1.9 < time.monotonic() - began < 30


async def test_a_poll_that_nobody_rings_for_comes_after_its_interval() -> None:
    bell = Bell()

    began = time.monotonic()
    for _ in range(3):
        await bell.rest(0.2)

    assert 0.59 < time.monotonic() - began < 0.9


async def test_a_ring_during_the_poll_is_not_lost() -> None:
    bell = Bell()
    bell.ring()

    async with asyncio.timeout(DEADLINE_S):
        await bell.rest(3_600)


@pytest.mark.parametrize(("fake", "vendor"), [(FakeReplicate, "replicate"), (FakeFal, "fal")])
async def test_vendors_are_told_where_to_call_in_their_own_way(
    fake: Callable[[], FakeReplicate | FakeFal], vendor: str
) -> None:
    webhook = f"{PUBLIC_URL}/webhooks/{vendor}/1?expires=2&signature=a-b_c"
    async with serving(fake()) as service, open_tools(ServiceKind.IMAGE, service.url) as tools:
        image = table_image(tools, vendor)
        job_id = await submit(image, PICTURE, Call(idempotency_key="take", webhook=webhook))

    assert image.calls_back
    assert service.webhooks == {job_id: webhook}


async def test_the_fleets_addresses_and_the_vendors_secrets_come_from_the_settings(
    database: Database,
) -> None:
    painter = ServiceSettings(provider="replicate", webhook_secret=SecretStr(VENDOR_SECRET))
    settings = Settings(public_url=PUBLIC_URL, services=services_of({ServiceKind.IMAGE: [painter]}))
    one, other = [await open_webhooks(settings, database) for _ in range(2)]
    nowhere = await open_webhooks(Settings(), database)
    take_id = uuid4()
    address = one.address("replicate", take_id)
    assert address is not None
    query = dict(pair.split("=") for pair in urlsplit(address).query.split("&"))

    other.check("replicate", take_id, query)
    assert one.needs_body("replicate")
    assert not nowhere.needs_body("replicate")
    assert nowhere.address("replicate", take_id) is None


def test_an_address_ends_after_a_week() -> None:
    now = 1_000_000.0
    take_id = uuid4()
    address = Webhooks(LINK_SECRET, public_url=f"{PUBLIC_URL}/", clock=lambda: now).address(
        "fal", take_id
    )
    assert address is not None
    query = dict(pair.split("=") for pair in urlsplit(address).query.split("&"))

    Webhooks(LINK_SECRET, clock=lambda: now + LIFETIME_S).check("fal", take_id, query)
    with pytest.raises(ForbiddenError, match="expired"):
        Webhooks(LINK_SECRET, clock=lambda: now + LIFETIME_S + 1).check("fal", take_id, query)
    assert Webhooks(LINK_SECRET).address("fal", take_id) is None
