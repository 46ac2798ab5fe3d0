"""The built-in painter: its pictures differ where their words do, and are the same otherwise."""

import asyncio
import io
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageFilter

from domain import AspectRatio, Style
from errors import (
    ContentRejectedError,
    ProviderRefusedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    StepError,
)
from orchestration.providers.ports import Image, ImageRequest, ScriptRequest
from orchestration.providers.worker_pool import WorkerPool
from studio import StudioImageProvider, StudioSettings
from studio.painting import paint_picture
from studio.prompts import read_scene
from studio.scene import Figure, Place, Time, Weather
from studio.writer import write_script
from tests.timing import least_cpu_s

VISIBLE = 0.04
"""Mean difference, of 1, from which two small pictures are told apart at a glance."""


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool()
    yield pool
    await pool.aclose()


async def ignore_progress(_: float) -> None: ...


def request(
    prompt: str,
    *,
    style: Style = Style.MOVIE,
    seed: int = 7,
    size: tuple[int, int] = (320, 180),
    style_prompt: str | None = None,
) -> ImageRequest:
    return ImageRequest(
        prompt=prompt,
        style=style,
        style_prompt=style_prompt,
        width=size[0],
        height=size[1],
        seed=seed,
    )


async def draw(provider: StudioImageProvider, wanted: ImageRequest) -> Image:
    image = await provider.draw(wanted, idempotency_key="take", report=ignore_progress)
    assert isinstance(image, Image)
    return image


def pixels(content: bytes) -> NDArray[np.float64]:
    with PillowImage.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB").resize((64, 36)), np.float64) / 255


def difference(first: bytes, second: bytes) -> float:
    return float(np.abs(pixels(first) - pixels(second)).mean())


async def test_the_same_request_gives_the_same_bytes_in_every_worker() -> None:
    wanted = request("A boat on the sea at night, storm")
    contents: set[bytes] = set()

    for _ in range(2):
        pool = WorkerPool(max_workers=1)
        contents.add((await draw(StudioImageProvider(pool), wanted)).content)
        await pool.aclose()

    assert contents == {paint_picture(wanted)}


def test_another_seed_another_picture_of_the_same_scene() -> None:
    first = paint_picture(request("A fox in the forest at dawn", seed=1))
    second = paint_picture(request("A fox in the forest at dawn", seed=2))

    assert first != second


def test_the_three_looks_differ_visibly() -> None:
    pictures = [paint_picture(request("The sea at dusk", style=style)) for style in Style]

    assert difference(pictures[0], pictures[1]) > VISIBLE
    assert difference(pictures[1], pictures[2]) > VISIBLE
    assert difference(pictures[0], pictures[2]) > VISIBLE / 2


@pytest.mark.parametrize("figure", Figure)
def test_every_figure_is_read_from_a_prompt(figure: Figure) -> None:
    assert read_scene(f"Subjects: {figure}. Place: meadow.").subjects[0].figure is figure


@pytest.mark.parametrize(
    "size", [(1280, 720), (720, 1280), (960, 960), (16, 16), (1000, 17), (64, 301)]
)
async def test_every_size_gives_a_sound_picture_of_that_size(
    pool: WorkerPool, size: tuple[int, int]
) -> None:
    provider = StudioImageProvider(pool)
    prompts = (
        "A boat, a horse and a house by the sea, storm at night",
        "A crowd and a mill in the city, snow",
        "A child in a tavern room at dusk, rain",
    )

    images = await asyncio.gather(
        *(
            draw(provider, request(prompt, style=style, size=size))
            for prompt, style in zip(prompts, Style, strict=True)
        )
    )

    for image in images:
        assert (image.media_type, image.model) == ("image/jpeg", "studio-painter")
        assert (image.width, image.height) == size
        with PillowImage.open(io.BytesIO(image.content)) as decoded:
            decoded.load()
            assert decoded.format == "JPEG"
            assert decoded.size == size


