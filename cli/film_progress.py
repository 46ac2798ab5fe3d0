"""Shows the progress of a film: moving bars on a terminal, one line per step elsewhere."""

import math
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cli.film_state import FilmState
from db.rows import ClipRow, ShotRow
from domain import OPEN_STATUSES, Status

_BAR_WIDTH = 28
_NAME_WIDTH = 38
_NOTE_WIDTH = 16
_REFRESHES_PER_S = 8
_LINES_BESIDE_SHOTS = 10
_FEWEST_SHOTS_SHOWN = 4
_FILM_STEPS = 4
MARKS = {
    Status.FAILED: ("✗", "red"),
    Status.GENERATING: ("…", "cyan"),  # a spinner, where it moves
    Status.PENDING: ("·", "dim"),
    Status.CANCELED: ("–", "yellow"),
    Status.COMPLETED: ("✓", "green"),
}
"""The mark of each status and its style, the most relevant status first."""
_WANTED_FIRST = tuple(MARKS)


class FilmProgress(Protocol):
    """Displays the state; updated after each change."""

    def update(self) -> None:
        """Show the present state."""
        ...


@contextmanager
def show_progress(state: FilmState) -> Generator[FilmProgress]:
    """Show the state on standard error while the context is open."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(console, state)
        return
    bars = _Bars(console, state)
    with Live(bars, console=console, refresh_per_second=_REFRESHES_PER_S):
        yield bars


class _Lines:
    """One line per step, for a file or another program."""

    def __init__(self, console: Console, state: FilmState) -> None:
        self._console = console
        self._state = state
        self._said: set[str] = set()

    def update(self) -> None:
        """Print what has not been printed yet."""
        for line in self._lines():
            if line not in self._said:
                self._said.add(line)
                self._console.print(line, markup=False, soft_wrap=True)

    def _lines(self) -> Iterator[str]:
        shots = self._state.shots
        if shots and self._state.story is not None:
            title = self._state.headline
            yield f"Script written, shots: {len(shots)}, title: {title}"
        for shot in shots:
            if shot.status is Status.COMPLETED:
                yield f"Picture {shot.position} of {len(shots)} drawn: {shot.title}"
            elif shot.status is Status.FAILED and shot.failure is not None:
                yield f"Picture {shot.position} of {len(shots)} failed: {shot.failure.message}"
        yield from self._clip_lines(len(shots))
        if waits_for := self._state.waits_for:
            yield f"Waiting for {waits_for}"
        video = self._state.video
        if video is not None and video.status is Status.GENERATING:
            step = int((video.progress or 0) * _FILM_STEPS)
            yield f"Film {100 * step // _FILM_STEPS} %"
        elif video is not None and video.status is Status.COMPLETED:
            yield "Film 100 %"

    def _clip_lines(self, total: int) -> Iterator[str]:
        for number, clip in enumerate(self._state.clips, start=1):
            if clip.status is Status.COMPLETED:
                yield f"Clip {number} of {total} made"
            elif clip.status is Status.FAILED and clip.failure is not None:
                yield f"Clip {number} of {total} failed: {clip.failure.message}"


class _Bars:
    """The three stages, and below the pictures one row per shot."""

    def __init__(self, console: Console, state: FilmState) -> None:
        self._console = console
        self._state = state
        self._spinner = Spinner("dots", style="cyan")
        self._started_at = time.monotonic()

    def update(self) -> None:
        """Nothing to do: the state is redrawn several times a second."""

    def __rich__(self) -> RenderableType:
        """The present display."""
        name_width = min(_NAME_WIDTH, max(14, self._console.width - _BAR_WIDTH - _NOTE_WIDTH))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(width=name_width, no_wrap=True, overflow="ellipsis")
        table.add_column(width=_BAR_WIDTH)
        table.add_column(no_wrap=True, overflow="ellipsis")
        self._add_script(table)
        self._add_pictures(table)
        if self._state.wants_clips:
            self._add_clips(table)
        self._add_film(table)
        return Group("", self._headline(), self._wait(), table)

    def _headline(self) -> Text:
        seconds = int(time.monotonic() - self._started_at)
        clock = (f"{seconds // 60}:{seconds % 60:02}", "dim")
        line = Text.assemble((self._state.headline, "bold"), "  ", clock, no_wrap=True)
        line.overflow = "ellipsis"
        return line

    def _wait(self) -> RenderableType:
        """What delays it, shown where there would be an empty line."""
        pause, waits_for = self._state.pause, self._state.waits_for
        if pause is None or waits_for is None:
            return ""
        line = f"Waiting for {waits_for}: {math.ceil(pause.remaining_s)} s"
        return Text(line, style="yellow", no_wrap=True, overflow="ellipsis")

    def _add_script(self, table: Table) -> None:
        story = self._state.story
        status = Status.GENERATING if story is None else story.status
        if status is Status.PENDING:
            status = Status.GENERATING  # accepted and started look the same here
        total = len(self._state.shots)
        note = f"{total} {'shot' if total == 1 else 'shots'}" if total else ""
        table.add_row(self._mark(status), "Script", _bar(status, None), note)

    def _add_pictures(self, table: Table) -> None:
        shots = self._state.shots
        total = len(shots)
        ended = sum(shot.status not in OPEN_STATUSES for shot in shots)
        fraction = sum(_share_done(shot) for shot in shots) / total if total else 0.0
        status = _stage_status(shots)
        note = f"{ended} of {total}" if total else ""
        table.add_row(self._mark(status), "Pictures", _bar(status, fraction), note)
        shown = self._shots_shown(shots)
        for shot in shown:
            name = Text(f"{shot.position:>3} {shot.title}", style="dim", overflow="ellipsis")
            is_moving = shot.status is Status.GENERATING
            bar = _bar(shot.status, shot.progress) if is_moving else ""
            table.add_row(self._mark(shot.status), name, bar, _note(shot))
        if len(shown) < total:
            table.add_row("", Text(f"    and {total - len(shown)} more", style="dim"), "", "")

    def _add_clips(self, table: Table) -> None:
        clips, total = self._state.clips, len(self._state.shots)
        ended = sum(clip.status not in OPEN_STATUSES for clip in clips)
        failed = sum(clip.status is Status.FAILED for clip in clips)
        status = Status.GENERATING if clips else Status.PENDING
        if total and ended == total:
            status = Status.COMPLETED
        fraction = sum(_share_done(clip) for clip in clips) / total if total else 0.0
        note = Text(f"{ended} of {total}" if total else "")
        if failed:
            note.append(f", {failed} failed", style="yellow")
        table.add_row(self._mark(status), "Clips", _bar(status, fraction), note)

    def _shots_shown(self, shots: list[ShotRow]) -> list[ShotRow]:
        """All if there is space, else the most relevant ones."""
        room = max(_FEWEST_SHOTS_SHOWN, self._console.height - _LINES_BESIDE_SHOTS)
        if len(shots) <= room:
            return shots
        first = sorted(shots, key=lambda shot: _WANTED_FIRST.index(shot.status))[:room]
        return sorted(first, key=lambda shot: shot.position)

    def _add_film(self, table: Table) -> None:
        video = self._state.video
        status = Status.PENDING if video is None else video.status
        progress = None if video is None else video.progress
        note = f"{progress:.0%}" if status is Status.GENERATING and progress is not None else ""
        table.add_row(self._mark(status), "Film", _bar(status, progress), note)

    def _mark(self, status: Status) -> RenderableType:
        if status is Status.GENERATING:
            return self._spinner
        mark, style = MARKS[status]
        return Text(mark, style=style)


def _stage_status(shots: list[ShotRow]) -> Status:
    """One status for all of them: the most relevant one."""
    if any(shot.status in OPEN_STATUSES for shot in shots):
        return Status.GENERATING
    statuses = [shot.status for shot in shots] or [Status.PENDING]
    return min(statuses, key=_WANTED_FIRST.index)


def _share_done(row: ShotRow | ClipRow) -> float:
    return 1.0 if row.status not in OPEN_STATUSES else (row.progress or 0.0)


def _bar(status: Status, progress: float | None) -> RenderableType:
    """Animated while the progress is unknown."""
    if status is Status.GENERATING and progress is None:
        return ProgressBar(total=None, width=_BAR_WIDTH, pulse=True)
    done = 1.0 if status is Status.COMPLETED else (progress or 0.0)
    return ProgressBar(total=1.0, completed=done, width=_BAR_WIDTH)


def _note(shot: ShotRow) -> Text:
    if shot.status is Status.FAILED and shot.failure is not None:
        return Text(shot.failure.message, style="red")
    if shot.status is Status.GENERATING and shot.attempt > 1:
        return Text(f"attempt {shot.attempt}", style="yellow")
    return Text("")
