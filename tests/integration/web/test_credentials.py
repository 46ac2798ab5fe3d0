"""Credentials in every transport: required, verified, and expired."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from db.session import Database
from errors import ConflictError, ForbiddenError, InvalidInputError
from orchestration.media.links import MediaLinks
from orchestration.media.store import new_key
from resolvers.keys import create_key, list_keys, revoke_key
from tests.fakes.origin import make_picture
from tests.graphql_client import PROTOCOL, Socket, open_socket, post, serving_stage
from tests.owners import Owner, add_owner, asking_for_keys, bearing, serving_with_keys
from tests.serving import serving_app
from tests.stage import Stage
from web.app import create_app
from web.credentials import KeyAuthentication
from web.graphql.websocket import WebSocketEndpoint
from web.services import Services, WebOptions

WHO = "{ viewer { id name } }"
PICTURE = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    async with serving_with_keys(idle_stage) as url:
        yield url


@pytest.fixture(scope="module")
async def alice(idle_stage: Stage) -> Owner:
    return await add_owner(idle_stage, "alice")


@asynccontextmanager
async def upgraded(url: str, headers: dict[str, str]) -> AsyncGenerator[ClientConnection]:
    """A WebSocket opened with these headers, on which nothing has been said."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL], additional_headers=headers) as connection:
        yield connection


async def closing(socket: Socket) -> tuple[int | None, str | None]:
    """The code and the reason with which the server closes."""
    with suppress(ConnectionClosed):
        while True:
            await socket.receive()
    return socket.connection.close_code, socket.connection.close_reason


WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "another scheme": {"Authorization": "Basic YWxpY2U6c2VjcmV0"},
    "no key": {"Authorization": "Bearer"},
    "a key of another form": bearing("sk-1234567890"),
    "a key that nobody made": bearing("aistory_" + "x" * 43),
    "more than a key": bearing("aistory_" + "x" * 8_000),
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
async def test_who_is_not_known_is_turned_away_at_every_door(
    url: str, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        graphql = await client.post("/graphql", json={"query": WHO})
        rest = await client.get("/api/story/all")
    async with upgraded(url, headers) as connection:
        await Socket(connection).send({"type": "connection_init"})
        code, reason = await closing(Socket(connection))

    (error,) = graphql.json()["errors"]
    assert graphql.status_code == 401
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in graphql.json()
    assert rest.status_code == rest.json()["code"] == 401
    assert graphql.headers["www-authenticate"] == rest.headers["www-authenticate"]
    assert (code, reason) == (4401, error["message"])


async def test_what_tells_nothing_of_anybody_is_for_everybody(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        paths = ("/", "/healthz", "/readyz", "/graphiql", "/api/docs", "/api/openapi.json")
        answers = [await client.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)
    document = answers[-1].json()
    assert document["security"] == [{"bearer": []}]
    assert "401" in document["paths"]["/api/story/all"]["get"]["responses"]


async def test_a_key_opens_every_door(url: str, alice: Owner) -> None:
    expected = {"viewer": {"id": "alice", "name": "key-of-alice"}}
    payloads: list[dict[str, Any]] = [alice.headers, {"authorization": f"bearer {alice.key}"}]

    over_http = await post(url, WHO, headers=alice.headers)
    async with httpx.AsyncClient(base_url=url, headers=alice.headers) as client:
        rest = await client.get(f"/api/story/{alice.rows.story}")
    over_sockets: list[Any] = []
    for payload in payloads:
        async with open_socket(url, payload) as socket:
            over_sockets += [data async for data in socket.follow(WHO)]
    async with upgraded(url, alice.headers) as connection:
        socket = Socket(connection)
        await socket.initialise()
        over_sockets += [data async for data in socket.follow(WHO)]

    assert over_http == {"data": expected}
    assert rest.status_code == 200
    assert over_sockets == [expected] * 3


async def test_a_key_in_the_address_or_a_cookie_is_not_seen(url: str, alice: Owner) -> None:
    names = ("key", "token", "access_token", "api_key", "authorization", "Authorization")

    async with httpx.AsyncClient(base_url=url) as client:
        for name in names:
            for value in (alice.key, f"Bearer {alice.key}"):
                client.cookies.set(name, value)
                answer = await client.get("/api/story/all", params={name: value})
                assert answer.status_code == 401


async def test_a_database_that_is_away_asks_to_come_again(idle_stage: Stage) -> None:
    asking = asking_for_keys(idle_stage)
    async with Database("postgresql://nobody@127.0.0.1:1/none") as silent:
        services = replace(
            asking.services, authentication=KeyAuthentication(silent, trusted_for_s=0)
        )
        async with serving_stage(replace(asking, services=services)) as url:
            headers = bearing("aistory_" + "x" * 43)
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
                over_http = await client.post("/graphql", json={"query": WHO})
            async with upgraded(url, headers) as connection:
                await Socket(connection).send({"type": "connection_init"})
                code, reason = await closing(Socket(connection))

    assert over_http.status_code == 503
    assert (code, reason) == (1013, "The database is unavailable. Try again later")


async def test_who_shakes_hands_twice_is_told_so(url: str, alice: Owner) -> None:
    async with open_socket(url, alice.headers) as socket:
        await socket.send({"type": "connection_init"})

        assert (await closing(socket))[0] == 4429


async def test_what_is_asked_before_the_handshake_is_not_answered(url: str) -> None:
    async with upgraded(url, {}) as connection:
        socket = Socket(connection)
        await socket.subscribe(WHO)

        assert (await closing(socket))[0] == 4401


@asynccontextmanager
async def serving_watchful(stage: Stage) -> AsyncGenerator[str]:
    """WebSockets alone, whose credentials are checked again all the time."""
    endpoint = WebSocketEndpoint(recognised_again_s=0.05)
    app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)])
    app.state.services = asking_for_keys(stage).services
    async with serving_app(app) as url:
        yield url


