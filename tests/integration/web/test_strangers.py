"""No access to data of other owners: every field and route of the API with foreign IDs.

The tables name the place of every ID. A new field, argument or route that none of them names fails
here, until its answer to other owners is defined.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from typing import Any, cast

import httpx
import pytest
from graphql import (
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    parse,
    print_ast,
)
from sqlalchemy import text, update
from starlette.routing import Route, WebSocketRoute

from db.models import Story
from domain import Scope
from schema.root import print_contract
from tests.factories import Rows
from tests.graphql_client import DEADLINE_S, Socket, open_socket, post
from tests.owners import Owner, add_owner, serving_with_keys
from tests.stage import Stage
from web.app import create_app
from web.rest.operations import Operation as RestOperation
from web.rest.routes import OPERATIONS
from web.services import WebOptions

Path = tuple[str, ...]
"""The place of an ID: the argument, and the fields below it."""

DEFINITIONS = parse(print_contract()).definitions
OBJECTS = {d.name.value: d for d in DEFINITIONS if isinstance(d, ObjectTypeDefinitionNode)}
INPUTS = {d.name.value: d for d in DEFINITIONS if isinstance(d, InputObjectTypeDefinitionNode)}
ROOTS = ("Query", "Mutation", "Subscription")

IDS = {
    "Query.node.id": "story",
    "Query.story.id": "story",
    "Query.shot.id": "shot",
    "Query.video.id": "video",
    "Query.storyEventLog.storyId": "story",
    "Mutation.updateStory.id": "story",
    "Mutation.cancelStory.id": "story",
    "Mutation.retryStory.input.id": "story",
    "Mutation.retryStory.input.shotIds": "shot",
    "Mutation.deleteStory.id": "story",
    "Mutation.updateShot.input.id": "shot",
    "Mutation.regenerateShot.input.id": "shot",
    "Mutation.regenerateClip.input.id": "shot",
    "Mutation.selectTake.shotId": "shot",
    "Mutation.selectTake.takeId": "take",
    "Mutation.uploadTake.shotId": "shot",
    "Mutation.addShot.input.storyId": "story",
    "Mutation.addShot.input.afterShotId": "shot",
    "Mutation.deleteShot.id": "shot",
    "Mutation.reorderShots.storyId": "story",
    "Mutation.reorderShots.shotIds": "shot",
    "Mutation.generateVideo.input.storyId": "story",
    "Mutation.cancelVideo.id": "video",
    "Mutation.mockShots.storyId": "story",
    "Subscription.storyUpdated.id": "story",
    "Subscription.storyEvents.storyId": "story",
    "Subscription.videoUpdated.id": "video",
}
"""Every argument that is an id, and of what."""

WITHOUT_IDS = {
    "Query.stories",
    "Query.videos",
    "Query.viewer",
    "Query.server",
    "Query.estimateStory",
    "Query.recognizedFormat",
    "Mutation.createStory",
    "Subscription.storiesUpdated",
}
"""Fields without an ID: each has a separate test below, or reveals nothing about others."""

ANSWERS = {
    "Query": "null",
    "Query.storyEventLog": "NOT_FOUND",
    "Mutation": "NOT_FOUND",
    "Mutation.reorderShots.shotIds": "INVALID",  # "name all shots of the story, each once"
    "Mutation.mockShots": "FORBIDDEN",
    "Subscription": "NOT_FOUND",
}
"""The answer to other owners: by root, by field, or for one ID alone."""
FOR_ADMINS = {"Mutation.mockShots"}
"""Refused to others with their own IDs too."""
VALUES: Mapping[str, Any] = {"String": "A text.", "Int": 3, "Float": 3.0, "Boolean": False}

OPEN_ROUTES = {
    "/",
    "/healthz",
    "/readyz",
    "/api/openapi.json",
    "/api/docs",
    "/graphiql",
    "/graphiql/{version}/{name:path}",
    "/films",
    "/stories/{story}",
    "/stories/{story}/{rest:path}",
    "/page/{version}/{name:path}",
}
"""Equal for all viewers."""
GUARDED_ROUTES = {
    "/graphql",
    "/media/{key:path}",
    "/texts",
    "/uploads/{shot_id}/{take_id}",
    "/webhooks/{provider}/{work_id}",
}
"""GraphQL is walked here; media, texts, uploads and webhooks have tests of their own."""
REST_IDS = {"/api/story/{id}": "story", "/api/shot/{id}": "shot"}
REST_WITHOUT_IDS = {"/api/story/create", "/api/story/all"}
BODIES: Mapping[str, Any] = {
    "/api/shot/{id}/update": {"narration": "Another."},
    "/api/story/create": {"content": "A fox sings."},
}


Args = Mapping[str, InputValueDefinitionNode]


def fields_of(name: str) -> Iterator[tuple[str, Args]]:
    """The fields of an object type, each with its arguments."""
    for field in OBJECTS[name].fields or ():
        yield f"{name}.{field.name.value}", {arg.name.value: arg for arg in field.arguments or ()}


def root_fields() -> dict[str, Args]:
    return {field: args for root in ROOTS for field, args in fields_of(root)}


def named(type_: TypeNode) -> str:
    """The type's name, whatever list it is in."""
    if isinstance(type_, (NonNullTypeNode, ListTypeNode)):
        return named(type_.type)
    assert isinstance(type_, NamedTypeNode)
    return type_.name.value


