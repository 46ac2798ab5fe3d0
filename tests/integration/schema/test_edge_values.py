"""Every argument of the schema with every edge value of its type: a result or a clean error.

The arguments come from the schema itself, so a new one is covered automatically.
"""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
import structlog
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from domain import MAX_LIST_LENGTH
from schema.root import SCHEMA
from tests.factories import Rows, add_rows
from tests.graphql_client import open_socket, serving_stage
from tests.stage import Stage
from web.graphql.websocket import MAX_MESSAGE_BYTES

_SCHEMA: Any = cast(Any, SCHEMA)._schema
_AT_ONCE = 8


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


ID = str(uuid4())
STRINGS: list[object] = [
    "",
    " \u3000\n",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e\ufeff",
    "🎬👩‍👩‍👧‍👦",
    "%_\\'\";--",
    "x" * 210_000,
]
WRONG: list[object] = [None, True, 5, -0.5, 1e308, 10**400, "x", [], [[]], {}, {"a": {"b": 1}}]
PAGING = ("after", "before")
CURSORS: list[object] = [
    _cursor(f"e:{seq}")
    for seq in ("0", "-1", "1", "٣", "9" * 18, "9" * 19, "9" * 5_000, "1e3", "", "0x1", "\x00")
]
PAGE_CURSORS: list[object] = [
    _cursor(text)
    for text in (
        "p",
        "p:",
        "p::",
        f"p::{ID}:",
        f"p::{ID}:\x00",
        "p::" + "9" * 5_000,
        f"p:TITLE:{ID}:" + "x" * 100_000,
        f"p:TITLE:{ID}:\x00",
        f"p:UPDATED_AT:{ID}:",
        f"p:UPDATED_AT:{ID}:2026-W01-1",
        f"p:UPDATED_AT:{ID}:20260101T000000",
        f"p:UPDATED_AT:{ID}:0001-01-01T00:00:00+14:00",
        f"p:UPDATED_AT:{ID}:9999-12-31T23:59:59-14:00",
        f"p:UPDATED_AT:{ID}:2026-01-01T00:00:00+05:30:15.123456",
    )
]
EDGES: dict[str, list[object]] = {
    "Int": [0, -1, 1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63, 100.0, 1.5, "1"],
    "Float": [0, -0.0, 5e-324, 1e308, -1e308, 2**53 + 1, 10**308, 10**309, "NaN", "1"],
    "Boolean": [0, 1, "true", ""],
    "String": STRINGS,
    "ID": [*STRINGS, 7, ID.upper(), f"urn:uuid:{ID}", f"{{{ID}}}", ID + "0", "0" * 32, "９" * 32],
    "DateTime": [
        *STRINGS[:6],
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
        "294277-01-01T00:00:00Z",
        "-4713-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:00:00.000001",
        "2026-W01-1T00:00:00Z",
    ],
    "EventCursor": [*STRINGS[:6], *CURSORS],
}
NOTHING_NEW = [_cursor(f"e:{seq}") for seq in ("0", "1", "٣")]
"""Cursors after which a subscription waits; `storyEventLog` takes them too, and answers."""
LITERALS: dict[str, list[str]] = {
    "Int": ["9" * 400, "-" + "9" * 5_000, "1e1", "1.0", "-0", "$nobody"],
    "Float": ["1e400", "-1e400", "9" * 5_000, "1e-400", "0." + "1" * 5_000],
    "Boolean": ["TRUE", "null"],
    "String": ['"\\u0000"', '"\\uD83C"', '"""\n  a\n   b\n"""', "null", "A", "9" * 5_000],
    "ID": ["9" * 5_000, "-1", '"""x"""', "1.0"],
    "DateTime": ["9" * 5_000, "2026", '"0001-01-01T00:00:00+14:00"', "{a: 1}", "[[1]]"],
    "EventCursor": ["9" * 5_000, "1", "{a: 1}"],
}


@dataclass(frozen=True, slots=True)
class Place:
    """An argument, or a field of an input object below one."""

    operation: str
    field: str
    path: tuple[str, ...]
    type: Any

    def __str__(self) -> str:
        return f"{self.operation}.{self.field}({'.'.join(self.path)})"


