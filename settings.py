"""The environment and .env as typed values: AI_STORY_*, read by the command line alone.

What a room below needs is handed down to it as a plain value; nobody else looks at the environment.
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
"""In the order in which a story goes through them, as names of settings begin."""
_MOST_PROVIDERS = 9
_READ_OTHERWISE = {"FURTHER"}
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


class LogFormat(StrEnum):
    """How logs look; AUTO is CONSOLE on a terminal and JSON elsewhere."""

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
        raise ValueError("an address like postgresql://user:password@host:5432/database is needed")
    return value


def _check_webhook_secret(value: SecretStr) -> SecretStr:
    prefix, key = value.get_secret_value()[:6], value.get_secret_value()[6:]
    try:
        is_usable = prefix == "whsec_" and len(base64.b64decode(key, validate=True)) > 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError("the secret that the service shows for webhooks is needed: whsec_...")
    return value


def _check_web_address(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("an address like https://stories.example.org is needed")
    return value.rstrip("/")


def _check_host_name(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        raise ValueError("names like stories.example.org are needed, without scheme and port")
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
    """Who is asked for work of a stage while those before are away: AI_STORY_IMAGE_2_*."""

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
    """Whose bearer tokens count: the path or address of his key set, his name, and ours to him."""

    keys: str
    issuer: str
    audience: str


class Settings(BaseSettings):
    """Every setting, by the name of its variable without AI_STORY_; units are in the names."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # a .env serves other programs too
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Folder | None = None
    """Where data lies; None is the user's data folder."""
    database_url: Annotated[SecretStr, AfterValidator(_check_database_url)] | None = None
    """None is the bundled PostgreSQL below the home."""
    media_url: str | None = None
    """A folder or s3://bucket/prefix; None is `media` below the home."""
    public_url: WebAddress | None = None
    """Where clients and model services reach us, when that is not the address we listen on."""
    allowed_hosts: HostNames = ()
    """Names by which clients reach us, beside loopback's, our address and the public URL's."""

    script_provider: ProviderName = "studio"
    script_url: str | None = None
    script_key: SecretStr | None = None
    script_model: str | None = None
    script_timeout_s: Seconds = 300
    script_concurrency: AtOnce = 4
    script_price: Price | None = None
    """Of one script; None, here and below, is not known."""

    image_provider: ProviderName = "studio"
    image_url: str | None = None
    image_key: SecretStr | None = None
    image_model: str | None = None
    image_timeout_s: Seconds = 600
    image_webhook_secret: WebhookSecret | None = None
    """With which the service signs its calls to us; it begins with whsec_."""
    image_price: Price | None = None
    """Of one picture."""
    image_concurrency: AtOnce | None = None
    """None is 100 for a remote service, one or two for a local one, one per core for the studio."""
    image_workflow: Folder | None = None
    """The file of ComfyUI's workflow, with placeholders."""

    video_provider: ProviderName = "studio"
    video_url: str | None = None
    video_key: SecretStr | None = None
    video_model: str | None = None
    video_timeout_s: Seconds = 3600
    video_price: Price | None = None
    """Of one film."""
    video_concurrency: AtOnce | None = None
    """None is 4 for a remote service and 1 for the studio, which fills the cores by itself."""

    voice_provider: ProviderName = "studio"
    """Who speaks in films composed here: the studio, if its library is installed, a service, or
    none.
    """
    voice_url: str | None = None
    voice_key: SecretStr | None = None
    voice_model: str | None = None
    voice_speaker: str | None = None
    """One of the model's voices; None is the provider's default."""
    voice_timeout_s: Seconds = 120
    voice_concurrency: AtOnce = 8
    """Narrations that one process has spoken at once."""

    voice_price: Price | None = None
    """Of 1,000 characters that are spoken."""

    clip_provider: ProviderName = "none"
    """Who sets pictures in motion."""
    clip_url: str | None = None
    clip_key: SecretStr | None = None
    clip_model: str | None = None
    clip_timeout_s: Seconds = 1800
    clip_concurrency: AtOnce = 10
    clip_webhook_secret: WebhookSecret | None = None
    clip_price: Price | None = None
    """Of one second."""

    further: dict[str, tuple[FurtherProvider, ...]] = {}
    """Who is next in the order, by stage: from AI_STORY_SCRIPT_2_*, AI_STORY_IMAGE_2_* on."""

    fonts: Folder | None = None
    """A folder of fonts for letters that the bundled one lacks; those of the machine come after."""
    currency: Annotated[str, BeforeValidator(_upper), Field(pattern="^[A-Z]{3}$")] = "USD"
    """What all prices are in, by ISO 4217."""
    vendors: Folder | None = None
    """A folder of tables for further services that work in jobs, NAME.toml each."""
    result_hosts: Hosts = ()
    """Hosts beside public ones from which results may be downloaded: "host" or "host:port"."""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 4
    rate_limit_patience_s: Annotated[float, Field(ge=0, le=86_400)] = 900
    """How long work waits for a service that asks us to slow down; then refusals are attempts."""
    outage_patience_s: Annotated[float, Field(ge=0, le=86_400)] = 120
    """How long work waits for a service that is down; then failures are attempts."""

    drain_s: Annotated[float, Field(ge=0, le=86_400)] = 30
    heartbeat_s: Annotated[float, Field(ge=1, le=3_600)] = 15
    event_retention_days: Annotated[float, Field(gt=0, le=3_650)] = 7

    rest_create_status: Annotated[Literal["pending", "completed"], BeforeValidator(_lower)] = (
        "pending"
    )
    documents: Annotated[Literal["off", "enforce"], BeforeValidator(_lower)] = "off"
    """Whether only registered GraphQL documents run; off, they may be named all the same."""
    auth: Annotated[Literal["off", "keys", "jwt"], BeforeValidator(_lower)] = "off"
    """What credentials are asked for; off serves this machine alone."""
    jwt_keys: str | None = None
    """The path or address of the JSON Web Key Set that tokens are checked with."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_scope: Annotated[Scope, BeforeValidator(_lower)] = Scope.WRITE
    """What a token may do whose own scope names none of read, write and admin."""
    media_link_s: Annotated[int, Field(ge=60, le=604_800)] = 3_600
    """How long the links to media are good at least, where credentials are asked for."""
    introspection: bool = True
    """Whether the GraphQL schema tells about itself; off, it suggests no names either."""
    operation_timeout_s: Seconds = 30
    """How long a GraphQL operation may take; a subscription, to begin."""
    connections: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    """WebSockets that each process that serves may have open."""
    connections_per_viewer: Annotated[int, Field(ge=1, le=100_000)] = 100
    """WebSockets that one viewer may have open at each process that serves."""
    connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """Of all kinds, that one address may have open at each process that serves; addresses in
    FORWARDED_ALLOW_IPS, loopback's unless it says otherwise, are proxies and have no such limit.
    """
    cors_origins: Origins = ()
    """Pages that may call us from a browser, beside our own; * is any."""
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = "info"
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = LogFormat.AUTO

    def token_settings(self) -> TokenSettings:
        """What bearer tokens are checked against.

        Raises:
            SetupError: A part of it is missing.
        """
        parts = {
            "KEYS": self.jwt_keys, "ISSUER": self.jwt_issuer, "AUDIENCE": self.jwt_audience,
        }  # fmt: skip
        told = [value for value in parts.values() if value is not None]
        if len(told) < len(parts):
            missing = next(name for name, value in parts.items() if value is None)
            raise SetupError(f"AI_STORY_AUTH=jwt needs AI_STORY_JWT_{missing} too.")
        return TokenSettings(*told)

    @property
    def calls_at_once(self) -> int:
        """Calls of model services that a worker may have in flight, and downloads beside them."""
        remote = self.images_at_once + self.videos_at_once + self.clip_concurrency
        return 2 * (self.script_concurrency + remote + self.voice_concurrency)

    @property
    def images_at_once(self) -> int:
        """Pictures in flight at a service over the whole fleet."""
        return self.image_concurrency or usual_images_at_once(self.image_provider)

    @property
    def studio_images_at_once(self) -> int:
        """Pictures that the built-in painter paints at once over the whole fleet."""
        is_studios = self.image_provider == "studio" and self.image_concurrency is not None
        return (self.image_concurrency if is_studios else None) or os.cpu_count() or 1

    @property
    def videos_at_once(self) -> int:
        """Films in the making at once over the whole fleet."""
        if self.video_concurrency is not None:
            return self.video_concurrency
        return usual_videos_at_once(self.video_provider)


def usual_images_at_once(provider: str) -> int:
    """Pictures in flight at a service for which the operator set no number."""
    return _LOCAL_IMAGES_AT_ONCE.get(provider, _REMOTE_IMAGES_AT_ONCE)


def usual_videos_at_once(provider: str) -> int:
    """Films in the making at a service, or here, for which the operator set no number."""
    return 1 if provider == "studio" else _REMOTE_VIDEOS_AT_ONCE


def read_settings() -> Settings:
    """Read the environment and .env.

    Raises:
        SetupError: A value is wrong or missing; the message names the variable, never a secret.
    """
    try:
        settings = Settings(further={stage: _read_further(stage) for stage in STAGES})
    except ValidationError as error:
        raise SetupError(_sentence(error.errors()[0])) from None
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The file .env cannot be read ({error}).") from None
    if settings.auth == "jwt":
        settings.token_settings()
    return settings


def _read_further(stage: str) -> tuple[FurtherProvider, ...]:
    """The stage's providers from the second on, up to the first number that names none."""
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
    """Names that look like ours and are none, from the environment and .env, each with the nearest.

    The tests' own are left alone.
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
    """The database's address as it may be shown and logged; its options may hold passwords too."""
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
    return f"{variable} has a value that cannot be used: {reason.rstrip('.')}."
