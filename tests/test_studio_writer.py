"""The built-in writer: what becomes of good, odd and hostile texts."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain import MAX_CONTENT_LENGTH, MAX_NARRATION_LENGTH, MAX_PROMPT_LENGTH, Transition
from errors import BadBodyError, BadScriptError, SetupError, StepError
from orchestration.providers.ports import Script, ScriptRequest
from orchestration.providers.studio import StudioPool, StudioScriptProvider, StudioSettings
from orchestration.providers.studio.prompts import read_scene
from orchestration.providers.studio.scene import Figure, Place, Time, Weather
from orchestration.providers.studio.sentences import split_sentences
from orchestration.providers.studio.words import NAMES, read_hints
from orchestration.providers.studio.writer import write_script

EXAMPLES = Path(__file__).parent.parent / "examples"
HOSTILE = {
    "emoji": "😀🎉",
    "family emoji": "👨‍👩‍👧‍👦" * 500,
    "right to left": "مرحبا بالعالم. كيف حالك؟",
    "one character": "x",
    "no punctuation": "and then they walked on " * 60,
    "only punctuation": "？！……。。。",
    "control characters": "\x00\x01a\x1b[31mb\u202ec\ud800",
    "nothing but control characters": "\x00\x01\x02",
    "JSON": '{"title": "x", "shots": [{"prompt": "p", "narration": ""}]}',
    "unclosed quotes": "“He said: 'never \"again",
    "the hostile example": (EXAMPLES / "hostile.en.txt").read_text(encoding="utf-8"),
}
LONG = {
    "Chinese without a stop": "字",
    "English": "The hare ran. ",
    "opening quotes": "“",
    "mixed quotes": "\" ' ",
    "single quotes": "'a ",
    "line breaks": "a\n",
}


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[StudioPool]:
    pool = StudioPool(max_workers=1)
    yield pool
    await pool.aclose()


def written(content: str, *, shot_count: int | None = None, language: str | None = None) -> Script:
    return write_script(ScriptRequest(content=content, shot_count=shot_count, language=language))


def example(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["tortoise-and-hare.en.txt", "kong-yi-ji.zh.txt", "shou-zhu-dai-tu.zh.txt"]
)
def test_the_narrations_are_the_whole_text_in_its_order(name: str) -> None:
    text = example(name)

    script = written(text)

    told = "".join(shot.narration for shot in script.shots)
    assert "".join(told.split()) == "".join(text.split())
    assert 4 <= len(script.shots) <= 12


@pytest.mark.parametrize("count", [1, 3, 5, 8, 40, 200])
def test_the_wished_number_of_shots_is_met(count: int) -> None:
    for name in ("tortoise-and-hare.en.txt", "one-line.en.txt", "shou-zhu-dai-tu.zh.txt"):
        script = written(example(name), shot_count=count)

        assert len(script.shots) == count


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("他说：“走吧！快走！”我们走了。", ["他说：“走吧！快走！”", "我们走了。"]),
        ("「你好。」她笑了。", ["「你好。」", "她笑了。"]),
        ("他说‘不。不行。’就走了。", ["他说‘不。不行。’", "就走了。"]),
        (
            '"Stop! Now!" he cried. "I will. Soon," she said. Then rain.',
            ['"Stop! Now!" he cried.', '"I will. Soon," she said.', "Then rain."],
        ),
        ("“Run. Run!” The hare ran.", ["“Run. Run!”", "The hare ran."]),
        (
            "It's 1 o'clock; the cat's asleep. He said 'No. Never.' Then he left.",
            ["It's 1 o'clock;", "the cat's asleep.", "He said 'No. Never.'", "Then he left."],
        ),
        (
            "Mr. Fox paid 3.14 coins... and left. Ok?",
            ["Mr. Fox paid 3.14 coins... and left.", "Ok?"],
        ),
        ("来了吗？来了！！好；走。", ["来了吗？", "来了！！", "好；", "走。"]),
    ],
)
def test_sentences_end_where_a_reader_pauses_and_quotations_stay_whole(
    text: str, sentences: list[str]
) -> None:
    assert split_sentences(text) == sentences


def test_a_quotation_is_never_parted_by_two_shots() -> None:
    for name, count in (("kong-yi-ji.zh.txt", 20), ("tortoise-and-hare.en.txt", 15)):
        shots = written(example(name), shot_count=count).shots

        for shot in shots:
            assert shot.narration.count("“") == shot.narration.count("”")
            assert shot.narration.count('"') % 2 == 0


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("count", [None, 7])
def test_every_text_gives_a_script_that_can_be_told(text: str, count: int | None) -> None:
    script = written(text, shot_count=count)

    assert script.title.strip()
    assert script.language == "en" or text == HOSTILE["only punctuation"]
    assert len(script.shots) == count if count else len(script.shots) >= 4
    for shot in script.shots:
        assert shot.narration.strip()
        assert shot.title.strip()
        assert shot.prompt.strip()
        assert len(shot.narration) <= MAX_NARRATION_LENGTH
        assert len(shot.prompt) <= MAX_PROMPT_LENGTH
        assert not any(ord(character) < 32 for character in shot.narration + shot.title)
        shot.narration.encode("utf-8")


@pytest.mark.parametrize(
    ("unit", "count"),
    [*((unit, None) for unit in LONG.values()), (LONG["English"], 200)],
    ids=[*LONG, "English in 200 shots"],
)
def test_the_longest_text_is_written_in_a_second(unit: str, count: int | None) -> None:
    text = (unit * MAX_CONTENT_LENGTH)[:MAX_CONTENT_LENGTH]
    started = time.process_time()

    script = written(text, shot_count=count)

    assert time.process_time() - started < 1.5  # 0.1 to 0.7 when the machine is idle
    assert len(script.shots) == (count or 12)
    assert max(len(shot.narration) for shot in script.shots) <= 320


def test_a_long_story_is_told_by_the_leading_sentences_of_each_beat() -> None:
    text = "".join(
        f"第{number}天，他沿着海边走了很远的路，什么也没有找到。" for number in range(400)
    )

    script = written(text)

    assert len(script.shots) == 12
    for shot in script.shots:
        assert len(shot.narration) <= 200
        assert shot.narration.endswith("。")
    assert script.shots[0].narration.startswith("第0天")
    assert "第399天" not in script.shots[0].narration


@pytest.mark.parametrize(
    ("idea", "language", "place"),
    [
        ("一个孩子在沙漠里找到一只小船", "zh", Place.DESERT),
        ("A fox crosses the winter city", "en", Place.CITY),
    ],
)
def test_one_line_grows_into_an_arc_that_stays_in_its_place(
    idea: str, language: str, place: Place
) -> None:
    script = written(idea)

    scenes = [read_scene(shot.prompt) for shot in script.shots]
    assert len(script.shots) >= 4
    assert script.language == language
    assert any(shot.narration == idea for shot in script.shots)
    assert len({shot.narration for shot in script.shots}) == len(script.shots)
    assert {scene.place for scene in scenes} == {place}
    assert len({(scene.time, scene.weather) for scene in scenes}) > 2


def test_prompts_carry_place_and_people_on_until_the_text_changes_them() -> None:
    script = written(
        "The boy walked into the forest at night. He listened for a while. "
        "Then he stopped to think. A storm broke over the sea. He ran home.",
        shot_count=5,
    )

    scenes = [read_scene(shot.prompt) for shot in script.shots]
    assert [scene.place for scene in scenes] == [Place.FOREST] * 3 + [Place.SEA] * 2
    assert scenes[2].time is Time.NIGHT
    assert scenes[3].weather is Weather.STORM
    assert scenes[2].subjects[0].figure is Figure.CHILD
    assert "Place: forest" in script.shots[0].prompt


def test_every_name_that_a_prompt_spells_is_understood_again() -> None:
    for concept, names in NAMES.items():
        for name in names:
            hints = read_hints(name)

            assert concept in (hints.place, hints.time, hints.weather, hints.mood, hints.framing)


def test_transitions_follow_the_story_and_hard_cuts_are_rare() -> None:
    transitions = [
        shot.transition
        for name in ("tortoise-and-hare.en.txt", "kong-yi-ji.zh.txt", "one-line.en.txt")
        for shot in written(example(name)).shots
    ]

    assert {Transition.KEN_BURNS, Transition.CROSSFADE, Transition.VOLUME_MIX} <= set(transitions)
    assert transitions.count(Transition.CUT) * 4 < len(transitions)


def test_the_title_is_the_given_one_the_heading_or_the_first_clause() -> None:
    body = (
        "The hare ran over the meadow. The tortoise walked on and on, and never stood still. " * 2
    )

    given = write_script(ScriptRequest(content=body, title="The Race"))
    headed = written(f"# Slow and Steady\n\n{body}")
    untitled = written(body)

    assert given.title == "The Race"
    assert headed.title == "Slow and Steady"
    assert headed.shots[0].narration.startswith("The hare")
    assert untitled.title == "The hare ran over the meadow"


def test_the_requested_language_is_kept_as_its_tag() -> None:
    assert written("一只狐狸。", language="zh-Hans").language == "zh-Hans"
    assert written("Zwei Hasen.", language="de").language == "de"


async def test_the_same_request_gives_the_same_script_in_a_thread_and_in_a_worker(
    pool: StudioPool,
) -> None:
    provider = StudioScriptProvider(pool)
    request = ScriptRequest(content=example("kong-yi-ji.zh.txt"))
    long_request = ScriptRequest(content=request.content * 60)

    script = await provider.write(request, idempotency_key="a")
    from_worker = await provider.write(long_request, idempotency_key="b")

    assert provider.name == "studio"
    assert script == write_script(request)
    assert from_worker == write_script(long_request)
    assert pool.worker_pids


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("empty", BadScriptError, "SCRIPT_EMPTY"),
        ("truncated", BadScriptError, "SCRIPT_TRUNCATED"),
        ("html", BadBodyError, "UPSTREAM_BAD_BODY"),
    ],
)
async def test_a_script_fails_as_the_address_says(
    pool: StudioPool, fault: str, error: type[StepError], code: str
) -> None:
    settings = StudioSettings.from_url(f"studio://?fail_script={fault}")
    provider = StudioScriptProvider(pool, settings=settings)

    with pytest.raises(error) as caught:
        await provider.write(ScriptRequest(content="A fox."), idempotency_key="a")

    assert caught.value.code == code


@pytest.mark.parametrize(
    "url",
    [
        "studio://?fail_shot=0",
        "studio://?fail_shot=three",
        "studio://?latency=-1",
        "studio://?latency=nan",
        "studio://?fail_code=sometimes",
        "studio://?fail_word=",
        "studio://?surprise=1",
        "studio://elsewhere?latency=1",
        "https://example.org",
    ],
)
def test_an_address_that_makes_no_sense_is_refused_at_start(url: str) -> None:
    with pytest.raises(SetupError):
        StudioSettings.from_url(url)


def test_an_address_without_switches_is_a_studio_that_never_fails() -> None:
    assert StudioSettings.from_url("studio://") == StudioSettings()
    assert StudioSettings.from_url("studio://?latency=0.5&fail_shot=3").latency_s == 0.5
