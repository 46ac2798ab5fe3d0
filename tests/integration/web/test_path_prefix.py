"""The path prefix: every address works and carries it, whichever proxy is in front."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from websockets.asyncio.client import connect

from orchestration.media.store import new_key
from tests.graphql_client import PROTOCOL, serving_stage
from tests.stage import Stage
from web.path_prefix import PathPrefix, path_inside
from web.services import WebOptions

HOST = "https://stories.example"
PREFIXES = (
    "/studio", "/a/b", "/~alice/v1.2",
    # Addresses of ours, which a proxy that removes the prefix sends too.
    "/films", "/stories", "/stories/films", "/api", "/graphql", "/graphiql", "/page", "/uploads",
    "/texts", "/healthz",
)  # fmt: skip
LINK = re.compile(r'(?:src|href)="([^"#]+)"')
VISIT = {"Accept": "text/html"}


@dataclass(frozen=True, slots=True)
class Door:
    """The application behind a proxy that removes the prefix, or passes it on."""

    client: httpx.AsyncClient
    prefix: str
    passes_on: bool

    def way(self, path: str) -> str:
        """Where the proxy sends a request for this public path."""
        assert path.startswith(f"{self.prefix}/"), path
        return path if self.passes_on else path.removeprefix(self.prefix)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(self.way(path), headers=headers)

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(self.way(path), json=body)


@pytest.fixture(scope="module", params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module", params=[True, False], ids=["passed on", "removed"])
async def door(
    request: pytest.FixtureRequest, idle_stage: Stage, prefix: str
) -> AsyncIterator[Door]:
    options = WebOptions(public_url=f"{HOST}{prefix}/")
    async with (
        serving_stage(idle_stage, options) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield Door(client, prefix, passes_on=request.param)


async def test_the_pages_ask_for_nothing_outside(door: Door) -> None:
    for path in ("/", "/films", "/stories/x", "/stories/x/shots/y", "/graphiql"):
        page = await door.get(f"{door.prefix}{path}")

        assert page.status_code == 200, path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        links = LINK.findall(page.text)
        assert len(links) > 3
        for link in links:
            file = await door.get(link)
            assert file.status_code == 200, link
            assert "immutable" in file.headers["cache-control"]


async def test_the_api_answers_and_tells_its_own_address(door: Door) -> None:
    query = {"query": "{ viewer { id } }"}
    asked = await door.post(f"{door.prefix}/graphql", query)
    browser = await door.get(f"{door.prefix}/graphql", **VISIT)
    alive = await door.get(f"{door.prefix}/healthz")
    description = await door.get(f"{door.prefix}/api/openapi.json")
    docs = await door.get(f"{door.prefix}/api/docs")
    films = await door.get(f"{door.prefix}/api/story/all")

    assert asked.json() == {"data": {"viewer": {"id": "local"}}}
    assert (browser.status_code, browser.headers["location"]) == (303, f"{door.prefix}/graphiql")
    assert (await door.get(browser.headers["location"])).status_code == 200
    assert alive.json()["status"] == "alive"
    assert description.json()["servers"] == [{"url": f"{HOST}{door.prefix}"}]
    assert f"<code>{door.prefix}/api/story/create</code>" in docs.text
    assert [link for link in LINK.findall(docs.text) if link != "openapi.json"] == []
    assert films.json()["code"] == 200


async def test_a_socket_opens(door: Door) -> None:
    address = f"{door.client.base_url}".rstrip("/") + door.way(f"{door.prefix}/graphql")

    async with connect(address.replace("http", "ws", 1), subprotocols=[PROTOCOL]) as socket:
        assert socket.subprotocol == PROTOCOL


async def test_a_media_file_is_at_its_link(door: Door, idle_stage: Stage) -> None:
    key = new_key(str(uuid4()), ".png")
    await idle_stage.production.store.put_bytes(key, b"picture")
    link = idle_stage.production.links.address(f"{HOST}{door.prefix}", key)

    file = await door.get(link.removeprefix(HOST))

    assert file.content == b"picture"


@pytest.mark.parametrize("prefix", ["/studio", "/a/b", "/films"], indirect=True)
async def test_an_unknown_address_leads_to_the_page_or_to_the_documentation(door: Door) -> None:
    visit = await door.get(f"{door.prefix}/nonsense/x", **VISIT)
    program = await door.get(f"{door.prefix}/api/nonsense", **VISIT)

    assert visit.status_code == program.status_code == 404
    links = LINK.findall(visit.text)
    assert f"{door.prefix}/" in links
    assert [link for link in links if not link.startswith(f"{door.prefix}/")] == []
    assert program.json()["message"].startswith(f"Not found. See {door.prefix}/api/docs ")


@pytest.mark.parametrize("prefix", ["/studio", "/a/b", "/stories"], indirect=True)
async def test_the_slash_after_the_prefix_may_be_left_out(door: Door) -> None:
    bare = await door.client.get(door.prefix)

    assert (bare.status_code, bare.headers["location"]) == (307, f"{door.prefix}/")


@pytest.mark.parametrize("prefix", ["/studio"], indirect=True)
async def test_what_only_begins_like_the_prefix_is_not_below_it(door: Door) -> None:
    similar = await door.client.get(f"{door.prefix}s/healthz")
    twice = await door.client.get(f"{door.prefix}{door.prefix}/healthz")

    assert similar.status_code == twice.status_code == 404


@pytest.mark.parametrize(
    ("path", "root_path", "expected"),
    [
        ("/films/films", "/films", "/films"),
        ("/films/healthz", "/films", "/healthz"),
        ("/films", "/films", "/films"),  # not as ASGI defines it
        ("/elsewhere/healthz", "/elsewhere", "/healthz"),
    ],
)
async def test_a_server_may_state_a_prefix_itself(path: str, root_path: str, expected: str) -> None:
    """As `uvicorn --root-path` does for a proxy that removes it: ASGI's path includes it."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError(message)

    known = [Route("/films", app), Route("/healthz", app)]
    scope: Scope = {"type": "http", "path": path, "root_path": root_path}
    await PathPrefix(app, prefix="/films", routes=known)(scope, receive, send)

    assert (seen[0]["root_path"], seen[0]["path"]) == ("/films", f"/films{expected}")
    assert path_inside(seen[0]) == expected
