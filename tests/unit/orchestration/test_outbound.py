"""Which proxy an address is reached through, by what the environment says."""

from ipaddress import ip_address

import pytest

from orchestration.outbound import Outbound
from tests.proxies import set_proxies

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    set_proxies(monkeypatch)


def way(address: str) -> str | None:
    """The address of the proxy for `scheme host port`."""
    scheme, host, *port = address.split()
    proxy = Outbound().proxy_for(scheme, host, int(port[0]) if port else None)
    return proxy and proxy.address


@pytest.mark.parametrize(
    ("settings", "address", "proxy"),
    [
        ({}, "https a.example", None),
        ({"HTTPS_PROXY": PROXY}, "https a.example", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http a.example", None),
        ({"HTTP_PROXY": PROXY}, "http a.example", PROXY),
        ({"HTTP_PROXY": PROXY}, "https a.example", None),
        ({"https_proxy": PROXY}, "https a.example", PROXY),
        ({"HTTPS_PROXY": "http://other:1", "https_proxy": PROXY}, "https a.example", PROXY),
        ({"ALL_PROXY": PROXY}, "http a.example", PROXY),
        ({"all_proxy": PROXY}, "https a.example", PROXY),
        ({"ALL_PROXY": "http://other:1", "HTTPS_PROXY": PROXY}, "https a.example", PROXY),
        ({"HTTPS_PROXY": PROXY}, "wss a.example", PROXY),
        ({"HTTP_PROXY": PROXY}, "ws a.example", PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https a.example", PROXY),
        ({"HTTPS_PROXY": "https://proxy.example"}, "https a.example", "https://proxy.example"),
        ({"HTTPS_PROXY": "http://[2001:db8::1]:80"}, "https a.b", "http://[2001:db8::1]:80"),
        ({"HTTPS_PROXY": ""}, "https a.example", None),
    ],
)
def test_the_scheme_chooses_the_proxy(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], address: str, proxy: str | None
) -> None:
    set_proxies(monkeypatch, **settings)

    assert way(address) == proxy


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]",
     "::ffff:127.0.0.1", "0.0.0.0", "::", "127.1", "0x7f.1", "2130706433", "0177.0.0.1"],
)  # fmt: skip
def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    set_proxies(monkeypatch, ALL_PROXY=PROXY)

    assert way(f"http {host} 80") is None
    assert way(f"https {host} 443") is None


@pytest.mark.parametrize(
    ("exceptions", "direct", "proxied"),
    [
        ("*", ["https a.example", "https 203.0.113.1"], []),
        ("b.example, *", ["https a.example"], []),
        ("a.example", ["https a.example", "https x.a.example 8", "https A.EXAMPLE."],
         ["https ba.example", "https a.example.org"]),
        (".a.example", ["https a.example", "https x.a.example"], ["https ba.example"]),
        ("*.a.example", ["https x.a.example"], ["https ba.example"]),
        ("A.Example", ["https a.example"], ["https b.example"]),
        ("a.example:8443", ["https a.example 8443"], ["https a.example", "https a.example 1"]),
        (".a.example:443", ["https x.a.example"], ["https x.a.example 80"]),
        ("https://a.example", ["https a.example"], ["https b.example"]),
        ("10.0.0.0/8", ["http 10.1.2.3"], ["http 11.1.2.3", "http a10.example"]),
        ("10.1.2.3/8", ["http 10.9.9.9"], ["http 11.1.2.3"]),
        ("10.1.2.3", ["http 10.1.2.3"], ["http 10.1.2.4", "http 110.1.2.3"]),
        ("10.1.2.3:80", ["http 10.1.2.3"], ["http 10.1.2.3 81"]),
        ("2001:db8::1", ["https 2001:db8::1", "https [2001:db8:0::1] 8"], ["https 2001:db8::2"]),
        ("[2001:db8::1]", ["https [2001:db8::1] 8"], ["https 2001:db8::2"]),
        ("[2001:db8::1]:443", ["https 2001:db8::1"], ["https 2001:db8::1 8"]),
        ("2001:db8::/32", ["https 2001:db8:9::9"], ["https 2001:db9::1"]),
        ("a.example,b.example c.example\td.example",
         ["https a.example", "https b.example", "https c.example", "https d.example"],
         ["https e.example"]),
        (" , ,.,", [], ["https a.example"]),
        ("a.example:no, :80, [", [], ["https b.example"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_every_form_of_an_exception_counts(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    exceptions: str,
    direct: list[str],
    proxied: list[str],
) -> None:
    set_proxies(monkeypatch, ALL_PROXY=PROXY, **{name: exceptions})

    assert [way(address) for address in direct] == [None] * len(direct)
    assert [way(address) for address in proxied] == [PROXY] * len(proxied)


def test_an_address_that_embeds_one_of_an_exception_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_proxies(monkeypatch, ALL_PROXY=PROXY, NO_PROXY="10.0.0.0/8")
    mapped = ip_address("::ffff:10.0.0.1")

    assert way(f"http {mapped}") is None


@pytest.mark.parametrize(
    ("value", "login", "full"),
    [
        ("http://p.example:1", None, "http://p.example:1"),
        ("http://us:hush@p.example:1", ("us", "hush"), "http://us:hush@p.example:1"),
        ("u%40x:p%3A%2F@p.example:1", ("u@x", "p:/"), "http://u%40x:p%3A%2F@p.example:1"),
        ("http://us@p.example:1", ("us", ""), "http://us:@p.example:1"),
        ("socks5://us:hush@p.example:1", None, None),
        ("http://us:hush@:1", None, None),
        ("http://us:hush@p.example:port", None, None),
    ],
)
def test_a_password_is_apart_from_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, login: tuple[str, str] | None, full: str | None
) -> None:
    set_proxies(monkeypatch, HTTPS_PROXY=value)

    proxy = Outbound().proxy_for("https", "a.example")

    assert proxy is not None
    assert (proxy.full_address, proxy.login) == (full, login)
    assert proxy.address == (full and "http://p.example:1")
    assert "HTTPS_PROXY" in proxy.label
    assert "hush" not in proxy.label
    assert "hush" not in repr(proxy)


def test_the_variable_is_named_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    set_proxies(monkeypatch, all_proxy=PROXY)

    proxy = Outbound().proxy_for("http", "a.example")

    assert proxy is not None
    assert proxy.label == f"the proxy {PROXY} of all_proxy"
