"""Concatenates the segments, with the sound and the subtitles, without encoding them again."""

import struct
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from orchestration.media import ffmpeg
from orchestration.media.composing.film import Film
from orchestration.media.lettering.cards import title_words
from orchestration.media.sound.mixing import SOUND_FILE

_LISTING = "segments.txt"
_LANGUAGES = {
    "ar": "ara",
    "de": "ger",
    "en": "eng",
    "es": "spa",
    "fr": "fre",
    "hi": "hin",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "pt": "por",
    "ru": "rus",
    "zh": "chi",
}
"""BCP 47 to ISO 639-2, the only code of an MP4."""
_MOST_INDEX_BYTES = 16 * 1024 * 1024
"""Of a film's beginning; the index of an hour takes two megabytes."""
_DEADLINE_S = 300.0
_DEADLINE_PER_SECOND_S = 5.0


async def join_film(
    film: Film,
    segments: Sequence[str],
    *,
    folder: Path,
    subtitles: str | None,
    seconds: float,
    destination: str,
    on_progress: Callable[[float], Awaitable[None]],
) -> None:
    """Write the film, with its index first, so that it plays while it loads.

    The subtitles are a track that players can switch; it is on by default unless they are burned
    in.

    Raises:
        CompositionError: ffmpeg failed.
    """
    listing = "".join(f"file {name}\n" for name in segments)
    (folder / _LISTING).write_text(listing, encoding="ascii")
    inputs = ["-f", "concat", "-i", _LISTING, "-i", SOUND_FILE]
    outputs = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "copy"]
    if subtitles:
        inputs += ["-f", "srt", "-i", subtitles]
        outputs += ["-map", "2:s", "-c:s", "mov_text", *_track_facts(film)]
    outputs += ["-metadata", f"title={title_words(film.title)}", "-movflags", "+faststart"]
    await ffmpeg.run_reporting(
        [*inputs, *outputs, "-t", f"{seconds:.6f}", "-f", "mp4", destination],
        folder=folder,
        deadline_s=_DEADLINE_S + _DEADLINE_PER_SECOND_S * seconds,
        on_seconds=lambda done_s: on_progress(done_s / seconds),
    )
    if subtitles and film.burn_subtitles:
        _switch_off_subtitles(folder / destination)


def _track_facts(film: Film) -> list[str]:
    primary = (film.language or "").partition("-")[0].lower()
    return [
        *("-metadata:s:s:0", f"language={_LANGUAGES.get(primary, 'und')}"),
        *("-disposition:s:0", "0" if film.burn_subtitles else "default"),
    ]


def _switch_off_subtitles(path: Path) -> None:
    """Clear the track's "enabled" flag: players would draw it over the burned-in subtitles.

    ffmpeg sets that flag for the first track of every kind, whatever its disposition.
    """
    with path.open("r+b") as file:
        index = file.read(_MOST_INDEX_BYTES)
        for start, end in _boxes(index, b"moov", 0, len(index)):
            for track_start, track_end in _boxes(index, b"trak", start, end):
                track = index[track_start:track_end]
                header = track.find(b"tkhd") + len(b"tkhd")
                if b"hdlr\0\0\0\0\0\0\0\0sbtl" in track:
                    flags = int.from_bytes(track[header : header + 4]) & ~1
                    file.seek(track_start + header)
                    file.write(flags.to_bytes(4))


def _boxes(content: bytes, kind: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the content of each box of that kind is, between two positions of an MP4."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", content, start)
        if name == kind:
            yield start + 8, start + size
        start += max(size, 8)
