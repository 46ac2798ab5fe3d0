"""A worker that stops with an available database lets a paid submission finish."""

from pathlib import Path

from sqlalchemy import text

from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving
from tests.fakes.vendors import FakeReplicate
from tests.films import until
from tests.journeys import start_story
from tests.stage import Scene, open_stage

SUBMISSION_S = 8.0
"""Less than a canceled submission is waited for."""


async def test_a_submission_is_kept_that_ends_while_the_worker_stops(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with serving(FakeReplicate()) as service:
        service.latencies_s["/submit"] = SUBMISSION_S
        async with open_stage(database_url, tmp_path, origin, Scene(replicate=service)) as stage:
            await start_story(stage, "A gull cried.")
            await until(lambda: service.calls["/submit"] == 1)
            assert stage.worker is not None
            await stage.worker.stop(patience_s=0)
            async with stage.database.transaction() as session:
                kept = (
                    await session.scalars(
                        text("SELECT remote_job_id FROM work WHERE kind = 'IMAGE'")
                    )
                ).all()

    assert kept == ["job-1"]
