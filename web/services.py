"""The services that the web package uses, and the operator's HTTP settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from starlette.requests import HTTPConnection

from orchestration.work.production import Production
from resolvers.context import Context
from resolvers.dashboards import Dashboards
from resolvers.documents import TrustedDocuments
from resolvers.following import Following
from resolvers.loaders import Loaders
from resolvers.persisted_queries import PersistedQueries
from resolvers.policies import LOCAL_VIEWER, Viewer
from web.credentials import Authentication, credentials_in
from web.headers import first_headers
from web.readiness import Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The operator's HTTP settings.

    `public_url` makes media addresses absolute (None: from the request). `rest_create_status` is
    the status of POST /api/story/create. `connections_per_viewer` is the number of WebSockets per
    viewer in this process, `connections` the total, and `operation_timeout_s` the maximum duration
    of an operation. Without `introspection` the schema cannot be queried, and errors suggest no
    names. Unless it `asks_credentials`, the server serves only this machine.
    """

    public_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    rest_create_status: str = "pending"
    connections_per_viewer: int = 100
    version: str = "0.0.0"
    connections: int = 5_000
    operation_timeout_s: float = 30.0
    introspection: bool = True
    asks_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The running backend, as used by the web package."""

    production: Production
    following: Following
    dashboards: Dashboards
    documents: TrustedDocuments
    readiness: Readiness
    options: WebOptions
    persisted_queries: PersistedQueries = field(default_factory=PersistedQueries)
    authentication: Authentication | None = None
    """How credentials are checked; None if none are required."""

    async def authenticate(
        self, connection: HTTPConnection, payload: Mapping[str, object] | None = None
    ) -> Viewer:
        """The viewer of this client; `payload` is that of connection_init.

        Raises:
            UnauthenticatedError: The credentials are invalid.
            AuthenticationDownError: They cannot be verified at the moment.
            DatabaseUnavailableError: They cannot be looked up at the moment.
        """
        if self.authentication is None:
            return LOCAL_VIEWER
        credentials = credentials_in(connection.headers, payload or {})
        viewer = await self.authentication.recognise(credentials)
        structlog.contextvars.bind_contextvars(viewer=viewer.id)
        return viewer

    async def context_for(self, request: HTTPConnection) -> Context:
        """The context of one request, with its viewer.

        Raises:
            AccessError: See `authenticate`.
        """
        return self.context_of(await self.authenticate(request), request)

    def context_of(self, viewer: Viewer, connection: HTTPConnection) -> Context:
        """A fresh context, with fresh loaders, for one operation of this viewer."""
        return Context(
            viewer=viewer,
            production=self.production,
            following=self.following,
            dashboards=self.dashboards,
            base_url=self.base_url(connection),
            loaders=Loaders(self.production.database),
            version=self.options.version,
            may_introspect=self.options.introspection,
            operation_timeout_s=self.options.operation_timeout_s,
        )

    def base_url(self, connection: HTTPConnection) -> str:
        """The base URL of the API for this client, without a trailing slash."""
        return (self.options.public_url or _http_url(connection)).rstrip("/")


def _http_url(connection: HTTPConnection) -> str:
    """The address that the client reached; media are HTTP, also for WebSocket clients."""
    scope = connection.scope
    root = scope.get("app_root_path", scope.get("root_path", ""))
    host = first_headers(scope).get(b"host", b"")
    server = scope.get("server")
    return _url_of(scope["scheme"], host, server and tuple(server), root)


@lru_cache(maxsize=256)
def _url_of(scheme: str, host: bytes, server: tuple[str, int | None] | None, root: str) -> str:
    """The base URL by Starlette's rules, which take as long as a small query."""
    headers = [(b"host", host)] if host else []
    scope = {"type": "http", "scheme": scheme, "headers": headers, "server": server}
    url = HTTPConnection({**scope, "path": "/", "root_path": root, "query_string": b""}).base_url
    return str(url.replace(scheme=url.scheme.replace("ws", "http", 1)))


def services_of(connection: HTTPConnection) -> Services:
    """The services that the application's lifespan opened."""
    services = connection.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application has not been started")
    return services
