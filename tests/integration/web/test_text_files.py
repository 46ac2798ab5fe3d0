"""Text files over HTTP: any encoding in, the text and what it was read as out."""

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from domain import MAX_CONTENT_LENGTH, Scope
from resolvers.text_files import MAX_TEXT_BYTES, read_text_file
from tests.case_files import CASES
from tests.graphql_client import DEADLINE_S, serving_stage
from tests.owners import add_owner, asking_for_keys
from tests.stage import Stage
from tests.timing import least_cpu_s

STORY = "第一章 渔火\n老渔夫点亮了灯。小猫跟着他回家。\n"


@pytest.fixture
async def idle_url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application over a backend in which nobody works."""
    async with serving_stage(idle_stage) as url:
        yield url


async def send(url: str, content: bytes, query: str = "", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.post(f"{url}/texts{query}", content=content, headers=headers)
    assert answer.json()["code"] == answer.status_code
    return answer


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("gbk", "GB18030"), ("utf16le-bom", "UTF-16LE"), ("utf8-bom-crlf", "UTF-8")],
)
async def test_a_file_is_answered_as_its_text_and_encoding(
    idle_url: str, name: str, encoding: str
) -> None:
    told = await send(idle_url, (CASES / f"{name}.txt").read_bytes())

    data = told.json()["data"]
    assert told.status_code == 200
    assert (data["text"], data["encoding"], data["isCertain"]) == (STORY, encoding, True)
    assert data["candidates"][0] == encoding


async def test_a_file_is_read_again_in_the_encoding_that_is_named(idle_url: str) -> None:
    content = "漁火".encode("big5")

    told = await send(idle_url, content, "?encoding=big5")

    assert (told.json()["data"]["text"], told.json()["data"]["encoding"]) == ("漁火", "Big5")


@pytest.mark.parametrize(
    ("content", "query", "status", "reason"),
    [
        (b"%PDF-1.7\n", "", 415, "The file is a PDF. Save it as plain text."),
        (b"fox", "?encoding=zip", 415, "Unsupported encoding. Use one of UTF-8"),
        ("狐狸".encode()[:-1], "", 422, "The file ends within a UTF-8 character"),
        ("\ufffd".encode(), "", 422, "U+FFFD"),
        (STORY.encode("gbk"), "?encoding=utf-8", 422, "The text is not valid UTF-8"),
        (b"x" * (MAX_TEXT_BYTES + 1), "", 413, "exceeds"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_sentence(
    idle_url: str, content: bytes, query: str, status: int, reason: str
) -> None:
    refused = await send(idle_url, content, query)

    assert refused.status_code == status
    assert reason in refused.json()["message"]
    assert refused.json()["data"] is None


async def test_only_who_may_write_has_files_read(idle_stage: Stage) -> None:
    writer = await add_owner(idle_stage, f"writer.{uuid4()}")
    reader = await add_owner(idle_stage, f"reader.{uuid4()}", scope=Scope.READ)
    async with serving_stage(asking_for_keys(idle_stage)) as url:
        told = await send(url, b"fox", **writer.headers)
        forbidden = await send(url, b"fox", **reader.headers)
        unknown = await send(url, b"fox")

    assert (told.status_code, forbidden.status_code, unknown.status_code) == (200, 403, 401)


async def test_pages_of_other_sites_have_nothing_read(idle_url: str) -> None:
    refused = await send(idle_url, b"fox", Origin="https://elsewhere.example")

    assert refused.status_code == 403


async def test_a_long_text_is_read_off_the_event_loop(idle_url: str) -> None:
    text = ("Un café très noir. " * MAX_CONTENT_LENGTH)[:MAX_CONTENT_LENGTH].encode("cp1252")
    reading_s = least_cpu_s(lambda: read_text_file(text))
    loop_began, all_began = time.thread_time(), time.process_time()

    told = await send(idle_url, text)

    elsewhere_s = time.process_time() - all_began - (time.thread_time() - loop_began)
    assert told.json()["data"]["encoding"] == "windows-1252"
    assert elsewhere_s > reading_s / 2
