"""Films composed by the real ffmpeg: their facts, their look, and what is left when they fail."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from domain import Size, Transition
from errors import BadBodyError, CompositionError
from orchestration.media.compose import compose
from orchestration.media.film import ComposedFilm, Film, FilmShot, plan_spans
from orchestration.media.probe import make_thumbnail, probe_film

ROOT = Path(__file__).parent.parent
HOSTILE = (ROOT / "examples" / "hostile.en.txt").read_text(encoding="utf-8")
SIZE = Size(320, 180)
SAMPLE_RATE_HZ = 48_000
DEADLINE_S = 20.0


def paint(path: Path, colour: tuple[int, int, int], *, size: tuple[int, int] = (320, 180)) -> Path:
    """A plain picture with a bright square off centre, so that a camera move can be seen."""
    picture = Image.new("RGB", size, colour)
    picture.paste((250, 250, 250), (size[0] // 5, size[1] // 5, size[0] // 3, size[1] // 2))
    picture.save(path)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures; it's {here} %d"
    folder.mkdir()
    return [
        paint(folder / "one.png", (150, 30, 30)),
        paint(folder / "-two 'quoted'.jpg", (30, 150, 30), size=(500, 500)),
        paint(folder / "three.webp", (30, 30, 150), size=(200, 90)),
    ]


def film_of(pictures: list[Path], **changes: object) -> Film:
    transitions = (Transition.KEN_BURNS, Transition.CROSSFADE, Transition.VOLUME_MIX)
    narrations = ("鲁镇的酒店的格局，是和别处不同的。", "A quiet second shot.", HOSTILE)
    shots = tuple(
        FilmShot(image=image, narration=narration, transition=transition, duration_seconds=1.2)
        for image, narration, transition in zip(pictures, narrations, transitions, strict=True)
    )
    values: dict[str, object] = {"title": "孔乙己 \x00 -i", "shots": shots, "size": SIZE}
    return Film(**{**values, **changes})  # pyright: ignore[reportArgumentType]


async def ignore_progress(progress: float) -> None:
    del progress


def decode(arguments: list[str]) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments, "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def frames_of(path: Path) -> NDArray[np.int16]:
    raw = decode(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray"])
    return np.frombuffer(raw, np.uint8).reshape(-1, SIZE.height, SIZE.width).astype(np.int16)


def sound_of(path: Path) -> NDArray[np.float32]:
    raw = decode(["-i", str(path), "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE_HZ)])
    return np.frombuffer(raw, np.float32)


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


async def until(condition: Callable[[], bool], *, within_s: float = DEADLINE_S) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
async def composed(tmp_path_factory: pytest.TempPathFactory) -> ComposedFilm:
    folder = tmp_path_factory.mktemp("film")
    colours = ((150, 30, 30), (30, 150, 30), (30, 30, 150))
    pictures = [paint(folder / f"{at}.png", colour) for at, colour in enumerate(colours)]
    return await compose(film_of(pictures), folder / "film.mp4", report=ignore_progress)


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

    planned = sum(span.frames for span in plan_spans(shots))
    assert composed.duration_seconds == pytest.approx(planned / 24, abs=0.001)


async def test_a_film_has_the_promised_length_size_and_streams(composed: ComposedFilm) -> None:
    facts = await probe_film(composed.path)

    assert composed.duration_seconds == pytest.approx(3.6, abs=0.03)
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
    video, audio = facts["streams"]
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert (video["r_frame_rate"], video["color_space"]) == ("24/1", "bt709")
    assert audio["codec_name"] == "aac"
    assert float(audio["duration"]) == pytest.approx(float(video["duration"]), abs=0.03)
    assert facts["format"]["tags"]["title"] == "孔乙己 -i"


def test_the_sound_is_a_soft_bed_without_clicks(composed: ComposedFilm) -> None:
    sound = sound_of(composed.path)

    assert 0.005 < float(np.sqrt(np.mean(sound**2))) < 0.3
    assert float(np.abs(np.diff(sound)).max()) < 0.05
    assert float(np.abs(sound[:200]).max()) < 0.01
    assert float(np.abs(sound[-200:]).max()) < 0.01


def test_the_thumbnail_is_a_jpeg_of_the_first_picture(composed: ComposedFilm) -> None:
    with Image.open(composed.thumbnail_path) as thumbnail:
        assert thumbnail.format == "JPEG"
        assert thumbnail.size == (320, 180)
        red, green, _ = np.asarray(thumbnail.convert("RGB")).astype(int)[170, 300]
    assert red > green + 60


def test_the_subtitles_follow_the_shots(composed: ComposedFilm) -> None:
    track = composed.subtitles_path.read_text(encoding="utf-8")

    assert track.startswith("1\n00:00:00,000 --> 00:00:01,2")
    assert "鲁镇的酒店的格局" in track
    ends = re.findall(r"--> 00:00:(\d\d),(\d{3})", track)
    assert float(".".join(ends[-1])) == pytest.approx(composed.duration_seconds, abs=0.01)


async def test_chinese_is_drawn_in_the_lower_third_and_nowhere_else(
    pictures: list[Path], tmp_path: Path
) -> None:
    shot = FilmShot(
        image=pictures[0],
        narration="鲁镇的酒店的格局",
        transition=Transition.CUT,
        duration_seconds=0.5,
    )
    frames: list[NDArray[np.int16]] = []

    for is_burned in (True, False):
        film = Film(title="x", shots=(shot,), size=SIZE, burn_subtitles=is_burned)
        destination = tmp_path / f"{is_burned}.mp4"
        await compose(film, destination, report=ignore_progress)
        frames.append(frames_of(destination)[3])

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

    film = Film(title="x", shots=shots, size=SIZE)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    frames = frames_of(composed.path)[:, SIZE.height * 2 // 3 :]
    # Missing characters would all be the same empty box.
    assert (np.abs(frames[10] - frames[13]) > 60).sum() > 40


def test_ken_burns_moves_smoothly_and_a_cut_is_hard_but_a_crossfade_blends(
    composed: ComposedFilm,
) -> None:
    frames = frames_of(composed.path)[:, : SIZE.height * 2 // 3]
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

    assert (await probe_film(composed.path)).duration_seconds == pytest.approx(3.6, abs=0.05)
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    assert len(progress) > 4
    assert everything_in(tmp_path) - before == {
        tmp_path / name for name in ("film.jpg", "film.mp4", "film.srt")
    }


async def test_a_picture_that_cannot_be_read_names_its_shot_and_no_path(
    pictures: list[Path], tmp_path: Path
) -> None:
    pictures[1].write_bytes(b"<html>502 Bad Gateway</html>")
    before = everything_in(tmp_path)

    with pytest.raises(CompositionError, match="Shot 2") as caught:
        await compose(film_of(pictures), tmp_path / "film.mp4", report=ignore_progress)

    assert str(tmp_path) not in caught.value.message
    assert len(caught.value.message) < 250
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
async def test_a_film_without_shots_or_time_is_refused(
    pictures: list[Path], tmp_path: Path, seconds: float
) -> None:
    shot = FilmShot(
        image=pictures[0], narration="", transition=Transition.CUT, duration_seconds=seconds
    )

    for shots in ((), (shot,)):
        film = Film(title="x", shots=shots, size=SIZE)
        with pytest.raises(CompositionError) as caught:
            await compose(film, tmp_path / "film.mp4", report=ignore_progress)
        assert not caught.value.retryable


def start_python(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)


def ffmpegs_of(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if is_at_work(child)]


def is_at_work(process: psutil.Process) -> bool:
    """Whether it is an ffmpeg of ours, and not imageio's look at its version before the first."""
    try:
        return "ffmpeg" in process.name() and "-version" not in process.cmdline()
    except psutil.NoSuchProcess:
        return False


