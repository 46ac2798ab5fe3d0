"""Free checks of a model service, over real sockets."""

import asyncio
import json
import socket
import tomllib
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from domain import ServiceKind
from orchestration.providers.checkup import Checkup, check_up
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.jobs.vendor import SHIPPED
from orchestration.providers.reach import ProviderFacts
from orchestration.providers.registry import Providers
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, FakeService, serving
from tests.fakes.vendors import FakeFal, FakeReplicate

KEY = "sk-hush"
OPENAI_MODELS = {
    ServiceKind.SCRIPT: "writer-1",
    ServiceKind.IMAGE: "painter-1",
    ServiceKind.VOICE: "speaker-1",
}
RESETS = 2
"""The transport repeats a GET once when its connection breaks."""


async def check(
    kind: ServiceKind,
    name: str,
    url: str,
    *,
    model: str | None = None,
    key: str | None = KEY,
    vendors: Path | None = None,
    patience_s: float = 10,
) -> Checkup:
    """Check the service as the command does."""
    choice = ProviderChoice(
        kind=kind, name=name, url=url, key=key, model=model, timeout_s=60, concurrency=1
    )
    async with Providers([choice], vendors=vendors) as providers:
        (facts,) = (one for one in providers.facts if one.kind is kind)
        adapter = getattr(providers.line_up, kind.word)
        return await check_up(adapter, facts, patience_s=patience_s)


async def check_writer(
    service: FakeService, *, model: str = "writer-1", key: str | None = KEY, patience_s: float = 10
) -> Checkup:
    return await check(
        ServiceKind.SCRIPT, "openai", service.url, model=model, key=key, patience_s=patience_s
    )


def sentence(found: Checkup) -> str:
    """The one thing that keeps it from working."""
    (problem,) = found.problems
    assert problem.endswith(".")
    assert KEY not in problem
    return problem


@pytest.mark.parametrize(("kind", "model"), OPENAI_MODELS.items())
async def test_a_good_service_answers_takes_the_key_and_has_the_model(
    kind: ServiceKind, model: str
) -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        found = await check(kind, "openai", service.url, model=model)

    assert (found.reachable, found.key_accepted, found.model_present) == (True, True, True)
    assert (found.problems, found.warnings) == ((), ())
    assert found.latency_s is not None
    assert 0 < found.latency_s < 10
    assert service.calls == {"/models": 2}


@pytest.mark.parametrize("kind", OPENAI_MODELS)
async def test_a_wrong_key_is_told_and_asked_for_once(kind: ServiceKind) -> None:
    async with serving(FakeOpenAI(key="another")) as service:
        found = await check(kind, "openai", service.url, model=OPENAI_MODELS[kind])

    assert (found.reachable, found.key_accepted, found.model_present) == (True, False, None)
    assert "rejects the key" in sentence(found)
    assert f"Check AI_STORY_{kind}_KEY" in sentence(found)
    assert service.calls == {"/models": 1}


@pytest.mark.parametrize(
    ("status", "body", "accepted", "told"),
    [
        (400, [{"error": {"message": "API key not valid"}}], False, "rejects the key"),
        (200, {"error": {"code": "401", "message": "Invalid token"}}, False, "rejects the key"),
        (403, {"detail": "User is locked. Reason: Exhausted balance."}, None, "no credit left"),
    ],
)
async def test_a_key_is_refused_in_other_ways_and_an_empty_account_is_no_wrong_key(
    status: int, body: object, accepted: bool | None, told: str
) -> None:
    async with serving(FakeOpenAI()) as service:
        behaviour = Behaviour(status=status, body=json.dumps(body).encode())
        service.behave("/models", behaviour, times=2)
        found = await check_writer(service)

    assert (found.key_accepted, found.model_present) == (accepted, None)
    assert told in sentence(found)


async def test_a_key_that_was_never_set_is_asked_for() -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        found = await check_writer(service, key=None)

    assert found.key_accepted is False
    assert "Set AI_STORY_SCRIPT_KEY" in sentence(found)


