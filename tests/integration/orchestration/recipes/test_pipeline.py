"""The durable pipeline: from a story to its pictures and film, whatever the services do."""

import asyncio
import json
from pathlib import Path

import pytest

from db.rows import ShotRow
from domain import EventType, Status
from errors import InvalidStateError, NotFoundError
from orchestration.films.pace import estimated_seconds
from orchestration.work.run import MAX_INTERRUPTIONS
from resolvers.changes import StoryChange
from resolvers.retries import retry_story
from resolvers.shots import ShotEdit, regenerate_shot, require_shot, select_take, update_shot
from resolvers.stories import cancel_story, delete_story, mock_shots
from resolvers.videos import cancel_video, generate_video
from tests.databases import run_sql
from tests.factories import add_rows
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.journeys import (
    drawn_story,
    follow_until,
    is_settled,
    read,
    rendered_video,
    settle,
    start_story,
)
from tests.stage import Scene, Stage, open_stage
from tests.works import claim, do_work, job_of

HTML = b"<html><body>Bad gateway</body></html>"
REFUSED = Behaviour(
    status=400, body=b'{"error": {"code": "content_policy_violation", "message": "no"}}'
)
BAD_SCRIPTS = {
    "500-html": (Behaviour(status=500, body=HTML, media_type="text/html"), "UPSTREAM_UNAVAILABLE"),
    "200-html": (Behaviour(body=HTML, media_type="text/html"), "UPSTREAM_BAD_BODY"),
    "no-shots": (Behaviour(body=b'{"title": "x", "shots": []}'), "SCRIPT_EMPTY"),
    "broken-json": (Behaviour(body=b'{"title": "x", "shots": [{"prom'), "SCRIPT_TRUNCATED"),
    "wrong-types": (Behaviour(body=b'{"title": 5, "shots": 7}'), None),
    "hang": (Behaviour(kind="hang"), "UPSTREAM_TIMEOUT"),
    "reset": (Behaviour(kind="reset"), "UPSTREAM_UNAVAILABLE"),
}


async def test_a_story_becomes_shots_with_pictures(stage: Stage, origin: FakeOrigin) -> None:
    story, shots = await drawn_story(stage)

    assert story.status is Status.COMPLETED
    assert story.title
    assert [shot.position for shot in shots] == [1, 2, 3, 4]
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert all(shot.image_key for shot in shots)
    assert (origin.calls["/llm"], origin.calls["/pic"]) == (1, 4)


async def test_a_scripts_wish_for_a_length_outlives_a_new_narration(
    stage: Stage, origin: FakeOrigin
) -> None:
    narration = "A ship came home."
    seconds = estimated_seconds(narration, "en")
    wished = {"prompt": "A ship", "narration": narration, "duration": seconds}
    free = {"prompt": "A ship", "narration": narration}
    script = json.dumps({"title": "Home", "shots": [wished, free]})
    origin.behave("/llm", Behaviour(body=script.encode()))
    _, shots = await drawn_story(stage)
    edit = ShotEdit(narration=f"{narration} The storm went by, and everybody slept.")

    after = [await update_shot(stage.context(), str(shot.id), edit) for shot in shots]

    assert [shot.duration_seconds for shot in shots] == [seconds, seconds]
    assert after[0].duration_seconds == seconds
    assert after[1].duration_seconds > seconds


@pytest.mark.parametrize(("behaviour", "code"), BAD_SCRIPTS.values(), ids=list(BAD_SCRIPTS))
async def test_a_bad_script_ends_in_a_stored_failure_and_no_shots(
    database_url: str, tmp_path: Path, origin: FakeOrigin, behaviour: Behaviour, code: str | None
) -> None:
    origin.behave("/llm", behaviour, times=5)
    scene = Scene(timeout_s=0.3)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, shots = await drawn_story(stage)

    assert story.status is Status.FAILED
    assert shots == []
    assert story.failure is not None
    assert story.failure.message
    assert code is None or story.failure.code == code
    assert story.failure.attempt <= 2


