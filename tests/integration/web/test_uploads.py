"""Uploads of pictures: the link, the bytes, and the result for all subscribers."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import PIL.Image
import pytest
from sqlalchemy import delete, select, update
from starlette.applications import Starlette

from cli.authentication import open_uploads
from db.models import Shot, Story, Take, Video, Work
from db.session import Database
from domain import Scope, Status, Style
from errors import ForbiddenError
from orchestration.media.links import MediaLinks
from orchestration.media.upload_links import UploadLinks, UploadSlot
from orchestration.providers.http.download import MAX_PICTURE_BYTES
from orchestration.providers.ports import Image
from resolvers.shots import regenerate_shot
from resolvers.stories import cancel_story
from resolvers.storyboard import delete_shot
from resolvers.uploads import begin_upload
from tests.factories import Rows, add_rows, add_shot
from tests.fakes.origin import claims_size, make_picture
from tests.graphql_client import DEADLINE_S, open_socket, post, serving_stage
from tests.owners import add_owner, asking_for_keys
from tests.pictures import encoded, is_near, picture_case, pixels_of, quarters
from tests.serving import serving_app
from tests.stage import Stage
from web.envelope import EXCEPTION_HANDLERS
from web.requests import FailureGuard, RequestLog
from web.uploads import upload_routes

UPLOAD = """mutation($id: ID!) { uploadTake(shotId: $id) {
    upload { takeId url expiresAt maxSizeBytes mediaTypes } userErrors { code message field } } }"""
SHOT = """query($id: ID!) { shot(id: $id) { status imageUrl progress take { id } takes {
    id number prompt seed provider model status width height cost imageUrl } } }"""
FOLLOW = """subscription($id: ID!) { storyEvents(storyId: $id) {
    type shot { id status imageUrl take { id } } } }"""
PICTURE = make_picture()
OTHER = make_picture(72, 40)
HTML = b"<html><body>a picture, honestly</body></html>"


class Door(NamedTuple):
    """A server, an owner, and the owner's rows."""

    url: str
    headers: Mapping[str, str]
    rows: Rows

    async def link(self, shot_id: UUID | None = None) -> dict[str, Any]:
        """A link for the shot, which must be given."""
        answer = await self.ask(UPLOAD, {"id": str(shot_id or self.rows.shot)})
        assert answer["uploadTake"]["userErrors"] == []
        return answer["uploadTake"]["upload"]

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await post(self.url, query, variables, headers=self.headers)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def shot(self) -> dict[str, Any]:
        return (await self.ask(SHOT, {"id": str(self.rows.shot)}))["shot"]


