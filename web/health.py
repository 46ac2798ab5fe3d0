"""Whether the process lives, and whether it can work: for whoever starts and watches it."""

import asyncio
import time

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from orchestration.readiness import Finding, check_readiness
from web.services import Services, services_of

_LOG = structlog.get_logger()
_KNOWN_FOR_S = 1.0
_HEADERS = {"Cache-Control": "no-store"}


async def _answer_alive(request: Request) -> Response:
    version = services_of(request).options.version
    return JSONResponse({"status": "alive", "version": version}, headers=_HEADERS)


class _Readiness:
    """What was found lately; however many ask at once, one looks."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}
        self._looked_at = -_KNOWN_FOR_S
        self._looking = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        findings = await self._look(services_of(request))
        unwell = [name for name, found in findings.items() if found.needed and not found.is_well]
        if unwell:
            _LOG.warning("not ready", parts=unwell)
        body = {
            "status": "not ready" if unwell else "ready",
            "parts": {name: _shown(found) for name, found in findings.items()},
        }
        return JSONResponse(body, 503 if unwell else 200, headers=_HEADERS)

    async def _look(self, services: Services) -> dict[str, Finding]:
        async with self._looking:
            if time.monotonic() - self._looked_at >= _KNOWN_FOR_S:
                self._findings = await check_readiness(services.production, services.worker)
                self._looked_at = time.monotonic()
        return self._findings


def _shown(found: Finding) -> dict[str, object]:
    to_do = {} if found.to_do is None else {"toDo": found.to_do}
    return {"ok": found.is_well, "status": found.status, **to_do}


def health_routes() -> list[BaseRoute]:
    """The probes."""
    return [Route("/healthz", _answer_alive), Route("/readyz", _Readiness().answer)]
