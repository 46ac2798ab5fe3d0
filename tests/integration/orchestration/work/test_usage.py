"""What a story has cost: each result of a model service is charged for once, at the set price."""

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.queries.usage import Charge, add_charge
from db.queries.work import Bill, Landed, complete_works
from domain import ServiceKind, Status
from resolvers.retries import retry_story
from resolvers.shots import regenerate_shot
from resolvers.stories import StoryWish, cancel_story, delete_story, mock_shots
from resolvers.usage import Usage, estimate_story
from tests.factories import add_rows
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.graphql_client import post, serving_stage
from tests.journeys import (
    STORY,
    drawn_story,
    follow_until,
    is_settled,
    rendered_video,
    settle,
    start_story,
)
from tests.owners import add_owner, serving_with_keys
from tests.stage import Scene, Stage, open_stage
from tests.usages import PRICES, price, units, usage_of
from tests.works import do_work, job_of


async def test_every_picture_is_charged_for_and_a_new_take_once_more(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin, Scene(prices=PRICES)) as stage:
        story, shots = await drawn_story(stage)
        before = await usage_of(stage, story.id)
        await regenerate_shot(stage.context(), str(shots[0].id))
        await settle(stage, story)
        after = await usage_of(stage, story.id)

    assert units(before, ServiceKind.IMAGE) == len(shots) == 4
    assert price(before, ServiceKind.IMAGE) == 0.156
    assert units(after, ServiceKind.IMAGE) == origin.calls["/pic"] == 5
    assert price(after, ServiceKind.IMAGE) == 0.195


async def test_a_picture_that_could_not_be_fetched_is_charged_for_when_it_is(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin, Scene(prices=PRICES)) as stage:
        origin.behave("/files", Behaviour(status=500), times=6)
        story = await start_story(stage, "The keeper lit the lamp.")
        await settle(stage, story)
        before = await usage_of(stage, story.id)
        await retry_story(stage.context(), str(story.id))
        await follow_until(stage, story.id, is_settled)
        after = await usage_of(stage, story.id)

    assert units(before, ServiceKind.IMAGE) == 0
    assert units(after, ServiceKind.IMAGE) == origin.calls["/pic"] == 1


async def test_a_landing_whose_answer_was_lost_charges_once(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.GENERATING)
    bill = Bill(
        work_id=rows.take, model="painter-1", units=1, price=Decimal("0.039"), store=uuid4()
    )
    landed: list[Landed] = []
    for _ in range(2):
        async with idle_stage.database.transaction() as session:
            landed.append(await complete_works(session, [bill]))

    [line] = (await usage_of(idle_stage, rows.story)).lines
    assert (line.provider, line.model, line.units, line.price) == ("origin", "painter-1", 1, 0.039)
    assert [one.new for one in landed] == [{rows.take}, set()]
    assert [one.repeated for one in landed] == [set(), {rows.take}]


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_result_that_comes_too_late_is_charged_for_and_dropped(
    idle_stage: Stage, is_deleted: bool
) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.GENERATING)
    stop = delete_story if is_deleted else cancel_story
    await stop(idle_stage.context(), str(rows.story))
    bill = Bill(work_id=rows.take, model="painter-1", units=1, price=Decimal("0.039"))

    async with idle_stage.database.transaction() as session:
        landed = await complete_works(session, [bill])

    [line] = (await usage_of(idle_stage, rows.story)).lines
    assert (line.units, line.price) == (1, 0.039)
    assert not landed.new | landed.repeated


async def test_a_job_that_is_found_again_is_charged_for_once(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeReplicate()) as replicate:
        scene = Scene(replicate=replicate, with_worker=False, prices=PRICES)
        async with open_stage(database_url, tmp_path, origin, scene) as stage:
            rows = await add_rows(stage.database, shot=Status.PENDING)
            job = await job_of(stage.database, rows.take, provider="replicate")
            await do_work(stage.production, job)
            await do_work(stage.production, job)  # delivered twice
            usage = await usage_of(stage, rows.story)

    [line] = usage.lines
    assert (line.provider, line.model, line.units) == ("replicate", "owner/painter", 1)
    assert usage.total == line.price == 0.039


