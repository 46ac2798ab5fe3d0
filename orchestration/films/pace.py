"""The length of a shot: estimated by its script, and adapted to its voice."""

from domain import MAX_SHOT_SECONDS, MIN_SHOT_SECONDS
from orchestration.media.composing.film import VOICE_STARTS_S
from orchestration.media.lettering.subtitles import narration_seconds

_AFTER_VOICE_S = 0.7


def estimated_seconds(narration: str, language: str | None) -> float:
    """The length of a shot whose narration is not spoken yet.

    `language` is a BCP 47 tag, None or empty for the text's own.
    """
    return _within_bounds(narration_seconds(narration, language))


def wished_seconds(wish: float | None, narration: str, language: str | None) -> float:
    """The length of a shot in the script; unless set explicitly, it follows from the narration."""
    if wish is None:
        return estimated_seconds(narration, language)
    return _within_bounds(wish)


def spoken_seconds(planned: float, voice: float, *, is_wished: bool) -> float:
    """The length of a shot with a voice of this many seconds, at least its explicit length.

    A long voice is heard to its end: the limit of explicit lengths does not apply to it.
    """
    needed = max(VOICE_STARTS_S + voice + _AFTER_VOICE_S, MIN_SHOT_SECONDS)
    return max(planned, needed) if is_wished else needed


def _within_bounds(seconds: float) -> float:
    return min(max(seconds, MIN_SHOT_SECONDS), MAX_SHOT_SECONDS)
