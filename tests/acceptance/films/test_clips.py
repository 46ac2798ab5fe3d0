"""Shots in motion, through the whole pipeline: a clip is asked for once, and spoils nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from db.queries import clips, videos
from db.queries.work import Whereabouts
from db.rows import ClipRow, ShotRow, StoryRow, VideoRow
from domain import EventType, Motion, ServiceKind, Status
from errors import InvalidInputError, InvalidStateError
from orchestration.prices import Prices
from orchestration.queue.webhooks import Webhooks
from orchestration.work.beginning import stop_works
from resolvers.changes import StoryChange
from resolvers.clips import regenerate_clip
from resolvers.retries import retry_story
from resolvers.shots import ShotEdit, regenerate_shot, select_take, update_shot
from resolvers.stories import StoryWish, cancel_story, create_story, follow_story
from resolvers.storyboard import ShotWish, add_shot, delete_shot
from resolvers.usage import estimate_story, read_usage
from resolvers.videos import generate_video
from resolvers.waiting import waits_for
from tests.factories import add_clip, add_rows
from tests.fakes.origin import PICTURE, FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.films import until
from tests.graphql_client import ask, serving_stage
from tests.journeys import read_clips, settle, wait_for_clips
from tests.stage import Scene, Stage, hurried, open_stage
from tests.works import claim, do_work, job_of, keep, newest_work

STORY = "The harbour slept. A gull cried! Who was awake?"
DEADLINE_S = 60
STARTING = Behaviour(body=b'{"id": "job-1", "status": "starting", "logs": ""}')


@pytest.fixture
async def animator() -> AsyncIterator[FakeReplicate]:
    async with serving(FakeReplicate()) as running:
        yield running


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, origin: FakeOrigin, animator: FakeReplicate
) -> AsyncIterator[Stage]:
    scene = Scene(animators=(animator,), prices=Prices(usual={ServiceKind.CLIP: Decimal("0.05")}))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        yield stage


async def start(stage: Stage, *, auto_render: bool = False) -> StoryRow:
    wish = StoryWish(content=STORY, motion=Motion.CLIP, auto_render=auto_render)
    return await create_story(stage.context(), wish)


async def read_film(stage: Stage, story_id: UUID) -> VideoRow | None:
    async with stage.database.reading() as session:
        return (await videos.list_videos_by_story(session, [story_id])).get(story_id)


async def wait_for_film(stage: Stage, story_id: UUID) -> VideoRow:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            film = await read_film(stage, story_id)
            if film is not None and film.status not in (Status.PENDING, Status.GENERATING):
                return film
            await asyncio.sleep(0.05)


async def made(stage: Stage) -> tuple[StoryRow, list[ShotRow], list[ClipRow]]:
    """A story with its pictures and clips."""
    story = await start(stage)
    story, drawn = await settle(stage, story)
    return story, drawn, await wait_for_clips(stage, story.id)


async def run_again(stage: Stage, clip_id: UUID) -> ClipRow:
    """What a worker does that finds the clip's job; answers how the clip stands then."""
    provider = stage.production.line_up.clip_name
    await do_work(stage.production, await job_of(stage.database, clip_id, provider=provider))
    async with stage.database.reading() as session:
        clip = await clips.get_clip(session, clip_id)
    assert clip is not None
    return clip


async def test_every_picture_becomes_a_clip_in_one_job(
    stage: Stage, animator: FakeReplicate
) -> None:
    _, drawn, found = await made(stage)

    assert {shot.motion for shot in drawn} == {Motion.CLIP}
    assert {clip.status for clip in found} == {Status.COMPLETED}
    assert all(clip.media_key and clip.media_key.endswith(".mp4") for clip in found)
    first = found[0]
    assert (first.duration_seconds, first.width, first.height) == (1.0, 64, 36)
    assert (first.provider, first.model, first.attempt) == ("animator", "owner/animator", 1)
    assert animator.calls["/submit"] == animator.calls["/files"] == 3
    assert all(count == 1 for count in animator.keys["/submit"].values())
    told = animator.received[0].body["input"]
    assert told["prompt"] in {shot.prompt for shot in drawn}
    assert told["image"].startswith("data:image/jpeg;base64,")


