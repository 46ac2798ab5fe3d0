"""What a film shows of a clip is what a good player shows: its shape, its turn and its colours."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from domain import Size, Transition
from orchestration.media.composing.clips import probe_clip
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import ComposedFilm, Film, FilmShot
from orchestration.media.probe import make_thumbnail
from tests.case_files import CASES
from tests.clips import Coding, clip_of, encode, turned
from tests.films import SIZE, decode, ignore_progress, paint
from tests.pictures import BLUE, GREEN, QUARTERS, RED, YELLOW, is_near

PQ, HLG = "smpte2084", "arib-std-b67"
CODINGS = {
    "usual": Coding(),
    "full range": Coding(range="pc"),
    "10 bits": Coding(pixels="yuv420p10le"),
    "4:4:4": Coding(pixels="yuv444p"),
    "BT.601, NTSC": Coding(matrix="smpte170m", primaries="smpte170m", transfer="smpte170m"),
    "BT.601, PAL": Coding(matrix="bt470bg", primaries="bt470bg", transfer="bt470bg"),
    "BT.601 and nothing else": Coding(
        matrix="smpte170m", primaries="unknown", transfer="unknown", size=(1280, 720)
    ),
    "BT.2020": Coding(
        matrix="bt2020nc", primaries="bt2020", transfer="bt2020-10", pixels="yuv420p10le"
    ),
    "untagged, small": Coding(
        matrix="smpte170m", tag="unknown", primaries="unknown", transfer="unknown"
    ),
    "untagged, large": Coding(
        tag="unknown", primaries="unknown", transfer="unknown", size=(1280, 720)
    ),
    "PQ": Coding(matrix="bt2020nc", primaries="bt2020", transfer=PQ, pixels="yuv420p10le"),
    "HLG": Coding(matrix="bt2020nc", primaries="bt2020", transfer=HLG, pixels="yuv420p10le"),
    "PQ in the primaries of HD": Coding(transfer=PQ, pixels="yuv420p10le"),
}


async def film_of(clip: Path, size: Size = SIZE) -> ComposedFilm:
    """A second of the clip, and the end card."""
    shot = FilmShot(
        image=paint(clip.with_name("still.png"), (0, 0, 0)),
        clip=clip,
        narration="",
        transition=Transition.CUT,
        duration_seconds=1.0,
    )
    film = Film(title="", shots=(shot,), size=size)
    return await compose(film, clip.with_name("film.mp4"), report=ignore_progress)


def frame_of(film: ComposedFilm, number: int = 22) -> NDArray[np.int16]:
    """Red, green and blue; a first fade is over then."""
    chosen = ["-vf", f"select=eq(n\\,{number})", "-frames:v", "1"]
    raw = decode(["-i", str(film.path), *chosen, "-f", "rawvideo", "-pix_fmt", "rgb24"])
    return np.frombuffer(raw, np.uint8).reshape(film.height, film.width, 3).astype(np.int16)


def corners(pixels: NDArray[np.int16]) -> NDArray[np.int16]:
    """The colours in the middle of the four quarters."""
    height, width, _ = pixels.shape
    return pixels[height // 4 :: height // 2, width // 4 :: width // 2][:2, :2].reshape(4, 3)


def pixels_of_jpeg(path: Path) -> NDArray[np.int16]:
    with PIL.Image.open(path) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture.convert("RGB")).astype(np.int16)


def tags_of(path: Path) -> list[str]:
    """The colours that the film's picture is tagged with."""
    names = ("color_range", "color_space", "color_transfer", "color_primaries")
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-of", "json"]
    command += ["-show_entries", f"stream={','.join(names)}", str(path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [told["streams"][0][name] for name in names]


@pytest.mark.parametrize("coding", CODINGS.values(), ids=list(CODINGS))
async def test_the_colours_of_a_clip_are_kept_however_they_are_encoded(
    tmp_path: Path, coding: Coding
) -> None:
    clip = clip_of(tmp_path / "clip.mp4", coding)

    film = await film_of(clip)
    await make_thumbnail(clip, tmp_path / "of-clip.jpg")

    assert film.clips_left_out == ()
    assert is_near(corners(frame_of(film)), QUARTERS, within=10)
    assert is_near(corners(pixels_of_jpeg(tmp_path / "of-clip.jpg")), QUARTERS, within=8)
    assert tags_of(film.path) == ["tv", "bt709", "bt709", "bt709"]


async def test_the_case_of_an_hdr_clip_is_not_washed_out(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    shutil.copyfile(CASES / "clips" / "hdr-pq.mp4", clip)

    film = await film_of(clip)

    assert is_near(corners(frame_of(film)), QUARTERS, within=10)


NITS = (100, 203, 400, 900)


@pytest.mark.parametrize("transfer", [PQ, HLG])
async def test_what_is_brighter_than_white_keeps_its_steps(tmp_path: Path, transfer: str) -> None:
    light = "+".join(f"{nits / 1000}*eq(floor(X/80)\\,{at})" for at, nits in enumerate(NITS))
    stripes = f"geq=r='{light}':g='{light}':b='{light}'"
    known = "setparams=colorspace=gbr:color_primaries=bt709:color_trc=linear:range=pc"
    hdr = f"zscale=t={transfer}:p=bt2020:m=bt2020nc:r=limited:npl=1000"
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    filters = f"format=gbrpf32le,{stripes},{known},{hdr},format=yuv420p10le,{tags}"
    clip = tmp_path / "clip.mp4"
    source = "color=black:s=320x180:r=24:d=0.5"
    encode(["-f", "lavfi", "-i", source, "-vf", filters, "-crf", "8", str(clip)])

    film = await film_of(clip)

    dim, white, bright, brightest = frame_of(film)[90, 40::80, 1].tolist()
    assert 180 < dim < 200  # 100 of 203 nits, on a screen of gamma 2.4
    assert 235 <= white < bright < brightest <= 255


async def test_a_card_beside_a_clip_has_its_colours(tmp_path: Path) -> None:
    """It is made of the clip's last frame, softer and darker."""
    red = tmp_path / "clip.mp4"
    source = "color=#c82828:s=320x180:r=24:d=1"
    encode(["-f", "lavfi", "-i", source, "-vf", Coding().filters, str(red)])

    film = await film_of(red)

    card = frame_of(film, 24 + 36)[150, 160]
    assert card[0] - card[1] > 70
    assert abs(card[1] - card[2]) <= 4


TURNS = (
    (90, (GREEN, YELLOW, RED, BLUE)),
    (180, (YELLOW, BLUE, GREEN, RED)),
    (270, (BLUE, RED, YELLOW, GREEN)),
)


@pytest.mark.parametrize(("degrees", "expected"), TURNS)
async def test_a_turned_clip_is_upright_and_tells_its_turned_size(
    tmp_path: Path, degrees: int, expected: tuple[tuple[int, ...], ...]
) -> None:
    clip = turned(clip_of(tmp_path / "clip.mp4", Coding()), degrees)
    on_its_side = degrees != 180
    size = Size(SIZE.height, SIZE.width) if on_its_side else SIZE

    facts = await probe_clip(clip)
    film = await film_of(clip, size)

    assert (facts.width, facts.height) == (size.width, size.height)
    assert is_near(corners(frame_of(film)), expected, within=10)


@pytest.mark.parametrize(
    ("shape", "degrees", "shown"),
    [
        ("4/3", 0, (1280, 720)),
        ("3/4", 0, (960, 960)),
        ("40/33", 0, (1164, 720)),
        ("0/1", 0, (960, 720)),
        ("4/3", 90, (720, 1280)),
        ("4/3", 180, (1280, 720)),
    ],
)
async def test_a_clip_of_narrow_or_wide_pixels_tells_the_size_that_is_shown(
    tmp_path: Path, shape: str, degrees: int, shown: tuple[int, int]
) -> None:
    clip = tmp_path / "clip.mp4"
    source = "color=red:s=960x720:r=12:d=0.25"
    encode(["-f", "lavfi", "-i", source, "-vf", f"setsar={shape}", str(clip)])

    facts = await probe_clip(turned(clip, degrees) if degrees else clip)

    assert (facts.width, facts.height) == shown


async def test_the_circles_of_the_anamorphic_case_stay_round(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    shutil.copyfile(CASES / "clips" / "sar-4-3.mp4", clip)
    wide = Size(1280, 720)

    facts = await probe_clip(clip)
    film = await film_of(clip, wide)

    filters = "select=eq(n\\,22),setparams=colorspace=bt709,scale=1280:720"
    raw = ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    shown = decode(["-i", str(clip), "-vf", filters, *raw])
    expected = np.frombuffer(shown, np.uint8).reshape(720, 1280, 3).astype(np.int16)
    assert (facts.width, facts.height) == (1280, 720)
    assert np.abs(frame_of(film) - expected).mean() < 8


async def test_a_thumbnail_of_an_anamorphic_film_has_the_films_shape(tmp_path: Path) -> None:
    await make_thumbnail(CASES / "clips" / "sar-4-3.mp4", tmp_path / "thumbnail.jpg")

    assert pixels_of_jpeg(tmp_path / "thumbnail.jpg").shape == (360, 640, 3)
