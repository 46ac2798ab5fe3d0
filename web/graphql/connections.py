"""How many WebSockets are open in this process, and how many of them each viewer has."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager


class Connections:
    """Counts them; what enters must leave."""

    def __init__(self) -> None:
        """Nobody is connected yet."""
        self._all = 0
        self._open: Counter[str] = Counter()

    @contextmanager
    def counted(self, *, limit: int) -> Generator[bool]:
        """Count a connection while it is open, known or not; whether there was room for it."""
        has_room = self._all < limit
        self._all += has_room
        try:
            yield has_room
        finally:
            self._all -= has_room

    def enter(self, viewer_id: str, *, limit: int) -> bool:
        """Count one more, unless the viewer has as many as the limit allows."""
        if self._open[viewer_id] >= limit:
            return False
        self._open[viewer_id] += 1
        return True

    def leave(self, viewer_id: str) -> None:
        """Count one less; who has none is forgotten."""
        self._open[viewer_id] -= 1
        if not self._open[viewer_id]:
            del self._open[viewer_id]