def _named(kind: Any) -> Any:
    return cast(Any, get_named_type(kind))


def _is_list(kind: Any) -> bool:
    return isinstance(kind, GraphQLList) or isinstance(getattr(kind, "of_type", None), GraphQLList)


def _below(kind: Any, path: tuple[str, ...]) -> Generator[tuple[tuple[str, ...], Any]]:
    yield path, kind
    if isinstance(_named(kind), GraphQLInputObjectType):
        for name, field in _named(kind).fields.items():
            yield from _below(field.type, (*path, name))


def list_places() -> Iterator[Place]:
    """Every argument of Query, Mutation and Subscription, and every input field below them."""
    for operation in ("query", "mutation", "subscription"):
        root: GraphQLObjectType = getattr(_SCHEMA, f"{operation}_type")
        for name, field in root.fields.items():
            for argument, definition in field.args.items():
                for path, kind in _below(definition.type, (argument,)):
                    yield Place(operation, name, path, kind)


PLACES = list(list_places())


def edge_values(place: Place) -> list[object]:
    """What a variable of the place's type may bring."""
    kind, named = place.type, _named(place.type)
    if isinstance(named, GraphQLEnumType):
        edges: list[object] = ["NOPE", "", next(iter(named.values)).lower(), "x" * 100_000]
    elif isinstance(named, GraphQLInputObjectType):
        edges = [{"__proto__": 1}, {"": 1}, {f"a{n}": n for n in range(40_000)}]
    else:
        edges = [*EDGES[named.name], *(PAGE_CURSORS if place.path[-1] in PAGING else ())]
    if _is_list(kind):
        usual = _usual(named, "")
        many: list[object] = [[usual] * count for count in (1, 1_000, 1_001, 60_000)]
        many.append([1] * 100_001)
        edges = [*many, *([value] for value in edges), *edges]
    return [*edges, *WRONG]


def _usual(named: Any, name: str, rows: Rows | None = None) -> object:
    """A value that nobody minds."""
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        return {
            field: _value(definition, field, rows)
            for field, definition in named.fields.items()
            if isinstance(definition.type, GraphQLNonNull)
        }
    if named.name == "ID" and rows is not None:
        noun = next((noun for noun in ("take", "shot", "video") if noun in name.lower()), "story")
        return str(getattr(rows, noun))
    usual: dict[str, object] = {"Int": 1, "Float": 1.0, "Boolean": False, "EventCursor": CURSORS[0]}
    return usual.get(named.name, "x")


def _value(definition: Any, name: str, rows: Rows | None) -> object:
    usual = _usual(_named(definition.type), name, rows)
    return [usual] if _is_list(definition.type) else usual


def _selection(field: Any) -> str:
    named = _named(field.type)
    names = getattr(named, "fields", {})
    if "userErrors" in names:
        return "{ userErrors { code field message } }"
    return "{ totalCount }" if "totalCount" in names else "{ __typename }"


def build_document(place: Place, literal: str | None = None) -> str:
    """An operation that takes every needed argument as a variable; the place as a literal."""
    field: Any = getattr(_SCHEMA, f"{place.operation}_type").fields[place.field]
    needed = _needed(field, place)
    given = {name: f"${name}" for name in needed}
    if literal is not None:
        for name in reversed(place.path[1:]):
            literal = f"{{{name}: {literal}}}"
        given[place.path[0]] = literal
        needed = {name: kind for name, kind in needed.items() if name != place.path[0]}
    variables = ", ".join(f"${name}: {definition.type}" for name, definition in needed.items())
    arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
    head = f"{place.operation} ({variables})" if variables else place.operation
    return f"{head} {{ {place.field}({arguments}) {_selection(field)} }}"


def _needed(field: Any, place: Place) -> dict[str, Any]:
    return {
        name: definition
        for name, definition in field.args.items()
        if name == place.path[0] or isinstance(definition.type, GraphQLNonNull)
    }


