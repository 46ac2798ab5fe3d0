"""The lifecycle: every line of the transition table, walked by the code that moves the rows."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from db.models import Shot, Story, Take, Video, Work
from db.queries import clips, shots, stories, uploads
from db.queries.clips import StoredClip
from db.queries.takes import StoredPicture
from db.queries.uploads import UploadedTake
from db.queries.videos import StoredFilm
from db.queries.work import ClaimedWork
from db.rows import Failure
from db.session import Database
from domain import TRANSITIONS, Action, Noun, ServiceKind, Status, next_status
from errors import InvalidStateError
from orchestration.providers.ports import Script
from orchestration.recipes.next_steps import stop_clips, stop_film, stop_pictures, stop_script
from orchestration.work.landing import Claim, Failed, ToClaim
from orchestration.work.making import Kept
from orchestration.work.run import land
from resolvers.retries import retry_story
from resolvers.shots import regenerate_shot
from resolvers.videos import generate_video
from tests.factories import Rows, add_clip, add_rows
from tests.stage import Stage
from tests.works import claimed, newest_work

KEY = f"stories/{uuid4()}/{uuid4()}.mp4"
FAILURE = Failure.now(code="X", message="x", retryable=True, provider=None, attempt=1)
FILM = StoredFilm(
    media_key=KEY,
    thumbnail_key=None,
    subtitles_key=None,
    digest="d",
    size_bytes=1,
    duration_seconds=1,
    width=2,
    height=2,
)
PICTURE = StoredPicture(
    id=uuid4(), media_key=KEY, digest="d", size_bytes=1, width=1, height=1, model=None
)
CLIP = StoredClip(
    media_key=KEY, digest="d", size_bytes=1, duration_seconds=1, width=2, height=2, model=None
)
SCRIPT = Script(
    title="T",
    shots=(),  # it has some
    language="en",
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


async def _work_of(stage: Stage, rows: Rows, noun: Noun) -> ClaimedWork:
    """The subject's work, as this process's claim of it left it."""
    subject_id = {
        Noun.STORY: rows.story,
        Noun.SHOT: rows.take,
        Noun.TAKE: rows.take,
        Noun.VIDEO: rows.video,
    }.get(noun)
    work = await newest_work(stage.database, subject_id or await _clip(stage, rows))
    claim = claimed(
        work.kind,
        id_=work.id,
        story_id=work.story_id,
        subject_id=work.subject_id,
        stores=work.stores,
    )
    async with stage.database.transaction() as session:
        await session.execute(update(Work).where(Work.id == work.id).values(stores=claim.stores))
    return claim


def _claim(noun: Noun) -> Move:
    async def claim(stage: Stage, rows: Rows) -> None:
        work = await _work_of(stage, rows, noun)
        await stage.production.landing.claim(rows.story, ToClaim(work.id, work.provider))

    return claim


def _complete(noun: Noun) -> Move:
    async def complete(stage: Stage, rows: Rows) -> None:
        work = await _work_of(stage, rows, noun)
        stored = {
            ServiceKind.SCRIPT: SCRIPT,
            ServiceKind.IMAGE: replace(PICTURE, id=rows.take),
            ServiceKind.CLIP: CLIP,
            ServiceKind.VIDEO: FILM,
        }[work.kind]
        await land(stage.production, Claim(work, None), Kept(stored=stored))

    return complete


def _fail(noun: Noun) -> Move:
    async def fail(stage: Stage, rows: Rows) -> None:
        work = await _work_of(stage, rows, noun)
        await stage.production.landing.land(rows.story, Failed(work, FAILURE))

    return fail


async def _cancel_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stop_script(session, rows.story)


async def _retry_script(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stories.restart_script(session, rows.story)


async def _cancel_shot(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stop_pictures(session, rows.story, await shots.cancel_shots(session, rows.story))


async def _cancel_take(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stop_pictures(session, rows.story, [rows.shot])


async def _retry_shot(stage: Stage, rows: Rows) -> None:
    await retry_story(stage.context(), str(rows.story), shot_ids=[str(rows.shot)])


async def _regenerate(stage: Stage, rows: Rows) -> None:
    await regenerate_shot(stage.context(), str(rows.shot))


async def _upload(stage: Stage, rows: Rows) -> None:
    take = UploadedTake(
        id=uuid4(),
        shot_id=rows.shot,
        media_key=KEY,
        digest="d",
        size_bytes=1,
        width=1,
        height=1,
    )
    async with stage.database.transaction() as session:
        await uploads.add_uploaded_take(session, take)


async def _cancel_clip(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stop_clips(session, rows.story, [rows.shot])


def _restart_clip(action: Action) -> Move:
    async def restart(stage: Stage, rows: Rows) -> None:
        async with stage.database.transaction() as session:
            await clips.restart_clips(session, [rows.shot], provider="replicate", action=action)

    return restart


async def _clip(stage: Stage, rows: Rows) -> UUID:
    async with stage.database.reading() as session:
        return (await clips.list_clips(session, [rows.take]))[rows.take].id


async def _cancel_video(stage: Stage, rows: Rows) -> None:
    async with stage.database.transaction() as session:
        await stop_film(session, rows.story)


async def _render(stage: Stage, rows: Rows) -> None:
    await generate_video(stage.context(), str(rows.story))


async def _retry_video(stage: Stage, rows: Rows) -> None:
    await retry_story(stage.context(), str(rows.story))


MOVES: dict[tuple[Noun, Action], Move] = {
    (Noun.STORY, Action.CLAIM): _claim(Noun.STORY),
    (Noun.STORY, Action.COMPLETE): _complete(Noun.STORY),
    (Noun.STORY, Action.FAIL): _fail(Noun.STORY),
    (Noun.STORY, Action.CANCEL): _cancel_script,
    (Noun.STORY, Action.RETRY): _retry_script,
    (Noun.SHOT, Action.CLAIM): _claim(Noun.TAKE),
    (Noun.SHOT, Action.COMPLETE): _complete(Noun.TAKE),
    (Noun.SHOT, Action.FAIL): _fail(Noun.TAKE),
    (Noun.SHOT, Action.CANCEL): _cancel_shot,
    (Noun.SHOT, Action.RETRY): _retry_shot,
    (Noun.SHOT, Action.REGENERATE): _regenerate,
    (Noun.SHOT, Action.UPLOAD): _upload,
    (Noun.TAKE, Action.CLAIM): _claim(Noun.TAKE),
    (Noun.TAKE, Action.COMPLETE): _complete(Noun.TAKE),
    (Noun.TAKE, Action.FAIL): _fail(Noun.TAKE),
    (Noun.TAKE, Action.CANCEL): _cancel_take,
    (Noun.CLIP, Action.CLAIM): _claim(Noun.CLIP),
    (Noun.CLIP, Action.COMPLETE): _complete(Noun.CLIP),
    (Noun.CLIP, Action.FAIL): _fail(Noun.CLIP),
    (Noun.CLIP, Action.CANCEL): _cancel_clip,
    (Noun.CLIP, Action.RETRY): _restart_clip(Action.RETRY),
    (Noun.CLIP, Action.REGENERATE): _restart_clip(Action.REGENERATE),
    (Noun.VIDEO, Action.CLAIM): _claim(Noun.VIDEO),
    (Noun.VIDEO, Action.COMPLETE): _complete(Noun.VIDEO),
    (Noun.VIDEO, Action.FAIL): _fail(Noun.VIDEO),
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
