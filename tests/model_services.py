"""Every adapter of a model service, with a fake of its service."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from domain import ServiceKind, Style, Transition
from orchestration.providers.automatic1111 import Automatic1111ImageProvider
from orchestration.providers.comfyui.image_provider import ComfyUIImageProvider
from orchestration.providers.comfyui.progress import JobProgress
from orchestration.providers.comfyui.workflow import Workflow
from orchestration.providers.http.addresses import PublicResolver
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.images.pictures import Pictures
from orchestration.providers.jobs.clip_provider import TableClipProvider
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import read_vendor
from orchestration.providers.openai.image_provider import OpenAIImageProvider
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.openai.voice_provider import OpenAIVoiceProvider
from orchestration.providers.origin import (
    OriginImageProvider,
    OriginScriptProvider,
    OriginVideoProvider,
)
from orchestration.providers.ports import (
    Call,
    ClipRequest,
    ImageRequest,
    Provider,
    ScriptRequest,
    SpeechRequest,
    VideoRequest,
    VideoShot,
)
from tests.fakes.automatic1111 import FakeAutomatic1111
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin, make_picture
from tests.fakes.service import FakeService, serving
from tests.fakes.vendors import FakeArk, FakeDashScope, FakeFal, FakeReplicate
from tests.pools import DECODING

KEY = "sk-hush"
WORKFLOW = Path(__file__).parent.parent / "examples" / "comfyui-sdxl.json"
STORY = ScriptRequest(content="A hare ran. A tortoise walked! Who won?")
PICTURE = ImageRequest(
    prompt="a lake",
    style=Style.ANIMATION,
    style_prompt="soft light",
    width=1280,
    height=720,
    seed=1,
)
SPEECH = SpeechRequest(text="Everybody slept in the house by the sea.", language="en")
MOTION = ClipRequest(
    image=make_picture(picture_format="JPEG"),
    media_type="image/jpeg",
    prompt="a lake",
    duration_seconds=4.5,
    width=1280,
    height=720,
    seed=1,
)
FILM = VideoRequest(
    story_id="s1",
    title="T",
    shots=(
        VideoShot(
            image_url="https://cdn.example/1.png",
            prompt="a lake",
            narration="It dawned.",
            transition=Transition.VOLUME_MIX,
            duration_seconds=4,
        ),
    ),
    width=1280,
    height=720,
)
REQUESTS: dict[ServiceKind, object] = {
    ServiceKind.SCRIPT: STORY,
    ServiceKind.IMAGE: PICTURE,
    ServiceKind.VIDEO: FILM,
    ServiceKind.VOICE: SPEECH,
    ServiceKind.CLIP: MOTION,
}
"""What is asked of an adapter of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The shared parts of adapters."""

    client: httpx.AsyncClient
    endpoint: Endpoint
    downloads: Downloads
    pictures: Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One adapter: the fake it talks to, the route of its paid call, and that call's request."""

    name: str
    kind: ServiceKind
    route: str
    service: Callable[[], FakeService]
    make: Callable[[Tools], Provider[Any, Any]]
    path: str = ""

    async def call(self, tools: Tools) -> object:
        """What the service answers to its paid call."""
        call = Call(idempotency_key=str(uuid4()))
        return await self.make(tools).begin(REQUESTS[self.kind], call)


def _origin_script(tools: Tools) -> OriginScriptProvider:
    return OriginScriptProvider(tools.client, tools.endpoint)


def _origin_image(tools: Tools) -> OriginImageProvider:
    return OriginImageProvider(tools.client, tools.endpoint, pictures=tools.pictures)


def _origin_video(tools: Tools) -> OriginVideoProvider:
    return OriginVideoProvider(tools.client, tools.endpoint, downloads=tools.downloads)


def _openai_script(tools: Tools) -> OpenAIScriptProvider:
    return OpenAIScriptProvider(tools.client, tools.endpoint, model="writer-1")


def _openai_image(tools: Tools) -> OpenAIImageProvider:
    return OpenAIImageProvider(
        tools.client, tools.endpoint, model="painter-1", pictures=tools.pictures
    )


def _openai_voice(tools: Tools) -> OpenAIVoiceProvider:
    return OpenAIVoiceProvider(tools.client, tools.endpoint, model="speaker-1")


def _automatic1111_image(tools: Tools) -> Automatic1111ImageProvider:
    return Automatic1111ImageProvider(tools.client, tools.endpoint, pictures=tools.pictures)


def _comfyui_image(tools: Tools) -> ComfyUIImageProvider:
    return comfyui_image(tools.client, tools.endpoint, tools.pictures)[0]


def comfyui_image(
    client: httpx.AsyncClient, endpoint: Endpoint, pictures: Pictures, *, model: str = "painter-1"
) -> tuple[ComfyUIImageProvider, JobProgress]:
    """The adapter of ComfyUI with the included workflow, and its sockets, which must be closed."""
    workflow = Workflow.read(WORKFLOW)
    progress = JobProgress(endpoint, nodes=len(workflow))
    image = ComfyUIImageProvider(
        client,
        endpoint,
        workflow,
        pictures=pictures,
        progress=progress,
        model=model,
        poll_interval_s=0.02,
    )
    return image, progress


