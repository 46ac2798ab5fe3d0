"""means that every shot has its picture, and its clip if one is pending."""

from dataclasses import dataclass

from db.rows import ShotCounts, Standing
from domain import OPEN_STATUSES, NextStepCode, Status, StoryPhase

_SCRIPT_SHARE = 0.1
"""The script's share of a story's progress; the pictures are the rest."""
_NEARLY = 0.99
"""The maximum progress of a story while a picture or a clip is missing."""

_ENDED_SCRIPTS = {
    Status.FAILED: StoryPhase.NEEDS_ATTENTION,
    Status.CANCELED: StoryPhase.CANCELED,
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The user's next step; `message` describes it in a sentence."""

    code: NextStepCode
    message: str


def phase_of(script: Status, standing: Standing) -> StoryPhase:
    """The phase of a story with a script in this status."""
    if script in OPEN_STATUSES:
        return StoryPhase.WRITING
    if script is not Status.COMPLETED:
        return _ENDED_SCRIPTS[script]
    if standing.film in OPEN_STATUSES:
        return StoryPhase.RENDERING
    if standing.shots.is_open:
        return StoryPhase.DRAWING
    return _phase_at_rest(standing)


def _phase_at_rest(standing: Standing) -> StoryPhase:
    """Nothing is being made. An existing film was requested as it is, whatever shots it lacks."""
    shots = standing.shots
    if standing.film is Status.FAILED:
        return StoryPhase.NEEDS_ATTENTION
    if standing.film is Status.COMPLETED or standing.plays:
        return StoryPhase.DONE
    if shots.failed or not shots.total:
        return StoryPhase.NEEDS_ATTENTION
    return StoryPhase.READY if shots.is_whole else StoryPhase.CANCELED


def next_step_of(script: Status, standing: Standing) -> NextStep | None:
    """The user's next step; None while something is being made, and when all is done."""
    match phase_of(script, standing):
        case StoryPhase.WRITING | StoryPhase.DRAWING | StoryPhase.RENDERING:
            return None
        case StoryPhase.READY:
            return NextStep(NextStepCode.MAKE_FILM, "All pictures are ready. Make the film.")
        case StoryPhase.DONE:
            return _retry_shots(standing.shots, "then make the film again")
        case StoryPhase.NEEDS_ATTENTION | StoryPhase.CANCELED:
            return _mend(script, standing)


def _mend(script: Status, standing: Standing) -> NextStep | None:
    if script is Status.FAILED:
        sentence = "The script failed. Check the error, then retry the story or change its text."
        return NextStep(NextStepCode.RETRY_SCRIPT, sentence)
    if script is Status.CANCELED:
        sentence = "The story was canceled before its script was written. Retry it to continue."
        return NextStep(NextStepCode.RETRY_SCRIPT, sentence)
    if standing.film is Status.FAILED:
        return NextStep(
            NextStepCode.RETRY_FILM, "The film failed. Check the error, then make it again."
        )
    if not standing.shots.total:
        return NextStep(NextStepCode.ADD_SHOTS, "The story has no shots. Add one.")
    return _retry_shots(standing.shots, "or make the film anyway")


def _retry_shots(shots: ShotCounts, otherwise: str) -> NextStep | None:
    if shots.is_whole and not shots.failed:
        return None
    count = shots.failed + shots.canceled
    were, them = ("was", "it") if count == 1 else ("were", "them")
    sentence = f"{count} of {shots.total} shots {were} not drawn. Retry {them}, {otherwise}."
    return NextStep(NextStepCode.RETRY_SHOTS, sentence)


def progress_of(script: Status, shots: ShotCounts) -> float:
    """0..1 over script and pictures; it never decreases between two actions of the user."""
    if script is not Status.COMPLETED or not shots.total:
        return 0.0
    done = _SCRIPT_SHARE + (1 - _SCRIPT_SHARE) * shots.done / shots.total
    return round(min(done, 1.0 if shots.is_whole else _NEARLY), 4)
