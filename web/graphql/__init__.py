"""The GraphQL endpoint: operations over HTTP, and over graphql-transport-ws on a WebSocket."""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from web.graphql.http import PATH, HttpEndpoint, names_operation
from web.graphql.websocket import WebSocketEndpoint

__all__ = ["graphql_routes", "names_operation"]


def graphql_routes() -> list[BaseRoute]:
    """Both transports of /graphql; a Mount would answer POST with a redirect."""
    return [Route(PATH, HttpEndpoint()), WebSocketRoute(PATH, WebSocketEndpoint())]
