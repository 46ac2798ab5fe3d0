"""Pictures of a ComfyUI server: the operator's workflow, and jobs under our own ids."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from db.queries import takes
from domain import ServiceKind, Status
from errors import JobCanceledError, JobFailedError, ResultExpiredError, SetupError, StepError
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.comfyui.image_provider import ComfyUIImageProvider
from orchestration.providers.comfyui.workflow import Workflow
from orchestration.providers.ports import Call
from orchestration.providers.registry import Providers
from orchestration.worker import Limits
from resolvers.stories import cancel_story
from tests.asking import result_url, submit
from tests.factories import add_rows
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.films import until
from tests.journeys import drawn_story, follow_until, read, start_story
from tests.model_services import KEY, PICTURE, WORKFLOW, Tools, comfyui_image, open_tools
from tests.stage import Scene, hurried, open_stage
from tests.works import claim, do_work, job_of, keep, newest_work

TWO = Limits(usual={ServiceKind.IMAGE: 2})


@pytest.fixture
async def service() -> AsyncIterator[FakeComfyUI]:
    async with serving(FakeComfyUI()) as running:
        yield running


@pytest.fixture
async def old() -> AsyncIterator[FakeComfyUI]:
    async with serving(FakeComfyUI(is_old=True)) as running:
        yield running


@pytest.fixture
async def tools(service: FakeComfyUI) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.IMAGE, service.url) as opened:
        yield opened


@pytest.fixture
async def image(tools: Tools) -> AsyncIterator[ComfyUIImageProvider]:
    provider, progress = comfyui_image(tools.client, tools.endpoint, tools.pictures)
    yield provider
    await progress.aclose()


def under(key: str) -> Call:
    return Call(idempotency_key=key)


async def test_a_workflow_is_submitted_under_our_id_and_its_saved_picture_fetched(
    service: FakeComfyUI, image: ComfyUIImageProvider
) -> None:
    key = str(uuid4())

    job_id = await submit(image, PICTURE, under(key))
    picture = await image.fetch(await result_url(image, job_id))

    assert (job_id, service.submitted) == (key, [key])
    assert (picture.media_type, picture.model) == ("image/png", "painter-1")
    (body,) = [call.body for call in service.received if call.route == "/prompt"]
    assert (body["prompt_id"], body["client_id"]) == (key, key)
    nodes = {name: node["inputs"] for name, node in body["prompt"].items()}
    assert nodes["3"]["seed"] == 1
    assert nodes["5"] == {"width": 1280, "height": 720, "batch_size": 1}
    assert nodes["4"] == {"ckpt_name": "painter-1"}
    assert nodes["6"]["text"] == "a lake, animated film, clean outlines, soft light"
    keys = {call.headers.get("Authorization") for call in service.received}
    assert keys == {f"Bearer {KEY}"}
    assert service.origins == []


async def test_a_submission_in_doubt_is_looked_up(
    service: FakeComfyUI, image: ComfyUIImageProvider
) -> None:
    key = str(uuid4())
    service.stuck_at = 1
    await submit(image, PICTURE, under(key))

    again = await submit(image, PICTURE, under(key))
    service.release()
    await result_url(image, key)
    after = await submit(image, PICTURE, under(key))

    assert {again, after, *service.submitted} == {key}
    assert service.calls["/prompt"] == 1


async def test_an_answer_that_was_lost_is_no_other_job(
    service: FakeComfyUI, image: ComfyUIImageProvider
) -> None:
    key = str(uuid4())
    service.stuck_at = 1
    service.behave("/history", Behaviour(body=b"{}"))
    service.behave("/queue", Behaviour(body=b'{"queue_running": [], "queue_pending": []}'))
    service.behave("/prompt", Behaviour(kind="reset"))
    service.pending[key] = {}  # it was taken all the same
    job_id = await submit(image, PICTURE, under(key))

    assert job_id == key
    assert service.calls["/prompt"] == 1


async def test_a_wrong_node_is_named(service: FakeComfyUI, tools: Tools) -> None:
    image, _ = comfyui_image(tools.client, tools.endpoint, tools.pictures, model="unknown")

    with pytest.raises(StepError, match="AI_STORY_IMAGE_WORKFLOW") as failure:
        await submit(image, PICTURE, under(str(uuid4())))

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_REFUSED", False)
    assert "CheckpointLoaderSimple, value_not_in_list" in failure.value.message
    assert "secret" not in failure.value.message


async def test_a_workflow_that_fails_says_where(
    service: FakeComfyUI, image: ComfyUIImageProvider
) -> None:
    service.failure = "torch.OutOfMemoryError"

    job_id = await submit(image, PICTURE, under(str(uuid4())))
    with pytest.raises(JobFailedError) as failure:
        await result_url(image, job_id)

    assert "(KSampler, torch.OutOfMemoryError)" in failure.value.message
    assert "secret" not in failure.value.message


async def test_a_job_that_the_server_lost_has_expired(image: ComfyUIImageProvider) -> None:
    with pytest.raises(ResultExpiredError):
        await image.poll(str(uuid4()))


HISTORIES: list[tuple[object, str]] = [
    ({"outputs": {}, "status": {"status_str": "success"}}, "UPSTREAM_BAD_BODY"),
    ({"outputs": {"9": {"images": [{"filename": ""}, 7]}}}, "UPSTREAM_BAD_BODY"),
    ({"outputs": [], "status": 7}, "UPSTREAM_BAD_BODY"),
    (7, "RESULT_EXPIRED"),
]


@pytest.mark.parametrize(("history", "code"), HISTORIES)
async def test_a_history_without_a_picture_is_a_failure(
    service: FakeComfyUI, image: ComfyUIImageProvider, history: object, code: str
) -> None:
    told = Behaviour(body=json.dumps({"job": history}).encode())
    service.behave("/history", told, times=2)

    with pytest.raises(StepError) as failure:
        await image.poll("job")

    assert (failure.value.code, failure.value.retryable) == (code, False)


async def test_what_waits_and_what_runs_is_canceled_on_new_servers_and_old(
    service: FakeComfyUI, old: FakeComfyUI
) -> None:
    for server in (service, old):
        server.stuck_at = 1
        async with open_tools(ServiceKind.IMAGE, server.url) as tools:
            image, progress = comfyui_image(tools.client, tools.endpoint, tools.pictures)
            running, waiting = str(uuid4()), str(uuid4())
            await submit(image, PICTURE, under(running))
            await submit(image, PICTURE, under(waiting))

            await image.cancel(waiting)
            assert "/interrupt" not in server.calls
            await image.cancel(running)
            with pytest.raises(JobCanceledError):
                await result_url(image, running)
            await progress.aclose()

        assert server.pending == {}
        assert list(server.history) == [running]
    assert old.calls["/interrupt"] == 1


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        ("{", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ("[" * 100_000, "must be a JSON object"),
        ({}, "API format"),
        ({"nodes": [], "links": []}, "editor"),
        ({"1": {"class_type": "A"}}, "API format"),
        ({"1": {"class_type": "A", "inputs": {"text": "a"}}}, "{{prompt}}"),
        ({"1": {"class_type": "A", "inputs": {"text": "{{prompt}} {{steps}}"}}}, "'steps'"),
    ],
)
def test_a_workflow_is_checked_at_the_start(tmp_path: Path, graph: object, told: str) -> None:
    path = tmp_path / "w.json"
    path.write_text(graph if isinstance(graph, str) else json.dumps(graph))

    with pytest.raises(SetupError, match="AI_STORY_IMAGE_WORKFLOW") as failure:
        Workflow.read(path)

    assert told in failure.value.message


def test_placeholders_are_typed_alone_and_texts_among_words() -> None:
    inputs = {"a": "{{seed}}", "b": "seed {{ seed }}: {{prompt}}", "c": [["{{width}}"], None]}
    workflow = Workflow({"1": {"class_type": "A", "inputs": inputs}})

    values = {"prompt": 'a "{{seed}}" \n', "seed": 7, "width": 64}
    assert workflow.fill(values) == {
        "1": {
            "class_type": "A",
            "inputs": {"a": 7, "b": 'seed 7: a "{{seed}}" \n', "c": [[64], None]},
        }
    }


@pytest.mark.parametrize(
    ("workflow", "model", "setting"),
    [
        (None, "m", "AI_STORY_IMAGE_WORKFLOW"),
        (Path("/nowhere.json"), "m", "AI_STORY_IMAGE_WORKFLOW"),
        (WORKFLOW, None, "AI_STORY_IMAGE_MODEL"),
    ],
)
def test_what_is_missing_is_told_at_the_start(
    workflow: Path | None, model: str | None, setting: str
) -> None:
    chosen = ProviderChoice(
        kind=ServiceKind.IMAGE,
        name="comfyui",
        timeout_s=5,
        concurrency=1,
        model=model,
        workflow=workflow,
    )

    with pytest.raises(SetupError, match=setting):
        Providers([chosen])


async def test_a_shot_shows_how_far_its_job_is_and_cancels_it(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeComfyUI
) -> None:
    service.stuck_at, service.step_s = 2, 0.01
    async with open_stage(
        database_url, tmp_path, origin, Scene(comfyui=service, limits=TWO)
    ) as stage:
        story = await start_story(stage)
        await follow_until(
            stage,
            story.id,
            lambda change: change.shot is not None and change.shot.progress == 0.5 / 7,
        )

        await cancel_story(stage.context(), str(story.id))
        await until(lambda: service.running is None and not service.pending)
        _, shots = await read(stage, story)

    assert {shot.status for shot in shots} == {Status.CANCELED}
    assert not any(entry["outputs"] for entry in service.history.values())


async def test_a_slow_job_that_gets_ahead_outlives_its_deadline(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeComfyUI
) -> None:
    service.steps, service.step_s = 8, 0.15
    patience = hurried(max_attempts=1, timeouts_s={ServiceKind.IMAGE: 0.8})
    scene = Scene(comfyui=service, limits=Limits(usual={ServiceKind.IMAGE: 1}), patience=patience)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert len(service.submitted) == len(shots)
    assert service.calls["/ws"] == len(shots)


async def test_a_job_that_gets_no_further_is_canceled_at_its_deadline(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeComfyUI
) -> None:
    service.stuck_at, service.step_s = 2, 0.01
    patience = hurried(max_attempts=1, timeouts_s={ServiceKind.IMAGE: 0.5})
    scene = Scene(comfyui=service, limits=Limits(usual={ServiceKind.IMAGE: 1}), patience=patience)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"UPSTREAM_TIMEOUT"}
    assert service.calls["/cancel"] == len(shots)


@pytest.mark.parametrize("was_taken", [True, False])
async def test_an_intent_without_an_id_is_looked_up_after_a_crash(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeComfyUI, was_taken: bool
) -> None:
    scene = Scene(comfyui=service, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take, provider="comfyui")
        await claim(stage.production, job)
        await keep(stage.production, job, is_submitting=True)
        image = stage.production.line_up.image
        assert isinstance(image, ComfyUIImageProvider)
        if was_taken:
            await submit(image, PICTURE, under(str(rows.take)))

        await do_work(stage.production, job)
        async with stage.database.reading() as session:
            take = (await takes.list_takes_by_id(session, [rows.take]))[rows.take]

    assert take.status is Status.COMPLETED
    assert service.submitted == [str(rows.take)]


async def test_a_claim_that_another_one_has_followed_submits_nothing(
    database_url: str, tmp_path: Path, origin: FakeOrigin, service: FakeComfyUI
) -> None:
    scene = Scene(comfyui=service, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take, provider="comfyui")
        service.behave("/queue", Behaviour(kind="hold"))  # as a worker that is frozen
        frozen = asyncio.create_task(do_work(stage.production, job))
        await until(lambda: service.calls["/queue"] == 1)
        await claim(stage.production, job)

        service.release()
        await frozen
        work = await newest_work(stage.database, rows.take)

    assert service.submitted == []
    assert (work.status, work.attempt, work.interruptions) == (Status.GENERATING, 0, 1)
