"""The /v1/videos dialect: what a submit, a poll and a download may meet."""

import json
import math
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from domain import ServiceKind, Transition
from errors import ContentRejectedError, JobCanceledError, JobFailedError, StepError
from orchestration.providers.http.addresses import PublicResolver
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import read_vendor
from orchestration.providers.jobs.video_provider import MAX_PROMPT_LENGTH, TableVideoProvider
from orchestration.providers.ports import (
    At,
    Call,
    RemoteJobs,
    Running,
    VideoRequest,
    VideoShot,
)
from tests.asking import submit
from tests.fakes.origin import Behaviour, FakeOrigin, serving

HTML = b"<html><body>Bad Gateway</body></html>"
REFUSED = b'{"error": {"code": "server_error", "message": "no"}}'
MODERATED = b'{"error": {"code": "moderation_blocked", "message": "no"}}'


@pytest.fixture
async def origin() -> AsyncIterator[FakeOrigin]:
    async with serving(FakeOrigin(polls=2)) as running:
        yield running


@pytest.fixture
async def clients() -> AsyncIterator[tuple[httpx.AsyncClient, ...]]:
    async with (
        open_client() as client,
        open_client(reuse_connections=False) as submit_client,
        open_client(resolver=PublicResolver()) as public_client,
    ):
        yield client, submit_client, public_client


@pytest.fixture
def video(origin: FakeOrigin, clients: tuple[httpx.AsyncClient, ...]) -> TableVideoProvider:
    return connect(clients, origin.url)


def connect(
    clients: tuple[httpx.AsyncClient, ...], url: str, *, timeout_s: float = 5
) -> TableVideoProvider:
    client, submit_client, public_client = clients
    place = Endpoint(
        kind=ServiceKind.VIDEO,
        name="videos",
        base_url=f"{url}/v1",
        timeout_s=timeout_s,
        key="secret",
    )
    jobs = JobService(
        client, place, read_vendor("videos"), submit_client=submit_client, model="film-1"
    )
    downloads = Downloads(client, place, public_client=public_client, pauses_s=(0.01, 0.01))
    return TableVideoProvider(jobs, downloads=downloads)


def film_request(shots: int = 2, *, words: str = "a lake") -> VideoRequest:
    shot = VideoShot(
        image_url="https://cdn.example/1.png",
        prompt=words,
        narration="It dawned.",
        transition=Transition.CUT,
        duration_seconds=3.5,
    )
    return VideoRequest(story_id="s", title="Dawn", shots=(shot,) * shots, width=1280, height=720)


async def test_a_film_is_submitted_polled_and_downloaded(
    origin: FakeOrigin, video: TableVideoProvider, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"

    job_id = await submit(video, film_request(), Call(idempotency_key="video-1"))
    jobs = [await video.poll(job_id) for _ in range(2)]
    url = f"{origin.url}/v1/videos/{job_id}/content"
    await video.fetch(url, film)

    assert isinstance(video, RemoteJobs)
    assert jobs == [Running(0.5), At(url)]
    assert film.read_bytes()[4:8] == b"ftyp"
    assert origin.keys["/v1/videos"] == {"video-1": 1}
    assert {request.headers["Authorization"] for request in origin.received} == {"Bearer secret"}
    assert origin.received[0].body == {
        "model": "film-1",
        "prompt": 'Dawn\nShot 1 (3.5 s): a lake. Narration: "It dawned."\n'
        'Shot 2 (3.5 s): a lake. Narration: "It dawned."',
        "seconds": "7",
        "size": "1280x720",
    }


async def test_a_long_film_keeps_all_its_shots_within_the_prompt(
    origin: FakeOrigin, video: TableVideoProvider
) -> None:
    await submit(video, film_request(200, words="w" * 8_000))

    prompt = str(origin.received[0].body["prompt"])
    assert len(prompt) <= MAX_PROMPT_LENGTH
    assert all(f"Shot {number} " in prompt for number in range(1, 201))


@pytest.mark.parametrize(
    ("behaviour", "code", "retryable"),
    [
        (Behaviour(kind="reset"), "SUBMIT_UNCERTAIN", False),
        (Behaviour(kind="truncate", body=b'{"id": "v'), "SUBMIT_UNCERTAIN", False),
        (Behaviour(kind="hang"), "SUBMIT_UNCERTAIN", False),
        (Behaviour(kind="trickle"), "SUBMIT_UNCERTAIN", False),
        (Behaviour(status=500), "SUBMIT_UNCERTAIN", False),
        (Behaviour(status=502, body=HTML), "SUBMIT_UNCERTAIN", False),
        (Behaviour(status=504, body=HTML), "SUBMIT_UNCERTAIN", False),
        (Behaviour(body=HTML), "SUBMIT_UNCERTAIN", False),
        (Behaviour(body=b""), "SUBMIT_UNCERTAIN", False),
        (Behaviour(body=b"{}"), "SUBMIT_UNCERTAIN", False),
        (Behaviour(body=b'{"id": ""}'), "SUBMIT_UNCERTAIN", False),
        (Behaviour(body=b'{"id": 7}'), "SUBMIT_UNCERTAIN", False),
        (Behaviour(status=500, body=REFUSED), "UPSTREAM_UNAVAILABLE", True),
        (Behaviour(status=503, body=HTML), "UPSTREAM_UNAVAILABLE", True),
        (Behaviour(status=429), "RATE_LIMITED", True),
        (Behaviour(status=400), "UPSTREAM_REFUSED", False),
        (Behaviour(status=401), "UPSTREAM_REFUSED", False),
        (Behaviour(status=400, body=MODERATED), "CONTENT_REJECTED", False),
    ],
)
async def test_a_submit_is_repeated_only_when_it_was_certainly_not_accepted(
    origin: FakeOrigin,
    clients: tuple[httpx.AsyncClient, ...],
    behaviour: Behaviour,
    code: str,
    retryable: bool,
) -> None:
    origin.behave("/v1/videos", behaviour)

    with pytest.raises(StepError) as failure:
        await submit(connect(clients, origin.url, timeout_s=0.3), film_request())

    assert (failure.value.code, failure.value.retryable) == (code, retryable)
    assert origin.calls["/v1/videos"] == 1


async def test_a_submit_to_a_dead_address_may_be_repeated(
    clients: tuple[httpx.AsyncClient, ...],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

    with pytest.raises(StepError) as failure:
        await submit(connect(clients, url), film_request())

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_UNAVAILABLE", True)


@pytest.mark.parametrize(
    ("body", "progress"),
    [
        ({"status": "queued"}, None),
        ({"status": "in_progress"}, None),
        ({"status": "IN_PROGRESS", "progress": 250}, 1),
        ({"status": "in_progress", "progress": "45%"}, 0.45),
        ({"status": "in_progress", "progress": math.nan}, None),
        ({"data": {"status": "running", "progress": -1}}, 0),
    ],
)
async def test_a_poll_tells_how_far_the_job_is(
    origin: FakeOrigin, video: TableVideoProvider, body: object, progress: float | None
) -> None:
    origin.behave("/v1/videos/poll", Behaviour(body=json.dumps(body).encode()))

    assert await video.poll("v1") == Running(progress)


SERVICE = "The video service 'videos'"


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (
            {"status": "cancelled"},
            JobCanceledError,
            "The service canceled the job. Start it again.",
        ),
        (
            {"status": "failed", "error": {"code": "moderation_blocked"}},
            ContentRejectedError,
            f"{SERVICE} rejects this content.",
        ),
        (
            {"status": "failed", "error": {"code": "gpu.lost", "message": "at 10.0.0.1"}},
            JobFailedError,
            f"{SERVICE} reports that the job failed (gpu.lost).",
        ),
        (
            {"status": "failed", "error": "<script>"},
            JobFailedError,
            f"{SERVICE} reports that the job failed.",
        ),
    ],
)
async def test_a_poll_tells_in_our_words_why_there_is_no_film(
    origin: FakeOrigin,
    video: TableVideoProvider,
    body: object,
    error: type[StepError],
    message: str,
) -> None:
    origin.behave("/v1/videos/poll", Behaviour(body=json.dumps(body).encode()))

    with pytest.raises(StepError) as failure:
        await video.poll("v1")

    assert (type(failure.value), failure.value.message) == (error, message)
    assert not failure.value.retryable


