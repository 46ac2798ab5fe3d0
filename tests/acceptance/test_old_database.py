"""A database of before the table `work`, cut off in the middle of everything, comes to its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from db.migrate import migrate
from db.session import Database
from resolvers.retries import retry_story
from tests.fakes.service import Behaviour
from tests.films import until
from tests.graphql_client import serving_stage
from tests.old_database import (
    OldServices,
    fetch,
    list_media_keys,
    old_database,
    serving_old_services,
    write_media,
)
from tests.stage import Stage, open_stage

DEADLINE_S = 90
BEGUN = """
    SELECT id FROM take WHERE submitted_at IS NOT NULL
    UNION SELECT id FROM take WHERE media_key IS NOT NULL
"""
ABORTS = """
    SELECT convert_from(payload, 'UTF8')::jsonb ->> 'detail' FROM pgqueuer
    WHERE starts_with(entrypoint, 'abort.')
"""
KEYS_TO_DELETE = """
    SELECT DISTINCT 'stories/' || story_id || '/' || story_id || '.png' FROM (
        SELECT convert_from(payload, 'UTF8')::jsonb ->> 'story_id' AS story_id FROM pgqueuer
        WHERE starts_with(entrypoint, 'delete_media.')
    ) AS deleted
"""
UNDONE = """
    SELECT count(*) FROM (
        SELECT id::text FROM work WHERE status IN ('PENDING', 'GENERATING')
        UNION ALL SELECT id::text FROM pgqueuer WHERE execute_after < now() + interval '1 minute'
    ) AS undone
"""
STATUSES = """
    SELECT story.title, story.status, array(
        SELECT shot.status || coalesce(' ' || (shot.failure ->> 'code'), '')
        FROM shot WHERE shot.story_id = story.id ORDER BY position
    ), array(
        SELECT clip.status || coalesce(' ' || (clip.failure ->> 'code'), '')
        FROM clip JOIN take ON take.id = take_id JOIN shot ON shot.id = shot_id
        WHERE shot.story_id = story.id ORDER BY position, number
    ), (SELECT video.provider || ' ' || video.status || coalesce(' ' || (failure ->> 'code'), '')
        FROM video WHERE video.story_id = story.id)
    FROM story ORDER BY story.id
"""
GAPS = """
    SELECT story.title FROM story JOIN event ON event.story_id = story.id
    GROUP BY story.id
    HAVING min(seq) <> 1 OR max(seq) <> count(*) OR max(seq) <> story.event_seq
