"""The queue's engine in a test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from orchestration.queue.engine import Engine, Entrypoint


@asynccontextmanager
async def running_engine(url: str, entrypoint: Entrypoint) -> AsyncGenerator[Engine]:
    """An engine that serves one entrypoint; it is drained at the end at the latest."""
    engine = Engine(url)
    engine.serve(entrypoint)
    await engine.driver.open()
    running = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        await engine.drain(patience_s=0)
        await running
        await engine.driver.close()
