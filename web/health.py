"""Health probes: whether the process is alive, and whether it can do its work."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from web.requests import FailureGuard, RequestLog
from web.services import Services, services_of

_HEADERS = {"Cache-Control": "no-store"}


async def _answer_alive(request: Request) -> Response:
    version = services_of(request).options.version
    return JSONResponse({"status": "alive", "version": version}, headers=_HEADERS)


async def _answer_ready(request: Request) -> Response:
    report = await services_of(request).readiness.report()
    status = 200 if report.is_ready else 503
    return JSONResponse(report.as_json(), status, headers=_HEADERS)


def health_routes() -> list[BaseRoute]:
    """The probes."""
    return [Route("/healthz", _answer_alive), Route("/readyz", _answer_ready)]


def create_probes(services: Services) -> Starlette:
    """The probes as a separate application, for a process that serves nothing else."""
    layers = [Middleware(RequestLog), Middleware(FailureGuard)]
    app = Starlette(routes=health_routes(), middleware=layers)
    app.state.services = services
    return app
