"""HTTP from misbehaving clients: too slow, too many, in tiny pieces, not standard-conforming."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from cli.protocols.clients import Bounds
from cli.protocols.http import HttpProtocol
from tests.raw_client import DEADLINE_S, raw_client
from tests.serving import serving_app
from web.requests import FailureGuard

HURRIED = Bounds(
    patience_s=0.2,
    idle_s=0.2,
    body_bytes_per_s=1_000,
    stall_s=0.4,
    unread_s=0.3,
    look_s=0.02,
)
GET = b"GET /count HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /count HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(slots=True)
class Service:
    """An application that notes what reaches it."""

    passes: int = 0
    """Of the event loop."""
    read_in: list[int] = field(default_factory=list[int])
    """In which passes parts of bodies were read."""
    asked: list[str] = field(default_factory=list[str])
    sending_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def count(self, request: Request) -> Response:
        """The length of the body."""
        self.asked.append(request.method)
        length = 0
        async for piece in request.stream():
            self.read_in.append(self.passes)
            length += len(piece)
        return PlainTextResponse(str(length))

    async def answer_early(self, request: Request) -> Response:
        """An answer without a look at the body."""
        self.asked.append(request.method)
        return PlainTextResponse("early")

    async def read_late(self, request: Request) -> Response:
        """The length of a body that is not read for longer than clients are waited for."""
        await asyncio.sleep(3 * HURRIED.patience_s)
        return await self.count(request)

    async def send_endlessly(self, _request: Request) -> Response:
        """As much as anybody reads."""

        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 65_536
                    await asyncio.sleep(0)
            finally:
                self.sending_ended.set()

        return StreamingResponse(pieces())

    async def greet(self, socket: WebSocket) -> None:
        """A WebSocket, open until its client leaves."""
        await socket.accept()
        await socket.receive()

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/count", self.count, methods=["GET", "POST"]),
                Route("/early", self.answer_early, methods=["POST"]),
                Route("/late", self.read_late, methods=["POST"]),
                Route("/endless", self.send_endlessly),
                WebSocketRoute("/socket", self.greet),
            ],
            middleware=[Middleware(FailureGuard)],
        )


@pytest.fixture
def service() -> Service:
    return Service()


@asynccontextmanager
async def counting_passes(service: Service) -> AsyncGenerator[None]:
    """Meanwhile the service knows in which pass of the event loop it is."""

    async def count() -> None:
        while True:
            service.passes += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count())
    try:
        yield
    finally:
        task.cancel()


@pytest.fixture
async def hurried_url(service: Service) -> AsyncIterator[str]:
    """A server that waits for nobody."""
    async with serving_app(service.app(), bounds=HURRIED) as url:
        yield url


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    """A server that waits as usual."""
    async with serving_app(service.app()) as url:
        yield url


@pytest.fixture(autouse=True)
def no_error_lines(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No input of a client is logged as an error."""
    yield
    records = caplog.get_records("call")
    assert [record for record in records if record.levelno >= logging.ERROR] == []


LATE = b"HTTP/1.1 408 "
UNFINISHED: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "a letter": (b"G", LATE),
    "half a head": (GET[:-2], LATE),
    "half a body": (POST + b"Content-Length: 100\r\n\r\n" + b"x" * 10, LATE),
    "no body": (POST + b"Content-Length: 100\r\n\r\n", LATE),
    "half a chunk": (CHUNKED + b"10\r\nhalf", LATE),
    "no last chunk": (CHUNKED + b"4\r\nhalf\r\n", LATE),
    "half of the trailers": (CHUNKED + b"0\r\nA: b\r\n", LATE),
}


@pytest.mark.parametrize(("sent", "answer"), UNFINISHED.values(), ids=UNFINISHED)
async def test_who_does_not_send_the_rest_is_closed(
    hurried_url: str, sent: bytes, answer: bytes
) -> None:
    async with raw_client(hurried_url) as client:
        client.send(sent)

        assert (await client.rest()).startswith(answer)


async def test_a_second_request_must_come_as_whole_as_the_first(hurried_url: str) -> None:
    async with raw_client(hurried_url) as client:
        client.send(GET)
        first = await client.answer()
        client.send(GET[:-2])

        assert first.startswith(b"HTTP/1.1 200")
        assert (await client.rest()).startswith(LATE)


async def test_after_an_answer_the_rest_of_a_body_is_not_waited_for_either(
    hurried_url: str,
) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    async with raw_client(hurried_url) as client:
        client.send(early)
        answer = await client.answer()
        rest = await client.send_slowly([b"x"] * 400, pause_s=0.02)

    assert answer.endswith(b"early")
    assert rest == b""


async def test_who_asks_for_nothing_more_is_closed(hurried_url: str) -> None:
    async with raw_client(hurried_url) as client:
        client.send(GET)
        await client.answer()

        assert await client.rest() == b""


