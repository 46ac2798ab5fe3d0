"""docs/graphql.md is correct: every block runs, in order, against a real server.

The expected output of a block follows "->" in it.
"""

import asyncio
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.node import CLIENTS, needs_node
from tests.program import PROJECT, SMALL_FILMS, Program, environment

DEADLINE_S = 300
GUIDE = PROJECT / "docs" / "graphql.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_EXPECTED = re.compile(r"(?:#|//) -> (.+)$", re.MULTILINE)
_ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code."""

    language: str
    code: str

    @property
    def expected(self) -> list[str]:
        """What it must print."""
        return _EXPECTED.findall(self.code)


def read_blocks(text: str) -> list[Block]:
    """All blocks; a fence that this does not understand would hide one, and fails."""
    blocks = [Block(*found) for found in _BLOCK.findall(text)]
    assert len(_FENCE.findall(text)) == 2 * len(blocks)
    return blocks


class Reader:
    """Runs every block, one after the other, in a separate folder."""

    def __init__(self, folder: Path, url: str, surroundings: Mapping[str, str]) -> None:
        self._folder, self._url, self._surroundings = folder, url, surroundings
        (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
        (folder / "variables").touch()

    async def type(self, block: Block) -> str:
        """Run the block; what it printed."""
        code = block.code.replace(_ADDRESS, self._url)
        code = code.replace(".venv/bin/python main.py", f"{sys.executable} {PROJECT}/main.py")
        match block.language:
            case "sh":
                script = f"set -eua -o pipefail\n. ./variables\n{code}\nexport -p > variables\n"
            case "python":
                (self._folder / "block.py").write_text(code)
                script = f". ./variables\n{sys.executable} block.py\n"
            case "js":
                (self._folder / "block.mjs").write_text(code)
                script = ". ./variables\nnode block.mjs\n"
            case other:
                raise AssertionError(f"who runs a block of {other or 'nothing'}?")
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", script),
            cwd=self._folder,
            env=dict(self._surroundings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                output = (await process.communicate())[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, f"{code}\n{output}"
        return output


@needs_node
@pytest.mark.parametrize(
    ("part", "settings"),
    [(0, SMALL_FILMS), (1, {"AI_STORY_AUTH": "keys"})],
    ids=["the journey", "credentials"],
)
async def test_every_block_of_the_guide_does_what_it_says(
    home: Path, tmp_path: Path, part: int, settings: dict[str, str]
) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    journey, heading, credentials = text.partition("## Credentials")
    blocks = read_blocks((journey, credentials)[part])
    server = await (
        await Program.start("serve", "--port", "0", home=home, settings=settings)
    ).ready()
    reader = Reader(tmp_path, server.url, environment(home, {"API": f"{server.url}/graphql"}))

    for block in blocks:
        output = await reader.type(block)

        for expected in block.expected:
            assert expected in output, f"{block.code}\n{output}"

    await server.stopped()
    assert heading
    assert len([block for block in blocks if block.expected]) >= len(blocks) - 1