def table_image(tools: Tools, vendor: str) -> TableImageProvider:
    """The adapter of a vendor's pictures."""
    table = read_vendor(vendor)
    place = replace(tools.endpoint, authorization=table.authorization)
    jobs = JobService(tools.client, place, table, submit_client=tools.client, model="owner/painter")
    return TableImageProvider(jobs, pictures=tools.pictures)


def table_clip(tools: Tools, vendor: str) -> TableClipProvider:
    """The adapter of a vendor's clips."""
    table = read_vendor(vendor)
    place = replace(tools.endpoint, authorization=table.authorization)
    jobs = JobService(
        tools.client, place, table, submit_client=tools.client, model="owner/animator"
    )
    return TableClipProvider(jobs, downloads=tools.downloads)


class ClipVendor(NamedTuple):
    """A vendor of clips: its fake, the path of its address, and the routes of a job."""

    service: Callable[[], FakeService]
    path: str = ""
    submit: str = "/submit"
    cancel: str = "/cancel"


CLIP_VENDORS = {
    "replicate": ClipVendor(FakeReplicate),
    "fal": ClipVendor(FakeFal),
    "dashscope": ClipVendor(FakeDashScope),
    "ark": ClipVendor(FakeArk, "/api/v3"),
    "videos": ClipVendor(FakeOrigin, "/v1", "/v1/videos", "/v1/videos/cancel"),
}
VENDORS = {"replicate": FakeReplicate, "fal": FakeFal, "dashscope": FakeDashScope}
SUBMITS = tuple(
    Adapter(
        name=f"{name} submit",
        kind=ServiceKind.IMAGE,
        route="/submit",
        service=service,
        make=partial(table_image, vendor=name),
    )
    for name, service in VENDORS.items()
) + tuple(
    Adapter(
        name=f"{name} clip",
        kind=ServiceKind.CLIP,
        route=vendor.submit,
        service=vendor.service,
        make=partial(table_clip, vendor=name),
        path=vendor.path,
    )
    for name, vendor in CLIP_VENDORS.items()
)
"""Calls that start a job: whether a failed one was accepted is uncertain."""
ADAPTERS = (
    Adapter(
        name="origin script",
        kind=ServiceKind.SCRIPT,
        route="/llm",
        service=FakeOrigin,
        make=_origin_script,
    ),
    Adapter(
        name="origin image",
        kind=ServiceKind.IMAGE,
        route="/pic",
        service=FakeOrigin,
        make=_origin_image,
    ),
    Adapter(
        name="origin video",
        kind=ServiceKind.VIDEO,
        route="/video",
        service=FakeOrigin,
        make=_origin_video,
    ),
    Adapter(
        name="openai script",
        kind=ServiceKind.SCRIPT,
        route="/chat",
        service=FakeOpenAI,
        make=_openai_script,
        path="/v1",
    ),
    Adapter(
        name="openai voice",
        kind=ServiceKind.VOICE,
        route="/speech",
        service=FakeOpenAI,
        make=_openai_voice,
        path="/v1",
    ),
    Adapter(
        name="openai image",
        kind=ServiceKind.IMAGE,
        route="/images",
        service=FakeOpenAI,
        make=_openai_image,
        path="/v1",
    ),
    Adapter(
        name="automatic1111 image",
        kind=ServiceKind.IMAGE,
        route="/txt2img",
        service=FakeAutomatic1111,
        make=_automatic1111_image,
    ),
    Adapter(
        name="comfyui submit",  # what is in doubt is looked up: such a job may be submitted again
        kind=ServiceKind.IMAGE,
        route="/prompt",
        service=FakeComfyUI,
        make=_comfyui_image,
    ),
)


@asynccontextmanager
async def open_tools(
    kind: ServiceKind, url: str, *, timeout_s: float = 10
) -> AsyncGenerator[Tools]:
    """Real connections to a service with a key."""
    endpoint = Endpoint(kind=kind, name="tested", base_url=url, timeout_s=timeout_s, key=KEY)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_client())
        public = await stack.enter_async_context(open_client(resolver=PublicResolver()))
        downloads = Downloads(client, endpoint, public_client=public, pauses_s=(0.01, 0.01))
        yield Tools(
            client=client,
            endpoint=endpoint,
            downloads=downloads,
            pictures=Pictures(downloads, DECODING),
        )


@asynccontextmanager
async def open_service(
    adapter: Adapter, *, timeout_s: float = 10
) -> AsyncGenerator[tuple[FakeService, Tools]]:
    """The adapter's service, running, and the tools to call it with."""
    async with (
        serving(adapter.service()) as service,
        open_tools(adapter.kind, service.url + adapter.path, timeout_s=timeout_s) as tools,
    ):
        yield service, tools
