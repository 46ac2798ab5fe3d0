"""The HTTP server: uvicorn as we run it.

Memory that a client takes must be bounded and end with the client. uvicorn stops sending to one
that stops reading; what it still writes by itself, and waits for without end, is mended here.
"""

import uvicorn
from starlette.types import ASGIApp
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from web.graphql.websocket import MAX_MESSAGE_BYTES

_LAST_ANSWERS_S = 5
"""What is still being sent when we stop may go on so long: a download has no other end."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose client may stop reading."""

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: its unread pongs would heap up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        """Let go of a client that does not answer; it will not read what is still buffered."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a client that does not read that it is closed is cut off all the same."""
        await super().send(message)
        if message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)


def configuration(app: ASGIApp) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        log_config=None,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # small messages: it would cost more than it saves
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
