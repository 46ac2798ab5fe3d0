"""Extracts JSON from a model's text: fences, prose, a BOM, `<think>`, lists, double encoding.

Nothing is repaired here: the result was valid JSON somewhere in the text.
"""

import json
import re
from collections.abc import Set as AbstractSet
from typing import cast

MAX_UNWRAPS = 2

_MAX_FENCES = 8
_WRAPPERS = ("result", "data", "output", "script", "response", "content", "answer", "text")
_CONTROLS = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000))
)
"""Control characters except tab and line ends, and lone surrogates: no database stores them all."""
_BOUND = 10**15
"""Numbers beyond it are invalid, and some are too long to print."""
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_DECODER = json.JSONDecoder(strict=False)
"""Not strict: raw control characters inside strings are common and harmless."""


def as_object(value: object) -> dict[str, object] | None:
    """The value as a JSON object, or None."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """The value as a JSON list, or None."""
    return cast("list[object]", value) if isinstance(value, list) else None


def as_text(value: object) -> str:
    """Any JSON value as one clean line or paragraph; a value without text becomes empty."""
    if isinstance(value, str):
        return value.translate(_CONTROLS).strip("\ufeff \t\r\n")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < _BOUND else ""
    parts = as_list(value) or []
    return " ".join(filter(None, (as_text(part) for part in parts if not isinstance(part, list))))


def as_number(value: object) -> float | None:
    """A number, or the first one in a string such as "4 s"; clamped, None if there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if value != value else float(min(max(value, -_BOUND), _BOUND))
    found = _NUMBER.search(as_text(value))
    return float(found.group()) if found else None


def find_json(text: str) -> object:
    """The JSON value in the text: the whole, the content of a fence, or the outermost brackets.

    Every step is linear in the length: the text may be hostile.

    Raises:
        ValueError: There is none.
    """
    bare = text.strip("\ufeff \t\r\n")
    for candidate in (bare, *_fenced(bare), _bracketed(bare)):
        try:
            value: object = _DECODER.decode(candidate)
        except (ValueError, RecursionError):  # ValueError: also a number of 5,000 digits
            continue
        return value
    raise ValueError("no JSON")


def _fenced(text: str) -> list[str]:
    blocks = text.split("```", 2 * _MAX_FENCES)[1::2]
    return [_bracketed(block) for block in blocks]


def _bracketed(text: str) -> str:
    """From the first opening bracket to the last closing one of its kind."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=len(text))
    closer = "}" if text[start : start + 1] == "{" else "]"
    return text[start : text.rfind(closer) + 1]


def without_thoughts(text: str) -> str:
    """The text after the last `</think>`; an unclosed `<think>` is left in place."""
    return text.rpartition("</think>")[2]


def unwrap(value: object, wanted: AbstractSet[str]) -> object:
    """Strip up to MAX_UNWRAPS wrappers off an object that has one of the wanted keys.

    A wrapper is a list of one, a string that contains JSON, or an object such as {"result": ...}.
    The value is returned unchanged if it has no wrapper.
    """
    for _ in range(MAX_UNWRAPS):
        inner = _inside(value, wanted)
        if inner is None:
            break
        value = inner
    return value


def _inside(value: object, wanted: AbstractSet[str]) -> object | None:
    if isinstance(value, str):
        try:
            return find_json(value)
        except ValueError:
            return None
    items = as_list(value)
    if items is not None:
        return items[0] if len(items) == 1 else None
    fields = as_object(value)
    if fields is None or wanted & fields.keys():
        return None
    return next((fields[name] for name in _WRAPPERS if name in fields), None)