async def put(url: str, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    """Send it without credentials."""
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.put(url, content=content, headers=headers)
    assert answer.json()["code"] == answer.status_code
    return answer


@asynccontextmanager
async def opened(stage: Stage, *, auth: str) -> AsyncGenerator[Door]:
    """The application over the stage, with a finished story of one shot."""
    if auth == "off":
        rows = await add_rows(stage.database)
        async with serving_stage(stage) as url:
            yield Door(url, {}, rows)
        return
    owner = await add_owner(stage, f"sender.{uuid4()}")
    async with serving_stage(asking_for_keys(stage)) as url:
        yield Door(url, owner.headers, owner.rows)


@pytest.fixture(params=["off", "keys"])
async def door(idle_stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    async with opened(idle_stage, auth=request.param) as door:
        yield door


@pytest.fixture
async def open_door(idle_stage: Stage) -> AsyncIterator[Door]:
    async with opened(idle_stage, auth="off") as door:
        yield door


async def kept_files(stage: Stage, story_id: UUID) -> list[str]:
    """The keys of the story's takes whose files the store has, and of no other."""
    async with stage.database.reading() as session:
        found = await session.execute(
            select(Take.media_key)
            .join(Shot, Shot.id == Take.shot_id)
            .where(Shot.story_id == story_id, Take.provider == "upload")
        )
    keys = [key for key in found.scalars() if key]
    for key in keys:
        assert (await stage.production.store.head(key)).size_bytes > 0
    return keys


def files_of(story_id: UUID, stage: Stage) -> list[str]:
    """The names of all files that the stage's store has of the story."""
    return [file.name for file in stage.media.glob(f"stories/{story_id}/*")]


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_is_shown_to_whoever_follows_and_served_as_it_looks(
    door: Door, picture_format: Literal["PNG", "JPEG", "WEBP"]
) -> None:
    content = make_picture(picture_format=picture_format)
    link = await door.link()
    unchanged = await door.shot()

    async with open_socket(door.url, door.headers) as socket:
        events = socket.follow(FOLLOW, {"id": str(door.rows.story)})
        assert (await anext(events))["storyEvents"]["type"] == "SNAPSHOT"
        answer = await put(link["url"], content)
        told = [(await anext(events))["storyEvents"] for _ in range(2)]
    shot = await door.shot()
    async with httpx.AsyncClient() as client:
        served = await client.get(shot["imageUrl"])

    assert len(unchanged["takes"]) == 1
    assert answer.status_code == 200
    assert link["maxSizeBytes"] == MAX_PICTURE_BYTES
    assert f"image/{picture_format.lower()}" in link["mediaTypes"]
    assert [event["type"] for event in told] == ["TAKE_ADDED", "SHOT_STATUS_CHANGED"]
    assert told[1]["shot"]["take"] == {"id": link["takeId"]}
    assert told[1]["shot"]["status"] == "COMPLETED"
    assert shot["take"] == {"id": link["takeId"]}
    assert is_near(pixels_of(served.content), pixels_of(content))
    assert served.headers["content-type"] == f"image/{picture_format.lower()}"
    take = shot["takes"][1]
    assert answer.json()["data"] == {
        "id": link["takeId"],
        "shotId": str(door.rows.shot),
        "number": 2,
        "width": 64,
        "height": 36,
        "imageUrl": take["imageUrl"],
    }
    assert take == {
        "id": link["takeId"], "number": 2, "prompt": "A house", "seed": None, "provider": "upload",
        "model": None, "status": "COMPLETED", "width": 64, "height": 36, "cost": None,
        "imageUrl": shot["imageUrl"],
    }  # fmt: skip


async def test_nothing_is_charged_and_the_digest_of_what_is_stored_is_kept(
    open_door: Door, idle_stage: Stage
) -> None:
    link = await open_door.link()
    await put(link["url"], PICTURE)

    async with idle_stage.database.transaction() as session:
        take = (
            await session.execute(
                select(Take.digest, Take.size_bytes, Take.media_key).where(
                    Take.id == UUID(link["takeId"])
                )
            )
        ).one()
        charged = await session.execute(
            select(Work.id).where(Work.story_id == open_door.rows.story, Work.units.is_not(None))
        )

    stored = (idle_stage.media / take.media_key).read_bytes()
    assert take.digest == hashlib.sha256(stored).hexdigest()
    assert take.size_bytes == len(stored)
    assert charged.all() == []


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED])
async def test_a_shot_without_a_picture_gets_one(idle_stage: Stage, status: Status) -> None:
    async with opened(idle_stage, auth="off") as door:
        mended = await add_shot(idle_stage.database, door.rows.story, position=2, status=status)
        link = await door.link(mended.shot)

        answer = await put(link["url"], PICTURE)

        shot = (await door.ask(SHOT, {"id": str(mended.shot)}))["shot"]
    assert answer.status_code == 200
    assert (shot["status"], shot["progress"]) == ("COMPLETED", 1)
    assert shot["take"] == {"id": link["takeId"]}


async def test_the_last_picture_starts_the_film_that_was_wished_for(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.FAILED)
    async with idle_stage.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == rows.story).values(auto_render=True))
        await session.execute(delete(Video).where(Video.story_id == rows.story))
    async with serving_stage(idle_stage) as url:
        link = await Door(url, {}, rows).link()

        await put(link["url"], PICTURE)

        video = "query($id: ID!) { story(id: $id) { video { status } } }"
        told = await Door(url, {}, rows).ask(video, {"id": str(rows.story)})
    assert told["story"]["video"] == {"status": "PENDING"}


