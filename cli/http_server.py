"""The HTTP server: uvicorn as we run it.

What a client takes must be bounded and end with the client: `cli.protocols` has the bounds.
"""

from starlette.types import ASGIApp

from cli.protocols.clients import Bounds, Configuration
from cli.protocols.http import HttpProtocol
from cli.protocols.websocket import WebSocketProtocol
from web.graphql.websocket import MAX_MESSAGE_BYTES

_LAST_ANSWERS_S = 5
"""What is still being sent when we stop may go on so long: a download has no other end."""


def configuration(
    app: ASGIApp, *, bounds: Bounds | None = None, proxies: str | None = None
) -> Configuration:
    """How the application is served; None are the usual bounds and proxies.

    Proxies are addresses and networks, parted by commas; otherwise FORWARDED_ALLOW_IPS has them.
    """
    bounds = bounds or Bounds()
    return Configuration(
        app,
        bounds=bounds,
        log_config=None,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # small messages: it would cost more than it saves
        lifespan="on",
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_keep_alive=bounds.idle_s,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
