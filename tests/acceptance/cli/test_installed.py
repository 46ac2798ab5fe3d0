"""The project as an installed wheel: its command works anywhere, and other projects see nothing."""

import asyncio
import site
import sys
import venv
from pathlib import Path

from tests.program import PROJECT, environment

DEADLINE_S = 120


async def run(*command: str | Path, folder: Path, home: Path) -> tuple[int | None, str]:
    """The exit code, and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment(home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_S):
        printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def test_an_installed_program_makes_a_film_and_adds_one_name_to_its_environment(
    home: Path, tmp_path: Path
) -> None:
    place, folder = tmp_path / "place", tmp_path / "folder"
    folder.mkdir()
    await asyncio.to_thread(venv.create, place, with_pip=True)
    (packages,) = place.glob("lib/python*/site-packages")
    before = {path.name for path in packages.iterdir()}
    # What it depends on, and what builds it, is at hand: nothing is fetched.
    ours = [path for path in sys.path if path.endswith("site-packages")] + site.getsitepackages()
    (packages / "ours.pth").write_text("\n".join(ours), encoding="utf-8")
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", PROJECT)

    code, printed = await run(place / "bin" / "python", *install, folder=folder, home=home)
    assert code == 0, printed
    added = {path.name for path in packages.iterdir()} - before - {"ours.pth"}
    assert {name.partition("-")[0] for name in added} == {"ai_story"}

    program = place / "bin" / "ai-story"
    code, printed = await run(program, "--help", folder=folder, home=home)
    assert code == 0
    assert printed.startswith("Usage: ai-story ")

    story = folder / "story.txt"
    story.write_text("A fox learns to sing.", encoding="utf-8")
    wish = ("film", story.name, "-o", "fox.mp4", "--shots", "1")
    code, printed = await run(program, *wish, folder=folder, home=home)
    assert code == 0, printed
    assert (folder / "fox.mp4").stat().st_size > 100_000
