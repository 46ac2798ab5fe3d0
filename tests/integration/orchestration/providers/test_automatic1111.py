"""Pictures of one local server whose progress and interruption are everybody's."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain import ServiceKind, Status
from errors import SetupError, StepError
from orchestration.providers.automatic1111 import Automatic1111ImageProvider
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.ports import Call
from orchestration.providers.registry import Providers
from orchestration.worker import Limits
from resolvers.stories import cancel_story
from tests.asking import product_of
from tests.fakes.automatic1111 import MODEL, FakeAutomatic1111
from tests.fakes.origin import PICTURE as CONTENT
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.films import until
from tests.journeys import drawn_story, follow_until, read, start_story
from tests.model_services import PICTURE, Tools, open_tools
from tests.stage import Scene, hurried, open_stage

ENCODED = base64.b64encode(CONTENT).decode()


@pytest.fixture
async def service() -> AsyncIterator[FakeAutomatic1111]:
    async with serving(FakeAutomatic1111()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeAutomatic1111) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.IMAGE, service.url) as opened:
        yield opened


@pytest.fixture
def image(tools: Tools) -> Automatic1111ImageProvider:
    return provider(tools)


def provider(tools: Tools, *, model: str | None = None) -> Automatic1111ImageProvider:
    return Automatic1111ImageProvider(
        tools.client, tools.endpoint, pictures=tools.pictures, model=model, look_every_s=0.01
    )


def asked(service: FakeAutomatic1111) -> list[dict[str, object]]:
    return [call.body for call in service.received if call.route == "/txt2img"]


async def test_a_picture_is_asked_for_with_its_seed_and_size(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    drawn = await product_of(image, PICTURE)

    assert (drawn.width, drawn.height, drawn.model) == (1280, 720, MODEL)
    assert asked(service) == [
        {
            "prompt": "a lake, animated film, clean outlines, soft light",
            "width": 1280,
            "height": 720,
            "seed": 1,
            "n_iter": 1,
            "batch_size": 1,
        }
    ]


async def test_a_model_is_loaded_and_stays(service: FakeAutomatic1111, tools: Tools) -> None:
    drawn = await product_of(provider(tools, model="xl"), PICTURE)

    assert drawn.model == "xl"
    assert asked(service)[0]["override_settings"] == {"sd_model_checkpoint": "xl"}
    assert asked(service)[0]["override_settings_restore_afterwards"] is False


async def test_progress_is_the_servers(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    service.step_s, service.stuck_at, told = 0.02, 2, list[float]()

    async def report(progress: float) -> None:
        told.append(progress)
        if progress > 0.5:
            service.release()

    await product_of(image, PICTURE, Call(idempotency_key="k", report=report))

    assert 0.51 in told
    assert told == sorted(told)


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(status=500),
        Behaviour(body=b"<html>"),
        Behaviour(body=b'{"progress": "NaN"}'),
        Behaviour(body=b'{"progress": null, "state": 7}'),
        Behaviour(kind="reset"),
    ],
)
async def test_a_picture_does_not_depend_on_its_progress(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider, behaviour: Behaviour
) -> None:
    service.step_s = 0.02
    service.behave("/progress", behaviour, times=1_000)

    drawn = await product_of(image, PICTURE)

    assert drawn.width == 1280
    assert service.calls["/progress"] >= 2


async def test_one_call_at_a_time_is_ours(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    service.step_s = 0.01
    draws = (product_of(image, PICTURE, Call(idempotency_key=f"{n}")) for n in range(3))

    await asyncio.gather(*draws)

    assert service.peaks["/txt2img"] == 1
    assert service.drawn == 3


async def test_a_canceled_picture_is_interrupted_and_the_next_one_is_whole(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    service.stuck_at = 2
    drawing = asyncio.create_task(product_of(image, PICTURE, Call(idempotency_key="1")))
    waiting = asyncio.create_task(product_of(image, PICTURE, Call(idempotency_key="2")))
    await until(lambda: service.calls["/progress"] >= 2)

    drawing.cancel()
    await until(lambda: service.partial == 1)
    service.release()
    drawn = await waiting

    assert drawing.cancelled()
    assert drawn.width == 1280
    assert (service.calls["/interrupt"], service.partial, service.drawn) == (1, 1, 1)


async def test_nothing_is_interrupted_for_a_picture_that_still_waits(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    service.stuck_at = 2
    drawing = asyncio.create_task(product_of(image, PICTURE, Call(idempotency_key="1")))
    waiting = asyncio.create_task(product_of(image, PICTURE, Call(idempotency_key="2")))
    await until(lambda: service.calls["/progress"] >= 2)

    waiting.cancel()
    await asyncio.wait({waiting})
    service.release()
    await drawing

    assert "/interrupt" not in service.calls
    assert service.calls["/txt2img"] == 1


async def test_what_somebody_interrupted_at_the_server_is_no_picture(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider
) -> None:
    service.stuck_at = 2
    drawing = asyncio.create_task(product_of(image, PICTURE, Call(idempotency_key="1")))
    await until(lambda: service.calls["/progress"] >= 2)

    service.interrupted = True
    with pytest.raises(StepError, match="interrupted") as failure:
        await drawing

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_FAILED", False)


@pytest.mark.parametrize(
    "fields", [{"images": [f"data:image/png;base64,{ENCODED}"]}, {"images": [ENCODED], "info": "{"}]
)
async def test_the_bytes_come_with_and_without_a_prefix(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider, fields: dict[str, object]
) -> None:
    service.behave("/txt2img", Behaviour(body=json.dumps(fields).encode()))

    drawn = await product_of(image, PICTURE)

    assert (drawn.content, drawn.model) == (CONTENT, None)


NO_PICTURE: list[tuple[object, bool]] = [
    ({"images": []}, True),
    ({"images": None}, True),
    ({"images": [None]}, True),
    ({"images": [""]}, True),
    ({"images": ["%%%"]}, True),
    ({"images": [ENCODED[:-40]]}, True),
    ({"images": [base64.b64encode(b"<html></html>").decode()]}, False),
    ({"images": ["data:text/html,x"]}, False),
    ({"info": "{}"}, True),
]


@pytest.mark.parametrize(("body", "retryable"), NO_PICTURE)
async def test_an_answer_without_a_picture_is_a_bad_body(
    service: FakeAutomatic1111, image: Automatic1111ImageProvider, body: object, retryable: bool
) -> None:
    service.behave("/txt2img", Behaviour(body=json.dumps(body).encode()))

    with pytest.raises(StepError) as failure:
        await product_of(image, PICTURE)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", retryable)


def choice(**changes: object) -> ProviderChoice:
    chosen = ProviderChoice(
        kind=ServiceKind.IMAGE, name="automatic1111", timeout_s=5, concurrency=1
    )
    return replace(chosen, **changes)


def choose(image: ProviderChoice) -> Providers:
    return Providers([image])


async def test_a_key_is_a_user_and_his_password(service: FakeAutomatic1111) -> None:
    async with choose(choice(url=service.url, key="me:hush")) as providers:
        assert isinstance(providers.line_up.image, Automatic1111ImageProvider)
        await product_of(providers.line_up.image, PICTURE)

    sent = {call.headers["Authorization"] for call in service.received}
    assert sent == {f"Basic {base64.b64encode(b'me:hush').decode()}"}
    with pytest.raises(SetupError, match="AI_STORY_IMAGE_KEY") as failure:
        choose(choice(key="hush"))
    assert "hush" not in failure.value.message


async def test_without_an_address_it_is_this_machine() -> None:
    async with choose(choice()) as providers:
        (facts,) = [facts for facts in providers.facts if facts.kind is ServiceKind.IMAGE]

    assert facts.url == "http://127.0.0.1:7860"


ONE = Limits(usual={ServiceKind.IMAGE: 1})


async def test_a_shot_shows_how_far_its_picture_is(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeAutomatic1111
) -> None:
    service.stuck_at = 2
    scene = Scene(automatic1111=service, limits=ONE)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story = await start_story(stage)
        await follow_until(
            stage,
            story.id,
            lambda change: change.shot is not None and change.shot.progress == 0.51,
        )

        await cancel_story(stage.context(), str(story.id))
        await until(lambda: service.partial == 1)
        _, shots = await read(stage, story)

    assert {shot.status for shot in shots} == {Status.CANCELED}
    assert service.drawn == 0
    assert service.calls["/interrupt"] == 1


async def test_a_slow_picture_that_gets_ahead_outlives_its_deadline(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeAutomatic1111
) -> None:
    service.steps, service.step_s = 8, 0.15
    patience = hurried(max_attempts=1, timeouts_s={ServiceKind.IMAGE: 0.8})
    scene = Scene(automatic1111=service, limits=ONE, patience=patience)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert "/interrupt" not in service.calls


@pytest.mark.parametrize("tells_progress", [True, False])
async def test_a_picture_that_gets_no_further_is_interrupted_at_its_deadline(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    service: FakeAutomatic1111,
    tells_progress: bool,
) -> None:
    service.step_s, service.tells_progress = 0.02, tells_progress
    if tells_progress:
        service.stuck_at = 2
    else:
        service.steps = 1_000_000
    patience = hurried(max_attempts=1, timeouts_s={ServiceKind.IMAGE: 0.4})
    scene = Scene(automatic1111=service, limits=ONE, patience=patience)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"UPSTREAM_TIMEOUT"}
    assert service.partial == service.calls["/interrupt"] == len(shots)
