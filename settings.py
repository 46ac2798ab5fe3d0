"""The settings (AI_STORY_*) from the environment and .env, as typed values.

Only the command line reads them. Lower layers receive plain values and never read the environment.
"""

import base64
import os
import re
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from domain import Scope
from errors import SetupError

_PREFIX = "AI_STORY_"
_POSTGRES_SCHEMES = ("postgresql", "postgres")
_REMOTE_IMAGES_AT_ONCE = 100
_LOCAL_IMAGES_AT_ONCE = {"automatic1111": 1, "comfyui": 2}
_REMOTE_VIDEOS_AT_ONCE = 4
STAGES = ("script", "image", "video", "voice", "clip")
"""In pipeline order. The names of their settings begin with these words."""
_MOST_PROVIDERS = 9
_READ_OTHERWISE = {"FURTHER"}
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


class LogFormat(StrEnum):
    """Format of log lines. AUTO is CONSOLE on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


LogLevel = Literal["debug", "info", "warning", "error"]


def _split_at_commas(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _check_database_url(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in _POSTGRES_SCHEMES:
        raise ValueError("it must be a URL like postgresql://user:password@host:5432/database")
    return value


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


def _check_web_address(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("it must be a URL like https://stories.example.org")
    return value.rstrip("/")


def _check_host_name(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        raise ValueError("host names must look like stories.example.org, without scheme and port")
    return value.lower()


def _check_cors_origin(value: str) -> str:
    return value if value == "*" else _check_web_address(value)


WebhookSecret = Annotated[SecretStr, AfterValidator(_check_webhook_secret)]
WebAddress = Annotated[str, AfterValidator(_check_web_address)]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)]
HostNames = Annotated[
    tuple[Annotated[str, AfterValidator(_check_host_name)], ...],
    NoDecode,
    BeforeValidator(_split_at_commas),
]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_check_cors_origin)], ...],
    NoDecode,
    BeforeValidator(_split_at_commas),
]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
AtOnce = Annotated[int, Field(ge=1, le=10_000)]
Price = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
ProviderName = Annotated[str, BeforeValidator(_lower)]


class FurtherProvider(BaseSettings):
    """A fallback provider of a stage, for example from AI_STORY_IMAGE_2_*."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    provider: ProviderName | None = None
    url: str | None = None
    key: SecretStr | None = None
    model: str | None = None
    speaker: str | None = None
    workflow: Folder | None = None
    webhook_secret: WebhookSecret | None = None
    price: Price | None = None
    concurrency: AtOnce | None = None


class TokenSettings(NamedTuple):
    """How bearer tokens are verified: path or URL of the key set, issuer and audience."""

    keys: str
    issuer: str
    audience: str


