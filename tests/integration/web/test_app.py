"""What every request passes: host and origin, request id, CORS, failures; and the probes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from structlog.typing import EventDict
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from db.session import Database
from tests.serving import serving_app
from tests.stage import Stage
from web.app import create_app
from web.envelope import EXCEPTION_HANDLERS
from web.hosts import HostGuard
from web.readiness import Readiness
from web.requests import FailureGuard, RequestLog, request_id_of
from web.services import Services, WebOptions

PAGE = "https://app.example"
PUBLIC_URL = "https://films.example:8443"
SECRET = "a text of ours"


async def _greet(request: Request) -> Response:
    return PlainTextResponse(request_id_of(request))


async def _cut_off(_request: Request) -> Response:
    """What a request is that runs on when the server's patience with it ends."""
    raise asyncio.CancelledError


async def _break(_request: Request) -> Response:
    raise RuntimeError(SECRET)


async def _break_off(_request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError(SECRET)

    return StreamingResponse(pieces(), headers={"Content-Length": "8"})


async def _greet_socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(request_id_of(socket))
    await socket.close()


@pytest.fixture(scope="module")
def services(idle_stage: Stage) -> Services:
    """A backend in which nobody works."""
    return idle_stage.services


@pytest.fixture
async def guarded_url() -> AsyncIterator[str]:
    """Pages that break, and some that greet, behind the guards; no database."""
    app = Starlette(
        routes=[
            Route("/greet", _greet, methods=["GET", "POST"]),
            Route("/break", _break),
            Route("/cut-off", _cut_off),
            Route("/break-off", _break_off),
            WebSocketRoute("/socket", _greet_socket),
        ],
        middleware=[
            Middleware(RequestLog),
            Middleware(HostGuard, hosts=("inner.example",), origins=(PAGE,), public_url=PUBLIC_URL),
            Middleware(FailureGuard),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    async with serving_app(app) as url:
        yield url


@pytest.fixture
async def client(guarded_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=guarded_url) as client:
        yield client


@asynccontextmanager
async def serving(services: Services) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the whole application over these services."""

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield services

    app = create_app(open_services, options=services.options, allowed_hosts=())
    async with serving_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def test_only_our_own_host_names_are_served(client: httpx.AsyncClient) -> None:
    ours = ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8000", "films.example", "inner.example"]
    foreign = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", ""]

    for host in ours:
        assert (await client.get("/greet", headers={"Host": host})).status_code == 200, host
    for host in foreign:
        response = await client.get("/greet", headers={"Host": host})

        assert response.status_code == 400, host
        assert response.json()["code"] == 400
        assert response.headers["x-request-id"]


async def test_a_page_of_another_site_can_change_nothing(client: httpx.AsyncClient) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
        response = await client.post("/greet", headers={"Origin": origin})

        assert response.status_code == 403, origin
        assert response.json()["code"] == 403
    own = str(client.base_url).rstrip("/")
    for origin in (own, PAGE, PUBLIC_URL):
        assert (await client.post("/greet", headers={"Origin": origin})).status_code == 200
    assert (await client.post("/greet")).status_code == 200
    assert (await client.get("/greet", headers={"Origin": "https://evil.example"})).is_success


async def test_a_websocket_is_open_to_our_own_pages_and_to_those_that_are_configured(
    guarded_url: str,
) -> None:
    address = guarded_url.replace("http", "ws") + "/socket"

    for origin in (None, Origin(guarded_url), Origin(PAGE), Origin(PUBLIC_URL)):
        async with connect(address, origin=origin) as socket:
            assert await socket.recv()


async def test_a_websocket_of_another_site_or_for_another_host_is_refused(
    guarded_url: str,
) -> None:
    address = guarded_url.replace("http", "ws") + "/socket"

    with pytest.raises(InvalidStatus) as foreign_page:
        await connect(address, origin=Origin("https://evil.example"))
    with pytest.raises(InvalidStatus) as foreign_host:
        await connect(
            address.replace("127.0.0.1", "evil.example"),
            host="127.0.0.1",
            port=httpx.URL(guarded_url).port,
        )

    assert foreign_page.value.response.status_code == 403
    assert foreign_host.value.response.status_code == 400


async def test_every_answer_has_a_request_id_and_a_sound_one_is_kept(
    client: httpx.AsyncClient,
) -> None:
    fresh = await client.get("/greet")
    given = await client.get("/greet", headers={"X-Request-Id": "from-the-proxy_1.2"})
    hostile = await client.get("/greet", headers={"X-Request-Id": "a b" * 100})

    assert fresh.headers["x-request-id"] == fresh.text
    assert given.headers["x-request-id"] == given.text == "from-the-proxy_1.2"
    assert "a b" not in hostile.headers["x-request-id"]
    assert fresh.text != hostile.text


async def test_an_unexpected_failure_tells_the_request_id_and_nothing_else(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        response = await client.get("/break", headers={"X-Request-Id": "one"})

    assert response.status_code == 500
    assert response.json() == {
        "code": 500,
        "message": "Internal server error. (Request one)",
        "data": None,
    }
    assert response.headers["x-request-id"] == "one"
    failed, ended = (line_of(logs, event) for event in ("request failed", "request"))
    assert failed["request_id"] == ended["request_id"] == "one"
    assert (ended["method"], ended["path"], ended["status"]) == ("GET", "/break", 500)


async def test_a_request_that_the_stop_of_the_server_cuts_off_is_told_so(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/cut-off")

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["message"].startswith("The server stopped before it could respond.")


def line_of(logs: list[EventDict], event: str) -> EventDict:
    """The one line of the log about the event."""
    (line,) = (entry for entry in logs if entry["event"] == event)
    return line


async def test_an_answer_that_breaks_off_is_never_taken_for_the_whole(
    client: httpx.AsyncClient,
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/break-off")


async def test_no_other_origin_may_read_unless_it_is_configured(services: Services) -> None:
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    async with serving(services) as client:
        closed = await client.get("/healthz", headers={"Origin": PAGE})
        refused = await client.options("/api/story/create", headers=preflight)
    options = replace(services.options, cors_origins=(PAGE,))
    async with serving(replace(services, options=options)) as client:
        opened = await client.get("/healthz", headers={"Origin": PAGE})
        failed = await client.get("/api/story/no-such", headers={"Origin": PAGE})
        allowed = await client.options(
            "/api/story/create",
            headers={**preflight, "Access-Control-Request-Headers": "content-type"},
        )
        upload = await client.options(
            "/uploads/shot/take",
            headers={**preflight, "Access-Control-Request-Method": "PUT"},
        )
        other = await client.get("/healthz", headers={"Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in closed.headers
    assert refused.status_code == 405
    assert opened.headers["access-control-allow-origin"] == PAGE
    assert failed.headers["access-control-allow-origin"] == PAGE
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert upload.status_code == 200
    assert "access-control-allow-origin" not in other.headers


async def test_media_addresses_are_under_the_public_address_where_there_is_one(
    services: Services,
) -> None:
    request = Request({"type": "http", "headers": [(b"host", b"localhost:1")], "path": "/api/x"})
    public = replace(services, options=WebOptions(public_url=f"{PUBLIC_URL}/"))

    context = await public.context_for(request)

    assert context.media_url("a.png") == f"{PUBLIC_URL}/media/a.png"


async def test_the_probes_tell_life_from_readiness(services: Services) -> None:
    async with serving(services) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, alive.json()["status"]) == (200, "alive")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


async def test_without_a_database_it_lives_and_asks_for_patience(stage: Stage) -> None:
    async with Database("postgresql://nobody@127.0.0.1:1/none") as silent:
        production = replace(stage.production, database=silent)
        readiness = Readiness(production, stage.engine.driver, stage.worker)
        services = replace(stage.services, production=production, readiness=readiness)
        async with serving(services) as client:
            alive, ready = await client.get("/healthz"), await client.get("/readyz")
            asked = await client.get("/api/story/all")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert (asked.status_code, asked.json()["code"]) == (503, 503)
    assert asked.headers["retry-after"] == "1"


VISIT = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
}


async def test_a_person_at_an_address_that_is_none_is_shown_a_page(services: Services) -> None:
    async with serving(services) as client:
        for path in ("/nonsense", "/films/", "/stories", "/a/b/c", "/apis", "//films", "/%00"):
            address = f"{client.base_url}{path}"  # whole: httpx has its own way with two slashes
            visit = await client.get(address, headers=VISIT)
            old_browser = await client.get(address, headers={"Accept": "text/html"})

            assert visit.status_code == old_browser.status_code == 404, path
            assert visit.headers["content-type"] == "text/html; charset=utf-8"
            assert "There is nothing here." in visit.text
            assert '<a class="button" href="/">' in visit.text
            assert "data-unknown" in visit.text
            assert "default-src 'self'" in visit.headers["content-security-policy"]
            again = {**VISIT, "If-None-Match": visit.headers["etag"]}
            assert (await client.get(address, headers=again)).status_code == 404
        home = await client.get("/", headers=VISIT)

    assert home.status_code == 200
    assert "data-unknown" not in home.text


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/nonsense", {}),
        ("GET", "/nonsense", {"Accept": "application/json"}),
        ("GET", "/nonsense.png", {"Accept": "image/*,*/*", "Sec-Fetch-Dest": "image"}),
        ("GET", "/nonsense", {"Accept": "text/html", "Sec-Fetch-Dest": "empty"}),
        ("POST", "/nonsense", VISIT),
        ("GET", "/api/nonsense", VISIT),
        ("GET", "/api", VISIT),
        ("GET", "/graphql/nonsense", VISIT),
        ("GET", "/media", VISIT),
        ("GET", "/uploads/nonsense", VISIT),
        ("GET", "/webhooks/nonsense", VISIT),
    ],
)
async def test_a_program_at_an_address_that_is_none_is_answered_with_the_envelope(
    services: Services, method: str, path: str, headers: dict[str, str]
) -> None:
    async with serving(services) as client:
        answer = await client.request(method, path, headers=headers)

    assert answer.status_code == answer.json()["code"] == 404
    assert answer.json()["data"] is None