"""
DONE = "COMPLETED"
UNSURE = "FAILED SUBMIT_UNCERTAIN"


@dataclass(frozen=True, slots=True)
class Ended:
    """The backend after everything has come to its end, and what it began with."""

    stage: Stage
    services: OldServices
    begun: set[Any]
    """The takes that a service had, or may have had, before."""
    keys: set[str]
    """Of the media that were there."""
    aborted: set[str]
    """The jobs that services were to be asked to stop."""

    async def fetch(self, statement: str) -> list[Any]:
        return await fetch(self.stage.database, statement)


@pytest.fixture(scope="module")
async def ended(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ended]:
    folder = tmp_path_factory.mktemp("old")
    async with (
        serving_old_services() as services,
        old_database(server_url, services) as url,
        Database(url) as database,
    ):
        begun, aborted = set(await fetch(database, BEGUN)), set(await fetch(database, ABORTS))
        keys = await list_media_keys(database) | set(await fetch(database, KEYS_TO_DELETE))
        write_media(folder / "media", keys)
        await migrate(database.engine)
        async with open_stage(url, folder, services.origin, services.scene()) as stage:
            await until(lambda: services.origin.calls["/llm"] >= 1)  # the dead worker's come later
            services.origin.behave("/llm", Behaviour(body=b'{"shots": "none"}'))
            await _rest(database)
            yield Ended(stage, services, begun, keys, aborted)


async def _rest(database: Database) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while await fetch(database, UNDONE) != [0]:
            await asyncio.sleep(0.1)


async def test_everything_ends_as_it_would_have_ended(ended: Ended) -> None:
    found = {title: tuple(rest) for title, *rest in await ended.fetch(STATUSES)}

    assert found == {
        "Finished": (DONE, [DONE] * 3, [], "studio COMPLETED"),
        "In motion": (DONE, [DONE] * 2, [DONE] * 3, "videos COMPLETED"),
        "Clip not fetched": (DONE, [DONE], ["FAILED UPSTREAM_UNAVAILABLE"], None),
        "Film not fetched": (DONE, [DONE], [], "videos FAILED UPSTREAM_UNAVAILABLE"),
        "Picture not fetched": (DONE, ["FAILED UPSTREAM_UNAVAILABLE"], [], None),
        "Refused": ("FAILED", [], [], None),
        "Given up": ("CANCELED", [], [], None),
        "Bad picture": (DONE, ["FAILED CONTENT_REJECTED"], [], None),
        "Own picture": (DONE, [DONE], [], None),
        "Too late": (DONE, ["CANCELED"], [], None),
        "Film polled": (DONE, [DONE], [], "videos COMPLETED"),
        "Film called": (DONE, [DONE], [], "origin COMPLETED"),
        "Film submitted, perhaps": (DONE, [DONE], [], f"videos {UNSURE}"),
        "Film arriving": (DONE, [DONE], [], "videos COMPLETED"),
        "Again": (DONE, [DONE] * 2, [], None),
        "Pictures polled": (DONE, [DONE] * 2, [], None),
        "Stopped at the end": (DONE, ["CANCELED"], [], None),
        "Picture arriving": (DONE, [DONE], [], None),
        "Picture submitted, perhaps": (DONE, [UNSURE], [], None),
        "Clip polled": (DONE, [DONE], [DONE], None),
        "Clip arriving": (DONE, [DONE], [DONE], None),
        "Clip submitted, perhaps": (DONE, [DONE], [UNSURE], None),
        "Script tried again": (DONE, [DONE], [], None),
        "Picture tried again": (DONE, [DONE], [], None),
        "Guests": (DONE, [DONE] * 3, [], None),
        "Script being written": (DONE, [DONE], [], None),
        "Script waiting": (DONE, [DONE], [], None),
    }


async def test_nothing_that_a_service_has_is_submitted_again(ended: Ended) -> None:
    services = ended.services
    drawn = services.replicate.keys["/submit"] + services.next.keys["/images"]
    new = await ended.fetch(
        "SELECT id FROM take WHERE status = 'COMPLETED' AND provider <> 'upload'"
    )

    assert set(drawn) == {str(id_) for id_ in new if id_ not in ended.begun}
    assert set(drawn.values()) == {1}
    assert not services.animator.keys["/submit"].keys() - await _new_clips(ended)
    assert not services.origin.calls["/v1/videos"]


async def _new_clips(ended: Ended) -> set[str]:
    """The works of clips of pictures that were drawn afterwards."""
    rows = await ended.fetch("SELECT work.id, take_id FROM work JOIN clip ON clip.id = subject_id")
    return {str(id_) for id_, take_id in rows if take_id not in ended.begun}


async def test_calls_that_are_repeated_have_the_keys_that_services_know(ended: Ended) -> None:
    (film,) = await ended.fetch(
        "SELECT video.id FROM video JOIN story ON story.id = story_id WHERE title = 'Film called'"
    )
    scripts = dict(await ended.fetch("SELECT title, id FROM story WHERE title LIKE 'Script %'"))
    written = ended.services.origin.keys["/llm"]

    assert ended.services.origin.keys["/video"] == {f"{film}:1": 1}
    assert written[f"{scripts['Script being written']}:1:0"] == 1
    assert written[f"{scripts['Script tried again']}:1:1"] == 1


async def test_a_script_that_was_no_good_is_asked_for_under_another_key(ended: Ended) -> None:
    written = ended.services.origin.keys["/llm"]

    assert set(written.values()) == {1}
    assert written.total() == 3 + 1


async def test_the_events_of_every_story_are_dense(ended: Ended) -> None:
    assert await ended.fetch(GAPS) == []


async def test_all_media_are_served_and_what_was_to_be_deleted_is_gone(ended: Ended) -> None:
    keys = await list_media_keys(ended.stage.database)

    async with serving_stage(ended.stage) as url, httpx.AsyncClient(base_url=url) as client:
        answers = {key: await client.get(f"/media/{key}") for key in keys}
        replaced = [await client.get(f"/media/{key}") for key in ended.keys - keys]

    assert {key for key, answer in answers.items() if not answer.content} == set()
    assert {answer.status_code for answer in answers.values()} == {200}
    gone = [answer.status_code for answer in replaced]
    assert gone == [404] * 4  # the three files of a film composed anew, and a deleted story's


async def test_nothing_is_left_to_do_but_to_delete_once_more(ended: Ended) -> None:
    assert await ended.fetch("SELECT entrypoint FROM pgqueuer") == ["delete_media.studio"]
    assert ended.services.replicate.canceled == ended.aborted
    assert await ended.fetch("SELECT kind FROM work WHERE ended_at IS NULL") == []


async def test_what_failed_before_goes_on_with_what_its_service_has(ended: Ended) -> None:
    services = ended.services
    submitted = services.replicate.calls["/submit"], services.animator.calls["/submit"]
    for title in ("Picture not fetched", "Clip not fetched", "Film not fetched"):
        (id_,) = await ended.fetch(f"SELECT id FROM story WHERE title = '{title}'")
        await retry_story(ended.stage.context(), str(id_))
    await _rest(ended.stage.database)

    found = {title: tuple(rest) for title, *rest in await ended.fetch(STATUSES)}
    assert found["Picture not fetched"] == (DONE, [DONE], [], None)
    assert found["Clip not fetched"] == (DONE, [DONE], [DONE], None)
    assert found["Film not fetched"] == (DONE, [DONE], [], "videos COMPLETED")
    assert (services.replicate.calls["/submit"], services.animator.calls["/submit"]) == submitted
    assert not services.origin.calls["/v1/videos"]