def below(type_: TypeNode) -> Args:
    """The fields of an input object; none of anything else."""
    input_ = INPUTS.get(named(type_))
    return {field.name.value: field for field in (input_.fields or ())} if input_ else {}


def is_required(value: InputValueDefinitionNode) -> bool:
    return isinstance(value.type, NonNullTypeNode) and value.default_value is None


def id_paths(name: str, type_: TypeNode) -> Iterator[Path]:
    """Where ids stand in an argument."""
    if named(type_) == "ID":
        yield (name,)
    for field, value in below(type_).items():
        yield from ((name, *path) for path in id_paths(field, value.type))


def all_ids() -> dict[str, tuple[str, Path]]:
    """Every id of the schema, as it is written in the table: its field, and where it stands."""
    return {
        ".".join([field, *path]): (field, path)
        for field, args in root_fields().items()
        for name, arg in args.items()
        for path in id_paths(name, arg.type)
    }


def own_id(rows: Rows, kind: str) -> str:
    return str(asdict(rows)[kind])


def value_of(where: Path, type_: TypeNode, ids: Mapping[Path, str]) -> Any:
    """A sound value for an argument, with these ids in it."""
    if isinstance(type_, NonNullTypeNode):
        return value_of(where, type_.type, ids)
    if isinstance(type_, ListTypeNode):
        return [value_of(where, type_.type, ids)]
    if fields := below(type_):
        return {
            name: value_of((*where, name), field.type, ids)
            for name, field in fields.items()
            if is_required(field) or (*where, name) in ids
        }
    return ids[where] if named(type_) == "ID" else VALUES[named(type_)]


def operation(
    field: str, owner: Owner, foreign: Path | None, stranger: Owner
) -> tuple[str, dict[str, Any]]:
    """The field with IDs of the owner, except one of another owner."""
    root, name = field.split(".")
    kinds = {path: IDS[key] for key, (of, path) in all_ids().items() if of == field}
    ids = {
        path: own_id(stranger.rows if path == foreign else owner.rows, kind)
        for path, kind in kinds.items()
    }
    used = {
        arg: given
        for arg, given in root_fields()[field].items()
        if is_required(given) or any(path[0] == arg for path in ids)
    }
    variables = {arg: value_of((arg,), given.type, ids) for arg, given in used.items()}
    declared = ", ".join(f"${arg}: {print_ast(given.type)}" for arg, given in used.items())
    passed = ", ".join(f"{arg}: ${arg}" for arg in used)
    selection = "{ userErrors { code } }" if root == "Mutation" else "{ __typename }"
    return f"{root.lower()}({declared}) {{ {name}({passed}) {selection} }}", variables


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    async with serving_with_keys(idle_stage) as url:
        yield url


@pytest.fixture(scope="module")
async def stranger(idle_stage: Stage) -> Owner:
    """An owner whose rows stay unchanged, whatever others try."""
    return await add_owner(idle_stage, "stranger")


async def outcome(url: str, owner: Owner, query: str, variables: dict[str, Any]) -> str:
    """What an operation says: null, the code of its error, or that it went well."""
    if query.startswith("subscription"):
        async with open_socket(url, owner.headers) as socket:
            return await first_word(socket, query, variables)
    answer = await post(url, query, variables, headers=owner.headers)
    if query.startswith("query"):  # the document is known now, so a plan answers
        assert await post(url, query, variables, headers=owner.headers) == answer
    if errors := answer.get("errors"):
        return str(errors[0]["extensions"]["code"])
    (data,) = answer["data"].values()
    if data is None:
        return "null"
    problems = data.get("userErrors")
    return str(problems[0]["code"]) if problems else "well"


async def first_word(socket: Socket, query: str, variables: dict[str, Any]) -> str:
    """What a subscription says first."""
    await socket.subscribe(query, variables)
    frame = await socket.receive()
    if frame["type"] == "next" and "errors" not in frame["payload"]:
        return "well"
    errors = frame["payload"] if frame["type"] == "error" else frame["payload"]["errors"]
    return str(errors[0]["extensions"]["code"])


