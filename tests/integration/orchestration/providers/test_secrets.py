"""Credentials go only to their service, in a header, and appear nowhere else.

Each door is an adapter made from settings. All output of the process is checked: log lines at level
debug including those of every library, tracebacks, errors, findings and results.
"""

import asyncio
import base64
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from cli.logs import configure_logs
from db.session import Database
from domain import ServiceKind
from errors import StepError
from orchestration.providers.checkup import check_up
from orchestration.providers.ports import At, Call, Ready, Submitted
from orchestration.providers.registry import ProviderChoice, Providers
from settings import LogFormat
from tests.asking import result_url, submit
from tests.doors import DOORS, MODELS, SECRET, USER, Door, Stranger, base64_of
from tests.fakes.automatic1111 import FakeAutomatic1111
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import PICTURE as PIXELS
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, FakeService, serving
from tests.fakes.vendors import FakeReplicate, FakeVendor
from tests.graphql_client import ask, serving_stage
from tests.journeys import drawn_story
from tests.model_services import (
    KEY,
    PICTURE,
    REQUESTS,
    VENDORS,
    WORKFLOW,
    comfyui_image,
    open_tools,
)
from tests.stage import Scene, open_stage

LIBRARIES = ("httpx", "httpcore", "aiohttp", "aiohttp.client", "websockets", "websockets.client")
TRIES = 9
"""Answers out of the ordinary in a row: more than any adapter tries."""


