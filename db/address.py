"""Reads a database's address as libpq does: the one place that knows its parameters.

Every connection takes its arguments from here: the pool's, the queue's, and the check at the start.
"""

import getpass
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode

from db.address_parameters import FILES, STRICTEST, TLS, VARIABLES, AddressError, check
from errors import SetupError

_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
_EXAMPLE = "it must be a URL like postgresql://user:password@host:5432/database"
_ENCODE = "percent-encode special characters of the user and the password, such as / as %2F"
_DEFAULT_PORT = 5432
_LAST_PORT = 65_535
_SYSTEM = "system"
"""The value of sslrootcert for the certificates that the system trusts."""


class Place(NamedTuple):
    """Where a server listens; a host that begins with / is the folder of its socket.

    Without a host, the usual places on this machine are tried.
    """

    host: str | None
    port: int | None

    @property
    def is_socket(self) -> bool:
        """Whether it is a socket on this machine."""
        return self.host is not None and self.host.startswith("/")

    def __str__(self) -> str:
        port = self.port or _DEFAULT_PORT
        if self.host is None:
            return f"this machine, port {port}"
        if self.is_socket:
            return f"{self.host}/.s.PGSQL.{port}"
        return f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A database's address: libpq's parameters by name, and the places in the order to try."""

    parameters: Mapping[str, str] = field(repr=False)
    places: tuple[Place, ...]

    @classmethod
    def parse(cls, url: str) -> "DatabaseAddress":
        """Read a URL as libpq does, without its environment.

        Raises:
            AddressError: It is malformed, or has a parameter that we cannot honour.
        """
        parts = _split(url)
        given = {**_authority(parts), **_query(parts.query)}
        parameters = {name: value for name, value in given.items() if value}
        for name, value in parameters.items():
            check(name, value)
        if parameters.get("sslrootcert") == _SYSTEM:
            mode = parameters.setdefault("sslmode", STRICTEST)
            if mode != STRICTEST:
                raise AddressError(
                    f"sslrootcert=system requires sslmode={STRICTEST}", parameter="sslmode"
                )
        return cls(parameters, _places(parameters))

    @property
    def user(self) -> str | None:
        """The role; None is that of the system's user."""
        return self.parameters.get("user")

    @property
    def database(self) -> str:
        """The name of the database; by default the role's."""
        return self.parameters.get("dbname") or self.user or "of the system's user"

    @property
    def connect_timeout_s(self) -> float | None:
        """How long one place may take to accept a connection; 0 is for ever."""
        told = self.parameters.get("connect_timeout")
        return None if told is None else max(float(told), 0)

    @property
    def target_session_attrs(self) -> str:
        """Which kind of server is wanted."""
        return self.parameters.get("target_session_attrs", "any")

    @property
    def is_shuffled(self) -> bool:
        """Whether the places are tried in random order."""
        return self.parameters.get("load_balance_hosts") == "random"

    @property
    def trusts_the_system(self) -> bool:
        """Whether the server's certificate is verified with those that the system trusts."""
        return self.parameters.get("sslrootcert") == _SYSTEM

    def startup_parameters(self, application_name: str) -> dict[str, str]:
        """What the server is sent with the first message; the address may name the application."""
        names = ("application_name", "fallback_application_name")
        named = next((self.parameters[name] for name in names if name in self.parameters), None)
        options = self.parameters.get("options")
        return {"application_name": named or application_name} | (
            {"options": options} if options else {}
        )

    def arguments(self, place: Place) -> dict[str, object]:
        """asyncpg's arguments for one place. It is given every one it would look for elsewhere.

        TLS goes into a DSN, the only way to pass it a client's certificate.
        """
        parameters = self.parameters
        tls = {"sslmode": "prefer", "sslnegotiation": "postgres"}
        tls |= {name: parameters[name] for name in ("sslmode", *TLS) if name in parameters}
        if place.is_socket:
            tls = {"sslmode": "disable", "sslnegotiation": "postgres"}
        return {
            "dsn": "postgresql://?" + urlencode(tls, quote_via=quote),
            "host": place.host,
            "port": place.port,
            "user": parameters.get("user"),
            "password": parameters.get("password", None if "passfile" in parameters else ""),
            "passfile": parameters.get("passfile"),
            "database": parameters.get("dbname"),
            "krbsrvname": parameters.get("krbsrvname"),
            "gsslib": parameters.get("gsslib", "gssapi"),
        }

    def client_files(self) -> list[str]:
        """The files with certificates and keys that the address names."""
        named = [self.parameters[name] for name in FILES if name in self.parameters]
        return [path for path in named if path != _SYSTEM]

    def __str__(self) -> str:
        return " or ".join(map(str, self.places))


