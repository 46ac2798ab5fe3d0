"""Serves an ASGI application over real sockets, in the way that `main.py serve` does."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from cli.protocols.clients import Bounds

DEADLINE_S = 30


@asynccontextmanager
async def serving_app(
    app: ASGIApp,
    *,
    ping_s: float | None = None,
    bounds: "Bounds | None" = None,
    proxies: str | None = None,
) -> AsyncGenerator[str]:
    """Serve the application on a free port of loopback; the value is its address.

    WebSockets are pinged every `ping_s` seconds and have as many to answer. `bounds` are what a
    client may take, and `proxies` the addresses whose connections are not counted. None, here, is
    as the server has it.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does so only for sockets that it made itself; without it answers wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    from cli.http_server import configuration  # late, like every import of the web room here

    config = configuration(app, bounds=bounds, proxies=proxies)
    if ping_s is not None:
        config.ws_ping_interval = config.ws_ping_timeout = ping_s
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                if task.done():
                    await task
                await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
