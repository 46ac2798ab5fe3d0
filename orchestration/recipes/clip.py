"""Animates the picture of a shot.

A failed clip blocks nothing: the film shows the picture instead, and the clip's row has the reason.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from db.queries import clips
from db.queries.clips import ClipInputs, StoredClip
from db.queries.work import ClaimedWork
from db.rows import NewEvent
from db.session import Writes
from domain import NOBODY
from errors import NotFoundError, StepError
from orchestration.disk import full_disk_noticed
from orchestration.media.composing.clips import make_first_frame, probe_clip
from orchestration.media.store import digest_file, store_key
from orchestration.providers.line_up import LineUp, find_service
from orchestration.providers.ports import Begun, Call, ClipProvider, ClipRequest
from orchestration.recipes.next_steps import begin_wished_film, tell_shots
from orchestration.scratch import scratch_folder
from orchestration.work.errors import MediaMissingError, ProviderChangedError
from orchestration.work.landing import Claim, Made
from orchestration.work.making import Kept, Making
from orchestration.work.production import Production
from orchestration.work.progress import ProgressPlace
from orchestration.work.run import Recipe


class ClipRecipe(Recipe[ClipInputs, Path, StoredClip]):
    """The result is the file that plays for a take.

    The file that it replaces stays until the story is deleted: a film may be using it.
    """

    needs_scratch = True

    def __init__(self, line_up: LineUp) -> None:
        self._line_up = line_up

    async def begin(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> tuple[dict[UUID, ClipInputs], list[NewEvent]]:
        """Mark the clips as being made."""
        inputs = await clips.begin_clips(session, [one.id for one in works])
        return inputs, await tell_shots(session, [one.shot_id for one in inputs.values()])

    @contextmanager
    def making(
        self, production: Production, claim: Claim[ClipInputs], /
    ) -> Generator[Making[Path, StoredClip]]:
        """A job."""
        provider = _provider(production, claim.work.provider)
        with scratch_folder() as folder:
            file = folder / "clip.mp4"

            async def begin(call: Call) -> Begun[Path]:
                with full_disk_noticed(folder):
                    request = await _request(production, claim.inputs, folder)
                return await provider.begin(request, call)

            async def fetch(url: str) -> Path:
                await provider.fetch(url, file)
                return file

            yield Making(
                provider=provider,
                begin=begin,
                fetch=fetch,
                store=partial(_store, production, claim.work, model=provider.model),
                what="clip",
                again="make it again",
            )

    def progress_place(self, claim: Claim[ClipInputs], /) -> ProgressPlace | None:
        """The clip; subscribers of its shot are notified."""
        return ProgressPlace(claim.work.subject_id, f"shot {claim.inputs.shot_id}")

    async def show(
        self, session: Writes, story_id: UUID, made: Sequence[Made[StoredClip]], /
    ) -> list[NewEvent]:
        """Show the clips, and begin the film that waited for them."""
        for one in made:
            await clips.complete_clip(session, one.work.subject_id, one.stored)
        return await self._tell(session, story_id, [one.work for one in made])

    async def show_failed(
        self, session: Writes, story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> list[NewEvent]:
        """Store the failures, and begin the film that waited for the clips anyway."""
        await clips.fail_clips(session, [one.id for one in works])
        return await self._tell(session, story_id, works)

    async def _tell(
        self, session: Writes, story_id: UUID, works: Sequence[ClaimedWork]
    ) -> list[NewEvent]:
        clip_ids = [one.subject_id for one in works]
        moved = await tell_shots(session, await clips.list_shots_of_clips(session, clip_ids))
        provider = self._line_up.video_name
        return moved + await begin_wished_film(session, story_id, provider=provider)


def _provider(production: Production, name: str) -> ClipProvider:
    if name == NOBODY:
        raise StepError(
            "No clip provider is configured, so the film shows the picture. Set "
            "AI_STORY_CLIP_PROVIDER, then make the clip again.",
            code="CLIPS_NOT_CONFIGURED",
        )
    provider = find_service(production.line_up.clips, name)
    if provider is None:
        raise ProviderChangedError("clip", name)
    return provider


async def _request(production: Production, inputs: ClipInputs, folder: Path) -> ClipRequest:
    """The picture in the film's shape and size, so that a clip begins with what the film shows."""
    size = inputs.aspect_ratio.size
    picture = folder / "picture"  # ffmpeg would trust a suffix
    try:
        await production.store.fetch_to_file(inputs.image_key, picture)
    except NotFoundError:
        raise MediaMissingError("this shot") from None
    frame = await make_first_frame(picture, folder / "frame.jpg", size=size)
    return ClipRequest(
        image=frame,
        media_type="image/jpeg",
        prompt=inputs.prompt,
        duration_seconds=inputs.duration_seconds,
        width=size.width,
        height=size.height,
        seed=inputs.seed,
    )


async def _store(
    production: Production, work: ClaimedWork, file: Path, *, model: str | None
) -> Kept[StoredClip]:
    facts = await probe_clip(file)
    key = store_key(str(work.story_id), work.stores[-1], ".mp4")
    await production.store.put_file(key, file)
    clip = StoredClip(
        media_key=key,
        digest=await digest_file(file),
        size_bytes=file.stat().st_size,  # noqa: ASYNC240 - a file of ours, just written
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
        model=model,
    )
    seconds = max(1, round(facts.duration_seconds))
    return Kept(stored=clip, model=model, units=seconds, keys=(key,))
