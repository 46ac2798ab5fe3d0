"""The options of a film, and its files before they are stored."""

from dataclasses import dataclass
from pathlib import Path

from db.rows import VideoWarning


@dataclass(frozen=True, slots=True)
class FilmInputs:
    """The options of a film; its story and shots are read when it is made."""

    burn_subtitles: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedFilm:
    """The files of a film, its length in seconds and its size in pixels."""

    path: Path
    thumbnail: Path
    subtitles: Path | None = None
    duration_seconds: float
    width: int
    height: int
    warnings: tuple[VideoWarning, ...] = ()