@pytest.mark.parametrize(
    "start",
    [POST, POST + b"Content-Length: 1000\r\n\r\n", CHUNKED + b"3e8\r\n"],
    ids=["a head", "a body", "a chunk"],
)
async def test_drop_by_drop_is_not_soon_enough(hurried_url: str, start: bytes) -> None:
    drops = [start, *[b"x"] * 1_000]
    async with raw_client(hurried_url) as client:
        answer = await client.send_slowly(drops, pause_s=0.02)

    assert answer is not None
    assert answer.startswith(LATE)


async def test_a_slow_link_has_all_the_time_that_its_body_takes(hurried_url: str) -> None:
    pieces = [b"x" * 500] * 40  # three times as fast as it must be, for longer than it may rest
    head = POST + b"Content-Length: 20000\r\n\r\n"
    async with raw_client(hurried_url) as client:
        for piece in (head, *pieces):
            client.send(piece)
            await asyncio.sleep(0.03)

        assert (await client.answer()).endswith(b"20000")


async def test_who_sends_much_is_never_taken_for_slow(url: str) -> None:
    async with raw_client(url) as client:
        client.send(POST + b"Content-Length: 30000000\r\n\r\n" + b"x" * 30_000_000)

        assert (await client.answer()).endswith(b"30000000")


@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"], ids=["plain", "expecting"])
async def test_a_client_that_waits_for_us_is_not_late(hurried_url: str, expects: bytes) -> None:
    head = b"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n" + expects + b"\r\n"
    async with raw_client(hurried_url) as client:
        client.send(head)
        if expects:
            assert (await client.answer()).startswith(b"HTTP/1.1 100")
        client.send(b"x" * 400_000)

        assert (await client.answer()).endswith(b"400000")


async def test_who_does_not_read_is_cut_off(hurried_url: str, service: Service) -> None:
    async with raw_client(hurried_url) as client:
        client.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")

        async with asyncio.timeout(DEADLINE_S):
            await service.sending_ended.wait()


async def test_crowds_of_half_requests_leave_nothing_behind(service: Service) -> None:
    halves = [GET[:-2]] * 100 + [POST + b"Content-Length: 9\r\n\r\nx"] * 50
    bounds = replace(HURRIED, patience_s=2)  # all are there before the first has to go
    async with serving_app(service.app(), bounds=bounds) as url, AsyncExitStack() as stack:
        before = asyncio.all_tasks()
        clients = [await stack.enter_async_context(raw_client(url)) for _ in halves]
        for client, half in zip(clients, halves, strict=True):
            client.send(half)
        answers = [await client.rest() for client in clients]

        assert all(answer.startswith(LATE) for answer in answers)
        assert not [task for task in asyncio.all_tasks() - before if "run_asgi" in repr(task)]
    assert len(service.asked) == 50


CROWDED = replace(HURRIED, per_address=3, patience_s=DEADLINE_S)
SOCKET = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n\r\n"
)


async def test_one_address_has_so_many_connections_and_no_more(service: Service) -> None:
    async with (
        serving_app(service.app(), bounds=CROWDED, proxies="") as url,
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(raw_client(url)) for _ in range(3)]
        for client, asked in zip(clients, (SOCKET, GET, GET[:-2]), strict=True):
            client.send(asked)
        shaken = await clients[0].reader.readuntil(b"\r\n\r\n")
        served = await clients[1].answer()
        async with raw_client(url) as client:
            refused = await client.rest()
        for client in clients:
            client.writer.transport.abort()

            assert await is_served_again(url)

    assert shaken.startswith(b"HTTP/1.1 101")
    assert served.startswith(b"HTTP/1.1 200")
    assert refused.startswith(b"HTTP/1.1 503")


