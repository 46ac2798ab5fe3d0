"""Disks without room, as the command line meets them: nothing that was made is lost."""

import asyncio
from pathlib import Path

from tests.databases import make_reachable_folder
from tests.disks import own_disk
from tests.program import run_program


async def test_a_film_without_room_at_its_destination_is_kept(home: Path, tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text("A fox learns to sing.", encoding="utf-8")
    with own_disk(tmp_path / "disk", size_kib=64) as disk:
        film = disk.folder / "film.mp4"

        ended = await run_program("film", str(story), "-o", str(film), "--shots", "1", home=home)

        assert not film.exists()
    assert ended.code == 1
    assert "No space left on device. It is kept" in ended.errors
    assert "Traceback" not in ended.errors
    assert list(home.glob("media/stories/*/*.mp4")) != []


async def test_a_home_without_room_for_a_database_ends_the_start_with_a_sentence() -> None:
    folder = make_reachable_folder()
    with own_disk(folder, size_kib=8 * 1024) as disk:
        ended = await run_program("migrate", home=disk.folder)
    await asyncio.to_thread(folder.rmdir)

    assert ended.code == 2
    assert "No space left on device" in ended.errors
    assert "Traceback" not in ended.errors
