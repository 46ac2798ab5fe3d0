"""Scripts over chat completions: how they are asked for, and what models and servers do to that."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest

from domain import MAX_SHOTS_PER_STORY, ServiceKind, Style, Transition
from errors import BadScriptError, ContentRejectedError, StepError
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.ports import Call, Script, ScriptRequest
from tests.asking import product_of
from tests.fakes.openai import SYNOPSIS, FakeOpenAI, completion_body
from tests.fakes.service import Behaviour, serving

HARE = "a lean brown hare with a torn left ear and a blue scarf"
TORTOISE = "an old tortoise with moss on a cracked green shell"
STORY = ScriptRequest(content="The Hare laughed. The Tortoise walked on. Who won?", shot_count=3)
ANSWER = json.dumps({"title": "T", "shots": [{"prompt": "a lake", "narration": "It dawned."}]})


@pytest.fixture
async def service() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI(cast={"Hare": HARE, "Tortoise": TORTOISE})) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as opened:
        yield opened


@pytest.fixture
def script(service: FakeOpenAI, client: httpx.AsyncClient) -> OpenAIScriptProvider:
    return provider(service, client)


def provider(
    service: FakeOpenAI, client: httpx.AsyncClient, *, model: str = "writer-1"
) -> OpenAIScriptProvider:
    place = Endpoint(
        kind=ServiceKind.SCRIPT, name="openai", base_url=f"{service.url}/v1", timeout_s=10
    )
    return OpenAIScriptProvider(client, place, model=model)


async def write(script: OpenAIScriptProvider, request: ScriptRequest = STORY) -> Script:
    return await product_of(script, request)


def answered(text: object, *, status: int = 200, **fields: Any) -> Behaviour:
    return Behaviour(status=status, body=json.dumps(completion_body(text, **fields)).encode())


def formats(service: FakeOpenAI) -> list[str]:
    """The response formats asked for, in order."""
    asked = [call.body.get("response_format") for call in service.received if call.route == "/chat"]
    return [format_["type"] if format_ else "none" for format_ in asked]


def prompts(service: FakeOpenAI) -> list[str]:
    return [
        "\n".join(message["content"] for message in call.body["messages"])
        for call in service.received
    ]


async def test_the_fake_speaks_the_protocol_of_the_vendors_own_client(service: FakeOpenAI) -> None:
    async with openai.AsyncOpenAI(base_url=f"{service.url}/v1", api_key="k") as vendor:
        models = [model.id async for model in vendor.models.list()]
        answer = await vendor.chat.completions.create(
            model="writer-1",
            messages=[{"role": "user", "content": "JSON\nWrite about 2 shots\n[1] A.\n[2] B."}],
            response_format={"type": "json_object"},
        )
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            await vendor.chat.completions.create(model="none", messages=[])

    assert models == service.models
    assert answer.choices[0].finish_reason == "stop"
    assert len(json.loads(answer.choices[0].message.content or "")["shots"]) == 2


async def test_a_short_story_is_one_call(service: FakeOpenAI, script: OpenAIScriptProvider) -> None:
    written = await write(script)

    assert (written.title, written.language, written.synopsis) == ("A Tale", "en", SYNOPSIS)
    assert [shot.narration for shot in written.shots] == [
        "The Hare laughed. The Tortoise walked on. Who won?"
    ] * 3
    assert written.shots[1].transition is Transition.CROSSFADE
    assert service.calls["/chat"] == 1
    body = service.received[0].body
    assert body["model"] == "writer-1"
    asked = body["response_format"]["json_schema"]
    assert asked["strict"] is True
    assert _is_strict(asked["schema"])
    assert json.dumps(asked["schema"]) in prompts(service)[0]


def _is_strict(schema: dict[str, Any]) -> bool:
    """Whether every object requires all its keys and allows no others, as strict modes demand."""
    if schema["type"] == "array":
        return _is_strict(schema["items"])
    if schema["type"] != "object":
        return True
    names = list(schema["properties"])
    is_closed = schema["required"] == names and schema["additionalProperties"] is False
    return is_closed and all(_is_strict(schema["properties"][name]) for name in names)


async def test_wishes_are_told_to_the_model(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    written = await write(
        script,
        ScriptRequest(
            content="It dawned. It rained.",
            title="Rain",
            style=Style.ANIMATION,
            style_prompt="watercolour",
            language="zh-CN",
            shot_count=7,
        ),
    )

    (prompt,) = prompts(service)
    assert "Write about 7 shots" in prompt
    assert "the BCP 47 tag zh-CN" in prompt
    assert "an animated film" in prompt
    assert "watercolour" in prompt
    assert (written.title, written.language, len(written.shots)) == ("Rain", "zh-CN", 7)


async def test_more_shots_than_wished_become_as_many_as_wished_and_tell_everything(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    shots = [{"prompt": f"p{n}", "narration": f"Sentence {n}."} for n in range(8)]
    service.behave("/chat", answered(json.dumps({"title": "T", "shots": shots})))

    written = await write(script)

    assert [shot.prompt for shot in written.shots] == ["p0", "p2", "p5"]
    told = " ".join(shot.narration for shot in written.shots)
    assert told == " ".join(str(shot["narration"]) for shot in shots)


async def test_characters_look_alike_in_every_prompt(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    story = "The Hare laughed. " * 30 + "The Tortoise walked. " * 30 + "The Hare slept. " * 30

    written = await write(script, ScriptRequest(content=story, shot_count=9))

    assert service.calls["/chat"] == 1
    for shot in written.shots:
        assert (HARE in shot.prompt) == ("Hare" in shot.prompt.partition("\n")[0])
        assert (TORTOISE in shot.prompt) == ("Tortoise" in shot.prompt.partition("\n")[0])
    assert sum(HARE in shot.prompt for shot in written.shots) >= 5


CHAPTER = " ".join(
    f"In the year {number} the Hare met stranger number {number} on the road to the sea."
    for number in range(1_000, 1_270)
)


async def test_a_chapter_of_20_000_characters_gives_shots_over_all_of_it_in_order(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    assert len(CHAPTER) > 20_000
    progress: list[float] = []

    async def report(value: float) -> None:
        progress.append(value)

    call = Call(idempotency_key="k", report=report)
    written = await product_of(script, ScriptRequest(content=CHAPTER), call)

    told = " ".join(shot.narration for shot in written.shots)
    assert told == CHAPTER
    assert 30 <= len(written.shots) <= 60
    assert all(HARE in shot.prompt for shot in written.shots)
    parts = service.calls["/chat"] - 1
    assert parts >= 4
    assert 1 < service.peaks["/chat"] <= 4
    assert progress[-1] == 1
    assert len(progress) == service.calls["/chat"]
    assert len(service.keys["/chat"]) == service.calls["/chat"]


@pytest.mark.parametrize("context", [12_000, 6_500, 5_000])
async def test_a_chapter_is_cut_as_fine_as_the_models_context_needs_and_later_ones_at_once(
    service: FakeOpenAI, script: OpenAIScriptProvider, context: int
) -> None:
    service.context = context

    written = await write(script, ScriptRequest(content=CHAPTER))
    refused = refusals(service)
    another = Call(idempotency_key="another")
    again = await product_of(script, ScriptRequest(content=CHAPTER), another)

    assert " ".join(shot.narration for shot in written.shots) == CHAPTER
    assert len(again.shots) == len(written.shots)
    assert 0 < refused == refusals(service)
    assert max(service.keys["/chat"].values()) == 1


async def test_another_attempt_goes_on_in_the_cut_that_the_one_before_came_to(
    service: FakeOpenAI, script: OpenAIScriptProvider, client: httpx.AsyncClient
) -> None:
    service.context = 6_500
    request = ScriptRequest(content=CHAPTER)
    calls = await _calls_of(provider(service, client), service, request)
    refused = refusals(service)
    service.calls.clear()
    service.received.clear()
    too_long = {"error": {"code": "context_length_exceeded"}}
    refusal = Behaviour(status=400, body=json.dumps(too_long).encode())
    service.behave("/chat", refusal, times=refused)
    service.behave("/chat", answered(json.dumps({"characters": []})))
    service.behave("/chat", Behaviour(status=500))

    with pytest.raises(StepError) as failure:
        await write(script, request)
    written = await write(script, request)

    assert failure.value.retryable
    assert refusals(service) == refused
    assert service.calls["/chat"] == calls + 1
    assert " ".join(shot.narration for shot in written.shots) == CHAPTER


async def test_a_context_that_holds_no_part_however_fine_says_so(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    service.context = 1_000

    with pytest.raises(StepError) as failure:
        await write(script, ScriptRequest(content=CHAPTER))

    assert (failure.value.code, failure.value.retryable) == ("CONTEXT_EXCEEDED", False)


def refusals(service: FakeOpenAI) -> int:
    """How many prompts were longer than the context."""
    return sum(len(prompt) > (service.context or 0) for prompt in prompts(service))


async def test_what_a_model_leaves_out_is_asked_for_again_and_put_in_its_place(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    service.tells = 0.7

    written = await write(script, ScriptRequest(content=CHAPTER))

    assert " ".join(shot.narration for shot in written.shots) == CHAPTER


async def test_a_model_that_leaves_the_same_out_twice_is_believed(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    story = " ".join(f"The Hare ran over hill number {number} by night." for number in range(60))
    early = {"prompt": "p", "narration": "n", "first_passage": 1, "last_passage": 2}
    service.behave("/chat", answered(json.dumps({"title": "T", "shots": [early]})), times=2)

    written = await write(script, ScriptRequest(content=story, shot_count=4))

    assert [shot.prompt for shot in written.shots] == ["p", "p"]
    assert service.calls["/chat"] == 2


async def test_another_attempt_asks_only_for_what_was_not_answered(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    request = ScriptRequest(content=CHAPTER)
    cast_and_parts = await _calls_of(script, service, request)
    service.calls.clear()
    service.behave("/chat", answered(json.dumps({"characters": []})))
    service.behave("/chat", Behaviour(status=500), times=2)

    with pytest.raises(StepError) as failure:
        await write(script, request)
    before = service.calls["/chat"]
    written = await write(script, request)

    assert failure.value.retryable
    assert before == cast_and_parts
    assert service.calls["/chat"] == cast_and_parts + 2
    assert " ".join(shot.narration for shot in written.shots) == CHAPTER


async def _calls_of(
    script: OpenAIScriptProvider, service: FakeOpenAI, request: ScriptRequest
) -> int:
    await write(script, request)
    return service.calls["/chat"]


async def test_no_script_has_more_shots_than_a_story_may(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    shots = [{"prompt": str(n), "narration": f"{n}."} for n in range(MAX_SHOTS_PER_STORY + 50)]
    service.behave("/chat", answered(json.dumps({"shots": shots})))

    written = await write(script, ScriptRequest(content="It dawned."))

    assert len(written.shots) == MAX_SHOTS_PER_STORY
    assert written.shots[-1].narration.endswith("249.")


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize(
    ("takes", "asked"),
    [
        (("json_schema",), ["json_schema"]),
        (("json_object+schema",), ["json_schema", "json_object"]),
        (("json_object",), ["json_schema", "json_object", "json_object"]),
        ((), ["json_schema", "json_object", "json_object", "none"]),
    ],
)
async def test_a_refused_format_is_stepped_down_once_and_remembered(
    client: httpx.AsyncClient, status: int, takes: tuple[str, ...], asked: list[str]
) -> None:
    async with serving(FakeOpenAI(formats=takes, refusal=status)) as service:
        script = provider(service, client)

        await write(script)
        await write(script)

        assert formats(service) == [*asked, asked[-1]]


async def test_any_other_refusal_is_no_reason_to_step_down(
    service: FakeOpenAI, client: httpx.AsyncClient
) -> None:
    with pytest.raises(StepError) as failure:
        await write(provider(service, client, model="unknown"))

    assert (failure.value.code, service.calls["/chat"]) == ("UPSTREAM_REFUSED", 1)
    assert "AI_STORY_SCRIPT_MODEL" in failure.value.message


TOO_LONG = [
    {"code": "context_length_exceeded", "type": "invalid_request_error", "message": "too long"},
    {"code": 400, "type": "exceed_context_size_error", "message": "try increasing it"},
    {"code": 400, "type": "BadRequestError", "message": "This model's maximum context length is 1"},
    {"code": "400", "message": "litellm.ContextWindowExceededError: the input is too long"},
]


@pytest.mark.parametrize("error", TOO_LONG)
async def test_more_than_the_model_holds_says_so(
    service: FakeOpenAI, script: OpenAIScriptProvider, error: dict[str, object]
) -> None:
    body = json.dumps({"error": error}).encode()
    service.behave("/chat", Behaviour(status=400, body=body))

    with pytest.raises(StepError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == ("CONTEXT_EXCEEDED", False)
    assert "AI_STORY_SCRIPT_MODEL" in failure.value.message
    assert service.calls["/chat"] == 1


async def test_a_context_too_short_for_the_room_asked_for_says_so(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    message = "'max_tokens' is too large: the model's context length is only 4096 tokens"
    refusal = Behaviour(status=400, body=json.dumps({"error": {"message": message}}).encode())
    service.behave("/chat", answered("", finish_reason="length"))
    service.behave("/chat", refusal, times=2)

    with pytest.raises(StepError) as failure:
        await write(script)

    assert failure.value.code == "CONTEXT_EXCEEDED"
    assert service.calls["/chat"] == 3


@pytest.mark.parametrize("status", [400, 500])
async def test_no_other_format_is_asked_for_when_the_account_is_empty(
    service: FakeOpenAI, script: OpenAIScriptProvider, status: int
) -> None:
    error = {"message": "insufficient balance", "request": {"response_format": "json_schema"}}
    refusal = Behaviour(status=status, body=json.dumps({"error": error}).encode())
    service.behave("/chat", refusal, times=9)

    with pytest.raises(StepError) as failure:
        await write(script)

    assert (failure.value.code, service.calls["/chat"]) == ("QUOTA_EXCEEDED", 1)


async def test_an_error_within_a_choice_means_what_it_says(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    error = {"code": 429, "message": "Rate limit exceeded"}
    choice = {"finish_reason": "error", "error": error, "message": {"content": ""}}
    service.behave("/chat", Behaviour(body=json.dumps({"choices": [choice]}).encode()))

    with pytest.raises(StepError) as failure:
        await write(script)

    assert (failure.value.code, service.calls["/chat"]) == ("RATE_LIMITED", 1)


async def test_nothing_but_space_is_asked_again_and_then_in_another_format(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    service.behave("/chat", answered("  \n "), times=2)

    await write(script)
    await write(script)

    # The first json_object brings the schema along, and this service refuses that.
    assert formats(service) == ["json_schema"] * 2 + ["json_object"] * 3


async def test_nothing_but_space_in_every_format_ends_in_script_empty(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    service.behave("/chat", answered(None), times=10)

    with pytest.raises(BadScriptError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == ("SCRIPT_EMPTY", False)
    assert formats(service) == ["json_schema", "json_schema", "json_object", "json_object", "none"]


async def test_no_shots_twice_running_end_in_script_empty(
    service: FakeOpenAI, script: OpenAIScriptProvider
) -> None:
    service.behave("/chat", answered('{"title": "T", "shots": []}'), times=10)

    with pytest.raises(BadScriptError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == ("SCRIPT_EMPTY", False)
    assert service.calls["/chat"] == 2


CUT_OFF = [
    answered(ANSWER[:40], finish_reason="length"),
    answered(ANSWER, finish_reason="length"),
    answered("", finish_reason="length"),
    answered(ANSWER[:40]),
    answered("<think>I could write " + ANSWER),
]


@pytest.mark.parametrize("behaviour", CUT_OFF)
async def test_a_cut_off_answer_is_asked_for_once_more_with_room(
    service: FakeOpenAI, script: OpenAIScriptProvider, behaviour: Behaviour
) -> None:
    service.behave("/chat", behaviour)

    written = await write(script)

    first, second = (call.body for call in service.received)
    assert "max_tokens" not in first
    assert second["max_tokens"] == 16_384
    assert len(written.shots) == 3


@pytest.mark.parametrize("behaviour", CUT_OFF)
async def test_an_answer_cut_off_twice_is_truncated_for_good(
    service: FakeOpenAI, script: OpenAIScriptProvider, behaviour: Behaviour
) -> None:
    service.behave("/chat", behaviour, times=10)

    with pytest.raises(BadScriptError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == ("SCRIPT_TRUNCATED", False)
    assert service.calls["/chat"] == 2


@pytest.mark.parametrize(
    ("message", "name", "limit"),
    [
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "max_completion_tokens",
            16_384,
        ),
        ("Invalid max_tokens value, the valid range is [1, 8192]", "max_tokens", 8_192),
    ],
)
async def test_the_token_limit_is_asked_for_as_the_service_takes_it(
    service: FakeOpenAI, script: OpenAIScriptProvider, message: str, name: str, limit: int
) -> None:
    refusal = Behaviour(status=400, body=json.dumps({"error": {"message": message}}).encode())
    service.behave("/chat", answered("", finish_reason="length"))
    service.behave("/chat", refusal)

    await write(script)

    assert service.received[-1].body[name] == limit
    assert service.calls["/chat"] == 3


@pytest.mark.parametrize(
    "behaviour",
    [
        answered(ANSWER, finish_reason="content_filter"),
        answered(None, finish_reason="content_filter"),
        answered(None, refusal="I cannot help with that."),
    ],
)
async def test_a_refusal_is_final_and_says_so(
    service: FakeOpenAI, script: OpenAIScriptProvider, behaviour: Behaviour
) -> None:
    service.behave("/chat", behaviour)

    with pytest.raises(ContentRejectedError) as failure:
        await write(script)

    assert (failure.value.retryable, service.calls["/chat"]) == (False, 1)
    assert "cannot help" not in failure.value.message


@pytest.mark.parametrize(
    "behaviour",
    [
        answered(f"```json\n{ANSWER}\n```"),
        answered(f"<think>Hm {{}}</think>{ANSWER}"),
        answered([{"type": "text", "text": ANSWER}]),
        answered(None, reasoning_content=ANSWER),
        answered(None, tool_calls=[{"function": {"name": "script", "arguments": ANSWER}}]),
        answered("", tool_calls=[{"function": {"arguments": json.loads(ANSWER)}}]),
        answered(None, function_call={"name": "script", "arguments": ANSWER}),
        answered(ANSWER, tool_calls=[]),
        answered("", reasoning=f"I shall answer: {ANSWER}"),
        answered(ANSWER, reasoning_content="Let me think {about} it"),
        answered(json.dumps(ANSWER)),
        answered(json.dumps({"result": json.loads(ANSWER)})),
        answered(ANSWER.replace('"}', '",}')),
    ],
)
async def test_an_answer_is_found_wherever_servers_put_it(
    service: FakeOpenAI, script: OpenAIScriptProvider, behaviour: Behaviour
) -> None:
    service.behave("/chat", behaviour)

    written = await write(script)

    assert [shot.prompt for shot in written.shots] == ["a lake"]


@pytest.mark.parametrize(
    "choices",
    [[], None, "none", [1], {}, 7],
)
async def test_an_answer_without_a_choice_is_a_bad_body(
    service: FakeOpenAI, script: OpenAIScriptProvider, choices: object
) -> None:
    service.behave("/chat", Behaviour(body=json.dumps({"choices": choices}).encode()))

    with pytest.raises(StepError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", True)


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        ({"code": 429, "message": "slow down"}, "RATE_LIMITED", True),
        ({"code": 502, "message": "down"}, "UPSTREAM_UNAVAILABLE", True),
        ({"code": "insufficient_quota"}, "QUOTA_EXCEEDED", False),
        ({"code": "content_policy_violation"}, "CONTENT_REJECTED", False),
        ({"message": "oops"}, "UPSTREAM_UNAVAILABLE", True),
        ({"code": "401", "message": "Invalid token"}, "UPSTREAM_REFUSED", False),
    ],
)
async def test_an_error_behind_status_200_means_what_it_says(
    service: FakeOpenAI,
    script: OpenAIScriptProvider,
    error: dict[str, object],
    code: str,
    retryable: bool,
) -> None:
    service.behave("/chat", Behaviour(body=json.dumps({"error": error}).encode()))

    with pytest.raises(StepError) as failure:
        await write(script)

    assert (failure.value.code, failure.value.retryable) == (code, retryable)