async def test_a_script_that_failed_once_succeeds_on_the_next_attempt(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/llm", Behaviour(status=503, body=b"{}"))

    story, shots = await drawn_story(stage)

    assert story.status is Status.COMPLETED
    assert story.attempt == 2
    assert len(shots) == 4


async def test_one_refused_shot_leaves_the_others_and_is_retried_alone(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", REFUSED)
    eight = " ".join(f"Sentence number {number}." for number in range(8))
    story, shots = await drawn_story(stage, eight)
    failed = [shot for shot in shots if shot.status is Status.FAILED]
    drawn_before = origin.calls["/pic"]

    await retry_story(stage.context(), str(story.id))
    _, after = await settle(stage, story)

    assert [shot.failure.code for shot in failed if shot.failure] == ["CONTENT_REJECTED"]
    assert len(shots) == 8
    assert {shot.status for shot in after} == {Status.COMPLETED}
    assert origin.calls["/pic"] == drawn_before + 1


async def test_a_download_that_failed_is_downloaded_again_and_not_drawn_again(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/files", Behaviour(status=500, body=HTML), times=4)

    _, shots = await drawn_story(stage, "Only one sentence.")

    assert [shot.status for shot in shots] == [Status.COMPLETED]
    assert origin.calls["/pic"] == 1


async def test_a_retry_of_a_picture_that_could_not_be_fetched_only_fetches_it(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/files", Behaviour(status=500, body=HTML), times=6)
    story, before = await drawn_story(stage, "Only one sentence.")

    await retry_story(stage.context(), str(story.id))
    _, after = await settle(stage, story)

    assert before[0].status is Status.FAILED
    assert after[0].status is Status.COMPLETED
    assert origin.calls["/pic"] == 1


async def test_of_two_regenerations_at_once_one_wins(stage: Stage, origin: FakeOrigin) -> None:
    _, shots = await drawn_story(stage)
    shot_id = str(shots[0].id)

    outcomes = await asyncio.gather(
        *(regenerate_shot(stage.context(), shot_id) for _ in range(2)), return_exceptions=True
    )

    assert sum(isinstance(outcome, ShotRow) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvalidStateError) for outcome in outcomes) == 1


async def test_a_regenerated_shot_keeps_its_old_takes_to_go_back_to(stage: Stage) -> None:
    story, shots = await drawn_story(stage)
    first = shots[0]

    await regenerate_shot(stage.context(), str(first.id), prompt="Another view")
    _, after = await settle(stage, story)
    back = await select_take(stage.context(), str(first.id), str(first.selected_take_id))

    assert after[0].image_key != first.image_key
    assert after[0].prompt == "Another view"
    assert back.image_key == first.image_key


async def test_canceling_in_mid_flight_leaves_no_later_write(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", Behaviour(kind="hang"), times=4)
    story = await start_story(stage)
    await follow_until(stage, story.id, lambda change: change.counts.generating == 4)

    await cancel_story(stage.context(), str(story.id))
    canceled, shots = await settle(stage, story)
    origin.release()
    await drawn_story(stage)  # whatever was under way has had its time
    unchanged, shots_after = await read(stage, story)

    assert canceled.status is Status.COMPLETED
    assert {shot.status for shot in shots} == {Status.CANCELED}
    assert unchanged.event_seq == canceled.event_seq
    assert shots_after == shots


async def test_a_canceled_script_writes_nothing_and_can_be_retried(
    stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/llm", Behaviour(kind="hang"))
    story = await start_story(stage)
    await follow_until(
        stage, story.id, lambda c: c.story is not None and c.story.status is Status.GENERATING
    )

    canceled = await cancel_story(stage.context(), str(story.id))
    await retry_story(stage.context(), str(story.id))
    await follow_until(stage, story.id, lambda change: change.counts.completed == 4)
    done, shots = await read(stage, story)

    assert canceled.status is Status.CANCELED
    assert done.status is Status.COMPLETED
    assert len(shots) == 4


async def test_events_are_dense_and_begin_with_the_snapshot(stage: Stage) -> None:
    story = await start_story(stage)

    seen = await follow_until(stage, story.id, is_settled)

    logged = [change.seq for change in seen if change.type is not EventType.PROGRESS]
    assert seen[0].type is EventType.SNAPSHOT
    assert logged == list(range(logged[0], logged[0] + len(logged)))


async def test_deleting_a_story_ends_its_subscription_and_removes_its_media(stage: Stage) -> None:
    story, shots = await drawn_story(stage)
    begun = asyncio.Event()

    def is_deleted(change: StoryChange) -> bool:
        begun.set()
        return change.type is EventType.STORY_DELETED

    following = asyncio.create_task(follow_until(stage, story.id, is_deleted))
    await begun.wait()

    await delete_story(stage.context(), str(story.id))
    seen = await following

    assert seen[-1].deleted_id == story.id
    key = shots[0].image_key or ""
    async with asyncio.timeout(10):
        while await is_stored(stage, key):
            await asyncio.sleep(0.02)


async def is_stored(stage: Stage, key: str) -> bool:
    try:
        await stage.production.store.head(key)
    except NotFoundError:
        return False
    return True


@pytest.mark.parametrize("service", ["origin", "videos"])
async def test_a_video_service_makes_the_film_and_is_asked_once(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: str
) -> None:
    route = {"origin": "/video", "videos": "/v1/videos"}[service]

    async with open_stage(database_url, tmp_path, origin, Scene(videos=(service,))) as stage:
        story, _ = await drawn_story(stage)
        film = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED
    assert film.size_bytes
    assert film.thumbnail_key is not None
    assert origin.calls[route] == 1


async def test_a_film_of_nothing_but_html_fails_with_a_reason(
    filming_stage: Stage, origin: FakeOrigin
) -> None:
    story, _ = await drawn_story(filming_stage)
    origin.behave("/files", Behaviour(body=HTML, media_type="text/html"), times=20)
    film = await rendered_video(filming_stage, story)

    assert film.status is Status.FAILED
    assert film.failure is not None
    assert film.media_key is None


async def test_a_retry_of_a_film_that_could_not_be_fetched_only_fetches_it(
    filming_stage: Stage, origin: FakeOrigin
) -> None:
    story, _ = await drawn_story(filming_stage)
    origin.behave("/files", Behaviour(status=500, body=HTML), times=6)
    failed = await rendered_video(filming_stage, story)
    await retry_story(filming_stage.context(), str(story.id))
    await follow_until(
        filming_stage,
        story.id,
        lambda c: c.video is not None and c.video.status is Status.COMPLETED,
    )

    assert failed.status is Status.FAILED
    assert origin.calls["/video"] == 1


async def test_canceling_a_remote_film_tells_the_service(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.polls = 10_000

    async with open_stage(database_url, tmp_path, origin, Scene(videos=("videos",))) as stage:
        story, _ = await drawn_story(stage)
        video = await generate_video(stage.context(), str(story.id))
        async with asyncio.timeout(10):
            while not origin.calls["/v1/videos/poll"]:
                await asyncio.sleep(0.02)
        canceled = await cancel_video(stage.context(), str(video.id))
        async with asyncio.timeout(10):
            while not origin.calls["/v1/videos/cancel"]:
                await asyncio.sleep(0.02)

    assert canceled.status is Status.CANCELED
    assert origin.calls["/v1/videos"] == 1


async def test_lost_connections_repeat_no_call(
    database_url: str, server_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    name = database_url.rpartition("/")[2].partition("?")[0]
    origin.latencies_s["/pic"] = 3.0
    scene = Scene(heartbeat_s=2)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story = await start_story(stage)
        await follow_until(stage, story.id, lambda change: change.counts.generating == 4)
        await run_sql(
            server_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND pid <> pg_backend_pid()",
        )
        _, shots = await settle(stage, story)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] == 4


async def test_work_that_takes_its_workers_down_is_given_up_in_the_end(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin, Scene(with_worker=False)) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take)
        for _ in range(MAX_INTERRUPTIONS + 1):  # each time the worker died
            await claim(stage.production, job)

        await do_work(stage.production, job)
        shot = await require_shot(stage.context(), str(rows.shot))

    assert shot.status is Status.FAILED
    assert shot.failure is not None
    assert shot.failure.code == "INTERRUPTED"
    assert origin.calls["/pic"] == 0


async def test_development_data_arrives_in_two_halves(stage: Stage, origin: FakeOrigin) -> None:
    origin.behave("/llm", Behaviour(kind="hang"))
    story = await start_story(stage)

    await mock_shots(stage.context(), str(story.id))
    _, at_once = await read(stage, story)
    await follow_until(stage, story.id, lambda change: change.counts.completed == 4)

    statuses = [shot.status for shot in at_once]
    assert statuses == [Status.COMPLETED] * 2 + [Status.GENERATING] * 2
    assert origin.calls["/pic"] == 0
