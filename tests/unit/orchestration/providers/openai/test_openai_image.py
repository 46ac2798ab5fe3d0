"""Pictures over /images/generations: how they are asked for, and every way to get them."""

import base64
import json
from collections.abc import AsyncIterator

import openai
import pytest

from domain import ServiceKind
from errors import StepError
from orchestration.providers.openai.image_provider import OpenAIImageProvider
from orchestration.providers.ports import At, Call, Image, ImageRequest, Ready
from tests.asking import product_of, url_of
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import PICTURE as CONTENT
from tests.fakes.origin import make_picture
from tests.fakes.service import Behaviour, serving
from tests.model_services import PICTURE, Tools, open_tools
from tests.pictures import QUARTERS, encoded, is_near, quarters, quarters_of


@pytest.fixture
async def service() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeOpenAI) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.IMAGE, f"{service.url}/v1") as opened:
        yield opened


@pytest.fixture
def image(tools: Tools) -> OpenAIImageProvider:
    return OpenAIImageProvider(
        tools.client, tools.endpoint, model="painter-1", pictures=tools.pictures
    )


async def draw(image: OpenAIImageProvider, request: ImageRequest = PICTURE) -> Ready[Image] | At:
    return await image.begin(request, Call(idempotency_key="take"))


async def picture_of(image: OpenAIImageProvider) -> Image:
    return await product_of(image, PICTURE, Call(idempotency_key="take"))


def sizes(service: FakeOpenAI) -> list[str | None]:
    return [call.body.get("size") for call in service.received if call.route == "/images"]


async def test_the_fake_speaks_the_protocol_of_the_vendors_own_client(service: FakeOpenAI) -> None:
    service.sizes = {"1024x1024"}
    async with openai.AsyncOpenAI(base_url=f"{service.url}/v1", api_key="k") as vendor:
        drawn = await vendor.images.generate(model="painter-1", prompt="a lake", size="1024x1024")
        with pytest.raises(openai.BadRequestError, match="Invalid value for size"):
            await vendor.images.generate(model="painter-1", prompt="a lake", size="512x512")

    assert drawn.data is not None
    assert base64.b64decode(drawn.data[0].b64_json or "").startswith(b"\x89PNG")


async def test_a_picture_comes_as_bytes(service: FakeOpenAI, image: OpenAIImageProvider) -> None:
    drawn = await picture_of(image)

    assert (drawn.width, drawn.height) == (1536, 864)
    assert (drawn.media_type, drawn.model) == ("image/png", "painter-1")
    assert service.received[0].body == {
        "model": "painter-1",
        "prompt": "a lake, animated film, clean outlines, soft light",
        "n": 1,
        "size": "1536x864",
    }
    assert service.keys["/images"] == {"take": 1}


async def test_a_picture_comes_as_an_address_and_is_downloaded(
    service: FakeOpenAI, image: OpenAIImageProvider
) -> None:
    service.answers_url = True

    picture = await image.fetch(await url_of(image, PICTURE))

    assert (picture.width, picture.height, picture.model) == (1536, 864, "painter-1")
    assert service.calls == {"/images": 1, "/files": 1}


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(1280, 720, "1536x864"), (720, 1280, "864x1536"), (960, 960, "1024x1024")],
)
async def test_the_shape_of_the_film_is_asked_for(
    service: FakeOpenAI, image: OpenAIImageProvider, width: int, height: int, size: str
) -> None:
    request = ImageRequest(
        prompt="a",
        style=PICTURE.style,
        style_prompt=None,
        width=width,
        height=height,
        seed=1,
    )

    await draw(image, request)

    assert sizes(service) == [size]


@pytest.mark.parametrize(
    ("takes", "asked"),
    [
        ({"1536x1024"}, ["1536x864", "1536x1024"]),
        ({"1792x1024"}, ["1536x864", "1536x1024", "1792x1024"]),
        ({"1024x1024"}, ["1536x864", "1536x1024", "1792x1024", None]),
    ],
)
async def test_a_refused_size_is_stepped_down_once_and_remembered(
    service: FakeOpenAI, image: OpenAIImageProvider, takes: set[str], asked: list[str | None]
) -> None:
    service.sizes = takes

    await draw(image)
    await draw(image)

    assert sizes(service) == [*asked, asked[-1]]


async def test_a_service_that_takes_no_size_at_all_is_a_refusal(
    service: FakeOpenAI, image: OpenAIImageProvider
) -> None:
    service.sizes = set()

    with pytest.raises(StepError) as failure:
        await draw(image)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_REFUSED", False)
    assert service.calls["/images"] == 4


def answered(body: object) -> Behaviour:
    return Behaviour(body=body if isinstance(body, bytes) else json.dumps(body).encode())


ENCODED = base64.b64encode(CONTENT).decode()


@pytest.mark.parametrize(
    "data",
    [
        {"b64_json": ENCODED},
        {"b64_json": ENCODED, "url": None, "revised_prompt": "p"},
        {"b64_json": f"data:image/png;base64,{ENCODED}"},
        {"url": f"data:image/png;base64,{ENCODED}"},
        {"url": f" DATA:image/png;base64,{ENCODED}"},
        {"b64_json": base64.encodebytes(CONTENT).decode()},
        {"b64_json": base64.encodebytes(CONTENT).decode().replace("\n", "\r\n")},
        {"b64_json": base64.urlsafe_b64encode(CONTENT).decode().rstrip("=")},
    ],
)
async def test_the_bytes_are_found_wherever_servers_put_them(
    service: FakeOpenAI, image: OpenAIImageProvider, data: dict[str, object]
) -> None:
    service.behave("/images", answered({"created": 1, "data": [data]}))

    drawn = await picture_of(image)

    assert (drawn.content, drawn.model) == (CONTENT, "painter-1")


