"""Opens asyncpg's connections; every connection to the database begins here."""

import os
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import asyncpg

from db.address import DatabaseAddress, Place

OURS = "ai-story"
"""The application name of our sessions, unless the address gives another."""

CONNECT_TIMEOUT_S = 10
"""How long a server may take to accept a connection, unless the address says it."""

_connect = cast("Callable[..., Awaitable[Any]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]
"""asyncpg ships no annotations."""

_STATELESS = {"statement_cache_size": 0}

_FIRST_OWN_TYPE = 16_384
"""PostgreSQL's FirstNormalObjectId: the OIDs below are the same in every database of a version."""


@dataclass(frozen=True, slots=True)
class _NoStatement:
    """Says that no statement was sent."""

    name: str = "cached"


class _Connection(asyncpg.Connection):
    """Asks for PostgreSQL's own types once per process; it took each new connection 25 ms."""

    _known: ClassVar[dict[tuple[int, frozenset[int]], Any]] = {}

    async def _introspect_types(
        self,
        typeoids: Iterable[int],
        timeout: float | None,  # noqa: ASYNC109 - asyncpg's own parameter
    ) -> Any:
        oids = frozenset(typeoids)
        key = (self.get_server_version().major, oids)
        if key in self._known:
            return self._known[key], _NoStatement()
        asked = await super()._introspect_types(oids, timeout)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        types, statement = cast("tuple[Any, Any]", asked)
        if max(oids) < _FIRST_OWN_TYPE:
            self._known[key] = types
        return types, statement


_NEXT_PLACE = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)

_KEEPALIVES = {
    "keepalives_idle": "TCP_KEEPIDLE",
    "keepalives_interval": "TCP_KEEPINTVL",
    "keepalives_count": "TCP_KEEPCNT",
    "tcp_user_timeout": "TCP_USER_TIMEOUT",
}
"""libpq's parameters, and the options of the socket that some systems lack."""


async def open_connection(
    url: str,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
    application_name: str = OURS,
    is_pooled: bool = False,
    **options: Any,
) -> Any:
    """Open asyncpg's connection to the first of the address's places that accepts it.

    `timeout_s` is for each place, unless the address names one. `is_pooled` leaves nothing in the
    session, which may be another one for the next transaction. `options` are asyncpg's own.

    Raises:
        CONNECTION_LOST: No place is available.
        asyncpg.PostgresError: A server refuses the connection.
        ValueError: The address or the password file is malformed.
    """
    address = DatabaseAddress.parse(url)
    failure: BaseException | None = None
    for place, attributes in _attempts(address):
        told_s = address.connect_timeout_s
        arguments = _arguments(address, place) | {
            **options,
            **(_STATELESS if is_pooled else {}),
            "connection_class": _Connection,
            "target_session_attrs": attributes,
            "timeout": timeout_s if told_s is None else told_s or None,
            "server_settings": address.startup_parameters(application_name),
        }
        try:
            opened = await _connect(**arguments)
        except _NEXT_PLACE as error:
            failure = error
            continue
        try:
            _keep_alive(opened, address.parameters)
            if not is_pooled:
                # Not among the startup parameters, of which poolers refuse all but a few. The first
                # statement also waits for a session of a pooler in session mode.
                await opened.execute("SET jit = off", timeout=arguments["timeout"])
        except BaseException:
            opened.terminate()
            raise
        return opened
    raise failure or RuntimeError("an address has at least one place")


def _attempts(address: DatabaseAddress) -> Iterator[tuple[Place, str]]:
    """The places in order, each with the kind of server that is wanted there."""
    places = list(address.places)
    if address.is_shuffled:
        random.shuffle(places)
    wanted = address.target_session_attrs
    for attributes in ("standby", "any") if wanted == "prefer-standby" else (wanted,):
        yield from ((place, attributes) for place in places)


def _arguments(address: DatabaseAddress, place: Place) -> dict[str, Any]:
    if place.is_socket:
        return address.arguments(place)
    for path in address.client_files():
        os.close(os.open(path, os.O_RDONLY))  # unlike the TLS library, this names the file
    if not address.trusts_the_system:
        return address.arguments(place)
    context = ssl.create_default_context()  # SSL_CERT_FILE and SSL_CERT_DIR replace the system's
    if certificate := address.parameters.get("sslcert"):
        password = address.parameters.get("sslpassword", "")
        key = address.parameters.get("sslkey")
        context.load_cert_chain(certificate, keyfile=key, password=password)
    return address.arguments(place) | {"ssl": context}


def _keep_alive(opened: Any, parameters: Mapping[str, str]) -> None:
    """Have the system notice a peer that vanished, as libpq does."""
    transport = opened._transport  # noqa: SLF001 - asyncpg offers no way to its socket
    connected = transport.get_extra_info("socket")
    if connected.family == getattr(socket, "AF_UNIX", None):
        return
    if parameters.get("keepalives") != "0":
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, option in _KEEPALIVES.items():
        value = int(parameters.get(name, 0))
        if value > 0 and hasattr(socket, option):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
