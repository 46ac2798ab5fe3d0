"""The table of a vendor: how its jobs are submitted, polled and read, as data.

Paths into answers are names and list indexes joined by dots. Templates contain `{name}`. A string
that consists of one `{name}` becomes the value itself, and fields without a value are omitted.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain import ServiceKind, Status
from errors import SetupError
from orchestration.providers.http.loose_json import as_list, as_object
from orchestration.providers.http.meanings import Meaning

SHIPPED = Path(__file__).with_name("vendors")

_NAME = re.compile(r"\{(\w+)\}")
_NOT_IN_A_ROUTE = re.compile(r"[?#{}\\\s\x00-\x1f\x7f]")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?|")
_VENDOR_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")

Value = str | int | float | None
Values = Mapping[str, Value]
_OF_A_SUBMISSION = frozenset({"model", "app"})
_OF_A_JOB = _OF_A_SUBMISSION | {"id"}


def _check_route(route: str, known: frozenset[str]) -> str:
    """Accept a route that is valid once its names are filled in.

    Raises:
        ValueError: A sentence with the reason.
    """
    if not route.startswith("/"):
        raise ValueError("a route must begin with /")
    if unknown := sorted(set(_NAME.findall(route)) - known):
        raise ValueError(
            f"unknown placeholder {{{unknown[0]}}}; known are "
            + ", ".join(f"{{{name}}}" for name in sorted(known))
        )
    if _NOT_IN_A_ROUTE.search(_NAME.sub("", route)):
        raise ValueError("a route must be a path without query, fragment, space or brace")
    return route


def _check_route_of_job(route: str) -> str:
    _check_route(route, _OF_A_JOB)
    if "{id}" not in route:
        raise ValueError("the placeholder {id} is missing")
    return route


def _check_url(url: str) -> str:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host or address.fragment:
        raise ValueError("a URL must begin with http:// or https:// and contain a host")
    return url


def _check_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"{name!r} is not a valid header")
    return headers


Route = Annotated[str, AfterValidator(lambda route: _check_route(route, _OF_A_SUBMISSION))]
JobRoute = Annotated[str, AfterValidator(_check_route_of_job)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Submit(_Table):
    """The call that costs money; `id` is the path to the job's ID in its answer."""

    path: Route
    headers: Annotated[dict[str, str], AfterValidator(_check_headers)] = {}
    id: str


class Clip(_Table):
    """How a picture is animated; `seconds` are the available lengths, ascending.

    `path` overrides the route of submissions for pictures and films.
    """

    path: Route | None = None
    seconds: Annotated[tuple[Annotated[float, Field(gt=0, le=60)], ...], Field(min_length=1)]
    body: dict[str, object]


class Poll(_Table):
    """The state of a job, and the location of its result.

    `answer` is a second route to request once the job is done, `content` one that serves the result
    itself. `progress` leads to a percentage, or to a text whose last percentage counts.
    """

    path: JobRoute
    status: str
    progress: str | None = None
    answer: JobRoute | None = None
    content: JobRoute | None = None
    results: list[str] = []
    failures: list[str] = []


class Cancel(_Table):
    """How a job is stopped."""

    method: Literal["POST", "PUT", "DELETE"]
    path: JobRoute


class Check(_Table):
    """Free checks at the vendor's own address.

    `key` is a route that only a valid key opens, `model` one that exists if the model does.
    """

    key: Route
    model: Route | None = None


class Webhook(_Table):
    """How the vendor gets the webhook address.

    `query` is the name of a parameter of the submission's URL, `body` an addition to its body, with
    `{webhook}` for the address.
    """

    query: str | None = None
    body: dict[str, object] = {}


class Statuses(_Table):
    """The vendor's words, case-insensitive."""

    queued: list[str] = []
    running: list[str] = []
    done: list[str]
    failed: list[str] = []
    canceled: list[str] = []
    expired: list[str] = []


