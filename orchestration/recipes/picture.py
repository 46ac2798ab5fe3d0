"""Draws one take of a shot. Every shot has its own outcome."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from db.queries import takes
from db.queries.takes import PictureInputs, StoredPicture
from db.queries.work import ClaimedWork
from db.rows import NewEvent
from db.session import Writes
from domain import EventType, built_from
from orchestration.media.store import digest, store_key, suffix_of
from orchestration.providers.line_up import LineUp, find_service
from orchestration.providers.ports import Image, ImageRequest
from orchestration.recipes.next_steps import begin_clips, begin_wished_film
from orchestration.work.errors import ProviderChangedError
from orchestration.work.landing import Claim, Made
from orchestration.work.making import Kept, Making
from orchestration.work.production import Production
from orchestration.work.progress import ProgressPlace
from orchestration.work.run import Recipe


class PictureRecipe(Recipe[PictureInputs, Image, StoredPicture]):
    """The result is the file of a take, which its shot shows."""

    def __init__(self, line_up: LineUp) -> None:
        self._line_up = line_up

    async def begin(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> tuple[dict[UUID, PictureInputs], list[NewEvent]]:
        """Mark the takes as being drawn."""
        inputs = await takes.begin_takes(session, [one.id for one in works])
        return inputs, _moved([one.shot_id for one in inputs.values()])

    @contextmanager
    def making(
        self, production: Production, claim: Claim[PictureInputs], /
    ) -> Generator[Making[Image, StoredPicture]]:
        """One call, or a job."""
        name = claim.work.provider
        painters = *production.line_up.images, production.studio_image  # of development data
        painter = find_service(painters, name)
        if painter is None:
            raise ProviderChangedError("picture", name)
        yield Making(
            provider=painter,
            begin=partial(painter.begin, _request(claim.inputs)),
            fetch=lambda url: painter.fetch(url, claim.inputs.style),
            store=partial(store_picture, production, claim.work),
            what="picture",
            again="draw it again",
        )

    def progress_place(self, claim: Claim[PictureInputs], /) -> ProgressPlace | None:
        """The shot."""
        shot_id = claim.inputs.shot_id
        return ProgressPlace(shot_id, f"shot {shot_id}")

    async def show(
        self, session: Writes, story_id: UUID, made: Sequence[Made[StoredPicture]], /
    ) -> list[NewEvent]:
        """Show the pictures, and begin the clips and the film that waited for them."""
        shot_ids = await takes.complete_takes(session, [one.stored for one in made])
        return [*_moved(shot_ids), *await self.begin_next(session, story_id, shot_ids)]

    async def begin_next(
        self, session: Writes, story_id: UUID, shot_ids: Sequence[UUID]
    ) -> list[NewEvent]:
        """Begin what waited for the shots' pictures."""
        names = self._line_up
        moved = await begin_clips(session, story_id, shot_ids, provider=names.clip_name)
        return moved + await begin_wished_film(session, story_id, provider=names.video_name)

    async def show_failed(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> list[NewEvent]:
        """Store the failures."""
        return _moved(await takes.fail_takes(session, [one.id for one in works]))


def _moved(shot_ids: Sequence[UUID]) -> list[NewEvent]:
    return [NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=id_) for id_ in shot_ids]


def _request(inputs: PictureInputs) -> ImageRequest:
    size = inputs.aspect_ratio.size
    return built_from(inputs, ImageRequest, width=size.width, height=size.height)


async def store_picture(
    production: Production, work: ClaimedWork, image: Image
) -> Kept[StoredPicture]:
    """Store the bytes.

    Raises:
        ProviderUnavailableError: The media store refuses them.
        DiskFullError: It is full.
    """
    key = store_key(str(work.story_id), work.stores[-1], suffix_of(image.media_type))
    await production.store.put_bytes(key, image.content)
    picture = StoredPicture(
        id=work.subject_id,
        media_key=key,
        digest=await asyncio.to_thread(digest, image.content),
        size_bytes=len(image.content),
        width=image.width,
        height=image.height,
        model=image.model,
    )
    return Kept(stored=picture, model=image.model, keys=(key,))
