"""What proxies say about the client behind them.

A server without credentials serves only its own machine. A proxy on that machine connects from
loopback, so only these headers show that it serves another machine.
"""

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.types import Scope

from web.headers import first_headers

_CLIENTS = (
    "x-forwarded-for",
    "x-original-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-azure-clientip",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "fly-client-ip",
)
"""Lists of addresses, most of one."""
_FORWARDED = "forwarded"
_SIGNS = (
    *_CLIENTS,
    _FORWARDED,
    "via",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-original-host",
)
_RAW_SIGNS = frozenset(name.encode() for name in _SIGNS)
_FOR = re.compile(r'(?:^|[;,])\s*for\s*=\s*("[^"]*"|[^;,]*)', re.IGNORECASE)
"""A client in RFC 7239's form: for="[2001:db8::1]:4711"."""


def may_be_for_others(scope: Scope) -> bool:
    """Whether a proxy passed the request on, unless it says that its client is on this machine."""
    if _RAW_SIGNS.isdisjoint(first_headers(scope)):
        return False
    told = Headers(scope=scope)
    clients = [
        client for name in _CLIENTS for value in told.getlist(name) for client in value.split(",")
    ]
    for value in told.getlist(_FORWARDED):
        clients += _FOR.findall(value)
    if clients:
        return not all(_is_loopback(client) for client in clients)
    return True


def _is_loopback(client: str) -> bool:
    """Whether it is a loopback address, with or without a port; "unknown" and "_hidden" are not."""
    host = client.strip(' \t"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
