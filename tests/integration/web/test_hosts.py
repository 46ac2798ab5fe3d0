"""The origin and the host of requests: other sites, proxies, foreign names."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.graphql_client import PROTOCOL, Socket, post
from tests.owners import Owner, add_owner, asking_for_keys
from tests.serving import serving_app
from tests.stage import Stage
from web.app import create_app
from web.services import Services

PAGE = "https://app.example"
QUERY = {"query": "{ viewer { id } }"}
NAVIGATION = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


@asynccontextmanager
async def serving(
    stage: Stage, *, origins: tuple[str, ...] = (), hosts: tuple[str, ...] = (), public: str = ""
) -> AsyncGenerator[str]:
    """The application over the stage, with these settings."""
    options = replace(stage.services.options, cors_origins=origins, public_url=public or None)
    services = replace(stage.services, options=options)

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield services

    app = create_app(open_services, options=options, allowed_hosts=hosts)
    async with serving_app(app) as url:
        yield url


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """A server without credentials, with one page that may call it."""
    async with serving(idle_stage, origins=(PAGE,)) as url:
        yield url


@pytest.fixture(scope="module")
async def keyed_url(idle_stage: Stage) -> AsyncIterator[str]:
    """A server that asks for keys, known by one name too."""
    async with serving(asking_for_keys(idle_stage), hosts=("films.example",)) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


SENDERS: dict[str, tuple[dict[str, str], bool]] = {
    "curl": ({}, True),
    "the address bar": ({"Sec-Fetch-Site": "none"}, True),
    "our own page": ({"Sec-Fetch-Site": "same-origin"}, True),
    "a page that may": ({"Sec-Fetch-Site": "cross-site", "Origin": PAGE}, True),
    "a picture on another site": (CROSS_SITE, False),
    "its spelling": ({"Sec-Fetch-Site": "Cross-Site"}, False),
    "a value of tomorrow": ({"Sec-Fetch-Site": "cross-galaxy"}, False),
    "a picture on another port": ({"Sec-Fetch-Site": "same-site"}, False),
    "a script of another site": ({"Origin": "https://evil.example"}, False),
    "a script on another port": ({"Origin": "http://localhost:3000"}, False),
    "a sandboxed frame": ({"Origin": "null"}, False),
    "both signs": ({**CROSS_SITE, "Origin": "https://evil.example"}, False),
    "a link on another site": ({**CROSS_SITE, **NAVIGATION}, False),
}


@pytest.mark.parametrize(("headers", "is_served"), SENDERS.values(), ids=SENDERS)
async def test_an_operation_runs_for_our_own_pages_and_for_none_of_another_site(
    client: httpx.AsyncClient, headers: dict[str, str], is_served: bool
) -> None:
    got = await client.get("/graphql", params=QUERY, headers={"Accept": "*/*", **headers})
    asked = await client.head("/graphql", params=QUERY, headers={"Accept": "*/*", **headers})
    posted = await client.post("/graphql", json=QUERY, headers={**headers, "Accept": "*/*"})

    expected = 200 if is_served else 403
    assert [answer.status_code for answer in (got, asked, posted)] == [expected] * 3
    assert ("viewer" in got.text) == is_served


async def test_a_named_document_is_an_operation_too(client: httpx.AsyncClient) -> None:
    named = {"documentId": f"sha256:{'0' * 64}"}

    from_here = await client.get("/graphql", params=named)
    from_there = await client.get("/graphql", params=named, headers=CROSS_SITE)

    assert from_here.status_code in (200, 400)
    assert from_there.status_code == 403


async def test_a_link_on_another_site_still_leads_to_the_pages(client: httpx.AsyncClient) -> None:
    headers = {**CROSS_SITE, **NAVIGATION}

    sent_on = [await client.get(path, headers=headers) for path in ("/graphql", "/graphql?x=1")]
    shown = [await client.get(path, headers=headers) for path in ("/", "/graphiql")]

    assert [(answer.status_code, answer.headers["location"]) for answer in sent_on] == [
        (303, "/graphiql")
    ] * 2
    assert [answer.status_code for answer in shown] == [200, 200]


@pytest.mark.parametrize("path", ["/healthz", "/api/story/all", "/media/a.png", "/graphql"])
async def test_reads_that_run_nothing_are_answered_whoever_asks(
    client: httpx.AsyncClient, path: str
) -> None:
    from_here = await client.get(path)
    from_there = await client.get(path, headers=CROSS_SITE)

    assert from_there.status_code == from_here.status_code != 403


async def test_where_any_page_may_call_pictures_of_any_may(idle_stage: Stage) -> None:
    async with serving(idle_stage, origins=("*",)) as url, httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/graphql", params=QUERY, headers=CROSS_SITE)

    assert answer.status_code == 200


async def test_with_credentials_a_request_is_its_senders_wherever_the_page_is_from(
    keyed_url: str, idle_stage: Stage
) -> None:
    owner = await add_owner(idle_stage, "fetcher")
    headers = {**CROSS_SITE, "Origin": "https://evil.example"}
    async with httpx.AsyncClient(base_url=keyed_url) as http:
        with_key = await http.get("/graphql", params=QUERY, headers={**headers, **owner.headers})
        without = await http.get("/graphql", params=QUERY, headers=headers)

    assert with_key.json() == {"data": {"viewer": {"id": "fetcher"}}}
    assert without.status_code == 401


FORWARDED: dict[str, tuple[dict[str, str], bool]] = {
    "X-Forwarded-For": ({"X-Forwarded-For": "203.0.113.7"}, False),
    "X-Forwarded-For through two": ({"X-Forwarded-For": "203.0.113.7, 127.0.0.1"}, False),
    "X-Forwarded-For of this machine": ({"X-Forwarded-For": "127.0.0.1"}, True),
    "X-Forwarded-For with a port": ({"X-Forwarded-For": "[::1]:4711"}, True),
    "X-Real-IP": ({"X-Real-IP": "203.0.113.7"}, False),
    "X-Real-IP of nobody": ({"X-Real-IP": "unknown"}, False),
    "X-Real-IP of this machine": ({"X-Real-IP": "127.0.0.1"}, True),
    "X-Real-IP against X-Forwarded-For": (
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "203.0.113.7"},
        False,
    ),
    "Forwarded": ({"Forwarded": "for=203.0.113.7;proto=https;by=127.0.0.1"}, False),
    "Forwarded with capitals": ({"Forwarded": "By=127.0.0.1; For=203.0.113.7"}, False),
    "Forwarded in quotes": ({"Forwarded": 'for="[2001:db8::1]:4711"'}, False),
    "Forwarded through two": ({"Forwarded": "for=127.0.0.1, for=203.0.113.7"}, False),
    "Forwarded for one who hides": ({"Forwarded": "for=_hidden"}, False),
    "Forwarded without a client": ({"Forwarded": "proto=https"}, False),
    "Forwarded of this machine": ({"Forwarded": 'for="[::1]:4711";host=localhost'}, True),
    "Via": ({"Via": "1.1 a-proxy"}, False),
    "Via on this machine": ({"Via": "1.1 a-proxy", "X-Forwarded-For": "::1"}, True),
    "X-Forwarded-Host": ({"X-Forwarded-Host": "films.example"}, False),
    "X-Forwarded-Proto": ({"X-Forwarded-Proto": "https"}, False),
    "CF-Connecting-IP": ({"CF-Connecting-IP": "203.0.113.7"}, False),
    "True-Client-IP": ({"True-Client-IP": "203.0.113.7"}, False),
    "a development server": (
        {
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Host": "localhost:3000",
            "X-Forwarded-Proto": "http",
        },
        True,
    ),
}


@pytest.mark.parametrize(("headers", "is_served"), FORWARDED.values(), ids=FORWARDED)
async def test_without_credentials_a_proxy_opens_the_server_to_nobody_else(
    url: str, client: httpx.AsyncClient, headers: dict[str, str], is_served: bool
) -> None:
    over_http = await client.get("/readyz", headers=headers)
    over_socket = await handshake_status(url, headers)

    assert over_http.status_code == (200 if is_served else 403)
    assert over_socket == (101 if is_served else 403)


async def handshake_status(url: str, headers: Mapping[str, str]) -> int:
    """What a WebSocket's handshake with these headers is answered."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eHh4eHh4eHh4eHh4eHh4eA==",
        "Sec-WebSocket-Protocol": PROTOCOL,
    }
    async with (
        httpx.AsyncClient(base_url=url) as client,
        client.stream("GET", "/graphql", headers={**upgrade, **headers}) as answer,
    ):
        return answer.status_code


