"""Pictures as jobs: each vendor in its own protocol, for our adapter and its own client."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import fal_client
import pytest
from dashscope.aigc.image_synthesis import ImageSynthesis
from replicate.client import Client as ReplicateClient
from structlog.testing import capture_logs

from domain import ServiceKind
from errors import (
    ContentRejectedError,
    JobCanceledError,
    JobFailedError,
    QuotaExceededError,
    ResultExpiredError,
    SetupError,
    StepError,
)
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import (
    fill,
    fill_route,
    list_vendors,
    look_up,
    read_vendor,
)
from orchestration.providers.ports import At, Call, Running
from orchestration.providers.registry import Providers
from tests.asking import result_url, submit
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeDashScope, FakeFal, FakeReplicate, FakeVendor
from tests.model_services import KEY, PICTURE, VENDORS, Tools, open_tools, table_image

BODIES: dict[str, dict[str, Any]] = {
    "replicate": {
        "input": {
            "prompt": "a lake, animated film, clean outlines, soft light",
            "aspect_ratio": "16:9",
            "seed": 1,
        }
    },
    "fal": {
        "prompt": "a lake, animated film, clean outlines, soft light",
        "image_size": {"width": 1280, "height": 720},
        "seed": 1,
        "num_images": 1,
    },
    "dashscope": {
        "model": "owner/painter",
        "input": {"prompt": "a lake, animated film, clean outlines, soft light"},
        "parameters": {"size": "1280*720", "n": 1, "seed": 1},
    },
}


@pytest.fixture(params=list(VENDORS))
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def service(vendor: str) -> AsyncIterator[FakeVendor]:
    async with serving(VENDORS[vendor]()) as running:
        yield running


@pytest.fixture
async def tools(service: FakeVendor) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.IMAGE, service.url) as opened:
        yield opened


@pytest.fixture
def image(tools: Tools, vendor: str) -> TableImageProvider:
    return table_image(tools, vendor)


async def test_replicates_own_client_runs_a_job_of_the_fake() -> None:
    async with serving(FakeReplicate()) as service:
        vendor = ReplicateClient(api_token="k", base_url=service.url)
        job = await vendor.models.predictions.async_create("owner/painter", input={"prompt": "a"})
        await job.async_reload()
        progress = job.progress
        await job.async_reload()
        other = await vendor.models.predictions.async_create("owner/painter", input={"prompt": "b"})
        await other.async_cancel()
        await vendor._async_client.aclose()  # pyright: ignore[reportPrivateUsage]

    assert progress is not None
    assert progress.current == 3
    assert job.status == "succeeded"
    assert job.output == [f"{service.url}/files/{job.id}.png"]
    assert service.canceled == {other.id}


async def test_fals_own_client_runs_a_job_of_the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeFal()) as service:
        monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{service.url}/")
        vendor = fal_client.AsyncClient(key="k")
        job = await vendor.submit("fal-ai/flux/dev", arguments={"prompt": "a"})
        first = await job.status()
        answer = await job.get(interval=0.01)
        other = await vendor.submit("fal-ai/flux/dev", arguments={"prompt": "b"})
        await other.cancel()
        await (await vendor._client).aclose()  # pyright: ignore[reportPrivateUsage]

    assert isinstance(first, fal_client.InProgress)
    assert answer["images"][0]["url"] == f"{service.url}/files/{job.request_id}.png"
    assert service.canceled == {other.request_id}


async def test_dashscopes_own_client_runs_a_job_of_the_fake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = partial(ImageSynthesis.async_call, "wan2.2-t2i-plus", api_key="k")  # pyright: ignore[reportUnknownMemberType]

    def drive() -> None:
        job = begin(prompt="a")
        first = ImageSynthesis.fetch(job, api_key="k")
        done = ImageSynthesis.fetch(job, api_key="k")
        other = begin(prompt="b")
        ImageSynthesis.cancel(other, api_key="k")

        assert first.output.task_status == "RUNNING"
        assert done.output.task_status == "SUCCEEDED"
        [result] = done.output.results
        assert result.url == f"{service.url}/files/{job.output.task_id}.png"
        assert service.canceled == {other.output.task_id}

    async with serving(FakeDashScope()) as service:
        monkeypatch.setattr("dashscope.base_http_api_url", f"{service.url}/api/v1")
        await asyncio.to_thread(drive)


async def test_a_picture_is_submitted_polled_and_downloaded(
    service: FakeVendor, image: TableImageProvider, vendor: str
) -> None:
    job_id = await submit(image, PICTURE, Call(idempotency_key="take"))
    running = await image.poll(job_id)
    done = await image.poll(job_id)
    assert isinstance(done, At)
    picture = await image.fetch(done.url)

    assert image.name == "tested"
    assert running == Running(0.5 if vendor == "replicate" else None)
    assert (picture.width, picture.height, picture.model) == (64, 36, "owner/painter")
    assert service.received[0].body == BODIES[vendor]
    assert service.keys["/submit"] == {"take": 1}
    scheme = "Key" if vendor == "fal" else "Bearer"
    own = [call for call in service.received if call.route != "/files"]
    assert {call.headers["Authorization"] for call in own} == {f"{scheme} {KEY}"}


@pytest.mark.parametrize(
    ("code", "rejected"),
    [
        ("GpuOnFire", False),
        ("content_policy_violation", True),
        ("NSFW content detected", True),
        ("The input or output was flagged as sensitive. (E005)", True),
    ],
)
async def test_a_failed_job_says_whether_its_content_was_refused(
    service: FakeVendor, image: TableImageProvider, code: str, rejected: bool
) -> None:
    service.failure = code

    with pytest.raises(StepError) as failure:
        await result_url(image, await submit(image, PICTURE))

    assert type(failure.value) is (ContentRejectedError if rejected else JobFailedError)
    assert failure.value.code == ("CONTENT_REJECTED" if rejected else "UPSTREAM_FAILED")
    assert ("(GpuOnFire)" in failure.value.message) is not rejected


@pytest.mark.parametrize("code", ["Arrearage", "Insufficient credit to run this model"])
async def test_a_job_that_failed_for_an_empty_account_says_so(
    service: FakeVendor, image: TableImageProvider, code: str
) -> None:
    service.failure = code

    with pytest.raises(QuotaExceededError, match="no credit left"):
        await result_url(image, await submit(image, PICTURE))


async def test_a_canceled_job_is_stopped(
    service: FakeVendor, image: TableImageProvider, vendor: str
) -> None:
    job_id = await submit(image, PICTURE)

    await image.cancel(job_id)

    assert service.canceled == {job_id}
    if vendor != "fal":  # its queue tells no such status
        with pytest.raises(JobCanceledError):
            await result_url(image, job_id)


async def test_a_cancel_that_fails_is_not_worth_an_error(
    service: FakeVendor, image: TableImageProvider
) -> None:
    service.behave("/cancel", Behaviour(status=500))

    await image.cancel("job-9")

    assert service.calls["/cancel"] == 1


async def test_a_job_that_nobody_knows_any_more_has_expired(
    service: FakeVendor, image: TableImageProvider
) -> None:
    service.forgotten.add("gone")

    with pytest.raises(ResultExpiredError):
        await image.poll("gone")


STATUS_PATHS = {"replicate": "status", "fal": "status", "dashscope": "output.task_status"}


def status_body(vendor: str, status: object) -> Behaviour:
    body: Any = status
    for name in reversed(STATUS_PATHS[vendor].split(".")):
        body = {name: body}
    return Behaviour(body=json.dumps(body).encode())


async def test_an_unknown_status_counts_as_running_with_a_warning(
    service: FakeVendor, image: TableImageProvider, vendor: str
) -> None:
    service.behave("/poll", status_body(vendor, "pondering"))

    with capture_logs() as logs:
        job = await image.poll("job-1")

    assert job == Running()
    assert [(log["event"], log["status"]) for log in logs] == [("unknown_job_status", "pondering")]


@pytest.mark.parametrize("status", [None, 7, ["succeeded"], {}])
async def test_a_poll_without_a_status_is_a_bad_body_and_the_job_goes_on(
    service: FakeVendor, image: TableImageProvider, vendor: str, status: object
) -> None:
    service.behave("/poll", status_body(vendor, status))

    with pytest.raises(StepError) as failure:
        await image.poll("job-1")

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", True)


@pytest.mark.parametrize("result", [None, 7, "", [], [None], [{"url": ""}], "h" * 9_000])
async def test_a_success_without_an_address_is_a_bad_body_for_good(
    service: FakeVendor, image: TableImageProvider, vendor: str, result: object
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "replicate": {"status": "succeeded", "output": result},
        "fal": {"images": result},
        "dashscope": {"output": {"task_status": "SUCCEEDED", "results": result}},
    }
    behaviour = Behaviour(body=json.dumps(bodies[vendor]).encode())
    if vendor == "fal":
        service.behave("/poll", status_body(vendor, "COMPLETED"))
        service.behave("/answer", behaviour)
    else:
        service.behave("/poll", behaviour)

    with pytest.raises(StepError) as failure:
        await image.poll("job-1")

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_BAD_BODY", False)


async def test_a_refusal_that_fal_tells_with_the_answer_is_final() -> None:
    refused = {"detail": [{"type": "content_policy_violation", "msg": "no", "loc": ["body"]}]}
    async with (
        serving(FakeFal(polls=1)) as service,
        open_tools(ServiceKind.IMAGE, service.url) as tools,
    ):
        image = table_image(tools, "fal")
        job_id = await submit(image, PICTURE)
        service.behave("/answer", Behaviour(status=422, body=json.dumps(refused).encode()))

        with pytest.raises(ContentRejectedError):
            await image.poll(job_id)


async def test_a_vendor_is_asked_no_more_often_than_its_table_allows() -> None:
    table = read_vendor("dashscope").model_copy(update={"submissions_per_s": 20})
    async with (
        serving(FakeDashScope()) as service,
        open_tools(ServiceKind.IMAGE, service.url) as tools,
    ):
        jobs = JobService(tools.client, tools.endpoint, table, submit_client=tools.client)
        image = TableImageProvider(jobs, pictures=tools.pictures)
        started = time.monotonic()

        await asyncio.gather(*(submit(image, PICTURE) for _ in range(5)))

    assert time.monotonic() - started >= 4 / 20
    assert read_vendor("dashscope").submissions_per_s == 2


def test_the_shipped_tables_are_sound() -> None:
    assert list_vendors(ServiceKind.IMAGE) == ["dashscope", "fal", "replicate"]
    assert list_vendors(ServiceKind.VIDEO) == ["videos"]
    assert list_vendors(ServiceKind.CLIP) == ["ark", "dashscope", "fal", "replicate", "videos"]


def test_an_id_cannot_reach_another_route_and_a_model_keeps_its_slashes() -> None:
    values = {"id": "../../admin?x=1", "model": "fal-ai/flux/dev", "app": "fal-ai/flux"}

    assert fill_route("/jobs/{id}", values) == "/jobs/..%2F..%2Fadmin%3Fx%3D1"
    assert fill_route("/{model}/x", values) == "/fal-ai/flux/dev/x"


def test_templates_keep_types_and_leave_out_what_is_missing() -> None:
    template = {"a": "{n}", "b": "{n}x{n}", "c": "{none}", "d": {"e": ["{n}", 7, True]}, "f": "{"}

    assert fill(template, {"n": 3}) == {"a": 3, "b": "3x3", "d": {"e": [3, 7, True]}, "f": "{"}


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.0.b", 1), ("a.1", None), ("a.x", None), ("a.0.b.c", None), ("z", None), ("a.-1", None)],
)
def test_a_path_leads_to_a_value_or_to_none(path: str, value: object) -> None:
    assert look_up({"a": [{"b": 1}]}, path) == value


MY_TABLE = """
url = "http://127.0.0.1:9"
statuses.done = ["succeeded"]
submit = { path = "/v1/models/{model}/predictions", id = "id" }
image = { input = { prompt = "{prompt}", guidance = 3.5 } }
poll = { path = "/v1/predictions/{id}", status = "status", results = ["output.0"] }
"""


def chosen(name: str, url: str | None = None) -> ProviderChoice:
    return ProviderChoice(
        kind=ServiceKind.IMAGE, name=name, url=url, model="o/p", timeout_s=5, concurrency=1
    )


async def test_a_new_vendor_is_a_new_table(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MY_TABLE)
    async with (
        serving(FakeReplicate()) as service,
        Providers([chosen("mine", service.url)], vendors=tmp_path) as providers,
    ):
        assert isinstance(providers.line_up.image, TableImageProvider)
        url = await result_url(
            providers.line_up.image, await submit(providers.line_up.image, PICTURE)
        )

    assert url.startswith(f"{service.url}/files/")
    assert service.received[0].body["input"]["guidance"] == 3.5


async def test_a_table_may_add_words(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MY_TABLE + 'words.no_credit = ["the tank is dry"]')
    dry = Behaviour(status=400, body=b'{"oops": true, "message": "Alas, the tank is dry."}')
    async with (
        serving(FakeReplicate()) as service,
        Providers([chosen("mine", service.url)], vendors=tmp_path) as providers,
    ):
        service.behave("/submit", dry)
        assert isinstance(providers.line_up.image, TableImageProvider)
        with pytest.raises(StepError) as failure:
            await submit(providers.line_up.image, PICTURE)

    assert failure.value.code == "QUOTA_EXCEEDED"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("url = 7", "mine.toml: url"),
        ("url = ", "Cannot read mine.toml"),
        (MY_TABLE.replace('path = "/v1/p', 'path = "v1/p'), "mine.toml: poll.path"),
        (MY_TABLE + "surprise = 1", "mine.toml: surprise"),
        (MY_TABLE.replace("predictions/{id}", "state?id={id}"), "poll.path: .* without query"),
        (MY_TABLE.replace("predictions/{id}", "{id}#state"), "poll.path: .* fragment"),
        (
            MY_TABLE.replace("predictions/{id}", "predictions"),
            "poll.path: the placeholder {id} is missing",
        ),
        (
            MY_TABLE.replace("predictions/{id}", "{id}/{job}"),
            "poll.path: unknown placeholder {job}",
        ),
        (MY_TABLE.replace("predictions/{id}", "{id} x"), "poll.path: .* space"),
        (MY_TABLE.replace("predictions/{id}", "{id}/{"), "poll.path: .* brace"),
        (MY_TABLE.replace("{model}/predictions", "{id}"), "submit.path: unknown placeholder {id}"),
        (MY_TABLE.replace("{model}/p", "{model}?wait=1/p"), "submit.path: .* query"),
        (MY_TABLE.replace('id = "id"', 'id = "id", headers = { "a b" = "1" }'), "submit.headers"),
        (MY_TABLE.replace('id = "id"', 'id = "id", headers = { a = "1\\n2" }'), "submit.headers"),
        (MY_TABLE.replace("http://127.0.0.1:9", "ftp://host"), "mine.toml: url: a URL must"),
        (MY_TABLE.replace("http://127.0.0.1:9", "http://"), "mine.toml: url: a URL must"),
        (MY_TABLE.replace("http://127.0.0.1:9", "http://[::1"), "mine.toml: url: a URL must"),
        (
            MY_TABLE + 'cancel = { method = "PUT", path = "/stop" }',
            "cancel.path: the placeholder {id} is missing",
        ),
        (MY_TABLE + 'check = { key = "/me?x" }', "check.key: .* query"),
        (MY_TABLE + 'authorization = "a\\nb"', "mine.toml: authorization"),
        (MY_TABLE + 'words.no_credit = [""]', "mine.toml: words.no_credit"),
        (MY_TABLE + 'words.no_idea = ["x"]', "mine.toml: words.no_idea"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.toml").write_text(text)

    with pytest.raises(SetupError, match=told):
        list_vendors(ServiceKind.IMAGE, folder=tmp_path)
