"""A film made by the program from a text is whole: its picture, its sound, its subtitles."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from domain import Style
from tests.films import decode, loudness_of
from tests.program import run_program

EXAMPLES = Path(__file__).parents[3] / "examples"
_DEADLINE_S = 240
"""For a film of up to 50 s on a busy machine."""
_FAULTS = re.compile(r"(black_start|freeze_start|silence_start)[:=] ?([\d.]+)")


def faults_of(film: Path) -> list[tuple[str, float]]:
    """Where a film stays black, stands still or falls silent, by its name and second.

    Half a second of black, a second without any movement, 0.7 s below -45 dB.
    """
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(film),
        "-vf", "blackdetect=d=0.5:pix_th=0.06,freezedetect=n=-60dB:d=1.0",
        "-af", "silencedetect=n=-45dB:d=0.7", "-f", "null", "-",
    ]  # fmt: skip
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return [(match[1], float(match[2])) for match in _FAULTS.finditer(ended.stderr)]


def errors_of(film: Path) -> str:
    """What a decoder complains about; empty for a sound file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(film), "-f", "null", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    ("story", "style"),
    [
        ("one-line.en.txt", Style.MOVIE),
        ("shou-zhu-dai-tu.zh.txt", Style.REALISTIC),
        ("hostile.en.txt", Style.ANIMATION),
    ],
)
async def test_a_film_has_no_broken_frame_no_still_no_silence_and_the_right_loudness(
    home: Path, tmp_path: Path, story: str, style: Style
) -> None:
    film = tmp_path / "film.mp4"
    source, wish = str(EXAMPLES / story), ("--style", style.lower(), "--shots", "4")

    ended = await run_program(
        "film", source, "-o", str(film), *wish, home=home, deadline_s=_DEADLINE_S
    )

    assert ended.code == 0, ended.errors
    assert errors_of(film) == ""
    assert faults_of(film) == []
    loudness, peak = loudness_of(film)
    assert loudness == pytest.approx(-18, abs=2)
    assert peak < -1
    subtitles = decode(["-i", str(film), "-map", "0:s:0", "-f", "srt"]).decode()
    assert subtitles.count(" --> ") >= 4


def test_the_faults_of_a_film_are_found(tmp_path: Path) -> None:
    film = tmp_path / "still.mp4"
    source = ["-f", "lavfi", "-i", "color=black:size=160x90:rate=24:duration=2"]
    sound = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "2"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, *sound, str(film)]
    subprocess.run(command, check=True)

    assert {name for name, _ in faults_of(film)} == {
        "black_start",
        "freeze_start",
        "silence_start",
    }
    broken = tmp_path / "cut.mp4"
    broken.write_bytes(film.read_bytes()[:900])
    with pytest.raises(subprocess.CalledProcessError):
        errors_of(broken)