HEADERS = f"Authorization: Bearer {SECRET}\nAuthorization: Key {SECRET}\n{base64_of(USER)}"
ECHO = {
    "code": SECRET,
    "type": SECRET,
    "message": f"Incorrect API key provided: {SECRET}",
    "detail": [{"type": SECRET, "msg": HEADERS}],
    "error": {"code": SECRET, "type": SECRET, "message": HEADERS},
    "node_errors": {"4": {"class_type": SECRET, "errors": [{"type": base64_of(USER)}]}},
    "status": SECRET,
    "data": [{"id": SECRET}],
    "images": [base64.b64encode(PIXELS).decode()],
    "info": json.dumps({"sd_model_name": SECRET}),
    "object": base64_of(USER),
    "output": {"task_status": SECRET, "code": SECRET},
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A door that is open: its service, its adapters, and the other host."""

    door: Door
    service: FakeService
    providers: Providers
    stranger: Stranger


@pytest.fixture(scope="module", params=DOORS, ids=str)
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    door: Door = request.param
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(serving(door.service()))
        stranger = await stack.enter_async_context(serving(Stranger()))
        chosen = ProviderChoice(
            kind=door.kind,
            name=door.provider,
            url=service.url.replace("://", f"://{door.user}") + door.path,
            key=door.key,
            model="owner/painter" if door.provider in VENDORS else MODELS[door.kind],
            workflow=WORKFLOW,
            timeout_s=5,
            concurrency=1,
        )
        if door.provider == "automatic1111":
            chosen = replace(chosen, model=None)
        hosts = (stranger.url.removeprefix("http://"),)
        providers = Providers([chosen], allowed_hosts=hosts)
        yield Opened(door, service, await stack.enter_async_context(providers), stranger)


@pytest.fixture
def said(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[], str]]:
    """Whatever was printed or logged since, each library at its most talkative."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    configure_logs(level="debug", log_format=LogFormat.JSON)
    structlog.configure(cache_logger_on_first_use=False)  # later tests have logs of their own
    root.addHandler(caplog.handler)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield lambda: "".join(capsys.readouterr()) + caplog.text
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def work(opened: Opened, folder: Path) -> list[object]:
    """Everything that the workflows ask of the adapter, up to its result."""
    kind = opened.door.kind
    adapter: Any = getattr(opened.providers.line_up, kind.word)
    begun = await adapter.begin(REQUESTS[kind], Call(idempotency_key=str(uuid4())))
    if isinstance(begun, Ready):
        return [begun]
    if isinstance(begun, At):
        url = begun.url
    else:
        url = await result_url(adapter, begun.job_id)
    where = [] if kind is ServiceKind.IMAGE else [folder / "film.mp4"]
    done: list[object] = [url, await adapter.fetch(url, *where)]
    if isinstance(begun, Submitted):
        await adapter.cancel(begun.job_id)
    return done


async def everything_told(opened: Opened, folder: Path) -> str:
    """Do the work and ask for a finding: what comes of both, and the traceback of a failure."""
    (facts,) = (facts for facts in opened.providers.facts if facts.name != "studio")
    adapter = getattr(opened.providers.line_up, opened.door.kind.word)
    told = [repr(await check_up(adapter, facts))]
    try:
        told += map(repr, await work(opened, folder))
    except StepError as error:
        told += [error.message, "".join(traceback.format_exception(error))]
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed")
    return "\n".join(told)


def answered(body: object, status: int = 200, **headers: str) -> Behaviour:
    content = body if isinstance(body, str) else json.dumps(body)
    return Behaviour(status=status, body=content.encode(), headers=headers)


PAGE = f"<!DOCTYPE html><html><pre>{HEADERS}\n{SECRET}</pre></html>"
TROUBLE: dict[str, Callable[[Stranger], Behaviour]] = {
    "401 that repeats the key": lambda _: answered(ECHO, 401),
    "400 that repeats the key": lambda _: answered(ECHO, 400),
    "200 that repeats the key": lambda _: answered(ECHO),
    "500 that repeats the headers": lambda _: answered(PAGE, 500),
    "redirect to another host": lambda other: answered("", 307, Location=f"{other.url}/x.png"),
    "reset": lambda _: Behaviour(kind="reset"),
}
DELIVERIES = ("/files", "/view", "/v1/videos/content")
OF_DELIVERIES = ("500 that repeats the headers", "redirect to another host")
"""A download is tried again after a second: two troubles tell enough."""


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_nobody_else_learns_the_key_whatever_goes_wrong(
    opened: Opened, trouble: str, said: Callable[[], str], tmp_path: Path
) -> None:
    for route in opened.door.routes:
        if route in DELIVERIES and trouble not in OF_DELIVERIES:
            continue
        opened.service.behave(route, TROUBLE[trouble](opened.stranger), times=TRIES)
        told = await everything_told(opened, tmp_path)
        opened.service.forget()

        assert_hidden(told + said(), opened.door)
    assert_kept_from(opened)


TELLING_REASONS = [door for door in DOORS if door.tells_reasons]


async def test_a_good_day_tells_nobody_the_key_but_the_service(
    opened: Opened, said: Callable[[], str], tmp_path: Path
) -> None:
    opened.service.received.clear()

    told = await everything_told(opened, tmp_path)

    assert_hidden(told + said(), opened.door)
    assert "Error" not in told
    for call in opened.service.received:
        assert_hidden(json.dumps(call.body), opened.door)
    sent = [call.headers.get("Authorization", "") for call in opened.service.received]
    assert any(header.endswith(opened.door.forms) for header in sent)


@pytest.mark.parametrize("opened", TELLING_REASONS, indirect=True, ids=str)
async def test_a_job_may_not_fail_with_our_key_for_a_reason(
    opened: Opened, said: Callable[[], str], tmp_path: Path
) -> None:
    service = opened.service
    assert isinstance(service, FakeVendor | FakeComfyUI)
    for form in opened.door.forms:
        service.failure = form
        assert_hidden(await everything_told(opened, tmp_path) + said(), opened.door)
    service.failure = None


@pytest.mark.parametrize("opened", [door for door in DOORS if door.result], indirect=True, ids=str)
async def test_a_result_on_another_host_is_fetched_without_the_key(
    opened: Opened, said: Callable[[], str], tmp_path: Path
) -> None:
    assert opened.door.result is not None
    route, body = opened.door.result
    before = opened.stranger.calls["/"]
    opened.service.behave(route, answered(body(f"{opened.stranger.url}/x.png")), times=TRIES)

    told = await everything_told(opened, tmp_path)
    opened.service.forget()

    assert opened.stranger.calls["/"] == before + 1
    assert_hidden(told + said(), opened.door)
    assert_kept_from(opened)


def assert_hidden(told: str, door: Door) -> None:
    lines = [line[:300] for line in told.splitlines() if any(form in line for form in door.forms)]
    assert not lines


def assert_kept_from(opened: Opened) -> None:
    for call in opened.stranger.received:
        assert "Authorization" not in call.headers
        assert_hidden(repr(dict(call.headers)) + json.dumps(call.body), opened.door)


async def test_a_socket_that_is_sent_to_another_host_is_not_opened_there(
    said: Callable[[], str],
) -> None:
    async with (
        serving(FakeComfyUI()) as service,
        serving(Stranger()) as stranger,
        open_tools(ServiceKind.IMAGE, service.url) as tools,
    ):
        service.stuck_at, service.moved_to = 1, f"ws{stranger.url[4:]}/ws"
        image, progress = comfyui_image(tools.client, tools.endpoint, tools.pictures)
        job_id = await submit(image, PICTURE, Call(idempotency_key=str(uuid4())))
        await image.poll(job_id)
        await asyncio.wait(
            {task for task in asyncio.all_tasks() if task.get_name() == "comfyui progress"}
        )
        await progress.aclose()

    assert service.calls["/ws"] == 1
    assert stranger.calls["/"] == 0
    assert KEY not in said()


STAGES: dict[str, Callable[[], tuple[Scene, FakeService, str]]] = {
    "openai script": lambda: in_scene("openai", FakeOpenAI(), "/chat"),
    "openai image": lambda: in_scene("openai", FakeOpenAI(), "/images"),
    "replicate submit": lambda: in_scene("replicate", FakeReplicate(), "/submit"),
    "replicate job": lambda: in_scene("replicate", FakeReplicate(failure=SECRET), ""),
    "automatic1111": lambda: in_scene("automatic1111", FakeAutomatic1111(), "/txt2img"),
    "comfyui": lambda: in_scene("comfyui", FakeComfyUI(), "/prompt"),
}


def in_scene(name: str, service: FakeService, route: str) -> tuple[Scene, FakeService, str]:
    """A backend that uses the service with our key, and the route that misbehaves."""
    scene = Scene(key=SECRET, **{name: service})  # pyright: ignore[reportArgumentType]
    return scene, service, route


@pytest.mark.parametrize("where", STAGES)
async def test_neither_rows_nor_clients_hold_the_key(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    where: str,
    said: Callable[[], str],
) -> None:
    scene, service, route = STAGES[where]()
    async with serving(service), open_stage(database_url, tmp_path, origin, scene) as stage:
        service.behave(route, answered(ECHO, 400), times=100)
        story, shots = await drawn_story(stage)
        async with serving_stage(stage) as url:
            answer = await ask(url, ASKED, {"id": str(story.id)})
        rows = await everything_stored(stage.database)

    failed = [row.failure for row in (story, *shots) if row.failure is not None]
    assert failed
    assert failed[0].message in rows
    assert failed[0].message in json.dumps(answer)
    assert SECRET not in rows + json.dumps(answer) + said()


ASKED = """query Ask($id: ID!) { story(id: $id) { failure { code message } shots { failure {
    code message } } } server { providers { kind name models } } }"""


async def everything_stored(database: Database) -> str:
    """Every row of every table, as text."""
    tables = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
    async with database.transaction() as session:
        rows = [
            str(row)
            for table in await session.scalars(text(tables))
            for row in await session.scalars(text(f"SELECT t::text FROM {table} t"))
        ]
    return "\n".join(rows)
