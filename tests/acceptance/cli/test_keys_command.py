"""API keys as an operator uses them: real commands beside a real server, and what its log says."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from tests.owners import bearing
from tests.program import Program, run_program

KEYS = {"AI_STORY_AUTH": "keys", "AI_STORY_LOG_FORMAT": "json", "AI_STORY_LOG_LEVEL": "debug"}
DEADLINE_S = 60


async def test_a_key_is_made_used_and_revoked_while_the_server_runs(home: Path) -> None:
    program = await Program.start(
        "serve", "--host", "0.0.0.0", "--port", "0", home=home, settings=KEYS
    )
    await program.ready()
    made = await run_program(
        "keys", "create", "phone", "--owner", "alice", home=home, settings=KEYS
    )
    twice = await run_program("keys", "create", "phone", "--owner", "bob", home=home, settings=KEYS)
    key = made.output.strip()

    async with httpx.AsyncClient(base_url=program.url, headers=bearing(key)) as client:
        created = await client.post("/api/story/create", json={"content": "A fox sings."})
        listed = await run_program("keys", "list", home=home, settings=KEYS)
        revoked = await run_program("keys", "revoke", "phone", home=home, settings=KEYS)
        async with asyncio.timeout(DEADLINE_S):
            while (await client.get("/api/story/all")).status_code == 200:
                await asyncio.sleep(0.05)
        refused = await client.get("/api/story/all")
    again = await run_program("keys", "revoke", "phone", home=home, settings=KEYS)
    ended = await program.stopped(signal.SIGTERM)

    assert (made.code, key.startswith("aistory_"), len(key)) == (0, True, 51)
    assert "write" in made.errors
    assert "alice" in made.errors
    assert (twice.code, twice.errors) == (
        2, "The key phone already exists. Revoke it, or choose another name.\n",
    )  # fmt: skip
    assert created.status_code == 200
    assert all(word in listed.output for word in ("phone", "alice", "write", "yes"))
    assert key not in listed.output
    assert (revoked.code, again.code) == (0, 2)
    assert refused.status_code == 401
    assert ended.code == 0
    assert '"viewer":"alice"' in ended.output + ended.errors
    assert key.removeprefix("aistory_") not in ended.output + ended.errors


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"AI_STORY_AUTH": "jwt"}, "AI_STORY_AUTH=jwt also requires AI_STORY_JWT_KEYS."),
        (
            {"AI_STORY_AUTH": "jwt", "AI_STORY_JWT_KEYS": "keys.json", "AI_STORY_JWT_ISSUER": "x"},
            "AI_STORY_AUTH=jwt also requires AI_STORY_JWT_AUDIENCE.",
        ),
        ({"AI_STORY_AUTH": "yes"}, "AI_STORY_AUTH is invalid"),
        ({"AI_STORY_MEDIA_LINK_S": "5"}, "AI_STORY_MEDIA_LINK_S is invalid"),
    ],
)
async def test_a_server_whose_credentials_are_half_told_does_not_start(
    home: Path, settings: dict[str, str], sentence: str
) -> None:
    ended = await run_program("serve", "--port", "0", home=home, settings=settings)

    assert ended.code == 2
    assert ended.errors.startswith(sentence)
    assert "Traceback" not in ended.errors