async def in_pieces(size_bytes: int) -> AsyncIterator[bytes]:
    """A PNG that does not say how long it is."""
    yield PICTURE
    for _ in range(size_bytes // 2**20 + 1):
        yield bytes(2**20)


async def test_what_is_too_large_is_refused_whether_it_says_so_or_not(open_door: Door) -> None:
    link = await open_door.link()
    whole = PICTURE + bytes(MAX_PICTURE_BYTES - len(PICTURE) + 1)

    told = await put(link["url"], whole)
    untold = await put(link["url"], in_pieces(MAX_PICTURE_BYTES))

    assert (told.status_code, untold.status_code) == (413, 413)
    assert f"{MAX_PICTURE_BYTES:,}" in told.json()["message"]
    assert len((await open_door.shot())["takes"]) == 1


async def test_what_is_refused_by_its_head_is_never_sent(open_door: Door) -> None:
    """A client that asks first (Expect: 100-continue) keeps its bytes."""
    link = urlsplit(str((await open_door.link())["url"]))
    head = (
        f"PUT {link.path}?{link.query} HTTP/1.1\r\nHost: {link.netloc}\r\n"
        f"Content-Length: {MAX_PICTURE_BYTES + 1}\r\nExpect: 100-continue\r\n\r\n"
    )

    reader, writer = await asyncio.open_connection(link.hostname, link.port)
    writer.write(head.encode())
    async with asyncio.timeout(DEADLINE_S):
        first_line = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert first_line.startswith(b"HTTP/1.1 413 ")


FORM = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + PICTURE + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("content", "status", "word"),
    [
        (HTML, 415, "JPEG, PNG or WebP"),
        (FORM, 415, "not a form"),
        (b"GIF89a" + bytes(100), 415, "JPEG, PNG or WebP"),
        (b"RIFF\x10\0\0\0WAVEfmt ", 415, "JPEG, PNG or WebP"),
        (b"\x89PNG", 415, "JPEG, PNG or WebP"),
        (b"", 400, "The body is empty"),
        (PICTURE[:-40], 422, "corrupt"),
        (b"\xff\xd8\xff" + b"\x80" * 5_000, 422, "not a JPEG, PNG or WebP"),
        (claims_size(8_000, 6_400), 422, "8000x6400"),
        (claims_size(60_000, 60_000), 422, "too many pixels"),
    ],
    ids=[
        "html",
        "form",
        "gif",
        "wave",
        "head",
        "empty",
        "cut-off",
        "jpeg-head",
        "many-pixels",
        "bomb",
    ],
)
async def test_what_is_no_sound_picture_is_refused_whatever_it_says_it_is(
    open_door: Door, idle_stage: Stage, content: bytes, status: int, word: str
) -> None:
    link = await open_door.link()

    answer = await put(link["url"], content, **{"Content-Type": "image/png"})
    mended = await put(link["url"], PICTURE)

    assert answer.status_code == status
    assert word in answer.json()["message"]
    assert answer.json()["data"] is None
    assert mended.status_code == 200, "a refused picture does not use the link up"
    assert len(await kept_files(idle_stage, open_door.rows.story)) == 1


async def test_the_same_bytes_again_change_nothing_and_others_are_refused(
    open_door: Door, idle_stage: Stage
) -> None:
    link = await open_door.link()
    first = await put(link["url"], PICTURE)
    before = await open_door.shot()

    again = await put(link["url"], PICTURE)
    other = await put(link["url"], OTHER)

    assert (again.status_code, again.json()) == (200, first.json())
    assert other.status_code == 409
    assert "uploadTake" in other.json()["message"]
    assert await open_door.shot() == before


async def test_the_same_picture_sent_at_once_is_one_take_and_one_file(
    open_door: Door, idle_stage: Stage
) -> None:
    link = await open_door.link()

    answers = await asyncio.gather(*(put(link["url"], PICTURE) for _ in range(6)))

    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.text for answer in answers}) == 1
    assert len((await open_door.shot())["takes"]) == 2
    [key] = await kept_files(idle_stage, open_door.rows.story)
    assert files_of(open_door.rows.story, idle_stage) == [Path(key).name]


async def test_the_same_photograph_that_tells_of_its_place_is_the_same_and_never_tells(
    open_door: Door, idle_stage: Stage
) -> None:
    exif = PIL.Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    exif[0x0131] = "A camera of mine"
    link = await open_door.link()

    told = await put(link["url"], encoded(quarters(), "JPEG", exif=exif) + b"something else")
    bare = await put(link["url"], encoded(quarters(), "JPEG"))

    assert (told.status_code, bare.status_code) == (200, 200)
    assert bare.json() == told.json()
    [key] = await kept_files(idle_stage, open_door.rows.story)
    stored = (idle_stage.media / key).read_bytes()
    assert b"Exif" not in stored
    assert b"camera" not in stored
    assert b"something else" not in stored
    assert files_of(open_door.rows.story, idle_stage) == [Path(key).name]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("animated.webp", (640, 360)),
        ("exif-orientation-6.png", (360, 640)),
        ("icc-swapped-primaries.jpg", (640, 360)),
        ("strip-8000x2.png", (4096, 1)),
        ("transparent-hidden-magenta.png", (640, 360)),
    ],
)
async def test_the_answer_tells_the_size_of_what_is_stored(
    open_door: Door, idle_stage: Stage, name: str, size: tuple[int, int]
) -> None:
    link = await open_door.link()

    answer = await put(link["url"], picture_case(name))

    take = answer.json()["data"]
    [key] = await kept_files(idle_stage, open_door.rows.story)
    stored = pixels_of((idle_stage.media / key).read_bytes())
    assert (take["width"], take["height"]) == size == stored.shape[1::-1]


