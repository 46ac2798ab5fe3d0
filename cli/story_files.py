"""The files of the `film` command, looked at before anything is started: the story and its film."""

import sys
from pathlib import Path

from domain import MAX_CONTENT_LENGTH
from errors import SetupError

STDIN = "-"
_MOST_BYTES_PER_CHARACTER = 4


def read_story(source: str) -> str:
    """The story's text from a file, or from standard input for `-`.

    Raises:
        SetupError: It cannot be read, is empty, or is no text in UTF-8.
    """
    most = MAX_CONTENT_LENGTH * _MOST_BYTES_PER_CHARACTER + 1
    try:
        if source == STDIN:
            content = sys.stdin.buffer.read(most)
        else:
            with Path(source).open("rb") as file:
                content = file.read(most)
    except OSError as error:
        raise SetupError(f"The story {source} cannot be read ({error.strerror}).") from None
    # Read up to the limit, a longer text may end inside a character; it is refused for its length.
    on_error = "ignore" if len(content) == most else "strict"
    try:
        text = content.decode("utf-8-sig", errors=on_error)
    except UnicodeDecodeError:
        raise SetupError("The story is not text in UTF-8: save it as UTF-8, then again.") from None
    if not text.strip():
        raise SetupError("The story is empty: write at least a sentence.")
    return text


def check_output(path: Path) -> None:
    """Make sure, before any work, that a film can be written there.

    Raises:
        SetupError: The folder is absent or closed, or the path is a folder.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise SetupError(f"{path} is a folder: name the film's file with -o, say -o film.mp4.")
    if not folder.is_dir():
        raise SetupError(f"The folder {folder} does not exist: make it, or choose another with -o.")
    try:
        with (folder / f".{path.name}.part").open("wb") as file:
            file.close()
        (folder / f".{path.name}.part").unlink()
    except OSError as error:
        raise SetupError(f"No file can be written in {folder} ({error.strerror}).") from None
