"""The operator's choice for a kind of work, and the address and model that follow from it."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from domain import ServiceKind
from errors import SetupError
from orchestration.providers.http.exchange import Endpoint
from studio.settings import StudioSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChoice:
    """The operator's choice for one kind of work.

    `timeout_s` bounds one call; `concurrency` is the number of concurrent calls across the fleet,
    for a voice in each process. `speaker` names one of a model's voices, `workflow` ComfyUI's file;
    `webhook_secret` is the service's signing secret for its webhooks. `price` is per unit of the
    kind, None if unknown. `place` counts in the order of its kind, and `label` distinguishes two of
    one provider.
    """

    kind: ServiceKind
    name: str
    url: str | None = None
    key: str | None = field(default=None, repr=False)
    model: str | None = None
    speaker: str | None = None
    workflow: Path | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    price: Decimal | None = None
    timeout_s: float
    concurrency: int
    place: int = 1
    label: str | None = None

    @property
    def shown_name(self) -> str:
        """Its name in rows, logs and on pages."""
        return self.label or self.name

    def setting(self, suffix: str) -> str:
        """The environment variable that configures a part of it."""
        return self.kind.setting(suffix, self.place)


def studio_settings(choice: ProviderChoice) -> StudioSettings:
    """The studio's options, from its address.

    Raises:
        SetupError: They are invalid.
    """
    if choice.url is None:
        return StudioSettings()
    try:
        return StudioSettings.from_url(choice.url)
    except SetupError as error:
        raise SetupError(f"{choice.setting('URL')}: {error.message}") from None


def model_of(choice: ProviderChoice) -> str:
    """The model's name, for services that need one.

    Raises:
        SetupError: There is none.
    """
    if not choice.model:
        raise SetupError(
            f"The provider {choice.name!r} requires a model: set {choice.setting('MODEL')}."
        )
    return choice.model


def remote_endpoint(choice: ProviderChoice, usual_url: str) -> Endpoint:
    """A service with a default address, whose path is added to a bare host: /v1 for OpenAI's.

    Raises:
        SetupError: The address cannot be used.
    """
    endpoint = endpoint_of(replace(choice, url=choice.url or usual_url))
    base, path = httpx.URL(endpoint.base_url), httpx.URL(usual_url).path
    if base.path != "/":
        return endpoint
    return replace(endpoint, base_url=str(base.copy_with(path=path)))


def endpoint_of(choice: ProviderChoice) -> Endpoint:
    """The service at the configured address.

    Raises:
        SetupError: It is missing, or cannot be used.
    """
    setting = choice.setting("URL")
    if not choice.url:
        raise SetupError(f"The provider {choice.name!r} requires a URL: set {setting}.")
    try:
        parts = urlsplit(choice.url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(choice.url)
    except (ValueError, httpx.InvalidURL):
        is_usable = False
    if not is_usable:  # the address may contain a password, so it is not repeated
        raise SetupError(f"{setting} must be a URL that begins with http:// or https://.")
    return Endpoint(
        kind=choice.kind,
        name=choice.shown_name,
        base_url=choice.url,
        key=choice.key or None,
        timeout_s=choice.timeout_s,
        place=choice.place,
    )