async def is_served_again(url: str) -> bool:
    """Whether one more is let in; the server hears a little later that another has gone."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            async with raw_client(url) as client:
                client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                if (await client.rest()).startswith(b"HTTP/1.1 200"):
                    return True


async def test_a_proxy_has_as_many_connections_as_its_clients(service: Service) -> None:
    async with (
        serving_app(service.app(), bounds=CROWDED, proxies="10.0.0.0/8,127.0.0.1") as url,
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(raw_client(url)) for _ in range(20)]
        for client in clients:
            client.send(GET)

        answers = [await client.answer() for client in clients]

    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)


AMBIGUOUS: dict[str, bytes] = {
    "two lengths": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
    "two lengths, the other way round": (
        POST + b"Content-Length: 4\r\nTRANSFER-ENCODING: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a folded line": POST + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "a folded line with a tab": POST + b"A: b\r\n\tc\r\nContent-Length: 0\r\n\r\n",
    "a folded line of blanks": POST + b"A: b\r\n \r\nContent-Length: 0\r\n\r\n",
    "a bare LF in the request line": b"GET /count HTTP/1.1\nHost: x\r\n\r\n",
    "a bare LF in the head": b"GET /count HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
    "a bare LF at the end": b"GET /count HTTP/1.1\r\nHost: x\r\n\n",
    "bare LFs alone": b"GET /count HTTP/1.1\nHost: x\n\n",
    "a bare CR": b"GET /count HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
    "a bare LF after a chunk's size": CHUNKED + b"1\nx\r\n0\r\n\r\n",
    "a bare LF after a chunk": CHUNKED + b"1\r\nx\n0\r\n\r\n",
    "a chunk that ends in something else": CHUNKED + b"1\r\nxab0\r\n\r\n",
    "a bare LF in the trailers": CHUNKED + b"0\r\nA: b\nC: d\r\n\r\n",
    "a folded trailer": CHUNKED + b"0\r\nA: b\r\n c\r\n\r\n",
    "a bare LF at the very end": CHUNKED + b"0\r\n\n",
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_two_servers_could_read_differently_ends_the_connection(
    url: str, service: Service, request_: bytes
) -> None:
    async with raw_client(url) as client:
        client.send(request_ + GET)

        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
    assert "GET" not in service.asked, "nothing behind it is read"


async def test_one_length_or_the_other_is_read(url: str) -> None:
    async with raw_client(url) as client:
        for request, length in (
            (POST + b"Content-Length: 4\r\n\r\nfour", b"4"),
            (CHUNKED + b"4\r\nfour\r\n0\r\n\r\n", b"4"),
            (CHUNKED + b"4\r\nfour\r\n0\r\nA: b\r\n\r\n", b"4"),
            (GET, b"0"),
        ):
            client.send(request)

            assert (await client.answer()).endswith(b"\r\n\r\n" + length)


async def test_requests_that_come_at_once_are_answered_one_after_the_other(url: str) -> None:
    requests = [POST + b"Content-Length: %d\r\n\r\n%s" % (n, b"x" * n) for n in range(0, 9_000, 30)]
    async with raw_client(url) as client:
        client.send(b"".join(requests))
        answers = [await client.answer() for _ in requests]

    lengths = [int(answer.rpartition(b"\r\n")[2]) for answer in answers]
    assert lengths == list(range(0, 9_000, 30))


@pytest.mark.parametrize("rest", [b"zzz\r\n", b"1\nx\r\n"], ids=["no size", "a bare LF"])
async def test_a_body_that_proves_bad_after_the_answer_ends_the_connection(
    url: str, rest: bytes
) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with raw_client(url) as client:
        client.send(early)
        answer = await client.answer()
        client.send(rest)

        assert answer.endswith(b"early")
        assert await client.rest() == b""


async def test_crumbs_of_a_body_are_read_in_many_turns(url: str, service: Service) -> None:
    crumbs = 40_000
    async with counting_passes(service), raw_client(url) as client:
        client.send(CHUNKED + b"1\r\nx\r\n" * crumbs + b"0\r\n\r\n")
        answer = await client.answer()

    assert answer.endswith(b"%d" % crumbs)
    assert len(set(service.read_in)) >= 6 * crumbs / 4_096 / 2


async def test_an_invalid_request_is_refused_after_the_response_to_the_one_before(
    url: str,
) -> None:
    async with raw_client(url) as client:
        late = b"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour"
        client.send(late + b"no HTTP\r\n\r\n" + GET)

        assert (await client.answer()).endswith(b"\r\n\r\n4")
        rest = await client.rest()

    assert rest.startswith(b"HTTP/1.1 400")
    assert rest.count(b"HTTP/1.1") == 1


async def test_requests_that_wait_are_few_however_many_come_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    start = HttpProtocol.on_headers_complete

    def note(protocol: HttpProtocol) -> None:
        start(protocol)
        waiting.append(len(protocol.pipeline))

    monkeypatch.setattr(HttpProtocol, "on_headers_complete", note)
    number = 5_000
    async with raw_client(url) as client:
        client.send(GET * number)
        answers = [await client.answer() for _ in range(number)]

    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert max(waiting) <= 4_096 // len(GET) + 1


async def test_trailers_are_no_headers(service: Service) -> None:
    seen: list[list[str]] = []

    async def tell(request: Request) -> Response:
        await request.body()
        seen.append(request.headers.keys())
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/count", tell, methods=["POST"])])
    async with serving_app(app) as url, raw_client(url) as client:
        client.send(CHUNKED + b"4\r\nfour\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
        await client.answer()

    assert seen == [["host", "transfer-encoding"]]


@pytest.mark.parametrize("body", [b"", b"four"])
async def test_an_offer_of_another_protocol_is_ignored(url: str, body: bytes) -> None:
    head = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    async with raw_client(url) as client:
        client.send(POST + head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body) + GET)

        assert (await client.answer()).endswith(b"\r\n\r\n%d" % len(body))
        assert (await client.answer()).endswith(b"\r\n\r\n0")


@pytest.mark.parametrize(
    "request_",
    [
        GET.replace(b"/count", b"http://x/count"),
        GET.replace(b"/count", b"*"),
        GET.replace(b"GET /count", b"CONNECT x:443"),
        SOCKET.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nfour"),
    ],
    ids=["an address", "no path", "a tunnel", "a WebSocket with a body"],
)
async def test_what_no_client_of_ours_sends_is_refused(
    url: str, service: Service, request_: bytes
) -> None:
    async with raw_client(url) as client:
        client.send(request_)

        assert (await client.rest()).startswith(b"HTTP/1.1 400")
    assert service.asked == []
