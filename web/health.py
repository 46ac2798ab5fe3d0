"""Whether the process lives, and whether it can work: for whoever starts and watches it."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from errors import SetupError
from web.services import services_of

_LOG = structlog.get_logger()
_PATIENCE_S = 3
_HEADERS = {"Cache-Control": "no-store"}


async def _answer_alive(request: Request) -> Response:
    version = services_of(request).options.version
    return JSONResponse({"status": "alive", "version": version}, headers=_HEADERS)


async def _answer_ready(request: Request) -> Response:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await services_of(request).production.database.check()
    except (SetupError, TimeoutError) as error:
        _LOG.warning("not ready", error=type(error).__name__)
        return JSONResponse({"status": "not ready", "database": "silent"}, 503, headers=_HEADERS)
    return JSONResponse({"status": "ready", "database": "answers"}, headers=_HEADERS)


def health_routes() -> list[BaseRoute]:
    """The probes."""
    return [Route("/healthz", _answer_alive), Route("/readyz", _answer_ready)]
