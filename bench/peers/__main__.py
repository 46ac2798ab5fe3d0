"""Queries of stories with their shots, beside other servers on the same tables.

python -m bench.peers [--seconds 8] [--rounds 2]

Mercurius with its JIT, GraphQL Yoga and the load generator come from npm; without it nothing is
measured. A REST service in Go, with gin and pgx, is built where Go and the two libraries are, and
else left out. Each server is a process of its own, the others rest meanwhile, and all read the
product's tables in one PostgreSQL: 10,000 stories of 8 shots. Their answers are compared first. Q1
is one story, of 64 in turn, Q2 are twenty. Printed are requests per second of the best round, the
CPU of the server and of PostgreSQL for each request, and how we compare with each peer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.parts import home_folder
from bench.peers.loads import Operation, Options, ask, compare, graphql, print_figures
from bench.peers.servers import GIN, HERE, Scene, Server, build_gin, install, scene

PEERS = ("mercurius", "yoga")
CONNECTIONS = (8, 32)
STORIES = 64
_STORY = "id revision title synopsis style aspectRatio language motion status createdAt updatedAt"
_SHOT = (
    "id revision position title prompt narration transition motion durationSeconds status progress "
    "attempt imageUrl createdAt updatedAt"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What all servers are asked: in GraphQL, and by its path in REST, for each of some IDs.

    `place` is where GraphQL's answer has what REST's answer is.
    """

    query: str
    path: str
    place: Sequence[str]

    def operations(self, server: Server, story_ids: Sequence[UUID]) -> list[Operation]:
        """The requests to this server."""
        if server.name == GIN:
            return [Operation(self.path.format(id=one)) for one in story_ids]
        return [graphql(self.query, id=str(one)) for one in story_ids]

    async def answer(self, server: Server, operation: Operation) -> Any:
        """What the server answers, in the form of REST."""
        found = await ask(server, operation)
        if server.name != GIN:
            for name in ("data", *self.place):
                found = found[name]
        return found


QUESTIONS = {
    "Q1": Question(
        f"query ($id: ID!) {{ story(id: $id) {{ {_STORY} shots {{ {_SHOT} }} }} }}",
        "/stories/{id}",
        ("story",),
    ),
    "Q2": Question(
        f"{{ stories(first: 20) {{ nodes {{ {_STORY} shots {{ {_SHOT} }} }} }} }}",
        "/stories",
        ("stories", "nodes"),
    ),
}


async def measure(scene: Scene, story_ids: Sequence[UUID], options: Options) -> dict[str, float]:
    """The best round of every server and query."""
    figures: dict[str, float] = {}
    for name, question in QUESTIONS.items():
        ids = story_ids if name == "Q1" else story_ids[:1]
        operations = {one.name: question.operations(one, ids) for one in scene.servers}
        answers = [await question.answer(one, operations[one.name][0]) for one in scene.servers]
        for server, answer in zip(scene.servers, answers, strict=True):
            if answer != answers[0]:
                raise RuntimeError(f"{server.name} answers {name} otherwise")
        figures |= (await compare(scene, name, operations, options)).figures
    return figures


async def run(
    names: Sequence[str], folder: Path, home: Path, *, seconds: int, rounds: int
) -> dict[str, float]:
    """All servers at once; each rests while another is measured."""
    async with scene(names, folder, home) as opened:
        await opened.connection.execute((HERE / "fill.sql").read_text())
        await opened.connection.execute("VACUUM ANALYZE")
        newest = f"(SELECT id FROM story ORDER BY id DESC LIMIT {STORIES})"
        story_ids: Any = await opened.connection.fetchval(f"SELECT array_agg(id) FROM {newest}")
        figures: dict[str, float] = {}
        for connections in CONNECTIONS:
            options = Options(folder, seconds, rounds, connections)
            figures |= await measure(opened, story_ids, options)
        return figures


async def measure_all(*, seconds: int, rounds: int) -> dict[str, float]:
    """Nothing if the peers cannot be had here."""
    async with home_folder() as home:
        folder = home / "peers"
        if not await install(folder):
            return {}
        names = (*PEERS, GIN) if await build_gin(folder) else PEERS
        return await run(names, folder, home, seconds=seconds, rounds=rounds)


def main() -> None:
    """Print the figures as JSON."""
    print_figures("peers", measure_all, description=__doc__, rounds=2)


if __name__ == "__main__":
    main()
