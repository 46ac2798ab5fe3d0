"""Turns a story into its script, then adds its shots and queues their pictures."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from uuid import UUID

from uuid_utils.compat import uuid7

from db.queries import shots, stories
from db.queries.shots import NewShot
from db.queries.takes import NewTake
from db.queries.work import ClaimedWork
from db.rows import NewEvent
from db.session import Writes
from domain import MAX_SHOTS_PER_STORY, EventType, StoryRequest, TextFormat, built_from
from errors import BadScriptError
from orchestration.films.pace import wished_seconds
from orchestration.providers.line_up import LineUp, find_service
from orchestration.providers.ports import Begun, Call, Script, ScriptRequest
from orchestration.recipes.next_steps import begin_pictures
from orchestration.work.landing import Claim, Made
from orchestration.work.making import Kept, Making
from orchestration.work.production import Production, seed_of
from orchestration.work.run import Recipe
from text.formats.reading import read_text

_MOVED = NewEvent(EventType.STORY_STATUS_CHANGED)


class ScriptRecipe(Recipe[StoryRequest, Script, Script]):
    """A script is stored as its shots."""

    def __init__(self, line_up: LineUp) -> None:
        self._line_up = line_up

    async def begin(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> tuple[dict[UUID, StoryRequest], list[NewEvent]]:
        """Mark the scripts as being written."""
        inputs = await stories.begin_scripts(session, [one.id for one in works])
        is_first = any(one.attempt + one.interruptions == 0 for one in works)
        return inputs, [_MOVED] if is_first else []

    @contextmanager
    def making(
        self, production: Production, claim: Claim[StoryRequest], /
    ) -> Generator[Making[Script, Script]]:
        """One call, or several for a long story."""
        known = production.line_up
        writer = find_service(known.scripts, claim.work.provider) or known.script

        async def begin(call: Call) -> Begun[Script]:
            return await writer.begin(await in_words(claim.inputs), call)

        yield Making(
            provider=writer,
            begin=begin,
            store=_check,
            what="script",
            again="write it again",
            reports_answers=True,
        )

    def idempotency_key(self, claim: Claim[StoryRequest], /) -> str:
        """Different for each attempt: under the same key a bad script would be returned again."""
        return claim.work.idempotency_key or f"{claim.work.id}:{claim.work.attempt}"

    async def show(
        self, session: Writes, story_id: UUID, made: Sequence[Made[Script]], /
    ) -> list[NewEvent]:
        """Add the shots, and queue their pictures."""
        for script in (one.stored for one in made):
            language = script.language or await stories.get_language(session, story_id)
            await stories.complete_script(session, story_id, script)
            takes = await add_shots(
                session, story_id, script, provider=self._line_up.image.name, language=language
            )
            await begin_pictures(session, story_id, takes)
        return [NewEvent(EventType.SHOTS_ADDED), _MOVED]

    async def show_failed(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> list[NewEvent]:
        """Store the failures."""
        await stories.fail_scripts(session, [one.id for one in works])
        return [_MOVED]


async def in_words(story: StoryRequest) -> ScriptRequest:
    """The request for the story's script, with the words of its text.

    A long text takes a second of CPU, in a thread.
    """
    text_format = story.text_format or TextFormat.PLAIN
    found = await asyncio.to_thread(read_text, story.content, text_format)
    return built_from(
        story,
        ScriptRequest,
        content=found.words or story.content,
        title=story.title or found.title or None,
        passages=found.passages,
    )


async def _check(script: Script) -> Kept[Script]:
    """The script, which is stored as its rows.

    Raises:
        BadScriptError: It has no shots.
    """
    if not script.shots:
        raise BadScriptError(
            "The script has no shots. Try again, or write a longer story.", code="SCRIPT_EMPTY"
        )
    return Kept(stored=script, model=script.model)


async def add_shots(
    session: Writes, story_id: UUID, script: Script, *, provider: str, language: str
) -> list[NewTake]:
    """Insert the script's shots; returns a first take for each, in order."""
    new_shots = [
        NewShot(
            id=uuid7(),
            position=position,
            title=shot.title,
            prompt=shot.prompt,
            narration=shot.narration,
            transition=shot.transition,
            duration_seconds=wished_seconds(shot.duration_seconds, shot.narration, language),
            duration_is_wished=shot.duration_seconds is not None,
        )
        for position, shot in enumerate(script.shots[:MAX_SHOTS_PER_STORY], start=1)
    ]
    await shots.add_shots(session, story_id, new_shots)
    return [_first_take(shot, uuid7(), provider=provider) for shot in new_shots]


def _first_take(shot: NewShot, take_id: UUID, *, provider: str) -> NewTake:
    return NewTake(
        id=take_id,
        shot_id=shot.id,
        number=1,
        prompt=shot.prompt,
        seed=seed_of(take_id),
        provider=provider,
    )
