"""What a voice has spoken is heard whole, whatever its format and whatever its headers claim."""

import os
import struct
from pathlib import Path

import pytest

from errors import BadBodyError
from orchestration.media.sound import speech
from orchestration.media.sound.speech import read_speech
from tests.films import everything_in
from tests.sounds import (
    ENCODINGS,
    JOINABLE,
    RATE_HZ,
    TONE_HZ,
    UNKNOWN,
    chunk,
    crossings_of,
    encoded,
    seconds_of,
    tone,
    wav,
)

STREAMED = wav(claims=lambda _: UNKNOWN)
LIST = chunk(b"LIST", b"INFOISFT\x05\x00\x00\x00Lavf\x00\x00")


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (wav() * 4, 4),
        (STREAMED * 4, 4),
        (STREAMED + wav(2) + STREAMED, 4),
        (wav(claims=lambda _: 0) * 3, 3),
        (wav(claims=lambda _: 0x7FFFFFFF) * 3, 3),
        (wav(claims=lambda _: 0x80000000 - 36) * 2, 2),
        (wav(claims=lambda size: 2 * size) * 2, 2),
        (wav(claims=lambda size: size // 4), 1),
        (wav(claims=lambda size: size // 4) * 3, 3),
        (wav() + tone(2), 3),
        (wav(before=LIST, after=LIST) * 4, 4),
        (wav(before=chunk(b"bext", b"odd"), after=chunk(b"id3 ", b"odd")) * 2, 2),
        (wav(after=b"LIST\x03\x00\x00\x00odd") + wav(), 2),
        (wav(after=b"\x00") + wav(), 2),
        (wav(before=chunk(b"fact", struct.pack("<I", UNKNOWN))) * 2, 2),
        (wav().replace(b"RIFF", b"RF64", 1) * 2, 2),
        (wav() + wav(rate_hz=44_100) + wav(rate_hz=8_000) + wav(), 4),
        (wav(0.025) * 160, 4),
        (wav(0.0) + wav(1) + STREAMED[:44], 1),
        (wav() + wav()[:20], 1),
    ],
    ids=[
        "joined",
        "joined streams",
        "joined both ways",
        "size 0",
        "size 2^31 - 1",
        "the greatest size of a RIFF of 2^31",
        "size too large",
        "size of the first part",
        "joined, size of the first part",
        "samples behind a whole file",
        "lists",
        "odd chunks",
        "an odd chunk without its pad",
        "a pad that is none",
        "a fact that is not known",
        "RF64",
        "rates",
        "many",
        "empty ones between",
        "a last one that breaks off",
    ],
)
async def test_wavs_are_heard_to_the_end(tmp_path: Path, body: bytes, seconds: float) -> None:
    file = tmp_path / "voice.wav"

    told = await read_speech(body, file)

    assert told == pytest.approx(seconds, abs=0.05)
    assert seconds_of(file) == told
    assert crossings_of(file) == pytest.approx(2 * TONE_HZ, rel=0.02), "headers are not heard"
    assert everything_in(tmp_path) == {file}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c:a", "pcm_u8"),
        ("-c:a", "pcm_s24le"),
        ("-c:a", "pcm_s32le"),
        ("-c:a", "pcm_f32le"),
        ("-c:a", "pcm_f64le"),
        ("-c:a", "pcm_alaw"),
        ("-c:a", "pcm_mulaw"),
        ("-c:a", "adpcm_ms"),
        ("-c:a", "adpcm_ima_wav"),
        ("-ac", "2"),
        ("-ac", "6"),
        ("-ar", "8000"),
        ("-ar", "96000"),
        ("-rf64", "always"),
    ],
    ids=" ".join,
)
async def test_wavs_of_every_kind_of_samples_are_heard_alone_and_joined(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    content = encoded("wav", *arguments, folder=tmp_path)
    file = tmp_path / "voice.wav"

    alone = await read_speech(content, file)
    joined = await read_speech(content * 3, file)

    assert alone == pytest.approx(1, abs=0.1)
    assert joined == pytest.approx(3 * alone, abs=0.05)
    assert crossings_of(file) == pytest.approx(2 * TONE_HZ, rel=0.1)


@pytest.mark.parametrize("suffix", ENCODINGS)
async def test_every_format_that_ffmpeg_reads_is_heard(tmp_path: Path, suffix: str) -> None:
    content = encoded(suffix, *ENCODINGS[suffix], folder=tmp_path)
    file = tmp_path / "voice.wav"

    told = await read_speech(content, file)

    assert told == pytest.approx(1, abs=0.1)
    assert crossings_of(file) == pytest.approx(2 * TONE_HZ, rel=0.1)


@pytest.mark.parametrize("suffix", JOINABLE)
async def test_joined_files_of_any_format_are_all_heard(tmp_path: Path, suffix: str) -> None:
    content = encoded(suffix, *ENCODINGS[suffix], folder=tmp_path)

    told = await read_speech(content * 4, tmp_path / "voice.wav")

    assert told == pytest.approx(4, abs=0.25)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        wav(0),
        wav(0) * 3,
        STREAMED[:44],
        STREAMED[:45],
        STREAMED[:30],
        wav()[:12],
        b"RIFF\xff\xff\xff\xffWAVEdata" + struct.pack("<I", 48_000) + tone(1),
        b"<!doctype html><html><body>502</body></html>",
        b'{"error": {"message": "no"}}',
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        os.urandom(4_096),
    ],
    ids=[
        "empty",
        "no samples",
        "joined, no samples",
        "a header alone",
        "half a sample",
        "half a header",
        "a name",
        "no format",
        "html",
        "json",
        "playlist",
        "garbage",
    ],
)
async def test_what_holds_no_sound_is_refused_and_leaves_nothing(
    tmp_path: Path, body: bytes
) -> None:
    with pytest.raises(BadBodyError):
        await read_speech(body, tmp_path / "voice.wav")

    assert everything_in(tmp_path) <= {tmp_path / "voice.wav"}


@pytest.mark.parametrize("suffix", ["m4a", "ogg", "opus", "flac", "webm", "mp3", "aac"])
async def test_a_beginning_without_sound_is_refused(tmp_path: Path, suffix: str) -> None:
    content = encoded(suffix, *ENCODINGS[suffix], folder=tmp_path)

    with pytest.raises(BadBodyError):
        await read_speech(content[:40], tmp_path / "voice.wav")


async def test_a_speech_that_never_ends_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "MAX_SPEECH_S", 2.0)

    told = await read_speech(wav(1) * 5, tmp_path / "voice.wav")

    assert told == pytest.approx(2, abs=1 / RATE_HZ)