async def test_a_list_that_anybody_may_read_proves_no_key() -> None:
    async with serving(FakeOpenAI(key="another", lists_openly=True)) as service:
        found = await check_writer(service)

    assert (found.is_good, found.key_accepted, found.model_present) == (True, None, True)


async def test_a_service_without_keys_is_good_and_asked_once() -> None:
    async with serving(FakeOpenAI()) as service:
        found = await check_writer(service, key=None)

    assert (found.is_good, found.key_accepted, found.model_present) == (True, None, True)
    assert service.calls == {"/models": 1}


async def test_a_key_stays_unproven_when_the_stranger_is_not_answered() -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        service.behave("/models", Behaviour(kind="hold"))
        service.behave("/models", Behaviour(kind="reset"), times=RESETS)
        service.release()
        found = await check_writer(service)

    assert (found.is_good, found.key_accepted, found.model_present) == (True, None, True)


@pytest.mark.parametrize("kind", OPENAI_MODELS)
async def test_a_missing_model_is_told_with_those_that_are_near(kind: ServiceKind) -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        service.models = ["writer-1", "painter-1", "speaker-1", "evil\x1b[31m-2"]
        found = await check(kind, "openai", service.url, model=OPENAI_MODELS[kind][:-1] + "2")

    assert (found.key_accepted, found.model_present) == (True, False)
    assert OPENAI_MODELS[kind] in sentence(found)
    assert f"Check AI_STORY_{kind}_MODEL" in sentence(found)
    assert "evil" not in sentence(found)


@pytest.mark.parametrize(
    ("wished", "has"), [("llama3.2", "llama3.2:latest"), ("llama3.2:latest", "llama3.2")]
)
async def test_a_usual_tag_may_be_left_out(wished: str, has: str) -> None:
    async with serving(FakeOpenAI()) as service:
        service.models = [has, "llama3.2:1b"]
        found = await check_writer(service, model=wished)

    assert (found.is_good, found.model_present) == (True, True)


async def test_another_tag_is_another_model() -> None:
    async with serving(FakeOpenAI()) as service:
        service.models = ["llama3.2:1b"]
        found = await check_writer(service, model="llama3.2")

    assert "llama3.2:1b" in sentence(found)


@pytest.mark.parametrize("owner", ["llamacpp", "me"])
async def test_a_server_that_takes_any_name_is_warned_of(owner: str) -> None:
    async with serving(FakeOpenAI()) as service:
        service.models, service.owner = ["/models/qwen.gguf"], owner
        found = await check_writer(service, model="anything")

    assert (found.is_good, found.model_present) == (True, False)
    (warning,) = found.warnings
    assert "AI_STORY_SCRIPT_MODEL" in warning


@pytest.mark.parametrize(
    ("models", "owner"), [(["qwen"], "vllm"), (["a.gguf", "b.gguf"], "llamacpp"), ([], "llamacpp")]
)
async def test_who_does_not_take_any_name_lacks_the_model(
    models: Sequence[str], owner: str
) -> None:
    async with serving(FakeOpenAI()) as service:
        service.models, service.owner = [*models], owner
        found = await check_writer(service, model="anything")

    assert found.model_present is False
    assert all(name in sentence(found) for name in models)


@pytest.mark.parametrize(
    "listed",
    [
        [{"id": "writer-1"}],
        {"data": [{"id": "gguf", "aliases": ["other", "writer-1"]}]},
        {"data": [None, 5, {"id": None}, {"id": "writer-1", "owned_by": ["x"]}]},
    ],
)
async def test_lists_are_read_as_servers_send_them(listed: object) -> None:
    async with serving(FakeOpenAI()) as service:
        service.behave("/models", Behaviour(body=json.dumps(listed).encode()), times=2)
        found = await check_writer(service)

    assert (found.is_good, found.model_present) == (True, True)