async def test_with_credentials_proxies_are_welcome(keyed_url: str) -> None:
    async with httpx.AsyncClient(base_url=keyed_url) as http:
        for headers, _ in FORWARDED.values():
            assert (await http.get("/readyz", headers=headers)).status_code == 200


IMAGE = "query($id: ID!) { shot(id: $id) { imageUrl } }"


@pytest.fixture(scope="module")
async def owner(idle_stage: Stage) -> Owner:
    """An owner whose shot has a picture."""
    return await add_owner(idle_stage, "painter")


def shown_address(answer: dict[str, object]) -> str:
    """Scheme, host and port of the picture's address in an answer."""
    match answer:
        case {"data": {"shot": {"imageUrl": str(url)}}}:
            return "{0.scheme}://{0.netloc}".format(urlsplit(url))
        case _:
            raise AssertionError(answer)


async def address_over_socket(url: str, host: str, owner: Owner) -> str:
    """The picture's address for a client whose handshake names this host."""
    place = urlsplit(url)
    called = f"ws://{host}/graphql"
    async with connect(
        called, host=place.hostname, port=place.port, subprotocols=[PROTOCOL]
    ) as connection:
        socket = Socket(connection)
        await socket.initialise(owner.headers)
        await socket.subscribe(IMAGE, {"id": str(owner.rows.shot)})
        return shown_address((await socket.receive())["payload"])


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "films.example.evil.example"],
)
async def test_no_link_repeats_a_host_that_is_not_ours(
    keyed_url: str, owner: Owner, host: str
) -> None:
    headers = {**owner.headers, "Host": host}
    answer = await post(keyed_url, IMAGE, {"id": str(owner.rows.shot)}, headers=headers)
    over_socket = await address_over_socket(keyed_url, host, owner)

    assert shown_address(answer) == over_socket == keyed_url


