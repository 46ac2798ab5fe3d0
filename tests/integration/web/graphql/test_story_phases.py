"""A story's phase: followed from the first word to the film, and told by every door."""

import asyncio
from itertools import pairwise
from typing import Any

import httpx

from db.queries.events import append_events
from db.rows import NewEvent
from domain import EventType, Status
from tests.factories import add_clip, add_rows, add_shot
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.graphql_client import ask, open_socket, serving_stage
from tests.stage import Stage
from tests.statements import counting

STORY = "The keeper lit the lamp. A ship came home. The storm went by. Everybody slept."
CREATE = """mutation($input: CreateStoryInput!) { createStory(input: $input) { story { id } } }"""
CANCEL = "mutation($id: ID!) { cancelStory(id: $id) { story { phase } userErrors { code } } }"
RENAME = 'mutation($id: ID!) { updateStory(id: $id, title: "The lamp") { story { id } } }'
RETRY = """mutation($id: ID!) {
    retryStory(input: {id: $id}) { story { phase nextStep { code } } userErrors { code } }
}"""
WHOLE = "id phase progress nextStep { code message } status"
UPDATED = f"subscription($id: ID!) {{ storyUpdated(id: $id) {{ {WHOLE} }} }}"
EVENTS = f"subscription($id: ID!) {{ storyEvents(storyId: $id) {{ story {{ {WHOLE} }} }} }}"
DASHBOARD = f"subscription {{ storiesUpdated {{ {WHOLE} }} }}"
READ = f"query($id: ID!) {{ story(id: $id) {{ {WHOLE} }} }}"
REFUSED = Behaviour(status=400, body=b'{"error": {"code": "content_policy_violation"}}')
DEADLINE_S = 60


async def created_story(url: str, *, auto_render: bool = False) -> str:
    wish = {"content": STORY, "autoRender": auto_render}
    return (await ask(url, CREATE, {"input": wish}))["createStory"]["story"]["id"]


async def follow_phases(
    url: str, query: str, story_id: str, last: str, *, begun: asyncio.Event | None = None
) -> list[dict[str, Any]]:
    """What a subscriber is sent of the story until it has the phase; `begun` with the first."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(DEADLINE_S), open_socket(url) as socket:
        variables = {} if "$id" not in query else {"id": story_id}
        async for data in socket.follow(query, variables):
            [root] = data.values()
            story = root.get("story", root)
            if story["id"] == story_id:
                seen.append(story)
                if begun is not None:
                    begun.set()
                if story["phase"] == last:
                    return seen
    raise AssertionError("the subscription ended first")


def phases(seen: list[dict[str, Any]]) -> list[str]:
    """Each phase once, for as long as it lasts."""
    found = [story["phase"] for story in seen]
    return found[:1] + [phase for before, phase in pairwise(found) if phase != before]


async def test_every_follower_sees_the_phases_up_to_the_film(
    filming_stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/llm", Behaviour(kind="hold"))
    async with serving_stage(filming_stage) as url:
        story_id = await created_story(url, auto_render=True)
        begun = {query: asyncio.Event() for query in (UPDATED, EVENTS, DASHBOARD)}
        followers = [
            asyncio.create_task(follow_phases(url, query, story_id, "DONE", begun=event))
            for query, event in begun.items()
        ]
        async with asyncio.timeout(DEADLINE_S):
            while not all(event.is_set() for event in begun.values()):  # a dashboard's is a change
                await ask(url, RENAME, {"id": story_id})
        origin.release()
        updated, events, dashboard = await asyncio.gather(*followers)

    whole = ["WRITING", "DRAWING", "RENDERING", "DONE"]
    assert phases(events) == whole
    for seen in (updated, dashboard):  # states that follow each other fast may be skipped
        assert [phase for phase in whole if phase in phases(seen)] == phases(seen)
        assert seen[-1]["progress"] == 1
    assert not any(story["nextStep"] for story in [*updated, *events, *dashboard])


async def test_a_shot_that_fails_needs_attention_and_is_no_progress(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/llm", Behaviour(kind="hold"))
    origin.behave("/pic", REFUSED)
    async with serving_stage(stage) as url:
        story_id = await created_story(url)
        following = asyncio.create_task(follow_phases(url, UPDATED, story_id, "NEEDS_ATTENTION"))
        origin.release()
        seen = await following
        retried = (await ask(url, RETRY, {"id": story_id}))["retryStory"]
        again = await follow_phases(url, UPDATED, story_id, "READY")

    sentence = "1 of 4 shots was not drawn. Retry it, or make the film anyway."
    told = [story["progress"] for story in seen]
    assert told == sorted(told)
    assert seen[-1]["status"] == "COMPLETED"
    assert seen[-1]["progress"] == 0.775
    assert seen[-1]["nextStep"] == {"code": "RETRY_SHOTS", "message": sentence}
    assert retried["story"] == {"phase": "DRAWING", "nextStep": None}
    assert again[-1]["progress"] == 1
    assert again[-1]["nextStep"]["code"] == "MAKE_FILM"


async def test_a_story_that_is_interrupted_is_canceled_and_not_done(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", Behaviour(kind="hold"), times=2)
    async with serving_stage(stage) as url, httpx.AsyncClient(base_url=url) as client:
        story_id = await created_story(url)
        async with asyncio.timeout(DEADLINE_S), open_socket(url) as socket:
            async for data in socket.follow(UPDATED, {"id": story_id}):
                if data["storyUpdated"]["progress"] > 0.5:
                    break
        canceled = (await ask(url, CANCEL, {"id": story_id}))["cancelStory"]
        story = (await ask(url, READ, {"id": story_id}))["story"]
        origin.release()
        paths = (f"/api/story/{story_id}", f"/api/story/{story_id}/status")
        over_rest = [(await client.get(path)).json()["data"] for path in paths]

    assert canceled == {"story": {"phase": "CANCELED"}, "userErrors": []}
    assert story["status"] == "COMPLETED"
    assert story["progress"] == 0.55
    assert story["nextStep"]["code"] == "RETRY_SHOTS"
    assert [(told["status"], told["phase"]) for told in over_rest] == [
        ("completed", "canceled")
    ] * 2


async def test_a_clip_that_is_being_made_keeps_the_story_drawing(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database, video=Status.CANCELED)
    await add_clip(idle_stage.database, rows, status=Status.GENERATING)
    async with serving_stage(idle_stage) as url:
        story = (await ask(url, READ, {"id": str(rows.story)}))["story"]

    assert (story["phase"], story["progress"]) == ("DRAWING", 0.99)


async def test_the_phase_of_an_event_costs_no_statement_of_its_own(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    await add_shot(idle_stage.database, rows.story, position=2, status=Status.FAILED)
    plain = EVENTS.replace(WHOLE, "id")
    costs: list[int] = []
    async with serving_stage(idle_stage) as url:
        for query in (plain, EVENTS):
            async with open_socket(url) as socket:
                changes = socket.follow(query, {"id": str(rows.story)})
                await anext(changes)
                with counting(idle_stage.database) as statements:
                    async with idle_stage.database.transaction() as session:
                        event = NewEvent(EventType.SHOT_UPDATED, shot_id=rows.shot)
                        await append_events(session, rows.story, [event])
                    told = await anext(changes)
                costs.append(len(statements))

    assert told["storyEvents"]["story"]["phase"] == "DONE"
    assert costs[0] == costs[1]
