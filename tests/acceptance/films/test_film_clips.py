"""Clips in films: cut, slowed, held, skipped, and joined to cards without a jump."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from domain import Transition
from errors import BadBodyError
from orchestration.media.composing.clips import Pace, make_first_frame, probe_clip
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import ComposedFilm, Film, FilmShot
from tests.films import FIRST_FRAME, SIZE, decode, frames_of, ignore_progress, paint


def make_clip(path: Path, seconds: float, *, rate: int = 12) -> Path:
    """A clip whose brightness tells the time: from dark at its start to light at `seconds`."""
    grey = f"lum='40+160*T/{seconds}':cb=128:cr=128"
    source = f"color=size=128x72:rate={rate}:duration={seconds},geq={grey}"
    decode(["-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-y", str(path), "-f", "null"])
    return path


def shot_of(folder: Path, clip: Path | None, *, seconds: float = 3.0) -> FilmShot:
    return FilmShot(
        image=paint(folder / "still.png", (200, 30, 30)),
        clip=clip,
        narration="",
        transition=Transition.CUT,
        duration_seconds=seconds,
    )


async def film_of(folder: Path, *shots: FilmShot, title: str = "") -> ComposedFilm:
    film = Film(title=title, shots=shots, size=SIZE)
    return await compose(film, folder / "film.mp4", report=ignore_progress)


def colours_of(path: Path) -> NDArray[np.int16]:
    """The red, green and blue of every frame."""
    raw = decode(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24"])
    return np.frombuffer(raw, np.uint8).reshape(-1, SIZE.height, SIZE.width, 3).astype(np.int16)


def greys(film: ComposedFilm, first: int, count: int) -> NDArray[np.float64]:
    """The brightness in the middle of each frame."""
    frames = frames_of(film.path)[first : first + count]
    return np.array([frame[60:120, 100:220].mean() for frame in frames])


async def test_a_clip_that_is_longer_than_its_shot_plays_at_its_own_pace_and_is_cut(
    tmp_path: Path,
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 6.0)

    film = await film_of(tmp_path, shot_of(tmp_path, clip), title="T")

    seen = greys(film, FIRST_FRAME + 24, 40)
    steps = np.polyfit(np.arange(40) / 24, seen, 1)[0]  # per second
    assert steps == pytest.approx(160 / 6 * 255 / 219, rel=0.15)
    assert seen[-1] < 40 + 160 * 0.62


async def test_a_clip_that_is_a_little_short_plays_slower_to_the_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 2.5)

    film = await film_of(tmp_path, shot_of(tmp_path, clip), title="T")

    seen = greys(film, FIRST_FRAME + 12, 48)
    assert np.polyfit(np.arange(48) / 24, seen, 1)[0] == pytest.approx(
        160 / 3.0 * 255 / 219, rel=0.15
    )


async def test_what_a_clip_lacks_is_its_last_frame_that_comes_closer(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 1.0)

    film = await film_of(tmp_path, shot_of(tmp_path, clip), title="T")

    seen = greys(film, FIRST_FRAME, 68)
    assert np.ptp(seen[40:]) < 3  # it rests
    assert seen[40] - seen[14] > 60  # it moved before


def test_the_pace_of_a_clip() -> None:
    assert Pace.of(5.0, 72) == Pace(1.0, 0)
    assert Pace.of(3.0, 72) == Pace(1.0, 0)
    assert Pace.of(2.5, 72) == Pace(1.2, 0)
    assert Pace.of(1.0, 72) == Pace(1.3, 72 - 31)


async def test_a_clip_that_cannot_be_read_is_passed_over_and_the_picture_shown(
    tmp_path: Path,
) -> None:
    broken, good = tmp_path / "broken.mp4", make_clip(tmp_path / "clip.mp4", 3.0)
    broken.write_bytes(b"no film" * 100)

    film = await film_of(tmp_path, shot_of(tmp_path, broken), shot_of(tmp_path, good), title="Two")

    assert film.clips_left_out == (1,)
    frames = colours_of(film.path)
    first, second = frames[FIRST_FRAME + 36], frames[FIRST_FRAME + 72 + 36]
    assert first[90, 160, 0] > first[90, 160, 1] + 100  # the red picture
    assert abs(int(second[90, 160, 0]) - int(second[90, 160, 1])) < 12  # the grey clip


async def test_cards_meet_the_clip_where_it_begins_and_ends(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 3.0)

    film = await film_of(tmp_path, shot_of(tmp_path, clip), title="T")

    frames = colours_of(film.path)
    assert (frames[..., 0] - frames[..., 1]).max() < 60  # the red still is nowhere seen
    end, start = frames[FIRST_FRAME + 72 + 30], frames[FIRST_FRAME - 24]
    assert end[80:100, 10:40].mean() > start[80:100, 10:40].mean() + 30  # light, as the clip ends


async def test_a_clip_is_found_sound_frame_by_frame(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    noisy = "testsrc2=size=128x72:rate=12:duration=1.5"
    decode(["-f", "lavfi", "-i", noisy, "-pix_fmt", "yuv420p", str(clip), "-f", "null"])

    facts = await probe_clip(clip)

    assert (facts.duration_seconds, facts.width, facts.height) == (1.5, 128, 72)
    torn = bytearray(clip.read_bytes())
    middle = (torn.index(b"mdat") + torn.index(b"moov")) // 2
    torn[middle : middle + 2_000] = b"\xa5" * 2_000
    clip.write_bytes(torn)
    with pytest.raises(BadBodyError) as failure:
        await probe_clip(clip)
    assert failure.value.code == "VIDEO_INVALID"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
async def test_a_clip_begins_with_the_picture_as_the_film_shows_it(
    tmp_path: Path, suffix: str
) -> None:
    picture = tmp_path / "picture"
    paint(tmp_path / f"tall.{suffix}", (10, 200, 10), size=(300, 900)).rename(picture)

    frame = await make_first_frame(picture, tmp_path / "frame.jpg", size=SIZE)

    assert frame.startswith(b"\xff\xd8\xff")
    assert (tmp_path / "frame.jpg").read_bytes() == frame
    with Image.open(tmp_path / "frame.jpg") as seen:
        assert seen.size == (SIZE.width, SIZE.height)
