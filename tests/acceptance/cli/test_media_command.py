"""`media check` reports the differences between the media store and the database."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain import Status
from orchestration.media.store import MediaStore, new_key, store_key
from tests.factories import add_rows
from tests.fakes.origin import PICTURE
from tests.program import Ended, Program
from tests.stage import Stage


async def test_orphans_are_deleted_on_request_and_missing_files_are_told(
    home: Path, idle_stage: Stage
) -> None:
    settings = {
        "AI_STORY_DATABASE_URL": idle_stage.database.url,
        "AI_STORY_MEDIA_URL": str(idle_stage.media),
    }
    store: MediaStore = idle_stage.production.store
    rows = await add_rows(idle_stage.database, shot=Status.COMPLETED)
    orphan = new_key(str(uuid4()), ".png")
    await store.put_bytes(orphan, PICTURE)

    async def check(*options: str) -> Ended:
        program = await Program.start(
            "media", "check", "--older-than", "0", *options, home=home, settings=settings
        )
        return await program.ended()

    told = await check()
    as_json: dict[str, Any] = json.loads((await check("--json")).output)
    was_kept = await store.has(orphan)
    await check("--delete")
    was_deleted = not await store.has(orphan)
    await store.put_bytes(store_key(str(rows.story), rows.take, ".png"), PICTURE)
    agreed = await check()

    assert told.code == 1
    assert orphan in told.output
    assert f"{rows.take}.png, shot 1" in told.output
    assert [one["key"] for one in as_json["orphans"]] == [orphan]
    assert [one["shot"] for one in as_json["missing"]] == [1]
    assert was_kept
    assert was_deleted
    assert (agreed.code, agreed.errors) == (0, "")
