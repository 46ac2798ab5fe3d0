"""What a script must have before it is stored, whichever service wrote it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain import ServiceKind, Status
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.origin import OriginScriptProvider
from orchestration.providers.ports import Ready, Script
from orchestration.queue.retries import RetryLaterError
from resolvers.stories import require_story
from tests.factories import add_rows
from tests.fakes.origin import FakeOrigin
from tests.stage import Scene, hurried, open_stage
from tests.works import do_work, job_of


class WritesNothing(OriginScriptProvider):
    """An adapter that accepts a script without shots."""

    async def begin(self, *_: Any, **__: Any) -> Ready[Script]:
        return Ready(Script(title="Nothing", shots=()))


async def test_a_script_without_shots_is_a_failure_and_is_tried_again(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = Scene(with_worker=False, patience=hurried(max_attempts=2))
    place = Endpoint(kind=ServiceKind.SCRIPT, name="origin", base_url=origin.url, timeout_s=1)
    async with open_client() as client, open_stage(database_url, tmp_path, origin, scene) as stage:
        rows = await add_rows(stage.database, story=Status.PENDING)
        job = await job_of(stage.database, rows.story)
        line_up = replace(stage.production.line_up, scripts=(WritesNothing(client, place),))
        production = replace(stage.production, line_up=line_up)

        with pytest.raises(RetryLaterError):
            await do_work(production, job)
        await do_work(production, job)
        story = await require_story(stage.context(), str(rows.story))

    assert story.status is Status.FAILED
    assert story.failure is not None
    assert (story.failure.code, story.failure.attempt) == ("SCRIPT_EMPTY", 2)