class Vendor(_Table):
    """One vendor."""

    url: Annotated[str, AfterValidator(_check_url)]
    authorization: Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")] = "Bearer"
    poll_interval_s: Annotated[float, Field(gt=0, le=600)] = 2
    submissions_per_s: Annotated[float, Field(gt=0)] | None = None
    statuses: Statuses
    submit: Submit
    image: dict[str, object] | None = None
    video: dict[str, object] | None = None
    clip: Clip | None = None
    poll: Poll
    cancel: Cancel | None = None
    check: Check | None = None
    webhook: Webhook | None = None
    words: dict[Meaning, tuple[Annotated[str, Field(pattern=r"\S")], ...]] = {}
    """Of its errors, in codes or sentences, if they are not recognized without."""

    def status_of(self, word: str) -> Status | None:
        """Our status for the vendor's word; None for an unknown word."""
        return self._by_word.get(word.lower())

    def is_expired(self, word: str) -> bool:
        """Whether the word says that the job is no longer known."""
        return word.lower() in {known.lower() for known in self.statuses.expired}

    @property
    def _by_word(self) -> dict[str, Status]:
        words = {
            Status.PENDING: self.statuses.queued,
            Status.GENERATING: self.statuses.running,
            Status.COMPLETED: self.statuses.done,
            Status.FAILED: self.statuses.failed,
            Status.CANCELED: self.statuses.canceled,
        }
        return {word.lower(): status for status, known in words.items() for word in known}


def list_vendors(kind: ServiceKind, *, folder: Path | None = None) -> list[str]:
    """The names of the tables for the kind of work: the included ones and those in the folder.

    Raises:
        SetupError: One is invalid, or has a name that a setting cannot contain.
    """
    places = [SHIPPED] if folder is None else [SHIPPED, folder]
    names = sorted({path.stem for place in places for path in place.glob("*.toml")})
    tables = {name: read_vendor(name, folder=folder) for name in names}
    return [name for name, table in tables.items() if getattr(table, kind.word) is not None]


def read_vendor(name: str, *, folder: Path | None = None) -> Vendor:
    """The vendor's table: the operator's own from the folder, else the included one.

    Raises:
        SetupError: There is none, or it is invalid; the message names the file and the location in
            it.
    """
    places = [place / f"{name}.toml" for place in (folder, SHIPPED) if place is not None]
    file = next((place for place in places if place.is_file()), None)
    if not _VENDOR_NAME.fullmatch(name) or file is None:
        raise SetupError(f"Unknown vendor {name!r}: there is no table for it.")
    try:
        return Vendor.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise SetupError(f"{file.name}: {place}: {reason}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SetupError(f"Cannot read {file.name}: {error}.") from None


def fill(template: Mapping[str, object], values: Values) -> dict[str, object]:
    """The template with its names replaced; fields without a value are omitted."""
    filled = {name: _filled(value, values) for name, value in template.items()}
    return {name: value for name, value in filled.items() if value is not None}


def _filled(template: object, values: Values) -> object:
    if isinstance(template, str):
        whole = _NAME.fullmatch(template)
        if whole is not None:
            return values.get(whole[1])
        return _NAME.sub(lambda name: str(values.get(name[1])), template)
    items = as_list(template)
    if items is not None:
        return [_filled(item, values) for item in items]
    fields = as_object(template)
    return template if fields is None else fill(fields, values)


def fill_route(template: str, values: Values) -> str:
    """A route with its names replaced; an ID is escaped, a model keeps its slashes."""

    def value_of(name: re.Match[str]) -> str:
        return quote(str(values.get(name[1])), safe="" if name[1] == "id" else "/:@")

    return _NAME.sub(value_of, template)


def look_up(answer: object, path: str) -> object:
    """The value at the path, or None."""
    for name in path.split("."):
        items = as_list(answer)
        if items is not None:
            answer = items[int(name)] if name.isdecimal() and int(name) < len(items) else None
        else:
            answer = (as_object(answer) or {}).get(name)
    return answer


def first_text(answer: object, paths: Iterable[str]) -> str | None:
    """The first non-empty text along the paths."""
    found = (look_up(answer, path) for path in paths)
    return next((text for text in found if isinstance(text, str) and text.strip()), None)
