"""What language models write instead of a script, and what becomes of it."""

import json
import math
import time
from typing import Any

import pytest

from domain import MAX_PROMPT_LENGTH, MAX_SHOTS_PER_STORY, Transition
from errors import BadScriptError
from orchestration.providers.ports import Script
from orchestration.providers.scripts.script_body import read_script

SHOTS = [
    {"sortOrder": 1, "title": "Dawn", "prompt": "a lake", "narration": "It dawned.",
     "transition": "Ken Burns"},
    {"sortOrder": 2, "title": "Noon", "prompt": "a road", "narration": "He walked.",
     "transition": "Volume Mix"},
]  # fmt: skip
SCRIPT = {"title": "A walk", "shots": SHOTS}
WRITTEN = json.dumps(SCRIPT)


async def read(value: object) -> Script:
    text = value if isinstance(value, str) else json.dumps(value)
    return await read_script(text, fallback_title="A story")


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        "\ufeff" + WRITTEN,
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}\n```",
        f"Here is your script:\n\n{WRITTEN}\n\nEnjoy!",
        f"Certainly! [Draft]\n```json\n{WRITTEN}\n```\nShall I go on? {{yes}}",
        f'<think>Perhaps {{"shots": []}}?</think>\n{WRITTEN}',
        f"<think>One.</think><think>Two.</think>```json\n{WRITTEN}\n```",
        json.dumps(WRITTEN),
        json.dumps({"result": SCRIPT}),
        json.dumps({"result": WRITTEN}),
        json.dumps([SCRIPT]),
        json.dumps([{"data": SCRIPT}]),
        json.dumps({"title": "A walk", "scenes": SHOTS}),
        WRITTEN.replace('"He walked."}', '"He walked.",}').replace('"shots"', "'shots'"),
        WRITTEN[:-1],
        WRITTEN.replace('"a lake"', '"a\x01 lake\x00"'),
        WRITTEN.replace("}, {", "} {"),
    ],
    ids=[
        "plain", "byte order mark", "json fence", "fence", "prose", "fence and brackets in prose",
        "thoughts", "two thoughts and a fence", "double-encoded", "wrapped", "wrapped string",
        "list of one", "wrapped twice", "scenes", "trailing comma and single quotes",
        "last brace missing", "raw control characters", "comma missing",
    ],
)  # fmt: skip
async def test_a_script_is_found_in_what_models_wrap_around_it(text: str) -> None:
    script = await read(text)

    assert script.title == "A walk"
    assert [shot.prompt for shot in script.shots] == ["a lake", "a road"]
    assert [shot.transition for shot in script.shots] == [
        Transition.KEN_BURNS,
        Transition.VOLUME_MIX,
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "SCRIPT_EMPTY"),
        ("   \n", "SCRIPT_EMPTY"),
        ('{"title": "t", "shots": []}', "SCRIPT_EMPTY"),
        ("[]", "SCRIPT_EMPTY"),
        ('{"shots": null}', "SCRIPT_EMPTY"),
        ('{"shots": "none"}', "SCRIPT_EMPTY"),
        ('{"shots": [1, "two", null, {"title": "no picture"}]}', "SCRIPT_EMPTY"),
        ("I am sorry, I cannot do that.", "BAD_JSON"),
        ('{"error": "overloaded"}', "BAD_JSON"),
        ("42", "BAD_JSON"),
        ('"a text in quotes"', "BAD_JSON"),
        ("[" * 900 + "oops" + "]" * 900, "BAD_JSON"),
        ("null", "BAD_JSON"),
        ('{"result": {"result": {"result": ' + WRITTEN + "}}}", "BAD_JSON"),
        (WRITTEN[: len(WRITTEN) // 2], "SCRIPT_TRUNCATED"),
        (WRITTEN[:-2], "SCRIPT_TRUNCATED"),
        ("```json\n" + WRITTEN[:60], "SCRIPT_TRUNCATED"),
        ("<think>I could write " + WRITTEN, "SCRIPT_TRUNCATED"),
        ("[" * 100_000, "SCRIPT_TRUNCATED"),
        ("[" * 5_000 + "]" * 5_000, "BAD_JSON"),
        ('{"shots": ' + "[" * 900 + "]" * 900 + "}", "SCRIPT_EMPTY"),
        ('{"shots": [{"prompt": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}]}", "BAD_JSON"),
        ('{"shots": [{"prompt": "' + "x" * 2_000_000, "SCRIPT_TRUNCATED"),
        ('{"shots": [{"prompt": "a"}, oops ' + '"\\"",' * 200_000 + "]}", "BAD_JSON"),
        ("```\n" + " " * 1_000_000 + "{", "BAD_JSON"),
        ('{"a":"' + '\\"' * 500_000, "SCRIPT_TRUNCATED"),
    ],
)  # fmt: skip
async def test_what_is_no_script_fails_with_a_code_and_soon(text: str, code: str) -> None:
    started = time.monotonic()

    with pytest.raises(BadScriptError) as failure:
        await read(text)

    assert failure.value.code == code
    assert failure.value.retryable
    assert time.monotonic() - started < 10


async def test_an_answer_that_the_service_calls_cut_off_is_truncated_even_if_it_parses() -> None:
    with pytest.raises(BadScriptError) as failure:
        await read_script(WRITTEN, fallback_title="", is_cut_off=True)

    assert failure.value.code == "SCRIPT_TRUNCATED"


