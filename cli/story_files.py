"""Checks the input and output files of the `film` command before anything starts."""

import sys
from pathlib import Path

from errors import SetupError
from resolvers.text_files import MAX_TEXT_BYTES, TextFile, read_text_file

STDIN = "-"
_MOST_NAMED = 3


def read_story(source: str, *, encoding: str | None = None) -> TextFile:
    """The story's text from a file, or from standard input for `-`.

    Raises:
        SetupError: It cannot be read, is empty, or its encoding cannot be detected.
        InvalidInputError: It is too long, another type of file, or not in this encoding.
    """
    try:
        if source == STDIN:
            content = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise SetupError(f"Cannot read the story {source}: {error.strerror}.") from None
    told = read_text_file(content, encoding=encoding)
    if not told.text.strip():
        raise SetupError("The story is empty. Write at least one sentence.")
    if not told.is_certain:
        names = " or ".join(told.candidates[:_MOST_NAMED])
        raise SetupError(f"The encoding is ambiguous ({names}). Choose it with --encoding.")
    return told


def check_output(path: Path) -> None:
    """Make sure, before any work, that a film can be written to this path.

    Raises:
        SetupError: The folder is missing or not writable, or the path is a folder.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise SetupError(f"{path} is a folder. Choose an output file, for example -o film.mp4.")
    if not folder.is_dir():
        raise SetupError(
            f"The folder {folder} does not exist. Create it, or choose another with -o."
        )
    try:
        with (folder / f".{path.name}.part").open("wb") as file:
            file.close()
        (folder / f".{path.name}.part").unlink()
    except OSError as error:
        raise SetupError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with -o."
        ) from None
