"""The progress of a film, assembled from the story's changes."""

from collections.abc import Sequence
from uuid import UUID

from db.rows import ClipRow, Failure, ShotRow, StoryRow, VideoRow
from domain import OPEN_STATUSES, Motion, Status
from errors import AIStoryError
from orchestration.work.pauses import Pause, PauseReason
from resolvers.changes import StoryChange

_WAITS = {
    PauseReason.RATE_LIMITED: "which limits the rate",
    PauseReason.UNAVAILABLE: "which is down",
}


class FilmFailedError(AIStoryError):
    """The film cannot be made; the message says why."""

    code = "FILM_FAILED"


class FilmState:
    """The newest known rows of one story."""

    def __init__(self) -> None:
        self.story: StoryRow | None = None
        self.video: VideoRow | None = None
        self.clips: Sequence[ClipRow] = ()
        """Those that the shots show."""
        self.pause: Pause | None = None
        """Of the service that the next step needs."""
        self.notice: str | None = None
        """What is said instead of the title."""
        self._shots: dict[UUID, ShotRow] = {}

    @property
    def headline(self) -> str:
        """The present activity, in a few words."""
        title = "Starting ..." if self.story is None else self.story.title
        return self.notice or title or "Your story"

    @property
    def shots(self) -> list[ShotRow]:
        """The shots in playing order."""
        return sorted(self._shots.values(), key=lambda shot: shot.position)

    @property
    def wants_clips(self) -> bool:
        """Whether the pictures are to be animated."""
        return self.story is not None and self.story.motion is Motion.CLIP

    @property
    def waits_for(self) -> str | None:
        """The service that delays the film, and for how long; None if there is none."""
        if self.pause is None or self.pause.remaining_s <= 0:
            return None
        pause = self.pause
        if pause.reason is PauseReason.DISK_FULL:
            return "room on a disk, which is full"
        return f"the {pause.kind.word} service '{pause.provider}', {_WAITS[pause.reason]}"

    @property
    def all_ready(self) -> bool:
        """Whether there are shots, each with its picture, and no clip is pending."""
        if not self._shots or not all(
            shot.status is Status.COMPLETED for shot in self._shots.values()
        ):
            return False
        ended = [clip for clip in self.clips if clip.status not in OPEN_STATUSES]
        return not self.wants_clips or len(ended) == len(self._shots)

    def put_shots(self, shots: Sequence[ShotRow]) -> None:
        """Store rows, unless newer ones are known."""
        for shot in shots:
            known = self._shots.get(shot.id)
            if known is None or known.revision <= shot.revision:
                self._shots[shot.id] = shot

    def put_change(self, change: StoryChange) -> None:
        """Store the rows of an event."""
        self.story = change.story or self.story
        self.video = change.video or self.video
        if change.shot is not None:
            self.put_shots([change.shot])

    def finished_video(self) -> VideoRow | None:
        """The film when it is ready; None while something is pending.

        Raises:
            FilmFailedError: The film cannot be made.
        """
        story, video = self.story, self.video
        if story is not None and story.status in (Status.FAILED, Status.CANCELED):
            raise FilmFailedError(_reason("The script", story.status, story.failure))
        if video is not None and video.status is Status.COMPLETED:
            return video
        if video is not None and video.status in (Status.FAILED, Status.CANCELED):
            raise FilmFailedError(_reason("The film", video.status, video.failure))
        self._check_pictures()
        return None

    def _check_pictures(self) -> None:
        """One bad picture does not stop the others: the film fails only when all have ended."""
        shots = self.shots
        missing = [shot for shot in shots if shot.status is not Status.COMPLETED]
        if not missing or any(shot.status in OPEN_STATUSES for shot in shots):
            return
        first = missing[0]
        what = f"Picture {first.position} of {len(shots)}"
        others = f" {len(missing) - 1} more failed." if missing[1:] else ""
        raise FilmFailedError(_reason(what, first.status, first.failure) + others)


def _reason(what: str, status: Status, failure: Failure | None) -> str:
    if status is Status.CANCELED:
        return f"{what} was canceled. No film was made."
    if failure is None:
        return f"{what} failed."
    return f"{what} failed: {failure.message.rstrip('.')} ({failure.code})."
