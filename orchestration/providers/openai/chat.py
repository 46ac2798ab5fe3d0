"""Asks a language model for JSON over POST /chat/completions, on any compatible server.

Servers differ in the structured output they accept (`response_format`), in the name of the token
limit, and in their errors about either. What worked is remembered for the lifetime of the process.
"""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Protocol, TypeVar

import httpx
import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from structlog.typing import FilteringBoundLogger

from errors import BadScriptError, ContentRejectedError
from orchestration.providers.checkup import Checkup, check_models
from orchestration.providers.http.answers import (
    bad_body,
    meaning_in,
    parse_object,
    raise_stated_error,
)
from orchestration.providers.http.error_bodies import read_error_body
from orchestration.providers.http.event_streams import MAX_STREAM_BYTES
from orchestration.providers.http.exchange import Answer, Endpoint, exchange
from orchestration.providers.http.loose_json import as_list, as_object, as_text
from orchestration.providers.http.meanings import Meaning, meaning_of
from orchestration.providers.openai.prompts import Question
from orchestration.providers.scripts.script_body import MAX_SCRIPT_BYTES

TOKENS_WHEN_CUT_OFF = (16_384, 8_192)
"""Requested after a truncated answer; the second if the model's own limit is lower."""

_FORMAT_REFUSED = (400, 422, 500)
_FORMAT_MARKS = (b"response_format", b"response format", b"json_schema", b"json_object", b"grammar")
_LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
"""Compatible servers know the first, OpenAI's reasoning models only the second."""

_logger: FilteringBoundLogger = structlog.get_logger(__name__)

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Read(Protocol[T_co]):
    """Parses a model's text; raises BadScriptError if it is not what was requested."""

    def __call__(self, text: str, *, is_cut_off: bool) -> Awaitable[T_co]:
        """`is_cut_off` says that the service itself reported a truncated answer."""
        ...


class _Rung(IntEnum):
    """How the form of the answer is enforced, from the strictest down."""

    JSON_SCHEMA = 0
    OBJECT_WITH_SCHEMA = 1
    """For llama.cpp's servers."""
    OBJECT = 2
    NONE = 3


def _content_text(value: object) -> str:
    """A string, or the texts of a list of parts."""
    parts = as_list(value)
    if parts is None:
        return as_text(value)
    return "".join(as_text((as_object(part) or {}).get("text")) for part in parts)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


_Text = Annotated[str, BeforeValidator(as_text)]


def _tool_text(value: object) -> str:
    """The arguments of the first tool call: some servers force structured output that way."""
    calls = as_list(value)
    call = as_object(value if calls is None else (calls or [None])[0]) or {}
    told = (as_object(call.get("function")) or call).get("arguments")
    return json.dumps(told) if as_object(told) else as_text(told)


class _Message(_Wire):
    content: Annotated[str, BeforeValidator(_content_text)] = ""
    tool_calls: Annotated[str, BeforeValidator(_tool_text)] = ""
    function_call: Annotated[str, BeforeValidator(_tool_text)] = ""
    refusal: _Text = ""
    reasoning_content: _Text = ""
    reasoning: _Text = ""


def _to_message(value: object) -> object:
    return as_object(value) or {}


class _Choice(_Wire):
    message: Annotated[_Message, BeforeValidator(_to_message)] = Field(default_factory=_Message)
    finish_reason: _Text = ""

    @property
    def text(self) -> str:
        """The model's output, wherever its server put it."""
        message = self.message
        if text := message.content or message.tool_calls or message.function_call:
            return text
        # Some servers treat the answer itself as reasoning.
        thoughts = message.reasoning_content or message.reasoning
        return thoughts if "{" in thoughts else ""


@dataclass(slots=True)
class _Course:
    """The parameters of one question, which change from try to try."""

    rung: _Rung
    limit_name: str
    limits: tuple[int, ...] = ()
    """Empty until an answer was truncated; the first is the one requested."""
    empties: int = 0
    calls: int = 0


class _BlankAnswerError(BadScriptError):
    """Only whitespace, which some servers return when their structured output fails."""

    code = "SCRIPT_EMPTY"