class Settings(BaseSettings):
    """All settings, named as their variables without AI_STORY_. Names include the unit."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # a .env serves other programs too
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Folder | None = None
    """Folder of the bundled database and of the media. None is the user's data folder."""
    database_url: Annotated[SecretStr, AfterValidator(_check_database_url)] | None = None
    """None uses the bundled PostgreSQL in the home folder."""
    media_url: str | None = None
    """A folder or s3://bucket/prefix. None is `media` in the home folder."""
    public_url: WebAddress | None = None
    """URL under which clients and model services reach this server. None takes the request's."""
    allowed_hosts: HostNames = ()
    """Additional host names of this server. Loopback, listen address and public URL are known."""

    script_provider: ProviderName = "studio"
    script_url: str | None = None
    script_key: SecretStr | None = None
    script_model: str | None = None
    script_timeout_s: Seconds = 300
    script_concurrency: AtOnce = 4
    script_price: Price | None = None
    """Per script. None is an unknown price, here and below."""

    image_provider: ProviderName = "studio"
    image_url: str | None = None
    image_key: SecretStr | None = None
    image_model: str | None = None
    image_timeout_s: Seconds = 600
    image_webhook_secret: WebhookSecret | None = None
    """Signing secret of the service's webhooks. It begins with whsec_."""
    image_price: Price | None = None
    """Per picture."""
    image_concurrency: AtOnce | None = None
    """None is 100 for remote services, 1 or 2 for local ones and one per core for the studio."""
    image_workflow: Folder | None = None
    """ComfyUI's workflow file, with placeholders."""

    video_provider: ProviderName = "studio"
    video_url: str | None = None
    video_key: SecretStr | None = None
    video_model: str | None = None
    video_timeout_s: Seconds = 3600
    video_price: Price | None = None
    """Per film."""
    video_concurrency: AtOnce | None = None
    """None is 4 for remote services and 1 for the studio, which uses all cores for one film."""

    voice_provider: ProviderName = "studio"
    """Narrator of films composed here: the studio (if its library is installed), a service or
    none.
    """
    voice_url: str | None = None
    voice_key: SecretStr | None = None
    voice_model: str | None = None
    voice_speaker: str | None = None
    """One of the model's voices. None is the provider's default."""
    voice_timeout_s: Seconds = 120
    voice_concurrency: AtOnce = 8
    """Concurrent narrations per process."""

    voice_price: Price | None = None
    """Per 1,000 narrated characters."""

    clip_provider: ProviderName = "none"
    """The provider that animates pictures."""
    clip_url: str | None = None
    clip_key: SecretStr | None = None
    clip_model: str | None = None
    clip_timeout_s: Seconds = 1800
    clip_concurrency: AtOnce = 10
    clip_webhook_secret: WebhookSecret | None = None
    clip_price: Price | None = None
    """Per second."""

    further: dict[str, tuple[FurtherProvider, ...]] = {}
    """Fallback providers by stage, from AI_STORY_SCRIPT_2_*, AI_STORY_IMAGE_2_* and so on."""

    fonts: Folder | None = None
    """Folder of fonts for glyphs that the bundled font lacks. System fonts are tried after it."""
    currency: Annotated[str, BeforeValidator(_upper), Field(pattern="^[A-Z]{3}$")] = "USD"
    """Currency of all prices, as an ISO 4217 code."""
    vendors: Folder | None = None
    """Folder of tables (NAME.toml) for additional job-based services."""
    result_hosts: Hosts = ()
    """Non-public hosts from which results may be downloaded, as "host" or "host:port"."""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 4
    rate_limit_patience_s: Annotated[float, Field(ge=0, le=86_400)] = 900
    """How long work waits for a rate-limited service. After that, refusals count as attempts."""
    outage_patience_s: Annotated[float, Field(ge=0, le=86_400)] = 120
    """How long work waits for a service that is down. After that, failures count as attempts."""

    drain_s: Annotated[float, Field(ge=0, le=86_400)] = 30
    heartbeat_s: Annotated[float, Field(ge=1, le=3_600)] = 15
    event_retention_days: Annotated[float, Field(gt=0, le=3_650)] = 7

    rest_create_status: Annotated[Literal["pending", "completed"], BeforeValidator(_lower)] = (
        "pending"
    )
    documents: Annotated[Literal["off", "enforce"], BeforeValidator(_lower)] = "off"
    """`enforce` runs registered GraphQL documents only. `off` runs all, and accepts their IDs."""
    auth: Annotated[Literal["off", "keys", "jwt"], BeforeValidator(_lower)] = "off"
    """Kind of credentials that clients need. `off` serves the local machine only."""
    jwt_keys: str | None = None
    """Path or URL of the JSON Web Key Set that verifies tokens."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_scope: Annotated[Scope, BeforeValidator(_lower)] = Scope.WRITE
    """Scope of a token that names none of read, write and admin."""
    media_link_s: Annotated[int, Field(ge=60, le=604_800)] = 3_600
    """Minimum lifetime of signed media links. Links are signed when authentication is on."""
    introspection: bool = True
    """Whether the schema can be introspected. Off also disables suggestions in error messages."""
    operation_timeout_s: Seconds = 30
    """Timeout of a GraphQL operation. For a subscription, the time until it starts."""
    connections: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    """Open WebSockets per server process."""
    connections_per_viewer: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Open WebSockets per viewer and server process."""
    connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """Open connections of all kinds per client address and server process.

    Proxies listed in FORWARDED_ALLOW_IPS (by default loopback) are exempt.
    """
    cors_origins: Origins = ()
    """Browser origins that may call the API, in addition to its own. `*` allows all."""
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = "info"
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = LogFormat.AUTO

    def token_settings(self) -> TokenSettings:
        """How bearer tokens are verified.

        Raises:
            SetupError: A setting is missing.
        """
        parts = {
            "KEYS": self.jwt_keys, "ISSUER": self.jwt_issuer, "AUDIENCE": self.jwt_audience,
        }  # fmt: skip
        told = [value for value in parts.values() if value is not None]
        if len(told) < len(parts):
            missing = next(name for name, value in parts.items() if value is None)
            raise SetupError(f"AI_STORY_AUTH=jwt also requires AI_STORY_JWT_{missing}.")
        return TokenSettings(*told)

    @property
    def calls_at_once(self) -> int:
        """Concurrent calls to model services and downloads of a worker."""
        remote = self.images_at_once + self.videos_at_once + self.clip_concurrency
        return 2 * (self.script_concurrency + remote + self.voice_concurrency)

    @property
    def images_at_once(self) -> int:
        """Concurrent pictures at a service, over the whole fleet."""
        return self.image_concurrency or usual_images_at_once(self.image_provider)

    @property
    def studio_images_at_once(self) -> int:
        """Concurrent pictures of the built-in painter, over the whole fleet."""
        is_studios = self.image_provider == "studio" and self.image_concurrency is not None
        return (self.image_concurrency if is_studios else None) or os.cpu_count() or 1

    @property
    def videos_at_once(self) -> int:
        """Concurrent films, over the whole fleet."""
        if self.video_concurrency is not None:
            return self.video_concurrency
        return usual_videos_at_once(self.video_provider)


