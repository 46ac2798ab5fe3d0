"""A database's address means what it means to libpq, and shows no password."""

from pathlib import Path

import pytest

from db.address import DatabaseAddress, Place, complete, without_password
from db.address_parameters import AddressError
from errors import SetupError

SECRET = "hush"


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("postgresql://db.example/films", [("db.example", None)]),
        ("postgres://db.example:6432/films", [("db.example", 6432)]),
        ("postgresql+asyncpg://db.example/films", [("db.example", None)]),
        ("postgresql://[2001:db8::1]:5433/films", [("2001:db8::1", 5433)]),
        ("postgresql://[::1]/films", [("::1", None)]),
        ("postgresql:///films", [(None, None)]),
        ("postgresql://", [(None, None)]),
        ("postgresql://:5433/films", [(None, 5433)]),
        ("postgresql:///films?host=/run/postgresql", [("/run/postgresql", None)]),
        ("postgresql:///films?host=%2Frun%2Fpostgresql&port=5433", [("/run/postgresql", 5433)]),
        ("postgresql://%2Frun%2Fpostgresql/films", [("/run/postgresql", None)]),
        ("postgresql://%2Frun%2Fpostgresql:5433/films", [("/run/postgresql", 5433)]),
        ("postgresql:///films?host=::1", [("::1", None)]),
        ("postgresql://a:1,b:2,c/films", [("a", 1), ("b", 2), ("c", None)]),
        ("postgresql:///films?host=a,b&port=7", [("a", 7), ("b", 7)]),
        ("postgresql:///films?host=a,/run&port=7,8", [("a", 7), ("/run", 8)]),
        ("postgresql://a:1/films?host=b", [("b", 1)]),
    ],
)
def test_where_the_server_listens(url: str, places: list[tuple[str | None, int | None]]) -> None:
    assert DatabaseAddress.parse(url).places == tuple(Place(*place) for place in places)


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("postgresql://me:hush@h/films", {"user": "me", "password": "hush", "dbname": "films"}),
        ("postgresql://m%40e:h%2Fu%40s%3Ah%25@h/", {"user": "m@e", "password": "h/u@s:h%"}),
        ("postgresql://me:h?u#s+h:@h", {"user": "me", "password": "h?u#s+h:"}),
        ("postgresql://h?user=me&password=a+b%26c", {"user": "me", "password": "a+b&c"}),
        ("postgresql://me@h/%E6%98%A0", {"user": "me", "dbname": "映"}),
        ("postgresql://me:@h/films?dbname=other", {"user": "me", "dbname": "other"}),
        ("postgresql://h?ssl=true", {"sslmode": "require"}),
        ("postgresql://h?ssl=verify-full", {"sslmode": "verify-full"}),
        ("postgresql://h?sslrootcert=system", {"sslmode": "verify-full"}),
        ("postgresql://h?sslmode=&channel_binding=prefer", {"channel_binding": "prefer"}),
        (
            "postgresql://h?options=-c%20statement_timeout%3D5",
            {"options": "-c statement_timeout=5"},
        ),
        ("postgresql://h?sslmode=disable&sslmode=require", {"sslmode": "require"}),
    ],
)
def test_what_else_it_says(url: str, parameters: dict[str, str]) -> None:
    found = DatabaseAddress.parse(url).parameters

    ignored = {"host", "sslrootcert"}
    assert {name: value for name, value in found.items() if name not in ignored} == parameters


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://me:hush@h/films", "postgresql://user:password@host"),
        ("films", "postgresql://user:password@host"),
        ("postgresql+psycopg://me:hush@h/films", "postgresql://user:password@host"),
        ("postgresql://[::1/films", "IPv6 addresses in []"),
        ("postgresql://me:hush@::1/films", "IPv6 addresses in []"),
        ("postgresql://me:hu@sh@h/films", "percent-encode"),
        ("postgresql://me:hush/1@h/films", "percent-encode"),
        ("postgresql://me:hush%@h/films", "a plain % as %25"),
        ("postgresql://me:hush%ff@h/films", "UTF-8"),
        ("postgresql://me:hush\udcff@h/films", "must be UTF-8"),
        ("postgresql://me@no..host/films", "a host in it is malformed"),
        ("postgresql://h?host=" + 80 * "x", "a host in it is malformed"),
        ("postgresql://h:0/films", "from 1 to 65535"),
        ("postgresql://h:65536/films", "from 1 to 65535"),
        ("postgresql:///films?host=a,b,c&port=1,2", "2 ports for 3 hosts"),
        ("postgresql://h?sslmode", "sslmode has no value"),
        ("postgresql://h?sslmode=on", "sslmode must be disable, allow, prefer, require, verify-ca"),
        ("postgresql://h?connect_timeout=soon", "connect_timeout must be a whole number"),
        ("postgresql://h?channel_binding=require", "use sslmode=verify-full to prove who"),
        ("postgresql://h?gssencmode=require", "gssencmode must be disable or prefer"),
        ("postgresql://h?target_session_attrs=master", "target_session_attrs must be any"),
        ("postgresql://h?client_encoding=latin1", "client_encoding must be"),
        ("postgresql://h?sslrootcert=system&sslmode=require", "requires sslmode=verify-full"),
        ("postgresql://h?service=films", "write the service's parameters into the address"),
        ("postgresql://h?hostaddr=10.0.0.1", "write the IP address as the host"),
        ("postgresql://h?require_auth=scram-sha-256", "require_auth is not supported"),
        ("postgresql://h?ssl_mode=require", "did you mean sslmode?"),
        ("postgresql://h?pgbouncer=true", "pgbouncer is unknown; remove it"),
    ],
)
def test_what_cannot_be_honoured_is_named(url: str, reason: str) -> None:
    with pytest.raises(AddressError) as refused:
        DatabaseAddress.parse(url)

    assert reason in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_left_out_comes_from_libpqs_variables(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    environment = {
        "PGHOST": "db.example",
        "PGPORT": "6432",
        "PGUSER": "me",
        "PGDATABASE": "films",
        "PGPASSFILE": str(passwords),
        "PGSSLMODE": "require",
        "PGAPPNAME": "",
        "PGSERVICE": "films",
    }

    bare = DatabaseAddress.parse(complete("postgresql://", environment))
    full = DatabaseAddress.parse(
        complete("postgresql://you:x@here:1/other?sslmode=disable", environment)
    )

    assert bare.places == (Place("db.example", 6432),)
    assert bare.parameters["passfile"] == str(passwords)
    assert (bare.user, bare.database) == ("me", "films")
    assert bare.parameters["sslmode"] == "require"
    assert full.places == (Place("here", 1),)
    assert (full.user, full.database) == ("you", "other")
    assert full.parameters["sslmode"] == "disable"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PGSSLMODE", "on"),
        ("PGPORT", "postgres"),
        ("PGCHANNELBINDING", "require"),
        ("PGPASSWORD", "hush\udcff"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    with pytest.raises(SetupError, match=f"^{variable} is invalid: "):
        complete("postgresql://me@h/films", {variable: value})


def test_what_the_address_says_survives_its_completion() -> None:
    told = "postgresql://m%40e:h%2Fu%26s+h@%2Frun,[::1]:7/f%3Fs?options=-c%20a%3Db"

    completed = DatabaseAddress.parse(complete(told, {}))

    parsed = DatabaseAddress.parse(told)
    assert completed == parsed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hush@db:5432/stories", "postgresql://me@db:5432/stories"),
        ("postgresql://me@/stories?host=%2Frun", "postgresql://me@/stories?host=%2Frun"),
        (
            "postgresql://db/stories?password=hush&ssl=require",
            "postgresql://db/stories?ssl=require",
        ),
        ("postgresql://me:hu#s?h@db/stories", "postgresql://me@db/stories"),
        ("postgresql://db?sslpassword=hush", "postgresql://db"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
    assert SECRET not in repr(DatabaseAddress.parse(url))
