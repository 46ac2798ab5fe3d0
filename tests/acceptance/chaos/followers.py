"""Clients that follow a story over WebSocket, and come back with their cursor."""

import asyncio
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from tests.graphql_client import open_socket

_EVENTS = """subscription ($id: ID!, $after: EventCursor) {
  storyEvents(storyId: $id, after: $after) { seq type reset cursor }
}"""
_BACK_AFTER_S = 0.2
_LOST = (OSError, WebSocketException, TimeoutError, AssertionError)
"""What ends a connection: whatever is in the way, silence, or an error instead of an event."""


@dataclass(slots=True)
class Follower:
    """Everything that one client was sent about one story."""

    url: str
    story_id: str
    seqs: list[int] = field(default_factory=list[int])
    resets: int = 0
    connections: int = 0
    is_deleted: bool = False
    """Whether it was told that the story is gone."""

    async def run(self) -> None:
        """Follow until the story is gone, or until cancelled."""
        after: str | None = None
        while not self.is_deleted:
            try:
                self.connections += 1
                async with open_socket(self.url) as socket:
                    variables = {"id": self.story_id, "after": after}
                    async for data in socket.follow(_EVENTS, variables):
                        after = self._take(data["storyEvents"])
            except _LOST:
                await asyncio.sleep(_BACK_AFTER_S)

    def _take(self, event: dict[str, object]) -> str:
        if event["type"] != "PROGRESS":  # state and no history: it comes with the last event's seq
            self.seqs.append(int(str(event["seq"])))
        self.resets += bool(event["reset"])
        self.is_deleted = event["type"] == "STORY_DELETED"
        return str(event["cursor"])

    def complaints(self, last: int | None) -> list[str]:
        """What is wrong with it; `last` is the story's last event, None of a deleted one."""
        about = f"story {self.story_id}: a follower with {self.connections} connections"
        wanted = list(range(self.seqs[0], self.seqs[-1] + 1)) if self.seqs else []
        found: list[str] = []
        if self.seqs != wanted:
            found.append(f"{about} saw {self.seqs}")
        if self.resets:
            found.append(f"{about} was reset")
        if last is None and not self.is_deleted:
            found.append(f"{about} was not told that it is gone, after {self.seqs[-1:]}")
        if last is not None and self.seqs[-1:] != [last]:
            found.append(f"{about} ended at {self.seqs[-1:]} of {last}")
        return found
