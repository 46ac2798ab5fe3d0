"""Answers of services that failed once, with the expected results: `services.json` of the cases.

A case is interpreted by its content, not by its name, so another folder of the same shape runs too.
"""

import base64
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image
from aiohttp import web

from tests.case_files import CASES
from tests.fakes.openai import FakeOpenAI, completion_body
from tests.fakes.service import Behaviour
from tests.sounds import ENCODINGS, encoded, wav

SCRIPT: dict[str, Any] = {
    "title": "The lamp",
    "shots": [
        {"prompt": "a lamp in a tower, 灯", "narration": "The keeper lit the lamp."},
        {"prompt": "a ship at dawn", "narration": "A ship came home."},
    ],
}
_PLACEHOLDER = re.compile(r"\{(?P<what>script|completion|[^{}]*?)\}")
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_JOINED = re.compile(r"(\w+) whole WAV files of (\d+(?:\.\d+)?) s")
_SOUNDS = re.compile(rf"\b(?:{'|'.join(ENCODINGS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServiceCase:
    """One answer of a service, and the expected result."""

    name: str
    door: str
    right: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str | None:
        """The expected code of the step's failure; None if it must succeed."""
        if "names the key" in self.right:
            return "UPSTREAM_REFUSED"
        found = re.search(r"\b[A-Z]+_[A-Z_]+\b", self.right)
        return found[0] if found else None

    @property
    def streams(self) -> bool:
        """Whether the answer depends on the request."""
        return "event stream" in self.told.get("note", "")

    @property
    def speech_seconds(self) -> float:
        """How long the speech is."""
        found = re.search(r"(\d+(?:\.\d+)?) s of speech", self.right)
        return float(found[1]) if found else 1.0

    def behaviour(self, *, pictures: str) -> Behaviour:
        """The answer; `pictures` is an address below which every name is a PNG."""
        body = self.told.get("text") or json.dumps(self.told["json"])
        filled = _fill(json.loads(body) if "json" in self.told else body, pictures)
        return Behaviour(
            status=self.told.get("status", 200),
            body=(filled if isinstance(filled, str) else json.dumps(filled)).encode(),
            media_type=self.told.get("type", "application/json"),
            headers=self.told.get("headers", {}),
        )

    def sounds(self, folder: Path) -> dict[str, Behaviour]:
        """Every sound of the case, by its format."""
        about = f"{self.told.get('type', '')} {self.told.get('note', '')}"
        bodies: dict[str, bytes] = {}
        if joined := _JOINED.search(about):
            bodies["joined"] = wav(float(joined[2])) * _NUMBERS[joined[1].lower()]
        else:
            expected = {found.lower() for found in _SOUNDS.findall(about)} - {"wav"}
            for suffix in sorted(expected):
                seconds = self.speech_seconds
                bodies[suffix] = encoded(suffix, *ENCODINGS[suffix], seconds=seconds, folder=folder)
        media_type = self.told.get("type", "audio/wav")
        return {name: Behaviour(body=body, media_type=media_type) for name, body in bodies.items()}


def read_service_cases() -> list[ServiceCase]:
    """All of them."""
    told = json.loads((CASES / "services.json").read_text(encoding="utf-8"))
    return [ServiceCase(case["name"], case["door"], case["right"], case) for case in told]


class StreamingOpenAI(FakeOpenAI):
    """It streams chat completions in chunks unless the request disables it."""

    async def _complete(self, request: web.Request) -> web.Response:
        answer = await super()._complete(request)
        if (await request.json()).get("stream") is False:
            return answer
        text = json.loads(answer.text or "")["choices"][0]["message"]["content"]
        chunks = [
            json.dumps({"choices": [{"index": 0, "delta": {"content": text[at : at + 7]}}]})
            for at in range(0, len(text), 7)
        ]
        events = "".join(f"data: {chunk}\n\n" for chunk in [*chunks, "[DONE]"])
        return web.Response(text=events, content_type="text/event-stream")


def _fill(value: Any, pictures: str) -> Any:
    """The JSON value or text with its placeholders replaced."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _meant(found["what"], found[0], pictures), value)
    if isinstance(value, list):
        return [_fill(item, pictures) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {name: _fill(item, pictures) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _meant(what: str, whole: str, pictures: str) -> str:
    script = json.dumps(SCRIPT, ensure_ascii=False)
    if what == "script":
        return script
    if what == "completion":
        return json.dumps(completion_body(script), ensure_ascii=False)
    if what.startswith("address"):
        return f"{pictures}/1.png"
    kind, _, how = what.partition(" ")
    if kind not in _FORMATS and not what.startswith("the picture"):
        return whole
    return _encoded_picture(_FORMATS.get(kind, "PNG"), how)


def _encoded_picture(picture_format: str, how: str) -> str:
    """A picture in base64 as described: "in lines of 76", "as AVIF", "in the URL alphabet"."""
    if wanted := re.search(r"\bas ([A-Z0-9]{3,5})\b", how):
        picture_format = wanted[1]
    content = io.BytesIO()
    gradient = PIL.Image.linear_gradient("L").resize((64, 36)).convert("RGB")
    gradient.save(content, picture_format)
    text = base64.b64encode(content.getvalue()).decode()
    if "alphabet" in how.lower() or "url-safe" in how.lower():
        text = text.replace("+", "-").replace("/", "_")
    if "padding" in how:
        text = text.rstrip("=")
    if lines := re.search(r"lines of (\d+)", how):
        end = "\r\n" if "CRLF" in how else "\n"
        text = end.join(re.findall(f".{{1,{lines[1]}}}", text)) + end
    return f"data:image/png;base64,{text}" if "data:" in how else text
