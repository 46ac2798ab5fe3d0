"""Films composed by the real ffmpeg: their facts and their look."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from domain import Size, Transition
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import ComposedFilm, Film, FilmShot, plan_spans
from orchestration.media.composing.segments import plan_segments
from orchestration.media.lettering.cards import END_SECONDS, end_words, title_track
from orchestration.media.lettering.typefaces import Lettering, Typefaces, bundled
from orchestration.media.probe import probe_film
from tests.films import (
    CARDS_S,
    FIRST_FRAME,
    SAMPLE_RATE_HZ,
    SIZE,
    compose_sample,
    decode,
    everything_in,
    film_of,
    frames_of,
    ignore_progress,
    paint_pictures,
    sound_of,
)
from tests.fonts import make_font


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    return paint_pictures(tmp_path)


@pytest.fixture(scope="module")
async def composed(tmp_path_factory: pytest.TempPathFactory) -> ComposedFilm:
    return await compose_sample(tmp_path_factory.mktemp("film"))


async def test_every_planned_frame_is_in_the_film_however_odd_the_lengths(
    pictures: list[Path], tmp_path: Path
) -> None:
    transitions = list(Transition) * 3
    shots = tuple(
        FilmShot(
            image=pictures[at % 3],
            narration="",
            transition=transition,
            duration_seconds=1.37 + at * 0.61,
        )
        for at, transition in enumerate(transitions)
    )
    film = Film(title="Odd", shots=shots, size=Size(64, 36))

    composed = await compose(film, tmp_path / "odd.mp4", report=ignore_progress)

    planned = sum(segment.span.frames for segment in plan_segments(film))
    assert composed.duration_seconds == pytest.approx(planned / 24, abs=0.001)


async def test_a_film_has_the_promised_length_size_and_streams(composed: ComposedFilm) -> None:
    facts = await probe_film(composed.path)

    assert composed.duration_seconds == pytest.approx(3.6 + CARDS_S, abs=0.03)
    assert facts.duration_seconds == pytest.approx(composed.duration_seconds, abs=0.001)
    assert (facts.width, facts.height) == (composed.width, composed.height) == (320, 180)
    assert composed.size_bytes == composed.path.stat().st_size > 10_000
    assert len(frames_of(composed.path)) == round(composed.duration_seconds * 24)
    sound_s = len(sound_of(composed.path)) / SAMPLE_RATE_HZ
    assert sound_s == pytest.approx(composed.duration_seconds, abs=0.03)


def test_the_index_comes_before_the_film_so_that_it_plays_while_it_loads(
    composed: ComposedFilm,
) -> None:
    content = composed.path.read_bytes()

    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="Debian's ffprobe is not installed")
def test_another_program_sees_h264_aac_and_the_title(composed: ComposedFilm) -> None:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json"]

    answer = subprocess.run([*command, str(composed.path)], check=True, capture_output=True)

    facts = json.loads(answer.stdout)
    video, audio, subtitles = facts["streams"]
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert (video["r_frame_rate"], video["color_space"]) == ("24/1", "bt709")
    assert audio["codec_name"] == "aac"
    assert float(audio["duration"]) == pytest.approx(float(video["duration"]), abs=0.03)
    assert subtitles["codec_name"] == "mov_text"
    assert facts["format"]["tags"]["title"] == "孔乙己 -i"


def test_the_thumbnail_is_a_jpeg_of_the_first_picture(composed: ComposedFilm) -> None:
    with Image.open(composed.thumbnail_path) as thumbnail:
        assert thumbnail.format == "JPEG"
        assert thumbnail.size == (320, 180)
        red, green, _ = np.asarray(thumbnail.convert("RGB")).astype(int)[170, 300]
    assert red > green + 60


def test_the_subtitles_follow_the_shots(composed: ComposedFilm) -> None:
    track = composed.subtitles_path.read_text(encoding="utf-8")

    assert track.startswith("1\n00:00:03,000 --> 00:00:04,2")
    assert "鲁镇的酒店的格局" in track
    ends = re.findall(r"--> 00:00:(\d\d),(\d{3})", track)
    assert float(".".join(ends[-1])) == pytest.approx(3.0 + 3.6, abs=0.03)


async def test_chinese_is_drawn_in_the_lower_third_and_nowhere_else(
    pictures: list[Path], tmp_path: Path
) -> None:
    shot = FilmShot(
        image=pictures[0],
        narration="鲁镇的酒店的格局",
        transition=Transition.CUT,
        duration_seconds=1.5,
    )
    frames: list[NDArray[np.int16]] = []

    for is_burned in (True, False):
        film = Film(title="", shots=(shot,), size=SIZE, burn_subtitles=is_burned)
        destination = tmp_path / f"{is_burned}.mp4"
        await compose(film, destination, report=ignore_progress)
        frames.append(frames_of(destination)[24])

    changed = np.abs(frames[0] - frames[1]) > 60
    third = SIZE.height * 2 // 3
    columns = np.flatnonzero(changed[third:].any(axis=0))
    assert changed[third:].sum() > 200
    assert changed[:third].sum() == 0
    # Eight characters of one em each, drawn as letters and not as one box.
    assert 60 < columns[-1] - columns[0] < 130
    assert changed[third:, columns[0] : columns[-1]].mean() < 0.5


async def test_the_bundled_font_alone_draws_chinese(
    pictures: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "no-fonts.conf"
    nowhere.write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(nowhere))
    shots = tuple(
        FilmShot(
            image=pictures[0],
            narration=narration,
            transition=Transition.CUT,
            duration_seconds=0.5,
        )
        for narration in ("孔乙己", "茴香豆")
    )

    film = Film(title="", shots=shots, size=SIZE)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    frames = frames_of(composed.path)[:, SIZE.height * 2 // 3 :]
    # Missing characters would all be the same empty box.
    assert (np.abs(frames[10] - frames[13]) > 60).sum() > 40


def test_ken_burns_moves_smoothly_and_a_cut_is_hard_but_a_crossfade_blends(
    composed: ComposedFilm,
) -> None:
    frames = frames_of(composed.path)[FIRST_FRAME:, : SIZE.height * 2 // 3]
    levels = frames[:, :20, -40:].mean(axis=(1, 2))

    assert np.abs(frames[20] - frames[12]).max() > 40
    blend = np.diff(levels[29 + 29 : 29 + 29 + 16])
    assert np.abs(blend).max() < abs(levels[29] - levels[80])
    assert (blend < 0).sum() > 8


async def test_every_shape_of_picture_and_path_becomes_a_film(
    pictures: list[Path], tmp_path: Path
) -> None:
    progress: list[float] = []

    async def report(value: float) -> None:
        progress.append(value)

    before = everything_in(tmp_path)
    destination = tmp_path / "film.mp4"
    composed = await compose(film_of(pictures), destination, report=report)

    assert (await probe_film(composed.path)).duration_seconds == pytest.approx(
        3.6 + CARDS_S, abs=0.05
    )
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    assert len(progress) > 4
    assert everything_in(tmp_path) - before == {
        tmp_path / name for name in ("film.jpg", "film.mp4", "film.srt")
    }


def test_rounding_to_frames_never_adds_up() -> None:
    spans = plan_spans([1.23] * 100, [1.0] * 100)

    last = spans[-1]
    assert last.start + last.frames == 123 * 24
    assert all(span.overlap <= span.frames // 2 for span in spans)


def test_the_first_frame_has_the_title_and_the_last_is_black(composed: ComposedFilm) -> None:
    frames = frames_of(composed.path)
    middle = slice(SIZE.height // 3, SIZE.height * 2 // 3)

    for number in (0, FIRST_FRAME // 2):
        assert (frames[number, middle] > 180).sum() > 300
    assert (frames[-36, middle] > 180).sum() > 60
    assert frames[-1].max() < 40
    # Out of focus: the white square has no edge on the card.
    square = frames[FIRST_FRAME + 20, 30:90, 50:120], frames[FIRST_FRAME - 2, 30:90, 50:120]
    sharp, soft = (np.abs(np.diff(piece, axis=1)).max() for piece in square)
    assert sharp > 2 * soft


async def test_a_film_without_a_title_begins_with_its_first_shot(
    pictures: list[Path], tmp_path: Path
) -> None:
    film = film_of(pictures, title="\x00 ")

    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    assert composed.duration_seconds == pytest.approx(3.6 + END_SECONDS, abs=0.03)
    first, *_, late = frames_of(composed.path)[:30]
    assert np.median(first) == pytest.approx(np.median(late), abs=2)  # not faded in
    assert composed.subtitles_path.read_text(encoding="utf-8").startswith("1\n00:00:00,000")


def streams_of(path: Path) -> list[str]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr.splitlines()


@pytest.mark.parametrize("is_burned", [True, False])
async def test_the_subtitle_track_speaks_its_language_and_is_off_where_they_are_burned_in(
    pictures: list[Path], tmp_path: Path, is_burned: bool
) -> None:
    film = film_of(pictures, burn_subtitles=is_burned, language="zh-CN")

    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    track = decode(["-i", str(composed.path), "-map", "0:s:0", "-f", "srt"]).decode()
    assert "鲁镇的酒店的格局" in track
    (line,) = [line for line in streams_of(composed.path) if "Subtitle:" in line]
    assert "(chi)" in line
    assert ("(default)" in line) is not is_burned


@pytest.mark.parametrize("level", [255, 0], ids=["snow", "night"])
async def test_subtitles_stand_out_on_white_and_on_black(tmp_path: Path, level: int) -> None:
    picture = tmp_path / "plain.png"
    Image.new("RGB", (320, 180), (level,) * 3).save(picture)
    shot = FilmShot(
        image=picture, narration="鲁镇的酒店", transition=Transition.CUT, duration_seconds=2.0
    )

    film = Film(title="", shots=(shot,), size=SIZE)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    text = frames_of(composed.path)[30, SIZE.height * 3 // 4 :]
    assert text.max() > 200
    rows, columns = np.nonzero(text > 100 if level == 0 else text < 110)
    around = text[rows.min() : rows.max(), columns.min() : columns.max()]
    # Letters and what surrounds them: a wide range within a few pixels, on either ground.
    assert np.percentile(around, 97) - np.percentile(around, 3) > 120
    assert len(rows) > 150


async def test_a_full_stop_ends_a_line_from_right_to_left_at_its_left(
    pictures: list[Path], tmp_path: Path
) -> None:
    make_font(tmp_path / "boxes.ttf", "Boxes", {"א": 700, ".": 100})
    film = film_of(pictures, shots=(shot_of(paint_black(tmp_path), "אאאא."),), title="")

    composed = await compose(
        film,
        tmp_path / "film.mp4",
        report=ignore_progress,
        typefaces=Typefaces((tmp_path,)),
    )

    text = frames_of(composed.path)[20, SIZE.height * 3 // 4 :] > 200
    columns = np.flatnonzero(text.any(axis=0))
    heights = text.sum(axis=0)
    assert 0 < heights[columns[0] + 1] * 3 < heights[columns[-1] - 1]


async def test_a_film_whose_words_no_font_has_is_made_without_them_and_tells_it(
    pictures: list[Path], tmp_path: Path
) -> None:
    film = film_of(pictures, shots=(shot_of(paint_black(tmp_path), "มีเด็ก"),), title="มี🇨🇳")

    composed = await compose(
        film, tmp_path / "film.mp4", report=ignore_progress, typefaces=Typefaces(())
    )

    assert composed.undrawn == {*"มีเด็ก", "🇨🇳"}
    assert frames_of(composed.path)[FIRST_FRAME + 20].max() < 60
    assert "มีเด็ก" in composed.subtitles_path.read_text(encoding="utf-8")


def paint_black(folder: Path) -> Path:
    Image.new("RGB", (320, 180)).save(folder / "black.png")
    return folder / "black.png"


def shot_of(image: Path, narration: str) -> FilmShot:
    return FilmShot(
        image=image, narration=narration, transition=Transition.CUT, duration_seconds=2.0
    )


def test_long_titles_are_set_smaller_and_in_few_lines() -> None:
    tracks = [
        title_track(title, Lettering((bundled(),)), size=SIZE, language=None)
        for title in ("孔乙己", "The Tortoise and the Hare", "长" * 60, "a very long title " * 10)
    ]

    sizes = [int(track.partition("Words,AI-Story Hei,")[2].partition(",")[0]) for track in tracks]
    lines = [track.splitlines()[-1].count("\\N") + 1 for track in tracks]
    assert sizes == sorted(sizes, reverse=True)
    assert lines[0] == 1
    assert max(lines) <= 4


@pytest.mark.parametrize(
    ("title", "language", "words"),
    [
        ("孔乙己", None, "完"),
        ("Kong Yiji", "zh-CN", "完"),
        ("A Hare", None, "The End"),
        ("A Hare", "en", "The End"),
        ("Le lièvre", "fr", "Fin"),
        ("x", "tlh", "The End"),
    ],
)
def test_the_last_card_speaks_the_films_language(
    title: str, language: str | None, words: str
) -> None:
    assert end_words(title, language) == words