async def fingerprint(stage: Stage, rows: Rows) -> list[Any]:
    """Everything of a story, to be compared."""
    statements = (
        "SELECT * FROM story WHERE id = :id",
        "SELECT * FROM video WHERE story_id = :id",
        "SELECT * FROM shot WHERE story_id = :id ORDER BY position",
        "SELECT take.* FROM take JOIN shot ON shot.id = shot_id WHERE story_id = :id",
        "SELECT * FROM event WHERE story_id = :id ORDER BY seq",
    )
    async with stage.database.reading() as session:
        return [
            (await session.execute(text(statement), {"id": rows.story})).all()
            for statement in statements
        ]


def test_the_tables_name_every_field_and_every_id() -> None:
    assert set(all_ids()) == set(IDS)
    assert root_fields().keys() - {field for field, _ in all_ids().values()} == WITHOUT_IDS


def test_no_field_below_the_roots_takes_an_id() -> None:
    deeper = [
        f"{field}.{arg}"
        for name in OBJECTS.keys() - ROOTS
        for field, args in fields_of(name)
        for arg, given in args.items()
        if list(id_paths(arg, given.type))
    ]

    assert deeper == []


@pytest.mark.parametrize("where", sorted(IDS))
async def test_an_id_of_somebody_else_is_as_good_as_none(
    url: str, idle_stage: Stage, stranger: Owner, where: str
) -> None:
    field, path = all_ids()[where]
    owner = await add_owner(idle_stage, f"tries.{where}")
    before = await fingerprint(idle_stage, stranger.rows)

    refused = await outcome(url, owner, *operation(field, owner, path, stranger))
    served = await outcome(url, owner, *operation(field, owner, None, stranger))

    expected = ANSWERS.get(where) or ANSWERS.get(field) or ANSWERS[field.split(".")[0]]
    assert refused == expected
    assert served not in ("null", "NOT_FOUND")
    assert (served == "FORBIDDEN") == (field in FOR_ADMINS)
    assert await fingerprint(idle_stage, stranger.rows) == before


MUTATIONS = sorted(field for field in root_fields() if field.startswith("Mutation."))
CREATE = """mutation($key: String) {
    createStory(input: {content: "A fox sings.", idempotencyKey: $key}) {
        story { id } userErrors { code }
    }
}"""


@pytest.mark.parametrize("field", MUTATIONS)
async def test_who_may_only_read_changes_nothing(
    url: str, idle_stage: Stage, stranger: Owner, field: str
) -> None:
    reader = await add_owner(idle_stage, f"reads.{field}", scope=Scope.READ)
    before = await fingerprint(idle_stage, reader.rows)
    is_create = field == "Mutation.createStory"
    nothing: dict[str, Any] = {}
    asked = (CREATE, nothing) if is_create else operation(field, reader, None, stranger)

    refused = await outcome(url, reader, *asked)
    seen = await outcome(url, reader, *operation("Query.story", reader, None, stranger))

    assert (refused, seen) == ("FORBIDDEN", "well")
    assert await fingerprint(idle_stage, reader.rows) == before


LISTS = """query($search: String) {
    stories(filter: {search: $search}) { totalCount nodes { id } edges { node { id } } }
    videos(filter: {search: $search}) { totalCount nodes { id } edges { node { id } } }
}"""


async def test_lists_searches_and_counts_hold_what_is_ones_own(
    url: str, idle_stage: Stage, stranger: Owner
) -> None:
    owner = await add_owner(idle_stage, "lister")
    async with idle_stage.database.transaction() as session:
        await session.execute(
            update(Story).where(Story.id == stranger.rows.story).values(content="A zebra's secret.")
        )

    everything = await post(url, LISTS, {}, headers=owner.headers)
    found = await post(url, LISTS, {"search": "zebra"}, headers=owner.headers)

    expected = {"stories": owner.rows.story, "videos": owner.rows.video}
    for name, id_ in expected.items():
        node = {"id": str(id_)}
        assert everything["data"][name] == {
            "totalCount": 1, "nodes": [node], "edges": [{"node": node}],
        }  # fmt: skip
        assert found["data"][name] == {"totalCount": 0, "nodes": [], "edges": []}


async def test_a_dashboard_shows_what_is_ones_own(
    url: str, idle_stage: Stage, stranger: Owner
) -> None:
    owner = await add_owner(idle_stage, "watcher")
    rename = """mutation($id: ID!) { updateStory(id: $id, title: "Another") { story { id } } }"""

    async with open_socket(url, owner.headers) as socket:
        await socket.subscribe("subscription { storiesUpdated { id } }")
        await socket.subscribe(
            "subscription($id: ID!) { storyUpdated(id: $id) { id } }", {"id": str(owner.rows.story)}
        )
        await socket.receive()  # the second begins with the present state: both are there
        for who in (stranger, owner):
            await post(url, rename, {"id": str(who.rows.story)}, headers=who.headers)
        told = {(await socket.receive())["payload"]["data"].popitem()[1]["id"] for _ in range(2)}

    assert told == {str(owner.rows.story)}