@pytest.mark.parametrize("style", Style)
def test_a_film_picture_takes_as_long_as_some_blurs_of_its_size(style: Style) -> None:
    size = AspectRatio.WIDE_16_9.size
    sea = request("A boat, the sea, storm at night", style=style, size=(size.width, size.height))
    noise = PillowImage.effect_noise((size.width, size.height), 50).convert("RGB")

    painted_s = least_cpu_s(lambda: paint_picture(sea))
    blurred_s = least_cpu_s(lambda: noise.filter(ImageFilter.GaussianBlur(8)))

    assert painted_s < 60 * blurred_s  # 10 to 20 times: half a second


@pytest.mark.parametrize(
    "prompt", ["", "😀", "مرحبا", "\x00\ud800", "Place: . Time: ?", "x" * 8_000]
)
def test_odd_prompts_are_painted_all_the_same(prompt: str) -> None:
    assert paint_picture(request(prompt)).startswith(b"\xff\xd8")


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
    script = write_script(ScriptRequest(content="一只小船在暴风雨的夜晚离开海港。", shot_count=1))

    scene = read_scene(script.shots[0].prompt)

    assert (scene.place, scene.time, scene.weather) == (Place.SEA, Time.NIGHT, Weather.STORM)
    assert scene.subjects[0].figure is Figure.BOAT


async def test_a_size_nobody_can_paint_is_refused(pool: WorkerPool) -> None:
    provider = StudioImageProvider(pool)

    for size in ((0, 100), (100, 15), (5_000, 100)):
        with pytest.raises(ProviderRefusedError):
            await draw(provider, request("A fox", size=size))


async def test_there_is_nothing_to_download(pool: WorkerPool) -> None:
    with pytest.raises(ProviderRefusedError):
        await StudioImageProvider(pool).download("https://example.org/x.jpg")


async def outcomes(provider: StudioImageProvider, prompts: list[str]) -> list[str]:
    found: list[str] = []
    for prompt in prompts:
        try:
            await draw(provider, request(prompt, size=(32, 32)))
        except StepError as error:
            found.append(error.code)
        else:
            found.append("")
    return found


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ("fail_shot=2", ["", "CONTENT_REJECTED", "", ""]),
        ("fail_every=2", ["", "CONTENT_REJECTED", "", "CONTENT_REJECTED"]),
        ("fail_word=STORM&fail_code=timeout", ["", "", "UPSTREAM_TIMEOUT", "UPSTREAM_TIMEOUT"]),
        ("fail_every=1&fail_times=2&fail_code=quota", ["QUOTA_EXCEEDED", "QUOTA_EXCEEDED", "", ""]),
    ],
)
async def test_pictures_fail_where_the_address_says(
    pool: WorkerPool, switches: str, expected: list[str]
) -> None:
    settings = StudioSettings.from_url(f"studio://?{switches}")
    provider = StudioImageProvider(pool, settings=settings)

    assert await outcomes(provider, ["calm", "calm", "a storm", "a storm"]) == expected


@pytest.mark.parametrize(
    ("code", "error", "retryable"),
    [
        ("refused", ContentRejectedError, False),
        ("unavailable", ProviderUnavailableError, True),
        ("timeout", ProviderTimeoutError, True),
        ("rate_limited", RateLimitedError, True),
    ],
)
async def test_pictures_fail_as_the_address_says(
    pool: WorkerPool, code: str, error: type[StepError], *, retryable: bool
) -> None:
    settings = StudioSettings.from_url(f"studio://?fail_every=1&fail_code={code}")

    with pytest.raises(error) as caught:
        await draw(StudioImageProvider(pool, settings=settings), request("A fox"))

    assert caught.value.retryable is retryable
    assert (caught.value.retry_after_s is not None) == (code == "rate_limited")


async def test_latency_is_waited_and_reported(pool: WorkerPool) -> None:
    settings = StudioSettings.from_url("studio://?latency=0.6")
    provider = StudioImageProvider(pool, settings=settings)
    reports: list[float] = []

    async def report(progress: float) -> None:
        reports.append(progress)

    started = time.monotonic()
    await provider.draw(request("A fox", size=(32, 32)), idempotency_key="a", report=report)

    assert time.monotonic() - started >= 0.6
    assert reports == sorted(reports)
    assert len(reports) == 2
    assert all(0 <= progress <= 1 for progress in reports)
