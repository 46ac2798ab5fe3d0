"""The media store over a folder and over an S3 server: the same behaviour behind one interface."""

import asyncio
import contextlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid4

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from errors import NotFoundError, ProviderUnavailableError, SetupError
from orchestration.media.store import (
    MediaStore,
    digest,
    digest_file,
    media_type_of,
    new_key,
    parse_key,
)
from orchestration.media.variants import variant_key

if TYPE_CHECKING:
    from obstore.store import S3Config

STORY_ID = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"
OTHER_STORY_ID = "7a9e1c40-2b6d-4f03-8c5a-d1e2f3a4b5c6"
BUCKET = "films"


@contextlib.contextmanager
def without_proxies() -> Generator[None]:
    """A proxy meant for the world would be asked for the loopback server."""
    names = [name for name in os.environ if name.lower().endswith("_proxy")]
    saved = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(saved)


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with without_proxies():
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


def s3_options(endpoint: str) -> dict[str, str]:
    return {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key_id": "test",
        "secret_access_key": "test",
    }


@pytest.fixture(params=["folder", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "folder":
        return MediaStore.open(str(tmp_path / "media"))
    options = s3_options(request.getfixturevalue("s3_endpoint"))
    await make_bucket(options)
    return MediaStore.open(f"s3://{BUCKET}/{uuid4()}", s3_options=options)


async def make_bucket(options: dict[str, str]) -> None:
    reader, writer = await asyncio.open_connection(
        *options["endpoint"].removeprefix("http://").split(":")
    )
    writer.write(f"PUT /{BUCKET} HTTP/1.1\r\nHost: s3\r\nContent-Length: 0\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert b" 200 " in status or b" 409 " in status


async def read(store: MediaStore, key: str, start: int, end: int) -> list[bytes]:
    return [chunk async for chunk in store.read_range(key, start, end)]


async def test_bytes_come_back_with_their_type_size_and_a_steady_etag(store: MediaStore) -> None:
    key = new_key(STORY_ID, ".jpg")

    await store.put_bytes(key, b"a picture")

    assert await store.get_bytes(key) == b"a picture"
    info = await store.head(key)
    assert (info.size_bytes, info.media_type) == (9, "image/jpeg")
    assert info.etag.startswith('"')
    assert info.etag.endswith('"')
    assert await store.head(key) == info


async def test_a_long_file_is_stored_in_parts_and_fetched_whole(
    store: MediaStore, tmp_path: Path
) -> None:
    source, copy = tmp_path / "film", tmp_path / "copy"
    content = os.urandom(9 * 1024 * 1024 + 7)
    source.write_bytes(content)
    key = new_key(STORY_ID, ".mp4")

    await store.put_file(key, source)
    await store.fetch_to_file(key, copy)

    assert copy.read_bytes() == content
    assert await digest_file(copy) == digest(content)
    assert not copy.with_name(".copy.part").exists()


async def test_a_range_is_read_in_bounded_chunks_without_its_end(store: MediaStore) -> None:
    content = os.urandom(2 * 1024 * 1024)
    key = new_key(STORY_ID, ".mp4")
    await store.put_bytes(key, content)

    chunks = await read(store, key, 10, len(content))

    assert b"".join(chunks) == content[10:]
    assert max(map(len, chunks)) <= 512 * 1024
    assert await read(store, key, 0, 1) == [content[:1]]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (-1, 3), (7, 2)])
async def test_an_empty_or_negative_range_is_a_mistake(
    store: MediaStore, start: int, end: int
) -> None:
    with pytest.raises(ValueError, match="No bytes"):
        await read(store, new_key(STORY_ID, ".jpg"), start, end)


async def test_what_is_missing_is_not_found_by_any_way_of_reading(
    store: MediaStore, tmp_path: Path
) -> None:
    key, copy = new_key(STORY_ID, ".jpg"), tmp_path / "copy"

    with pytest.raises(NotFoundError):
        await store.head(key)
    with pytest.raises(NotFoundError):
        await store.get_bytes(key)
    with pytest.raises(NotFoundError):
        await read(store, key, 0, 4)
    with pytest.raises(NotFoundError):
        await store.fetch_to_file(key, copy)

    assert not copy.exists()


async def test_deleting_a_story_takes_all_of_its_media_and_nothing_else(store: MediaStore) -> None:
    mine = [new_key(STORY_ID, suffix) for suffix in (".jpg", ".mp4", ".srt")]
    other = new_key(OTHER_STORY_ID, ".jpg")
    for key in [*mine, other]:
        await store.put_bytes(key, b"x")

    await store.delete_story(STORY_ID)
    await store.delete_story(STORY_ID)

    for key in mine:
        with pytest.raises(NotFoundError):
            await store.head(key)
    assert await store.get_bytes(other) == b"x"


async def test_deleting_a_picture_takes_its_variants_and_no_others(store: MediaStore) -> None:
    picture, other = new_key(STORY_ID, ".png"), new_key(STORY_ID, ".jpg")
    film = picture.replace(".png", ".mp4")
    variants, of_other = (
        [variant_key(key, width=width, media_type="image/avif") for width in (320, 640)]
        for key in (picture, other)
    )
    for key in [picture, other, film, *variants, *of_other]:
        await store.put_bytes(key, b"x")

    info = await store.head(variants[0])
    await store.delete([picture])

    assert (info.media_type, info.size_bytes) == ("image/avif", 1)
    left = await store.list_files(UUID(STORY_ID))
    assert {file.key for file in left} == {other, film, *of_other}
    assert {file.key for file in left if file.is_variant_of({other, film})} == set(of_other)
    assert not any(file.is_variant_of({film, picture}) for file in left)


async def test_deleting_what_is_gone_already_does_no_harm(store: MediaStore) -> None:
    kept, gone = new_key(STORY_ID, ".jpg"), new_key(STORY_ID, ".png")
    await store.put_bytes(kept, b"x")

    await store.delete([gone, kept])
    await store.delete([])

    with pytest.raises(NotFoundError):
        await store.head(kept)


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        f"stories/{STORY_ID}/../../secret.jpg",
        f"stories/{STORY_ID}/{STORY_ID}.exe",
        f"stories/{STORY_ID}/{STORY_ID}.w321.avif",
        f"stories/{STORY_ID}/{STORY_ID}.w320.mp4",
        f"stories/{STORY_ID}/{STORY_ID}.jpg\n",
        f"stories/{STORY_ID.upper()}/{STORY_ID}.jpg",
        f"/stories/{STORY_ID}/{STORY_ID}.jpg",
        f"stories/{STORY_ID}/{STORY_ID}.jpg%00",
        "",
    ],
)
async def test_a_key_that_we_did_not_make_reaches_no_file(store: MediaStore, key: str) -> None:
    with pytest.raises(NotFoundError):
        await store.get_bytes(key)
    with pytest.raises(NotFoundError):
        await store.put_bytes(key, b"x")
    with pytest.raises(NotFoundError):
        await store.delete([key])