async def test_null_is_an_empty_list() -> None:
    async with serving(FakeOpenAI()) as service:
        service.behave("/models", Behaviour(body=b'{"object": "list", "data": null}'))
        found = await check_writer(service)

    assert found.model_present is False
    assert "does not have the model. Check AI_STORY_SCRIPT_MODEL." in sentence(found)


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (Behaviour(body=b"<html>Welcome</html>", media_type="text/html"), "a web page"),
        (Behaviour(status=502, body=b"<html>Bad</html>", media_type="text/html"), "HTTP 502"),
        (Behaviour(status=301, headers={"Location": "https://example.com"}), "redirect"),
        (Behaviour(status=429, body=b'{"error": {"code": "rate_limit"}}'), "limits the rate"),
        (Behaviour(status=402, body=b"{}"), "no credit"),
        (Behaviour(status=400, body=b"{}"), "HTTP 400"),
        (Behaviour(body=b""), "returned an empty response"),
        (Behaviour(body=b"null"), "an unexpected response"),
        (Behaviour(body=b'{"data": {"id": "writer-1"}}'), "an unexpected response"),
        (Behaviour(body=b"[" * 100_000), "an unexpected response"),
    ],
)
async def test_an_answer_that_is_no_list_is_a_problem(behaviour: Behaviour, told: str) -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        service.behave("/models", behaviour)
        found = await check_writer(service)

    assert (found.reachable, found.key_accepted, found.model_present) == (True, None, None)
    assert told in sentence(found)


async def test_a_service_without_a_list_is_warned_of() -> None:
    async with serving(FakeOpenAI(key=KEY)) as service:
        found = await check(ServiceKind.SCRIPT, "openai", f"{service.url}/v2", model="writer-1")

    assert (found.is_good, found.reachable, found.model_present) == (True, True, None)
    (warning,) = found.warnings
    assert "HTTP 404" in warning
    assert "AI_STORY_SCRIPT_URL" in warning


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ServiceKind.SCRIPT, "openai"),
        (ServiceKind.SCRIPT, "origin"),
        (ServiceKind.IMAGE, "fal"),
        (ServiceKind.IMAGE, "replicate"),
    ],
)
async def test_nobody_listening_is_told(kind: ServiceKind, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = await check(kind, name, url, model="owner/painter")

    assert (found.reachable, found.latency_s) == (False, None)
    assert "cannot be reached" in sentence(found)
    assert f"AI_STORY_{kind}_URL" in sentence(found)


@pytest.mark.parametrize("kind", ["hang", "trickle"])
async def test_a_service_that_keeps_us_waiting_is_left(kind: Any) -> None:
    async with serving(FakeOpenAI()) as service:
        service.behave("/models", Behaviour(kind=kind))
        async with asyncio.timeout(5):
            found = await check_writer(service, patience_s=0.2)

    assert found.reachable is False
    assert "within 0.2 s. Check AI_STORY_SCRIPT_URL" in sentence(found)


async def test_a_connection_that_breaks_is_a_problem() -> None:
    async with serving(FakeOpenAI()) as service:
        service.behave("/models", Behaviour(kind="reset"), times=RESETS)
        found = await check_writer(service)

    assert found.reachable is False
    assert "closed the connection" in sentence(found)


@pytest.mark.parametrize("kind", [ServiceKind.SCRIPT, ServiceKind.IMAGE, ServiceKind.VIDEO])
async def test_of_the_original_services_any_answer_counts(kind: ServiceKind) -> None:
    async with serving(FakeOrigin()) as service:
        found = await check(kind, "origin", service.url)

    assert (found.is_good, found.reachable) == (True, True)
    assert (found.key_accepted, found.model_present) == (None, None)
    assert found.latency_s is not None
    assert service.calls == {}


class Doorman(FakeService):
    """Answers 404 whatever is asked, and remembers it."""

    def application(self) -> web.Application:
        async def refuse(_request: web.Request) -> web.Response:
            await asyncio.sleep(0)
            return web.Response(status=404)

        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.counted("/", refuse))
        return app


