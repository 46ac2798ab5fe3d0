"""What must hold whenever everything has ended, told as sentences where it does not."""

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast
from uuid import UUID

import psutil

from db.models import IS_OPEN
from orchestration.media.store import MEDIA_TYPES
from tests.acceptance.chaos.calls import Row, calls_by_work, code_of, judge_calls
from tests.acceptance.chaos.journey import Client, Story
from tests.acceptance.chaos.ledger import judge_charges, judge_usage
from tests.acceptance.chaos.world import World
from tests.program import processes_on

_HELPERS_END_S = 20.0
_SCRATCH_GONE_S = 10.0
_EXPECTED = re.compile(
    r"The bundled PostgreSQL does not start"  # a fault hits it while it starts
    # A stop does not wait for requests to a frozen PostgreSQL:
    r"|Cancel \d+ running task\(s\), timeout graceful shutdown exceeded"
)
_REFUSALS = (
    "PostgreSQL does not start",
    "The database is unavailable",
    # As db.refusals begins, by the place where it was found:
    "PostgreSQL at ",
    "Nothing listens at ",
    "There is no socket ",
    "What listens at ",
    "The connection to PostgreSQL at ",
)
"""So a process ends that starts in such a moment; it is started again."""
_OF_UPLOADS = 7
"""The UUID version of uploads' names: a server that dies before it answers leaves its file."""
_PROBES = "stories/00000000-0000-0000-0000-000000000000/"

_SWEEP = "delete_media"
"""Such a job sweeps once more, minutes later, what came late for a deleted story."""
_CALLED_BACK = (204, 503, None)
"""How the server may answer a service that calls back: 503 while PostgreSQL is away."""

_OPEN_JOBS = f"""SELECT 'jobs' AS what, count(*) FROM pgqueuer
  WHERE execute_after < now() OR entrypoint NOT LIKE '{_SWEEP}.%'"""
_OPEN = " UNION ALL ".join(
    [_OPEN_JOBS]
    + [
        f"SELECT '{table}', count(*) FROM {table} WHERE {IS_OPEN}"
        for table in ("work", "story", "shot", "take", "clip", "video")
    ]
)
_JOBS = """SELECT id, entrypoint, status, attempts, queue_manager_id, heartbeat, execute_after,
  convert_from(payload, 'utf8') FROM pgqueuer"""
_FILES = """SELECT media_key AS key, digest FROM take WHERE media_key IS NOT NULL
  UNION ALL SELECT media_key, digest FROM clip WHERE media_key IS NOT NULL
  UNION ALL SELECT media_key, digest FROM video WHERE media_key IS NOT NULL
  UNION ALL SELECT thumbnail_key, NULL FROM video WHERE thumbnail_key IS NOT NULL
  UNION ALL SELECT subtitles_key, NULL FROM video WHERE subtitles_key IS NOT NULL"""
_GAPS = """SELECT story.id, story.event_seq, count(event.seq), max(event.seq)
  FROM story LEFT JOIN event ON event.story_id = story.id GROUP BY story.id
  HAVING count(event.seq) <> story.event_seq OR max(event.seq) <> story.event_seq"""
_WORK = """SELECT *, extract(epoch FROM ended_at)::float8 AS ended,
  extract(epoch FROM submitted_at)::float8 AS submitted FROM work"""
_UNPAID = """SELECT kind, id FROM (
    SELECT 'take' AS kind, id FROM take WHERE media_key IS NOT NULL AND provider <> 'upload'
    UNION ALL SELECT 'clip', id FROM clip WHERE status = 'COMPLETED'
    UNION ALL SELECT 'video', id FROM video WHERE status = 'COMPLETED') AS shown
  WHERE NOT EXISTS (SELECT FROM work WHERE subject_id = shown.id AND status = 'COMPLETED')"""


async def open_rows(world: World) -> dict[str, int]:
    """How much is still to be done, by table."""
    async with world.connection() as connection:
        rows = cast(Sequence[Row], await connection.fetch(_OPEN))
    return {row["what"]: row["count"] for row in rows if row["count"]}


async def tell_jobs(world: World) -> list[str]:
    """The jobs in the queue, a line each."""
    async with world.connection() as connection:
        rows = cast(Sequence[Row], await connection.fetch(_JOBS))
    return [str(dict(row)) for row in rows]


async def last_events(world: World) -> dict[str, int]:
    """The number of each story's last event."""
    async with world.connection() as connection:
        rows = cast(Sequence[Row], await connection.fetch("SELECT id, event_seq FROM story"))
    return {str(row["id"]): row["event_seq"] for row in rows}