async def test_the_studio_costs_nothing_beside_a_service_that_does(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = Scene(prices=PRICES, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story = await start_story(stage)
        await mock_shots(stage.context(), str(story.id))
        usage = await usage_of(stage, story.id)

    [line] = usage.lines
    assert (line.provider, line.units, line.price) == ("studio", 2, 0)
    assert usage.total == 0


async def test_a_remote_film_is_charged_for_once_for_each_time_that_it_is_made(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = Scene(videos=("videos",), prices=PRICES)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story, _ = await drawn_story(stage)
        await rendered_video(stage, story)
        await rendered_video(stage, story)
        usage = await usage_of(stage, story.id)

    [line] = [line for line in usage.lines if line.kind is ServiceKind.VIDEO]
    assert (line.provider, line.model, line.units) == ("videos", "film-1", 2)
    assert line.units == origin.calls["/v1/videos"]
    assert line.price == 3.0


async def test_a_charge_that_is_recorded_again_or_after_its_story_is_gone_changes_nothing(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database)
    charge = Charge(
        id=uuid4(),
        story_id=rows.story,
        subject_id=rows.shot,
        kind=ServiceKind.VOICE,
        provider="openai",
        model="speaker-1",
        units=100,
        price=Decimal("0.05"),
    )

    async def record() -> Usage:
        async with idle_stage.database.transaction() as session:
            await add_charge(session, charge)
        return await usage_of(idle_stage, rows.story)

    once = await record()
    again = await record()
    await delete_story(idle_stage.context(), str(rows.story))
    gone = await record()

    assert once == again == gone
    assert once.total == 0.05


async def test_a_price_that_nobody_has_set_is_unknown_and_so_is_the_total(stage: Stage) -> None:
    story, _ = await drawn_story(stage)

    usage = await usage_of(stage, story.id)

    assert units(usage, ServiceKind.IMAGE) == 4
    assert {line.price for line in usage.lines} == {None}
    assert usage.total is None


async def test_what_a_deleted_story_cost_stays_in_the_ledger(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        await session.execute(_ADD, {"take": rows.take})

    await delete_story(idle_stage.context(), str(rows.story))

    async with idle_stage.database.reading() as session:
        costs = text("SELECT sum(price) FROM work WHERE owner_id = 'local' AND id = :take")
        assert (await session.execute(costs, {"take": rows.take})).scalar_one() == Decimal("0.039")


async def test_clients_see_what_their_own_stories_cost(idle_stage: Stage) -> None:
    owner = await add_owner(idle_stage, "payer")
    other = await add_owner(idle_stage, "onlooker")
    async with idle_stage.database.transaction() as session:
        await session.execute(_ADD, {"take": owner.rows.take})
    query = """query($id: ID!) { story(id: $id) {
        usage { currency total lines { kind provider model units unit price } }
        shots { take { cost } }
    } }"""
    of_owner = {"id": str(owner.rows.story)}
    async with serving_with_keys(idle_stage) as url:
        own = await post(url, query, of_owner, headers=owner.headers)
        foreign = await post(url, query, of_owner, headers=other.headers)

    line = {"kind": "IMAGE", "provider": "origin", "model": "painter-1", "units": 1}
    assert own["data"]["story"] == {
        "usage": {
            "currency": "USD",
            "total": 0.039,
            "lines": [{**line, "unit": "PICTURE", "price": 0.039}],
        },
        "shots": [{"take": {"cost": 0.039}}],
    }
    assert foreign["data"] == {"story": None}


async def test_an_estimate_knows_the_writer_and_makes_nothing(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = Scene(script="studio", with_worker=False, prices=PRICES)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        six = await estimate_story(stage.context(), StoryWish(content="A fox sings."))
        nine = await estimate_story(stage.context(), StoryWish(content=STORY, shot_count=9))
        async with stage.database.reading() as session:
            stories = (await session.execute(text("SELECT count(*) FROM story"))).scalar_one()

    assert [(line.kind, line.units, line.price) for line in six.lines] == [
        (ServiceKind.SCRIPT, 1, 0),
        (ServiceKind.IMAGE, 6, 0.234),
        (ServiceKind.VIDEO, 1, 0),
    ]
    assert six.total == 0.234
    assert units(nine, ServiceKind.IMAGE) == 9
    assert stories == 0
    assert origin.calls == {}


async def test_an_estimate_refuses_what_a_story_would_be_refused_for(idle_stage: Stage) -> None:
    query = "query($i: CreateStoryInput!) { estimateStory(input: $i) { total lines { units } } }"
    async with serving_stage(idle_stage) as url:
        blank = await post(url, query, {"i": {"content": " "}})
        good = await post(url, query, {"i": {"content": "One. Two."}})

    assert blank["errors"][0]["extensions"]["code"] == "REQUIRED"
    assert good["data"]["estimateStory"]["total"] is None
    assert [line["units"] for line in good["data"]["estimateStory"]["lines"]] == [1, 2, 1]


_ADD = text(
    """UPDATE work SET model = 'painter-1', units = 1, price = 0.039, ended_at = now()
    WHERE id = :take"""
)
