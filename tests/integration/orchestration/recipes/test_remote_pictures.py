"""Pictures drawn in remote jobs, through the whole pipeline: submitted once, whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.queries import takes
from db.rows import TakeRow
from domain import ServiceKind, Status, Style
from resolvers.retries import retry_story
from resolvers.stories import StoryWish, cancel_story, create_story, delete_story
from tests.factories import Rows, add_rows
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.films import until
from tests.journeys import drawn_story, settle, start_story
from tests.pictures import picture_case, pixels_of
from tests.stage import Scene, Stage, hurried, open_stage
from tests.works import claim, do_work, job_of, keep


@pytest.fixture
async def replicate() -> AsyncIterator[FakeReplicate]:
    async with serving(FakeReplicate()) as running:
        yield running


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, origin: FakeOrigin, replicate: FakeReplicate
) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path, origin, Scene(replicate=replicate)) as stage:
        yield stage


async def test_every_picture_is_one_job(stage: Stage, replicate: FakeReplicate) -> None:
    story, shots = await drawn_story(stage)

    assert story.status is Status.COMPLETED
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert replicate.calls["/submit"] == len(shots) == 4
    assert replicate.calls["/files"] == 4
    assert all(count == 1 for count in replicate.keys["/submit"].values())


@pytest.mark.parametrize(("style", "grey"), [(Style.MOVIE, 255), (Style.REALISTIC, 128)])
async def test_what_is_transparent_has_the_ground_of_the_storys_look(
    stage: Stage, replicate: FakeReplicate, style: Style, grey: int
) -> None:
    content = picture_case("transparent-hidden-magenta.png")
    replicate.behave("/files", Behaviour(body=content), times=10)

    wish = StoryWish(content="The harbour slept.", style=style)
    _, [shot] = await settle(stage, await create_story(stage.context(), wish))

    stored = (stage.media / (shot.image_key or "")).read_bytes()
    assert pixels_of(stored)[90, 160].tolist() == [grey] * 3


async def test_polls_that_fail_cost_no_other_job(stage: Stage, replicate: FakeReplicate) -> None:
    replicate.behave("/poll", Behaviour(status=500), times=10)
    replicate.behave("/poll", Behaviour(kind="reset"), times=3)

    _, shots = await drawn_story(stage)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert replicate.calls["/submit"] == 4
    assert {shot.attempt for shot in shots} == {1}


async def test_a_submission_that_was_refused_for_now_is_made_again(
    stage: Stage, replicate: FakeReplicate
) -> None:
    replicate.behave("/submit", Behaviour(status=429))

    _, shots = await drawn_story(stage)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert replicate.calls["/submit"] == 5
    assert {shot.attempt for shot in shots} == {1}  # waiting for a service is no attempt


async def test_a_submission_in_doubt_is_left_to_a_person(
    stage: Stage, replicate: FakeReplicate
) -> None:
    replicate.behave("/submit", Behaviour(kind="reset"))

    story, shots = await drawn_story(stage)
    failed = [shot for shot in shots if shot.status is Status.FAILED]
    await retry_story(stage.context(), str(story.id))
    _, after = await settle(stage, story)

    assert [shot.failure.code for shot in failed if shot.failure] == ["SUBMIT_UNCERTAIN"]
    assert {shot.status for shot in after} == {Status.COMPLETED}
    assert replicate.calls["/submit"] == 5


@pytest.mark.parametrize(
    ("failure", "code"),
    [("CUDA out of memory", "UPSTREAM_FAILED"), ("NSFW content detected", "CONTENT_REJECTED")],
)
async def test_a_failed_job_fails_its_shot_with_a_code(
    stage: Stage, replicate: FakeReplicate, failure: str, code: str
) -> None:
    replicate.failure = failure

    _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {code}
    assert {shot.status for shot in shots} == {Status.FAILED}
    assert replicate.calls["/submit"] == 4
    assert "CUDA" not in "".join(shot.failure.message for shot in shots if shot.failure)


async def test_a_result_that_is_gone_is_asked_for_afresh_and_then_given_up(
    stage: Stage, replicate: FakeReplicate
) -> None:
    replicate.behave("/files", Behaviour(status=404), times=100)

    _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"RESULT_EXPIRED"}
    assert replicate.calls["/submit"] == 4
    assert replicate.calls["/poll"] == 4 * 3


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_what_is_stopped_here_is_stopped_there(
    stage: Stage, replicate: FakeReplicate, is_deleted: bool
) -> None:
    replicate.polls = 1_000_000
    story = await start_story(stage)
    await until(lambda: replicate.calls["/poll"] >= 8 and len(replicate.jobs) == 4)

    stop = delete_story if is_deleted else cancel_story
    await stop(stage.context(), str(story.id))
    await until(lambda: len(replicate.canceled) == 4)

    assert replicate.canceled == set(replicate.jobs)


async def test_a_job_that_takes_too_long_is_stopped_and_its_shot_fails(
    database_url: str, tmp_path: Path, origin: FakeOrigin, replicate: FakeReplicate
) -> None:
    replicate.polls = 1_000_000
    scene = Scene(
        replicate=replicate, patience=hurried(max_attempts=2, timeouts_s={ServiceKind.IMAGE: 0.5})
    )

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"UPSTREAM_TIMEOUT"}
    assert replicate.canceled == set(replicate.jobs)
    assert replicate.calls["/submit"] == 4


async def test_whoever_goes_on_after_a_crash_polls_and_never_submits_again(
    database_url: str, tmp_path: Path, origin: FakeOrigin, replicate: FakeReplicate
) -> None:
    scene = Scene(replicate=replicate, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        replicate.polls = 1_000_000
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take, provider="replicate")
        drawing = asyncio.create_task(do_work(stage.production, job))
        await until(lambda: replicate.calls["/poll"] >= 2)
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)

        replicate.polls = 1
        await do_work(stage.production, job)
        take = await read_take(stage, rows)

    assert take.status is Status.COMPLETED
    assert replicate.calls["/submit"] == 1


@pytest.mark.parametrize(
    ("provider", "code"), [("replicate", "SUBMIT_UNCERTAIN"), ("fal", "PROVIDER_CHANGED")]
)
async def test_an_intent_without_an_id_is_left_to_a_person(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    replicate: FakeReplicate,
    provider: str,
    code: str,
) -> None:
    scene = Scene(replicate=replicate, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take, provider=provider)
        await claim(stage.production, job)
        await keep(stage.production, job, is_submitting=True)

        await do_work(stage.production, replace(job, provider="replicate"))
        take = await read_take(stage, rows)

    assert take.failure is not None
    assert take.failure.code == code
    assert replicate.calls["/submit"] == 0


async def read_take(stage: Stage, rows: Rows) -> TakeRow:
    async with stage.database.reading() as session:
        return (await takes.list_takes_by_id(session, [rows.take]))[rows.take]
