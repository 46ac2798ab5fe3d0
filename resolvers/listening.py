"""Listens on one notification channel, and reads the changes after each notification."""

import asyncio
from abc import ABC, abstractmethod

from broadcaster import Broadcast


class Listener(ABC):
    """Listens and reads in two tasks, between the first `enter` and the last `leave`."""

    def __init__(self, doorbell: Broadcast, channel: str, *, name: str) -> None:
        """Do not listen yet; `name` is the reading task's."""
        self._doorbell = doorbell
        self._channel = channel
        self._name = name
        self._rung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._users = 0
        self._starting = asyncio.Lock()

    async def enter(self) -> None:
        """Receive and read every notification from now on, until the user leaves."""
        self._users += 1
        try:
            async with self._starting:
                if not self._tasks:
                    await self._start()
        except BaseException:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Stop when the last user has left."""
        self._users -= 1
        if not self._users:
            await self._stop()

    async def _start(self) -> None:
        """Return once every further notification is received."""
        self._begin()
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._hear(listening), name="doorbell"),
            asyncio.create_task(self._read_for_ever(), name=self._name),
        ]
        await listening.wait()

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @abstractmethod
    def _begin(self) -> None:
        """Forget what was noted for earlier users."""

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