@pytest.mark.parametrize("name", ["origin", "fal", "replicate"])
async def test_who_is_only_reached_is_not_shown_the_key(name: str) -> None:
    async with serving(Doorman()) as service:
        found = await check(ServiceKind.IMAGE, name, service.url, model="owner/painter")

    assert (found.is_good, found.reachable) == (True, True)
    (received,) = service.received
    assert (received.method, received.headers.get("Authorization")) == ("GET", None)


def own_table(folder: Path, service: FakeReplicate) -> Path:
    """A folder with the shipped table, whose vendor lives where the service does."""
    text = (SHIPPED / "replicate.toml").read_text()
    address = tomllib.loads(text)["url"]
    (folder / "replicate.toml").write_text(text.replace(address, service.url))
    return folder


async def check_replicate(folder: Path, **wishes: Any) -> tuple[Checkup, FakeReplicate]:
    async with serving(FakeReplicate()) as service:
        wishes = {"model": "owner/painter", "key": service.key, **wishes}
        vendors = own_table(folder, service)
        found = await check(ServiceKind.IMAGE, "replicate", service.url, vendors=vendors, **wishes)
    return found, service


async def test_a_vendor_is_asked_for_account_and_model(tmp_path: Path) -> None:
    found, service = await check_replicate(tmp_path)

    assert (found.reachable, found.key_accepted, found.model_present) == (True, True, True)
    assert found.is_good
    assert service.calls == {"/account": 1, "/model": 1}


@pytest.mark.parametrize(("key", "told"), [("r8-bad", "Check"), (None, "Set")])
async def test_a_vendor_refuses_a_key(tmp_path: Path, key: str | None, told: str) -> None:
    found, service = await check_replicate(tmp_path, key=key)

    assert (found.key_accepted, found.model_present) == (False, None)
    assert f"{told} AI_STORY_IMAGE_KEY" in sentence(found)
    assert service.calls == {"/account": 1}


async def test_a_vendor_does_not_know_the_model(tmp_path: Path) -> None:
    found, _ = await check_replicate(tmp_path, model="owner/poet")

    assert (found.key_accepted, found.model_present) == (True, False)
    assert "AI_STORY_IMAGE_MODEL" in sentence(found)


async def test_another_server_of_a_vendors_kind_is_only_reached() -> None:
    async with serving(FakeReplicate()) as replicate, serving(FakeFal()) as fal:
        for name, service in (("replicate", replicate), ("fal", fal)):
            found = await check(ServiceKind.IMAGE, name, service.url, model="owner/painter")

            assert (found.is_good, found.reachable, found.key_accepted) == (True, True, None)
            assert service.calls == {}


async def test_what_is_built_in_is_always_there() -> None:
    for kind in (ServiceKind.SCRIPT, ServiceKind.IMAGE, ServiceKind.VIDEO):
        found = await check(kind, "studio", "studio://?latency=1")

        assert found == Checkup(reachable=True)


async def test_of_an_adapter_that_cannot_ask_the_connection_counts() -> None:
    async with serving(FakeOrigin()) as service:
        facts = ProviderFacts(ServiceKind.IMAGE, "another", url=service.url)
        there = await check_up(object(), facts)
    gone = await check_up(object(), facts)

    assert there == Checkup(reachable=True)
    assert gone.reachable is False
    assert "cannot be reached. Check AI_STORY_IMAGE_URL" in sentence(gone)


async def test_the_user_of_an_address_is_sent_in_a_header() -> None:
    async with serving(FakeOpenAI()) as service:
        url = service.url.replace("//", "//me:p%40ss@")
        found = await check(ServiceKind.SCRIPT, "openai", url, model="writer-1", key=None)

    assert found.is_good
    (received,) = service.received
    assert received.headers["Authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"
