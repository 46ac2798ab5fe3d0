"""What commands import: one that needs the database alone starts in half of the server's time."""

import subprocess
import sys

import pytest

from tests.program import PROJECT

HEAVY = ("aiohttp", "alembic", "graphql", "numpy", "pgqueuer")


@pytest.mark.parametrize("command", ["keys", "media", "migrate"])
def test_a_command_that_needs_stores_alone_imports_no_backend(command: str) -> None:
    code = f"import sys, cli.app, cli.{command}; print([m for m in {HEAVY} if m in sys.modules])"

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert ended.stdout.strip() == "[]", ended.stderr
