"""The one table from meanings and HTTP statuses to our errors, with our own sentences."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from errors import (
    ContentRejectedError,
    ContextExceededError,
    ProviderRefusedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    QuotaExceededError,
    RateLimitedError,
    StepError,
)
from orchestration.providers.http.exchange import Endpoint
from orchestration.providers.http.meanings import Meaning

MAX_RETRY_AFTER_S = 120.0


class KeyRefusedError(ProviderRefusedError):
    """The service rejects or requires a key, or forbids the request."""


def error_for(
    endpoint: Endpoint, meaning: Meaning | None, *, status: int, wait_s: float | None = None
) -> StepError:
    """The error for a service's message, else for its status alone, in our own words."""
    if meaning is not None:
        return _error_of_meaning(endpoint, meaning, status=status, wait_s=wait_s)
    label = endpoint.label
    if status == 408:
        return ProviderTimeoutError(f"{label} timed out.", retry_after_s=wait_s)
    if status in (409, 425) or status >= 500:
        return ProviderUnavailableError(f"{label} failed (HTTP {status}).", retry_after_s=wait_s)
    if status == 403:
        return _error_of_meaning(endpoint, Meaning.WRONG_KEY, status=status)
    if status in (404, 405, 410):
        return _error_of_meaning(endpoint, Meaning.NO_MODEL, status=status)
    if status < 400:
        return ProviderRefusedError(
            f"{label} returned a redirect (HTTP {status}). Check {endpoint.setting('URL')}."
        )
    return ProviderRefusedError(f"{label} rejects the request (HTTP {status}).")


def _error_of_meaning(
    endpoint: Endpoint, meaning: Meaning, *, status: int, wait_s: float | None = None
) -> StepError:
    label = endpoint.label
    url, key, model = (endpoint.setting(suffix) for suffix in ("URL", "KEY", "MODEL"))
    match meaning:
        case Meaning.NO_CREDIT:
            return QuotaExceededError(f"{label} reports that the account has no credit left.")
        case Meaning.REJECTED:
            return ContentRejectedError(f"{label} rejects this content.")
        case Meaning.RATE_LIMITED:
            return RateLimitedError(f"{label} limits the rate of requests.", retry_after_s=wait_s)
        case Meaning.WRONG_KEY if endpoint.auth_headers:
            return KeyRefusedError(f"{label} rejects the key (HTTP {status}). Check {key}.")
        case Meaning.WRONG_KEY:
            return KeyRefusedError(f"{label} requires a key (HTTP {status}). Set {key}.")
        case Meaning.TOO_LONG:
            return ContextExceededError(
                f"{label} reports that the request exceeds the model's context (HTTP {status}). "
                f"Raise the context length, or choose another {model}."
            )
        case Meaning.NO_MODEL:
            return ProviderRefusedError(
                f"{label} does not have this route or model (HTTP {status}). Check {url}, {model}."
            )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The delay requested by the service, in seconds, 0 to MAX_RETRY_AFTER_S."""
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