async def test_a_repair_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(BadScriptError) as failure:
        await read_script('{"shots": [oops]}', fallback_title="", repair_timeout_s=0.001)

    assert failure.value.code == "BAD_JSON"


async def test_wrong_types_are_coerced_and_missing_fields_are_filled() -> None:
    script = await read(
        {
            "title": 7,
            "language": "zh-CN",
            "shots": [
                {"title": None, "narration": "He   waited.", "duration": "4.5 s"},
                {"prompt": ["a", "tree"], "narration": 12, "transition": {"x": 1}, "duration": -3},
                {"prompt": True, "narration": "Yes.", "duration": True, "sortOrder": "third"},
            ],
        }
    )

    assert (script.title, script.language) == ("7", "zh-CN")
    first, second, third = script.shots
    assert (first.title, first.prompt, first.duration_seconds) == (
        "He   waited.", "He   waited.", 4.5,
    )  # fmt: skip
    assert (second.prompt, second.narration) == ("a tree", "12")
    assert (second.transition, second.duration_seconds) == (Transition.CROSSFADE, 0.5)
    assert (third.prompt, third.duration_seconds) == ("Yes.", None)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" A hare\n\nsleeps. ", "A hare sleeps."),
        ("a fox " * 100, f"{'a fox ' * 83}a…"),
        ("", None),
        (None, None),
    ],
)
async def test_a_synopsis_is_one_short_line_or_none(written: object, kept: str | None) -> None:
    script = await read({"title": "T", "synopsis": written, "shots": [{"prompt": "A hare"}]})

    assert script.synopsis == kept


@pytest.mark.parametrize(
    ("orders", "prompts"),
    [
        ([3, 1, 2], ["b", "c", "a"]),
        ([1, 1, 1], ["a", "b", "c"]),
        ([5, -9, 10**400], ["b", "a", "c"]),
        (["2", "1", None], ["b", "a", "c"]),
        ([float("nan"), float("inf"), 0], ["c", "a", "b"]),
        ([None, None, None], ["a", "b", "c"]),
    ],
)
async def test_shots_are_sorted_stably_by_whatever_order_they_claim(
    orders: list[Any], prompts: list[str]
) -> None:
    shots = [
        {"prompt": name, "sortOrder": order} for name, order in zip("abc", orders, strict=True)
    ]

    script = await read({"shots": shots})

    assert [shot.prompt for shot in script.shots] == prompts


@pytest.mark.parametrize(
    ("word", "transition"),
    [
        ("Ken Burns", Transition.KEN_BURNS),
        ("ken_burns", Transition.KEN_BURNS),
        ("KEN-BURNS", Transition.KEN_BURNS),
        ("肯·伯恩斯效果", Transition.KEN_BURNS),
        ("Crossfade", Transition.CROSSFADE),
        ("交叉淡化", Transition.CROSSFADE),
        ("Volume Mix", Transition.VOLUME_MIX),
        ("音量混合", Transition.VOLUME_MIX),
        ("cut", Transition.CUT),
        ("star wipe", Transition.CROSSFADE),
        (None, Transition.CROSSFADE),
    ],
)
async def test_transitions_are_understood_in_english_and_chinese(
    word: object, transition: Transition
) -> None:
    script = await read({"shots": [{"prompt": "a", "transition": word}]})

    assert script.shots[0].transition is transition


async def test_limits_are_kept_by_cutting() -> None:
    shots = [{"prompt": "p" * 20_000, "title": "t" * 999} for _ in range(70)]
    many = [{"prompt": str(number)} for number in range(MAX_SHOTS_PER_STORY + 50)]

    long, numerous = await read({"shots": shots}), await read({"shots": many})

    assert len(long.shots[0].prompt) == MAX_PROMPT_LENGTH
    assert len(long.shots[0].title) == 200
    assert len(numerous.shots) == MAX_SHOTS_PER_STORY
    assert numerous.shots[-1].prompt == str(MAX_SHOTS_PER_STORY - 1)


async def test_titles_keep_their_words_and_emoji_whole() -> None:
    family = "👨‍👩‍👧‍👦"
    told = "The keeper of the lighthouse carried " + "a lamp that burned all night " * 9

    script = await read({"title": family * 60, "shots": [{"prompt": "p", "narration": told}]})

    assert script.title == family * (200 // len(family))
    words = script.shots[0].title.removesuffix("…")
    assert told.startswith(f"{words} ")


async def test_what_no_database_takes_is_stripped() -> None:
    text = '{"title": "\\u0000A\\ud83d\\ude00\\ud800", "shots": [{"prompt": "a\\u0000\\u001bb"}]}'

    script = await read(text)

    assert (script.title, script.shots[0].prompt) == ("A😀", "ab")


ODD_VALUES: list[object] = [
    None, True, -1, 10**400, math.nan, math.inf, "", "\ud800", [], [[]], [None, {"a": 1}], {},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_VALUES)
async def test_no_value_in_any_place_breaks_the_reader(odd: object) -> None:
    names = ("title", "prompt", "narration", "transition", "duration", "sortOrder", "\udfff")
    shots = [{"prompt": "kept"}, *({"narration": "kept", name: odd} for name in names), odd]

    script = await read({"title": odd, "language": odd, "shots": shots, "\udfff": odd})

    assert len(script.shots) >= len(names)
    assert all(shot.prompt for shot in script.shots)


async def test_a_bare_list_of_shots_takes_the_fallback_title() -> None:
    script = await read(SHOTS)

    assert (script.title, len(script.shots)) == ("A story", 2)
