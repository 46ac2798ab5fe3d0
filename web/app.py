"""The ASGI application: the routes of all packages, and the middleware of every request."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from web.envelope import EXCEPTION_HANDLERS
from web.graphiql import graphiql_routes
from web.graphql import HttpEndpoint, graphql_routes, names_operation
from web.health import health_routes
from web.hosts import HostGuard
from web.media import media_routes
from web.packed_bodies import PackedBodies
from web.page import Page
from web.path_prefix import PathPrefix, path_prefix, prefix_routes
from web.requests import FailureGuard, RequestLog
from web.rest.routes import rest_routes
from web.services import Services, WebOptions
from web.sockets import WebSockets
from web.text_files import text_file_routes
from web.uploads import upload_routes
from web.webhooks import webhook_routes


def create_app(
    open_services: Callable[[], AbstractAsyncContextManager[Services]],
    *,
    options: WebOptions,
    allowed_hosts: Sequence[str],
) -> Starlette:
    """Build the application; its lifespan opens the services and closes them at the end.

    Loopback names and the host of the public URL are always served; `allowed_hosts` are additional
    names, without a port. Without credentials other hosts are rejected. With credentials they are
    served, but no link repeats them. The path of the public URL is the prefix of all addresses.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_services() as services:
            app.state.services = services
            yield

    page = Page()
    routes = [
        *page.routes(),
        *graphql_routes(),
        *graphiql_routes(),
        *rest_routes(),
        *media_routes(),
        *upload_routes(),
        *text_file_routes(),
        *webhook_routes(),
        *health_routes(),
    ]
    prefix = path_prefix(options.public_url)
    app = Starlette(
        routes=[*routes, *prefix_routes(prefix)],
        middleware=[
            *([Middleware(PathPrefix, prefix=prefix, routes=routes)] if prefix else []),
            *_middleware(options, allowed_hosts, routes),
        ],
        exception_handlers={**EXCEPTION_HANDLERS, 404: page.answer_unknown},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _middleware(
    options: WebOptions, allowed_hosts: Sequence[str], routes: Sequence[BaseRoute]
) -> list[Middleware]:
    """Outermost first: even a rejection has a request ID, and even a failure CORS headers."""
    layers = [
        Middleware(RequestLog),
        Middleware(
            HostGuard,
            hosts=allowed_hosts,
            origins=options.cors_origins,
            public_url=options.public_url,
            asks_credentials=options.asks_credentials,
            runs_something=names_operation,
        ),
        Middleware(WebSockets, routes=routes),
    ]
    if options.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=options.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "PUT"),
            allow_headers=(
                "Authorization",
                "Content-Encoding",
                "Content-Type",
                "Range",
                "X-Request-Id",
            ),
            expose_headers=(
                "Accept-Ranges",
                "Content-Range",
                "ETag",
                "Retry-After",
                "X-Request-Id",
            ),
        )
        layers.append(cors)
    inner = (FailureGuard, PackedBodies, HttpEndpoint)
    return [*layers, *map(Middleware, inner)]