async def test_an_idempotency_key_is_its_owners(url: str, idle_stage: Stage) -> None:
    first, second = [await add_owner(idle_stage, f"creator.{n}") for n in (1, 2)]

    made = [
        (await post(url, CREATE, {"key": "the same"}, headers=who.headers))["data"]["createStory"]
        for who in (first, second, first)
    ]

    assert [answer["userErrors"] for answer in made] == [[], [], []]
    assert made[0] == made[2] != made[1]


async def test_the_log_of_a_deleted_story_stays_its_owners(url: str, idle_stage: Stage) -> None:
    owner, other = [await add_owner(idle_stage, f"reader.{n}") for n in (1, 2)]
    log = """query($id: ID!, $after: EventCursor) {
        storyEventLog(storyId: $id, after: $after) { endCursor events { type } }
    }"""
    delete = "mutation($id: ID!) { deleteStory(id: $id) { deletedId } }"
    story_id = {"id": str(owner.rows.story)}
    page = (await post(url, log, story_id, headers=owner.headers))["data"]["storyEventLog"]
    await post(url, delete, story_id, headers=owner.headers)
    asked = {**story_id, "after": page["endCursor"]}

    own = await post(url, log, asked, headers=owner.headers)
    foreign = await post(url, log, asked, headers=other.headers)

    assert own["data"]["storyEventLog"]["events"][-1] == {"type": "STORY_DELETED"}
    assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_admin_sees_what_is_everybodys(url: str, idle_stage: Stage) -> None:
    admin = await add_owner(idle_stage, "admin", scope=Scope.ADMIN)
    stranger = await add_owner(idle_stage, "another")
    ids = "{ stories(first: 2) { nodes { id } } videos(first: 2) { nodes { id } } }"

    listed = (await post(url, ids, headers=admin.headers))["data"]
    seen = [
        await outcome(url, admin, *operation(field, stranger, None, stranger))
        for field in ("Query.story", "Query.node", "Subscription.storyEvents")
    ]
    development = await outcome(url, admin, *operation("Mutation.mockShots", admin, None, stranger))

    assert {"id": str(stranger.rows.story)} in listed["stories"]["nodes"]
    assert {"id": str(stranger.rows.video)} in listed["videos"]["nodes"]
    assert seen == ["well", "well", "well"]
    assert development == "CONFLICT", "it may, but the story has shots"


def rest_kind(path: str) -> str | None:
    """Of what the id in the path is; None where there is none."""
    kinds = [kind for prefix, kind in REST_IDS.items() if path.startswith(prefix)]
    return kinds[0] if kinds else None


def test_the_tables_name_every_route() -> None:
    app = create_app(cast("Any", None), options=WebOptions(), allowed_hosts=())
    routes = {route.path for route in app.routes if isinstance(route, (Route, WebSocketRoute))}
    rest = {operation.path for operation in OPERATIONS}

    assert len(app.routes) == sum(isinstance(r, (Route, WebSocketRoute)) for r in app.routes)
    assert routes - rest == OPEN_ROUTES | GUARDED_ROUTES
    assert {path for path in rest if rest_kind(path) is None} == REST_WITHOUT_IDS


@pytest.mark.parametrize(
    "operation", [pytest.param(o, id=f"{o.method} {o.path}") for o in OPERATIONS]
)
async def test_a_route_knows_no_id_of_somebody_else(
    url: str, idle_stage: Stage, stranger: Owner, operation: RestOperation[Any]
) -> None:
    owner = await add_owner(idle_stage, f"rest.{operation.method}.{OPERATIONS.index(operation)}")
    reader = await add_owner(idle_stage, f"rests.{OPERATIONS.index(operation)}", scope=Scope.READ)
    kind = rest_kind(operation.path)
    before = await fingerprint(idle_stage, stranger.rows)

    async def status(who: Owner | None, whose: Owner) -> int:
        path = operation.path.format(id=own_id(whose.rows, kind)) if kind else operation.path
        headers = who.headers if who else None
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=DEADLINE_S) as client:
            body = BODIES.get(operation.path) if operation.body else None
            answer = await client.request(operation.method, path, json=body)
        assert answer.json()["code"] == answer.status_code
        assert str(stranger.rows.story) not in answer.text
        return answer.status_code

    is_write = operation.method == "POST"
    is_for_admins = operation.path.endswith("/mock-gen")
    assert await status(None, owner) == 401
    assert await status(reader, reader) == (403 if is_write else 200)
    assert await status(owner, owner) == (403 if is_for_admins else 200)
    if kind:
        assert await status(owner, stranger) == (403 if is_for_admins else 404)
    assert await fingerprint(idle_stage, stranger.rows) == before
