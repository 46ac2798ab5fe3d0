"""A reader of pictures, with decoders in worker processes as in the program."""

from collections.abc import AsyncIterator

import pytest

from orchestration.providers.images.pictures import DECODERS, PictureReader
from orchestration.providers.images.worker_pool import WorkerPool


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[PictureReader]:
    pool = WorkerPool(max_workers=DECODERS)
    yield PictureReader(pool)
    await pool.aclose()