async def test_a_story_id_from_outside_cannot_delete_a_folder(store: MediaStore) -> None:
    key = new_key(STORY_ID, ".jpg")
    await store.put_bytes(key, b"x")

    for story_id in ("..", "", STORY_ID[:8]):
        with pytest.raises(NotFoundError):
            await store.delete_story(story_id)

    assert await store.get_bytes(key) == b"x"


def test_keys_are_never_the_same_and_tell_their_type() -> None:
    first, second = new_key(STORY_ID, ".vtt"), new_key(STORY_ID, ".vtt")

    assert first != second
    assert parse_key(first) == first
    assert media_type_of(first) == "text/vtt"


@pytest.mark.parametrize(("story_id", "suffix"), [("../x", ".jpg"), (STORY_ID, ".html")])
def test_no_key_is_made_for_a_strange_story_or_suffix(story_id: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="No key"):
        new_key(story_id, suffix)


async def test_s3_objects_carry_their_media_type(s3_endpoint: str) -> None:
    options = s3_options(s3_endpoint)
    await make_bucket(options)
    store = MediaStore.open(f"s3://{BUCKET}", s3_options=options)
    key = new_key(STORY_ID, ".mp4")

    await store.put_bytes(key, b"film")

    config = cast("S3Config", options)
    bucket = S3Store(BUCKET, config=config, client_options={"allow_http": True})
    assert (await bucket.get_async(key)).attributes["Content-Type"] == "video/mp4"


async def test_a_bucket_that_is_not_there_is_a_failure_that_may_pass(s3_endpoint: str) -> None:
    store = MediaStore.open(f"s3://nowhere-{uuid4()}", s3_options=s3_options(s3_endpoint))

    with pytest.raises(ProviderUnavailableError):
        await store.put_bytes(new_key(STORY_ID, ".jpg"), b"x")


def test_a_folder_that_cannot_be_made_and_a_strange_address_are_setup_errors(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")

    with pytest.raises(SetupError, match="folder"):
        MediaStore.open(str(file / "media"))
    with pytest.raises(SetupError, match="s3://"):
        MediaStore.open("ftp://films.example/")


async def test_the_loop_goes_on_while_a_long_file_is_stored(
    store: MediaStore, tmp_path: Path
) -> None:
    source = tmp_path / "film"
    source.write_bytes(os.urandom(16 * 1024 * 1024))
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(take_turns())
    await store.put_file(new_key(STORY_ID, ".mp4"), source)
    other.cancel()

    assert turns > 100  # 10,000 on a quiet machine; a loop that waits for the disk takes one
