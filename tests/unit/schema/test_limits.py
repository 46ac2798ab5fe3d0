"""What one operation may ask for, and what introspection does."""

import asyncio
from typing import Any, cast

import graphql
import pytest
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from domain import MAX_EVENTS_PAGE, MAX_PAGE_SIZE
from schema.introspection import count_introspection
from schema.limits import MAX_ALIASES, MAX_COST, check_limits
from schema.root import SCHEMA
from tests.timing import least_cpu_s

_SCHEMA: Any = cast(Any, SCHEMA)._schema
BOMB = (
    "{" + " ".join(f"s{number}: __schema {{ types {{ ...T }} }}" for number in range(10)) + "}"
    " fragment T on __Type { fields { type { fields { ...R } } } }"
    " fragment R on __Field {" + " ".join(f"a{number}: name" for number in range(300)) + "}"
)
TOOLS = {
    "the least": get_introspection_query(descriptions=False),
    "GraphiQL": get_introspection_query(),
    "codegen": get_introspection_query(specified_by_url=True, directive_is_repeatable=True),
    "everything": get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
        type_depth=20,
    ),
}


def judge(query: str, variables: dict[str, Any] | None = None) -> str | None:
    """The code that the first operation is refused with."""
    document = parse(query)
    counted = count_introspection(_SCHEMA, document, limit=MAX_COST)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    try:
        check_limits(_SCHEMA, document, operation, variables or {}, counted)
    except GraphQLError as error:
        return (error.extensions or {})["code"]
    return None


@pytest.mark.parametrize("query", TOOLS.values(), ids=TOOLS)
def test_tools_may_introspect(query: str) -> None:
    assert judge(query) is None


@pytest.mark.parametrize(
    "query",
    [
        *TOOLS.values(),
        "{ __typename __schema { directives { name args { name type { name } } } } }",
        """{ __type(name: "Story") { fields { name args { name defaultValue } type { ...T } } } }
        fragment T on __Type { name ofType { name ofType { enumValues { name } } } }""",
        """{ a: __type(name: "Node") {
            possibleTypes { name ... on __Type { interfaces { name } } } inputFields { name }
        } b: __type(name: "Nothing") { name } }""",
    ],
)
def test_introspection_is_counted_as_it_is_answered(query: str) -> None:
    document = parse(query)

    counted = count_introspection(_SCHEMA, document, limit=MAX_COST)

    answer = cast(Any, graphql).execute_sync(_SCHEMA, document).data
    present = {name: value for name, value in answer.items() if name != "__typename"}
    assert sum(counted.values()) == count_values(present)


def count_values(answer: dict[str, Any]) -> int:
    """The values of an answer; a list counts with its items, one that is empty as one."""
    total = 0
    for value in answer.values():
        items = cast("list[Any]", value if isinstance(value, list) else [value])
        objects = [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
        total += sum(1 + count_values(item) for item in objects) or 1
    return total


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (BOMB, "TOO_MANY_ALIASES"),
        (
            "{ __schema {"
            + " ".join(f"t{n}: types {{ ...T }}" for n in range(30))
            + "} } fragment T on __Type { fields { name args { name type { name ofType { name } } }"
            " type { name description ofType { name description } } } }",
            "QUERY_TOO_LARGE",
        ),
        (
            '{ __type(name: "Story") {'
            + " ".join(f"a{n}: name" for n in range(MAX_ALIASES + 1))
            + "} }",
            "TOO_MANY_ALIASES",
        ),
        (
            "{ __schema { types " + "{ fields { type " * 7 + "{ name }" + " } }" * 7 + " } }",
            "QUERY_TOO_DEEP",
        ),
    ],
)
def test_introspection_counts_like_everything_else(query: str, code: str) -> None:
    assert judge(query) == code


def test_what_cannot_be_counted_is_too_large_and_soon_said() -> None:
    round_and_round = (
        "{ __schema { types { ...T } } } "
        "fragment T on __Type { fields { args { type { ...T } } type { ...T ofType { ...T } } } }"
    )

    def measured() -> None:
        judge(round_and_round)
        judge(BOMB)

    assert least_cpu_s(measured) < 1.0  # 0.05 on a quiet machine


