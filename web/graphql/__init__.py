"""The GraphQL endpoint: operations over HTTP, and over graphql-transport-ws on a WebSocket."""

from starlette.routing import BaseRoute, WebSocketRoute

from web.graphql.http import PATH, HttpEndpoint, names_operation
from web.graphql.websocket import WebSocketEndpoint

__all__ = ["HttpEndpoint", "graphql_routes", "names_operation"]


def graphql_routes() -> list[BaseRoute]:
    """/graphql for WebSockets; HTTP requests for it are served by `HttpEndpoint`."""
    return [WebSocketRoute(PATH, WebSocketEndpoint())]
