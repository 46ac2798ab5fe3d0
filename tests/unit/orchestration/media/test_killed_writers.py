"""A process that is killed while it stores a film leaves no part of it for ever."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from orchestration.media.store import MediaStore, new_key
from orchestration.media.variants import variant_key
from tests.processes import DEADLINE_S, PROJECT

STORY_ID = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"
OTHER_STORY_ID = "7a9e1c40-2b6d-4f03-8c5a-d1e2f3a4b5c6"
FILM_BYTES = 4 * 2**30
"""A sparse file, and more than is written before the kill."""
WRITER = """
import asyncio, sys
from pathlib import Path
from orchestration.media.store import MediaStore
folder, key, film = sys.argv[1:]
asyncio.run(MediaStore.open(folder).put_file(key, Path(film)))
"""


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def kill_writer(folder: Path, key: str, film: Path) -> None:
    """Store the film in another process, which is killed in the middle of it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(folder), key, str(film)), cwd=PROJECT
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not files_in(folder):
                await asyncio.sleep(0.01)
    finally:
        process.kill()
    assert await process.wait() < 0


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.touch()
    os.truncate(path, FILM_BYTES)
    return path


async def test_its_part_goes_with_the_name_and_no_other(tmp_path: Path, film: Path) -> None:
    folder, key = tmp_path / "media", new_key(STORY_ID, ".mp4")
    await kill_writer(folder, key, film)
    store = MediaStore.open(str(folder))
    other = new_key(STORY_ID, ".mp4")
    await store.put_bytes(other, b"a film")

    before = len(files_in(folder))
    await store.delete([key])

    assert before == 2
    assert files_in(folder) == [folder / other]


async def test_the_part_of_a_variant_goes_with_its_picture(tmp_path: Path, film: Path) -> None:
    folder, picture = tmp_path / "media", new_key(STORY_ID, ".jpg")
    await kill_writer(folder, variant_key(picture, width=320, media_type="image/webp"), film)
    store = MediaStore.open(str(folder))
    await store.put_bytes(picture, b"a picture")

    await store.delete([picture])

    assert files_in(folder) == []


async def test_its_part_goes_with_the_story(tmp_path: Path, film: Path) -> None:
    folder, of_other = tmp_path / "media", new_key(OTHER_STORY_ID, ".mp4")
    await kill_writer(folder, new_key(STORY_ID, ".mp4"), film)
    store = MediaStore.open(str(folder))
    await store.put_bytes(of_other, b"a film")

    await store.delete_story(STORY_ID)
    await store.delete_story(STORY_ID)

    assert files_in(folder) == [folder / of_other]
