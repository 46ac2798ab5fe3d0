"""Variants of pictures: made once, a few at a time, and never at the price of the picture."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from errors import DiskFullError
from orchestration.media.store import MediaStore, new_key
from orchestration.media.variants import WIDTHS
from orchestration.providers.images.pictures import PictureReader
from orchestration.variants import Variants
from tests.disks import own_disk
from tests.fakes.origin import make_picture
from tests.pools import DECODING

PICTURE = make_picture(1280, 720)
WEBP = "image/webp"


class Counting(PictureReader):
    """Counts the calls: all, at once, and those that a test holds up."""

    def __init__(self) -> None:
        super().__init__(DECODING)
        self.calls = self.running = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def scale(self, content: bytes, *, width: int, media_type: str) -> bytes:
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        await self.gate.wait()
        try:
            return await super().scale(content, width=width, media_type=media_type)
        finally:
            self.running -= 1


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore.open(str(tmp_path / "media"))


@pytest.fixture
async def picture(store: MediaStore) -> str:
    key = new_key(str(uuid4()), ".png")
    await store.put_bytes(key, PICTURE)
    return key


async def test_each_is_made_once_and_two_at_a_time(store: MediaStore, picture: str) -> None:
    decoder = Counting()
    variants = Variants(store, decoder)

    async def find_all() -> list[bool]:
        found = await asyncio.gather(
            *(
                variants.find(picture, width=width, media_type=WEBP)
                for width in WIDTHS
                for _ in range(5)
            )
        )
        return [one is not None for one in found]

    assert all(await find_all())
    assert (decoder.calls, decoder.most) == (len(WIDTHS), 2)
    assert all(await find_all())
    assert decoder.calls == len(WIDTHS)


async def test_a_request_does_not_wait_for_ever_and_the_next_finds_it(
    store: MediaStore, picture: str
) -> None:
    decoder = Counting()
    decoder.gate.clear()
    variants = Variants(store, decoder, patience_s=0.01)

    hasty = [await variants.find(picture, width=320, media_type=WEBP) for _ in range(2)]
    decoder.gate.set()
    async with asyncio.timeout(30):
        while await variants.find(picture, width=320, media_type=WEBP) is None:
            pass

    assert hasty == [None, None]
    assert decoder.calls == 1


async def test_who_leaves_takes_it_from_nobody(store: MediaStore, picture: str) -> None:
    decoder = Counting()
    decoder.gate.clear()
    variants = Variants(store, decoder)
    leaving, staying = (
        asyncio.create_task(variants.find(picture, width=320, media_type=WEBP)) for _ in range(2)
    )
    while not decoder.calls:
        await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.wait([leaving])
    decoder.gate.set()

    assert await staying is not None
    assert decoder.calls == 1


async def test_a_failure_is_remembered_for_a_while(store: MediaStore) -> None:
    decoder, now = Counting(), 100.0
    variants = Variants(store, decoder, again_after_s=60, clock=lambda: now)
    picture = new_key(str(uuid4()), ".png")
    await store.put_bytes(picture, PICTURE[:100])

    found = [await variants.find(picture, width=320, media_type=WEBP) for _ in range(5)]
    calls = decoder.calls
    now += 61
    await store.put_bytes(picture, PICTURE)

    assert (found, calls) == ([None] * 5, 1)
    assert await variants.find(picture, width=320, media_type=WEBP) is not None


async def test_without_its_picture_there_is_none(store: MediaStore, picture: str) -> None:
    decoder = Counting()
    decoder.gate.clear()
    variants = Variants(store, decoder)
    missing = await variants.find(new_key(str(uuid4()), ".png"), width=320, media_type=WEBP)
    finding = asyncio.create_task(variants.find(picture, width=320, media_type=WEBP))
    while not decoder.calls:
        await asyncio.sleep(0)

    await store.delete([picture])
    decoder.gate.set()

    assert (missing, await finding) == (None, None)
    assert await store.list_story_ids() == []


async def test_on_a_full_disk_there_is_none_until_there_is_room(tmp_path: Path) -> None:
    with own_disk(tmp_path / "media", size_kib=4_096) as disk:
        store = MediaStore.open(str(disk.folder))
        variants = Variants(store, PictureReader(DECODING), again_after_s=0)
        picture = new_key(str(uuid4()), ".png")
        await store.put_bytes(picture, PICTURE)
        async with disk.filled():
            with pytest.raises(DiskFullError):
                await store.put_bytes(new_key(str(uuid4()), ".png"), PICTURE)
            without_room = await variants.find(picture, width=320, media_type=WEBP)

        with_room = await variants.find(picture, width=320, media_type=WEBP)

    assert without_room is None
    assert with_room is not None
