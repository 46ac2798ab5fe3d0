"""Every adapter against everything that a service may answer; the run prints adapter x case."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from errors import StepError
from tests.fakes.service import Behaviour
from tests.model_services import ADAPTERS, KEY, SUBMITS, Adapter, open_service, open_tools

HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway: the reader's secret</body></html>"
IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
MODERATED = {"error": {"code": "content_policy_violation", "message": "no"}}
OUT_OF_CREDIT = {"error": {"code": "insufficient_quota"}}


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour of a service, and the error that it must become."""

    name: str
    behaviour: Behaviour
    code: str
    retryable: bool
    retry_after_s: float | None = None


def answered(body: object = b"", *, status: int = 200, **headers: str) -> Behaviour:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Behaviour(status=status, body=content, headers=named)


def limited(body: object = b"", **headers: str) -> Behaviour:
    return answered(body, status=429, **headers)


DOWN, LIMITED = ("UPSTREAM_UNAVAILABLE", True), ("RATE_LIMITED", True)
BAD, REFUSED = ("UPSTREAM_BAD_BODY", True), ("UPSTREAM_REFUSED", False)
CASES = (
    Case("HTML 500", answered(HTML, status=500), *DOWN),
    Case("HTML 502", answered(HTML, status=502), *DOWN),
    Case("empty 502", answered(status=502), *DOWN),
    Case("503 with Retry-After", answered(status=503, retry_after="7"), *DOWN, 7),
    Case("409", answered(status=409), *DOWN),
    Case("408", answered(status=408), "UPSTREAM_TIMEOUT", True),
    Case("429", limited(), *LIMITED),
    Case("429 with seconds", limited(retry_after="7"), *LIMITED, 7),
    Case("429 with milliseconds", limited(retry_after_ms="1500"), *LIMITED, 1.5),
    Case("429 for a day", limited(retry_after="86400"), *LIMITED, 120),
    Case("429 with a negative wait", limited(retry_after="-5"), *LIMITED, 0),
    Case("429 with nan", limited(retry_after="nan"), *LIMITED),
    Case("429 with a word", limited(retry_after="soon"), *LIMITED),
    Case("429 with a date", limited(retry_after=IN_AN_HOUR), *LIMITED, 120),
    Case("insufficient_quota", limited(OUT_OF_CREDIT), "QUOTA_EXCEEDED", False),
    Case("402", answered(status=402), "QUOTA_EXCEEDED", False),
    Case("moderation", answered(MODERATED, status=400), "CONTENT_REJECTED", False),
    Case("400", answered(status=400), *REFUSED),
    Case("deeply nested 400", answered(b"[" * 5_000, status=400), *REFUSED),
    Case("401", answered(status=401), *REFUSED),
    Case("403", answered(status=403), *REFUSED),
    Case("404", answered(status=404), *REFUSED),
    Case("redirect", answered(status=302, location="/elsewhere"), *REFUSED),
    Case("HTML 200", answered(HTML), *BAD),
    Case("nothing", answered(), *BAD),
    Case("40 MB of space", answered(b" " * 40 * 2**20), *BAD),
    Case("no gzip", answered(b"no gzip", content_encoding="gzip"), *BAD),
    Case("reset", Behaviour(kind="reset"), *DOWN),
    Case("cut off on the wire", Behaviour(kind="truncate", body=b'{"title": "T'), *DOWN),
)


UNCERTAIN = {
    *("HTML 500", "HTML 502", "empty 502", "HTML 200", "nothing", "40 MB of space", "no gzip"),
    *("reset", "cut off on the wire"),
}
"""After these a job may have been accepted: it is not submitted again by itself."""
MATRIX = [
    *((adapter, case) for adapter in ADAPTERS for case in CASES),
    *(
        (adapter, replace(case, code="SUBMIT_UNCERTAIN", retryable=False))
        if case.name in UNCERTAIN
        else (adapter, case)
        for adapter in SUBMITS
        for case in CASES
    ),
]


@pytest.mark.parametrize(
    ("adapter", "case"),
    MATRIX,
    ids=[f"{case.name}-{adapter.name}" for adapter, case in MATRIX],
)
async def test_whatever_goes_wrong_has_a_code_and_shows_no_secret(
    adapter: Adapter, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_service(adapter) as (service, tools):
        service.behave(adapter.route, case.behaviour)
        started = time.monotonic()

        with (
            caplog.at_level(logging.DEBUG),
            capture_logs() as logs,
            pytest.raises(StepError) as failure,
        ):
            await adapter.call(tools)

    assert (failure.value.code, failure.value.retryable) == (case.code, case.retryable)
    assert failure.value.retry_after_s == case.retry_after_s
    assert service.calls[adapter.route] == 1
    assert service.received[-1].headers["Authorization"].endswith(f" {KEY}")
    told = repr(logs) + caplog.text + failure.value.message
    assert KEY not in told
    assert "secret" not in told
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("case", ["hang", "trickle"])
async def test_one_deadline_covers_the_whole_exchange(adapter: Adapter, case: str) -> None:
    async with open_service(adapter, timeout_s=0.3) as (service, tools):
        service.behave(adapter.route, Behaviour(kind="hang" if case == "hang" else "trickle"))

        with pytest.raises(StepError) as failure:
            await adapter.call(tools)

    assert (failure.value.code, failure.value.retryable) == ("UPSTREAM_TIMEOUT", True)
    assert tools.endpoint.setting("TIMEOUT_S") in failure.value.message


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("case", ["no HTTP"])
async def test_a_server_that_does_not_speak_http_has_a_bad_body(
    adapter: Adapter, case: str
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_tools(adapter.kind, f"http://127.0.0.1:{port}") as tools:
        with pytest.raises(StepError) as failure:
            await adapter.call(tools)
    server.close()

    assert (failure.value.code, failure.value.retryable) == BAD


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("case", ["nothing wrong"])
async def test_a_key_goes_in_a_header_alone(adapter: Adapter, case: str) -> None:
    async with open_service(adapter) as (service, tools):
        await adapter.call(tools)

    (call,) = [received for received in service.received if received.route == adapter.route]
    assert call.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(call.body) + repr(tools)
    assert len(service.keys[adapter.route]) == 1
