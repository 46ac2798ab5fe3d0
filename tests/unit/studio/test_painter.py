"""The built-in painter: its pictures differ where their words do, and are the same otherwise."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageFilter

from domain import AspectRatio, Style
from studio.painting import paint_picture
from studio.prompts import read_scene
from studio.scene import Figure, Place, Time, Weather
from studio.writer import write_script
from tests.timing import least_cpu_s

VISIBLE = 0.04
"""Mean difference, of 1, from which two small pictures are told apart at a glance."""


def painted(
    prompt: str,
    *,
    style: Style = Style.MOVIE,
    seed: int = 7,
    size: tuple[int, int] = (320, 180),
) -> bytes:
    return paint_picture(
        prompt, style=style, style_prompt=None, width=size[0], height=size[1], seed=seed
    )


def pixels(content: bytes) -> NDArray[np.float64]:
    with PillowImage.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB").resize((64, 36)), np.float64) / 255


def difference(first: bytes, second: bytes) -> float:
    return float(np.abs(pixels(first) - pixels(second)).mean())


def test_another_seed_another_picture_of_the_same_scene() -> None:
    first = painted("A fox in the forest at dawn", seed=1)
    second = painted("A fox in the forest at dawn", seed=2)

    assert first != second


def test_the_three_looks_differ_visibly() -> None:
    pictures = [painted("The sea at dusk", style=style) for style in Style]

    assert difference(pictures[0], pictures[1]) > VISIBLE
    assert difference(pictures[1], pictures[2]) > VISIBLE
    assert difference(pictures[0], pictures[2]) > VISIBLE / 2


@pytest.mark.parametrize("figure", Figure)
def test_every_figure_is_read_from_a_prompt(figure: Figure) -> None:
    assert read_scene(f"Subjects: {figure}. Place: meadow.").subjects[0].figure is figure


@pytest.mark.parametrize("style", Style)
def test_a_film_picture_takes_as_long_as_some_blurs_of_its_size(style: Style) -> None:
    size = AspectRatio.WIDE_16_9.size
    sides = (size.width, size.height)
    noise = PillowImage.effect_noise(sides, 50).convert("RGB")

    painted_s = least_cpu_s(
        lambda: painted("A boat, the sea, storm at night", style=style, size=sides)
    )
    blurred_s = least_cpu_s(lambda: noise.filter(ImageFilter.GaussianBlur(8)))

    assert painted_s < 60 * blurred_s  # 10 to 20 times: half a second


@pytest.mark.parametrize(
    "prompt", ["", "😀", "مرحبا", "\x00\ud800", "Place: . Time: ?", "x" * 8_000]
)
def test_odd_prompts_are_painted_all_the_same(prompt: str) -> None:
    assert painted(prompt).startswith(b"\xff\xd8")


def test_a_label_outranks_the_words_of_the_story_and_both_languages_are_read() -> None:
    chinese = read_scene(
        "远景。主体：兔子。地点：海边。时间：夜晚。天气：下雪。情节：他在森林里走。"
    )
    english = read_scene(
        "Close shot. Place: desert. Time: dusk. Story: A storm in the city at night."
    )
    free = read_scene("a lighthouse at midnight in the fog", "anything")

    assert (chinese.place, chinese.time, chinese.weather) == (Place.SEA, Time.NIGHT, Weather.SNOW)
    assert [subject.figure for subject in chinese.subjects] == [Figure.RABBIT]
    assert (english.place, english.time, english.subjects) == (Place.DESERT, Time.DUSK, ())
    assert (free.place, free.time, free.weather) == (Place.SEA, Time.NIGHT, Weather.FOG)


def test_the_writers_scenes_reach_the_painter() -> None:
    script = write_script("一只小船在暴风雨的夜晚离开海港。", shot_count=1)

    scene = read_scene(script.shots[0].prompt)

    assert (scene.place, scene.time, scene.weather) == (Place.SEA, Time.NIGHT, Weather.STORM)
    assert scene.subjects[0].figure is Figure.BOAT
