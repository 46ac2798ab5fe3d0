"""A model service with OpenAI's HTTP protocols: chat completions, pictures, speech, models.

Its language model follows instructions: it reads the requested number of shots, the numbered
passages and the known characters from the prompt, as a real one would.
"""

import asyncio
import base64
import functools
import json
import math
import re
import struct
from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiohttp import web

from tests.fakes.origin import make_picture
from tests.fakes.service import FakeService, Handler

_COUNT = re.compile(r"Write about (\d+) shots")
_PASSAGE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
SYNOPSIS = "A hare wakes up too late."
_TRANSITIONS = ("Ken Burns", "Crossfade", "Volume Mix", "Cut")


class FakeOpenAI(FakeService):
    """The service. Its routes are /chat, /images, /speech, /models and /files.

    `formats` are the supported kinds of response_format: json_schema, json_object and
    `json_object+schema`; others are refused with `refusal`. `cast` are the characters whose looks
    it knows; `tells` is the share of passages from the beginning of a story that its first answers
    cover. `sizes` are those that its painter supports, None for any; it returns the bytes, or
    `answers_url`. With a `key` it refuses other callers, except for a public list of models:
    `lists_openly`. Its language model accepts `context` characters of a prompt, None for any
    number.
    """

    costs = ("/chat", "/images", "/speech")

    def __init__(
        self,
        *,
        latency_s: float = 0.0,
        formats: Collection[str] = ("json_schema", "json_object"),
        refusal: int = 400,
        cast: Mapping[str, str] | None = None,
        tells: float = 1.0,
        sizes: Collection[str] | None = None,
        answers_url: bool = False,
        key: str | None = None,
        lists_openly: bool = False,
        context: int | None = None,
    ) -> None:
        super().__init__(latency_s=latency_s)
        self.formats = formats
        self.refusal = refusal
        self.cast = dict(cast or {})
        self.tells = tells
        self.sizes = sizes
        self.answers_url = answers_url
        self.key = key
        self.lists_openly = lists_openly
        self.context = context
        self.owner = "us"
        self.models = ["writer-1", "painter-1", "speaker-1"]
        self._asked: set[int] = set()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 2**20)
        table: list[tuple[str, str, str, Handler]] = [
            ("POST", "/v1/chat/completions", "/chat", self._complete),
            ("POST", "/v1/images/generations", "/images", self._draw),
            ("GET", "/files/{name}", "/files", self._send_picture),
            ("POST", "/v1/audio/speech", "/speech", self._speak),
            ("GET", "/v1/models", "/models", self._list_models),
        ]
        for method, path, route, handler in table:
            app.router.add_route(method, path, self.counted(route, self._guarded(handler)))
        return app

    def _guarded(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            is_open = self.key is None or (self.lists_openly and request.path == "/v1/models")
            if not is_open and request.headers.get("Authorization") != f"Bearer {self.key}":
                return _error(401, "invalid_api_key", "Incorrect API key provided")
            return await handler(request)

        return handle

    async def _complete(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        if body["model"] not in self.models:
            return _error(404, "model_not_found", f"The model {body['model']} does not exist")
        wanted = body.get("response_format")
        if wanted is not None and _kind(wanted) not in self.formats:
            return _error(
                self.refusal,
                "invalid_request_error",
                f"response_format {wanted['type']} is unknown",
            )
        prompt = "\n".join(message["content"] for message in body["messages"])
        if self.context is not None and len(prompt) > self.context:
            return _error(400, "context_length_exceeded", "This is longer than the context")
        if wanted is not None and "json" not in prompt.lower():
            return _error(400, "invalid_request_error", "the prompt must contain the word json")
        return completion(json.dumps(self._write(prompt), ensure_ascii=False), model=body["model"])

    def _write(self, prompt: str) -> dict[str, Any]:
        passages = [(int(number), text) for number, text in _PASSAGE.findall(prompt)]
        text = " ".join(text for _, text in passages)
        answer: dict[str, Any] = {}
        if '"title", "language"' in prompt:
            answer = {"title": "A Tale", "language": "en", "synopsis": SYNOPSIS}
            answer["characters"] = [
                {"name": name, "appearance": looks}
                for name, looks in self.cast.items()
                if name in text
            ]
        if count := _COUNT.search(prompt):
            answer["shots"] = self._shots(passages, int(count[1]))
        return answer

    def _shots(self, passages: Sequence[tuple[int, str]], count: int) -> list[dict[str, Any]]:
        """As many shots as requested, over the share of the passages that it covers."""
        numbers = {number for number, _ in passages}
        if not numbers & self._asked:
            passages = passages[: max(int(len(passages) * self.tells), 1)]
        self._asked |= numbers
        groups = [
            passages[len(passages) * place // count : len(passages) * (place + 1) // count]
            or [passages[len(passages) * place // count]]
            for place in range(count)
        ]
        return [
            {
                "title": f"Shot {place + 1}",
                "prompt": f"A picture of: {group[0][1]}",
                "narration": " ".join(text for _, text in group),
                "transition": _TRANSITIONS[place % len(_TRANSITIONS)],
                "characters": [name for name in self.cast if name in group[0][1]],
                "first_passage": group[0][0],
                "last_passage": group[-1][0],
            }
            for place, group in enumerate(groups)
        ]

    async def _draw(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        size = body.get("size", "1024x1024")
        if self.sizes is not None and size not in self.sizes:
            return _error(400, "invalid_value", f"Invalid value for size: {size}")
        if self.answers_url:
            data = {"url": f"{request.scheme}://{request.host}/files/{size}.png"}
        else:
            data = {"b64_json": base64.b64encode(_picture(size)).decode()}
        return web.json_response({"created": 1, "data": [data]})

    async def _send_picture(self, request: web.Request) -> web.Response:
        size = request.match_info["name"].removesuffix(".png")
        return web.Response(body=_picture(size), content_type="image/png")

    async def _speak(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        if not 0 < len(body["input"]) <= 4_096:
            return _error(400, "invalid_value", "input must have 1 to 4096 characters")
        return web.Response(body=make_sound(len(body["input"]) / 20), content_type="audio/wav")

    async def _list_models(self, _request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        models = [
            {"id": name, "object": "model", "created": 1, "owned_by": self.owner}
            for name in self.models
        ]
        return web.json_response({"object": "list", "data": models})


@functools.cache
def _picture(size: str) -> bytes:
    width, _, height = size.partition("x")
    return make_picture(int(width), int(height))


def make_sound(seconds: float) -> bytes:
    """A tone as a streamed WAV, whose header claims the greatest length there is."""
    rate = 24_000
    tone = (round(8_000 * math.sin(n / 12)) for n in range(round(seconds * rate)))
    unknown = 0xFFFFFFFF
    header = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", unknown, b"WAVE", b"fmt ", 16, 1, 1, rate,
                         2 * rate, 2, 16)  # fmt: skip
    return header + struct.pack("<4sI", b"data", unknown) + array("h", tone).tobytes()


def _kind(response_format: Mapping[str, Any]) -> str:
    has_schema = response_format["type"] == "json_object" and "schema" in response_format
    return f"{response_format['type']}+schema" if has_schema else str(response_format["type"])


def completion_body(
    text: object, *, finish_reason: str = "stop", model: str = "writer-1", **message: object
) -> dict[str, Any]:
    """A whole chat completion as the protocol has it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None, **message},
                "finish_reason": finish_reason,
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def completion(text: str, *, model: str) -> web.Response:
    """An answer that ends as it should."""
    return web.json_response(completion_body(text, model=model))


def _error(status: int, code: str, message: str) -> web.Response:
    error = {"message": message, "type": code, "param": None, "code": code}
    return web.json_response({"error": error}, status=status)
