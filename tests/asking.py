"""Asks an adapter through the port of all model services, as the workflow does."""

import asyncio
from typing import Any, TypeVar

from orchestration.providers.ports import At, Call, Provider, Ready, RemoteJobs, Submitted

Request = TypeVar("Request")
Product = TypeVar("Product")

CALL = Call(idempotency_key="k")
DEADLINE_S = 10


async def product_of(
    provider: Provider[Request, Product], request: Request, call: Call = CALL
) -> Product:
    """What a service makes that answers with the result."""
    begun = await provider.begin(request, call)
    assert isinstance(begun, Ready)
    return begun.product


async def url_of(provider: Provider[Request, Any], request: Request, call: Call = CALL) -> str:
    """Where the result of a service is that answers with an address."""
    begun = await provider.begin(request, call)
    assert isinstance(begun, At)
    return begun.url


async def submit(provider: Provider[Request, Any], request: Request, call: Call = CALL) -> str:
    """The id of the job that a service has accepted."""
    begun = await provider.begin(request, call)
    assert isinstance(begun, Submitted)
    return begun.job_id


async def result_url(jobs: RemoteJobs, job_id: str) -> str:
    """Where the result of the job is once it has ended; why there is none is raised."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            found = await jobs.poll(job_id)
            if isinstance(found, At):
                return found.url
