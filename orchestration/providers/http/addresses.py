"""Which network addresses may be dialled for a URL that came from outside.

The check happens where the connection is opened, on the address that is dialled: a name that is
checked first and resolved again later can change in between.
"""

import ipaddress
import socket

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

# is_global of Python 3.11 accepts these, although they lead back into private networks, embed a
# private address, or are not unicast.
_NOT_HOSTS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/32",
        "2001:10::/28",
        "2001:20::/28",
        "2002::/16",
        "3fff::/20",
    )
)
_HEAD_LENGTH = 64
"""The prefix that shows whether a text is a `data:` URL."""
_GLOBAL_UNICAST_V6 = ipaddress.ip_network("2000::/3")


def is_data_url(text: str) -> bool:
    """Whether it contains the content itself, and is not an address."""
    return text[:_HEAD_LENGTH].lstrip().lower().startswith("data:")


class AddressRefusedError(Exception):
    """The name leads into a private network, or is invalid."""


def is_public_address(address: str) -> bool:
    """Whether the address is a host on the public internet; False if it is not an address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return is_public_address(str(parsed.ipv4_mapped))
        if parsed not in _GLOBAL_UNICAST_V6:  # also refuses 64:ff9b::/96 and similar
            return False
    return parsed.is_global and not any(parsed in network for network in _NOT_HOSTS)


def is_address(host: str) -> bool:
    """Whether a URL's host is an address rather than a name: it is never resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class PublicResolver(AbstractResolver):
    """Resolves names whose every address is public, and refuses all others."""

    def __init__(self) -> None:
        self._resolver: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of the name.

        Raises:
            AddressRefusedError: One of them is not public, or the name is invalid.
            OSError: The name cannot be resolved.
        """
        if self._resolver is None:  # it takes the running loop
            self._resolver = ThreadedResolver()
        try:
            found = await self._resolver.resolve(host, port, family)
        except UnicodeError as error:
            raise AddressRefusedError(host) from error
        if not all(is_public_address(result["host"]) for result in found):
            raise AddressRefusedError(host)
        return found

    async def close(self) -> None:
        """No effect."""
