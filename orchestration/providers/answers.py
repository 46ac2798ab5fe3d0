"""What an answer means: the one table from HTTP statuses to our errors, and JSON or a bad body.

Messages are our own sentences; a service's text is never shown. A bad body is logged as status,
type, size and digest, never as text.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import structlog
from structlog.typing import FilteringBoundLogger

from errors import (
    BadBodyError,
    ContentRejectedError,
    ContextExceededError,
    ProviderRefusedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    QuotaExceededError,
    RateLimitedError,
    StepError,
)
from orchestration.providers.http import Answer, Endpoint
from orchestration.providers.loose_json import as_list, as_object, unwrap

MAX_RETRY_AFTER_S = 120.0

_QUOTA_MARKS = ("insufficient_quota", "insufficient_balance", "billing", "arrearage")
_CONTEXT_MARKS = (
    "context_length",
    "context_size",
    "context length",
    "context size",
    "context window",
    "contextwindow",
)
"""In a code (OpenAI, llama.cpp, LiteLLM) or only in the sentence (vLLM, LM Studio, DeepSeek)."""
_MODERATION_MARKS = (
    "moderation",
    "content_policy",
    "content_filter",
    "contentfilter",
    "safety",
    "sensitive",
    "datainspection",
    "content_rejected",
    "nsfw",
)

_TOO_LONG = (400, 413, 422)

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


def require_success(endpoint: Endpoint, answer: Answer) -> None:
    """Pass a 2xx answer.

    Raises:
        StepError: The child that fits the status and the error code in the body.
    """
    if not 200 <= answer.status < 300:
        raise _failure(endpoint, answer)


def parse_json_object(endpoint: Endpoint, answer: Answer) -> dict[str, object]:
    """The JSON object of a 2xx answer, as it stands.

    Raises:
        StepError: The answer is none, with the child that fits its status.
        BadBodyError: It is HTML, empty or no JSON object.
    """
    fields = as_object(_parse(endpoint, answer))
    if fields is None:
        raise bad_body(endpoint, answer)
    return fields


def parse_list(endpoint: Endpoint, answer: Answer, *, wanted: str) -> list[object]:
    """The list in the wanted field of a 2xx answer; some servers send it bare, or null for none.

    Raises:
        StepError: The answer is none, with the child that fits its status.
        BadBodyError: It is HTML, empty, no JSON, or has no such list.
    """
    value = _parse(endpoint, answer)
    listed = (as_object(value) or {}).get(wanted, value)
    items = as_list(listed)
    if items is None and (listed is not None or value is None):
        raise bad_body(endpoint, answer)
    return items or []


def parse_object(endpoint: Endpoint, answer: Answer, *, wanted: str) -> dict[str, object]:
    """The JSON object of a 2xx answer that has the wanted field, out of its wrappers if any.

    Raises:
        StepError: The answer is none, with the child that fits its status, or that of the error
            in its place.
        BadBodyError: It is HTML, empty, no JSON, or lacks the field.
    """
    fields = as_object(unwrap(_parse(endpoint, answer), {wanted, "error"}))
    if fields is None or wanted not in fields:
        if fields is not None and as_object(fields.get("error")) is not None:
            raise _failure(endpoint, replace(answer, status=_stated_status(fields, answer.body)))
        raise bad_body(endpoint, answer)
    return fields


def _parse(endpoint: Endpoint, answer: Answer) -> object:
    require_success(endpoint, answer)
    try:
        value: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise bad_body(endpoint, answer) from None
    return value


def _stated_status(fields: dict[str, object], body: bytes) -> int:
    """The status that an error means which came behind a success, as gateways send it."""
    code = (as_object(fields.get("error")) or {}).get("code")
    if isinstance(code, int) and 400 <= code < 600:
        return code
    codes = " ".join(error_codes(body))
    return 400 if _mentions(codes, _QUOTA_MARKS) or is_moderation(codes) else 502


def bad_body(endpoint: Endpoint, answer: Answer) -> BadBodyError:
    """The error for an answer that is not what it promised; logs what may be logged of it."""
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
        return BadBodyError(f"{endpoint.label} answered nothing.")
    if is_html(answer.body, answer.media_type):
        return BadBodyError(
            f"{endpoint.label} answered a web page. Check {endpoint.setting('URL')}."
        )
    return BadBodyError(f"{endpoint.label} answered something other than what it promised.")


def is_html(body: bytes, media_type: str) -> bool:
    """Whether it is a web page, by its claim and by its first bytes."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")):
        return True
    return media_type == "text/html" and start.startswith(b"<") and not start.startswith(b"<think")


def _failure(endpoint: Endpoint, answer: Answer) -> StepError:
    status, label = answer.status, endpoint.label
    codes = " ".join(error_codes(answer.body))
    wait_s = retry_after_s(answer.headers)
    if status == 402 or (400 <= status < 500 and _mentions(codes, _QUOTA_MARKS)):
        return QuotaExceededError(f"{label} has no credit left for this account.")
    if 400 <= status < 500 and is_moderation(codes):
        return ContentRejectedError(f"{label} refuses this content.")
    if status == 429:
        return RateLimitedError(f"{label} asks us to slow down.", retry_after_s=wait_s)
    if status == 408:
        return ProviderTimeoutError(f"{label} gave up waiting.", retry_after_s=wait_s)
    if status in _TOO_LONG and _mentions(_start(answer.body), _CONTEXT_MARKS):
        return ContextExceededError(
            f"{label} has a model that cannot hold so much at once (HTTP {status}). Give it a "
            f"longer context, or choose another {endpoint.setting('MODEL')}."
        )
    if status in (409, 425) or status >= 500:
        return ProviderUnavailableError(f"{label} failed (HTTP {status}).", retry_after_s=wait_s)
    return ProviderRefusedError(_refusal(endpoint, status))


def _refusal(endpoint: Endpoint, status: int) -> str:
    url, key, model = (endpoint.setting(suffix) for suffix in ("URL", "KEY", "MODEL"))
    if status in (401, 403):
        return f"{endpoint.label} refuses our key (HTTP {status}). Check {key}."
    if status in (404, 405, 410):
        return (
            f"{endpoint.label} knows no such route or model (HTTP {status}). Check {url}, {model}."
        )
    if status < 400:
        return f"{endpoint.label} sends us elsewhere (HTTP {status}). Check {url}."
    return f"{endpoint.label} refuses the request (HTTP {status})."


def _start(body: bytes) -> str:
    """Where an error says what it is; a service may repeat the whole request behind that."""
    return body[:500].decode(errors="replace").lower()


def is_moderation(code: str) -> bool:
    """Whether a service's error code says that its moderation refused the content."""
    return _mentions(code.lower(), _MODERATION_MARKS)


def _mentions(text: str, marks: tuple[str, ...]) -> bool:
    return any(mark in text for mark in marks)


def error_codes(body: bytes) -> Iterator[str]:
    """The machine-readable words of an error body, in lower case: `error.code` and its like."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return
    found = as_object(value) or {}
    details = as_list(found.get("detail")) or []
    for part in map(as_object, (found, found.get("error"), *details)):
        for name in ("code", "type", "error", "error_code", "error_type"):
            word = (part or {}).get(name)
            if isinstance(word, str):
                yield word[:200].lower()


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait that the service asks for, in seconds, 0 to MAX_RETRY_AFTER_S."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _bounded(milliseconds / 1000)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return _bounded(seconds)
    try:
        at = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    now = datetime.now(UTC)
    return _bounded((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
