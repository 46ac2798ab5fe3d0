"""Serves an ASGI application over real sockets, in the same way as `main.py serve`."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from cli.protocols.clients import Bounds

DEADLINE_S = 60
_LOOK_S = 0.002


class _Server(uvicorn.Server):
    """The server, without its delay before it notices that it should stop."""

    async def main_loop(self) -> None:
        """Serve until stopped."""
        while not await self.on_tick(0):
            await asyncio.sleep(_LOOK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down in the same order, and wait as long for running responses."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(_LOOK_S)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@asynccontextmanager
async def serving_app(
    app: ASGIApp,
    *,
    ping_s: float | None = None,
    bounds: "Bounds | None" = None,
    proxies: str | None = None,
) -> AsyncGenerator[str]:
    """Serve the application on a free port of loopback; the value is its address.

    WebSockets are pinged every `ping_s` seconds and must answer within the same time. `bounds` are
    the limits of clients, and `proxies` the addresses whose connections are not counted. None uses
    the server's defaults.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does so only for sockets that it created; without it responses are delayed by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    from cli.http_server import configuration  # late, like every import of the web package here

    config = configuration(app, bounds=bounds, proxies=proxies)
    if ping_s is not None:
        config.ws_ping_interval = config.ws_ping_timeout = ping_s
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                if task.done():
                    await task
                await asyncio.sleep(_LOOK_S)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