class Chat:
    """One model of one service."""

    def __init__(self, client: httpx.AsyncClient, endpoint: Endpoint, *, model: str) -> None:
        self._client = client
        self._endpoint = endpoint
        self._model = model
        self._rung = _Rung.JSON_SCHEMA
        self._limit_name = _LIMIT_NAMES[0]

    async def check(self) -> Checkup:
        """The findings from the list of models.

        Raises:
            StepError: The service does not respond.
        """
        return await check_models(self._client, self._endpoint, model=self._model)

    async def ask(self, question: Question, read: Read[T], *, idempotency_key: str) -> T:
        """Ask until the answer can be parsed, or no other form of the request is left.

        Another try is made here only if the request itself must change; all other retries are the
        caller's.

        Raises:
            BadScriptError: The model answered, but nothing usable; not retryable if it did so in
                every form of the request.
            ContentRejectedError: The model refuses, or its moderation does.
            StepError: With its code; `retryable` says whether another try may help.
        """
        course = _Course(rung=self._rung, limit_name=self._limit_name)
        while True:
            answer = await self._send(question, course, idempotency_key=idempotency_key)
            if self._may_ask_otherwise(answer) and _adapt(course, answer):
                continue
            try:
                text, is_cut_off = await asyncio.to_thread(self._read_answer, answer)
                value = await read(text, is_cut_off=is_cut_off)
            except BadScriptError as error:
                if not _mend(course, error):
                    raise
                continue
            self._remember(course)
            return value

    async def _send(self, question: Question, course: _Course, *, idempotency_key: str) -> Answer:
        payload: dict[str, object] = {
            "model": self._model,
            "messages": question.messages,
            "stream": False,  # some servers stream by default
        }
        response_format = _response_format(course.rung, question)
        if response_format is not None:
            payload["response_format"] = response_format
        if course.limits:
            payload[course.limit_name] = course.limits[0]
        course.calls += 1
        return await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/chat/completions",
            payload=payload,
            # Another body under the same key would be rejected, or get the previous answer.
            idempotency_key=f"{idempotency_key}:{course.calls}",
            max_size_bytes=MAX_STREAM_BYTES,
        )

    def _may_ask_otherwise(self, answer: Answer) -> bool:
        """Whether the question was refused, rather than an empty account or a wrong key."""
        if answer.status not in _FORMAT_REFUSED:
            return False
        return meaning_in(self._endpoint, answer) in (None, Meaning.TOO_LONG, Meaning.NO_MODEL)

    def _read_answer(self, answer: Answer) -> tuple[str, bool]:
        """The text, and whether the service reports that it was truncated."""
        choices = as_list(parse_object(self._endpoint, answer, wanted="choices")["choices"])
        if not choices or as_object(choices[0]) is None:
            raise bad_body(self._endpoint, answer)
        choice = _Choice.model_validate(choices[0])
        is_refusal = bool(choice.message.refusal and not choice.message.content)
        told = read_error_body({"finish_reason": choice.finish_reason})
        if is_refusal or meaning_of(told, status=200) is Meaning.REJECTED:
            raise ContentRejectedError(f"{self._endpoint.label} rejects this story.")
        is_cut_off = choice.finish_reason in ("length", "max_tokens")
        text = choice.text
        if len(text) > MAX_SCRIPT_BYTES:
            raise bad_body(self._endpoint, answer)
        if not text and not is_cut_off:
            raise_stated_error(self._endpoint, answer)
            raise _BlankAnswerError(f"{self._endpoint.label} returned only white space.")
        return text, is_cut_off

    def _remember(self, course: _Course) -> None:
        if course.rung is not self._rung:
            _logger.info("structured_output", provider=self._endpoint.name, rung=course.rung.name)
        self._rung, self._limit_name = course.rung, course.limit_name


def _response_format(rung: _Rung, question: Question) -> Mapping[str, object] | None:
    match rung:
        case _Rung.JSON_SCHEMA:
            named = {"name": question.name, "schema": question.schema, "strict": True}
            return {"type": "json_schema", "json_schema": named}
        case _Rung.OBJECT_WITH_SCHEMA:
            return {"type": "json_object", "schema": question.schema}
        case _Rung.OBJECT:
            return {"type": "json_object"}
        case _Rung.NONE:
            return None


def _adapt(course: _Course, answer: Answer) -> bool:
    """Change the request after a refusal of its form; False if that was not the reason."""
    body = answer.body.lower()
    if course.limits and b"max_completion_tokens" in body and course.limit_name == _LIMIT_NAMES[0]:
        course.limit_name = _LIMIT_NAMES[1]
        return True
    if len(course.limits) > 1 and course.limit_name.encode() in body:
        course.limits = course.limits[1:]
        return True
    if course.rung is not _Rung.NONE and any(mark in body for mark in _FORMAT_MARKS):
        course.rung = _Rung(course.rung + 1)
        return True
    return False


def _mend(course: _Course, error: BadScriptError) -> bool:
    """Change the request after an unusable answer; False if no other form is left.

    The error is then final, if other forms were tried.
    """
    if error.code == "SCRIPT_TRUNCATED":
        if not course.limits:
            course.limits = TOKENS_WHEN_CUT_OFF
            return True
    elif error.code == "SCRIPT_EMPTY":
        course.empties += 1
        if course.empties == 1:
            return True
        if isinstance(error, _BlankAnswerError) and course.rung is not _Rung.NONE:
            course.rung = _Rung(course.rung + 1)
            return True
    else:
        return False
    error.retryable = False
    return False
