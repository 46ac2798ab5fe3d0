"""Pictures and films over HTTP: ranges, caching, downloads, and malicious paths."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from db.queries.stories import rename_story
from orchestration.media.lettering.ass import WORD_JOINER
from orchestration.media.lettering.subtitles import Cue, srt_track
from orchestration.media.store import new_key
from tests.factories import add_rows
from tests.stage import Stage
from web.services import Services

CONTENT = bytes(range(256)) * 8_192
"""2 MiB: several pieces of the store."""
SIZE = len(CONTENT)


@pytest.fixture(scope="module")
def services(idle_stage: Stage) -> Services:
    """A backend without a worker: media need none."""
    return idle_stage.services


@pytest.fixture
async def key(services: Services) -> str:
    """A film in the store."""
    key = new_key(str(uuid4()), ".mp4")
    await services.production.store.put_bytes(key, CONTENT)
    return key


@pytest.fixture
async def client(app_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=app_url) as client:
        yield client


async def test_a_film_is_sent_whole_with_its_type_and_may_be_cached_for_ever(
    client: httpx.AsyncClient, key: str
) -> None:
    response = await client.get(f"/media/{key}")

    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["content-length"] == str(SIZE)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in response.headers


async def test_head_tells_the_size_and_sends_nothing(client: httpx.AsyncClient, key: str) -> None:
    response = await client.head(f"/media/{key}", headers={"Range": "bytes=0-1"})

    assert response.status_code == 200
    assert response.headers["content-length"] == str(SIZE)
    assert response.content == b""


async def test_what_the_client_has_already_is_not_sent_again(
    client: httpx.AsyncClient, key: str
) -> None:
    etag = (await client.head(f"/media/{key}")).headers["etag"]

    same = await client.get(f"/media/{key}", headers={"If-None-Match": f'"other", W/{etag}'})
    other = await client.get(f"/media/{key}", headers={"If-None-Match": '"other"'})

    assert same.status_code == 304
    assert same.content == b""
    assert same.headers["etag"] == etag
    assert other.status_code == 200


async def test_one_range_is_sent_as_a_part(client: httpx.AsyncClient, key: str) -> None:
    ranges = {
        "bytes=0-0": (0, 1),
        "bytes=0-": (0, SIZE),
        "bytes=100-199": (100, 200),
        f"bytes=500000-{SIZE + 1_000}": (500_000, SIZE),
        "bytes=1048570-": (1_048_570, SIZE),
        "bytes=-500": (SIZE - 500, SIZE),
        f"bytes=-{SIZE * 2}": (0, SIZE),
        "Bytes= 7-9": (7, 10),
    }
    for header, (start, end) in ranges.items():
        response = await client.get(f"/media/{key}", headers={"Range": header})

        assert response.status_code == 206, header
        assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
        assert response.headers["content-length"] == str(end - start)
        assert response.content == CONTENT[start:end]


async def test_a_range_outside_the_file_is_refused_with_the_size(
    client: httpx.AsyncClient, key: str
) -> None:
    for header in (f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 1}", "bytes=-0"):
        response = await client.get(f"/media/{key}", headers={"Range": header})

        assert response.status_code == 416, header
        assert response.headers["content-range"] == f"bytes */{SIZE}"
        assert response.json()["code"] == 416


async def test_several_ranges_and_nonsense_bring_the_whole_file(
    client: httpx.AsyncClient, key: str
) -> None:
    endless = f"bytes={'9' * 6_000}-"
    nonsense = ("bytes=-", "bytes=9-5", "bytes=a-b", "bytes=--5", "bytes", "items=0-1", endless)
    for header in ("bytes=0-1,5-6", *nonsense):
        response = await client.get(f"/media/{key}", headers={"Range": header})

        assert response.status_code == 200, header
        assert len(response.content) == SIZE


async def test_a_range_of_another_version_brings_the_whole_file(
    client: httpx.AsyncClient, key: str
) -> None:
    etag = (await client.head(f"/media/{key}")).headers["etag"]

    same = await client.get(f"/media/{key}", headers={"Range": "bytes=0-9", "If-Range": etag})
    other = await client.get(f"/media/{key}", headers={"Range": "bytes=0-9", "If-Range": '"old"'})

    assert same.status_code == 206
    assert other.status_code == 200


async def test_a_download_is_named_by_the_title_of_its_story(
    client: httpx.AsyncClient, services: Services
) -> None:
    production = services.production
    rows = await add_rows(production.database)
    key = new_key(str(rows.story), ".mp4")
    await production.store.put_bytes(key, CONTENT)
    async with production.database.transaction() as session:
        await rename_story(session, rows.story, "狐狸: a tale")

    response = await client.get(f"/media/{key}?download=1", headers={"Range": "bytes=0-9"})

    assert response.headers["content-disposition"] == (
        "attachment; filename=\"a tale.mp4\"; filename*=UTF-8''%E7%8B%90%E7%8B%B8%20a%20tale.mp4"
    )


async def test_a_download_without_a_title_is_named_by_its_key(
    client: httpx.AsyncClient, key: str
) -> None:
    response = await client.get(f"/media/{key}?download=1", headers={"Range": "bytes=0-9"})

    name = key.rpartition("/")[2]
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_a_file_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    response = await client.get(f"/media/{new_key(str(uuid4()), '.mp4')}")

    assert response.status_code == 404
    assert response.json() == {
        "code": 404,
        "message": "Media file not found.",
        "data": None,
    }


async def _raw_status(app_url: str, target: str) -> int:
    """The status for a target that no client library would send as it is."""
    address = urlsplit(app_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        status_line = await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()
    return int(status_line.split()[1])


async def test_no_path_from_outside_is_trusted(app_url: str, key: str) -> None:
    story, name = key.split("/")[1:]
    targets = [
        "/media/",
        "/media/../../etc/passwd",
        f"/media/stories/{story}/../{story}/{name}",
        f"/media/stories/{story}/..%2f{story}%2f{name}",
        f"/media/stories%2f{story}%2f{name}",
        f"/media/stories/{story}%5c{name}",
        f"/media/stories/{story}/{name}%00",
        f"/media/stories/{story}/{name}%0a",
        f"/media//{key}",
        f"/media/{key}/",
        "/media//etc/passwd",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        f"/media/stories/{story}",
        f"/media/stories/{story.upper()}/{name}",
    ]

    statuses = {target: await _raw_status(app_url, target) for target in targets}

    assert await _raw_status(app_url, f"/media/{key}") == 200
    assert statuses == dict.fromkeys(targets, 404)


async def test_subtitles_come_as_an_html_player_reads_them(
    client: httpx.AsyncClient, services: Services
) -> None:
    key = new_key(str(uuid4()), ".srt")
    cues = [Cue(0.5, 3.25, ("Tom & <b>Jerry</b>", "孔乙己")), Cue(3661.0, 3662.5, ("Later",))]
    await services.production.store.put_bytes(key, srt_track(cues).encode())

    track = await client.get(f"/media/{key}?format=vtt")
    film = await client.get(f"/media/{new_key(str(uuid4()), '.srt')}?format=vtt")

    assert track.headers["content-type"] == "text/vtt; charset=utf-8"
    assert track.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert track.text.replace(WORD_JOINER, "") == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:03.250\nTom &amp; &lt;b&gt;Jerry&lt;/b&gt;\n孔乙己\n\n"
        "01:01:01.000 --> 01:01:02.500\nLater\n"
    )
    assert film.status_code == 404
