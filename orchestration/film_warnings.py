"""What a finished film lacks, in sentences that say what to do about it."""

from collections.abc import Mapping, Sequence

from db.rows import VideoWarning
from domain import WarningCode
from orchestration.speaking import Silence


def narration_lost(reasons: Mapping[int, Silence], *, of: int) -> VideoWarning:
    """Shots without a voice: why each has none, by position; `of` shots have words."""
    positions = sorted(reasons)
    first = reasons[positions[0]]
    lost = "The narration" if len(positions) == of else f"The narration of {_shots(positions)}"
    return VideoWarning(
        WarningCode.NARRATION_LOST,
        f"{lost} is not heard: {first.message.rstrip('.')} ({first.code}). "
        "Once that is mended, render the film again; what was spoken is kept.",
        tuple(positions),
    )


def clips_left_out(positions: Sequence[int]) -> VideoWarning:
    """Shots whose clip cannot be read."""
    return VideoWarning(
        WarningCode.CLIP_LEFT_OUT,
        f"The clip of {_shots(positions)} cannot be read, so the picture is shown instead. "
        "Have the clip made again, then render the film again.",
        tuple(positions),
    )


def _shots(positions: Sequence[int]) -> str:
    *others, last = map(str, positions)
    return f"shots {', '.join(others)} and {last}" if others else f"shot {last}"
