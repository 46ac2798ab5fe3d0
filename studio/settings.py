"""The settings of the built-in studio, and the faults it simulates on request.

They are options of its address (`studio://?latency=0.5&fail_shot=3`), so tests and demos of
failures need no second program.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from errors import SetupError

MAX_LATENCY_S = 3_600.0
_DIVISORS = (1, 2, 4)
"""Of film sizes, whose sides must stay even."""


class PictureFault(StrEnum):
    """How a picture fails."""

    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    BAD_BODY = "bad_body"


class ScriptFault(StrEnum):
    """How a script fails."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    HTML = "html"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """The studio's options; without any of them it never fails on purpose.

    `shrink` divides the sides of pictures and films. `latency_s` is added to every script and
    picture. Pictures are counted per provider and per call from 1. `fail_shot` fails that one,
    `fail_every` each n-th, `fail_word` all whose prompt contains the word. `fail_code` selects the
    failure, and `fail_times` limits the number of failures.
    """

    shrink: int = 1
    latency_s: float = 0.0
    fail_shot: int | None = None
    fail_every: int | None = None
    fail_word: str | None = None
    fail_times: int | None = None
    fail_code: PictureFault = PictureFault.REFUSED
    fail_script: ScriptFault | None = None

    @classmethod
    def from_url(cls, url: str) -> "StudioSettings":
        """Parse the options of a `studio://` address.

        Raises:
            SetupError: The address is invalid, or an option is unknown or has an invalid value.
        """
        parts = urlsplit(url)
        if parts.scheme != "studio" or parts.netloc or parts.path.strip("/"):
            raise SetupError(f"Expected an address like studio://?latency=0.5, not {url!r}.")
        values: dict[str, Any] = {}
        for switch, text in parse_qsl(parts.query, keep_blank_values=True):
            if switch not in _SWITCHES:
                raise SetupError(
                    f"The studio has no switch {switch!r}; it knows {', '.join(_SWITCHES)}."
                )
            field, read = _SWITCHES[switch]
            try:
                values[field] = read(text)
            except ValueError as error:
                raise SetupError(f"The studio's switch {switch}={text!r}: {error}.") from None
        return cls(**values)


def _shrink(text: str) -> int:
    divisor = int(text)
    if divisor not in _DIVISORS:
        raise ValueError("sides are divided by 1, 2 or 4")
    return divisor


def _latency_s(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds) or not 0 <= seconds <= MAX_LATENCY_S:
        raise ValueError(f"seconds lie between 0 and {MAX_LATENCY_S:.0f}")
    return seconds


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("counting starts at 1")
    return number


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError("a word is missing")
    return text.strip()


_SWITCHES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "shrink": ("shrink", _shrink),
    "latency": ("latency_s", _latency_s),
    "fail_shot": ("fail_shot", _count),
    "fail_every": ("fail_every", _count),
    "fail_word": ("fail_word", _word),
    "fail_times": ("fail_times", _count),
    "fail_code": ("fail_code", PictureFault),
    "fail_script": ("fail_script", ScriptFault),
}
