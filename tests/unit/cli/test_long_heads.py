"""Request heads over the limit: the response says what was too long."""

from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cli.protocols.http import MAX_HEAD_BYTES
from tests.raw_client import raw_client
from tests.serving import serving_app

LINE = b"GET /length?q=%s HTTP/1.1\r\n"
REST = b"Host: x\r\nA: %s\r\n\r\n"
ROOM = MAX_HEAD_BYTES - len(LINE + REST)


async def length(request: Request) -> Response:
    """Of the query, after the body."""
    with suppress(ClientDisconnect):
        await request.body()
    return PlainTextResponse(str(len(request.url.query)))


SERVICE = Starlette(routes=[Route("/length", length, methods=["GET", "POST"])])


async def test_a_long_address_is_read() -> None:
    async with serving_app(SERVICE) as url, raw_client(url) as client:
        client.send(LINE % (b"x" * ROOM) + REST % b"b")

        assert (await client.answer()).endswith(b"\r\n\r\n%d" % (ROOM + len("q=")))


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (LINE % (b"x" * 40_000) + REST % b"b", b"HTTP/1.1 414 "),
        (
            LINE % b"x" + REST % (b"x" * 40_000),
            b"HTTP/1.1 431 ",
        ),
        (b"\x16\x03\x01" + b"x" * 40_000, b"HTTP/1.1 400 "),
        (b"x" * ROOM + b"\r\n\r\n", b"HTTP/1.1 400 "),
    ],
    ids=["address", "headers", "no HTTP", "no request line"],
)
async def test_what_is_too_long_is_told(head: bytes, answer: bytes) -> None:
    async with serving_app(SERVICE) as url, raw_client(url) as client:
        client.send(head)

        assert (await client.rest()).startswith(answer)


async def test_trailers_that_are_too_long_are_no_head() -> None:
    body = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "
    async with serving_app(SERVICE) as url, raw_client(url) as client:
        client.send(body + b"x" * 40_000)

        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")
