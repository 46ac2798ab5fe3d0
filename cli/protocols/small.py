"""Small forms of what asyncio offers: an idle queue or event of asyncio has 0.8 to 3 KB.

Each connection has them, and most connections are idle.
"""

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """A queue with one reader."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        """Empty."""
        self._items: list[Item] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Item) -> None:
        """Append an item."""
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def empty(self) -> bool:
        """Whether the next `get` would wait."""
        return not self._items

    async def get(self) -> Item:
        """Remove the first item, once there is one."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)


class Gate:
    """An event that is nearly always set."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        """Set."""
        self._opened: asyncio.Event | None = None

    def set(self) -> None:
        """Let all pass."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def clear(self) -> None:
        """Let nobody pass until it is set again."""
        if self._opened is None:
            self._opened = asyncio.Event()

    def is_set(self) -> bool:
        """Whether all pass."""
        return self._opened is None

    async def wait(self) -> None:
        """Return when it was set."""
        if self._opened is not None:
            await self._opened.wait()
