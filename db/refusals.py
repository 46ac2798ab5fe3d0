"""Why a database cannot be used, in one sentence with its own words, and what to do."""

import re
import socket
import ssl
from typing import NamedTuple

import asyncpg
from sqlalchemy.exc import DBAPIError

from db.address import DatabaseAddress
from db.address_parameters import AddressError
from db.setting_names import DATABASE_URL
from errors import SetupError


class _Refusal(NamedTuple):
    """A kind of error, what it means and what to do; {braces} are filled in."""

    kind: type[BaseException] | tuple[type[BaseException], ...]
    what: str
    remedy: str = "Check {setting}."


_REFUSALS = (  # the narrower first
    _Refusal(
        asyncpg.InvalidPasswordError,
        "PostgreSQL at {place} refuses the password of the role '{user}'",
    ),
    _Refusal(
        asyncpg.InvalidAuthorizationSpecificationError,
        "PostgreSQL at {place} refuses the role '{user}'",
        "Check {setting}, and the server's pg_hba.conf.",
    ),
    _Refusal(
        asyncpg.InvalidCatalogNameError,
        "PostgreSQL at {place} has no database '{database}'",
        "Create it, or check {setting}.",
    ),
    _Refusal(
        asyncpg.InsufficientPrivilegeError,
        "The role '{user}' has too few rights in the database '{database}'",
        "Make it the owner of the database, or GRANT it what is missing.",
    ),
    _Refusal(
        asyncpg.TooManyConnectionsError,
        "PostgreSQL at {place} has no free connection",
        "Close others, or raise the limit of the server, the database or the role.",
    ),
    _Refusal(
        asyncpg.InsufficientResourcesError,
        "PostgreSQL at {place} has run out of resources",
        "Free them, and start again.",
    ),
    _Refusal(
        asyncpg.CannotConnectNowError,
        "PostgreSQL at {place} accepts no connections now",
        "Start again when it does.",
    ),
    _Refusal(
        (asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError),
        "PostgreSQL at {place} refuses a parameter of the connection",
        "Check the parameters in {setting}.",
    ),
    _Refusal(
        asyncpg.TargetServerAttributeNotMatched,
        "PostgreSQL at {place} is not the kind of server that target_session_attrs asks for",
    ),
    _Refusal(
        (asyncpg.ConnectionDoesNotExistError, ConnectionResetError, BrokenPipeError),
        "What listens at {place} ended the connection",
        "Check that it is PostgreSQL, and {setting}.",
    ),
    _Refusal(asyncpg.PostgresError, "PostgreSQL at {place} reports an error"),
    _Refusal(
        (asyncpg.InterfaceError, asyncpg.InternalClientError),
        "The connection to PostgreSQL at {place} failed",
    ),
    _Refusal(
        ssl.SSLCertVerificationError,
        "The certificate of PostgreSQL at {place} is not trusted",
        "Check the host and sslrootcert in {setting}.",
    ),
    _Refusal(
        ssl.SSLError,
        "TLS with PostgreSQL at {place} fails",
        "Check sslcert, sslkey, sslpassword and sslrootcert in {setting}.",
    ),
    _Refusal(socket.gaierror, "The host of {place} is unknown"),
    _Refusal(
        ConnectionRefusedError,
        "Nothing listens at {place}",
        "Start PostgreSQL there, or check {setting}.",
    ),
    _Refusal(
        FileNotFoundError,
        "There is no socket {place}",
        "Start PostgreSQL there, or check {setting}.",
    ),
    _Refusal(TimeoutError, "PostgreSQL at {place} does not answer"),
    _Refusal(OSError, "PostgreSQL at {place} cannot be reached"),
    _Refusal(
        ValueError,  # of reading it
        "The password file of the database is malformed",
        "Its lines are host:port:database:user:password.",
    ),
)
_FILE = _Refusal(OSError, "{file} cannot be read", "Check the ssl parameters in {setting}.")
_NO_TLS = _Refusal(
    ConnectionError,
    "PostgreSQL at {place} offers no TLS",
    "Configure it there, or check sslmode in {setting}.",
)
_NO_TLS_WORDS = "rejected SSL upgrade"


def refusal(error: BaseException, url: str, *, setting: str = DATABASE_URL) -> SetupError | None:
    """What the operator reads; None if the error is not the database's.

    `setting` gave the address.
    """
    cause = driver_error(error)
    try:
        address = DatabaseAddress.parse(url)
    except AddressError as malformed:
        return SetupError(f"{setting} is invalid: {malformed}.")
    found = next((one for one in _REFUSALS if isinstance(cause, one.kind)), None)
    if found is None:
        return None
    what, remedy = (
        text.format(
            place=address,
            user=address.user or "the system's user",
            database=address.database,
            file=getattr(cause, "filename", None),
            setting=setting,
        )
        for text in _worded(cause, found)
    )
    return SetupError(f"{what} ({_own_words(cause)}). {remedy}")


def _worded(cause: BaseException, found: _Refusal) -> tuple[str, str]:
    if isinstance(cause, OSError) and cause.filename is not None:
        found = _FILE
    elif isinstance(cause, ConnectionError) and _NO_TLS_WORDS in str(cause):
        found = _NO_TLS
    return found.what, found.remedy


def driver_error(error: BaseException) -> BaseException:
    """The driver's exception below SQLAlchemy's and ours."""
    while True:
        below = error.orig if isinstance(error, DBAPIError) else None
        below = below or error.__cause__
        known = isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError))
        if below is None or known or isinstance(error, OSError):
            return error
        error = below


def _own_words(error: BaseException) -> str:
    """Its message in one line; after a second attempt, with or without TLS, that of both."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = error.verify_message
    elif isinstance(error, TimeoutError):
        words = "no answer in time"
    else:
        words = (error.strerror if isinstance(error, OSError) else "") or str(error)
    words = " ".join(_SOURCE_LINE.sub("", words).split()).rstrip(".") or type(error).__name__
    first = error.__cause__
    if not isinstance(first, (asyncpg.PostgresError, OSError)):
        return words
    return f"{_own_words(first)}; {words}"


_SOURCE_LINE = re.compile(r"\[SSL[^]]*\] | \(_ssl\.c:\d+\)")
