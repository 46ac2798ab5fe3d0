"""Clips as jobs: each vendor in its own protocol, for our adapter and its own client."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import fal_client
import pytest
from dashscope.aigc.video_synthesis import VideoSynthesis
from replicate.client import Client as ReplicateClient
from volcenginesdkarkruntime import AsyncArk

from domain import ServiceKind
from errors import ContentRejectedError, SetupError
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.jobs.clip_provider import TableClipProvider
from orchestration.providers.jobs.vendor import list_vendors
from orchestration.providers.ports import At, Call, RemoteJobs, Running
from orchestration.providers.registry import Providers
from tests.asking import submit
from tests.fakes.service import FakeService, serving
from tests.fakes.vendors import FakeArk, FakeDashScope, FakeFal, FakeReplicate, FakeVendor
from tests.model_services import CLIP_VENDORS, KEY, MOTION, Tools, open_tools, table_clip

DATA_URL = f"data:image/jpeg;base64,{base64.b64encode(MOTION.image).decode()}"
BODIES: dict[str, dict[str, Any]] = {
    "replicate": {"input": {"image": DATA_URL, "prompt": "a lake"}},
    "fal": {"image_url": DATA_URL, "prompt": "a lake"},
    "dashscope": {
        "model": "owner/animator",
        "input": {"img_url": DATA_URL, "prompt": "a lake"},
        "parameters": {"resolution": "720P", "duration": 5, "seed": 1},
    },
    "ark": {
        "model": "owner/animator",
        "content": [
            {"type": "text", "text": "a lake"},
            {"type": "image_url", "image_url": {"url": DATA_URL}},
        ],
        "resolution": "720p",
        "ratio": "16:9",
        "duration": 5,
        "seed": 1,
        "watermark": False,
    },
    "videos": {
        "model": "owner/animator",
        "prompt": "a lake",
        "input_reference": {"image_url": DATA_URL},
        "seconds": "8",
        "size": "1280x720",
    },
}


@pytest.fixture(params=list(CLIP_VENDORS))
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def service(vendor: str) -> AsyncIterator[FakeService]:
    async with serving(CLIP_VENDORS[vendor].service()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeService, vendor: str) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.CLIP, service.url + CLIP_VENDORS[vendor].path) as opened:
        yield opened


@pytest.fixture
def clip(tools: Tools, vendor: str) -> TableClipProvider:
    return table_clip(tools, vendor)


async def test_a_clip_is_submitted_polled_and_downloaded(
    service: FakeService, clip: TableClipProvider, vendor: str, tmp_path: Path
) -> None:
    job_id = await submit(clip, MOTION, Call(idempotency_key="clip:1"))
    running = await clip.poll(job_id)
    done = await clip.poll(job_id)
    assert isinstance(done, At)
    await clip.fetch(done.url, tmp_path / "clip.mp4")

    assert isinstance(running, Running)
    assert b"ftyp" in (tmp_path / "clip.mp4").read_bytes()[:12]
    assert service.received[0].body == BODIES[vendor]
    assert service.keys[CLIP_VENDORS[vendor].submit] == {"clip:1": 1}
    assert service.received[0].headers["Authorization"].endswith(f" {KEY}")
    assert (clip.name, clip.model) == ("tested", "owner/animator")


async def test_a_clip_is_canceled(
    service: FakeService, clip: TableClipProvider, vendor: str
) -> None:
    job_id = await submit(clip, MOTION)

    await clip.cancel(job_id)

    assert service.calls[CLIP_VENDORS[vendor].cancel] == 1


async def test_a_refused_clip_says_so(
    service: FakeService, clip: TableClipProvider, vendor: str
) -> None:
    if not isinstance(service, FakeVendor):
        return  # tests/unit/orchestration/providers/jobs/test_videos.py has the dialect's failures
    service.failure = "InputImageSensitiveContentDetected" if vendor == "ark" else "nsfw_content"
    job_id = await submit(clip, MOTION)
    await clip.poll(job_id)

    with pytest.raises(ContentRejectedError, match="rejects this content"):
        await clip.poll(job_id)


@pytest.mark.parametrize(("wished", "length"), [(0.5, 4), (4, 4), (4.1, 8), (11, 12), (60, 12)])
async def test_the_length_is_the_shortest_that_is_long_enough(wished: float, length: float) -> None:
    async with open_tools(ServiceKind.CLIP, "http://127.0.0.1:9") as tools:
        assert table_clip(tools, "videos").seconds_for(wished) == length


async def test_arks_own_client_runs_a_job_of_the_fake() -> None:
    async with serving(FakeArk()) as service:
        vendor = AsyncArk(api_key="k", base_url=f"{service.url}/api/v3")
        tasks: Any = vendor.content_generation.tasks
        content = BODIES["ark"]["content"]
        job = await tasks.create(model="m", content=content, ratio="16:9", duration=5)
        first = await tasks.get(task_id=job.id)
        done = await tasks.get(task_id=job.id)
        other = await tasks.create(model="m", content=content)
        await tasks.delete(task_id=other.id)
        await vendor.close()

    assert (first.status, done.status) == ("running", "succeeded")
    assert done.content.video_url == f"{service.url}/files/{job.id}.mp4"
    assert service.canceled == {other.id}
    assert service.received[0].body["duration"] == 5


async def test_replicates_own_client_makes_a_clip_of_the_fake() -> None:
    async with serving(FakeReplicate(polls=1)) as service:
        vendor = ReplicateClient(api_token="k", base_url=service.url)
        job = await vendor.models.predictions.async_create(
            "owner/animator", input=BODIES["replicate"]["input"]
        )
        await job.async_reload()
        await vendor._async_client.aclose()  # pyright: ignore[reportPrivateUsage]

    assert job.output == f"{service.url}/files/{job.id}.mp4"


async def test_fals_own_client_makes_a_clip_of_the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeFal(polls=1)) as service:
        monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{service.url}/")
        vendor = fal_client.AsyncClient(key="k")
        job = await vendor.submit("fal-ai/wan-i2v", arguments=BODIES["fal"])
        answer = await job.get(interval=0.01)
        await (await vendor._client).aclose()  # pyright: ignore[reportPrivateUsage]

    assert answer["video"]["url"] == f"{service.url}/files/{job.request_id}.mp4"


async def test_dashscopes_own_client_makes_a_clip_of_the_fake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = partial(VideoSynthesis.async_call, "wan2.2-i2v-plus", api_key="k")  # pyright: ignore[reportUnknownMemberType]

    def drive() -> None:
        job: Any = begin(prompt="a", img_url=DATA_URL)
        done: Any = VideoSynthesis.fetch(job, api_key="k")
        assert done.output.task_status == "SUCCEEDED"
        assert done.output.video_url == f"{service.url}/files/{job.output.task_id}.mp4"

    async with serving(FakeDashScope(polls=1)) as service:
        monkeypatch.setattr("dashscope.base_http_api_url", f"{service.url}/api/v1")
        await asyncio.to_thread(drive)


CLIP = """
url = "http://127.0.0.1:9"
statuses.done = ["succeeded"]
submit = { path = "/v1/models/{model}/predictions", id = "id" }
clip = { seconds = [3], body = { input = { image = "{image}", prompt = "{prompt}" } } }
poll = { path = "/v1/predictions/{id}", status = "status", results = ["output"] }
"""


def chosen(name: str, *, url: str | None = None, model: str | None = None) -> ProviderChoice:
    return ProviderChoice(
        kind=ServiceKind.CLIP, name=name, url=url, model=model, timeout_s=5, concurrency=1
    )


async def test_a_new_vendor_of_clips_is_a_new_table(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CLIP)
    async with serving(FakeReplicate(polls=1)) as service:
        mine = chosen("mine", url=service.url, model="o/p")
        async with Providers([mine], vendors=tmp_path) as providers:
            assert isinstance(providers.line_up.clip, RemoteJobs)
            job_id = await submit(providers.line_up.clip, replace(MOTION, duration_seconds=1))
            job = await providers.line_up.clip.poll(job_id)
            facts = [fact for fact in providers.facts if fact.kind is ServiceKind.CLIP]

    assert isinstance(job, At)
    assert providers.line_up.clip.seconds_for(60) == 3
    assert [(fact.name, fact.models) for fact in facts] == [("mine", ("o/p",))]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (chosen("studio"), "AI_STORY_CLIP_PROVIDER is 'studio'. Choose one of"),
        (chosen("ark"), "set AI_STORY_CLIP_MODEL"),
        (chosen("ark", model="m", url="x"), "AI_STORY_CLIP_URL must be a URL"),
    ],
)
async def test_a_wrong_choice_names_its_setting(choice: ProviderChoice, told: str) -> None:

    with pytest.raises(SetupError, match=told):
        Providers([choice])


@pytest.mark.parametrize("seconds", ["[]", "[0]", "[90]", '["five"]'])
def test_lengths_that_cannot_be_had_are_refused(tmp_path: Path, seconds: str) -> None:
    (tmp_path / "mine.toml").write_text(CLIP.replace("[3]", seconds))

    with pytest.raises(SetupError, match=r"mine.toml: clip.seconds"):
        list_vendors(ServiceKind.CLIP, folder=tmp_path)
