"""The name under which a browser saves a file, as RFC 6266 has it."""

import re
import unicodedata
from urllib.parse import quote

from text.sentences import clean
from text.shortening import cut_characters

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\n\t]+')
"""On some system; Windows has the most."""
_LONGEST = 60
"""Characters: a name of 255 bytes is the most that file systems take, and 4 bytes a character."""
_EDGES = " .~-"


def attachment(title: str, suffix: str, *, otherwise: str) -> str:
    """The value of Content-Disposition for a file with this title and suffix, ".mp4".

    Clients that know no UTF-8 form get the title's ASCII characters, or the name `otherwise`, which
    must be ASCII without quotation marks.
    """
    name = _tidy(title)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    # A percent sign would be decoded by some, and what is left of other scripts is no name.
    plain = _tidy(plain.replace("%", " ")) if plain.count(" ") < len(plain) / 2 else ""
    fallback = f"{plain or otherwise}{suffix}"
    value = f'attachment; filename="{fallback}"'
    if not name or name == plain:
        return value
    return f"{value}; filename*=UTF-8''{quote(name + suffix, safe='')}"


def _tidy(title: str) -> str:
    words = " ".join(_FORBIDDEN.sub(" ", clean(title)).split())
    return cut_characters(words, _LONGEST).strip(_EDGES)
