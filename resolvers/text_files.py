"""Decodes a text from a file's bytes, in any encoding.

Explicit evidence comes first: a byte order mark, then UTF-8. Anything else is a guess, and reported
as one. Text that cannot be decoded without loss is rejected, so U+FFFD never becomes part of a
story.
"""

import codecs
import re
from dataclasses import dataclass
from encodings.aliases import aliases

from domain import MAX_CONTENT_LENGTH
from errors import InvalidInputError
from resolvers.encodings import Encoding, known_encodings
from resolvers.file_types import name_type
from resolvers.texts import check_characters

_MOST_BYTES_PER_CHARACTER = 4
MAX_TEXT_BYTES = _MOST_BYTES_PER_CHARACTER * (MAX_CONTENT_LENGTH + 1)
"""Of the longest text with a byte order mark, in any encoding."""
_MARKED = (
    (codecs.BOM_UTF8, Encoding("UTF-8", "utf-8")),
    (codecs.BOM_UTF32_LE, Encoding("UTF-32LE", "utf-32-le")),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, Encoding("UTF-32BE", "utf-32-be")),
    (codecs.BOM_UTF16_LE, Encoding("UTF-16LE", "utf-16-le")),
    (codecs.BOM_UTF16_BE, Encoding("UTF-16BE", "utf-16-be")),
)
_SUBSETS = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "tis_620": "cp874",
    "koi8_r": "koi8_u",
    "utf_16": "utf_16_le",
    "utf_8_sig": "utf_8",
}
"""For Python's name of an encoding, the one of ours that includes it."""
_CUT_OFF = ("unexpected end of data", "incomplete multibyte sequence", "truncated data")
"""What Python's decoders report for a text that ends inside a character."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028]")
_SAMPLE_BYTES = 4_096
_CERTAIN = 5.0
"""Natural logarithm of the minimum odds of a certain guess: 150 to 1."""
_PLAUSIBLE = -5.5
"""Likelihood per byte: texts in their own encoding are above, Chinese read as Russian is below."""
_POSSIBLE = -7.0
"""Minimum likelihood per byte of a candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file's text with plain line ends, and how its bytes were decoded.

    `candidates` are the encodings in which they are valid text, the likeliest first, without those
    that give the same text as an earlier one. Unless it `is_certain`, a person should check the
    text.
    """

    text: str
    encoding: str
    candidates: tuple[str, ...]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """The bytes decoded in one encoding; `end` is the end of the last whole character."""

    encoding: Encoding
    text: str
    end: int
    likelihood: float
    """Per byte."""


def read_text_file(content: bytes, *, encoding: str | None = None) -> TextFile:
    """The text of a file, in the given encoding or the detected one.

    Raises:
        InvalidInputError: TOO_LONG; UNSUPPORTED if it is another type of file, which the message
            names, or the encoding is unknown; INVALID if it cannot be decoded without loss.
    """
    if len(content) > MAX_TEXT_BYTES:
        message = f"The text has more than {MAX_CONTENT_LENGTH:,} characters. Shorten it."
        raise InvalidInputError(message, code="TOO_LONG")
    if (kind := name_type(content)) is not None:
        raise InvalidInputError(f"The file is {kind}. Save it as plain text.", code="UNSUPPORTED")
    if encoding is not None:
        return _read_as(content, _named(encoding))
    for mark, marked in _MARKED:
        if content.startswith(mark):
            return _read_as(content, marked)
    return _guessed(content)


def _read_as(content: bytes, encoding: Encoding) -> TextFile:
    try:
        text = content.decode(encoding.codec)
    except UnicodeDecodeError as error:
        raise _unreadable(encoding, error) from None
    others = [r.encoding.name for r in _readings(content) if r.encoding.name != encoding.name]
    return _finished(text, encoding, others=others)


def _guessed(content: bytes) -> TextFile:
    utf_8 = _utf_8_of(content)
    readings = _readings(content)
    if utf_8 is not None:
        others = [reading.encoding.name for reading in readings if reading.text != utf_8]
        return _finished(utf_8, known_encodings()[0], others=others)
    if not readings:
        raise InvalidInputError("The encoding was not recognized. Save the text as UTF-8.")
    best, *rest = readings
    if best.end < len(content):
        raise _cut_off(best.encoding)
    return _finished(
        best.text,
        best.encoding,
        others=[reading.encoding.name for reading in rest if reading.end == len(content)],
        is_certain=_is_certain(best, rest, len(_sample_of(content))),
    )


def _is_certain(best: _Reading, rest: list[_Reading], sample_bytes: int) -> bool:
    odds = (best.likelihood - rest[0].likelihood) * sample_bytes if rest else _CERTAIN
    return best.likelihood > _PLAUSIBLE and odds >= _CERTAIN


def _finished(
    text: str, encoding: Encoding, *, others: list[str], is_certain: bool = True
) -> TextFile:
    text = text.removeprefix("\ufeff").removesuffix("\x1a")  # as DOS ended its files
    check_characters(text, field="text")
    return TextFile(
        text=_LINE_END.sub("\n", text).replace("\u2029", "\n\n"),
        encoding=encoding.name,
        candidates=(encoding.name, *others),
        is_certain=is_certain,
    )


def _utf_8_of(content: bytes) -> str | None:
    """The text in UTF-8; None if it is in another encoding.

    Raises:
        InvalidInputError: It is damaged UTF-8: most of its characters are valid.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        sample, encoding = _sample_of(content), known_encodings()[0]
        told = sample.decode(errors="replace")
        is_whole = sum(mark > "\x7f" for mark in told) >= 2 * told.count("\ufffd")
        if is_whole and encoding.likelihood(sample) > _PLAUSIBLE * len(sample):
            raise _unreadable(encoding, error) from None
        return None
    return None if "\0" in text else text  # English in UTF-16 without a mark


