"""Has a picture drawn as a remote job, and fetches what services have drawn."""

import asyncio

from db.queries.remote_work import RemoteSubject
from db.queries.takes import TakeToDraw
from domain import Noun
from orchestration.landing import KeepResultUrl
from orchestration.production import Production
from orchestration.providers.addresses import is_data_url
from orchestration.providers.job_ports import ImageJobProvider
from orchestration.providers.ports import (
    Image,
    ImageProvider,
    ImageRequest,
    ReportProgress,
)
from orchestration.remote_jobs import RemoteWork, do_remotely


async def draw_remotely(
    production: Production,
    provider: ImageJobProvider,
    claim: TakeToDraw,
    *,
    request: ImageRequest,
    report: ReportProgress,
) -> Image:
    """Submit the job, or find it again, and wait for its picture.

    Raises:
        StepError: With its code; SUBMIT_UNCERTAIN when a person must look before it is repeated.
    """

    async def submit(webhook: str | None) -> str:
        return await provider.submit(request, idempotency_key=str(claim.take_id), webhook=webhook)

    async def fetch(url: str) -> Image:
        return await fetch_picture(production, provider, claim, url)

    work = RemoteWork(
        subject=RemoteSubject(Noun.TAKE, claim.take_id),
        was_submitted=claim.was_submitted,
        remote_job_id=claim.remote_job_id,
        submit=submit,
        fetch=fetch,
        what="picture",
        again="draw it again",
    )
    timeout_s = production.patience.image_timeout_s
    return await do_remotely(production, provider, work, report=report, timeout_s=timeout_s)


async def fetch_picture(
    production: Production, provider: ImageProvider | ImageJobProvider, claim: TakeToDraw, url: str
) -> Image:
    """Fetch the picture while its address is being stored: whatever comes of it, that stands."""
    if is_data_url(url):  # the picture itself
        return await provider.download(url)
    keeping = asyncio.create_task(
        production.landing.land(claim.story_id, KeepResultUrl(claim.take_id, url))
    )
    try:
        return await provider.download(url)
    finally:
        await keeping