async def test_a_revoked_key_counts_no_longer_for_what_is_open_too(
    url: str, idle_stage: Stage
) -> None:
    owner = await add_owner(idle_stage, "revoked")
    following = "subscription($id: ID!) { storyUpdated(id: $id) { id } }"

    async with (
        serving_watchful(idle_stage) as watchful,
        open_socket(watchful, owner.headers) as socket,
    ):
        await socket.subscribe(following, {"id": str(owner.rows.story)})
        await socket.receive()
        await revoke_key(idle_stage.database, "key-of-revoked")
        code, reason = await closing(socket)
    later = await post(url, WHO, headers=owner.headers)

    assert (code, reason) == (4401, later["errors"][0]["message"])
    assert later["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_key_that_expires_closes_so_that_clients_come_with_a_fresh_one(
    url: str, idle_stage: Stage
) -> None:
    key, _ = await create_key(
        idle_stage.database, "brief", owner_id="alice", lifetime=timedelta(seconds=4)
    )

    async with (
        serving_watchful(idle_stage) as watchful,
        open_socket(watchful, bearing(key)) as socket,
    ):
        answered = [data async for data in socket.follow(WHO)]
        code, reason = await closing(socket)
    async with upgraded(url, bearing(key)) as connection:
        await Socket(connection).send({"type": "connection_init"})
        again, _ = await closing(Socket(connection))
    later = await post(url, WHO, headers=bearing(key))

    assert answered == [{"viewer": {"id": "alice", "name": "brief"}}]
    assert (code, again) == (4403, 4403)
    assert reason == later["errors"][0]["message"]


async def test_of_a_key_only_the_digest_is_kept_and_its_use(idle_stage: Stage, url: str) -> None:
    owner = await add_owner(idle_stage, "user")
    await post(url, WHO, headers=owner.headers)

    async with idle_stage.database.reading() as session:
        rows = (await session.execute(text("SELECT api_key::text FROM api_key"))).scalars().all()
    (used,) = [row for row in await list_keys(idle_stage.database) if row.owner_id == "user"]

    assert all(owner.key not in row and owner.key[8:] not in row for row in rows)
    assert used.used_at is not None


@pytest.mark.parametrize(
    ("name", "owner_id", "lifetime"),
    [
        ("", "alice", None),
        ("a b", "alice", None),
        ("x" * 65, "alice", None),
        ("fine", " ", None),
        ("fine", "x" * 256, None),
        ("fine", "a\nb", None),
        ("fine", "alice", timedelta(0)),
        ("fine", "alice", timedelta(days=4_000)),
    ],
)
async def test_a_key_needs_a_name_an_owner_and_a_sensible_end(
    idle_stage: Stage, name: str, owner_id: str, lifetime: timedelta | None
) -> None:
    with pytest.raises(InvalidInputError):
        await create_key(idle_stage.database, name, owner_id=owner_id, lifetime=lifetime)


async def test_a_name_is_free_again_once_its_key_is_revoked(idle_stage: Stage) -> None:
    first, _ = await create_key(idle_stage.database, "renewed", owner_id="alice")
    with pytest.raises(ConflictError):
        await create_key(idle_stage.database, "renewed", owner_id="alice")

    await revoke_key(idle_stage.database, "renewed")
    second, _ = await create_key(idle_stage.database, "renewed", owner_id="alice")

    assert first != second


