"""The order of a story's shots over GraphQL: adding, deleting, reordering, and the title."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from domain import MAX_SHOTS_PER_STORY, Status
from orchestration.films.pace import estimated_seconds
from tests.factories import add_rows, add_shot
from tests.graphql_client import ask, open_socket, serving_stage
from tests.stage import Stage

ERRORS = "userErrors { code field }"
ADD = f"""mutation ($input: AddShotInput!) {{ addShot(input: $input) {{
    shot {{ id position title narration transition durationSeconds status takes {{ status }} }}
    story {{ shots {{ id position }} }} {ERRORS}
}} }}"""
UPDATE = f"""mutation ($input: UpdateShotInput!) {{
    updateShot(input: $input) {{ shot {{ durationSeconds }} {ERRORS} }}
}}"""
DELETE = f"mutation ($id: ID!) {{ deleteShot(id: $id) {{ deletedId {ERRORS} }} }}"
REORDER = f"""mutation ($story: ID!, $shots: [ID!]!) {{
    reorderShots(storyId: $story, shotIds: $shots) {{
        story {{ shots {{ id position }} }} {ERRORS}
    }}
}}"""
RENAME = f"""mutation ($id: ID!, $title: String!) {{
    updateStory(id: $id, title: $title) {{ story {{ title revision }} {ERRORS} }}
}}"""
READ = "query ($id: ID!) { story(id: $id) { shots { id position revision } } }"
EVENTS = """subscription ($id: ID!) { storyEvents(storyId: $id) {
    type deletedId shot { id } story { shots { id } }
} }"""


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


class Board:
    """A story of three shots, and what is done with it."""

    def __init__(self, url: str, story: str, shots: list[str]) -> None:
        self.url = url
        self.story = story
        self.shots = shots

    async def add(self, **wish: object) -> dict[str, Any]:
        given = {"storyId": self.story, "prompt": "A house"} | wish
        return (await ask(self.url, ADD, {"input": given}))["addShot"]

    async def order(self) -> list[str]:
        found = (await ask(self.url, READ, {"id": self.story}))["story"]["shots"]
        assert [shot["position"] for shot in found] == list(range(1, len(found) + 1))
        return [shot["id"] for shot in found]


@pytest.fixture
async def board(url: str, idle_stage: Stage) -> Board:
    database = idle_stage.database
    first = await add_rows(database)
    others = [
        await add_shot(database, first.story, position=n, status=Status.COMPLETED) for n in (2, 3)
    ]
    return Board(url, str(first.story), [str(rows.shot) for rows in (first, *others)])


async def test_a_shot_is_added_after_another_and_drawn(board: Board) -> None:
    first, second, third = board.shots

    added = await board.add(
        afterShotId=first, title="New", narration="He came home.", transition="CUT"
    )

    shot = added["shot"]
    assert added["userErrors"] == []
    assert (shot["position"], shot["status"], shot["title"]) == (2, "PENDING", "New")
    assert (shot["narration"], shot["transition"]) == ("He came home.", "CUT")
    assert shot["durationSeconds"] >= 2.5
    assert shot["takes"] == [{"status": "PENDING"}]
    assert await board.order() == [first, shot["id"], second, third]


async def test_a_shot_without_a_place_comes_last_and_takes_its_title_from_the_prompt(
    board: Board,
) -> None:
    added = await board.add(prompt="A lighthouse on a rocky coast at sunset, in warm light")

    assert added["shot"]["title"] == "A lighthouse on a rocky coast at…"
    assert await board.order() == [*board.shots, added["shot"]["id"]]


async def test_a_new_narration_gives_a_shot_its_length_unless_one_was_wished_for(
    board: Board,
) -> None:
    async def edited(shot: dict[str, Any], **change: object) -> float:
        edit = {"id": shot["id"], **change}
        payload = (await ask(board.url, UPDATE, {"input": edit}))["updateShot"]
        return payload["shot"]["durationSeconds"]

    free, wished = [
        (await board.add(narration="A hare sat in the grass."))["shot"] for _ in range(2)
    ]
    await edited(wished, durationSeconds=9.5)
    longer = "A hare sat in the grass and looked at the moon. " * 4

    assert await edited(free, narration=longer) == pytest.approx(
        estimated_seconds(longer.strip(), "en")
    )
    assert await edited(free, narration="A hare.") == pytest.approx(
        estimated_seconds("A hare.", "en")
    )
    assert free["durationSeconds"] < estimated_seconds(longer, "en") - 3
    assert await edited(wished, narration=longer) == 9.5
    assert await edited(free, narration=longer, durationSeconds=7.0) == 7.0


async def test_a_wish_for_the_estimated_length_outlives_a_new_narration(board: Board) -> None:
    shot = (await board.add(narration="A hare sat in the grass."))["shot"]
    estimated = shot["durationSeconds"]
    edits = (
        {"durationSeconds": estimated},
        {"narration": "A hare sat and looked at the moon. " * 4},
    )

    for edit in edits:
        payload = (await ask(board.url, UPDATE, {"input": {"id": shot["id"], **edit}}))[
            "updateShot"
        ]
        assert payload["shot"]["durationSeconds"] == estimated


async def test_a_shot_that_is_not_to_be_drawn_waits_for_its_user(board: Board) -> None:
    added = await board.add(generate=False)

    assert (added["shot"]["status"], added["shot"]["takes"]) == ("CANCELED", [])


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"prompt": " "}, "REQUIRED", ["input", "prompt"]),
        ({"prompt": "a\x00"}, "INVALID", ["input", "prompt"]),
        ({"prompt": "a\ufffd"}, "INVALID", ["input", "prompt"]),
        ({"title": "t" * 201}, "TOO_LONG", ["input", "title"]),
        ({"afterShotId": "nonsense"}, "NOT_FOUND", ["input", "afterShotId"]),
        ({"afterShotId": str(uuid4())}, "NOT_FOUND", ["input", "afterShotId"]),
        ({"storyId": str(uuid4())}, "NOT_FOUND", ["input", "storyId"]),
    ],
)
async def test_a_shot_that_cannot_be_added_leaves_the_story_alone(
    board: Board, wish: dict[str, Any], code: str, field: list[str]
) -> None:
    refused = await board.add(**wish)

    assert refused["shot"] is None
    assert refused["userErrors"] == [{"code": code, "field": field}]
    assert await board.order() == board.shots


async def test_a_story_without_its_script_takes_no_shot(url: str, idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database, story=Status.GENERATING)

    refused = await Board(url, str(rows.story), []).add()

    assert refused["userErrors"] == [{"code": "INVALID_STATE", "field": None}]


async def test_a_full_story_takes_no_shot(board: Board, idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    for position in range(2, MAX_SHOTS_PER_STORY + 1):
        await add_shot(idle_stage.database, rows.story, position=position, status=Status.COMPLETED)

    refused = await Board(board.url, str(rows.story), []).add()

    assert refused["userErrors"] == [{"code": "INVALID_STATE", "field": None}]


async def test_a_deleted_shot_leaves_no_gap(board: Board) -> None:
    first, second, third = board.shots

    deleted = (await ask(board.url, DELETE, {"id": second}))["deleteShot"]
    again = (await ask(board.url, DELETE, {"id": second}))["deleteShot"]

    assert deleted == {"deletedId": second, "userErrors": []}
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": ["id"]}]
    assert await board.order() == [first, third]


async def test_shots_are_played_in_the_order_that_is_asked_for(board: Board) -> None:
    first, second, third = board.shots
    wanted = [third, first, second]

    payload = (await ask(board.url, REORDER, {"story": board.story, "shots": wanted}))[
        "reorderShots"
    ]

    assert payload["userErrors"] == []
    assert [shot["id"] for shot in payload["story"]["shots"]] == wanted
    assert await board.order() == wanted


@pytest.mark.parametrize("change", ["one missing", "one twice", "a stranger", "nonsense", "none"])
async def test_an_order_that_is_not_of_all_shots_changes_nothing(board: Board, change: str) -> None:
    first, second, third = board.shots
    wanted = {
        "one missing": [third, first],
        "one twice": [third, first, first],
        "a stranger": [third, first, str(uuid4())],
        "nonsense": [third, first, "nonsense"],
        "none": [],
    }[change]

    payload = (await ask(board.url, REORDER, {"story": board.story, "shots": wanted}))[
        "reorderShots"
    ]

    assert [error["field"] for error in payload["userErrors"]] == [["shotIds"]]
    assert payload["story"] is None
    assert await board.order() == [first, second, third]


async def test_a_story_gets_another_title(board: Board) -> None:
    payload = (await ask(board.url, RENAME, {"id": board.story, "title": "龟兔赛跑"}))[
        "updateStory"
    ]
    blank = (await ask(board.url, RENAME, {"id": board.story, "title": " "}))["updateStory"]

    assert payload["story"]["title"] == "龟兔赛跑"
    assert blank["userErrors"] == [{"code": "REQUIRED", "field": ["title"]}]


async def test_whoever_follows_sees_what_became_of_the_order(board: Board) -> None:
    first, second, third = board.shots
    async with open_socket(board.url) as socket:
        follower = socket.follow(EVENTS, {"id": board.story})
        await anext(follower)
        added = (await board.add(afterShotId=first, generate=False))["shot"]["id"]
        await ask(board.url, DELETE, {"id": third})
        await ask(board.url, REORDER, {"story": board.story, "shots": [second, added, first]})
        events = [(await anext(follower))["storyEvents"] for _ in range(5)]

    assert [event["type"] for event in events] == [
        "SHOTS_REORDERED",
        "SHOTS_ADDED",
        "SHOT_STATUS_CHANGED",
        "SHOT_DELETED",
        "SHOTS_REORDERED",
    ]
    assert events[1]["shot"] == {"id": added}
    assert (events[3]["deletedId"], events[3]["shot"]) == (third, None)
    assert [shot["id"] for shot in events[4]["story"]["shots"]] == [second, added, first]
