"""Cog's own server, from which Replicate's predictions come, against the jobs' adapter.

It is no vendor of ours: it has no route that tells how a prediction ended, webhooks apart. What
it shares with Replicate - submissions, cancellations, the shape of a prediction - is tried here.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from domain import ServiceKind
from errors import JobCanceledError, JobFailedError, StepError
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import Cancel, Submit, Vendor, read_vendor
from orchestration.providers.ports import At, Call, Image, ImageRequest, Running
from tests.asking import submit
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.model_services import PICTURE, open_tools, table_image

PEER = Path(__file__).parents[4] / "fakes" / "cog_painter.py"
DEADLINE_S = 30


def table() -> Vendor:
    """Replicate's table with the routes of Cog, and the inputs of our painter."""
    own = {
        "submit": Submit(path="/predictions", headers={"Prefer": "respond-async"}, id="id"),
        "cancel": Cancel(method="POST", path="/predictions/{id}/cancel"),
        "image": {"input": {"prompt": "{prompt}", "seed": "{seed}"}},
    }
    replicate = read_vendor("replicate")
    poll = replicate.poll.model_copy(update={"path": "/predictions/{id}"})
    return replicate.model_copy(update={**own, "poll": poll})


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server of one slot."""

    client: httpx.AsyncClient

    async def put(self, job_id: str, prompt: str | None, **headers: str) -> httpx.Response:
        """A prediction under an id of ours; without a prompt it is none that could succeed."""
        wish = {} if prompt is None else {"prompt": prompt}
        return await self.client.put(
            f"/predictions/{job_id}", json={"input": wish}, headers=headers
        )

    async def until(self, status: str) -> None:
        """Wait for the server's own word: READY or BUSY."""
        async with asyncio.timeout(DEADLINE_S):
            while (await self.health()) != status:
                await asyncio.sleep(0.02)

    async def health(self) -> object:
        try:
            return (await self.client.get("/health-check")).json()["status"]
        except httpx.TransportError:
            return None


@pytest.fixture(scope="module")
async def peer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Peer]:
    pytest.importorskip("cog", reason="cog has no wheel for this machine")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    here = str(Path(sys.executable).parent)  # its worker is whatever `python` is
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cog.server.http", "--host", "127.0.0.1"),
        env={
            "PATH": f"{here}:{os.environ['PATH']}",
            "PORT": str(port),
            "TMPDIR": str(tmp_path_factory.mktemp("cog")),  # elsewhere another user's may stand
            "COG_PREDICT_TYPE_STUB": f"{PEER.name}:Painter",
        },
        cwd=PEER.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=DEADLINE_S, trust_env=False) as client:
            peer = Peer(client)
            await peer.until("READY")
            yield peer
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), DEADLINE_S)


@pytest.fixture(autouse=True)
async def is_idle(peer: Peer) -> None:
    """Its only slot is free: it answers before it has put the last prediction away."""
    await peer.until("READY")


@pytest.fixture
async def image(peer: Peer) -> AsyncIterator[TableImageProvider]:
    async with open_tools(ServiceKind.IMAGE, str(peer.client.base_url).rstrip("/")) as tools:
        jobs = JobService(tools.client, tools.endpoint, table(), submit_client=tools.client)
        yield TableImageProvider(jobs, pictures=tools.pictures)


def wish(prompt: str) -> ImageRequest:
    return replace(PICTURE, prompt=prompt)


async def read_as_replicates(body: bytes) -> Running | Image:
    """A prediction of Cog's as Replicate's table reads it: running, or its picture."""
    async with (
        serving(FakeReplicate()) as service,
        open_tools(ServiceKind.IMAGE, service.url) as tools,
    ):
        service.behave("/poll", Behaviour(body=body))
        image = table_image(tools, "replicate")
        job = await image.poll("job-1")
        return await image.fetch(job.url) if isinstance(job, At) else job


async def test_a_job_is_submitted_and_the_next_waits_until_it_is_canceled(
    peer: Peer, image: TableImageProvider
) -> None:
    job_id = await submit(image, wish("slowly"), Call(idempotency_key="one"))
    with pytest.raises(StepError) as full:
        await submit(image, wish("slowly"), Call(idempotency_key="two"))
    await cancel(peer, image, job_id)
    again = await submit(image, wish("slowly"), Call(idempotency_key="two"))
    await cancel(peer, image, again)

    assert (full.value.code, full.value.retryable) == ("UPSTREAM_UNAVAILABLE", True)
    assert job_id != again


async def cancel(peer: Peer, image: TableImageProvider, job_id: str) -> None:
    """Cancel until it has ended: Cog loses a cancellation that comes before its painter begins."""
    await peer.until("BUSY")
    async with asyncio.timeout(DEADLINE_S):
        while await peer.health() != "READY":
            await image.cancel(job_id)
            await asyncio.sleep(0.05)


async def test_a_cancel_of_what_has_ended_is_not_worth_an_error(image: TableImageProvider) -> None:
    with capture_logs() as logs:
        await image.cancel("nobody's")

    assert [(log["event"], log["code"]) for log in logs] == [("cancel_failed", "UPSTREAM_REFUSED")]


async def test_a_running_prediction_tells_its_progress_in_its_log(peer: Peer) -> None:
    call = asyncio.create_task(peer.put("look", "slowly"))
    await peer.until("BUSY")
    async with asyncio.timeout(DEADLINE_S):
        while b"50%" not in (told := await peer.put("look", None)).content:
            await asyncio.sleep(0.02)
    canceled = await peer.client.post("/predictions/look/cancel")
    ended = await call

    assert (told.status_code, await read_as_replicates(told.content)) == (202, Running(0.5))
    assert (canceled.status_code, canceled.json()) == (200, {})
    with pytest.raises(JobCanceledError):
        await read_as_replicates(ended.content)


async def test_a_picture_comes_inside_the_answer(peer: Peer) -> None:
    answer = await peer.put("picture", "a lake")

    picture = await read_as_replicates(answer.content)
    assert isinstance(picture, Image)
    assert (answer.status_code, picture.width) == (200, 64)


@pytest.mark.parametrize("prompt", ["fails", None])
async def test_a_failure_is_an_answer_like_another_and_its_words_stay_there(
    peer: Peer, prompt: str | None
) -> None:
    answer = await peer.put("failure", prompt)

    with pytest.raises(JobFailedError) as failure:
        await read_as_replicates(answer.content)
    assert (answer.status_code, type(failure.value)) == (200, JobFailedError)
    assert failure.value.message == "The image service 'tested' reports that the job failed."


async def test_nobody_can_ask_how_a_prediction_ended(peer: Peer, image: TableImageProvider) -> None:
    """Why there is no table of Cog: were this to fail, one could be shipped."""
    await peer.put("over", "a lake")

    with pytest.raises(StepError) as unknown:
        await image.poll("over")
    again = await peer.put("over", None, Prefer="respond-async")
    await peer.until("READY")

    assert unknown.value.code == "UPSTREAM_REFUSED"
    assert again.json() == {"id": "over", "status": "starting"}
