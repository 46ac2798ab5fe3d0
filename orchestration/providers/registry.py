"""Turns settings, passed as plain values, into adapters; the only module that names vendors.

Another service is a module next to this one and a line in one of the tables.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

import httpx

from domain import NOBODY
from errors import SetupError
from orchestration.providers import automatic1111
from orchestration.providers.automatic1111 import Automatic1111ImageProvider, with_basic_auth
from orchestration.providers.choices import (
    ProviderChoice,
    endpoint_of,
    model_of,
    remote_endpoint,
    studio_settings,
)
from orchestration.providers.comfyui.image_provider import URL as COMFYUI_URL
from orchestration.providers.comfyui.image_provider import ComfyUIImageProvider
from orchestration.providers.comfyui.progress import JobProgress
from orchestration.providers.comfyui.workflow import Workflow
from orchestration.providers.http.addresses import PublicResolver
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.images.pictures import DECODERS, PictureReader, Pictures
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.jobs.clip_provider import TableClipProvider
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import list_vendors, read_vendor
from orchestration.providers.jobs.video_provider import TableVideoProvider
from orchestration.providers.line_up import LineUp
from orchestration.providers.openai.image_provider import OpenAIImageProvider
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.openai.voice_provider import DEFAULT_VOICE, OpenAIVoiceProvider
from orchestration.providers.origin import (
    OriginImageProvider,
    OriginScriptProvider,
    OriginVideoProvider,
)
from orchestration.providers.ports import (
    ClipProvider,
    ImageProvider,
    PictureDecoder,
    ScriptProvider,
    VideoProvider,
    VoiceProvider,
)
from orchestration.providers.reach import ProviderFacts
from orchestration.providers.studio import (
    StudioImageProvider,
    StudioScriptProvider,
    StudioVoiceProvider,
)

STUDIO = "studio"
OPENAI_URL = "https://api.openai.com/v1"
USUAL_URLS = {"openai": OPENAI_URL, "automatic1111": automatic1111.URL, "comfyui": COMFYUI_URL}

T = TypeVar("T")
Ordered: TypeAlias = ProviderChoice | Sequence[ProviderChoice]
"""One provider, or several in order of preference."""


class Providers:
    """The operator's adapters, with the connections and worker processes below them.

    Use as an asynchronous context manager, or call `aclose`.

    Raises:
        SetupError: A name is unknown, or an address is missing or invalid; it names the setting.
    """

    line_up: LineUp
    """There is no voice if it is switched off, or its library is not installed."""
    facts: tuple[ProviderFacts, ...]
    """The choices, by stage."""
    studio_image: ImageProvider
    """The built-in painter without its options, whatever was chosen: for development data."""
    decoder: PictureDecoder
    """The decoder of uploads."""

    def __init__(
        self,
        *,
        script: Ordered,
        image: Ordered,
        video: Ordered,
        voice: Ordered = (),
        clip: Ordered = (),
        allowed_hosts: tuple[str, ...] = (),
        vendors: Path | None = None,
    ) -> None:
        """`vendors` is a folder of additional tables for job-based services."""
        self._closing = AsyncExitStack()
        self._parts = _Parts(self._closing, allowed_hosts=allowed_hosts, vendors=vendors)
        self._vendors = vendors
        # A table cannot have the name of a built-in provider.
        painters = {**dict.fromkeys(list_vendors("image", folder=vendors), _table_image), **_IMAGES}
        videos = {**dict.fromkeys(list_vendors("video", folder=vendors), _table_video), **_VIDEOS}
        animators = {**dict.fromkeys(list_vendors("clip", folder=vendors), _table_clip), **_CLIPS}
        self.facts = ()
        self.line_up = LineUp(
            scripts=self._open("script", script, _SCRIPTS),
            images=self._open("image", image, painters),
            videos=self._open("video", video, videos),
            voices=_present(self._open("voice", voice, _VOICES)),
            clips=_present(self._open("clip", clip, animators)),
        )
        self.studio_image = StudioImageProvider(self._parts.pool)
        self.decoder = PictureReader(self._parts.decoders)

    def _open(
        self,
        kind: str,
        ordered: Ordered,
        table: Mapping[str, Callable[["_Parts", ProviderChoice], T]],
    ) -> tuple[T, ...]:
        """The adapters of the kind, and their facts; for a film, None is an adapter too."""
        choices = (ordered,) if isinstance(ordered, ProviderChoice) else ordered
        _check_names(kind, choices)
        adapters = tuple(_choose(kind, choice, table)(self._parts, choice) for choice in choices)
        self.facts += tuple(
            _facts(kind, choice, vendors=self._vendors)
            for choice, adapter in zip(choices, adapters, strict=True)
            if adapter is not None or kind == "video"
        )
        return adapters

    async def aclose(self) -> None:
        """Close every connection and end the studio's worker processes."""
        await self._closing.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _present(adapters: Sequence[T | None]) -> tuple[T, ...]:
    return tuple(one for one in adapters if one is not None)