def usual_images_at_once(provider: str) -> int:
    """Default concurrency of an image provider."""
    return _LOCAL_IMAGES_AT_ONCE.get(provider, _REMOTE_IMAGES_AT_ONCE)


def usual_videos_at_once(provider: str) -> int:
    """Default concurrency of a video provider."""
    return 1 if provider == "studio" else _REMOTE_VIDEOS_AT_ONCE


def read_settings() -> Settings:
    """Read the environment and .env.

    Raises:
        SetupError: A value is invalid or missing. The message names the variable, never a secret.
    """
    try:
        settings = Settings(further={stage: _read_further(stage) for stage in STAGES})
    except ValidationError as error:
        raise SetupError(_sentence(error.errors()[0])) from None
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise SetupError(f"Cannot read the file .env: {error}.") from None
    if settings.auth == "jwt":
        settings.token_settings()
    return settings


def _read_further(stage: str) -> tuple[FurtherProvider, ...]:
    """The fallback providers of a stage, up to the first number without a provider."""
    found: list[FurtherProvider] = []
    for number in range(2, _MOST_PROVIDERS + 1):
        prefix = _further_prefix(stage, number)
        try:
            further = FurtherProvider(_env_prefix=prefix)  # pyright: ignore[reportCallIssue]
        except ValidationError as error:
            raise SetupError(_sentence(error.errors()[0], prefix=prefix)) from None
        if further.provider is None:
            break
        found.append(further)
    return tuple(found)


def _further_prefix(stage: str, number: int) -> str:
    return f"{_PREFIX}{stage.upper()}_{number}_"


def find_unknown_settings() -> dict[str, str | None]:
    """Unknown AI_STORY_ names in the environment and .env, each with the closest known name.

    Names for the tests are ignored.
    """
    known = {name.upper() for name in Settings.model_fields} - _READ_OTHERWISE
    for stage in STAGES:
        for number, _ in enumerate(_read_further(stage), start=2):
            prefix = _further_prefix(stage, number).removeprefix(_PREFIX)
            known |= {prefix + name.upper() for name in FurtherProvider.model_fields}
    names = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
    ours = {name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)}
    unknown = sorted(name for name in ours - known if not name.startswith("TEST_"))
    nearest = {name: next(iter(get_close_matches(name, known, n=1)), None) for name in unknown}
    return {_PREFIX + name: meant and _PREFIX + meant for name, meant in nearest.items()}


def without_password(url: str) -> str:
    """The database URL without any password, also not in its options, for display and logs."""
    address = urlsplit(url)
    user, at, host = address.netloc.rpartition("@")
    shown = address._replace(netloc=f"{user.partition(':')[0]}{at}{host}")
    options = [part for part in address.query.split("&") if "password" not in part.lower()]
    return urlunsplit(shown._replace(query="&".join(options)))


def _sentence(error: ErrorDetails, *, prefix: str = _PREFIX) -> str:
    variable = prefix + str(error["loc"][0]).upper()
    reason = error["msg"].removeprefix("Value error, ").replace("Input should", "it should", 1)
    if error["type"].endswith("_parsing"):
        reason = reason.partition(",")[0]  # what follows repeats it
    return f"{variable} is invalid: {reason.rstrip('.')}."
