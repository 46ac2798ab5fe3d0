"""Counts the open WebSockets of each viewer in this process."""

from collections import Counter


class Connections:
    """A counter; every `enter` needs a `leave`."""

    def __init__(self) -> None:
        """Start without connections."""
        self._open: Counter[str] = Counter()

    def enter(self, viewer_id: str, *, limit: int) -> bool:
        """Add one, unless the viewer has reached the limit."""
        if self._open[viewer_id] >= limit:
            return False
        self._open[viewer_id] += 1
        return True

    def leave(self, viewer_id: str) -> None:
        """Subtract one; a viewer without connections is forgotten."""
        self._open[viewer_id] -= 1
        if not self._open[viewer_id]:
            del self._open[viewer_id]
