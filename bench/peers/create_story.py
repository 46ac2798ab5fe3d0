"""createStory beside a Go service that inserts the same rows in one transaction.

python -m bench.peers.create_story [--seconds 8] [--rounds 3]

Ours takes a GraphQL mutation, the other, gin and pgx, a POST with the same text. Both write to one
PostgreSQL, in turns, on 8 connections; no worker takes the jobs. First it is checked that they
write the same rows and notify the same channels, afterwards that there is a story for every answer.
Our server hears of the other's stories too, as it would of those of another process of ours.
Without Go or npm nothing is measured.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from bench.create_story import CREATE, SENTENCE
from bench.parts import home_folder
from bench.peers.loads import Operation, Options, ask, compare, graphql, print_figures
from bench.peers.servers import GIN, Scene, Server, build_gin, install, scene
from db.connections import Connection
from db.queries.events import DOORBELL_CHANNEL

CONNECTIONS = 8
CONTENT = (SENTENCE * 20).strip()
_JOBS_CHANNEL = "ch_pgqueuer"
_DEADLINE_S = 5.0
_ROWS = """
    WITH made AS (SELECT * FROM story WHERE id = $1),
    begun AS (SELECT * FROM work WHERE story_id = $1),
    job AS (SELECT * FROM pgqueuer WHERE dedupe_key IN (SELECT id::text FROM begun)),
    told (name, line) AS (
        SELECT 'story', to_jsonb(made) FROM made
        UNION ALL SELECT 'work', to_jsonb(begun) || jsonb_build_object(
            'is_for_story', subject_id = story_id) FROM begun
        UNION ALL SELECT 'event', to_jsonb(event) FROM event WHERE story_id = $1
        UNION ALL SELECT 'job', to_jsonb(job) - 'payload' || jsonb_build_object(
            'is_for_work', convert_from(payload, 'UTF8')::jsonb = jsonb_build_object(
                'story_id', $1, 'work_id', dedupe_key, 'detail', ''),
            'is_due', execute_after = created) FROM job
        UNION ALL SELECT 'log', to_jsonb(log) FROM pgqueuer_log AS log JOIN job ON job.id = job_id
    )
    SELECT jsonb_agg(jsonb_build_array(name, line - $2::text[]) ORDER BY name)::text FROM told
"""
_OWN = (
    *("id", "story_id", "subject_id", "job_id", "dedupe_key"),
    *("created", "created_at", "updated", "updated_at", "updated_minute"),
    *("heartbeat", "execute_after", "occurred_at"),
)
"""The columns that differ from story to story."""


def creation(server: Server) -> Operation:
    """The request for a story."""
    if server.name == GIN:
        return Operation("/stories", {"content": CONTENT})
    return graphql(CREATE, input={"content": CONTENT})


async def created_id(server: Server) -> str:
    """The ID of a new story."""
    answer = await ask(server, creation(server))
    return answer["id"] if server.name == GIN else answer["data"]["createStory"]["story"]["id"]


async def written(server: Server, connection: Connection) -> tuple[Any, list[str]]:
    """What is the same in all stories: the rows of a new one, and the channels that it notifies."""
    heard: list[str] = []

    def hear(_: object, _process_id: int, channel: str, _payload: object) -> None:
        heard.append(channel)

    channels = DOORBELL_CHANNEL, _JOBS_CHANNEL
    for channel in channels:
        await connection.add_listener(channel, hear)
    story_id = await created_id(server)
    async with asyncio.timeout(_DEADLINE_S):
        while len(heard) < len(channels):
            await asyncio.sleep(0.01)
    for channel in channels:
        await connection.remove_listener(channel, hear)
    rows: Any = await connection.fetchval(_ROWS, story_id, list(_OWN))
    return json.loads(rows), sorted(heard)


async def measure(opened: Scene, options: Options) -> dict[str, float]:
    """The best round of each."""
    connection = opened.connection
    ours, *others = [await written(server, connection) for server in opened.servers]
    for other in others:
        if other != ours:
            raise RuntimeError(f"not the same is written: {ours}, {other}")
    operations = {server.name: [creation(server)] for server in opened.servers}
    compared = await compare(opened, "createStory", operations, options)
    stories: Any = await connection.fetchval("SELECT count(*) FROM story")
    if stories < compared.answered.total():
        raise RuntimeError(f"{compared.answered} answers, but {stories} stories")
    return compared.figures


async def measure_all(*, seconds: int, rounds: int) -> dict[str, float]:
    """Nothing if the peer cannot be had here."""
    async with home_folder() as home:
        folder: Path = home / "peers"
        if not (await install(folder) and await build_gin(folder)):
            return {}
        async with scene((GIN,), folder, home, "--no-worker") as opened:
            return await measure(opened, Options(folder, seconds, rounds, CONNECTIONS))


def main() -> None:
    """Print the figures as JSON."""
    print_figures("peers.create_story", measure_all, description=__doc__, rounds=3)


if __name__ == "__main__":
    main()
