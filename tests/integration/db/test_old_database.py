"""What the migrations make of a database of before, while nobody works."""

from collections.abc import AsyncIterator

import pytest

from db.models import IS_OPEN
from db.queries.usage import list_take_costs, list_usage
from db.session import Database
from tests.old_database import fetch, old_database, serving_old_services, upgrade

OLD_QUEUE = """
    SELECT CASE WHEN step IN ('abort', 'delete_media') THEN job.dedupe_key
            ELSE coalesce(take.id, clip.id, video.id, story.id)::text END,
        job.status, job.execute_after, job.attempts, job.queue_manager_id,
        split_part(entrypoint, '.', 2), fields ->> 'story_id', fields ->> 'detail'
    FROM pgqueuer AS job
    CROSS JOIN LATERAL (SELECT split_part(entrypoint, '.', 1) AS step,
        convert_from(payload, 'UTF8')::jsonb AS fields) AS read
    LEFT JOIN take ON take.id = (fields ->> 'subject_id')::uuid
    LEFT JOIN clip ON clip.id = (fields ->> 'subject_id')::uuid
    LEFT JOIN video ON video.id = (fields ->> 'subject_id')::uuid
    LEFT JOIN story ON story.id = (fields ->> 'subject_id')::uuid
    ORDER BY 1
"""
QUEUE = """
    SELECT coalesce(work.subject_id::text, job.dedupe_key),
        job.status, job.execute_after, job.attempts, job.queue_manager_id,
        split_part(entrypoint, '.', 2), fields ->> 'story_id', fields ->> 'detail'
    FROM pgqueuer AS job
    CROSS JOIN LATERAL (SELECT convert_from(payload, 'UTF8')::jsonb AS fields) AS read
    LEFT JOIN work ON work.id::text = job.dedupe_key AND work.id = (fields ->> 'work_id')::uuid
        AND lower(work.kind) = split_part(entrypoint, '.', 1)
    ORDER BY 1
"""
OLD_USAGE = """
    SELECT story_id, kind, provider, model, sum(units)::int, sum(price)::float
    FROM charge GROUP BY 1, 2, 3, 4 ORDER BY 1, min(occurred_at), 2, 3, 4
"""
OLD_OPEN = f"""
    SELECT id FROM story WHERE {IS_OPEN}
    UNION SELECT id FROM take WHERE {IS_OPEN}
    UNION SELECT id FROM clip WHERE {IS_OPEN}
    UNION SELECT id FROM video WHERE {IS_OPEN}
"""


@pytest.fixture
async def old(server_url: str) -> AsyncIterator[Database]:
    """The database as version 0.1.0 left it."""
    async with (
        serving_old_services() as services,
        old_database(server_url, services) as url,
        Database(url) as database,
    ):
        yield database


async def test_a_queue_keeps_its_waits_attempts_and_owners(old: Database) -> None:
    before = await fetch(old, OLD_QUEUE)

    await upgrade(old.engine, "head")

    assert await fetch(old, QUEUE) == before


async def test_what_was_open_is_open_work_with_a_job(old: Database) -> None:
    before = await fetch(old, OLD_OPEN)

    await upgrade(old.engine, "head")

    open_work = f"SELECT subject_id FROM work WHERE {IS_OPEN}"
    jobs = f"{open_work} AND EXISTS (SELECT FROM pgqueuer WHERE dedupe_key = work.id::text)"
    assert set(await fetch(old, open_work)) == set(before)
    assert set(await fetch(old, jobs)) == set(before)


async def test_usage_of_before_is_answered_as_before(old: Database) -> None:
    before = await fetch(old, OLD_USAGE)
    costs = await fetch(old, "SELECT id, price::float FROM charge WHERE kind = 'IMAGE'")
    stories = await fetch(old, "SELECT id FROM story")

    await upgrade(old.engine, "head")

    async with old.reading() as session:
        lines = await list_usage(session, stories)
        assert await list_take_costs(session, [id_ for id_, _ in costs]) == dict(costs)
    after = [
        (story, line.kind, line.provider, line.model, line.units, line.price)
        for story, line in lines
    ]
    assert sorted(after, key=lambda line: line[0]) == [
        (*line[:-1], pytest.approx(line[-1])) for line in before
    ]
