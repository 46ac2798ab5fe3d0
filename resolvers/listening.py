"""Listens on one notification channel, and reads the changes after each notification."""

import asyncio
from abc import ABC, abstractmethod

from broadcaster import Broadcast


class Listener(ABC):
    """Listens and reads in two tasks, from `start` to `stop`."""

    def __init__(self, doorbell: Broadcast, channel: str, *, name: str) -> None:
        """Do not listen yet; `name` is the reading task's."""
        self._doorbell = doorbell
        self._channel = channel
        self._name = name
        self._rung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return once every further notification is received."""
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._hear(listening), name="doorbell"),
            asyncio.create_task(self._read_for_ever(), name=self._name),
        ]
        try:
            await listening.wait()
        except BaseException:  # the client disconnected: nothing else refers to these tasks
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    @abstractmethod
    def _note(self, message: str) -> None:
        """Record a notification until the next read."""

    @abstractmethod
    async def _read_for_ever(self) -> None:
        """Read whenever `_rung` is set."""

    async def _hear(self, listening: asyncio.Event) -> None:
        """Coalesce notifications: broadcaster's subscriber cannot be drained."""
        async with self._doorbell.subscribe(channel=self._channel) as rings:
            listening.set()
            while True:
                ring = await rings.get()
                self._note(ring.message)
                self._rung.set()
