"""How many WebSockets each viewer has open in this process."""

from collections import Counter


class Connections:
    """Counts them; what enters must leave."""

    def __init__(self) -> None:
        """Nobody is connected yet."""
        self._open: Counter[str] = Counter()

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
