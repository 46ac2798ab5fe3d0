"""Makes a story's film: by our own composition, or by a video service."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from db.queries import videos
from db.queries.videos import StoredFilm
from db.queries.work import ClaimedWork
from db.rows import NewEvent
from db.session import Writes
from domain import EventType, ServiceKind
from orchestration.films.composition import compose_film
from orchestration.films.parts import FilmInputs, FinishedFilm
from orchestration.films.request import film_request
from orchestration.media.probe import make_thumbnail, probe_film
from orchestration.media.store import digest_file, store_key
from orchestration.providers.line_up import find_service
from orchestration.providers.ports import Begun, Call, Ready, VideoProvider
from orchestration.scratch import scratch_folder
from orchestration.work.errors import ProviderChangedError
from orchestration.work.landing import Claim, Made
from orchestration.work.making import Kept, Making
from orchestration.work.production import Production
from orchestration.work.progress import ProgressPlace
from orchestration.work.run import Recipe


class FilmRecipe(Recipe[FilmInputs, FinishedFilm, StoredFilm]):
    """The result is the file that plays for a story; the previous one plays until it is shown."""

    needs_scratch = True

    async def begin(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> tuple[dict[UUID, FilmInputs], list[NewEvent]]:
        """Mark the films as being rendered."""
        begun = await videos.begin_videos(session, [one.id for one in works])
        return {id_: FilmInputs(burn) for id_, burn in begun.items()}, _moved(works)

    @contextmanager
    def making(
        self, production: Production, claim: Claim[FilmInputs], /
    ) -> Generator[Making[FinishedFilm, StoredFilm]]:
        """Here, in one long call, or in a job."""
        name = claim.work.provider
        provider = find_service(production.line_up.videos, name)
        if provider is None and name not in production.line_up.names(ServiceKind.VIDEO):
            raise ProviderChangedError("film", name)
        model = None if provider is None else provider.model
        with scratch_folder() as folder:
            yield Making(
                provider=provider,
                begin=partial(_begin, production, provider, claim, folder),
                fetch=partial(_fetch, provider, folder / "film.mp4"),
                store=partial(_store, production, claim.work, model=model),
                what="film",
                again="render it again",
            )

    def progress_place(self, claim: Claim[FilmInputs], /) -> ProgressPlace | None:
        """The video."""
        video_id = claim.work.subject_id
        return ProgressPlace(video_id, f"video {video_id}")

    async def show(
        self, session: Writes, _story_id: UUID, made: Sequence[Made[StoredFilm]], /
    ) -> list[NewEvent]:
        """Show the film."""
        for one in made:
            await videos.complete_video(session, one.work.subject_id, one.stored)
        return _moved([one.work for one in made])

    async def show_failed(
        self, session: Writes, _story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> list[NewEvent]:
        """Store the failures."""
        await videos.fail_videos(session, [one.id for one in works])
        return _moved(works)


def _moved(works: Sequence[ClaimedWork]) -> list[NewEvent]:
    return [NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=one.subject_id) for one in works]


async def _begin(
    production: Production,
    provider: VideoProvider | None,
    claim: Claim[FilmInputs],
    folder: Path,
    call: Call,
) -> Begun[FinishedFilm]:
    if provider is None:
        return Ready(await compose_film(production, claim, folder, report=call.report))
    request = await film_request(production, claim.work.story_id)
    begun = await provider.begin(request, call)
    return Ready(await _look_at(begun.product)) if isinstance(begun, Ready) else begun


async def _fetch(provider: VideoProvider | None, film: Path, url: str) -> FinishedFilm:
    if provider is None:
        raise TypeError("a film that is composed locally has no URL")
    await provider.fetch(url, film)
    return await _look_at(film)


async def _look_at(film: Path) -> FinishedFilm:
    """A film made by a service, with a thumbnail."""
    facts = await probe_film(film)
    thumbnail = film.with_suffix(".jpg")
    await make_thumbnail(film, thumbnail)
    return FinishedFilm(
        path=film,
        thumbnail=thumbnail,
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
    )


async def _store(
    production: Production, work: ClaimedWork, film: FinishedFilm, *, model: str | None
) -> Kept[StoredFilm]:
    files = {".mp4": film.path, ".jpg": film.thumbnail, ".srt": film.subtitles}
    keys: dict[str, str] = {}
    for suffix, file in files.items():
        if file is not None:
            keys[suffix] = store_key(str(work.story_id), work.stores[-1], suffix)
            await production.store.put_file(keys[suffix], file)
    async with production.database.reading() as session:
        before = await videos.list_media_keys(session, work.subject_id)
    stored = StoredFilm(
        media_key=keys[".mp4"],
        thumbnail_key=keys.get(".jpg"),
        subtitles_key=keys.get(".srt"),
        digest=await digest_file(film.path),
        size_bytes=film.path.stat().st_size,
        duration_seconds=film.duration_seconds,
        width=film.width,
        height=film.height,
        warnings=film.warnings,
    )
    own = tuple(keys.values())
    replaced = tuple(key for key in before if key not in own)
    return Kept(stored=stored, model=model, keys=own, replaced=replaced)
