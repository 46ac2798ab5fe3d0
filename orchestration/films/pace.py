"""The length of a shot: at least as long as its words take to be heard or read.

The limit of explicit lengths does not apply to words: they are heard or read to their end.
"""

from domain import MAX_SHOT_SECONDS, MIN_SHOT_SECONDS
from orchestration.media.composing.film import VOICE_STARTS_S
from orchestration.media.lettering.subtitles import narration_seconds

_AFTER_VOICE_S = 0.7
_HASTE = 1.6
"""How much faster than usual people can read: about 20 characters a second."""


def estimated_seconds(narration: str, language: str | None) -> float:
    """The length of a shot whose narration is not spoken, or not yet: its reading time.

    `language` is a BCP 47 tag, None or empty for the text's own.
    """
    return narration_seconds(narration, language)


def wished_seconds(wish: float | None, narration: str, language: str | None) -> float:
    """The length of a shot in the script, which may wish for more than its words need."""
    needed = estimated_seconds(narration, language)
    if wish is None:
        return needed
    return max(min(max(wish, MIN_SHOT_SECONDS), MAX_SHOT_SECONDS), needed / _HASTE)


def spoken_seconds(planned: float, voice: float, *, is_wished: bool) -> float:
    """The length of a shot with a voice of this many seconds, at least its explicit length."""
    needed = max(VOICE_STARTS_S + voice + _AFTER_VOICE_S, MIN_SHOT_SECONDS)
    return max(planned, needed) if is_wished else needed


def read_seconds(planned: float, narration: str, language: str | None, *, is_wished: bool) -> float:
    """The length of a shot whose words are only read; an explicit one may hurry the reader."""
    needed = estimated_seconds(narration, language)
    return max(planned, needed / _HASTE) if is_wished else needed