async def test_media_are_served_by_signed_links_alone(
    url: str, idle_stage: Stage, alice: Owner
) -> None:
    key = new_key(str(alice.rows.story), ".jpg")
    await idle_stage.production.store.put_bytes(key, PICTURE)
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("UPDATE take SET media_key = :key WHERE id = :id"),
            {"key": key, "id": alice.rows.take},
        )
    query = "query($id: ID!) { node(id: $id) { ... on Take { imageUrl } } }"
    answer = await post(url, query, {"id": str(alice.rows.take)}, headers=alice.headers)
    link: str = answer["data"]["node"]["imageUrl"]
    bare = link.partition("?")[0]
    signature = parse_qs(urlsplit(link).query)["signature"][0]
    wrong = {
        "unsigned": bare,
        "with a key": bare,
        "for longer": link.replace("expires=1", "expires=2"),
        "for ever": f"{bare}?signature={signature}",
        "of another file": link.replace(key, new_key(str(alice.rows.story), ".jpg")),
        "with another signature": link[:-1] + ("A" if link[-1] != "A" else "B"),
        "with nonsense": f"{bare}?expires=½&signature=é",
    }

    async with httpx.AsyncClient() as client:
        served = await client.get(link)
        kept = await client.get(link + "&download=1", headers={"Range": "bytes=0-1"})
        refused = {
            name: (await client.get(w, headers=alice.headers if name == "with a key" else None))
            for name, w in wrong.items()
        }

    assert (served.status_code, served.content) == (200, PICTURE)
    assert served.headers["cache-control"].startswith("private, ")
    assert (kept.status_code, kept.content) == (206, PICTURE[:2])
    assert kept.headers["content-disposition"].startswith("attachment")
    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(
        wrong, 403
    )
    assert all(answer.json()["data"] is None for answer in refused.values())


async def test_a_signed_link_opens_every_width_of_its_picture(
    url: str, idle_stage: Stage, alice: Owner
) -> None:
    key, other = (new_key(str(alice.rows.story), ".png") for _ in range(2))
    for one in (key, other):
        await idle_stage.production.store.put_bytes(one, make_picture(800, 450))
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("UPDATE take SET media_key = :key WHERE id = :id"),
            {"key": key, "id": alice.rows.take},
        )
    query = "query($id: ID!) { node(id: $id) { ... on Take { imageUrl(width: 600) } } }"
    answer = await post(url, query, {"id": str(alice.rows.take)}, headers=alice.headers)
    link: str = answer["data"]["node"]["imageUrl"]

    async with httpx.AsyncClient(headers={"Accept": "image/webp"}) as client:
        served = await client.get(link)
        narrower = await client.get(link.replace("w=640", "w=320"))
        of_other = await client.get(link.replace(key, other))
        unsigned = await client.get(f"{link.partition('?')[0]}?w=640")

    assert link.endswith("&w=640")
    for one in (served, narrower):
        assert (one.status_code, one.headers["content-type"]) == (200, "image/webp")
        assert one.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert (of_other.status_code, unsigned.status_code) == (403, 403)


def test_a_link_stays_the_same_for_a_while_and_ends() -> None:
    now = 1_800_000_000.0
    links = MediaLinks(b"secret", lifetime_s=3_600, clock=lambda: now)
    key = new_key("01a213d9-dd6a-7480-bd7d-8ed1450dac37", ".mp4")

    def query(url: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    first = links.address("https://films.example/", key)
    now += 60
    again = links.address("https://films.example", key)
    now += 3_540
    links.check(key, query(first))
    later = links.address("https://films.example", key)
    now += 3_660

    assert first.startswith(f"https://films.example/media/{key}?expires=")
    assert first == again != later
    with pytest.raises(ForbiddenError, match="has expired"):
        links.check(key, query(first))
    links.check(key, query(later))
    with pytest.raises(ForbiddenError):
        MediaLinks(b"another").check(key, query(later))


async def test_without_credentials_nobody_but_this_machine_is_served(idle_stage: Stage) -> None:
    statuses = {
        (asks, client, server): await status_for(idle_stage, asks, client, server)
        for asks in (False, True)
        for client, server in (
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("127.0.0.1", "192.168.1.4"),
            ("203.0.113.7", "127.0.0.1"),  # a proxy on this machine says who it speaks for
        )
    }

    assert statuses == {
        (False, "127.0.0.1", "127.0.0.1"): 200,
        (False, "::1", "::1"): 200,
        (False, "127.0.0.1", "192.168.1.4"): 403,
        (False, "203.0.113.7", "127.0.0.1"): 403,
        (True, "127.0.0.1", "127.0.0.1"): 200,
        (True, "::1", "::1"): 200,
        (True, "127.0.0.1", "192.168.1.4"): 200,
        (True, "203.0.113.7", "127.0.0.1"): 200,
    }


async def status_for(stage: Stage, asks_credentials: bool, client: str, server: str) -> int:
    """The status of a request for /healthz between these addresses."""

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield stage.services

    options = WebOptions(asks_credentials=asks_credentials)
    app = create_app(open_services, options=options, allowed_hosts=())
    app.state.services = stage.services
    transport = httpx.ASGITransport(app, client=(client, 4_000))
    host = f"[{server}]" if ":" in server else server
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return (await http.get("/healthz", headers={"Host": "localhost"})).status_code
