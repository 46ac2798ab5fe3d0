"""Splits a body that contains several concatenated sound files.

Servers that speak sentence by sentence concatenate whole files, of which players play only the
first. ffmpeg itself continues from one MP3, Ogg, FLAC, ADTS or AU file to the next; the others are
split here. The sizes in a WAV are not trusted: streamed ones hold a placeholder, or the first
piece's.
"""

import re
import struct
from collections.abc import Iterator
from itertools import groupby

_WAV = re.compile(rb"(?:RIFF|RF64)....WAVE", re.DOTALL)
_JOINED = (
    re.compile(rb"\x00\x00[\x00-\x03].ftyp[ -~]{4}", re.DOTALL),
    re.compile(rb"\x1a\x45\xdf\xa3(?=.{1,60}(?:webm|matroska))", re.DOTALL),
)
"""How an MP4 and a Matroska file begin."""
_CHUNK_ID = re.compile(rb"[ -~]{4}")
_HEADER_BYTES = 8
_FORM_BYTES = 12
_BLOCK_SIZE_AT = 12
"""In the format chunk: the number of bytes per sample frame."""


def split_sounds(content: bytes) -> list[bytes]:
    """The files in playing order, each readable by ffmpeg; empty if WAVs contain nothing.

    Neighbouring WAVs of one format become one.
    """
    if _WAV.match(content):
        pieces = groupby(_wav_pieces(content), key=lambda piece: piece[0])
        return [_wav(form, b"".join(data for _, data in group)) for form, group in pieces]
    for beginning in _JOINED:
        if beginning.match(content):
            starts = [match.start() for match in beginning.finditer(content)]
            ends = [*starts[1:], len(content)]
            return [content[start:end] for start, end in zip(starts, ends, strict=True)]
    return [content]


def _wav_pieces(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The format and the samples of each WAV file that has some."""
    at, form = 0, b""
    while len(content) - at >= _HEADER_BYTES:
        name, size = content[at : at + 4], _number(content, at + 4)
        start = at + _HEADER_BYTES
        if _WAV.match(content, at):
            at, form = at + _FORM_BYTES, b""
        elif name == b"data" and form:
            end = _end_of_samples(content, start, size)
            block = max(struct.unpack_from("<H", form, _BLOCK_SIZE_AT)[0], 1)
            whole = (end - start) // block * block
            if whole:
                yield form, content[start : start + whole]
            at = _next_chunk(content, end) or end
        else:
            if name == b"fmt " and size > _BLOCK_SIZE_AT + 1:
                form = content[start : start + size]
            at = _next_chunk(content, start + size) or _next_file(content, start)


def _end_of_samples(content: bytes, start: int, claimed: int) -> int:
    """As claimed if a chunk or file follows there, else where the next file begins."""
    if claimed and _next_chunk(content, start + claimed) is not None:
        return start + claimed
    return _next_file(content, start)


def _next_file(content: bytes, start: int) -> int:
    following = _WAV.search(content, start)
    return following.start() if following else len(content)


def _next_chunk(content: bytes, end: int) -> int | None:
    """Where the next chunk or file begins after an end, padded or not; None if nothing fits.

    The end of the content counts as one.
    """
    for at in (end + end % 2, end, end + 1):
        if at in (len(content), len(content) + 1):
            return at
        if _CHUNK_ID.match(content, at) and _fits(content, at):
            return at
    return None


def _fits(content: bytes, at: int) -> bool:
    """Whether an apparent chunk ends within the content; a streamed file need not."""
    if len(content) - at < _HEADER_BYTES:
        return False
    is_open = content[at : at + 4] in (b"RIFF", b"RF64", b"data")
    return is_open or at + _HEADER_BYTES + _number(content, at + 4) <= len(content)


def _wav(form: bytes, samples: bytes) -> bytes:
    size = len(samples)
    head = struct.pack("<4sI4s4sI", b"RIFF", 20 + len(form) + size, b"WAVE", b"fmt ", len(form))
    return head + form + struct.pack("<4sI", b"data", size) + samples


def _number(content: bytes, at: int) -> int:
    return struct.unpack_from("<I", content, at)[0]
