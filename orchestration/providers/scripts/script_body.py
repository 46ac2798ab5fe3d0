"""Turns the output of a language model into a script, whatever the protocol.

Valid JSON is found in fences and prose; anything else is repaired in a separate process. Minor
defects are corrected; an answer that is missing, truncated or no script is an error. The text is
never logged or shown.
"""

import json
import re
import sys
from pathlib import Path

from children.deadline import Deadline
from children.running import ask
from errors import BadScriptError
from orchestration.providers.http.loose_json import (
    as_list,
    as_object,
    as_text,
    find_json,
    unwrap,
    without_thoughts,
)
from orchestration.providers.ports import Script
from orchestration.providers.scripts.script_wire import SHOT_LIST_NAMES, ScriptWire

MAX_SCRIPT_BYTES = 2 * 2**20
"""200 shots of maximum length are well below it; the rest is not read."""
MAX_REPAIR_BYTES = 64 * 2**10
"""A repair takes time quadratic in the length: 70 s for 2 MB."""
REPAIR_TIMEOUT_S = 10.0

_REPAIR_PROGRAM = Path(__file__).with_name("repair_json.py")
_BRACKET = re.compile(r"[{\[]")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?\Z)', re.DOTALL)
"""A string with its closing quote, or open to the end of the text; never backtracks."""


async def read_script(
    text: str,
    *,
    fallback_title: str,
    is_cut_off: bool = False,
    repair_timeout_s: float = REPAIR_TIMEOUT_S,
) -> Script:
    """Parse a script from a model's answer.

    `is_cut_off` says that the service itself reported a truncated answer.

    Raises:
        BadScriptError: SCRIPT_EMPTY without a usable shot, SCRIPT_TRUNCATED if the text ends too
            early, BAD_JSON if it is no script.
    """
    wire = await read_script_wire(text, is_cut_off=is_cut_off, repair_timeout_s=repair_timeout_s)
    return wire.to_script(fallback_title=fallback_title)


async def read_script_wire(
    text: str, *, is_cut_off: bool = False, repair_timeout_s: float = REPAIR_TIMEOUT_S
) -> ScriptWire:
    """Parse a script without limits applied, with at least one shot that is not empty.

    Raises:
        BadScriptError: See `read_script`.
    """
    value = await read_value(text, is_cut_off=is_cut_off, repair_timeout_s=repair_timeout_s)
    unwrapped = unwrap(_as_script(value), SHOT_LIST_NAMES)
    fields = as_object(_as_script(unwrapped))
    if fields is None or not SHOT_LIST_NAMES & fields.keys():
        raise bad_json()
    wire = ScriptWire.model_validate(fields)
    if not wire.ordered_shots():
        raise BadScriptError(
            "The script service returned a script without shots. Try again, or use another model.",
            code="SCRIPT_EMPTY",
        )
    return wire


async def read_value(
    text: str, *, is_cut_off: bool = False, repair_timeout_s: float = REPAIR_TIMEOUT_S
) -> object:
    """Parse the JSON value in a model's answer, repaired if possible.

    Raises:
        BadScriptError: SCRIPT_EMPTY, SCRIPT_TRUNCATED or BAD_JSON.
    """
    if is_cut_off:
        raise _truncated()
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        answer = without_thoughts(text).strip("\ufeff \t\r\n")
    else:
        return value
    if not answer:
        raise BadScriptError(
            "The script service returned no text. Try again, or use another model.",
            code="SCRIPT_EMPTY",
        )
    if answer.startswith("<think>"):  # never closed: the rest is no answer, even if it parses
        raise _truncated()
    try:
        return find_json(answer)
    except ValueError:
        pass
    start = _BRACKET.search(answer)
    if start is None:
        raise bad_json()
    if _is_cut_off(answer[start.start() :]):
        raise _truncated()
    return await _repair(answer[start.start() :], timeout_s=repair_timeout_s)


def _is_cut_off(broken: str) -> bool:
    """Whether the JSON ends inside a string or inside a shot.

    One missing bracket at the very end is a typo; two are a truncated answer.
    """
    bare = _STRING.sub(lambda string: "" if string[1] == '"' else '"', broken)
    depth = bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
    return bare.endswith('"') or depth > 1


async def _repair(broken: str, *, timeout_s: float) -> object:
    content = as_text(broken).encode()
    if len(content) > MAX_REPAIR_BYTES:
        raise bad_json()
    try:
        async with Deadline(timeout_s):
            ended = await ask(
                *(sys.executable, "-I", _REPAIR_PROGRAM),
                question=content,
                name="The repair of a script",
            )
    except TimeoutError:
        raise bad_json() from None
    if ended.code != 0:
        raise bad_json()
    try:
        value: object = json.loads(ended.output)
    except (ValueError, RecursionError):
        raise bad_json() from None
    return value


def _as_script(value: object) -> object:
    """A bare list of shots, or one bare shot, as a script."""
    shots = [value] if _is_shot(value) else as_list(value)
    if shots is None or not all(_is_shot(shot) for shot in shots):
        return value
    return {"shots": shots}


def _is_shot(value: object) -> bool:
    fields = as_object(value) or {}
    return bool({"prompt", "narration"} & fields.keys()) and not SHOT_LIST_NAMES & fields.keys()


def _truncated() -> BadScriptError:
    return BadScriptError(
        "The script service returned a truncated script. Request fewer shots, or raise the output "
        "limit of its model.",
        code="SCRIPT_TRUNCATED",
    )


def bad_json() -> BadScriptError:
    """The error for an answer that is not a script."""
    return BadScriptError(
        "The script service did not return a valid script. Try again, or use another model."
    )
