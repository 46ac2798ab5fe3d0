"""Fetching what a service made: from where, how much, and what counts as a picture."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain import ServiceKind
from errors import StepError
from orchestration.providers.http.addresses import PublicResolver, is_public_address
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, open_client
from tests.fakes.origin import PICTURE, Behaviour, FakeOrigin, serving

HTML = b"<html><body>gone</body></html>"


@pytest.fixture
async def origin() -> AsyncIterator[FakeOrigin]:
    async with serving(FakeOrigin()) as running:
        yield running


@pytest.fixture
async def other() -> AsyncIterator[FakeOrigin]:
    async with serving(FakeOrigin()) as running:
        yield running


@pytest.fixture
async def clients() -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with open_client() as client, open_client(resolver=PublicResolver()) as public_client:
        yield client, public_client


Clients = tuple[httpx.AsyncClient, httpx.AsyncClient]


def open_downloads(clients: Clients, url: str, *, allowed_hosts: tuple[str, ...] = ()) -> Downloads:
    client, public_client = clients
    place = Endpoint(kind=ServiceKind.IMAGE, name="origin", base_url=url, timeout_s=5, key="secret")
    return Downloads(
        client,
        place,
        public_client=public_client,
        allowed_hosts=allowed_hosts,
        pauses_s=(0.01, 0.01),
    )


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def redirect(location: str) -> Behaviour:
    return Behaviour(status=302, headers={"Location": location})


async def test_a_result_on_the_service_own_host_is_fetched_with_its_key(
    origin: FakeOrigin, clients: Clients
) -> None:
    content = await open_downloads(clients, origin.url).fetch(f"{origin.url}/files/1.png")

    assert content == PICTURE
    assert origin.received[0].headers["Authorization"] == "Bearer secret"


async def test_a_relative_address_means_the_service_own_host(
    origin: FakeOrigin, clients: Clients
) -> None:
    assert await open_downloads(clients, origin.url).fetch("/files/1.png") == PICTURE


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:1/x",
        "https://localhost:1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.100.100.200/x",
        "https://2130706433/x",
        "https://127.1/x",
        "https://0/x",
        "http://example.com/x",
        "https://user:password@example.com/x",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "gopher://example.com/x",
        "https:///x",
        "https://" + "a" * 70 + ".com/x",
    ],
)
@pytest.mark.parametrize("is_redirect", [False, True])
async def test_an_address_inside_a_private_network_is_refused_on_every_hop(
    origin: FakeOrigin, clients: Clients, address: str, is_redirect: bool
) -> None:
    url = address
    if is_redirect:
        url = "/files/1.png"
        origin.behave("/files", redirect(address))

    with pytest.raises(StepError) as failure:
        await open_downloads(clients, origin.url).fetch(url)

    assert (failure.value.code, failure.value.retryable) == ("RESULT_URL_REFUSED", False)
    assert "AI_STORY_RESULT_HOSTS" in failure.value.message
    assert origin.calls["/files"] == int(is_redirect)


@pytest.mark.parametrize("address", ["http://[::1/x", "https://a\x00b/x", "https://h:99999999/x"])
async def test_an_address_that_is_none_is_refused(
    origin: FakeOrigin, clients: Clients, address: str
) -> None:
    with pytest.raises(StepError) as failure:
        await open_downloads(clients, origin.url).fetch(address)

    assert (failure.value.code, failure.value.retryable) == ("RESULT_URL_REFUSED", False)


@pytest.mark.parametrize("with_port", [False, True])
async def test_a_host_that_a_setting_names_is_fetched_without_the_key(
    origin: FakeOrigin, other: FakeOrigin, clients: Clients, with_port: bool
) -> None:
    host = other.url.removeprefix("http://") if with_port else "127.0.0.1"
    origin.behave("/files", redirect(f"{other.url}/files/1.png"))

    content = await open_downloads(clients, origin.url, allowed_hosts=(host,)).fetch("/files/1")

    assert content == PICTURE
    assert "Authorization" not in other.received[0].headers


async def test_another_port_of_the_same_host_is_another_host(
    origin: FakeOrigin, other: FakeOrigin, clients: Clients
) -> None:
    with pytest.raises(StepError):
        await open_downloads(clients, origin.url).fetch(f"{other.url}/files/1.png")

    assert not other.calls


async def test_redirects_are_followed_five_times(origin: FakeOrigin, clients: Clients) -> None:
    downloads = open_downloads(clients, origin.url)
    origin.behave("/files", redirect("2.png"), times=5)
    assert await downloads.fetch("/files/1.png") == PICTURE
    origin.behave("/files", redirect("2.png"), times=18)

    with pytest.raises(StepError) as failure:
        await downloads.fetch("/files/1.png")

    assert failure.value.code == "UPSTREAM_BAD_BODY"


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("192.0.0.9", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2001:0:a00:1::", False),
        ("2001:db8::1", False),
        ("2002:a00:1::", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("localhost", False),
    ],
)
def test_only_hosts_on_the_public_internet_are_public(address: str, is_public: bool) -> None:
    assert is_public_address(address) is is_public


@pytest.mark.parametrize(
    ("behaviour", "code", "retryable", "tries"),
    [
        (Behaviour(status=403), "RESULT_EXPIRED", False, 1),
        (Behaviour(status=404), "RESULT_EXPIRED", False, 1),
        (Behaviour(status=410), "RESULT_EXPIRED", False, 1),
        (Behaviour(status=429, headers={"Retry-After": "9"}), "RATE_LIMITED", True, 1),
        (Behaviour(status=400), "UPSTREAM_UNAVAILABLE", True, 3),
        (Behaviour(status=500, body=HTML), "UPSTREAM_UNAVAILABLE", True, 3),
        (Behaviour(status=302), "UPSTREAM_UNAVAILABLE", True, 3),
        (Behaviour(body=HTML), "UPSTREAM_BAD_BODY", True, 3),
        (Behaviour(body=b'\xef\xbb\xbf {"error": 1}'), "UPSTREAM_BAD_BODY", True, 3),
        (Behaviour(body=b""), "UPSTREAM_BAD_BODY", True, 3),
        (Behaviour(body=b"\0" * 2_000), "UPSTREAM_BAD_BODY", False, 1),
        (
            Behaviour(body=gzip.compress(bytes(50 * 2**20)), headers={"Content-Encoding": "gzip"}),
            "UPSTREAM_BAD_BODY",
            False,
            1,
        ),
        (Behaviour(kind="reset"), "UPSTREAM_UNAVAILABLE", True, 3),
        (Behaviour(kind="truncate", body=PICTURE), "UPSTREAM_UNAVAILABLE", True, 3),
    ],
)
async def test_a_download_that_fails_is_tried_again_and_leaves_nothing(
    origin: FakeOrigin,
    clients: Clients,
    tmp_path: Path,
    behaviour: Behaviour,
    code: str,
    retryable: bool,
    tries: int,
) -> None:
    downloads = open_downloads(clients, origin.url)
    origin.behave("/files", behaviour, times=4 * tries)

    with pytest.raises(StepError) as in_memory:
        await downloads.fetch("/files/1", max_size_bytes=1_000)
    with pytest.raises(StepError) as to_file:
        await downloads.fetch_to_file("/files/1", tmp_path / "film.mp4", max_size_bytes=1_000)

    for failure in (in_memory.value, to_file.value):
        assert (failure.code, failure.retryable) == (code, retryable)
    if behaviour.kind != "reset":  # the transport itself repeats a GET that is cut off, once
        assert origin.calls["/files"] == 2 * tries
    assert files_in(tmp_path) == []


async def test_a_download_that_fails_once_succeeds(
    origin: FakeOrigin, clients: Clients, tmp_path: Path
) -> None:
    origin.behave("/files", Behaviour(kind="truncate", body=b"\0\0\0 ftypisom"))
    film = tmp_path / "film.mp4"

    await open_downloads(clients, origin.url).fetch_to_file(f"{origin.url}/files/1.mp4", film)

    assert film.read_bytes()[4:8] == b"ftyp"
    assert files_in(tmp_path) == [film]


async def test_a_large_film_arrives_whole(
    origin: FakeOrigin, clients: Clients, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 20_000
    origin.behave("/files", Behaviour(body=content, media_type="video/mp4"))
    film = tmp_path / "film.mp4"

    await open_downloads(clients, origin.url).fetch_to_file("/files/1.mp4", film)

    assert film.read_bytes() == content


@pytest.mark.parametrize("kind", ["hang", "trickle"])
async def test_a_download_ends_at_its_deadline(
    origin: FakeOrigin, clients: Clients, tmp_path: Path, kind: str
) -> None:
    downloads = open_downloads(clients, origin.url)
    origin.behave("/files", Behaviour(kind="hang" if kind == "hang" else "trickle"), times=2)

    with pytest.raises(StepError) as in_memory:
        await downloads.fetch("/files/1", timeout_s=0.2)
    with pytest.raises(StepError) as to_file:
        await downloads.fetch_to_file("/files/1", tmp_path / "film.mp4", timeout_s=0.2)

    assert in_memory.value.code == to_file.value.code == "UPSTREAM_TIMEOUT"
    assert files_in(tmp_path) == []
