"""Files without a row, and rows without a file: swept, found, told."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from db.models import Work
from domain import Status
from orchestration.media.store import derived_key, new_key, store_key
from orchestration.media.variants import variant_key
from orchestration.work.sweep import Comparison, compare, delete_leftovers
from resolvers.stories import cancel_story
from tests.factories import add_rows
from tests.fakes.origin import PICTURE, FakeOrigin
from tests.journeys import drawn_story
from tests.stage import Scene, Stage, open_stage
from tests.works import claim, do_work, job_of, newest_work

AT_ONCE = timedelta(0)
STILL = Scene(with_worker=False)


async def compared(stage: Stage) -> Comparison:
    return await compare(stage.database, stage.production.store, older_than=AT_ONCE)


async def test_what_an_interrupted_claim_stored_goes_once_the_work_has_ended(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin, STILL) as stage:
        store = stage.production.store
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take)
        await claim(stage.production, job)
        [name] = (await newest_work(stage.database, rows.take)).stores
        await store.put_bytes(store_key(str(rows.story), name, ".png"), PICTURE)

        while_open = await compared(stage)
        await do_work(stage.production, job)
        before = await compared(stage)
        young = await delete_leftovers(stage.database, store)
        swept = await delete_leftovers(stage.database, store, older_than=AT_ONCE)
        again = await delete_leftovers(stage.database, store, older_than=AT_ONCE)
        after = await compared(stage)

    assert while_open.orphans == []
    assert [file.name for file in before.orphans] == [name]
    assert (young, swept, again) == (0, 1, 0)
    assert (after.files, after.orphans) == (1, [])


@pytest.mark.parametrize("is_late", [True, False])
async def test_what_canceled_work_stored_goes(
    database_url: str, tmp_path: Path, origin: FakeOrigin, is_late: bool
) -> None:
    async with open_stage(database_url, tmp_path, origin, STILL) as stage:
        store = stage.production.store
        rows = await add_rows(stage.database, shot=Status.PENDING)
        await claim(stage.production, await job_of(stage.database, rows.take))
        [name] = (await newest_work(stage.database, rows.take)).stores
        key = store_key(str(rows.story), name, ".jpg")
        if not is_late:
            await store.put_bytes(key, PICTURE)
        await cancel_story(stage.context(), str(rows.story))
        if is_late:
            await store.put_bytes(key, PICTURE)

        await delete_leftovers(stage.database, store, older_than=AT_ONCE)

        assert not await store.has(key)
        assert (await newest_work(stage.database, rows.take)).stores == []


async def test_a_comparison_finds_orphans_and_missing_files_and_leaves_narrations_alone(
    stage: Stage,
) -> None:
    story, shots = await drawn_story(stage)
    store = stage.production.store
    narration = derived_key(str(story.id), "a voice", ".wav")
    orphan, of_nobody = new_key(str(story.id), ".mp4"), new_key(str(uuid4()), ".png")
    for key in (narration, orphan, of_nobody):
        await store.put_bytes(key, PICTURE)
    await store.delete([shots[1].image_key or ""])

    found = await compared(stage)
    young = await compare(stage.database, store, older_than=timedelta(hours=1))

    assert {file.key for file in found.orphans} == {orphan, of_nobody}
    assert [(one.key, one.shot_position) for one in found.missing] == [(shots[1].image_key, 2)]
    assert found.files == len(shots) - 1 + 3
    assert young.orphans == []


async def test_completed_work_keeps_what_is_shown(stage: Stage) -> None:
    _, shots = await drawn_story(stage)
    async with stage.database.transaction() as session:
        await session.execute(update(Work).values(ended_at=Work.created_at - timedelta(days=1)))

    assert await delete_leftovers(stage.database, stage.production.store) == 0
    assert all([await stage.production.store.has(shot.image_key or "") for shot in shots])


async def test_variants_belong_to_their_picture(stage: Stage) -> None:
    story, shots = await drawn_story(stage)
    store = stage.production.store
    shown, orphan = shots[0].image_key or "", new_key(str(story.id), ".png")
    await store.put_bytes(orphan, PICTURE)
    for picture in (shown, orphan):
        assert await stage.production.variants.find(picture, width=320, media_type="image/webp")
    of_orphan = variant_key(orphan, width=320, media_type="image/webp")

    found = await compared(stage)
    await store.delete([orphan])
    after = await compared(stage)

    assert {file.key for file in found.orphans} == {orphan, of_orphan}
    assert (after.orphans, after.missing) == ([], [])
    assert after.files == len(shots) + 1
