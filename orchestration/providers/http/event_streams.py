"""Assembles one answer from a stream: server-sent events, or JSON lines.

Some servers stream although the request disables it, or send comments to keep a connection alive.
Chunks of a chat completion are joined into the equivalent answer without streaming. Every step is
linear in the length.
"""

import json
import re
from collections.abc import Iterable, Iterator

from orchestration.providers.http.loose_json import as_list, as_object, as_text

_LINE = re.compile(r"\r\n|\n|\r")
"""Not str.splitlines(): JSON may hold U+2028."""
MAX_STREAM_BYTES = 8 * 2**20
"""A chunk for a token takes some 250 bytes."""
_MAX_LINES = 100_000
"""Several times two for each token of the longest script."""
_FIELD = re.compile(r"(data|event|id|retry|)(?:: ?(.*)|)", re.DOTALL)
"""A line without a name is a comment; an empty line ends an event."""

_Object = dict[str, object]


def read_stream(body: bytes) -> object:
    """The answer in the stream, or an error within it; None if it contains no JSON."""
    text = body.decode(errors="replace").lstrip("\ufeff")
    values = list(_values(_LINE.split(text, _MAX_LINES)))
    failed = [value for value in values if value.get("error")]
    whole = [value for value in values if as_object(_choice(value).get("message"))]
    if failed or whole:
        return (failed or whole)[-1]
    if any(map(_delta, values)):
        return _joined(values)
    return values[-1] if values else None


def _values(lines: Iterable[str]) -> Iterator[_Object]:
    """The JSON objects of the events, then those outside of any."""
    data: list[str] = []
    outside: list[str] = []
    event = ""
    for line in (*lines, ""):
        field = _FIELD.fullmatch(line)
        if field is None:
            outside.append(line)
        elif field[1] == "event":
            event = field[2] or ""
        elif field[1] == "data" and (value := _object(field[2] or "")) is not None:
            yield _of_event(event, value)  # servers omit the empty line
        elif field[1] == "data":
            data.append(field[2] or "")
        elif not line:
            if data and (value := _object("\n".join(data))) is not None:
                yield _of_event(event, value)
            data, event = [], ""
    whole = _object("\n".join(outside))
    yield from filter(None, [whole] if whole else map(_object, outside))


def _of_event(event: str, value: _Object) -> _Object:
    return {"error": value} if event == "error" and "error" not in value else value


def _object(text: str) -> _Object | None:
    if not (text.lstrip().startswith("{") and text.rstrip().endswith("}")):
        return None
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _choice(value: _Object) -> _Object:
    return as_object((as_list(value.get("choices")) or [None])[0]) or {}


def _delta(value: _Object) -> _Object:
    """The piece of the message in a chunk; Ollama has no choices."""
    return as_object(_choice(value).get("delta")) or as_object(value.get("message")) or {}


def _joined(chunks: list[_Object]) -> _Object:
    """The chat completion in the chunks."""
    deltas = [_delta(chunk) for chunk in chunks]
    message: _Object = {
        name: "".join(_text(delta.get(name)) for delta in deltas)
        for name in ("content", "reasoning_content", "reasoning", "refusal")
    }
    message["tool_calls"] = [{"function": {"arguments": "".join(map(_arguments, deltas))}}]
    reasons = (_choice(chunk).get("finish_reason") or chunk.get("done_reason") for chunk in chunks)
    finish_reason = next((as_text(reason) for reason in reasons if reason), "")
    return {"choices": [{"index": 0, "finish_reason": finish_reason, "message": message}]}


def _text(piece: object) -> str:
    """A piece, with its spaces. Some servers send a list of parts."""
    if isinstance(piece, str):
        return piece
    return "".join(_text((as_object(part) or {}).get("text")) for part in as_list(piece) or [])


def _arguments(delta: _Object) -> str:
    """The piece of the first tool call in a chunk."""
    listed = as_list(delta.get("tool_calls")) or [delta.get("function_call")]
    calls: list[_Object | None] = [as_object(call) for call in listed]
    first = next((call for call in calls if call and not call.get("index")), None)
    called = as_object((first or {}).get("function")) or first
    return _text((called or {}).get("arguments"))