async def test_cancelling_stops_ffmpeg_at_once_and_leaves_nothing_behind(
    pictures: list[Path], tmp_path: Path
) -> None:
    long_shot = FilmShot(
        image=pictures[0],
        narration="x",
        transition=Transition.KEN_BURNS,
        duration_seconds=60.0,
    )
    film = Film(title="x", shots=(long_shot, long_shot), size=SIZE)
    before = everything_in(tmp_path)
    composing = asyncio.create_task(compose(film, tmp_path / "film.mp4", report=ignore_progress))
    await until(lambda: bool(ffmpegs_of(os.getpid())))
    running = ffmpegs_of(os.getpid())

    composing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await composing

    assert everything_in(tmp_path) == before
    assert not [process for process in running if process.is_running()]


async def test_ffmpeg_dies_with_a_parent_that_is_killed(
    pictures: list[Path], tmp_path: Path
) -> None:
    program = f"""
import asyncio, pathlib
from domain import Size, Transition
from orchestration.media.compose import compose
from orchestration.media.film import Film, FilmShot
shot = FilmShot(image=pathlib.Path({str(pictures[0])!r}), narration="x",
                transition=Transition.KEN_BURNS, duration_seconds=60.0)
async def report(progress): pass
film = Film(title="x", shots=(shot,), size=Size(1280, 720))
asyncio.run(compose(film, pathlib.Path({str(tmp_path / "film.mp4")!r}), report=report))
"""
    parent = start_python(program)
    try:
        await until(lambda: bool(ffmpegs_of(parent.pid)))
        (child,) = ffmpegs_of(parent.pid)
        assert child.nice() == min(19, psutil.Process(parent.pid).nice() + 10)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()

    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not (tmp_path / "film.mp4").exists()


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


def test_rounding_to_frames_never_adds_up(pictures: list[Path]) -> None:
    shot = FilmShot(
        image=pictures[0], narration="", transition=Transition.CROSSFADE, duration_seconds=1.23
    )

    spans = plan_spans([shot] * 100)

    last = spans[-1]
    assert last.start + last.frames == 123 * 24
    assert all(span.overlap <= span.frames // 2 for span in spans)
