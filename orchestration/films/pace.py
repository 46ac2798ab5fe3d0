"""How long a shot plays: as its script estimates it, and as its voice then needs it."""

from domain import MAX_SHOT_SECONDS, MIN_SHOT_SECONDS
from orchestration.media.composing.film import VOICE_STARTS_S
from orchestration.media.lettering.subtitles import narration_seconds

_AFTER_VOICE_S = 0.7


def estimated_seconds(narration: str, language: str | None) -> float:
    """How long a shot plays as long as nobody has spoken its narration.

    `language` is a BCP 47 tag, None or empty for the text's own.
    """
    return _within_bounds(narration_seconds(narration, language))


def wished_seconds(wish: float | None, narration: str, language: str | None) -> float:
    """How long the script wants a shot to play; without a wish the narration decides."""
    if wish is None:
        return estimated_seconds(narration, language)
    return _within_bounds(wish)


def spoken_seconds(planned: float, voice: float, *, is_wished: bool) -> float:
    """How long a shot with a voice of so many seconds plays; a wish is never shortened.

    A long voice is heard to its end: the bound of wishes does not hold for it.
    """
    needed = max(VOICE_STARTS_S + voice + _AFTER_VOICE_S, MIN_SHOT_SECONDS)
    return max(planned, needed) if is_wished else needed


def _within_bounds(seconds: float) -> float:
    return min(max(seconds, MIN_SHOT_SECONDS), MAX_SHOT_SECONDS)
