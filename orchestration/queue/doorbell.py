"""Wakes subscribers when a story has new events.

The event log in the database is the truth; the doorbell only says "look again". A lost or doubled
notification costs a little latency and never an event.
"""

import asyncio
from collections import Counter

from broadcaster import Broadcast, BroadcastBackend, Event

from db.queries.events import DOORBELL_CHANNEL
from orchestration.queue.driver import LastingDriver

ANY_STORY = "*"
"""The channel that repeats the notifications of all stories."""


class _DoorbellBackend(BroadcastBackend):
    """Broadcaster's extension point over our LISTEN connection.

    `subscribe` never suspends (the shipped backends lose messages there), `next_published` never
    raises (an exception would end the listener silently), and only transactions publish.
    """

    def __init__(self, driver: LastingDriver) -> None:
        self._driver = driver
        self._rings: asyncio.Queue[Event] = asyncio.Queue()
        self._channels: Counter[str] = Counter()

    async def connect(self) -> None:
        await self._driver.add_listener(DOORBELL_CHANNEL, self._on_ring)
        self._driver.on_resync(self._ring_all)

    async def disconnect(self) -> None:
        await self._driver.remove_listener(DOORBELL_CHANNEL, self._on_ring)

    async def subscribe(self, group: str) -> None:
        self._channels[group] += 1

    async def unsubscribe(self, group: str) -> None:
        self._channels[group] -= 1
        if not self._channels[group]:
            del self._channels[group]

    async def publish(self, channel: str, message: object) -> None:  # noqa: ARG002 - its signature
        raise RuntimeError("the doorbell must be rung in the transaction that changes the story")

    async def next_published(self) -> Event:
        return await self._rings.get()

    def _on_ring(self, payload: str | bytes | bytearray) -> None:
        story_id, _, hint = str(payload).partition(" ")
        if story_id in self._channels:
            self._rings.put_nowait(Event(channel=story_id, message=hint))
        if ANY_STORY in self._channels:
            self._rings.put_nowait(Event(channel=ANY_STORY, message=str(payload)))

    def _ring_all(self) -> None:
        for channel in self._channels:
            self._rings.put_nowait(Event(channel=channel, message=""))


def open_doorbell(driver: LastingDriver) -> Broadcast:
    """A Broadcast whose channels are story IDs and messages are hints; connect it to listen."""
    return Broadcast(backend=_DoorbellBackend(driver))
