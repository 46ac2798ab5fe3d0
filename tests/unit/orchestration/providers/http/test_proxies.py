"""Every outbound call goes through the environment's proxy, to names that the proxy alone knows."""

import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from domain import ServiceKind
from errors import ProviderUnavailableError, SetupError, StepError
from orchestration.media.store import MediaStore, new_key
from orchestration.providers.comfyui.progress import JobProgress
from orchestration.providers.http.exchange import NotReachedError
from orchestration.providers.openai.voice_provider import OpenAIVoiceProvider
from tests.asking import product_of
from tests.certificates import Authority
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import make_picture
from tests.fakes.proxy import FakeProxy, proxying
from tests.fakes.service import FakeService, serving
from tests.films import until
from tests.model_services import SPEECH, open_tools
from tests.proxies import set_proxies
from web.tokens import KeySet

NAME = "service.example"
PICTURE = make_picture()
KEY_OF_ISSUER = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())
KEY = new_key("0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d", ".jpg")
S3 = {"region": "us-east-1", "access_key_id": "test", "secret_access_key": "test"}


class Site(FakeService):
    """Holds a picture, a key set and a bucket."""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/p.png", self.counted("/p.png", self._send_picture))
        app.router.add_get("/keys", self.counted("/keys", self._send_keys))
        app.router.add_put("/films/{key:.*}", self._keep)
        return app

    async def _send_picture(self, _request: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/png")

    async def _send_keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [{**json.loads(KEY_OF_ISSUER), "kid": "known"}]})

    async def _keep(self, _request: web.Request) -> web.Response:
        self.calls["/films"] += 1
        return web.Response(headers={"ETag": '"1"'})


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Whom SSL_CERT_FILE names."""
    set_proxies(monkeypatch)
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context_for(NAME, "cdn.example", "localhost")


@pytest.fixture
async def service(tls: ssl.SSLContext) -> AsyncIterator[FakeOpenAI]:
    """A service with TLS."""
    async with serving(FakeOpenAI(), tls=tls) as service:
        yield service


@pytest.fixture
async def proxy(service: FakeOpenAI) -> AsyncIterator[FakeProxy]:
    """Leads to the service with TLS."""
    async with proxying(FakeProxy(port_of(service))) as proxy:
        yield proxy


def port_of(service: FakeService) -> int:
    return urlsplit(service.url).port or 0


async def speak(url: str) -> None:
    async with open_tools(ServiceKind.VOICE, f"{url}/v1") as tools:
        voice = OpenAIVoiceProvider(tools.client, tools.endpoint, model="speaker-1")
        assert await product_of(voice, SPEECH)


async def refusal_to_speak(url: str) -> StepError:
    with pytest.raises(NotReachedError) as failure:
        await speak(url)
    return failure.value


async def test_a_service_with_tls_is_reached_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, service: FakeOpenAI, proxy: FakeProxy
) -> None:
    set_proxies(monkeypatch, HTTPS_PROXY=proxy.url)

    await speak(f"https://{NAME}")

    assert proxy.asked == [f"CONNECT {NAME}:443"]
    assert service.calls["/speech"] == 1


async def test_a_service_without_tls_is_asked_by_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(FakeOpenAI()) as service,
        proxying(FakeProxy(port_of(service), login="us:p@ss")) as proxy,
    ):
        set_proxies(monkeypatch, http_proxy=proxy.url.replace("//", "//us:p%40ss@"))

        await speak(f"http://{NAME}")

    assert proxy.asked == [f"POST {NAME}:80"]
    assert service.calls["/speech"] == 1


async def test_a_proxy_with_tls_counts_too(
    monkeypatch: pytest.MonkeyPatch, service: FakeOpenAI, tls: ssl.SSLContext
) -> None:
    async with proxying(FakeProxy(port_of(service)), tls=tls) as proxy:
        set_proxies(monkeypatch, ALL_PROXY=proxy.url)

        await speak(f"https://{NAME}")

    assert proxy.asked == [f"CONNECT {NAME}:443"]


async def test_loopback_and_exceptions_are_dialled_directly(
    monkeypatch: pytest.MonkeyPatch, service: FakeOpenAI, proxy: FakeProxy
) -> None:
    set_proxies(monkeypatch, ALL_PROXY=proxy.url, NO_PROXY=f"{NAME}:443")

    await speak(service.url)
    error = await refusal_to_speak(f"https://{NAME}")

    assert proxy.asked == []
    assert "AI_STORY_VOICE_URL" in error.message


async def test_an_authority_that_is_not_named_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, service: FakeOpenAI, proxy: FakeProxy
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    set_proxies(monkeypatch, HTTPS_PROXY=proxy.url)

    await refusal_to_speak(f"https://{NAME}")
    await refusal_to_speak(service.url)

    assert service.calls["/speech"] == 0


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("down", "does not answer"),
        ("unknown", "does not answer"),
        ("login", "requires a valid user and password (HTTP 407)"),
        ("socks", "must be the URL of an http or https proxy"),
        ("nonsense", "must be the URL of an http or https proxy"),
    ],
)
async def test_a_proxy_that_fails_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: FakeProxy, scheme: str, trouble: str, words: str
) -> None:
    proxy.login = "us:other"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    address = {
        "down": f"http://us:hush@{nobody}",
        "unknown": "http://us:hush@proxy.invalid:1",
        "login": proxy.url.replace("//", "//us:hush@"),
        "socks": f"socks5://us:hush@{nobody}",
        "nonsense": "http://us:hush@a host]:1",
    }[trouble]
    setting = f"{scheme}_proxy".upper()
    set_proxies(monkeypatch, **{setting: address})

    error = await refusal_to_speak(f"{scheme}://{NAME}")

    assert words in error.message
    assert setting in error.message
    assert "hush" not in error.message
    assert error.message.startswith("The voice service 'tested' cannot be reached: ")


async def test_a_proxy_that_lets_nobody_through_is_named(
    monkeypatch: pytest.MonkeyPatch, proxy: FakeProxy
) -> None:
    proxy.refuses = 403
    set_proxies(monkeypatch, HTTPS_PROXY=proxy.url)

    error = await refusal_to_speak(f"https://{NAME}")

    assert f"the proxy {proxy.url} of HTTPS_PROXY does not pass requests on" in error.message


async def test_results_are_fetched_through_the_proxy_and_private_addresses_still_refused(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    async with serving(Site(), tls=tls) as site, proxying(FakeProxy(port_of(site))) as proxy:
        set_proxies(monkeypatch, ALL_PROXY=proxy.url)
        async with open_tools(ServiceKind.IMAGE, f"https://{NAME}") as tools:
            got = await tools.downloads.fetch("https://cdn.example/p.png")
            asked = list(proxy.asked)
            for url in (
                "https://10.0.0.1/p.png",
                "https://10.1/p.png",
                "https://0xa000001/p.png",
                "https://169.254.169.254/p.png",
                "https://[fd00::1]/p.png",
                "https://[::ffff:10.0.0.1]/p.png",
                f"https://localhost:{port_of(site)}/p.png",
                "http://cdn.example/p.png",
            ):
                with pytest.raises(StepError) as failure:
                    await tools.downloads.fetch(url)
                assert failure.value.code == "RESULT_URL_REFUSED", url

    assert got == PICTURE
    assert asked == proxy.asked == ["CONNECT cdn.example:443"]


async def test_a_key_set_is_fetched_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    async with serving(Site(), tls=tls) as site, proxying(FakeProxy(port_of(site))) as proxy:
        set_proxies(monkeypatch, HTTPS_PROXY=proxy.url, NO_PROXY="")
        found = [
            await KeySet(f"{url}/keys").find("known", "ES256")
            for url in (f"https://{NAME}", site.url)
        ]

    assert None not in found
    assert proxy.asked == [f"CONNECT {NAME}:443"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_media_are_stored_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, scheme: str
) -> None:
    context = tls if scheme == "https" else None
    async with (
        serving(Site(), tls=context) as site,
        proxying(FakeProxy(port_of(site), login="us:p@ss")) as proxy,
    ):
        set_proxies(monkeypatch, ALL_PROXY=proxy.url.replace("//", "//us:p%40ss@"))
        for endpoint in (f"{scheme}://{NAME}", site.url):
            store = MediaStore.open("s3://films", s3_options={**S3, "endpoint": endpoint})
            await store.put_bytes(KEY, b"x")

    method = "CONNECT" if context else "PUT"
    assert proxy.asked == [f"{method} {NAME}:{443 if context else 80}"], "loopback is not asked for"
    assert site.calls["/films"] == 2


async def test_a_store_behind_a_proxy_that_is_down_says_so(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    assert authority
    set_proxies(monkeypatch, HTTPS_PROXY="socks5://us:hush@127.0.0.1:9")
    with pytest.raises(SetupError, match="HTTPS_PROXY must be the URL"):
        MediaStore.open("s3://films", s3_options=S3)

    set_proxies(monkeypatch, HTTP_PROXY="http://us:hush@127.0.0.1:9")
    store = MediaStore.open("s3://films", s3_options={**S3, "endpoint": f"http://{NAME}"})
    told = r"d(oes|id) not \w+.* through the proxy http://127\.0\.0\.1:9 of HTTP_PROXY\.$"
    with pytest.raises(ProviderUnavailableError, match=told):
        await store.put_bytes(KEY, b"x")
    with pytest.raises(ProviderUnavailableError, match=told):
        await store.get_bytes(KEY)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_progress_is_heard_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, scheme: str
) -> None:
    context = tls if scheme == "https" else None
    async with (
        serving(FakeComfyUI(), tls=context) as comfyui,
        proxying(FakeProxy(port_of(comfyui), login="us:hush")) as proxy,
        open_tools(ServiceKind.IMAGE, f"{scheme}://{NAME}") as tools,
    ):
        set_proxies(monkeypatch, ALL_PROXY=proxy.url.replace("//", "//us:hush@"))
        progress = JobProgress(tools.endpoint, nodes=1)
        try:
            progress.of("job")
            await until(lambda: comfyui.calls["/ws"] == 1)
        finally:
            await progress.aclose()

    port = 443 if context else 80
    assert proxy.asked == [f"CONNECT {NAME}:{port}"]
