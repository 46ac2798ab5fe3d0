"""How requests leave this machine: through which proxy, and with which certificates.

The environment decides, for every call alike: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, also
in lower case, which takes precedence; SSL_CERT_FILE and SSL_CERT_DIR. Libraries read these in
different ways, so they get the decision made here.
"""

import base64
import ipaddress
import os
import re
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies_environment

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SCHEMES = {"ws": "http", "wss": "https"}
_ENTRY = re.compile(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?")
"""Of NO_PROXY: a name, an address or a network, and optionally a port."""
_SHORT_V4 = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}")
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy from the environment: the name of the variable, and its value."""

    setting: str
    value: str = field(repr=False)

    @property
    def _parts(self) -> SplitResult:
        parts = urlsplit(self.value if "://" in self.value else f"http://{self.value}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("neither an http nor an https proxy")
        return parts

    @property
    def address(self) -> str | None:
        """Its address, without a user; None if it is not an http or https proxy."""
        try:
            parts = self._parts
        except ValueError:
            return None
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def login(self) -> tuple[str, str] | None:
        """User and password, if it has them."""
        with suppress(ValueError):
            user, password = self._parts.username, self._parts.password
            if user is not None:
                return unquote(user), unquote(password or "")
        return None

    @property
    def authorization(self) -> str | None:
        """The value of Proxy-Authorization, if it has credentials."""
        if self.login is None:
            return None
        return f"Basic {base64.b64encode(':'.join(self.login).encode()).decode()}"

    @property
    def full_address(self) -> str | None:
        """With user and password, for libraries that need one string; never to be shown."""
        if self.address is None or self.login is None:
            return self.address
        scheme, _, place = self.address.partition("://")
        user, password = (quote(part, safe="") for part in self.login)
        return f"{scheme}://{user}:{password}@{place}"

    @property
    def label(self) -> str:
        """Names it in a sentence, without its password."""
        return f"the proxy {self.address} of {self.setting}" if self.address else self.setting


@dataclass(frozen=True, slots=True)
class _Exception:
    """Hosts that are reached without a proxy: one, its subdomains, or a network."""

    host: str
    port: int | None
    network: _Network | None

    @classmethod
    def parse(cls, entry: str) -> "_Exception | None":
        """Parse an entry of NO_PROXY; None if it is invalid."""
        entry = entry.rpartition("://")[2].lower()
        is_bare_v6 = entry.count(":") > 1 and not entry.startswith("[")
        found = None if is_bare_v6 else _ENTRY.fullmatch(entry)
        host, port = (found[1].strip("[]"), found[2]) if found else (entry, None)
        network = None
        with suppress(ValueError):
            network = ipaddress.ip_network(host, strict=False)
        host = host.removeprefix("*").strip(".")
        return cls(host, int(port) if port else None, network) if host else None

    def covers(self, host: str, port: int) -> bool:
        """Whether a host in lower case matches."""
        if self.port not in (None, port):
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address in self.network
        return host == self.host or host.endswith(f".{self.host}")


class Outbound:
    """The present environment, read once when this is created."""

    def __init__(self) -> None:
        told = getproxies_environment()
        words = re.split(r"[\s,]+", told.get("no", ""))
        self._goes_direct = "*" in words
        parsed = (_Exception.parse(word) for word in words)
        self._exceptions = [exception for exception in parsed if exception is not None]
        self._proxies = {
            scheme: Proxy(_setting(name), told[name])
            for scheme in ("http", "https")
            for name in ("all", scheme)
            if told.get(name)
        }

    def proxy_for(self, scheme: str, host: str, port: int | None = None) -> Proxy | None:
        """The proxy for an address; None for a direct connection, as always for loopback."""
        host = host.strip("[]").rstrip(".").lower()
        if self._goes_direct or is_loopback(host):
            return None
        port = port or _DEFAULT_PORTS.get(scheme, 0)
        if any(exception.covers(host, port) for exception in self._exceptions):
            return None
        return self._proxies.get(_SCHEMES.get(scheme, scheme))


def is_loopback(host: str) -> bool:
    """Whether a host, without brackets and in lower case, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        # Only the system's own parser knows what it dials for `127.1` and the like.
        text = socket.inet_ntoa(socket.inet_aton(host)) if _SHORT_V4.fullmatch(host) else host
        address = ipaddress.ip_address(text.partition("%")[0])
    except (OSError, ValueError):
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _setting(name: str) -> str:
    """The variable in the spelling of the environment."""
    lower = f"{name}_proxy"
    return lower if os.environ.get(lower) else lower.upper()