def _readings(content: bytes) -> list[_Reading]:
    """All possible encodings other than UTF-8, the likeliest first, each text once."""
    if content.isascii() and b"\0" not in content:
        return []
    sample = _sample_of(content)
    found: dict[str, _Reading] = {}
    for encoding in known_encodings()[1:]:
        read = encoding.read(content)
        if read is None or read[0] in found:
            continue
        reading = _Reading(encoding, *read, encoding.likelihood(sample) / len(sample))
        if reading.likelihood > (_POSSIBLE if reading.end == len(content) else _PLAUSIBLE):
            found[reading.text] = reading
    return sorted(found.values(), key=lambda reading: reading.likelihood, reverse=True)


def _sample_of(content: bytes) -> bytes:
    """The bytes to judge by, from the first non-ASCII one that begins a unit of UTF-16."""
    first = _BEYOND_ASCII.search(content)
    start = 0 if first is None else first.start() & ~1
    return content[start : start + _SAMPLE_BYTES]


def _unreadable(encoding: Encoding, error: UnicodeDecodeError) -> InvalidInputError:
    if error.reason in _CUT_OFF:
        return _cut_off(encoding)
    return InvalidInputError(
        f"The text is not valid {encoding.name} (byte {error.start:,}). Choose another encoding, "
        "or save it as UTF-8."
    )


def _cut_off(encoding: Encoding) -> InvalidInputError:
    message = f"The file ends within a {encoding.name} character. Save it again."
    return InvalidInputError(message)


def _named(name: str) -> Encoding:
    """The encoding with this name, in any of its usual spellings.

    Does not use `codecs.lookup`, which keeps every unknown name for ever.

    Raises:
        InvalidInputError: UNSUPPORTED.
    """
    folded = _folded(name)
    codec = aliases.get(folded, folded)
    codec = _SUBSETS.get(codec, codec)
    for encoding in known_encodings():
        if codec == _folded(encoding.codec) or folded == _folded(encoding.name):
            return encoding
    names = ", ".join(encoding.name for encoding in known_encodings())
    raise InvalidInputError(f"Unsupported encoding. Use one of {names}.", code="UNSUPPORTED")


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower())
