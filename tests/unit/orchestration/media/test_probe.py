"""What a film file really holds, whatever its name says."""

import os
from pathlib import Path

import pytest
from PIL import Image

from errors import BadBodyError
from orchestration.media.composing.film import ComposedFilm
from orchestration.media.probe import make_thumbnail, probe_film
from tests.films import compose_sample, decode, everything_in


@pytest.fixture(scope="module")
async def composed(tmp_path_factory: pytest.TempPathFactory) -> ComposedFilm:
    return await compose_sample(tmp_path_factory.mktemp("film"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><html><body>502 Bad Gateway</body></html>",
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        os.urandom(4_096),
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    ],
    ids=["empty", "html", "playlist", "concat", "garbage", "header-only"],
)
async def test_what_is_no_film_is_found_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)

    with pytest.raises(BadBodyError) as caught:
        await probe_film(path)
    with pytest.raises(BadBodyError):
        await make_thumbnail(path, tmp_path / "thumbnail.jpg")

    assert caught.value.code == "VIDEO_INVALID"
    assert everything_in(tmp_path) == {path}


async def test_a_film_cut_short_has_its_real_length(composed: ComposedFilm, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    content = composed.path.read_bytes()
    short.write_bytes(content[: len(content) * 2 // 3])

    facts = await probe_film(short)

    assert 0 < facts.duration_seconds < composed.duration_seconds - 0.3


async def test_a_thumbnail_is_made_from_a_film_however_short(
    composed: ComposedFilm, tmp_path: Path
) -> None:
    blink = tmp_path / "blink.mp4"
    blink.write_bytes(decode(["-i", str(composed.path), "-frames:v", "3", "-f", "matroska"]))

    for film in (composed.path, blink):
        await make_thumbnail(film, tmp_path / "thumbnail.jpg")

        with Image.open(tmp_path / "thumbnail.jpg") as thumbnail:
            assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 180))
