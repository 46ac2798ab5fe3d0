"""Webhooks of services for ended jobs: they only trigger a poll of the job.

A call has no other effect, so the response does not depend on whether a process waits for the job.
"""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from errors import NotFoundError
from orchestration.queue.webhooks import WEBHOOK_PATH
from web.requests import read_bytes
from web.services import services_of

_MAX_BODY_BYTES = 4 * 2**20
"""A prediction with its log; pictures are sent as addresses."""


async def _receive(request: Request) -> Response:
    webhooks = services_of(request).production.webhooks
    provider = request.path_params["provider"]
    try:
        work_id = UUID(request.path_params["work_id"])
    except ValueError:
        raise NotFoundError("Unknown webhook URL.") from None
    webhooks.check(provider, work_id, request.query_params)
    if webhooks.needs_body(provider):
        content = await read_bytes(request, most_bytes=_MAX_BODY_BYTES)
        webhooks.check_vendor(provider, request.headers, content)
    await webhooks.ring(work_id)
    return Response(status_code=204)


def webhook_routes() -> list[BaseRoute]:
    """All routes under /webhooks."""
    return [Route(WEBHOOK_PATH, _receive, methods=["POST"])]
