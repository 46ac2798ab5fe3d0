"""Batches reads: what many fields of one operation need is loaded in one statement each.

Loaders cache, so they live for one operation or one event: kept longer, they would return stale
rows.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from db.queries import clips, shots, standings, stories, takes, usage, videos
from db.rows import ClipRow, ShotRow, Standing, StoryRow, TakeRow, UsageLine, VideoRow
from db.session import Database
from resolvers.changes import StoryChange

T = TypeVar("T")


class Loaders:
    """One operation's dataloaders, each created on first use."""

    def __init__(self, database: Database) -> None:
        """Nothing is read until a field needs it."""
        self._database = database
        self._held: StoryChange | None = None
        self._others: dict[object, DataLoader[UUID, Any]] = {}

    @cached_property
    def story(self) -> DataLoader[UUID, StoryRow | None]:
        """Stories by id."""
        loader = DataLoader(self._stories)
        if self._held is not None and self._held.story is not None:
            loader.prime(self._held.story_id, self._held.story)
        return loader

    @cached_property
    def content(self) -> DataLoader[UUID, str]:
        """Texts by story."""
        return DataLoader(self._contents)

    @cached_property
    def shots(self) -> DataLoader[UUID, list[ShotRow]]:
        """Shots by story, in their order."""
        return DataLoader(self._shots)

    @cached_property
    def standing(self) -> DataLoader[UUID, Standing]:
        """The standings of shots and film, by story."""
        loader = DataLoader(self._standings)
        if self._held is not None and self._held.story is not None:
            loader.prime(self._held.story_id, self._held.standing)
        return loader

    @cached_property
    def first_picture(self) -> DataLoader[UUID, str | None]:
        """The key of the first available picture, by story."""
        return DataLoader(self._first_pictures)

    @cached_property
    def takes(self) -> DataLoader[UUID, list[TakeRow]]:
        """Takes by shot."""
        return DataLoader(self._takes)

    @cached_property
    def take(self) -> DataLoader[UUID, TakeRow | None]:
        """Takes by id."""
        return DataLoader(self._takes_by_id)

    @cached_property
    def clip(self) -> DataLoader[UUID, ClipRow | None]:
        """Clips by take."""
        return DataLoader(self._clips)

    @cached_property
    def video(self) -> DataLoader[UUID, VideoRow | None]:
        """Videos by story."""
        loader = DataLoader(self._videos)
        if self._held is not None and self._held.tells_video:
            loader.prime(self._held.story_id, self._held.video)
        return loader

    @cached_property
    def usage(self) -> DataLoader[UUID, list[UsageLine]]:
        """The usage, by story."""
        return DataLoader(self._usage)

    @cached_property
    def take_cost(self) -> DataLoader[UUID, float | None]:
        """The cost of a take, by take; None while it is unknown."""
        return DataLoader(self._take_costs)

    def other(
        self, key: object, load: Callable[[list[UUID]], Awaitable[list[Any]]]
    ) -> DataLoader[UUID, Any]:
        """The loader of this key, which lives as long as the others do."""
        found = self._others.get(key)
        if found is None:
            found = self._others[key] = DataLoader(load)
        return found

    def forget(self) -> None:
        """Drop all cached rows."""
        self._held = None
        self._others.clear()
        created = vars(self)
        if not created.keys().isdisjoint(_LOADERS):
            for name in _LOADERS:
                created.pop(name, None)

    def hold(self, change: StoryChange) -> None:
        """Move to the next event: prime its rows; events read together share the other loads."""
        last = self._held
        if last is None or last.story is not change.story:
            self.forget()
        elif change.tells_video:
            vars(self).pop("video", None)
        self._held = change

    async def _stories(self, ids: list[UUID]) -> list[StoryRow | None]:
        async with self._database.reading() as session:
            found = await stories.list_stories_by_id(session, ids)
        return [found.get(id_) for id_ in ids]

    async def _contents(self, story_ids: list[UUID]) -> list[str]:
        async with self._database.reading() as session:
            found = await stories.list_contents(session, story_ids)
        return [found.get(id_, "") for id_ in story_ids]

    async def _shots(self, story_ids: list[UUID]) -> list[list[ShotRow]]:
        async with self._database.reading() as session:
            found = await shots.list_shots(session, story_ids)
        groups = _grouped((shot.story_id, shot) for shot in found)
        return [groups[id_] for id_ in story_ids]

    async def _standings(self, story_ids: list[UUID]) -> list[Standing]:
        async with self._database.reading() as session:
            found = await standings.list_standings(session, story_ids)
        return [found.get(id_, Standing()) for id_ in story_ids]

    async def _first_pictures(self, story_ids: list[UUID]) -> list[str | None]:
        async with self._database.reading() as session:
            found = await shots.list_first_pictures(session, story_ids)
        return [found.get(id_) for id_ in story_ids]

    async def _takes(self, shot_ids: list[UUID]) -> list[list[TakeRow]]:
        async with self._database.reading() as session:
            found = await takes.list_takes(session, shot_ids)
        groups = _grouped((take.shot_id, take) for take in found)
        return [groups[id_] for id_ in shot_ids]

    async def _takes_by_id(self, ids: list[UUID]) -> list[TakeRow | None]:
        async with self._database.reading() as session:
            found = await takes.list_takes_by_id(session, ids)
        return [found.get(id_) for id_ in ids]

    async def _clips(self, take_ids: list[UUID]) -> list[ClipRow | None]:
        async with self._database.reading() as session:
            found = await clips.list_clips(session, take_ids)
        return [found.get(id_) for id_ in take_ids]

    async def _videos(self, story_ids: list[UUID]) -> list[VideoRow | None]:
        async with self._database.reading() as session:
            found = await videos.list_videos_by_story(session, story_ids)
        return [found.get(id_) for id_ in story_ids]

    async def _usage(self, story_ids: list[UUID]) -> list[list[UsageLine]]:
        async with self._database.reading() as session:
            found = await usage.list_usage(session, story_ids)
        groups = _grouped(found)
        return [groups[id_] for id_ in story_ids]

    async def _take_costs(self, take_ids: list[UUID]) -> list[float | None]:
        async with self._database.reading() as session:
            found = await usage.list_take_costs(session, take_ids)
        return [found.get(id_) for id_ in take_ids]


def _grouped(pairs: Iterable[tuple[UUID, T]]) -> defaultdict[UUID, list[T]]:
    groups: defaultdict[UUID, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


_LOADERS = [name for name, made in vars(Loaders).items() if isinstance(made, cached_property)]
