"""Pictures over HTTP in the widths and types that are shown: made once, kept beside the picture."""

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import PIL.Image
import pytest

from orchestration.media.store import MediaStore, new_key
from orchestration.media.variants import variant_key
from tests.pictures import encoded, quarters
from tests.stage import Stage
from web.services import Services

PICTURE = encoded(quarters(1280, 720), "PNG")
BROWSER = {"Accept": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"}
OLDER = {"Accept": "image/webp,image/*;q=0.8"}


@pytest.fixture(scope="module")
def services(idle_stage: Stage) -> Services:
    """A backend without a worker: media need none."""
    return idle_stage.services


@pytest.fixture
def store(services: Services) -> MediaStore:
    return services.production.store


@pytest.fixture
async def key(store: MediaStore) -> str:
    """A picture in the store."""
    key = new_key(str(uuid4()), ".png")
    await store.put_bytes(key, PICTURE)
    return key


@pytest.fixture
async def client(app_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=app_url) as client:
        yield client


def opened(response: httpx.Response) -> PIL.Image.Image:
    assert response.status_code == 200
    return PIL.Image.open(io.BytesIO(response.content))


async def files_of(store: MediaStore, key: str) -> set[str]:
    """How the names of all files of the picture's story go on after the picture's own."""
    name, story_id = key.partition(".")[0], UUID(key.split("/")[1])
    return {file.key.removeprefix(name) for file in await store.list_files(story_id)}


async def test_the_type_is_what_the_client_takes_and_caches_are_told(
    client: httpx.AsyncClient, key: str
) -> None:
    found = {
        accept: await client.get(f"/media/{key}?w=640", headers={"Accept": accept})
        for accept in (BROWSER["Accept"], OLDER["Accept"], "*/*")
    }

    assert [opened(response).format for response in found.values()] == ["AVIF", "WEBP", "PNG"]
    types = [response.headers["content-type"] for response in found.values()]
    assert types == ["image/avif", "image/webp", "image/png"]
    for response in found.values():
        assert opened(response).size == (640, 360)
        assert response.headers["vary"] == "Accept"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-length"] == str(len(response.content))
    assert len({response.headers["etag"] for response in found.values()}) == 3


async def test_a_width_is_rounded_up_and_never_enlarged(
    client: httpx.AsyncClient, store: MediaStore, key: str
) -> None:
    widths = {1: 320, 320: 320, 400: 480, 1000: 1280, 1281: 1280, 2560: 1280}

    found = {
        wanted: opened(await client.get(f"/media/{key}?w={wanted}", headers=BROWSER)).width
        for wanted in widths
    }

    assert found == widths
    made = {f".w{width}.avif" for width in (320, 480, 1280, 1920, 2560)}
    assert await files_of(store, key) == {".png"} | made


async def test_without_a_width_and_beyond_all_it_is_the_picture_itself(
    client: httpx.AsyncClient, store: MediaStore, key: str
) -> None:
    plain, beyond = [
        await client.get(f"/media/{key}{query}", headers=BROWSER) for query in ("", "?w=9999")
    ]

    assert plain.content == beyond.content == PICTURE
    assert "vary" not in plain.headers
    assert await files_of(store, key) == {".png"}


@pytest.mark.parametrize("width", ["0", "-5", "wide", ""])
async def test_a_width_that_is_not_positive_is_refused(
    client: httpx.AsyncClient, key: str, width: str
) -> None:
    response = await client.get(f"/media/{key}?w={width}")

    assert response.status_code == 400
    assert response.json()["message"].startswith("`w` must be a positive number of pixels")


async def test_a_film_has_no_widths_and_a_missing_picture_stays_missing(
    client: httpx.AsyncClient, store: MediaStore
) -> None:
    film = new_key(str(uuid4()), ".mp4")
    await store.put_bytes(film, b"a film")

    assert (await client.get(f"/media/{film}?w=640")).content == b"a film"
    assert (await client.get(f"/media/{new_key(str(uuid4()), '.jpg')}?w=640")).status_code == 404
    assert (await client.get(f"/media/{film}?w=0")).content == b"a film"


async def test_a_variant_has_no_address_of_its_own(
    client: httpx.AsyncClient, store: MediaStore, key: str
) -> None:
    await client.get(f"/media/{key}?w=320", headers=BROWSER)
    variant = variant_key(key, width=320, media_type="image/avif")

    assert await store.has(variant)
    assert (await client.get(f"/media/{variant}")).status_code == 404
    assert (await client.get(f"/media/{variant}?w=320")).status_code == 404


async def test_head_ranges_tags_and_downloads_are_those_of_the_variant(
    client: httpx.AsyncClient, key: str
) -> None:
    url = f"/media/{key}?w=480"
    head = await client.head(url, headers=OLDER)
    whole = await client.get(url, headers=OLDER)
    part = await client.get(url, headers={**OLDER, "Range": "bytes=2-9"})
    tag = {"If-None-Match": head.headers["etag"]}
    same = await client.get(url, headers={**OLDER, **tag})
    other = await client.get(url, headers={**BROWSER, **tag})
    saved = await client.get(f"{url}&download=1", headers=OLDER)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    assert part.headers["content-range"] == f"bytes 2-9/{len(whole.content)}"
    assert (same.status_code, same.headers["vary"]) == (304, "Accept")
    assert (other.status_code, other.headers["content-type"]) == (200, "image/avif")
    assert saved.headers["content-disposition"].endswith('.webp"')


async def test_many_requests_at_once_for_one_variant_share_its_production(
    client: httpx.AsyncClient, store: MediaStore
) -> None:
    key = new_key(str(uuid4()), ".jpg")
    await store.put_bytes(key, encoded(quarters(3000, 2000), "JPEG"))

    answers = await asyncio.gather(
        *(client.get(f"/media/{key}?w={600 + one}", headers=BROWSER) for one in range(20)),
        *(client.get(f"/media/{key}?w=640", headers=OLDER) for _ in range(20)),
    )

    # A file that is written again has another tag.
    tags = [answer.headers["etag"] for answer in answers]
    assert [len(set(tags[:20])), len(set(tags[20:]))] == [1, 1]
    assert await files_of(store, key) == {".jpg", ".w640.avif", ".w640.webp"}


async def test_a_picture_that_cannot_be_scaled_is_sent_itself_and_kept_briefly(
    client: httpx.AsyncClient, store: MediaStore
) -> None:
    key = new_key(str(uuid4()), ".png")
    await store.put_bytes(key, PICTURE[:500])

    response = await client.get(f"/media/{key}?w=640", headers=BROWSER)

    assert (response.status_code, response.content) == (200, PICTURE[:500])
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["vary"] == "Accept"
