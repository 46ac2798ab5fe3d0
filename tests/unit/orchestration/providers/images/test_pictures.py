"""Pictures from outside: what is one, and what becomes of everything else."""

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from domain import ServiceKind
from errors import ProcessKilledError, StepError
from orchestration.providers.http.download import MAX_PICTURE_BYTES
from orchestration.providers.images.pictures import DECODERS, Pictures
from orchestration.providers.images.worker_pool import WorkerPool
from tests.fakes.origin import PICTURE, claims_size, make_picture
from tests.model_services import open_tools

HTML = b"<html><body>gone</body></html>"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(max_workers=DECODERS)
    yield pool
    await pool.aclose()


@pytest.fixture
async def pictures(pool: WorkerPool) -> AsyncIterator[Pictures]:
    async with open_tools(ServiceKind.IMAGE, NOBODY) as tools:
        yield Pictures(tools.downloads, pool)


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_keeps_its_type_and_its_size(
    pictures: Pictures, picture_format: str
) -> None:
    content = make_picture(picture_format=picture_format)  # type: ignore[arg-type]

    picture = await pictures.read(content)

    assert picture.media_type == f"image/{picture_format.lower()}"
    assert (picture.width, picture.height) == (64, 36)


@pytest.mark.parametrize(
    ("content", "retryable"),
    [
        (b"", False),
        (HTML, False),
        (b"\x89PNG\r\n\x1a\n", False),
        (PICTURE[:-40], True),
        (make_picture(640, 360, picture_format="JPEG")[:-3_000], True),
        (make_picture(640, 360, picture_format="WEBP")[:-500], True),
        (claims_size(8_000, 6_400), False),
        (claims_size(10_000, 10_000), False),
        (claims_size(60_000, 60_000), False),
        (claims_size(60, 60), True),
        (claims_size(0, 5), False),
        (b"\xff\xd8\xff" + b"\x80" * 5_000, False),
    ],
)
async def test_what_is_no_sound_picture_is_a_bad_body(
    pictures: Pictures, content: bytes, retryable: bool
) -> None:
    with pytest.raises(StepError) as failure:
        await pictures.read(content)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", retryable)


async def test_pictures_are_decoded_in_a_process_of_its_own(
    pictures: Pictures, pool: WorkerPool
) -> None:
    await asyncio.gather(*(pictures.read(PICTURE) for _ in range(20)))

    assert 1 <= len(pool.worker_pids) <= DECODERS
    assert os.getpid() not in pool.worker_pids


BASE64 = base64.b64encode(PICTURE).decode()
FROM_URLS = base64.urlsafe_b64encode(PICTURE).decode()
IN_LINES = base64.encodebytes(PICTURE).decode()


def test_the_picture_needs_every_letter_of_either_alphabet() -> None:
    assert FROM_URLS != BASE64.rstrip("=") != BASE64


@pytest.mark.parametrize(
    "text",
    [
        BASE64,
        IN_LINES,
        IN_LINES.replace("\n", "\r\n"),
        f"\n  {BASE64} \n",
        FROM_URLS,
        FROM_URLS.rstrip("="),
        BASE64.rstrip("="),
        f"data:image/png;base64,{BASE64}",
        f"data:image/png;base64,{IN_LINES}",
        f"data:;base64,{FROM_URLS.rstrip('=')}",
        f" DATA:image/png;charset=utf-8;BASE64, {BASE64}",
        f"data:image/png;base64,{quote(BASE64, safe='')}",
    ],
    ids=[
        "plain",
        "lines",
        "CRLF",
        "spaces",
        "of URLs",
        "of URLs, bare",
        "no padding",
        "data",
        "data in lines",
        "data without a type",
        "data in capitals",
        "data, escaped",
    ],
)
async def test_base64_is_read_however_a_service_writes_it(pictures: Pictures, text: str) -> None:
    assert (await pictures.read_base64(text)).content == PICTURE


async def test_a_data_url_is_fetched_without_a_network(pictures: Pictures) -> None:
    picture = await pictures.fetch(f"data:image/png;base64,{IN_LINES}")

    assert picture.content == PICTURE


async def test_base64_in_lines_is_measured_by_the_picture_inside(pictures: Pictures) -> None:
    """A picture just below the bound is not too large for what stands between its lines."""
    padded = PICTURE + bytes(MAX_PICTURE_BYTES - len(PICTURE))

    picture = await pictures.read_base64(base64.encodebytes(padded).decode())
    with pytest.raises(StepError, match="too large") as failure:
        await pictures.read_base64(base64.encodebytes(padded + b"\0").decode())

    assert picture.content == PICTURE
    assert not failure.value.retryable


@pytest.mark.parametrize(
    ("url", "retryable"),
    [
        ("data:image/png;base64,%%%", True),
        ("data:image/png;base64,", False),
        ("data:text/html,hello", False),
        ("data:image/png;base64," + "A" * 41 * 2**20, False),
    ],
)
async def test_a_data_url_without_a_picture_is_a_bad_body(
    pictures: Pictures, url: str, retryable: bool
) -> None:
    with pytest.raises(StepError) as failure:
        await pictures.fetch(url)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", retryable)


async def test_a_picture_that_takes_too_long_to_decode_is_let_go() -> None:
    pool = WorkerPool(max_workers=1)
    async with open_tools(ServiceKind.IMAGE, NOBODY) as tools:
        pictures = Pictures(tools.downloads, pool, decode_timeout_s=0.001)

        with pytest.raises(StepError) as failure:
            await pictures.read(PICTURE)
    await pool.aclose()

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", False)


async def test_a_decoder_that_is_killed_costs_no_picture() -> None:
    pool = WorkerPool(max_workers=1)
    async with open_tools(ServiceKind.IMAGE, NOBODY) as tools:
        pictures = Pictures(tools.downloads, pool)
        pictures.expect()
        async with asyncio.timeout(10):
            while not pool.worker_pids:
                await asyncio.sleep(0)
        reading = asyncio.create_task(pictures.read(make_picture(4_000, 4_000)))
        os.kill(pool.worker_pids[0], signal.SIGKILL)
        picture = await reading
    await pool.aclose()

    assert (picture.width, picture.height) == (4_000, 4_000)


async def test_a_decoder_that_is_killed_twice_is_a_lack_of_memory_and_not_paid_for_again() -> None:
    pool = WorkerPool(max_workers=1)
    killed: set[int] = set()
    async with open_tools(ServiceKind.IMAGE, NOBODY) as tools:
        reading = asyncio.create_task(
            Pictures(tools.downloads, pool).read(make_picture(4_000, 4_000))
        )
        async with asyncio.timeout(10):
            while len(killed) < 2:
                for pid in set(pool.worker_pids) - killed:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                await asyncio.sleep(0.01)
        with pytest.raises(ProcessKilledError, match="Decoding the picture was killed") as failure:
            await reading
    await pool.aclose()

    assert not failure.value.retryable