async def test_the_film_that_was_wished_for_waits_for_the_clips_and_shows_them(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    story = await start(stage, auto_render=True)
    await until(lambda: animator.calls["/poll"] >= 6 and len(animator.jobs) == 3)
    assert await read_film(stage, story.id) is None

    animator.ended |= set(animator.jobs)
    film = await wait_for_film(stage, story.id)

    assert film.status is Status.COMPLETED
    assert {clip.status for clip in await read_clips(stage, story.id)} == {Status.COMPLETED}


async def test_clips_that_fail_say_why_and_the_film_shows_the_pictures(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.failure = "CUDA out of memory"

    story = await start(stage, auto_render=True)
    film = await wait_for_film(stage, story.id)

    assert film.status is Status.COMPLETED
    for clip in await read_clips(stage, story.id):
        assert clip.status is Status.FAILED
        assert clip.failure is not None
        assert (clip.failure.code, clip.failure.provider) == ("UPSTREAM_FAILED", "animator")
    _, drawn = await settle(stage, story)
    assert {shot.status for shot in drawn} == {Status.COMPLETED}
    assert animator.calls["/submit"] == 3


async def test_what_is_no_film_is_found_out_before_anybody_shows_it(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.behave("/files", Behaviour(body=b"GIF89a but no film" * 50), times=100)

    _, _, found = await made(stage)

    assert {clip.failure.code for clip in found if clip.failure} == {"VIDEO_INVALID"}
    assert {clip.status for clip in found} == {Status.FAILED}
    assert animator.calls["/submit"] == 3  # paid for once, whatever it is


async def test_a_download_that_failed_is_made_again_and_nothing_is_submitted_again(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.behave("/files", Behaviour(status=500), times=100)
    story, _, failed = await made(stage)
    animator.forget()

    await retry_story(stage.context(), str(story.id))
    found = await wait_for_clips(stage, story.id, are=[Status.COMPLETED])

    assert {clip.status for clip in failed} == {Status.FAILED}
    assert {clip.status for clip in found} == {Status.COMPLETED}
    assert animator.calls["/submit"] == 3


async def test_a_worker_that_died_after_the_submission_left_the_job_to_be_polled_on(
    idle_animation: Stage, animator: FakeReplicate
) -> None:
    clip_id = await begun(idle_animation)
    job_id = animator.begin()
    animator.clips.add(job_id)
    job = await job_of(idle_animation.database, clip_id)
    await keep(idle_animation.production, job, is_submitting=True)
    await keep(idle_animation.production, job, remote_job_id=job_id)

    clip = await run_again(idle_animation, clip_id)

    assert clip.status is Status.COMPLETED
    assert animator.calls["/submit"] == 0


async def test_a_submission_in_doubt_is_left_to_a_person(
    idle_animation: Stage, animator: FakeReplicate
) -> None:
    clip_id = await begun(idle_animation)
    job = await job_of(idle_animation.database, clip_id)
    await keep(idle_animation.production, job, is_submitting=True)

    clip = await run_again(idle_animation, clip_id)

    assert clip.failure is not None
    assert clip.failure.code == "SUBMIT_UNCERTAIN"
    assert animator.calls["/submit"] == 0


async def test_work_that_was_given_up_is_fenced_off(idle_animation: Stage) -> None:
    clip_id = await begun(idle_animation)
    job = await job_of(idle_animation.database, clip_id)
    await claim(idle_animation.production, job)
    [*_, store] = (await newest_work(idle_animation.database, clip_id)).stores
    async with idle_animation.database.transaction() as session:
        await stop_works(session, job.story_id, [clip_id])

    found = Whereabouts(work_id=job.work_id, submitting=store)
    assert not await idle_animation.production.landing.land(job.story_id, found)


async def begun(stage: Stage) -> UUID:
    """A clip that a worker had begun to make when it died."""
    rows = await add_rows(stage.database)
    await stage.production.store.put_bytes(f"stories/{rows.story}/{rows.take}.png", PICTURE)
    return await add_clip(stage.database, rows, status=Status.GENERATING, provider="animator")


@pytest.fixture
async def idle_animation(
    database_url: str, tmp_path: Path, origin: FakeOrigin, animator: FakeReplicate
) -> AsyncIterator[Stage]:
    """A stage where nobody works."""
    scene = Scene(
        animators=(animator,),
        with_worker=False,
        patience=hurried(max_attempts=3, timeouts_s={ServiceKind.CLIP: 0.5}),
    )
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        yield stage


async def test_a_job_that_never_ends_is_given_up_and_stopped(
    idle_animation: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    clip_id = await begun(idle_animation)
    animator.behave("/poll", STARTING, times=1_000)  # no progress, which would extend the time

    clip = await run_again(idle_animation, clip_id)

    assert clip.failure is not None
    assert (clip.failure.code, clip.failure.retryable) == ("UPSTREAM_TIMEOUT", False)
    assert animator.canceled == set(animator.jobs)


async def test_a_clip_made_again_plays_until_the_new_one_is_there(
    stage: Stage, animator: FakeReplicate
) -> None:
    story, drawn, before = await made(stage)
    animator.polls = 1_000_000

    await regenerate_clip(stage.context(), str(drawn[0].id))
    await until(lambda: len(animator.jobs) == 4)
    [making, *_] = await read_clips(stage, story.id)
    with pytest.raises(InvalidStateError, match="already being made"):
        await regenerate_clip(stage.context(), str(drawn[0].id))
    animator.ended |= set(animator.jobs)
    [after, *_] = await wait_for_clips(stage, story.id, are=[Status.COMPLETED])

    assert making.status in (Status.PENDING, Status.GENERATING)
    assert making.media_key == before[0].media_key
    assert after.media_key not in (None, before[0].media_key)
    assert after.id == before[0].id
    assert after.revision > making.revision > before[0].revision


async def test_an_idempotency_key_makes_a_clip_once(stage: Stage, animator: FakeReplicate) -> None:
    story, drawn, _ = await made(stage)

    for _ in range(2):
        await regenerate_clip(stage.context(), str(drawn[0].id), idempotency_key="again")
        await wait_for_clips(stage, story.id, are=[Status.COMPLETED])

    assert animator.calls["/submit"] == 4


async def test_what_is_stopped_here_is_stopped_there_and_retried(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    story = await start(stage)
    await until(lambda: animator.calls["/poll"] >= 3 and len(animator.jobs) == 3)

    await cancel_story(stage.context(), str(story.id))
    await until(lambda: len(animator.canceled) == 3)
    canceled = await read_clips(stage, story.id)
    animator.polls = 1
    await retry_story(stage.context(), str(story.id))
    after = await wait_for_clips(stage, story.id, are=[Status.COMPLETED])

    assert {clip.status for clip in canceled} == {Status.CANCELED}
    assert {clip.status for clip in after} == {Status.COMPLETED}
    with pytest.raises(InvalidStateError):
        await retry_story(stage.context(), str(story.id))


async def test_still_stops_a_clip_and_clip_begins_it_again(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    story = await start(stage)
    await until(lambda: animator.calls["/poll"] >= 3 and len(animator.jobs) == 3)
    _, [first, *_] = await settle(stage, story)

    still = await update_shot(stage.context(), str(first.id), ShotEdit(motion=Motion.STILL))
    await until(lambda: len(animator.canceled) == 1)
    [stopped, *_] = await read_clips(stage, story.id)
    animator.ended |= {f"job-{number}" for number in range(1, 5)}
    await update_shot(stage.context(), str(first.id), ShotEdit(motion=Motion.CLIP))
    found = await wait_for_clips(stage, story.id, are=[Status.COMPLETED])

    assert (still.motion, stopped.status) == (Motion.STILL, Status.CANCELED)
    assert len(found) == 3
    assert animator.calls["/submit"] == 4


async def test_a_deleted_shots_clip_is_stopped(stage: Stage, animator: FakeReplicate) -> None:
    animator.polls = 1_000_000
    story = await start(stage)
    await until(lambda: animator.calls["/poll"] >= 3 and len(animator.jobs) == 3)
    _, [first, *_] = await settle(stage, story)

    await delete_shot(stage.context(), str(first.id))

    await until(lambda: len(animator.canceled) == 1)


async def test_another_take_has_a_clip_of_its_own_that_is_made_once(
    stage: Stage, animator: FakeReplicate
) -> None:
    story, [first, *_], [before, *_] = await made(stage)

    await regenerate_shot(stage.context(), str(first.id))
    await settle(stage, story)
    [second, *_] = await wait_for_clips(stage, story.id)
    await select_take(stage.context(), str(first.id), str(first.selected_take_id))
    [again, *_] = await wait_for_clips(stage, story.id)

    assert second.take_id != before.take_id
    assert again == before
    assert animator.calls["/submit"] == 4


async def test_a_shot_that_is_added_moves_as_the_story_does_unless_told(
    stage: Stage, animator: FakeReplicate
) -> None:
    story, _, _ = await made(stage)

    await add_shot(stage.context(), ShotWish(story_id=str(story.id), prompt="Rain"))
    await wait_for_clips(stage, story.id, count=4)
    still = await add_shot(
        stage.context(), ShotWish(story_id=str(story.id), prompt="Sun", motion=Motion.STILL)
    )
    await settle(stage, story)

    assert still.motion is Motion.STILL
    assert len(await read_clips(stage, story.id)) == 4
    assert animator.calls["/submit"] == 4


async def test_a_film_needs_the_clips_unless_it_may_do_without(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    story = await start(stage)
    await until(lambda: len(animator.jobs) == 3)
    await settle(stage, story)

    with pytest.raises(InvalidStateError, match="3 clips are not ready"):
        await generate_video(stage.context(), str(story.id))
    await generate_video(stage.context(), str(story.id), allow_missing_shots=True)

    assert (await wait_for_film(stage, story.id)).status is Status.COMPLETED


async def test_clips_that_nobody_can_make_are_refused(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    wishes: list[Callable[[], object]] = [
        lambda: create_story(idle_stage.context(), StoryWish(content="x", motion=Motion.CLIP)),
        lambda: update_shot(idle_stage.context(), str(rows.shot), ShotEdit(motion=Motion.CLIP)),
        lambda: add_shot(
            idle_stage.context(),
            ShotWish(story_id=str(rows.story), prompt="x", motion=Motion.CLIP),
        ),
    ]
    for wish in wishes:
        with pytest.raises(InvalidInputError, match="AI_STORY_CLIP_PROVIDER") as refused:
            await wish()  # pyright: ignore[reportGeneralTypeIssues]
        assert (refused.value.code, refused.value.field) == ("UNSUPPORTED", ("input", "motion"))


async def test_a_clip_whose_service_is_gone_ends_and_says_so(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    clip_id = await add_clip(idle_stage.database, rows, status=Status.PENDING)
    begun_elsewhere = await add_rows(idle_stage.database)
    other_id = await add_clip(idle_stage.database, begun_elsewhere, status=Status.GENERATING)
    job = await job_of(idle_stage.database, other_id)
    await keep(idle_stage.production, job, is_submitting=True)

    never_begun = await run_again(idle_stage, clip_id)
    begun_there = await run_again(idle_stage, other_id)

    assert never_begun.failure is not None
    assert never_begun.failure.code == "CLIPS_NOT_CONFIGURED"
    assert begun_there.failure is not None
    assert begun_there.failure.code == "PROVIDER_CHANGED"


async def test_seconds_are_charged_and_estimated(stage: Stage) -> None:
    story, _, _ = await made(stage)

    usage = await read_usage(stage.context(), story.id)
    estimate = await estimate_story(stage.context(), StoryWish(content=STORY, motion=Motion.CLIP))

    [line] = [line for line in usage.lines if line.kind is ServiceKind.CLIP]
    assert (line.provider, line.model, line.units) == ("animator", "owner/animator", 3)
    assert line.price == pytest.approx(0.15)
    [told] = [line for line in estimate.lines if line.kind is ServiceKind.CLIP]
    assert (told.units, told.price) == (15, pytest.approx(0.75))


async def test_a_follower_hears_how_far_the_clips_are(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.polls = 60
    story = await start(stage)
    heard: list[StoryChange] = []

    async def follow() -> None:
        async for changes in follow_story(stage.context(), str(story.id)):
            heard.extend(changes)

    following = asyncio.create_task(follow())
    await wait_for_clips(stage, story.id, are=[Status.COMPLETED])
    await until(lambda: sum(one.type is EventType.SHOT_UPDATED for one in heard) >= 9)
    following.cancel()

    # Begun, claimed and ended, each of three.
    assert sum(change.type is EventType.SHOT_UPDATED for change in heard) == 9
    progress = [change for change in heard if change.type is EventType.PROGRESS]
    assert progress
    assert all(change.shot is not None for change in progress)


async def test_a_service_that_asks_for_a_pause_is_left_alone_and_costs_no_attempt(
    stage: Stage, animator: FakeReplicate
) -> None:
    animator.behave("/submit", Behaviour(status=429, headers={"Retry-After": "1"}))

    story = await start(stage)
    async with asyncio.timeout(DEADLINE_S):
        while (pause := await waits_for(stage.context(), story)) is None:
            await asyncio.sleep(0.01)
            [story] = [(await settle(stage, story))[0]]
    found = await wait_for_clips(stage, story.id)

    assert (pause.kind, pause.provider) == (ServiceKind.CLIP, "animator")
    assert {(clip.status, clip.attempt) for clip in found} == {(Status.COMPLETED, 1)}


async def test_a_webhook_wakes_the_poll_of_a_clip(
    database_url: str, tmp_path: Path, origin: FakeOrigin, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    webhooks = Webhooks(b"secret", public_url="https://stories.example")
    scene = Scene(animators=(animator,), webhooks=webhooks, poll_interval_s=600)
    async with (
        open_stage(database_url, tmp_path, origin, scene) as stage,
        serving_stage(stage) as url,
    ):
        story = await start(stage)
        await until(lambda: len(animator.webhooks) == 3 == animator.calls["/poll"])

        for job_id in animator.webhooks:
            assert await animator.call_back(job_id, at=url) == 204
        found = await wait_for_clips(stage, story.id)

    assert {clip.status for clip in found} == {Status.COMPLETED}
    assert animator.calls["/poll"] == 6


async def test_a_client_reads_and_makes_clips_over_graphql(stage: Stage) -> None:
    create = """mutation($content: String!) { createStory(input: {content: $content, motion: CLIP})
        { story { id motion } userErrors { code } } }"""
    fields = "id status progress attempt provider model durationSeconds videoUrl failure { code }"
    read = f"""query($id: ID!) {{ story(id: $id) {{ shots {{
        id motion clip {{ {fields} }} takes {{ clip {{ id }} }} }} }} }}"""
    again = f"""mutation($id: ID!) {{ regenerateClip(input: {{id: $id}}) {{
        shot {{ clip {{ {fields} }} }} userErrors {{ code message }} }} }}"""
    async with serving_stage(stage) as url:
        made = (await ask(url, create, {"content": STORY}))["createStory"]["story"]
        await wait_for_clips(stage, UUID(made["id"]))
        shown = (await ask(url, read, {"id": made["id"]}))["story"]["shots"]
        clip = shown[0]["clip"]
        node = "query($id: ID!) { node(id: $id) { __typename id ... on Clip { status } } }"
        found = (await ask(url, node, {"id": clip["id"]}))["node"]
        payload = (await ask(url, again, {"id": shown[0]["id"]}))["regenerateClip"]

    assert made["motion"] == "CLIP"
    assert {shot["motion"] for shot in shown} == {"CLIP"}
    assert shown[0]["takes"] == [{"clip": {"id": clip["id"]}}]
    assert (clip["status"], clip["progress"], clip["failure"]) == ("COMPLETED", 1, None)
    assert clip["videoUrl"].endswith(".mp4")
    assert found == {"__typename": "Clip", "id": clip["id"], "status": "COMPLETED"}
    assert payload["userErrors"] == []
    assert payload["shot"]["clip"]["status"] == "PENDING"
    assert payload["shot"]["clip"]["videoUrl"] == clip["videoUrl"]