def _facts(kind: str, choice: ProviderChoice, *, vendors: Path | None) -> ProviderFacts:
    models = () if choice.model is None else (choice.model,)
    url = choice.url or USUAL_URLS.get(choice.name)
    if url is None and choice.name not in (STUDIO, NOBODY, "origin"):
        url = read_vendor(choice.name, folder=vendors).url
    return ProviderFacts(kind, choice.shown_name, models, url, choice.place)


def _check_names(kind: str, choices: Sequence[ProviderChoice]) -> None:
    """Rows name their provider: two of one name could not be distinguished."""
    names: set[str] = set()
    for choice in choices:
        if choice.shown_name in names:
            raise SetupError(
                f"{choice.setting(kind, 'PROVIDER')} is {choice.shown_name!r}, as one before it. "
                "Choose another, or remove the setting."
            )
        names.add(choice.shown_name)


class _Parts:
    """The shared parts of adapters, each opened on first use."""

    def __init__(
        self, closing: AsyncExitStack, *, allowed_hosts: tuple[str, ...], vendors: Path | None
    ) -> None:
        self._closing = closing
        self._vendors = vendors
        self._allowed_hosts = allowed_hosts

    @cached_property
    def pool(self) -> WorkerPool:
        pool = WorkerPool()
        self._closing.push_async_callback(pool.aclose)
        return pool

    @cached_property
    def decoders(self) -> WorkerPool:
        pool = WorkerPool(max_workers=DECODERS)
        self._closing.push_async_callback(pool.aclose)
        return pool

    @cached_property
    def client(self) -> httpx.AsyncClient:
        return self._kept(open_client())

    @cached_property
    def submit_client(self) -> httpx.AsyncClient:
        return self._kept(open_client(reuse_connections=False))

    @cached_property
    def public_client(self) -> httpx.AsyncClient:
        return self._kept(open_client(resolver=PublicResolver()))

    def downloads(self, endpoint: Endpoint) -> Downloads:
        return Downloads(
            self.client,
            endpoint,
            public_client=self.public_client,
            allowed_hosts=self._allowed_hosts,
        )

    def pictures(self, endpoint: Endpoint) -> Pictures:
        return Pictures(self.downloads(endpoint), self.decoders)

    def jobs(self, kind: str, choice: ProviderChoice) -> JobService:
        vendor = read_vendor(choice.name, folder=self._vendors)
        return JobService(
            self.client,
            replace(
                remote_endpoint(kind, choice, vendor.url),
                authorization=vendor.authorization,
                words=vendor.words,
            ),
            vendor,
            submit_client=self.submit_client,
            model=choice.model,
        )

    def comfyui(self, endpoint: Endpoint, choice: ProviderChoice) -> ImageProvider:
        setting = endpoint.setting("WORKFLOW")
        if choice.workflow is None:
            raise SetupError(f"The provider 'comfyui' requires a workflow file: set {setting}.")
        workflow = Workflow.read(choice.workflow, setting=setting)
        model = model_of("image", choice) if "model" in workflow.names else choice.model or None
        progress = JobProgress(endpoint, nodes=len(workflow))
        self._closing.push_async_callback(progress.aclose)
        pictures = self.pictures(endpoint)
        return ComfyUIImageProvider(
            self.client, endpoint, workflow, pictures=pictures, progress=progress, model=model
        )

    def _kept(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        self._closing.push_async_callback(client.aclose)
        return client


def _studio_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    return StudioScriptProvider(parts.pool, settings=studio_settings("script", choice))


def _studio_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    return StudioImageProvider(parts.pool, settings=studio_settings("image", choice))


def _composed_here(_parts: _Parts, _choice: ProviderChoice) -> None:
    return None


def _origin_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    return OriginScriptProvider(parts.client, endpoint_of("script", choice))


def _origin_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = endpoint_of("image", choice)
    return OriginImageProvider(parts.client, endpoint, pictures=parts.pictures(endpoint))


def _origin_video(parts: _Parts, choice: ProviderChoice) -> VideoProvider:
    endpoint = endpoint_of("video", choice)
    return OriginVideoProvider(parts.client, endpoint, downloads=parts.downloads(endpoint))


def _openai_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    endpoint = remote_endpoint("script", choice, OPENAI_URL)
    return OpenAIScriptProvider(parts.client, endpoint, model=model_of("script", choice))


def _openai_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = remote_endpoint("image", choice, OPENAI_URL)
    return OpenAIImageProvider(
        parts.client,
        endpoint,
        model=model_of("image", choice),
        pictures=parts.pictures(endpoint),
    )


def _automatic1111_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = with_basic_auth(remote_endpoint("image", choice, automatic1111.URL))
    return Automatic1111ImageProvider(
        parts.submit_client,
        endpoint,
        model=choice.model or None,
        pictures=parts.pictures(endpoint),
    )


def _comfyui_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    return parts.comfyui(remote_endpoint("image", choice, COMFYUI_URL), choice)


def _table_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    jobs = parts.jobs("image", replace(choice, model=model_of("image", choice)))
    return TableImageProvider(jobs, pictures=parts.pictures(jobs.endpoint))


def _table_video(parts: _Parts, choice: ProviderChoice) -> VideoProvider:
    jobs = parts.jobs("video", choice)
    return TableVideoProvider(jobs, downloads=parts.downloads(jobs.endpoint))


def _table_clip(parts: _Parts, choice: ProviderChoice) -> ClipProvider:
    jobs = parts.jobs("clip", replace(choice, model=model_of("clip", choice)))
    return TableClipProvider(jobs, downloads=parts.downloads(jobs.endpoint))


def _nobody(_parts: _Parts, _choice: ProviderChoice) -> None:
    return None


def _studio_voice(_parts: _Parts, _choice: ProviderChoice) -> VoiceProvider | None:
    return StudioVoiceProvider.find()


def _openai_voice(parts: _Parts, choice: ProviderChoice) -> VoiceProvider:
    return OpenAIVoiceProvider(
        parts.client,
        remote_endpoint("voice", choice, OPENAI_URL),
        model=model_of("voice", choice),
        voice=choice.speaker or DEFAULT_VOICE,
        at_once=choice.concurrency,
    )


_SCRIPTS: Mapping[str, Callable[[_Parts, ProviderChoice], ScriptProvider]] = {
    STUDIO: _studio_script,
    "openai": _openai_script,
    "origin": _origin_script,
}
_IMAGES: Mapping[str, Callable[[_Parts, ProviderChoice], ImageProvider]] = {
    STUDIO: _studio_image,
    "openai": _openai_image,
    "automatic1111": _automatic1111_image,
    "comfyui": _comfyui_image,
    "origin": _origin_image,
}
_VIDEOS: Mapping[str, Callable[[_Parts, ProviderChoice], VideoProvider | None]] = {
    STUDIO: _composed_here,
    "origin": _origin_video,
}
_VOICES: Mapping[str, Callable[[_Parts, ProviderChoice], VoiceProvider | None]] = {
    STUDIO: _studio_voice,
    "openai": _openai_voice,
    NOBODY: _nobody,
}
_CLIPS: Mapping[str, Callable[[_Parts, ProviderChoice], ClipProvider | None]] = {NOBODY: _nobody}


def _choose(kind: str, choice: ProviderChoice, table: Mapping[str, T]) -> T:
    if choice.name not in table:
        raise SetupError(
            f"{choice.setting(kind, 'PROVIDER')} is {choice.name!r}. "
            f"Choose one of {', '.join(table)}."
        )
    return table[choice.name]