@pytest.mark.parametrize(("style", "grey"), [("MOVIE", 255), ("ANIMATION", 244)])
async def test_the_look_of_the_story_chooses_the_ground_of_what_is_transparent(
    open_door: Door, idle_stage: Stage, style: str, grey: int
) -> None:
    async with idle_stage.database.transaction() as session:
        found = Story.id == open_door.rows.story
        await session.execute(update(Story).where(found).values(style=Style[style]))
    link = await open_door.link()

    await put(link["url"], picture_case("transparent-hidden-magenta.png"))

    [key] = await kept_files(idle_stage, open_door.rows.story)
    assert pixels_of((idle_stage.media / key).read_bytes())[90, 160].tolist() == [grey] * 3


@pytest.mark.parametrize("shape", [(8_000, 2), (2, 8_000), (1, 1), (8_064, 6_048)])
async def test_a_picture_of_any_shape_and_size_of_a_phone_is_accepted(
    open_door: Door, shape: tuple[int, int]
) -> None:
    link = await open_door.link()

    answer = await put(link["url"], encoded(quarters(*shape), "JPEG"))

    assert answer.status_code == 200
    assert 1 <= max(answer.json()["data"]["width"], answer.json()["data"]["height"]) <= 4_096


async def test_a_picture_of_too_many_pixels_is_refused_with_what_is_possible(
    open_door: Door,
) -> None:
    link = await open_door.link()

    answer = await put(link["url"], claims_size(60_000, 60_000))

    assert answer.status_code == 422
    assert "51,000,000 pixels, or a JPEG of at most 110,000,000" in answer.json()["message"]


async def test_pictures_of_one_shot_at_once_are_takes_one_after_the_other(
    open_door: Door,
) -> None:
    links = [await open_door.link() for _ in range(4)]

    answers = await asyncio.gather(*(put(link["url"], PICTURE) for link in links))

    assert [answer.status_code for answer in answers] == [200] * 4
    takes = (await open_door.shot())["takes"]
    assert [take["number"] for take in takes] == [1, 2, 3, 4, 5]


def with_links(stage: Stage, links: UploadLinks) -> Stage:
    """The same backend with other links for uploads."""
    production = replace(stage.production, uploads=links)
    return replace(stage, services=replace(stage.services, production=production))


async def test_a_link_that_has_ended_is_refused_and_says_what_brings_another(
    open_door: Door, idle_stage: Stage
) -> None:
    secret, now = b"what the fleet signs with", 1_000_000.0
    slot = UploadSlot(shot_id=open_door.rows.shot, take_id=uuid4())
    links = UploadLinks(secret, lifetime_s=900, clock=lambda: now)
    async with serving_stage(with_links(idle_stage, links)) as url:
        address, expires_at = links.address(url, slot)
        now += 901
        late = await put(address, PICTURE)
        now -= 2
        in_time = await put(address, PICTURE)

    assert expires_at.timestamp() == 1_000_900
    assert (late.status_code, in_time.status_code) == (403, 200)
    assert "expired. Get a new one with uploadTake" in late.json()["message"]


async def test_a_link_that_was_not_made_here_is_refused(open_door: Door, idle_stage: Stage) -> None:
    shot, take = open_door.rows.shot, uuid4()
    slot = UploadSlot(shot_id=shot, take_id=take)
    good = str((await open_door.link())["url"])
    other = await add_rows(idle_stage.database)
    forged = {
        "another shot": good.replace(str(shot), str(other.shot)),
        "another take": good.replace(urlsplit(good).path.rpartition("/")[2], str(take)),
        "another end": good.replace("expires=", "expires=1"),
        "no signature": good.partition("&")[0],
        "nothing": good.partition("?")[0],
        "another fleet": UploadLinks(b"another").address(open_door.url, slot)[0],
        "a medium's": MediaLinks(b"what the fleet signs uploads with")
        .address(open_door.url, f"stories/{shot}/{take}.png")
        .replace(f"/media/stories/{shot}/{take}.png", slot.path),
    }

    answers = {name: await put(url, PICTURE) for name, url in forged.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        forged, 403
    )
    assert (await put(f"{open_door.url}/uploads/no/such", PICTURE)).status_code == 404
    assert await kept_files(idle_stage, open_door.rows.story) == []
    assert await kept_files(idle_stage, other.story) == []


