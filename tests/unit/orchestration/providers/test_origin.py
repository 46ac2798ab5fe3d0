"""The original services' adapters against a service that misbehaves in every way seen so far."""

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from domain import ServiceKind, Style, Transition
from errors import StepError
from orchestration.providers.http.addresses import PublicResolver
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, NotReachedError, open_client
from orchestration.providers.images.pictures import DECODERS, Pictures
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.origin import (
    OriginImageProvider,
    OriginScriptProvider,
    OriginVideoProvider,
)
from orchestration.providers.ports import (
    Call,
    Image,
    ImageRequest,
    ScriptRequest,
    VideoRequest,
    VideoShot,
)
from tests.asking import CALL, product_of, url_of
from tests.fakes.origin import PICTURE, Behaviour, FakeOrigin, serving

HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
SCRIPT = b'{"title": "T", "shots": [{"prompt": "a lake", "narration": "It dawned."}]}'
STORY = ScriptRequest(content="A hare ran. A tortoise walked! Who won?")


@pytest.fixture
async def origin() -> AsyncIterator[FakeOrigin]:
    async with serving(FakeOrigin()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as opened:
        yield opened


@pytest.fixture
async def public_client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(resolver=PublicResolver()) as opened:
        yield opened


@pytest.fixture
def script(origin: FakeOrigin, client: httpx.AsyncClient) -> OriginScriptProvider:
    return OriginScriptProvider(client, endpoint(ServiceKind.SCRIPT, origin.url))


@pytest.fixture(scope="module")
async def decoders() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(max_workers=DECODERS)
    yield pool
    await pool.aclose()


@pytest.fixture
def image(
    origin: FakeOrigin,
    client: httpx.AsyncClient,
    public_client: httpx.AsyncClient,
    decoders: WorkerPool,
) -> OriginImageProvider:
    place = endpoint(ServiceKind.IMAGE, origin.url)
    downloads = Downloads(client, place, public_client=public_client)
    return OriginImageProvider(client, place, pictures=Pictures(downloads, decoders))


def endpoint(
    kind: ServiceKind, url: str, *, timeout_s: float = 10, key: str | None = None
) -> Endpoint:
    return Endpoint(kind=kind, name="origin", base_url=url, timeout_s=timeout_s, key=key)


def picture_request(width: int = 1280, height: int = 720) -> ImageRequest:
    return ImageRequest(
        prompt="a lake",
        style=Style.ANIMATION,
        style_prompt="soft light",
        width=width,
        height=height,
        seed=1,
    )


def answered(body: bytes | object, *, status: int = 200, **headers: str) -> Behaviour:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Behaviour(status=status, body=content, headers=named)


async def test_a_story_becomes_a_script(origin: FakeOrigin, script: OriginScriptProvider) -> None:
    written = await product_of(script, STORY, Call(idempotency_key="k1"))

    assert [shot.narration for shot in written.shots] == [
        "A hare ran.",
        "A tortoise walked!",
        "Who won?",
    ]
    assert written.shots[0].transition is Transition.KEN_BURNS
    assert origin.keys["/llm"] == {"k1": 1}
    assert origin.received[0].body == {"story": STORY.content}


async def test_a_query_in_the_configured_address_reaches_the_service(
    origin: FakeOrigin, client: httpx.AsyncClient
) -> None:
    script = OriginScriptProvider(client, endpoint(ServiceKind.SCRIPT, f"{origin.url}/?shots=5"))

    written = await product_of(script, STORY)

    assert len(written.shots) == 5


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (answered(b'{"title": "T", "shots": []}'), "SCRIPT_EMPTY"),
        (answered(b'{"title": "T"}'), "BAD_JSON"),
        (answered(b"\xff\xfe\x00 nonsense"), "BAD_JSON"),
        (answered(SCRIPT[:40]), "SCRIPT_TRUNCATED"),
        (answered(b'{"shots": [{"prompt": "' + b"x" * 2_000_000), "SCRIPT_TRUNCATED"),
        (answered(b"[" * 5_000 + b"]" * 5_000), "BAD_JSON"),
    ],
)
async def test_what_is_no_script_has_a_code_and_is_tried_again(
    origin: FakeOrigin, script: OriginScriptProvider, behaviour: Behaviour, code: str
) -> None:
    origin.behave("/llm", behaviour)
    started = time.monotonic()

    with pytest.raises(StepError) as failure:
        await product_of(script, STORY)

    assert (failure.value.code, failure.value.retryable) == (code, True)
    assert origin.calls["/llm"] == 1
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("host", ["127.0.0.1", "does-not-exist.invalid", "a" * 70 + ".com"])
async def test_a_dead_address_names_the_setting(client: httpx.AsyncClient, host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    script = OriginScriptProvider(client, endpoint(ServiceKind.SCRIPT, f"http://{host}:{port}"))

    with pytest.raises(NotReachedError) as failure:
        await product_of(script, STORY)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_UNAVAILABLE", True)
    assert "AI_STORY_SCRIPT_URL" in failure.value.message


async def test_a_bad_body_is_logged_by_its_digest_and_never_shown(
    origin: FakeOrigin, script: OriginScriptProvider
) -> None:
    origin.behave("/llm", answered(b"<html>the reader's secret</html>"))

    with capture_logs() as logs, pytest.raises(StepError) as failure:
        await product_of(script, STORY)

    assert [(log["event"], log["status"], log["size_bytes"]) for log in logs] == [
        ("bad_body", 200, 32)
    ]
    assert "secret" not in repr(logs) + failure.value.message


async def test_a_picture_is_drawn_then_downloaded(
    origin: FakeOrigin, image: OriginImageProvider
) -> None:
    url = await url_of(image, picture_request(), Call(idempotency_key="take"))
    picture = await image.fetch(url)

    assert picture == Image(content=PICTURE, media_type="image/png", width=64, height=36)
    assert origin.keys["/pic"] == {"take": 1}
    assert origin.received[0].body == {
        "prompt": "a lake, animated film, clean outlines, soft light",
        "size": "1024x576",
    }


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(1280, 720, "1024x576"), (720, 1280, "576x1024"), (960, 960, "1024x1024")],
)
async def test_the_nearest_size_that_the_service_knows_is_asked_for(
    origin: FakeOrigin, image: OriginImageProvider, width: int, height: int, size: str
) -> None:
    await url_of(image, picture_request(width, height))

    assert origin.received[0].body["size"] == size


