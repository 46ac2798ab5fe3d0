"""Parses an answer as JSON, or as our error, which may also be inside a 2xx answer.

A service's text is never shown. A bad body is logged as status, type, size and digest, never as
text.
"""

import hashlib
import json
from collections.abc import Collection

import structlog
from structlog.typing import FilteringBoundLogger

from errors import BadBodyError, StepError
from orchestration.providers.http.error_bodies import ErrorBody, read_error_body
from orchestration.providers.http.event_streams import MAX_STREAM_BYTES, read_stream
from orchestration.providers.http.exchange import Answer, Endpoint
from orchestration.providers.http.loose_json import as_list, as_object, unwrap
from orchestration.providers.http.meanings import Meaning, meaning_of
from orchestration.providers.http.refusals import error_for, retry_after_s

_START_BYTES = 2_000
"""Of an error that is not JSON; a service may repeat the whole request after it."""

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


def require_success(endpoint: Endpoint, answer: Answer) -> None:
    """Accept a 2xx answer.

    Raises:
        StepError: The subclass that matches the status and the content.
    """
    if not is_success(answer):
        told = _told(answer)
        meaning = _meaning(endpoint, answer, told)
        raise _error(endpoint, answer, meaning, status=_status(answer, told))


def is_success(answer: Answer) -> bool:
    """Whether its status is 2xx."""
    return 200 <= answer.status < 300


def parse_json_object(endpoint: Endpoint, answer: Answer) -> dict[str, object]:
    """The JSON object of a 2xx answer, unchanged.

    Raises:
        StepError: The answer is not 2xx; the subclass matches its status.
        BadBodyError: It is HTML, empty or not a JSON object.
    """
    fields = as_object(_parse(endpoint, answer))
    if fields is None:
        raise bad_body(endpoint, answer)
    return fields


def parse_list(endpoint: Endpoint, answer: Answer, *, wanted: str) -> list[object]:
    """The list in the wanted field of a 2xx answer; some servers send it bare, or null if empty.

    Raises:
        StepError: The answer is not 2xx, or an error in its place; the subclass matches.
        BadBodyError: It is HTML, empty, not JSON, or has no such list.
    """
    value = _parse(endpoint, answer)
    listed = (as_object(value) or {}).get(wanted, value)
    items = as_list(listed)
    if not items:
        raise_stated_error(endpoint, answer)
    if items is None and (listed is not None or value is None):
        raise bad_body(endpoint, answer)
    return items or []


def parse_object(endpoint: Endpoint, answer: Answer, *, wanted: str) -> dict[str, object]:
    """The JSON object of a 2xx answer that has the wanted field, unwrapped if necessary.

    Raises:
        StepError: The answer is not 2xx, or an error in its place; the subclass matches.
        BadBodyError: It is HTML, empty, not JSON, or lacks the field.
    """
    return parse_object_with_any(endpoint, answer, wanted={wanted})


def parse_object_with_any(
    endpoint: Endpoint, answer: Answer, *, wanted: Collection[str]
) -> dict[str, object]:
    """The JSON object of a 2xx answer that has one of the wanted fields; see `parse_object`.

    Raises:
        StepError: See `parse_object`.
    """
    fields = as_object(unwrap(_parse(endpoint, answer), {*wanted, "error"})) or {}
    if not any(fields.get(name) for name in wanted):
        raise_stated_error(endpoint, answer)
    if fields.keys().isdisjoint(wanted):
        raise bad_body(endpoint, answer)
    return fields


def raise_stated_error(endpoint: Endpoint, answer: Answer) -> None:
    """Return if a 2xx answer without the wanted content does not contain an error.

    Raises:
        StepError: The subclass that matches the error.
    """
    told = _told(answer)
    meaning = _meaning(endpoint, answer, told)
    has_error = any((as_object(one) or {}).get("error") for one in _objects(answer))
    if meaning is not None or told.status is not None or has_error:
        raise _error(endpoint, answer, meaning, status=told.status or (400 if meaning else 502))


def meaning_in(endpoint: Endpoint, answer: Answer) -> Meaning | None:
    """The information of a failing answer beyond its status."""
    return _meaning(endpoint, answer, _told(answer))


def tells_code(answer: Answer) -> bool:
    """Whether the service itself reports the error, and not a gateway in front of it."""
    return not all(code.isdecimal() for code in read_error_body(_value(answer)).codes)


def _parse(endpoint: Endpoint, answer: Answer) -> object:
    require_success(endpoint, answer)
    value = _value(answer)
    if value is None and answer.body.strip() != b"null":
        raise bad_body(endpoint, answer)
    return value


def _value(answer: Answer) -> object:
    """The JSON value of the body, also of a streamed one; None if there is none."""
    try:
        value: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        is_short = len(answer.body) <= MAX_STREAM_BYTES
        return read_stream(answer.body) if is_short else None
    return value


def _objects(answer: Answer) -> list[object]:
    value = _value(answer)
    return as_list(value) or [value]


def _told(answer: Answer) -> ErrorBody:
    """The error in the body; in a 2xx answer, plain text is the content itself."""
    value = _value(answer)
    if is_success(answer):
        return read_error_body(None if isinstance(value, str) else value)
    if value is None and not is_html(answer.body, answer.media_type):
        value = answer.body[:_START_BYTES].decode(errors="replace")
    return read_error_body(value)


def _status(answer: Answer, told: ErrorBody) -> int:
    """Its status, or one inside the body: a proxy may know only 400."""
    is_vague = answer.status == 400 and told.status in (401, 402, 403, 429)
    return (told.status if is_vague else None) or answer.status


def _meaning(endpoint: Endpoint, answer: Answer, told: ErrorBody) -> Meaning | None:
    status = (told.status or 200) if is_success(answer) else _status(answer, told)
    is_told_to_wait = retry_after_s(answer.headers) is not None
    return meaning_of(told, status=status, is_told_to_wait=is_told_to_wait, words=endpoint.words)


def _error(
    endpoint: Endpoint, answer: Answer, meaning: Meaning | None, *, status: int
) -> StepError:
    return error_for(endpoint, meaning, status=status, wait_s=retry_after_s(answer.headers))


def bad_body(endpoint: Endpoint, answer: Answer) -> BadBodyError:
    """The error for an answer of another kind than promised; logs what may be logged of it."""
    _logger.warning(
        "bad_body",
        provider=endpoint.name,
        kind=endpoint.kind,
        status=answer.status,
        media_type=answer.media_type,
        size_bytes=len(answer.body),
        digest=hashlib.sha256(answer.body).hexdigest()[:16],
    )
    if not answer.body.strip():
        return BadBodyError(f"{endpoint.label} returned an empty response.")
    if is_html(answer.body, answer.media_type):
        return BadBodyError(
            f"{endpoint.label} returned a web page. Check {endpoint.setting('URL')}."
        )
    return BadBodyError(f"{endpoint.label} returned an unexpected response.")


def is_html(body: bytes, media_type: str) -> bool:
    """Whether it is a web page, by its content type and its first bytes."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")):
        return True
    return media_type == "text/html" and start.startswith(b"<") and not start.startswith(b"<think")
