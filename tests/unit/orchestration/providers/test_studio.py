"""The built-in studio behind the ports: what reaches it, what comes back, and faults on request."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image as PillowImage

import studio.writer
from domain import Style
from errors import (
    BadBodyError,
    BadScriptError,
    ContentRejectedError,
    ProviderRefusedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    StepError,
)
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.ports import (
    Call,
    Image,
    ImageRequest,
    Script,
    ScriptRequest,
    SpeechRequest,
)
from orchestration.providers.studio import (
    StudioImageProvider,
    StudioScriptProvider,
    StudioVoiceProvider,
)
from studio.painting import paint_picture
from studio.settings import StudioSettings
from studio.voice import Voice
from studio.writer import write_script
from tests.asking import product_of

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool()
    yield pool
    await pool.aclose()


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
    return await product_of(provider, wanted)


def painted(wanted: ImageRequest) -> bytes:
    return paint_picture(
        wanted.prompt,
        style=wanted.style,
        style_prompt=wanted.style_prompt,
        width=wanted.width,
        height=wanted.height,
        seed=wanted.seed,
    )


def written(wanted: ScriptRequest) -> studio.writer.Script:
    return write_script(
        wanted.content,
        title=wanted.title,
        language=wanted.language,
        shot_count=wanted.shot_count,
    )


def told(script: Script | studio.writer.Script) -> dict[str, object]:
    """What a script says, whoever's it is."""
    said = asdict(script)
    for one in (said, *said["shots"]):
        for absent in ("model", "duration_seconds", "synopsis"):
            assert one.pop(absent, None) is None
    return said


async def test_the_same_request_gives_the_same_script_in_a_thread_and_in_a_worker(
    pool: WorkerPool,
) -> None:
    provider = StudioScriptProvider(pool)
    content = (EXAMPLES / "kong-yi-ji.zh.txt").read_text(encoding="utf-8")
    request = ScriptRequest(content=content, title="Kong Yiji", language="zh-Hans", shot_count=9)
    long_request = ScriptRequest(content=content * 60)

    script = await product_of(provider, request)
    from_worker = await product_of(provider, long_request)

    assert provider.name == "studio"
    assert told(script) == told(written(request))
    assert told(from_worker) == told(written(long_request))
    assert pool.worker_pids


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("empty", BadScriptError, "SCRIPT_EMPTY"),
        ("truncated", BadScriptError, "SCRIPT_TRUNCATED"),
        ("html", BadBodyError, "UPSTREAM_BAD_BODY"),
    ],
)
async def test_a_script_fails_as_the_address_says(
    pool: WorkerPool, fault: str, error: type[StepError], code: str
) -> None:
    settings = StudioSettings.from_url(f"studio://?fail_script={fault}")
    provider = StudioScriptProvider(pool, settings=settings)

    with pytest.raises(error) as caught:
        await product_of(provider, ScriptRequest(content="A fox."))

    assert caught.value.code == code


async def test_the_same_request_gives_the_same_bytes_in_every_worker() -> None:
    wanted = request("A boat on the sea at night, storm")
    contents: set[bytes] = set()

    for _ in range(2):
        pool = WorkerPool(max_workers=1)
        contents.add((await draw(StudioImageProvider(pool), wanted)).content)
        await pool.aclose()

    assert contents == {painted(wanted)}


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


async def test_pictures_are_small_if_the_address_says_so(pool: WorkerPool) -> None:
    provider = StudioImageProvider(pool, settings=StudioSettings.from_url("studio://?shrink=4"))

    image = await draw(provider, request("A fox", size=(1280, 720)))

    assert (image.width, image.height) == (320, 180)
    with PillowImage.open(io.BytesIO(image.content)) as decoded:
        assert decoded.size == (320, 180)


async def test_a_size_nobody_can_paint_is_refused(pool: WorkerPool) -> None:
    provider = StudioImageProvider(pool)

    for size in ((0, 100), (100, 15), (5_000, 100)):
        with pytest.raises(ProviderRefusedError):
            await draw(provider, request("A fox", size=size))


async def test_there_is_nothing_to_download(pool: WorkerPool) -> None:
    with pytest.raises(ProviderRefusedError):
        await StudioImageProvider(pool).fetch("https://example.org/x.jpg")


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
    call = Call(idempotency_key="a", report=report)
    await product_of(provider, request("A fox", size=(32, 32)), call)

    assert time.monotonic() - started >= 0.6
    assert reports == sorted(reports)
    assert len(reports) == 2
    assert all(0 <= progress <= 1 for progress in reports)


async def test_the_voice_speaks_through_its_port() -> None:
    voice = Voice.find()
    provider = StudioVoiceProvider.find()
    assert (provider is None) == (voice is None)
    if voice is None or provider is None:
        pytest.skip("espeakng-loader is not installed (the extra `voice`)")

    speech = await product_of(provider, SpeechRequest(text="你好", language="zh"))
    nothing = await product_of(provider, SpeechRequest(text="...", language=None))
    spoken = await voice.speak("你好", language="zh")

    assert speech is not None
    assert spoken is not None
    assert (speech.content, speech.duration_seconds) == (spoken.content, spoken.seconds)
    assert speech.media_type == "audio/wav"
    assert nothing is None