async def judge(
    world: World, client: Client, stories: Sequence[Story], figures: Counter[str]
) -> list[str]:
    """Every violation."""
    async with world.connection() as connection:
        work = cast(Sequence[Row], await connection.fetch(_WORK))
        files = cast(Sequence[Row], await connection.fetch(_FILES))
        gaps = cast(Sequence[Row], await connection.fetch(_GAPS))
        unpaid = cast(Sequence[Row], await connection.fetch(_UNPAID))
        jobs = cast(Sequence[Row], await connection.fetch(_JOBS))
    last = await last_events(world)
    wanted = {story.id for story in stories if not story.is_deleted}
    found = [f"story {id_}: made twice, or not asked for" for id_ in last.keys() - wanted]
    found += [f"story {id_}: lost" for id_ in wanted - last.keys()]
    found += [f"story {row['id']}: events {dict(row)}" for row in gaps]
    found += [f"{row['kind']} {row['id']}: shown, and no work is charged for it" for row in unpaid]
    found += [f"job {dict(row)}: left" for row in jobs if not row["entrypoint"].startswith(_SWEEP)]
    for story in stories:
        for follower in story.followers:
            found += follower.complaints(last.get(story.id))
    calls = calls_by_work(world)
    found += _judge_files(world, work, files, figures)
    found += judge_calls(world, work, calls)
    found += judge_charges(work, calls, figures)
    found += await judge_usage(client, stories, work)
    found += _judge_webhooks(world, figures)
    found += await _judge_processes(world)
    found += _judge_log(world.log)
    figures |= _count(work)
    figures["calls"] = len(world.services.calls())
    figures["interruptions"] = sum(row["interruptions"] for row in work)
    figures["stories"] = len(stories)
    return found


def _count(work: Sequence[Row]) -> Counter[str]:
    """How work ended."""
    return Counter(
        f"{row['kind']} {code_of(row) if row['status'] == 'FAILED' else row['status']}"
        for row in work
    )


def _judge_files(
    world: World, work: Sequence[Row], files: Sequence[Row], figures: Counter[str]
) -> list[str]:
    """Whether what rows speak of is stored, byte by byte, and what nobody speaks of."""
    media = world.media
    found: list[str] = []
    for row in files:
        path = media / row["key"]
        if not path.is_file():
            found.append(f"file {row['key']}: lost")
        elif row["digest"] and hashlib.sha256(path.read_bytes()).hexdigest() != row["digest"]:
            found.append(f"file {row['key']}: of other bytes")
    known = {row["key"] for row in files}
    stored = {str(path.relative_to(media)) for path in media.rglob("*.*") if path.is_file()}
    orphans = {key for key in stored - known if not key.startswith(_PROBES)}
    claimed = {str(store) for row in work for store in row["stores"]}
    swept = {key for key in orphans if Path(key).suffix in MEDIA_TYPES}
    named = {key for key in swept if Path(key).stem in claimed}
    uploads = {key for key in swept if UUID(Path(key).stem).version == _OF_UPLOADS}
    figures["files to sweep"] = len(named)
    figures["files of lost uploads"] = len(uploads)
    unknown = sorted(orphans - named - uploads)
    return found + [f"file {key}: nobody knows it" for key in unknown]


def _judge_webhooks(world: World, figures: Counter[str]) -> list[str]:
    """Whether services that called back were heard, or had to poll for a reason."""
    told = world.services.animator.called_back
    figures |= {f"calls back: {status or 'no answer'}": n for status, n in told.items()}
    return [f"a call back was answered with {one}" for one in told.keys() - set(_CALLED_BACK)]


async def judge_end(world: World) -> list[str]:
    """End everything: what is left then is left for ever.

    Killed processes leave folders of temporary files, which the next worker deletes.
    """
    for member in world.members:
        await member.stop()
    worker = world.workers[0]
    await worker.start()
    deadline = asyncio.get_running_loop().time() + _SCRATCH_GONE_S
    while _left_in(world.scratch) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.2)
    await worker.stop()
    left = [f"{path} in the temporary folder: left behind" for path in _left_in(world.scratch)]
    return left + await _judge_processes(world)


def _left_in(scratch: Path) -> list[Path]:
    """What is there, except the few bytes by which Python's tempfile tries whether it may write."""
    return [
        path
        for path in scratch.iterdir()
        if path.is_dir() or path.read_bytes() not in (b"", b"blat")
    ]


async def _judge_processes(world: World) -> list[str]:
    """Whether helpers of killed processes have ended, with a little time for that."""
    deadline = asyncio.get_running_loop().time() + _HELPERS_END_S
    while left := await asyncio.to_thread(_strays, world):
        if asyncio.get_running_loop().time() > deadline:
            return [f"process {one}: left behind" for one in left]
        await asyncio.sleep(0.3)
    return []


def _strays(world: World) -> list[str]:
    ours: set[int] = set()
    for member in world.members:
        if member.program is not None:
            process = psutil.Process(member.program.pid)
            ours |= {process.pid, *[child.pid for child in process.children(recursive=True)]}
    strays: list[str] = []
    for process in processes_on(world.home):
        with suppress(psutil.NoSuchProcess):
            if process.pid not in ours and "postgres" not in process.name():
                strays.append(" ".join([str(process.pid), *process.cmdline()]))
    return strays


def _judge_log(log: Path) -> list[str]:
    """Errors that nobody expected."""
    found: list[str] = []
    for line in log.read_text().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            if not line.startswith(_REFUSALS):
                found.append(f"log: {line}")
            continue
        is_bad = entry.get("level") in ("error", "critical")
        if is_bad and not _EXPECTED.fullmatch(entry["event"]):
            found.append(f"log: {line[:3_000]}")
    return found