async def test_a_stranger_and_a_reader_get_no_link(idle_stage: Stage) -> None:
    async with opened(idle_stage, auth="keys") as door:
        stranger = await add_owner(idle_stage, f"stranger.{uuid4()}")
        reader = await add_owner(idle_stage, f"reader.{uuid4()}", scope=Scope.READ)
        shot = {"id": str(door.rows.shot)}

        strange = await post(door.url, UPLOAD, shot, headers=stranger.headers)
        read = await post(door.url, UPLOAD, {"id": str(reader.rows.shot)}, headers=reader.headers)
        nobody = await post(door.url, UPLOAD, shot)

    payload = strange["data"]["uploadTake"]
    assert payload["upload"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert payload["userErrors"][0]["field"] == ["shotId"]
    assert read["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert nobody["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_shot_that_was_deleted_meanwhile_takes_no_picture(
    open_door: Door, idle_stage: Stage
) -> None:
    link = await open_door.link()
    used = await open_door.link()
    await put(used["url"], PICTURE)
    await delete_shot(idle_stage.context(), str(open_door.rows.shot))

    answers = [await put(each["url"], PICTURE) for each in (link, used)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "deleted" in answers[0].json()["message"]


async def test_a_shot_that_is_being_drawn_takes_no_picture_until_that_has_ended(
    open_door: Door, idle_stage: Stage
) -> None:
    shot_id = str(open_door.rows.shot)
    link = await open_door.link()
    await regenerate_shot(idle_stage.context(), shot_id)

    sent = await put(link["url"], PICTURE)
    asked = (await open_door.ask(UPLOAD, {"id": shot_id}))["uploadTake"]
    await cancel_story(idle_stage.context(), str(open_door.rows.story))
    later = await put(link["url"], PICTURE)

    assert sent.status_code == 409
    assert "cancel the story" in sent.json()["message"]
    assert asked["upload"] is None
    assert [error["code"] for error in asked["userErrors"]] == ["INVALID_STATE"]
    assert later.status_code == 200
    assert later.json()["data"]["number"] == 3
    assert (await open_door.shot())["take"] == {"id": link["takeId"]}


async def test_a_drawing_that_begins_at_the_last_moment_wins_and_no_file_is_left(
    open_door: Door, idle_stage: Stage
) -> None:
    class Interrupted:
        """The decoder, with somebody who draws the shot anew before it has answered."""

        async def read(self, content: bytes, style: Style = Style.MOVIE) -> Image:
            await regenerate_shot(idle_stage.context(), str(open_door.rows.shot))
            return await idle_stage.production.decoder.read(content, style)

    production = replace(idle_stage.production, decoder=Interrupted())
    late = replace(idle_stage, services=replace(idle_stage.services, production=production))
    async with serving_stage(late) as url:
        link = await open_door._replace(url=url).link()

        answer = await put(link["url"], PICTURE)

    shot = await open_door.shot()
    assert answer.status_code == 409
    assert shot["status"] == "PENDING"
    assert [take["status"] for take in shot["takes"]] == ["COMPLETED", "PENDING"]
    assert files_of(open_door.rows.story, idle_stage) == []


async def test_a_body_that_stops_coming_is_given_up(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    app = Starlette(routes=upload_routes(stall_s=0.2), exception_handlers=EXCEPTION_HANDLERS)
    app.state.services = idle_stage.services

    async with serving_app(FailureGuard(RequestLog(app))) as url:
        context = replace(idle_stage.context(), base_url=url)
        link = await begin_upload(context, str(rows.shot))
        sending = urlsplit(link.url)
        reader, writer = await asyncio.open_connection(sending.hostname, sending.port)
        head = f"PUT {sending.path}?{sending.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000"
        writer.write(f"{head}\r\n\r\n".encode() + PICTURE[:100])
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.read()  # to the end: the connection is closed
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "again" in json.loads(answer.partition(b"\r\n\r\n")[2])["message"]


async def test_every_process_of_a_fleet_takes_the_links_of_the_others(
    database_url: str,
) -> None:
    slot = UploadSlot(shot_id=uuid4(), take_id=uuid4())
    async with Database(database_url) as one, Database(database_url) as other:
        first, second = await asyncio.gather(open_uploads(one), open_uploads(other))
        later = await open_uploads(other)

    address, _ = first.address("http://x", slot)
    query = dict(part.split("=", 1) for part in urlsplit(address).query.split("&"))
    for links in (first, second, later):
        links.check(slot, query)
    with pytest.raises(ForbiddenError):
        first.check(UploadSlot(shot_id=slot.shot_id, take_id=uuid4()), query)
