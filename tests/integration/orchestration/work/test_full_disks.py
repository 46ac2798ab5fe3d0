"""Full disks: each is told as such, nothing is made twice, and work goes on by itself."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.rows import StoryRow
from db.session import Database
from domain import BUILT_IN, ServiceKind, Status
from errors import DatabaseUnavailableError, DiskFullError
from orchestration.disk import check_room, is_full_disk
from orchestration.scratch import scratch_folder
from orchestration.work.pauses import Pause, PauseReason
from resolvers.stories import require_story
from resolvers.videos import generate_video, get_video
from resolvers.waiting import waits_for
from tests.databases import make_reachable_folder
from tests.disks import Disk, own_disk
from tests.fakes.origin import FakeOrigin
from tests.films import compose_sample
from tests.journeys import STORY, drawn_story, follow_until, is_settled, read, start_story
from tests.stage import Stage, open_stage
from tests.works import newest_work

DEADLINE_S = 60


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk of temporary files."""
    with own_disk(tmp_path / "temporary", size_kib=24 * 1024) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        yield disk


@pytest.fixture
def media(tmp_path: Path) -> Iterator[Disk]:
    """The disk of the media store."""
    with own_disk(tmp_path / "media") as disk:
        yield disk


@pytest.fixture
async def stage(
    media: Disk, database_url: str, tmp_path: Path, origin: FakeOrigin
) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path, origin) as stage:
        assert stage.media == media.folder
        yield stage


@pytest.mark.parametrize("size_kib", [1_100, 1_200, 1_400, 1_800, 2_600, 4_000, 6_000, 24_000])
async def test_a_film_on_a_disk_of_any_size_is_whole_or_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_kib: int
) -> None:
    with own_disk(tmp_path / "disk", size_kib=size_kib) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        try:
            with scratch_folder() as folder:
                film = await compose_sample(folder)
        except DiskFullError:
            with pytest.raises(DiskFullError):  # all of it was too little
                check_room(disk.folder)
        else:
            assert film.size_bytes > 0
            assert size_kib > 1_400
        assert list(disk.folder.iterdir()) == []
    check_room(tmp_path)


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(122, "Disk quota exceeded"), True),
        (OSError(13, "Permission denied"), False),
        (OSError("500000 requested and 18432 written"), False),
        (Exception("Generic S3 error: 507 Insufficient Storage: XMinioStorageFull"), True),
        (Exception("Unable to copy data to file: Kein Platz (os error 28)"), True),
        (Exception("Generic S3 error: 503 Slow Down"), False),
    ],
)
def test_a_full_disk_is_known_by_whoever_tells_it(error: Exception, is_full: bool) -> None:
    assert is_full_disk(error) is is_full


async def test_a_film_waits_for_room_for_its_temporary_files(stage: Stage, temporary: Disk) -> None:
    story, _ = await drawn_story(stage)
    async with temporary.filled():
        video = await generate_video(stage.context(), str(story.id), burn_subtitles=False)
        await waiting_for_room(stage, story.id)
    await completed(stage, video.id)

    work = await newest_work(stage.database, video.id)
    assert (work.attempt, work.interruptions) == (0, 0)
    assert await pause_of(stage, story.id) is None


async def test_a_film_that_is_composed_is_kept_until_it_can_be_stored(
    stage: Stage, media: Disk
) -> None:
    story, _ = await drawn_story(stage)
    async with media.filled():
        video = await generate_video(stage.context(), str(story.id), burn_subtitles=False)
        await waiting_for_room(stage, story.id)
    await completed(stage, video.id)

    work = await newest_work(stage.database, video.id)
    assert (work.attempt, work.interruptions, len(work.stores)) == (0, 0, 1)


async def test_pictures_are_paid_for_once_however_long_the_store_is_full(
    stage: Stage, media: Disk, origin: FakeOrigin
) -> None:
    async with media.filled():
        story = await start_story(stage)
        await waiting_for_room(stage, story.id)
        await asyncio.sleep(2)
    await follow_until(stage, story.id, is_settled)

    _, shots = await read(stage, story)
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] == len(shots)


async def test_a_database_without_room_refuses_what_it_cannot_keep_and_goes_on_with_the_rest(
    tmp_path: Path, origin: FakeOrigin
) -> None:
    home = make_reachable_folder()
    with own_disk(home, size_kib=160 * 1024) as disk:
        postgres = await EmbeddedPostgres.start(home)
        try:
            async with Database(postgres.url) as database:
                await migrate(database.engine)
            async with open_stage(postgres.url, tmp_path, origin) as stage:
                accepted: list[StoryRow] = []
                async with disk.filled():
                    with pytest.raises(DatabaseUnavailableError, match="Make room") as refused:
                        await start_stories(stage, accepted)
                    assert stage.database.is_full
                assert refused.value.code == "DISK_FULL"
                accepted.append(await start_story(stage))
                for story in accepted:
                    await follow_until(stage, story.id, is_settled)
                    _, shots = await read(stage, story)
                    assert {shot.status for shot in shots} == {Status.COMPLETED}
        finally:
            await postgres.stop()
    await asyncio.to_thread(home.rmdir)


async def start_stories(stage: Stage, accepted: list[StoryRow]) -> None:
    """Many and long ones, until one is refused."""
    while len(accepted) < 1_000:
        accepted += [await start_story(stage, STORY + " So it was." * 900)]


async def pause_of(stage: Stage, story_id: UUID) -> Pause | None:
    return await waits_for(stage.context(), await require_story(stage.context(), str(story_id)))


async def waiting_for_room(stage: Stage, story_id: UUID) -> None:
    """Until the story says that it waits for a disk."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            pause = await pause_of(stage, story_id)
            if pause is not None and pause.reason is PauseReason.DISK_FULL:
                assert pause.kind in (ServiceKind.VIDEO, ServiceKind.IMAGE)
                return
            await asyncio.sleep(0.05)


async def completed(stage: Stage, video_id: UUID) -> None:
    """Until the film is done, by itself."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            video = await get_video(stage.context(), str(video_id))
            assert video is not None
            assert video.status is not Status.FAILED, video.failure
            if video.status is Status.COMPLETED:
                assert video.provider == BUILT_IN
                return
            await asyncio.sleep(0.1)
