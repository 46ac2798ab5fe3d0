"""Loads what many fields of one operation ask for in one statement each.

Loaders cache, so they live for one operation or one event: kept longer, they serve stale rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from db.queries import shots, stories, takes, videos
from db.rows import ShotCounts, ShotRow, StoryRow, TakeRow, VideoRow
from db.session import Database

T = TypeVar("T")


class Loaders:
    """One operation's dataloaders."""

    def __init__(self, database: Database) -> None:
        """Nothing is read until a field asks."""
        self._database = database
        self.story: DataLoader[UUID, StoryRow | None] = DataLoader(self._stories)
        self.content: DataLoader[UUID, str] = DataLoader(self._contents)
        self.shots: DataLoader[UUID, list[ShotRow]] = DataLoader(self._shots)
        self.shot_counts: DataLoader[UUID, ShotCounts] = DataLoader(self._shot_counts)
        self.first_picture: DataLoader[UUID, str | None] = DataLoader(self._first_pictures)
        self.takes: DataLoader[UUID, list[TakeRow]] = DataLoader(self._takes)
        self.take: DataLoader[UUID, TakeRow | None] = DataLoader(self._takes_by_id)
        self.video: DataLoader[UUID, VideoRow | None] = DataLoader(self._videos)

    def forget(self) -> None:
        """Read everything anew from here on: the next event begins."""
        self.story.clear_all()
        self.content.clear_all()
        self.shots.clear_all()
        self.shot_counts.clear_all()
        self.first_picture.clear_all()
        self.takes.clear_all()
        self.take.clear_all()
        self.video.clear_all()

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

    async def _shot_counts(self, story_ids: list[UUID]) -> list[ShotCounts]:
        async with self._database.reading() as session:
            found = await stories.count_shots(session, story_ids)
        return [found.get(id_, ShotCounts()) for id_ in story_ids]

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

    async def _videos(self, story_ids: list[UUID]) -> list[VideoRow | None]:
        async with self._database.reading() as session:
            found = await videos.list_videos_by_story(session, story_ids)
        return [found.get(id_) for id_ in story_ids]


def _grouped(pairs: Iterable[tuple[UUID, T]]) -> defaultdict[UUID, list[T]]:
    groups: defaultdict[UUID, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
