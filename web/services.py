"""What the web room works with: the tools behind it and the operator's wishes for HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from web.readiness import Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The operator's wishes for HTTP.

    `public_url` makes media addresses absolute (None: from the request). `rest_create_status` is
    what POST /api/story/create answers as status. `connections_per_viewer` is how many WebSockets
    one viewer may have open in this process, `connections` how many there may be at all, and
    `operation_timeout_s` how long an operation may take. Without `introspection` the schema does
    not tell about itself, nor what a misspelt name may have meant. Unless it `asks_credentials`,
    the server is for this machine alone.
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
    """The running backend as the web room sees it."""

    production: Production
    following: Following
    dashboards: Dashboards
    documents: TrustedDocuments
    readiness: Readiness
    options: WebOptions
    persisted_queries: PersistedQueries = field(default_factory=PersistedQueries)
    authentication: Authentication | None = None
    """How credentials are checked; None asks for none."""

    async def authenticate(
        self, connection: HTTPConnection, payload: Mapping[str, object] | None = None
    ) -> Viewer:
        """Who this client is; `payload` is what came with connection_init.

        Raises:
            UnauthenticatedError: Nobody we know.
            AuthenticationDownError: That cannot be told just now.
            DatabaseUnavailableError: Likewise, and so could nothing else.
        """
        if self.authentication is None:
            return LOCAL_VIEWER
        credentials = credentials_in(connection.headers, payload or {})
        viewer = await self.authentication.recognise(credentials)
        structlog.contextvars.bind_contextvars(viewer=viewer.id)
        return viewer

    async def context_for(self, request: HTTPConnection) -> Context:
        """The context of one request of whoever sends it.

        Raises:
            AccessError: As `authenticate`.
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
        """Where this client reaches the API, without a last slash."""
        return (self.options.public_url or _http_url(connection)).rstrip("/")


def _http_url(connection: HTTPConnection) -> str:
    """Where the client reached us; media come over HTTP, also for a WebSocket's client."""
    url = connection.base_url
    return str(url.replace(scheme=url.scheme.replace("ws", "http", 1)))


def services_of(connection: HTTPConnection) -> Services:
    """The services that the application's lifespan opened."""
    services = connection.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application has not been started")
    return services