SHOTS = "story { shots { id title prompt narration status } } "
EVENTS = f"events {{ {SHOTS} again: {SHOTS} }}"
NODES = "nodes { " + " ".join(f"s{n}: shots {{ id title prompt status }}" for n in range(11)) + " }"


@pytest.mark.parametrize(("first", "code"), [(100, None), (MAX_EVENTS_PAGE, "QUERY_TOO_LARGE")])
def test_a_page_of_events_counts_with_all_of_them(first: int, code: str | None) -> None:
    by_variable = f'query ($n: Int!) {{ storyEventLog(storyId: "a", first: $n) {{ {EVENTS} }} }}'

    assert judge(by_variable.replace("$n)", f"{first})").replace("$n: Int!", "$n: Int")) == code
    assert judge(by_variable, {"n": first}) == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (MAX_PAGE_SIZE, "QUERY_TOO_LARGE"),
        (float(MAX_PAGE_SIZE), "QUERY_TOO_LARGE"),
        (1e308, "QUERY_TOO_LARGE"),
        (2**31, "QUERY_TOO_LARGE"),
        (1, None),
        (1.0, None),
        (1.5, None),
        (float("inf"), None),
        (float("nan"), None),
        ("100", None),
        (None, None),
        (-5, None),
        ([100], None),
    ],
)
@pytest.mark.parametrize("argument", ["first", "last"])
def test_a_page_size_counts_in_whatever_form_an_int_may_come(
    argument: str, number: object, code: str | None
) -> None:
    query = f"query ($n: Int) {{ stories({argument}: $n) {{ {NODES} }} }}"

    assert judge(query, {"n": number}) == code


def test_a_fragment_counts_with_the_page_size_of_each_place() -> None:
    fragment = f" fragment Page on StoryConnection {{ {NODES} }}"

    assert judge("{ stories(first: 1) { ...Page } }" + fragment) is None
    assert judge("{ stories(first: 100) { ...Page } }" + fragment) == "QUERY_TOO_LARGE"


def test_measuring_takes_as_long_as_the_document_however_many_page_sizes_it_has() -> None:
    pages = " ".join(f"p{n}: stories(first: {n}) {{ ...Page }}" for n in range(1, 100))
    fragment = " fragment Page on StoryConnection { nodes { " + "id " * 1_000 + "} }"
    took_s = least_cpu_s(lambda: judge("{" + pages + "}" + fragment))

    assert took_s < 0.3  # 0.02 on a quiet machine, 0.5 for each page anew


@pytest.mark.parametrize(("times", "code"), [(9, None), (10, "QUERY_TOO_LARGE")])
def test_an_estimate_weighs_what_it_costs_to_cut_a_text(times: int, code: str | None) -> None:
    estimates = " ".join(
        f'e{n}: estimateStory(input: {{content: "a"}}) {{ total }}' for n in range(times)
    )

    assert judge("{" + estimates + "}") == code


@pytest.mark.parametrize(("times", "code"), [(1, None), (2, "QUERY_TOO_LARGE")])
def test_what_a_list_weighs_counts_once_however_long_it_is(times: int, code: str | None) -> None:
    warnings = " ".join(f"w{n}: filmWarnings {{ code message }}" for n in range(times))

    assert judge(f"{{ stories(first: 100) {{ nodes {{ {warnings} }} }} }}") == code


def test_fragments_in_a_row_are_too_deep_and_no_accident() -> None:
    inside = "story { video { " * 30
    chain = "".join(
        f" fragment F{n} on Story {{ video {{ {inside} id ...F{n + 1} {'} }' * 30} }} }}"
        for n in range(30)
    )

    assert judge('{ story(id: "a") { ...F0 } }' + chain) == "QUERY_TOO_DEEP"


async def test_reading_a_document_leaves_the_event_loop_to_others() -> None:
    """Comparing the fields of this one with each other takes longer than anybody may wait."""
    query = "{" + "viewer { id } " * 390 + "}"
    reading = asyncio.create_task(SCHEMA.execute(query, context_value=None))
    looked = 0

    while not reading.done():
        await asyncio.sleep(0.005)
        looked += 1

    assert looked > 5
    assert (await reading).errors is not None  # there is no viewer without a context