async def test_an_unknown_status_counts_as_running_with_a_warning(
    origin: FakeOrigin, video: TableVideoProvider
) -> None:
    origin.behave("/v1/videos/poll", Behaviour(body=b'{"status": "upscaling"}'))

    with capture_logs() as logs:
        job = await video.poll("v1")

    assert job == Running()
    assert [(log["log_level"], log["status"]) for log in logs] == [("warning", "upscaling")]


@pytest.mark.parametrize(
    ("behaviour", "code", "retryable"),
    [
        (Behaviour(status=404), "RESULT_EXPIRED", False),
        (Behaviour(status=500), "UPSTREAM_UNAVAILABLE", True),
        (Behaviour(kind="reset"), "UPSTREAM_UNAVAILABLE", True),
        (Behaviour(status=429), "RATE_LIMITED", True),
        (Behaviour(status=401), "UPSTREAM_REFUSED", False),
        (Behaviour(body=HTML), "UPSTREAM_BAD_BODY", True),
        (Behaviour(body=b'{"status": null}'), "UPSTREAM_BAD_BODY", True),
        (Behaviour(body=b"[]"), "UPSTREAM_BAD_BODY", True),
    ],
)
async def test_a_poll_that_fails_says_whether_the_job_goes_on(
    origin: FakeOrigin, video: TableVideoProvider, behaviour: Behaviour, code: str, retryable: bool
) -> None:
    origin.behave("/v1/videos/poll", behaviour, times=2)  # the transport repeats a GET once

    with pytest.raises(StepError) as failure:
        await video.poll("v1")

    assert (failure.value.code, failure.value.retryable) == (code, retryable)


async def test_a_job_id_cannot_reach_another_route(
    origin: FakeOrigin, video: TableVideoProvider
) -> None:
    with pytest.raises(StepError):
        await video.poll("../../counts?x=")

    assert origin.calls == {"/v1/videos/poll": 1}


async def test_a_cancel_stops_the_job_and_never_fails(
    origin: FakeOrigin, video: TableVideoProvider
) -> None:
    job_id = await submit(video, film_request())

    await video.cancel(job_id)
    origin.behave("/v1/videos/cancel", Behaviour(kind="reset"), times=2)
    await video.cancel(job_id)

    assert job_id not in origin.jobs
    assert origin.calls["/v1/videos/cancel"] >= 2


async def test_a_film_that_expired_is_not_polled_for_again(
    video: TableVideoProvider, origin: FakeOrigin, tmp_path: Path
) -> None:
    with pytest.raises(StepError) as failure:
        await video.fetch(f"{origin.url}/v1/videos/gone/content", tmp_path / "film.mp4")

    assert failure.value.code == "RESULT_EXPIRED"
    assert not (tmp_path / "film.mp4").exists()