BARE = {
    "images[].b64_json": {"images": [{"b64_json": ENCODED}]},
    "images[] bare": {"images": [ENCODED]},
    "data[] bare": {"data": [ENCODED]},
    "data bare": {"data": ENCODED},
    "a data URL in a list": {"data": [f"data:image/png;base64,{ENCODED}"]},
    "data.images[]": {"data": {"images": [{"base64": ENCODED}]}},
    "beside nulls": {"data": None, "images": [{"url": None, "b64_json": ENCODED}]},
    "an object": {"data": {"b64_json": ENCODED}},
    "at the top": {"type": "image_generation.completed", "b64_json": ENCODED},
    "a JPEG": {"data": [base64.b64encode(make_picture(picture_format="JPEG")).decode()]},
}


@pytest.mark.parametrize("name", BARE)
async def test_the_bytes_are_found_without_their_usual_name(
    service: FakeOpenAI, image: OpenAIImageProvider, name: str
) -> None:
    service.behave("/images", answered(BARE[name]))

    drawn = await picture_of(image)

    assert (drawn.width, drawn.height) == (64, 36)


ADDRESS = "https://h/a/1.png?sig=a%2Fb"


@pytest.mark.parametrize(
    "body",
    [
        {"images": [{"url": ADDRESS}], "timings": {"inference": 1}, "seed": 1},
        {"data": [ADDRESS]},
        {"data": [{"image_url": {"url": ADDRESS}}]},
        {"output": ADDRESS},
        {"url": ADDRESS},
        {"images": [{"url": ADDRESS, "width": 1}], "data": [{"url": ADDRESS}]},
    ],
)
async def test_the_address_is_found_wherever_servers_put_it(
    service: FakeOpenAI, image: OpenAIImageProvider, body: object
) -> None:
    service.behave("/images", answered(body))

    assert await draw(image) == At(ADDRESS)


@pytest.mark.parametrize("picture_format", ["AVIF", "GIF", "BMP", "TIFF", "WEBP"])
async def test_a_picture_of_another_format_is_paid_for_once_and_converted(
    service: FakeOpenAI, image: OpenAIImageProvider, picture_format: str
) -> None:
    content = base64.b64encode(encoded(quarters(), picture_format)).decode()
    service.behave("/images", answered({"created": 1, "data": [{"b64_json": content}]}))

    drawn = await picture_of(image)

    assert is_near(quarters_of(drawn.content), QUARTERS, within=25)
    assert service.calls["/images"] == 1


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)

NO_PICTURE: list[tuple[object, bool]] = [
    ({"data": []}, True),
    ({"data": None}, True),
    ({"data": "none"}, True),
    ({"data": [None]}, True),
    ({"data": [{}]}, True),
    ({"data": [{"url": ""}]}, True),
    ({"data": [{"url": 7}]}, True),
    ({"data": [{"url": "https://h/" + "x" * 10_000}]}, True),
    ({"data": [{"b64_json": ""}]}, True),
    ({"images": []}, True),
    ({"data": ["none"]}, True),
    (b'{"data":' * 900 + b"1" + b"}" * 900, True),
    ({"data": [{"b64_json": "%%%"}]}, True),
    ({"data": [{"b64_json": ENCODED[:-40]}]}, True),
    ({"data": [{"b64_json": base64.b64encode(b"<html></html>").decode()}]}, False),
    ({"data": [{"b64_json": "A" * 41 * 2**20}]}, False),  # a picture that is too large
    ({"data": [{"b64_json": "A" * 46 * 2**20}]}, True),  # more than is read at all
    ({"data": [{"b64_json": base64.b64encode(HEIC).decode()}]}, False),
    (b"[" * 100_000, True),
]


@pytest.mark.parametrize(("body", "retryable"), NO_PICTURE)
async def test_an_answer_without_a_picture_is_a_bad_body(
    service: FakeOpenAI, image: OpenAIImageProvider, body: object, retryable: bool
) -> None:
    service.behave("/images", answered(body))

    with pytest.raises(StepError) as failure:
        await draw(image)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", retryable)
    assert service.calls["/images"] == 1


async def test_moderation_is_final(service: FakeOpenAI, image: OpenAIImageProvider) -> None:
    error = {"error": {"code": "moderation_blocked", "message": "the size of the offence"}}
    service.behave("/images", Behaviour(status=400, body=json.dumps(error).encode()))

    with pytest.raises(StepError) as failure:
        await draw(image)

    assert (failure.value.code, failure.value.retryable) == ("CONTENT_REJECTED", False)
    assert service.calls["/images"] == 1


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("insufficient balance for a picture of this size", "QUOTA_EXCEEDED"),
        ("flagged by our safety system; the size does not matter", "CONTENT_REJECTED"),
        ("invalid API key (size 12)", "UPSTREAM_REFUSED"),
    ],
)
async def test_no_other_size_is_asked_for_when_we_are_refused(
    service: FakeOpenAI, image: OpenAIImageProvider, message: str, code: str
) -> None:
    error = {"error": {"code": None, "message": message}}
    service.behave("/images", Behaviour(status=400, body=json.dumps(error).encode()))

    with pytest.raises(StepError) as failure:
        await draw(image)

    assert failure.value.code == code
    assert service.calls["/images"] == 1