def build_variables(place: Place, value: object, rows: Rows) -> dict[str, Any]:
    """Every needed variable with a usual value, and the place with this one."""
    field: Any = getattr(_SCHEMA, f"{place.operation}_type").fields[place.field]
    variables: dict[str, Any] = {
        name: _value(definition, name if "Id" in name else place.field, rows)
        for name, definition in _needed(field, place).items()
    }
    inner = variables
    for name in place.path[:-1]:
        inner = inner.setdefault(name, {})
    inner[place.path[-1]] = value
    return variables


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        yield client


@pytest.fixture
def silent(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged as an error, and no statement at all."""
    with structlog.testing.capture_logs() as lines, caplog.at_level(logging.WARNING):
        yield
    told = [line for line in lines if line["log_level"] in ("error", "critical")]
    assert not told, told[:3]
    assert not [record for record in caplog.records if record.name.startswith("sqlalchemy")]


def check_answer(answer: dict[str, Any], told: str) -> None:
    """Data, or mistakes that each say what is wrong and where."""
    for error in answer.get("errors", []):
        code = error["extensions"]["code"]
        assert code != "INTERNAL_SERVER_ERROR", (told, error)
        where = error.get("path") or error["extensions"].get("field") or error.get("locations")
        assert where, (told, error)
    payloads: list[dict[str, Any] | None] = [*(answer.get("data") or {}).values()]
    for payload in payloads:
        for mistake in (payload or {}).get("userErrors", []):
            assert mistake["code"], told
            assert mistake["field"] or mistake["code"] in ("INVALID_STATE", "CONFLICT"), (
                told,
                mistake,
            )


async def ask_edges(client: httpx.AsyncClient, bodies: list[dict[str, Any]]) -> None:
    """Ask them all, a few at once."""

    async def ask_some(start: int) -> None:
        for body in bodies[start::_AT_ONCE]:
            content = json.dumps(body)
            response = await client.post(
                "/graphql", content=content, headers={"Content-Type": "application/json"}
            )
            assert response.status_code == 200
            check_answer(response.json(), content[:300])

    await asyncio.gather(*(ask_some(start) for start in range(_AT_ONCE)))


HTTP_PLACES = [place for place in PLACES if place.operation != "subscription"]


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("place", HTTP_PLACES, ids=map(str, HTTP_PLACES))
async def test_no_value_of_an_argument_is_an_accident(
    client: httpx.AsyncClient, idle_stage: Stage, place: Place
) -> None:
    rows = await add_rows(idle_stage.database)
    document = build_document(place)
    usual = build_variables(place, None, rows)
    bodies: list[dict[str, Any]] = [
        {"query": document, "variables": build_variables(place, value, rows)}
        for value in edge_values(place)
    ]
    bodies += [
        {"query": build_document(place, literal), "variables": usual}
        for literal in LITERALS.get(_named(place.type).name, ["5", '"x"', "NOPE", "[]", "{a: 1}"])
    ]

    await ask_edges(client, bodies)


SUBSCRIPTIONS = [place for place in PLACES if place.operation == "subscription"]


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("place", SUBSCRIPTIONS, ids=map(str, SUBSCRIPTIONS))
async def test_no_value_of_a_subscription_is_an_accident(
    url: str, idle_stage: Stage, place: Place
) -> None:
    rows = await add_rows(idle_stage.database)
    document = build_document(place)
    values = [
        value
        for value in edge_values(place)
        if value not in NOTHING_NEW and len(json.dumps(value)) < MAX_MESSAGE_BYTES // 2
    ]

    async with open_socket(url) as socket:
        for value in values:
            id_ = await socket.subscribe(document, build_variables(place, value, rows))
            frame = await socket.receive()
            assert frame["id"] == id_
            answer = frame["payload"]
            check_answer({"errors": answer} if isinstance(answer, list) else answer, repr(value))
            if frame["type"] == "next":
                await socket.send({"id": id_, "type": "complete"})


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("argument", PAGING)
@pytest.mark.parametrize("order", ["CREATED_AT", "UPDATED_AT", "TITLE"])
async def test_a_forged_cursor_is_refused_in_every_order_or_is_a_place(
    client: httpx.AsyncClient, order: str, argument: str
) -> None:
    query = f"""query ($cursor: String, $order: StoryOrder) {{
        stories({argument}: $cursor, orderBy: $order) {{ nodes {{ id }} }} }}"""
    bodies: list[dict[str, Any]] = [
        {"query": query, "variables": {"cursor": cursor, "order": {"field": order}}}
        for cursor in [*STRINGS, *PAGE_CURSORS]
    ]

    await ask_edges(client, bodies)


@pytest.mark.parametrize(
    ("place", "moment", "code"),
    [
        ("createdBefore", "0001-01-01T00:00:00+14:00", "OUT_OF_RANGE"),
        ("createdAfter", "9999-12-31T23:59:59-14:00", "OUT_OF_RANGE"),
        ("createdAfter", "294277-01-01T00:00:00Z", "INVALID"),
    ],
)
@pytest.mark.parametrize("field", ["stories", "videos"])
async def test_a_time_out_of_range_is_refused_with_its_place(
    client: httpx.AsyncClient, field: str, place: str, moment: str, code: str
) -> None:
    kind = {"stories": "StoryFilter", "videos": "VideoFilter"}[field]
    query = f"query ($filter: {kind}) {{ {field}(filter: $filter) {{ totalCount }} }}"
    literal = f'{{ {field}(filter: {{{place}: "{moment}"}}) {{ totalCount }} }}'

    by_variable = await send(client, query, {"filter": {place: moment}})
    by_literal = await send(client, literal)

    assert by_variable["extensions"] == {"code": code, "field": ["filter", place]}
    assert by_literal["extensions"] == {"code": code}
    assert by_literal["locations"]


async def test_the_ends_of_time_itself_are_in_range(client: httpx.AsyncClient) -> None:
    query = "query ($filter: StoryFilter) { stories(filter: $filter) { totalCount } }"
    filter_ = {
        "createdAfter": "0001-01-01T00:00:00Z",
        "createdBefore": "9999-12-31T23:59:59.999999Z",
    }
    body = {"query": query, "variables": {"filter": filter_}}

    response = await client.post("/graphql", json=body)

    assert response.json()["data"]["stories"]["totalCount"] >= 0


@pytest.mark.parametrize("count", [MAX_LIST_LENGTH + 1, 100_001])
async def test_a_list_that_is_too_long_is_refused_with_its_place(
    client: httpx.AsyncClient, count: int
) -> None:
    query = "query ($filter: StoryFilter) { stories(filter: $filter) { totalCount } }"

    error = await send(client, query, {"filter": {"status": ["A"] * count}})

    assert error["extensions"] == {"code": "TOO_LONG", "field": ["filter", "status"]}


async def test_a_list_in_the_document_is_held_to_the_same_length(
    client: httpx.AsyncClient,
) -> None:
    statuses = "FAILED " * (MAX_LIST_LENGTH + 1)

    error = await send(client, f"{{ stories(filter: {{status: [{statuses}]}}) {{ totalCount }} }}")

    assert error["extensions"] == {"code": "TOO_LONG"}
    assert error["locations"]


async def test_the_values_of_all_variables_are_counted_together(client: httpx.AsyncClient) -> None:
    query = "query ($a: StoryFilter, $b: StoryFilter) { stories(filter: $a) { totalCount } }"
    half = {"status": ["FAILED"] * MAX_LIST_LENGTH}

    error = await send(client, query, {"a": half, "b": half})

    assert error["extensions"]["code"] == "TOO_MANY_VALUES"
    assert error["extensions"]["field"][0] in ("a", "b")


async def test_variables_that_the_operation_does_not_have_are_ignored(
    client: httpx.AsyncClient,
) -> None:
    body = {"query": "{ viewer { id } }", "variables": {"more": [1] * 10_000}}

    response = await client.post("/graphql", json=body)

    assert "errors" not in response.json()


async def send(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The only error of an operation that is refused."""
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    [error] = response.json()["errors"]
    return error
