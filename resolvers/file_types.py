"""Identifies the type of a file from its first bytes, unless it is plain text."""

_BEGINNINGS = (
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Microsoft Office"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"ID3\x03", "an MP3 recording"),
    (b"ID3\x04", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
)
_CONTAINERS = {b"WEBP": "a WebP picture", b"WAVE": "a WAV recording", b"AVI ": "an AVI film"}
_ZIPPED = (
    (b"application/epub+zip", "an EPUB book"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"word/", "a Word document"),
    (b"xl/", "an Excel workbook"),
    (b"ppt/", "a PowerPoint presentation"),
)
_ZIP_NAMES_BYTES = 4_096
"""The first names of an archive are within this many bytes."""


def name_type(content: bytes) -> str | None:
    """The type of the bytes, with its article, as in "a PDF"; None if they may be text."""
    if content.startswith(b"PK\x03\x04"):
        head = content[:_ZIP_NAMES_BYTES]
        return next((name for mark, name in _ZIPPED if mark in head), "a ZIP archive")
    if content.startswith(b"RIFF"):
        return _CONTAINERS.get(content[8:12])
    if content[:1] == b"\0" and content[4:8] == b"ftyp":
        return "a film, a recording or a picture"
    return next((name for mark, name in _BEGINNINGS if content.startswith(mark)), None)