async def test_a_data_url_is_the_picture_itself(
    origin: FakeOrigin, image: OriginImageProvider
) -> None:
    url = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    origin.behave("/pic", answered({"result": {"image_url": url}}))

    drawn = await product_of(image, picture_request())

    assert drawn.content == PICTURE


@pytest.mark.parametrize(
    ("body", "retryable"),
    [
        ({}, True),
        ({"image_url": None}, True),
        ({"image_url": ""}, True),
        ({"image_url": ["a"]}, True),
        ({"image_url": "https://h/" + "x" * 10_000}, True),
        ({"image_url": "data:image/png;base64,%%%"}, True),
        ({"image_url": "data:image/png;base64,"}, False),
        ({"image_url": "data:text/html,hello"}, False),
        ([], True),
        (b"[" * 100_000, True),
        (b"not json", True),
        (HTML, True),
        (b" " * 9 * 2**20, True),
    ],
)
async def test_a_picture_answer_without_a_picture_is_a_bad_body(
    origin: FakeOrigin, image: OriginImageProvider, body: object, retryable: bool
) -> None:
    origin.behave("/pic", answered(body))

    with pytest.raises(StepError) as failure:
        await image.begin(picture_request(), CALL)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", retryable)


async def test_a_film_is_rendered_in_one_long_request(
    origin: FakeOrigin, client: httpx.AsyncClient, public_client: httpx.AsyncClient
) -> None:
    place = endpoint(ServiceKind.VIDEO, origin.url)
    downloads = Downloads(client, place, public_client=public_client)
    video = OriginVideoProvider(client, place, downloads=downloads)
    shot = VideoShot(
        image_url="https://cdn.example/1.png",
        prompt="a lake",
        narration="It dawned.",
        transition=Transition.VOLUME_MIX,
        duration_seconds=4,
    )
    request = VideoRequest(story_id="s1", title="T", shots=(shot,), width=1280, height=720)

    url = await url_of(video, request)

    assert url == f"{origin.url}/files/1.mp4"
    assert origin.received[0].body == {
        "story_id": "s1",
        "shots": [
            {
                "image_url": "https://cdn.example/1.png",
                "narration": "It dawned.",
                "transition": "Volume Mix",
            }
        ],
    }


async def test_a_thousand_pictures_are_drawn_at_once(
    origin: FakeOrigin, image: OriginImageProvider
) -> None:
    origin.latency_s = 1.0
    started = time.monotonic()

    await asyncio.gather(
        *(
            image.begin(picture_request(), Call(idempotency_key=str(number)))
            for number in range(1_000)
        )
    )

    assert origin.peaks["/pic"] == 1_000
    assert time.monotonic() - started < 8
