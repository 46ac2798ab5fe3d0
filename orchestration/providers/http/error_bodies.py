"""Collects codes and sentences from the body of an error, in all usual formats.

Envelopes differ: an object, a string or a list under `error`, `detail`, `base_resp` and others.
Fields that may repeat the request, such as a prompt, are never read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orchestration.providers.http.loose_json import as_list, as_object

_ENVELOPES = frozenset(
    {
        *("error", "errors", "detail", "details", "lasterror", "innererror", "fault", "cause"),
        *("baseresp", "response", "responsemetadata", "header", "metadata", "output", "data"),
        *("result", "status", "choices", "images", "raw"),
    }
)
_CODES = frozenset(
    {
        *("code", "type", "status", "statuscode", "httpcode", "errno", "reason"),
        *(
            "error",
            "errorcode",
            "errortype",
            "errcode",
            "finishreason",
            "stopreason",
            "blockreason",
        ),
    }
)
_SENTENCES = frozenset(
    {
        *("message", "msg", "statusmsg", "errormessage", "errormsg", "errmsg"),
        *(
            "error",
            "errordescription",
            "detail",
            "details",
            "title",
            "reason",
            "reasons",
            "description",
        ),
    }
)
_QUOTATION = re.compile(r'"[^"]{60,}"|“[^”]{60,}”|`[^`]{60,}`')
"""A longer quotation is a repeated prompt."""
_NOT_PLAIN = re.compile(r"[\W_]+")
_HTTP_ERROR = re.compile(r"[45]\d\d")
_DEPTH = 5
_ITEMS = 4
"""Of a list; the first ones name the error."""
_CODE_LENGTH = 200
_SENTENCE_LENGTH = 500
"""Services repeat the whole request after the message."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """Codes without marks and in lower case, numbers too; the sentence in lower case."""

    codes: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def status(self) -> int | None:
        """The HTTP status among the codes, which gateways report behind another one."""
        return next((int(code) for code in self.codes if _HTTP_ERROR.fullmatch(code)), None)

    def __bool__(self) -> bool:
        """Whether there is any information."""
        return bool(self.codes or self.sentence)


def read_error_body(value: object) -> ErrorBody:
    """The information in the JSON value, or in a text that is not JSON."""
    words = list(_words({"error": value} if isinstance(value, str) else value, "", _DEPTH))
    codes = dict.fromkeys(word for is_code, word in words if is_code)
    sentence = " ".join(dict.fromkeys(word for is_code, word in words if not is_code))
    return ErrorBody(tuple(codes), sentence)


def plain(code: str) -> str:
    """A code in comparable form: API_KEY_INVALID and ApiKeyInvalid are equal."""
    return _NOT_PLAIN.sub("", code[:_CODE_LENGTH]).lower()


def _words(value: object, parent: str, depth: int) -> Iterator[tuple[bool, str]]:
    """Each relevant string, and whether it is a code."""
    for item in (as_list(value) or [])[:_ITEMS]:
        yield from _of_name(parent, item, parent, depth)
    for name, inner in (as_object(value) or {}).items():
        yield from _of_name(plain(name), inner, parent, depth)


def _of_name(name: str, value: object, parent: str, depth: int) -> Iterator[tuple[bool, str]]:
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _CODES:
            yield True, f"{value}" if parent != "baseresp" else f"baseresp{value}"
    elif isinstance(value, str):
        is_text = len(value.split()) > 1 or not value.isascii()
        if name in _CODES and value and not is_text:
            yield True, plain(value)
        elif name in _SENTENCES:
            yield False, _QUOTATION.sub(" ", value[:_SENTENCE_LENGTH]).lower()
    elif depth > 0 and (not name or name in _ENVELOPES):
        yield from _words(value, name, depth - 1)
