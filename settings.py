"""The settings (AI_STORY_*) from the environment and .env, as typed values.

Only the command line reads them. Lower layers receive plain values and never read the environment.
"""

import os
import re
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from db.address import DatabaseAddress
from db.setting_names import LEAST_SESSIONS, USUAL_SESSIONS
from domain import Scope, ServiceKind
from errors import SetupError
from service_settings import (
    MOST_PROVIDERS,
    Folder,
    Seconds,
    Service,
    Services,
    ServiceSettings,
    known_names,
    lower,
    read_service,
    services_of,
)

_PREFIX = "AI_STORY_"
_PATH_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_AMBIGUOUS_PREFIX = "/media"
"""Below it, /media/stories/... is a file if the proxy removes the prefix, and a page if not."""
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


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _check_database_url(value: SecretStr) -> SecretStr:
    DatabaseAddress.parse(value.get_secret_value())
    return value


def _check_web_address(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("it must be a URL like https://stories.example.org")
    return value.rstrip("/")


def _check_public_url(value: str) -> str:
    """Its path is a prefix. It needs no percent-encoding, which programs pass on in many forms."""
    value = _check_web_address(value)
    prefix = urlsplit(value).path
    if prefix == _AMBIGUOUS_PREFIX:
        raise ValueError(f"its path may not be {prefix}, which media links begin with")
    if not _PATH_PREFIX.fullmatch(prefix) or "?" in value or "#" in value:
        raise ValueError(
            "after the host it may only have a path of letters from a to z, digits and -._~, like "
            "https://example.org/stories"
        )
    return value


def _check_host_name(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        raise ValueError("host names must look like stories.example.org, without scheme and port")
    return value.lower()


def _check_cors_origin(value: str) -> str:
    return value if value == "*" else _check_web_address(value)


WebAddress = Annotated[str, AfterValidator(_check_web_address)]
PublicUrl = Annotated[str, AfterValidator(_check_public_url)]
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
    database_direct_url: Annotated[SecretStr, AfterValidator(_check_database_url)] | None = None
    """The same database without a pooler in transaction mode, which `database_url` then may be."""
    database_sessions: Annotated[int, Field(ge=LEAST_SESSIONS, le=1_000)] = USUAL_SESSIONS
    """Sessions of PostgreSQL that a process may hold."""
    media_url: str | None = None
    """A folder or s3://bucket/prefix. None is `media` in the home folder."""
    public_url: PublicUrl | None = None
    """URL under which clients and model services reach this server. None takes the request's.

    Its path is the prefix under which a reverse proxy serves everything.
    """
    allowed_hosts: HostNames = ()
    """Additional host names of this server. Loopback, listen address and public URL are known."""

    services: Services = Field(default_factory=lambda: services_of({}))
    """The model services, from AI_STORY_SCRIPT_*, AI_STORY_IMAGE_2_* and so on."""

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

    rest_create_status: Annotated[Literal["pending", "completed"], BeforeValidator(lower)] = (
        "pending"
    )
    documents: Annotated[Literal["off", "enforce"], BeforeValidator(lower)] = "off"
    """`enforce` runs registered GraphQL documents only. `off` runs all, and accepts their IDs."""
    auth: Annotated[Literal["off", "keys", "jwt"], BeforeValidator(lower)] = "off"
    """Kind of credentials that clients need. `off` serves the local machine only."""
    jwt_keys: str | None = None
    """Path or URL of the JSON Web Key Set that verifies tokens."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_scope: Annotated[Scope, BeforeValidator(lower)] = Scope.WRITE
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
    log_level: Annotated[LogLevel, BeforeValidator(lower)] = "info"
    log_format: Annotated[LogFormat, BeforeValidator(lower)] = LogFormat.AUTO

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

    def first(self, kind: ServiceKind) -> Service:
        """The service of the kind that is asked first."""
        return self.services[kind][0]

    @property
    def calls_at_once(self) -> int:
        """Concurrent calls to model services and downloads of a worker."""
        return 2 * sum(one.concurrency for kind in self.services.values() for one in kind)


def read_settings() -> Settings:
    """Read the environment and .env.

    Raises:
        SetupError: A value is invalid or missing. The message names the variable, never a secret.
    """
    try:
        settings = Settings(services=services_of({kind: _read_kind(kind) for kind in ServiceKind}))
    except ValidationError as error:
        raise SetupError(_sentence(error.errors()[0])) from None
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise SetupError(f"Cannot read the file .env: {error}.") from None
    if settings.database_direct_url is not None and settings.database_url is None:
        raise SetupError("AI_STORY_DATABASE_DIRECT_URL also requires AI_STORY_DATABASE_URL.")
    if settings.auth == "jwt":
        settings.token_settings()
    return settings


def _read_kind(kind: ServiceKind) -> list[ServiceSettings]:
    """The services of a kind: the first, and others up to the first number without a provider."""
    found: list[ServiceSettings] = []
    for place in range(1, MOST_PROVIDERS + 1):
        try:
            one = read_service(kind, place)
        except ValidationError as error:
            raise SetupError(_sentence(error.errors()[0], prefix=kind.setting("", place))) from None
        if found and not one.provider:
            break
        found.append(one)
    return found


def find_unknown_settings() -> dict[str, str | None]:
    """Unknown AI_STORY_ names in the environment and .env, each with the closest known name.

    Names for the tests are ignored.
    """
    known = {_PREFIX + name.upper() for name in Settings.model_fields if name != "services"}
    for kind in ServiceKind:
        for place, _ in enumerate(_read_kind(kind), start=1):
            known.update(known_names(kind, place))
    names = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
    ours = {name for name in names if name.startswith(_PREFIX)}
    unknown = sorted(name for name in ours - known if not name.startswith(f"{_PREFIX}TEST_"))
    ends = [name.removeprefix(_PREFIX) for name in known]  # their common beginning is no likeness
    nearest = {name: get_close_matches(name.removeprefix(_PREFIX), ends, n=1) for name in unknown}
    return {name: _PREFIX + found[0] if found else None for name, found in nearest.items()}


def _sentence(error: ErrorDetails, *, prefix: str = _PREFIX) -> str:
    variable = prefix + str(error["loc"][0]).upper()
    reason = error["msg"].removeprefix("Value error, ").replace("Input should", "it should", 1)
    if error["type"].endswith("_parsing"):
        reason = reason.partition(",")[0]  # what follows repeats it
    return f"{variable} is invalid: {reason.rstrip('.')}."