@pytest.mark.parametrize("host", ["localhost:81", "[::1]:81", "127.0.0.1", "FILMS.example:8443"])
async def test_links_are_under_the_name_by_which_the_client_knows_us(
    keyed_url: str, owner: Owner, host: str
) -> None:
    headers = {**owner.headers, "Host": host}
    answer = await post(keyed_url, IMAGE, {"id": str(owner.rows.shot)}, headers=headers)

    assert shown_address(answer).lower() == f"http://{host}".lower()


async def test_the_public_address_comes_before_whatever_the_client_calls_us(
    idle_stage: Stage, owner: Owner
) -> None:
    async with serving(asking_for_keys(idle_stage), public="https://public.example") as url:
        for host in ("evil.example", "localhost", "public.example"):
            headers = {**owner.headers, "Host": host}
            answer = await post(url, IMAGE, {"id": str(owner.rows.shot)}, headers=headers)

            assert shown_address(answer) == "https://public.example"


async def test_without_credentials_an_allowed_host_is_served_beside_loopbacks(
    idle_stage: Stage,
) -> None:
    hosts = ("stories.test",)
    async with serving(idle_stage, hosts=hosts) as url, httpx.AsyncClient(base_url=url) as http:
        ours = await http.get("/readyz", headers={"Host": "stories.test:8000"})
        foreign = await http.get("/readyz", headers={"Host": "evil.example"})

    assert (ours.status_code, foreign.status_code) == (200, 400)
