"""Many reads at once: those that arrive while one is under way are the next one, together."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

from db.session import is_connection_lost

Key = TypeVar("Key")
Value = TypeVar("Value")

_AT_ONCE = 200


class Batch(Generic[Key, Value]):
    """Reads values by key; each read begins after the request for it."""

    def __init__(self, read: Callable[[Collection[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`read` returns the value of each key."""
        self._read = read
        self._waiting: dict[Key, asyncio.Future[Value]] = {}
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: Key) -> Value:
        """The value; whoever asks for the same before its read begins shares it."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._read_all(), name="batch")
        return await asyncio.shield(future)

    async def _read_all(self) -> None:
        await asyncio.sleep(0)  # those that come in the same pass
        while self._waiting:
            group = dict(list(self._waiting.items())[:_AT_ONCE])
            for key in group:
                del self._waiting[key]
            await self._read_group(group)
        self._task = None

    async def _read_group(self, group: dict[Key, asyncio.Future[Value]]) -> None:
        try:
            values = await self._read(list(group))
        except Exception as error:  # passed on to those who wait
            if len(group) == 1 or is_connection_lost(error):
                for future in group.values():
                    future.set_exception(error)
                    future.exception()  # nobody may be left to hear of it
                return
            for key, future in group.items():  # one bad row fails no other
                await self._read_group({key: future})
            return
        for key, future in group.items():
            future.set_result(values[key])