def complete(url: str, environment: Mapping[str, str]) -> str:
    """The address with what it leaves out, from libpq's variables, password file and user.

    Raises:
        AddressError: The address itself is invalid.
        SetupError: A variable is invalid, or there is no user.
    """
    parameters = dict(DatabaseAddress.parse(url).parameters)
    taken = {
        name: environment[variable]
        for name, variable in VARIABLES.items()
        if name not in parameters and environment.get(variable)
    }
    if "host" in parameters and "port" not in parameters and "," in taken.get("port", ""):
        del taken["port"]  # it belongs to the hosts of PGHOST
    for name, value in taken.items():
        if not _is_utf8(value):
            raise SetupError(f"{VARIABLES[name]} is invalid: it must be UTF-8.")
    parameters = taken | parameters
    if "user" not in parameters:
        parameters["user"] = _system_user()
    if "password" not in parameters and "passfile" not in parameters:
        parameters |= _usual_password_file()
    completed = "postgresql://?" + urlencode(parameters, quote_via=quote)
    try:
        DatabaseAddress.parse(completed)
    except AddressError as error:
        variable = VARIABLES.get(error.parameter, "The environment of the database")
        raise SetupError(f"{variable} is invalid: {error}.") from None
    return completed


def without_password(url: str) -> str:
    """The address without any password, also not in its parameters, for display and logs."""
    parts = _split(url)
    user, _, _ = parts.credentials.partition(":")
    query = [pair for pair in parts.query.split("&") if "password" not in pair.lower()]
    shown = f"{parts.scheme}://{user}{'@' if parts.has_credentials else ''}{parts.hosts}"
    shown += f"/{parts.database}" if parts.has_database else ""
    return shown + ("?" + "&".join(query) if any(query) else "")


class _Parts(NamedTuple):
    """The parts of a URL, still encoded."""

    scheme: str
    has_credentials: bool
    credentials: str
    hosts: str
    has_database: bool
    database: str
    query: str


def _split(url: str) -> _Parts:
    if not _is_utf8(url):
        raise AddressError("it must be UTF-8")
    scheme, is_url, rest = url.strip().partition("://")
    if not is_url or scheme.lower() not in _SCHEMES:
        raise AddressError(_EXAMPLE)
    # As in libpq, the first @ before the first / ends the credentials, whatever they contain.
    before_slash = rest.partition("/")[0]
    has_credentials = "@" in before_slash
    credentials, _, rest = rest.partition("@") if has_credentials else ("", "", rest)
    place, _, query = rest.partition("?")
    hosts, has_database, database = place.partition("/")
    return _Parts(scheme, has_credentials, credentials, hosts, bool(has_database), database, query)


def _authority(parts: _Parts) -> dict[str, str]:
    """The parameters before the question mark."""
    user, _, password = parts.credentials.partition(":")
    pairs = [_host_and_port(one) for one in parts.hosts.split(",")]
    hosts, ports = (",".join(several) for several in zip(*pairs, strict=True))
    return {
        "user": _decoded(user),
        "password": _decoded(password),
        "host": hosts if hosts.strip(",") else "",
        "port": ports if ports.strip(",") else "",
        "dbname": _decoded(parts.database),
    }


def _host_and_port(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"\[([^\[\]]+)\](?::([^:]*))?|([^:\[\]@]*)(?::([^:]*))?", text)
    if found is None:
        raise AddressError(f"a host in it is malformed: put IPv6 addresses in [], and {_ENCODE}")
    literal, its_port, name, port = found.groups()
    return _decoded(literal or name or ""), _decoded(its_port or port or "")


def _query(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        name, is_pair, value = (_decoded(part) for part in pair.partition("="))
        if not is_pair:
            raise AddressError(f"the parameter {name} has no value", parameter=name)
        if name == "ssl":  # the spelling of other drivers
            name, value = "sslmode", "require" if value == "true" else value
        found[name] = value
    return found


def _decoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})|%00", text):
        raise AddressError("a % in it must begin a code such as %2F; write a plain % as %25")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise AddressError("its percent-encoded characters must be UTF-8") from None


def _is_utf8(text: str) -> bool:
    """Whether it has no bytes of the environment that are not UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _places(parameters: Mapping[str, str]) -> tuple[Place, ...]:
    hosts = [host or None for host in parameters.get("host", "").split(",")]
    ports = [_port(port) for port in parameters.get("port", "").split(",")]
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise AddressError(f"it has {len(ports)} ports for {len(hosts)} hosts", parameter="port")
    for host in hosts:
        _check_host(host or "")
    return tuple(map(Place, hosts, ports))


def _check_host(host: str) -> None:
    if not host.startswith("/"):
        try:
            host.encode("idna")
        except UnicodeError:
            raise AddressError("a host in it is malformed", parameter="host") from None


def _port(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) <= _LAST_PORT:
        # Not shown: it may be a password that was taken for a port.
        raise AddressError(
            f"a port must be a number from 1 to {_LAST_PORT} ({_ENCODE})", parameter="port"
        )
    return int(text)


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise SetupError(
            "The database's address names no user, and the system's user has no name here. "
            "Write it into AI_STORY_DATABASE_URL."
        ) from None


def _usual_password_file() -> dict[str, str]:
    try:
        path = Path.home() / ".pgpass"
        return {"passfile": str(path)} if path.exists() else {}
    except (RuntimeError, OSError):
        return {}
