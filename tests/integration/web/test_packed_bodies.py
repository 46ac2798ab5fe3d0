"""Packed bodies: read by all routes alike, within the bounds of each, or refused with a word."""

import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.factories import add_rows
from tests.fakes.origin import PICTURE
from tests.graphql_client import ask, serving_stage
from tests.stage import Stage
from web.packed_bodies import Unpacker

QUERY = json.dumps({"query": "{ viewer { id } }", "variables": {"s": "x" * 9}})
STORY = json.dumps({"content": "A fox sings."})
Pack = Callable[[bytes], bytes]


def bare(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def in_members(content: bytes) -> bytes:
    half = len(content) // 2
    return gzip.compress(content[:half]) + gzip.compress(b"") + gzip.compress(content[half:])


PACKINGS: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip in capitals": ("GZIP", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "gzip in members": ("gzip", in_members),
    "gzip, stored": ("gzip", lambda content: gzip.compress(content, 0)),
    "deflate": ("deflate", zlib.compress),
    "deflate without its frame": ("deflate", bare),
    "identity": ("identity", bytes),
    "identity and gzip": ("identity, gzip", gzip.compress),
    "nothing": ("", bytes),
}


@pytest.fixture
async def client(idle_stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving_stage(idle_stage) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        yield client


async def send(
    client: httpx.AsyncClient, path: str, body: bytes, coding: str, method: str = "POST"
) -> httpx.Response:
    """The answer; the body goes a few bytes at a time."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), max(1, len(body) // 7)):
            yield body[start : start + max(1, len(body) // 7)]

    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    return await client.request(method, path, content=pieces(), headers=headers)


async def upload_path(stage: Stage, client: httpx.AsyncClient) -> str:
    rows = await add_rows(stage.database)
    mutation = "mutation ($id: ID!) { uploadTake(shotId: $id) { upload { url } } }"
    url = str(client.base_url).rstrip("/")
    answer = await ask(url, mutation, {"id": str(rows.shot)})
    return answer["uploadTake"]["upload"]["url"]


@pytest.mark.parametrize(("coding", "pack"), PACKINGS.values(), ids=PACKINGS)
async def test_a_packed_body_is_read_at_every_door(
    client: httpx.AsyncClient, idle_stage: Stage, coding: str, pack: Pack
) -> None:
    link = await upload_path(idle_stage, client)

    graphql = await send(client, "/graphql", pack(QUERY.encode()), coding)
    rest = await send(client, "/api/story/create", pack(STORY.encode()), coding)
    upload = await send(client, link, pack(PICTURE), coding, "PUT")

    assert graphql.json() == {"data": {"viewer": {"id": "local"}}}
    assert rest.json()["message"] == "success"
    assert upload.json()["message"] == "success", upload.text


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "nonsense"])
async def test_another_packing_is_refused_and_told_what_would_do(
    client: httpx.AsyncClient, idle_stage: Stage, coding: str
) -> None:
    link = await upload_path(idle_stage, client)
    answers = [
        await send(client, "/graphql", b"x", coding),
        await send(client, "/api/story/create", b"x", coding),
        await send(client, link, b"x", coding, "PUT"),
    ]

    assert [answer.status_code for answer in answers] == [415] * 3
    for answer in answers:
        assert answer.headers["accept-encoding"] == "gzip, deflate, identity"
    assert answers[0].json()["errors"][0]["extensions"] == {"code": "UNSUPPORTED_MEDIA_TYPE"}
    assert "gzip" in answers[0].json()["errors"][0]["message"]
    for answer in answers[1:]:
        assert (answer.json()["code"], "gzip" in answer.json()["message"]) == (415, True)


def broken() -> dict[str, tuple[str, bytes]]:
    packed = gzip.compress(QUERY.encode())
    nothing = b"\0\0\0\xff\xff"  # an empty block of deflate
    return {
        "plain": ("gzip", QUERY.encode()),
        "plain as deflate": ("deflate", QUERY.encode()),
        "half": ("gzip", packed[: len(packed) // 2]),
        "without its end": ("gzip", packed[:-1]),
        "with a wrong sum": ("gzip", packed[:-8] + bytes(8)),
        "with more behind it": ("gzip", packed + b"more"),
        "deflate with more behind it": ("deflate", zlib.compress(QUERY.encode()) + b"more"),
        "half of a frame": ("deflate", zlib.compress(QUERY.encode())[:1]),
        "many blocks of nothing": ("deflate", b"\x78\x9c" + nothing * 40_000),
        "many members of nothing": ("gzip", gzip.compress(b"") * 10_000),
    }


@pytest.mark.parametrize(("coding", "body"), broken().values(), ids=broken())
async def test_a_body_that_is_not_packed_as_it_says_is_refused(
    client: httpx.AsyncClient, coding: str, body: bytes
) -> None:
    graphql = await send(client, "/graphql", body, coding)
    rest = await send(client, "/api/story/create", body, coding)

    assert graphql.status_code == rest.status_code == 400
    assert graphql.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    assert "content encoding" in graphql.json()["errors"][0]["message"]
    assert "content encoding" in rest.json()["message"]


async def test_what_is_large_once_it_is_unpacked_is_refused_early(
    client: httpx.AsyncClient, idle_stage: Stage
) -> None:
    link = await upload_path(idle_stage, client)
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    bomb = packer.compress(PICTURE)
    bomb += b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    began = time.process_time()
    answers: list[Any] = [
        await client.post("/graphql", content=bomb, headers=headers),
        await client.post("/api/story/create", content=bomb, headers=headers),
        await client.put(link, content=bomb, headers=headers),
    ]
    took_s = time.process_time() - began

    assert [answer.status_code for answer in answers] == [413] * 3
    assert took_s < 5  # 0.3 on a quiet machine


async def test_a_get_has_no_body_to_unpack(client: httpx.AsyncClient) -> None:
    headers = {"Content-Encoding": "br"}
    answer = await client.get("/graphql", params={"query": "{ viewer { id } }"}, headers=headers)

    assert answer.status_code == 200


def test_everything_that_is_inside_comes_out() -> None:
    content = b"a" * 200_003 + bytes(range(256)) * 300
    for chunk in (1, 7, 1_000, 10**6):
        unpacker = Unpacker("gzip")
        packed = gzip.compress(content)
        pieces = [
            piece
            for start in range(0, len(packed), chunk)
            for piece in unpacker.unpack(packed[start : start + chunk])
        ]
        unpacker.check_end()

        assert b"".join(pieces) == content
        assert max(map(len, pieces)) <= 64 * 1024
