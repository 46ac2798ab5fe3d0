"""Worker processes that all tests of a process share: to start one takes longer than most tests."""

from orchestration.providers.images.pictures import DECODERS
from orchestration.providers.images.worker_pool import WorkerPool

PAINTERS = WorkerPool(max_workers=2)
"""For the built-in models."""
DECODING = WorkerPool(max_workers=DECODERS)
"""For pictures that services send."""


async def close_pools() -> None:
    """End them all; no test may follow."""
    await PAINTERS.aclose()
    await DECODING.aclose()
