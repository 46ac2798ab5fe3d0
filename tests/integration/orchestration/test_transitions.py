"""The lifecycle: every line of the transition table, walked by the code that moves the rows."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from db.models import Shot, Story, Take, Video
from db.queries import clips, shots, stories, takes, uploads, videos
from db.queries.clips import StoredClip
from db.queries.takes import DrawnTake
from db.queries.uploads import UploadedTake
from db.queries.videos import StoredFilm
from db.rows import Failure
from db.session import Database
from domain import TRANSITIONS, Action, Noun, Status, next_status
from errors import InvalidStateError
from resolvers.retries import retry_story
from resolvers.shots import regenerate_shot
from resolvers.videos import generate_video
from tests.factories import Rows, add_clip, add_rows
from tests.stage import Stage

FAILURE = Failure.now(code="X", message="x", retryable=True, provider=None, attempt=1)
FILM = StoredFilm(
    media_key="m",
    thumbnail_key=None,
    subtitles_key=None,
    digest="d",
    size_bytes=1,
    duration_seconds=1,
    width=2,
    height=2,
)
DOMAIN_ACTIONS: dict[Noun, tuple[Action, ...]] = {
    noun: tuple(dict.fromkeys(action for _, action in table)) for noun, table in TRANSITIONS.items()
}
CASES = [
    (noun, status, action)
    for noun, actions in DOMAIN_ACTIONS.items()
    for status in Status
    for action in actions
]

Move = Callable[[Stage, Rows], Awaitable[object]]


async def _claim_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.claim_script(session, rows.story, run=1)


async def _complete_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.complete_script(session, rows.story, run=1, title="T", language="en")


async def _fail_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.fail_script(session, rows.story, run=1, failure=FAILURE)


async def _cancel_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.cancel_script(session, rows.story)


async def _retry_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.restart_script(session, rows.story)


async def _claim_take(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await takes.claim_takes(session, [rows.take], provider="origin")


async def _complete_take(stage: Stage, rows: Rows) -> None:
    drawn = DrawnTake(
        take_id=rows.take,
        media_key="m",
        digest="d",
        size_bytes=1,
        width=1,
        height=1,
        model=None,
        price=None,
    )
    async with stage.database.transaction() as session:
        await takes.complete_takes(session, [drawn])


async def _fail_take(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await takes.fail_takes(session, [(rows.take, FAILURE)])


async def _cancel_shot(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        shot_ids = await shots.cancel_shots(session, rows.story)
        await takes.cancel_takes(session, shot_ids)


async def _cancel_take(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await takes.cancel_takes(session, [rows.shot])


async def _retry_shot(stage: Stage, rows: Rows) -> None:
    await retry_story(stage.context(), str(rows.story), shot_ids=[str(rows.shot)])


async def _regenerate(stage: Stage, rows: Rows) -> None:
    await regenerate_shot(stage.context(), str(rows.shot))


async def _upload(stage: Stage, rows: Rows) -> None:
    take = UploadedTake(
        take_id=uuid4(),
        shot_id=rows.shot,
        media_key="m",
        digest="d",
        size_bytes=1,
        width=1,
        height=1,
    )
    async with stage.database.transaction() as session:
        await uploads.add_uploaded_takes(session, [take])


async def _claim_clip(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await clips.claim_clip(session, await _clip(stage, rows), run=1, provider="replicate")


async def _complete_clip(stage: Stage, rows: Rows) -> None:
    clip = StoredClip(
        media_key="m",
        digest="d",
        size_bytes=1,
        duration_seconds=1,
        width=2,
        height=2,
        model=None,
    )
    async with stage.database.transaction() as session:
        await clips.complete_clip(session, await _clip(stage, rows), run=1, clip=clip)


async def _fail_clip(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await clips.fail_clip(session, await _clip(stage, rows), run=1, failure=FAILURE)


async def _cancel_clip(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await clips.cancel_clips(session, [rows.shot])


def _restart_clip(action: Action) -> Move:
    async def restart(stage: Stage, rows: Rows) -> None:
        async with stage.database.transaction() as session:
            await clips.restart_clips(session, [rows.shot], providers=["replicate"], action=action)

    return restart


async def _clip(stage: Stage, rows: Rows) -> UUID:
    async with stage.database.reading() as session:
        return (await clips.list_clips(session, [rows.take]))[rows.take].id


async def _claim_video(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await videos.claim_video(session, rows.video, run=1, provider="studio")


async def _complete_video(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await videos.complete_video(session, rows.video, run=1, film=FILM)


async def _fail_video(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await videos.fail_video(session, rows.video, run=1, failure=FAILURE)


async def _cancel_video(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await videos.cancel_video(session, rows.story)


async def _render(stage: Stage, rows: Rows) -> None:
    await generate_video(stage.context(), str(rows.story))


async def _retry_video(stage: Stage, rows: Rows) -> None:
    await retry_story(stage.context(), str(rows.story))


MOVES: dict[tuple[Noun, Action], Move] = {
    (Noun.STORY, Action.CLAIM): _claim_script,
    (Noun.STORY, Action.COMPLETE): _complete_script,
    (Noun.STORY, Action.FAIL): _fail_script,
    (Noun.STORY, Action.CANCEL): _cancel_script,
    (Noun.STORY, Action.RETRY): _retry_script,
    (Noun.SHOT, Action.CLAIM): _claim_take,
    (Noun.SHOT, Action.COMPLETE): _complete_take,
    (Noun.SHOT, Action.FAIL): _fail_take,
    (Noun.SHOT, Action.CANCEL): _cancel_shot,
    (Noun.SHOT, Action.RETRY): _retry_shot,
    (Noun.SHOT, Action.REGENERATE): _regenerate,
    (Noun.SHOT, Action.UPLOAD): _upload,
    (Noun.TAKE, Action.CLAIM): _claim_take,
    (Noun.TAKE, Action.COMPLETE): _complete_take,
    (Noun.TAKE, Action.FAIL): _fail_take,
    (Noun.TAKE, Action.CANCEL): _cancel_take,
    (Noun.CLIP, Action.CLAIM): _claim_clip,
    (Noun.CLIP, Action.COMPLETE): _complete_clip,
    (Noun.CLIP, Action.FAIL): _fail_clip,
    (Noun.CLIP, Action.CANCEL): _cancel_clip,
    (Noun.CLIP, Action.RETRY): _restart_clip(Action.RETRY),
    (Noun.CLIP, Action.REGENERATE): _restart_clip(Action.REGENERATE),
    (Noun.VIDEO, Action.CLAIM): _claim_video,
    (Noun.VIDEO, Action.COMPLETE): _complete_video,
    (Noun.VIDEO, Action.FAIL): _fail_video,
    (Noun.VIDEO, Action.CANCEL): _cancel_video,
    (Noun.VIDEO, Action.RETRY): _retry_video,
    (Noun.VIDEO, Action.RENDER): _render,
}


async def _status(database: Database, noun: Noun, rows: Rows) -> Status:
    if noun is Noun.CLIP:
        async with database.reading() as session:
            return (await clips.list_clips(session, [rows.take]))[rows.take].status
    model, id_ = {
        Noun.STORY: (Story, rows.story),
        Noun.SHOT: (Shot, rows.shot),
        Noun.TAKE: (Take, rows.take),
        Noun.VIDEO: (Video, rows.video),
    }[noun]
    async with database.transaction() as session:
        row = await session.get_one(model, id_)
        return row.status


@pytest.mark.parametrize(
    ("noun", "status", "action"), CASES, ids=[f"{n}-{s}-{a}" for n, s, a in CASES]
)
async def test_the_row_moves_as_the_table_says_or_not_at_all(
    idle_stage: Stage, noun: Noun, status: Status, action: Action
) -> None:
    """One line of the table: what is allowed moves, all else stays and is refused or ignored."""
    given = {Noun.STORY: "story", Noun.SHOT: "shot", Noun.TAKE: "shot", Noun.VIDEO: "video"}
    given_status = {given[noun]: status} if noun in given else {}
    rows = await add_rows(idle_stage.database, **given_status)
    if noun is Noun.CLIP:
        await add_clip(idle_stage.database, rows, status=status)
    expected = next_status(noun, status, action)

    try:
        await MOVES[noun, action](idle_stage, rows)
        refused = False
    except InvalidStateError:
        refused = True

    assert await _status(idle_stage.database, noun, rows) is (expected or status)
    assert not (refused and expected is not None)
