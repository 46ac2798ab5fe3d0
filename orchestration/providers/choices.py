"""What the operator chose for a kind of work, and the address and model that follow from it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from errors import SetupError
from orchestration.providers.http.exchange import Endpoint, setting_name
from studio.settings import StudioSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChoice:
    """What the operator chose for one kind of work.

    `timeout_s` bounds one call; `concurrency` is how many may run at once across the fleet, of a
    voice in each process. `speaker` names one of a model's voices, `workflow` ComfyUI's file;
    `webhook_secret` is what the service signs its calls to us with.
    `place` counts in the order of its kind, and `label` tells two of one provider apart.
    """

    name: str
    url: str | None = None
    key: str | None = field(default=None, repr=False)
    model: str | None = None
    speaker: str | None = None
    workflow: Path | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    timeout_s: float
    concurrency: int
    place: int = 1
    label: str | None = None

    @property
    def shown_name(self) -> str:
        """What rows, logs and pages call it."""
        return self.label or self.name

    def setting(self, kind: str, suffix: str) -> str:
        """The environment variable that configures a part of it."""
        return setting_name(kind, suffix, self.place)


def studio_settings(kind: str, choice: ProviderChoice) -> StudioSettings:
    """The studio's switches, which its address holds.

    Raises:
        SetupError: They are not understood.
    """
    if choice.url is None:
        return StudioSettings()
    try:
        return StudioSettings.from_url(choice.url)
    except SetupError as error:
        raise SetupError(f"{choice.setting(kind, 'URL')}: {error.message}") from None


def model_of(kind: str, choice: ProviderChoice) -> str:
    """The model's name, for services that need one.

    Raises:
        SetupError: There is none.
    """
    if not choice.model:
        raise SetupError(
            f"The provider {choice.name!r} requires a model: set {choice.setting(kind, 'MODEL')}."
        )
    return choice.model


def remote_endpoint(kind: str, choice: ProviderChoice, usual_url: str) -> Endpoint:
    """A service with a usual address, whose path a bare host takes over: /v1 for OpenAI's.

    Raises:
        SetupError: The address cannot be used.
    """
    endpoint = endpoint_of(kind, replace(choice, url=choice.url or usual_url))
    base, path = httpx.URL(endpoint.base_url), httpx.URL(usual_url).path
    if base.path != "/":
        return endpoint
    return replace(endpoint, base_url=str(base.copy_with(path=path)))


def endpoint_of(kind: str, choice: ProviderChoice) -> Endpoint:
    """The service at the address that the operator told.

    Raises:
        SetupError: It is missing, or cannot be used.
    """
    setting = choice.setting(kind, "URL")
    if not choice.url:
        raise SetupError(f"The provider {choice.name!r} requires a URL: set {setting}.")
    try:
        parts = urlsplit(choice.url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(choice.url)
    except (ValueError, httpx.InvalidURL):
        is_usable = False
    if not is_usable:  # the address itself may hold a password: it is not repeated
        raise SetupError(f"{setting} must be a URL that begins with http:// or https://.")
    return Endpoint(
        kind=kind,
        name=choice.shown_name,
        base_url=choice.url,
        key=choice.key or None,
        timeout_s=choice.timeout_s,
        place=choice.place,
    )
