"""Chat completions in streams that nobody asked for, as servers and proxies send them."""

import json
import time
from collections.abc import AsyncIterator, Iterable

import httpx
import pytest

from domain import ServiceKind
from errors import StepError
from orchestration.providers.http.event_streams import read_stream
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.ports import Script, ScriptRequest
from tests.asking import product_of
from tests.fakes.openai import FakeOpenAI, completion_body
from tests.fakes.service import Behaviour, serving

SHOT = {"prompt": "一只兔子，a lake", "narration": "It dawned.\u2028 🐇"}
ANSWER = json.dumps({"title": "T", "shots": [SHOT]}, ensure_ascii=False)
PIECES = [ANSWER[at : at + 3] for at in range(0, len(ANSWER), 3)]
PLAIN = json.dumps(completion_body(ANSWER), ensure_ascii=False)
PRETTY = json.dumps(completion_body(ANSWER), indent=2)


def chunk(finish_reason: str | None = None, **delta: object) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps({"object": "chat.completion.chunk", "choices": [choice]}, ensure_ascii=False)


CHUNKS = [chunk(role="assistant"), *(chunk(content=piece) for piece in PIECES), chunk("stop")]
USAGE = json.dumps({"choices": [], "usage": {"total_tokens": 9}})
THOUGHTS = [chunk(reasoning_content="Let me think {about}"), *CHUNKS]


def events(chunks: Iterable[str], *, begin: str = "data: ", end: str = "\n\n") -> str:
    return "".join(f"{begin}{one}{end}" for one in chunks)


def tool_call(piece: str, name: str | None = None) -> str:
    call = {"index": 0, "function": {"name": name, "arguments": piece}}
    return chunk(tool_calls=[call])


def ollama(piece: str, **more: object) -> str:
    message = {"role": "assistant", "content": piece}
    return json.dumps({"model": "m", "message": message, "done": False, **more})


STREAMS = {
    "events": events([*CHUNKS, "[DONE]"]),
    "without a space": events([*CHUNKS, "[DONE]"], begin="data:"),
    "CRLF": events([*CHUNKS, "[DONE]"], end="\r\n\r\n"),
    "CR": events([*CHUNKS, "[DONE]"], end="\r\r"),
    "without empty lines": events([*CHUNKS, "[DONE]"], end="\n"),
    "comments": ": KEEPING ALIVE\n\n" + events(CHUNKS, end="\n\n:\n\n: ping\n\n"),
    "names and ids": events(CHUNKS, begin="event: message\nid: 7\nretry: 5\ndata: "),
    "usage at the end": events([*CHUNKS, USAGE, "[DONE]"]),
    "thoughts": events([*THOUGHTS, "[DONE]"]),
    "without an end": events(CHUNKS[:-1]),
    "BOM": "\ufeff" + events(CHUNKS),
    "one whole completion": events([PLAIN, "[DONE]"]),
    "a whole one after its pieces": events([*CHUNKS, PLAIN]),
    "over several lines": "".join(f"data: {line}\n" for line in PRETTY.split("\n")) + "\n",
    "a tool call": events([tool_call("", "script"), *map(tool_call, PIECES), chunk("tool_calls")]),
    "parts": events(chunk(content=[{"type": "text", "text": piece}]) for piece in PIECES),
    "JSON in lines": "\n".join([*map(ollama, PIECES), ollama("", done=True, done_reason="stop")]),
    "chunks in lines": "\n".join(CHUNKS),
    "space before JSON": " \n\n \r\n" + PLAIN,
    "comments before JSON": ": KEEPING ALIVE\n\n: KEEPING ALIVE\n\n" + PLAIN,
    "comments before JSON over lines": ": KEEPING ALIVE\r\n\r\n" + PRETTY,
}


@pytest.fixture
async def service() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as opened:
        yield opened


async def write(service: FakeOpenAI, client: httpx.AsyncClient, body: str) -> Script:
    answer = Behaviour(body=body.encode(), media_type="text/event-stream")
    service.behave("/chat", answer, times=9)
    place = Endpoint(
        kind=ServiceKind.SCRIPT, name="openai", base_url=f"{service.url}/v1", timeout_s=10
    )
    script = OpenAIScriptProvider(client, place, model="writer-1")
    return await product_of(script, ScriptRequest(content="It dawned."))


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_is_one_answer(
    service: FakeOpenAI, client: httpx.AsyncClient, name: str
) -> None:
    written = await write(service, client, STREAMS[name])

    (shot,) = written.shots
    assert (shot.prompt, shot.narration) == (SHOT["prompt"], SHOT["narration"])
    assert written.title == "T"
    assert service.calls["/chat"] == 1
    assert service.received[0].body["stream"] is False


FAILED = json.dumps({"error": {"code": 402, "message": "Insufficient credits"}})
BLOCKED = events([*CHUNKS[:3], chunk("content_filter")])
STOPPED = events(CHUNKS[: len(CHUNKS) // 2])
ENDS = [
    (events([*CHUNKS[:5], FAILED]), "QUOTA_EXCEEDED", 1),
    (events([FAILED, "[DONE]"]), "QUOTA_EXCEEDED", 1),
    ('event: error\ndata: {"message": "Too many requests"}\n\n', "RATE_LIMITED", 1),
    (f": ping\n\n{FAILED}", "QUOTA_EXCEEDED", 1),
    (BLOCKED, "CONTENT_REJECTED", 1),
    (STOPPED, "SCRIPT_TRUNCATED", 2),
    (events([chunk("length", content=ANSWER)]), "SCRIPT_TRUNCATED", 2),
    (": ping\n\n" * 9, "UPSTREAM_BAD_BODY", 1),
    ("data: [DONE]\n\n", "UPSTREAM_BAD_BODY", 1),
    ("data: Once upon a time his balance was insufficient\n\n", "UPSTREAM_BAD_BODY", 1),
]


@pytest.mark.parametrize(("body", "code", "calls"), ENDS)
async def test_a_stream_may_end_otherwise(
    service: FakeOpenAI, client: httpx.AsyncClient, body: str, code: str, calls: int
) -> None:
    with pytest.raises(StepError) as failure:
        await write(service, client, body)

    assert failure.value.code == code
    assert service.calls["/chat"] == calls


@pytest.mark.parametrize("line", ["data: {", "{", "data: x", ": x", "[", "data:", '{"a":', "{x}"])
def test_reading_is_linear_in_the_length(line: str) -> None:
    started = time.monotonic()

    assert read_stream(f"{line}\n".encode() * 1_000_000) is None
    assert time.monotonic() - started < 10
