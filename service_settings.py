"""The settings of model services: AI_STORY_IMAGE_* of the first, AI_STORY_IMAGE_2_* of the next.

Every kind has the same settings. `_USUAL` holds what differs: defaults, and settings that only some
kinds have.
"""

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain import BUILT_IN, NOBODY, ServiceKind

MOST_PROVIDERS = 9


def lower(value: object) -> object:
    """Text in lower case and without spaces around it."""
    return value.strip().lower() if isinstance(value, str) else value


def _check_webhook_secret(value: SecretStr) -> SecretStr:
    prefix, key = value.get_secret_value()[:6], value.get_secret_value()[6:]
    try:
        is_usable = prefix == "whsec_" and len(base64.b64decode(key, validate=True)) > 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError(
            "it must be the webhook signing secret of the service, which begins with whsec_"
        )
    return value


Folder = Annotated[Path, AfterValidator(Path.expanduser)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_check_webhook_secret)]
AtOnce = Annotated[int, Field(ge=1, le=10_000)]
Price = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ServiceSettings(BaseModel):
    """One service of a kind."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    provider: Annotated[str, BeforeValidator(lower)] = ""
    url: str | None = None
    key: SecretStr | None = None
    model: str | None = None
    speaker: str | None = None
    """One of the voice model's speakers. None is the provider's default."""
    workflow: Folder | None = None
    """ComfyUI's workflow file, with placeholders."""
    webhook_secret: WebhookSecret | None = None
    """Signing secret of the service's webhooks. It begins with whsec_."""
    timeout_s: Seconds | None = None
    concurrency: AtOnce | None = None
    """Calls at once over the whole fleet; of a voice, in each process."""
    price: Price | None = None
    """Per unit of its kind: a script, picture or film, 1,000 characters, a second of a clip."""


class _ReadSettings(ServiceSettings, BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """Defaults of a kind. `busy` bounds providers that handle fewer calls than others."""

    provider: str = BUILT_IN
    timeout_s: float
    concurrency: int
    busy: Mapping[str, int] = field(default_factory=dict[str, int])
    only: frozenset[str] = frozenset()

    def concurrency_of(self, provider: str) -> int:
        return self.busy.get(provider, self.concurrency)


_SPECIAL = frozenset({"speaker", "workflow", "webhook_secret"})
_OF_THE_FIRST = frozenset({"timeout_s"})
"""Fallback providers have the first one's."""
_CORES = os.cpu_count() or 1
_USUAL: Mapping[ServiceKind, _Usual] = {
    ServiceKind.SCRIPT: _Usual(timeout_s=300, concurrency=4),
    ServiceKind.IMAGE: _Usual(
        timeout_s=600,
        concurrency=100,
        busy={BUILT_IN: _CORES, "automatic1111": 1, "comfyui": 2},
        only=frozenset({"workflow", "webhook_secret"}),
    ),
    # The built-in composition uses all cores for one film.
    ServiceKind.VIDEO: _Usual(timeout_s=3600, concurrency=4, busy={BUILT_IN: 1}),
    ServiceKind.VOICE: _Usual(timeout_s=120, concurrency=8, only=frozenset({"speaker"})),
    ServiceKind.CLIP: _Usual(
        provider=NOBODY, timeout_s=1800, concurrency=10, only=frozenset({"webhook_secret"})
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of a kind as it is asked: in which place, how long and how often at once."""

    kind: ServiceKind
    place: int
    provider: str
    timeout_s: float
    concurrency: int
    settings: ServiceSettings


Services = Mapping[ServiceKind, tuple[Service, ...]]
"""The services of each kind, in the order in which they are asked; of each at least one."""


def services_of(settings: Mapping[ServiceKind, Sequence[ServiceSettings]]) -> Services:
    """The services with these settings, and with the usual ones where nothing is set."""
    return {
        kind: tuple(_services(kind, settings.get(kind) or [ServiceSettings()])) for kind in _USUAL
    }


def _services(kind: ServiceKind, settings: Sequence[ServiceSettings]) -> Iterator[Service]:
    usual, first = _USUAL[kind], settings[0]
    for place, one in enumerate(settings, start=1):
        provider = one.provider or usual.provider
        yield Service(
            kind=kind,
            place=place,
            provider=provider,
            timeout_s=first.timeout_s or usual.timeout_s,
            concurrency=one.concurrency or usual.concurrency_of(provider),
            settings=one,
        )


def read_service(kind: ServiceKind, place: int) -> ServiceSettings:
    """What the environment and .env say of the service.

    Raises:
        ValidationError: A value is invalid.
    """
    return _ReadSettings(_env_prefix=kind.setting("", place))  # pyright: ignore[reportCallIssue]


def usual_concurrency(kind: ServiceKind, provider: str) -> int:
    """How many calls at once are usual at a provider of the kind."""
    return _USUAL[kind].concurrency_of(provider)


def known_names(kind: ServiceKind, place: int) -> Iterator[str]:
    """The names of the settings that such a service has."""
    unknown = _SPECIAL - _USUAL[kind].only
    if place > 1:
        unknown |= _OF_THE_FIRST
    for name in ServiceSettings.model_fields:
        if name not in unknown:
            yield kind.setting(name.upper(), place)
