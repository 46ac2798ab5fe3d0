"""The adapters of services with their credentials: for tests of who receives a secret."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiohttp import web

from domain import ServiceKind
from tests.fakes.automatic1111 import FakeAutomatic1111
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import PICTURE, FakeOrigin
from tests.fakes.service import FakeService
from tests.fakes.vendors import FakeArk, FakeDashScope, FakeFal, FakeReplicate

SECRET = "sk-hush.5e1f"  # looks like an error's code, so that it passes as one
USER = "us"


def base64_of(user: str) -> str:
    return base64.b64encode(f"{user}:{SECRET}".encode()).decode()


class Stranger(FakeService):
    """Another host: it takes every request, and delivers a picture."""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.counted("/", self._deliver))
        return app

    async def _deliver(self, _request: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One adapter, its service, the routes that it asks, and how an answer names a result."""

    kind: ServiceKind
    provider: str
    service: Callable[[], FakeService]
    routes: tuple[str, ...]
    result: tuple[str, Callable[[str], object]] | None = None
    key: str | None = SECRET
    user: str = ""
    """Part of the address instead of a key."""
    path: str = ""
    """Where the service answers below its host."""

    @property
    def forms(self) -> tuple[str, ...]:
        """What must not be exposed: the secret, and its form in a Basic header."""
        return (SECRET,) if self.key == SECRET else (SECRET, base64_of(USER))

    @property
    def tells_reasons(self) -> bool:
        """Whether its jobs fail with a word of the service's."""
        return self.provider in ("replicate", "fal", "dashscope", "ark", "comfyui")

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}{' by address' if self.user else ''}"


def by_address(door: Door) -> Door:
    return replace(door, key=None, user=f"{USER}:{SECRET}@")


def of_clips(door: Door, answer: Callable[[str], object]) -> Door:
    """The same service, asked for clips; `answer` names one."""
    assert door.result is not None
    return replace(door, kind=ServiceKind.CLIP, result=(door.result[0], answer))


OPENAI_IMAGE = Door(
    kind=ServiceKind.IMAGE,
    provider="openai",
    service=lambda: FakeOpenAI(answers_url=True),
    routes=("/images", "/files", "/models"),
    result=("/images", lambda url: {"data": [{"url": url}]}),
    path="/v1",
)
REPLICATE = Door(
    kind=ServiceKind.IMAGE,
    provider="replicate",
    service=FakeReplicate,
    routes=("/submit", "/poll", "/files", "/cancel", "/account"),
    result=("/poll", lambda url: {"status": "succeeded", "output": [url]}),
)
FAL = Door(
    kind=ServiceKind.IMAGE,
    provider="fal",
    service=FakeFal,
    routes=("/submit", "/poll", "/answer", "/files", "/cancel"),
    result=("/answer", lambda url: {"images": [{"url": url}]}),
)
DASHSCOPE = Door(
    kind=ServiceKind.IMAGE,
    provider="dashscope",
    service=FakeDashScope,
    routes=("/submit", "/poll", "/files", "/cancel"),
    result=(
        "/poll",
        lambda url: {"output": {"task_status": "SUCCEEDED", "results": [{"url": url}]}},
    ),
)
ARK = Door(
    kind=ServiceKind.CLIP,
    provider="ark",
    service=FakeArk,
    routes=("/submit", "/poll", "/files", "/cancel"),
    result=("/poll", lambda url: {"status": "succeeded", "content": {"video_url": url}}),
    path="/api/v3",
)
VIDEOS = Door(
    kind=ServiceKind.VIDEO,
    provider="videos",
    service=FakeOrigin,
    routes=("/v1/videos", "/v1/videos/poll", "/v1/videos/content", "/v1/videos/cancel"),
    path="/v1",
)
COMFYUI = Door(
    kind=ServiceKind.IMAGE,
    provider="comfyui",
    service=FakeComfyUI,
    routes=("/prompt", "/queue", "/history", "/view", "/cancel"),
)
DOORS = (
    Door(kind=ServiceKind.SCRIPT, provider="origin", service=FakeOrigin, routes=("/llm",)),
    Door(
        kind=ServiceKind.IMAGE,
        provider="origin",
        service=FakeOrigin,
        routes=("/pic", "/files"),
        result=("/pic", lambda url: {"image_url": url}),
    ),
    Door(
        kind=ServiceKind.VIDEO,
        provider="origin",
        service=FakeOrigin,
        routes=("/video", "/files"),
        result=("/video", lambda url: {"video_url": url}),
    ),
    VIDEOS,
    Door(
        kind=ServiceKind.SCRIPT,
        provider="openai",
        service=FakeOpenAI,
        routes=("/chat", "/models"),
        path="/v1",
    ),
    Door(
        kind=ServiceKind.VOICE,
        provider="openai",
        service=FakeOpenAI,
        routes=("/speech", "/models"),
        path="/v1",
    ),
    OPENAI_IMAGE,
    by_address(OPENAI_IMAGE),
    REPLICATE,
    by_address(REPLICATE),
    FAL,
    DASHSCOPE,
    of_clips(REPLICATE, lambda url: {"status": "succeeded", "output": url}),
    of_clips(FAL, lambda url: {"video": {"url": url}}),
    of_clips(DASHSCOPE, lambda url: {"output": {"task_status": "SUCCEEDED", "video_url": url}}),
    ARK,
    replace(VIDEOS, kind=ServiceKind.CLIP),
    Door(
        kind=ServiceKind.IMAGE,
        provider="automatic1111",
        service=lambda: FakeAutomatic1111(step_s=0.01),
        routes=("/txt2img", "/progress"),
        key=f"{USER}:{SECRET}",
    ),
    COMFYUI,
    by_address(COMFYUI),
)
MODELS = {
    ServiceKind.SCRIPT: "writer-1",
    ServiceKind.VOICE: "speaker-1",
    ServiceKind.IMAGE: "painter-1",
    ServiceKind.VIDEO: "film-1",
    ServiceKind.CLIP: "animator-1",
}
