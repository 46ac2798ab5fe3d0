"""Turns settings, passed as plain values, into adapters; the only module that names vendors.

Another service is a module next to this one and a line in one of the tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

import httpx

from domain import BUILT_IN, NOBODY, ServiceKind
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

OPENAI_URL = "https://api.openai.com/v1"
USUAL_URLS = {"openai": OPENAI_URL, "automatic1111": automatic1111.URL, "comfyui": COMFYUI_URL}

T = TypeVar("T")
_NEEDED = (ServiceKind.SCRIPT, ServiceKind.IMAGE, ServiceKind.VIDEO)
"""The kinds without which there is no film."""


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
    film_shrink: int
    """Divides the sides of films composed here."""
    studio_image: ImageProvider
    """The built-in painter without its options, whatever was chosen: for development data."""
    decoder: PictureDecoder
    """The decoder of uploads."""

    def __init__(
        self,
        choices: Iterable[ProviderChoice],
        *,
        allowed_hosts: tuple[str, ...] = (),
        vendors: Path | None = None,
    ) -> None:
        """Open the adapters of the choices, those of a kind in order of preference.

        Without a choice, scripts, pictures and films are made by the built-in providers.
        `vendors` is a folder of additional tables for job-based services.
        """
        self._closing = AsyncExitStack()
        self._parts = _Parts(self._closing, allowed_hosts=allowed_hosts, vendors=vendors)
        self._vendors = vendors
        self._choices = tuple(choices)
        self.film_shrink = 1
        self.facts = ()
        self.line_up = LineUp(
            scripts=_present(self._open(ServiceKind.SCRIPT, _SCRIPTS)),
            images=_present(self._open(ServiceKind.IMAGE, _IMAGES, by_table=_table_image)),
            videos=self._open(ServiceKind.VIDEO, _VIDEOS, by_table=_table_video),
            voices=_present(self._open(ServiceKind.VOICE, _VOICES)),
            clips=_present(self._open(ServiceKind.CLIP, _CLIPS, by_table=_table_clip)),
        )
        for choice in self._choices:
            if choice.kind is ServiceKind.VIDEO and choice.name == BUILT_IN:
                self.film_shrink = studio_settings(choice).shrink
        self.studio_image = StudioImageProvider(self._parts.pool)
        self.decoder = PictureReader(self._parts.decoders)

    def _open(
        self,
        kind: ServiceKind,
        built_in: Mapping[str, "Opener[T]"],
        *,
        by_table: "Opener[T] | None" = None,
    ) -> tuple[T, ...]:
        """The adapters of the kind, and their facts; for a film, None is an adapter too.

        `by_table` opens the vendors' tables, which cannot have the name of a built-in provider.
        """
        table = built_in
        if by_table is not None:
            names = list_vendors(kind, folder=self._vendors)
            table = {**dict.fromkeys(names, by_table), **built_in}
        chosen = [choice for choice in self._choices if choice.kind is kind]
        if not chosen and kind in _NEEDED:
            chosen = [ProviderChoice(kind=kind, name=BUILT_IN, timeout_s=1, concurrency=1)]
        _check_names(chosen)
        adapters = tuple(_choose(choice, table)(self._parts, choice) for choice in chosen)
        self.facts += tuple(
            _facts(choice, vendors=self._vendors)
            for choice, adapter in zip(chosen, adapters, strict=True)
            if adapter is not None or kind is ServiceKind.VIDEO
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


def _facts(choice: ProviderChoice, *, vendors: Path | None) -> ProviderFacts:
    models = () if choice.model is None else (choice.model,)
    url = choice.url or USUAL_URLS.get(choice.name)
    if url is None and choice.name not in (BUILT_IN, NOBODY, "origin"):
        url = read_vendor(choice.name, folder=vendors).url
    return ProviderFacts(choice.kind, choice.shown_name, models, url, choice.place)


def _check_names(choices: Sequence[ProviderChoice]) -> None:
    """Rows name their provider: two of one name could not be distinguished."""
    names: set[str] = set()
    for choice in choices:
        if choice.shown_name in names:
            raise SetupError(
                f"{choice.setting('PROVIDER')} is {choice.shown_name!r}, as one before it. "
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

    def jobs(self, choice: ProviderChoice) -> JobService:
        vendor = read_vendor(choice.name, folder=self._vendors)
        return JobService(
            self.client,
            replace(
                remote_endpoint(choice, vendor.url),
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
        model = model_of(choice) if "model" in workflow.names else choice.model or None
        progress = JobProgress(endpoint, nodes=len(workflow))
        self._closing.push_async_callback(progress.aclose)
        pictures = self.pictures(endpoint)
        return ComfyUIImageProvider(
            self.client, endpoint, workflow, pictures=pictures, progress=progress, model=model
        )

    def _kept(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        self._closing.push_async_callback(client.aclose)
        return client


Opener: TypeAlias = Callable[[_Parts, ProviderChoice], T]
"""Makes an adapter of a choice."""


def _studio_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    return StudioScriptProvider(parts.pool, settings=studio_settings(choice))


def _studio_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    return StudioImageProvider(parts.pool, settings=studio_settings(choice))


def _composed_here(_parts: _Parts, _choice: ProviderChoice) -> None:
    return None


def _origin_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    return OriginScriptProvider(parts.client, endpoint_of(choice))


def _origin_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = endpoint_of(choice)
    return OriginImageProvider(parts.client, endpoint, pictures=parts.pictures(endpoint))


def _origin_video(parts: _Parts, choice: ProviderChoice) -> VideoProvider:
    endpoint = endpoint_of(choice)
    return OriginVideoProvider(parts.client, endpoint, downloads=parts.downloads(endpoint))


def _openai_script(parts: _Parts, choice: ProviderChoice) -> ScriptProvider:
    endpoint = remote_endpoint(choice, OPENAI_URL)
    return OpenAIScriptProvider(parts.client, endpoint, model=model_of(choice))


def _openai_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = remote_endpoint(choice, OPENAI_URL)
    return OpenAIImageProvider(
        parts.client,
        endpoint,
        model=model_of(choice),
        pictures=parts.pictures(endpoint),
    )


def _automatic1111_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    endpoint = with_basic_auth(remote_endpoint(choice, automatic1111.URL))
    return Automatic1111ImageProvider(
        parts.submit_client,
        endpoint,
        model=choice.model or None,
        pictures=parts.pictures(endpoint),
    )


def _comfyui_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    return parts.comfyui(remote_endpoint(choice, COMFYUI_URL), choice)


def _table_image(parts: _Parts, choice: ProviderChoice) -> ImageProvider:
    jobs = parts.jobs(replace(choice, model=model_of(choice)))
    return TableImageProvider(jobs, pictures=parts.pictures(jobs.endpoint))


def _table_video(parts: _Parts, choice: ProviderChoice) -> VideoProvider:
    jobs = parts.jobs(choice)
    return TableVideoProvider(jobs, downloads=parts.downloads(jobs.endpoint))


def _table_clip(parts: _Parts, choice: ProviderChoice) -> ClipProvider:
    jobs = parts.jobs(replace(choice, model=model_of(choice)))
    return TableClipProvider(jobs, downloads=parts.downloads(jobs.endpoint))


def _nobody(_parts: _Parts, _choice: ProviderChoice) -> None:
    return None


def _studio_voice(_parts: _Parts, _choice: ProviderChoice) -> VoiceProvider | None:
    return StudioVoiceProvider.find()


def _openai_voice(parts: _Parts, choice: ProviderChoice) -> VoiceProvider:
    return OpenAIVoiceProvider(
        parts.client,
        remote_endpoint(choice, OPENAI_URL),
        model=model_of(choice),
        voice=choice.speaker or DEFAULT_VOICE,
        at_once=choice.concurrency,
    )


_SCRIPTS: Mapping[str, Opener[ScriptProvider]] = {
    BUILT_IN: _studio_script,
    "openai": _openai_script,
    "origin": _origin_script,
}
_IMAGES: Mapping[str, Opener[ImageProvider]] = {
    BUILT_IN: _studio_image,
    "openai": _openai_image,
    "automatic1111": _automatic1111_image,
    "comfyui": _comfyui_image,
    "origin": _origin_image,
}
_VIDEOS: Mapping[str, Opener[VideoProvider | None]] = {
    BUILT_IN: _composed_here,
    "origin": _origin_video,
}
_VOICES: Mapping[str, Opener[VoiceProvider | None]] = {
    BUILT_IN: _studio_voice,
    "openai": _openai_voice,
    NOBODY: _nobody,
}
_CLIPS: Mapping[str, Opener[ClipProvider | None]] = {NOBODY: _nobody}


def _choose(choice: ProviderChoice, table: Mapping[str, T]) -> T:
    if choice.name not in table:
        raise SetupError(
            f"{choice.setting('PROVIDER')} is {choice.name!r}. Choose one of {', '.join(table)}."
        )
    return table[choice.name]
