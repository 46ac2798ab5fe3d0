"""Clips, voices and films have an order too: the next one answers while the first is away."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from db.queries import clips
from db.queries.remote_work import RemoteSubject, keep_remote_state
from db.rows import Failure, StoryRow
from domain import Action, Motion, Noun, ServiceKind, Status
from orchestration import fallbacks
from orchestration.next_steps import animate_job
from orchestration.prices import Prices
from orchestration.retries import RetryLaterError
from resolvers.stories import StoryWish, create_story
from resolvers.usage import read_usage
from resolvers.waiting import waits_for
from tests.factories import add_clip, add_rows
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import Behaviour, FakeOrigin, serving
from tests.fakes.vendors import FakeReplicate
from tests.films import until
from tests.journeys import drawn_story, leave_alone, rendered_video, settle, wait_for_clips
from tests.stage import Scene, Stage, hurried, open_stage

DOWN = Behaviour(status=503, body=b"{}", headers={"Retry-After": "0"})
BUSY = Behaviour(status=429, headers={"Retry-After": "100"})
NO_CREDIT = Behaviour(status=402, body=b"{}")
AWAY = pytest.mark.parametrize("answer", [DOWN, BUSY, NO_CREDIT], ids=["down", "busy", "no credit"])
PATIENCE = hurried(max_attempts=3)
OUTAGE_S = 60
TWO = "The keeper lit the lamp. A ship came home."


@pytest.fixture
async def animators() -> AsyncIterator[tuple[FakeReplicate, FakeReplicate]]:
    async with serving(FakeReplicate()) as first, serving(FakeReplicate()) as second:
        yield first, second


@pytest.fixture
async def speakers() -> AsyncIterator[tuple[FakeOpenAI, FakeOpenAI]]:
    async with serving(FakeOpenAI()) as first, serving(FakeOpenAI()) as second:
        yield first, second


async def charged(stage: Stage, story: StoryRow, kind: ServiceKind) -> dict[str, float | None]:
    """What each provider of the kind was paid for the story."""
    usage = await read_usage(stage.context(), story.id)
    return {line.provider: line.price for line in usage.lines if line.kind is kind}


@AWAY
async def test_the_next_animator_makes_the_clips_that_the_first_cannot(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    animators: tuple[FakeReplicate, FakeReplicate],
    answer: Behaviour,
) -> None:
    first, second = animators
    first.behave("/submit", answer, times=1_000)
    scene = Scene(animators=animators, patience=PATIENCE, outage_patience_s=OUTAGE_S)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        wish = StoryWish(content="A gull cried. Who was awake?", motion=Motion.CLIP)
        story, _ = await settle(stage, await create_story(stage.context(), wish))
        made = await wait_for_clips(stage, story.id, count=2)
        paid = await charged(stage, story, ServiceKind.CLIP)

    assert [(clip.status, clip.provider) for clip in made] == [(Status.COMPLETED, "animator-2")] * 2
    assert first.calls["/submit"] <= 2
    assert second.calls["/submit"] == 2
    assert set(paid) == {"animator-2"}


async def test_a_clip_that_was_begun_stays_with_its_animator(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    animators: tuple[FakeReplicate, FakeReplicate],
) -> None:
    still = Scene(animators=animators, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, still) as stage:
        rows = await add_rows(stage.database, shot=Status.COMPLETED)
        clip_id = await add_clip(
            stage.database, rows, status=Status.GENERATING, provider="animator"
        )
        subject = RemoteSubject(Noun.CLIP, clip_id, 1)
        async with stage.database.transaction() as session:
            await keep_remote_state(session, subject, submitting=True)
        await leave_alone(stage, "clip", "animator", seconds=100)

        with pytest.raises(RetryLaterError) as later:
            await fallbacks.wait_turn(
                stage.production, animate_job(rows.story, clip_id, provider="animator", run=1)
            )

    assert later.value.delay_s > 90


async def test_a_clip_that_only_has_to_be_fetched_is_fetched_from_who_made_it(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.COMPLETED)
    await add_clip(
        idle_stage.database,
        rows,
        status=Status.FAILED,
        provider="second",
        result_url="https://clips.example/1.mp4",
        failure=Failure.now(
            code="UPSTREAM_TIMEOUT", message="m", retryable=True, provider="second", attempt=1
        ).to_json(),
    )
    begun: list[str] = []
    for providers, action in (
        (["first", "second"], Action.RETRY),
        (["first"], Action.RETRY),
    ):
        async with idle_stage.database.transaction() as session:
            found = await clips.restart_clips(
                session, [rows.shot], providers=providers, action=action
            )
            begun += [clip.provider for clip in found]
            await clips.cancel_clips(session, [rows.shot])

    assert begun == ["second", "first"]


async def test_a_story_waits_for_clips_only_while_every_animator_is_left_alone(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    animators: tuple[FakeReplicate, FakeReplicate],
) -> None:
    first, second = animators
    second.behave("/submit", Behaviour(kind="hang"), times=10)
    first.behave("/submit", BUSY, times=10)
    async with open_stage(database_url, tmp_path, origin, Scene(animators=animators)) as stage:
        wish = StoryWish(content="A gull cried.", motion=Motion.CLIP)
        story, _ = await settle(stage, await create_story(stage.context(), wish))
        await until(lambda: second.calls["/submit"] == 1)
        free = await waits_for(stage.context(), story)
        await leave_alone(stage, "clip", "animator-2", seconds=50)
        held = await waits_for(stage.context(), story)

    assert free is None
    assert held is not None
    assert held.provider == "animator-2"


@AWAY
async def test_the_next_voice_speaks_the_whole_film(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    speakers: tuple[FakeOpenAI, FakeOpenAI],
    answer: Behaviour,
) -> None:
    first, second = speakers
    prices = Prices(voice=Decimal(1), further={(ServiceKind.VOICE, "openai-2"): Decimal(2)})
    scene = Scene(speakers=speakers, patience=PATIENCE, outage_patience_s=OUTAGE_S, prices=prices)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, shots = await drawn_story(stage, TWO)
        first.behave("/speech", answer, times=1_000)
        film = await rendered_video(stage, story)
        paid = await charged(stage, story, ServiceKind.VOICE)

    assert film.status is Status.COMPLETED
    assert second.calls["/speech"] == len(shots)
    assert paid == {"openai-2": pytest.approx(sum(len(s.narration) for s in shots) * 2 / 1_000)}


async def test_a_voice_that_leaves_amid_a_film_is_heard_nowhere_in_it(
    database_url: str, tmp_path: Path, origin: FakeOrigin, speakers: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    first, second = speakers
    async with open_stage(
        database_url, tmp_path, origin, Scene(speakers=speakers, patience=PATIENCE)
    ) as stage:
        story, shots = await drawn_story(stage, TWO)
        first.behave("/speech", NO_CREDIT)  # one of them; the others are spoken, and kept
        film = await rendered_video(stage, story)
        spoken = second.calls["/speech"]
        again = await rendered_video(stage, story)  # the first one is back

    assert (film.status, again.status) == (Status.COMPLETED, Status.COMPLETED)
    assert spoken == second.calls["/speech"] == len(shots)
    assert first.calls["/speech"] == len(shots) + 1


async def test_when_no_voice_has_credit_a_film_has_none(
    database_url: str, tmp_path: Path, origin: FakeOrigin, speakers: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    for speaker in speakers:
        speaker.behave("/speech", NO_CREDIT, times=1_000)
    async with open_stage(
        database_url, tmp_path, origin, Scene(speakers=speakers, patience=PATIENCE)
    ) as stage:
        story, _ = await drawn_story(stage, TWO)
        film = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED


@AWAY
async def test_a_film_is_composed_here_while_the_service_is_away(
    database_url: str, tmp_path: Path, origin: FakeOrigin, answer: Behaviour
) -> None:
    scene = Scene(
        videos=("videos", "studio"),
        patience=PATIENCE,
        outage_patience_s=OUTAGE_S,
        prices=Prices(video=Decimal(3)),
    )
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, _ = await drawn_story(stage, TWO)
        origin.behave("/v1/videos", answer, times=1_000)
        film = await rendered_video(stage, story)
        paid = await charged(stage, story, ServiceKind.VIDEO)

    assert (film.status, film.provider) == (Status.COMPLETED, "studio")
    assert origin.calls["/v1/videos"] == 1
    assert paid == {"studio": 0}


async def test_a_film_that_a_service_has_begun_stays_there(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = Scene(videos=("videos", "studio"), patience=PATIENCE)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, _ = await drawn_story(stage, TWO)
        origin.behave("/v1/videos/poll", DOWN, times=3)  # polls
        film = await rendered_video(stage, story)

    assert (film.status, film.provider) == (Status.COMPLETED, "videos")
    assert origin.calls["/v1/videos"] == 1
