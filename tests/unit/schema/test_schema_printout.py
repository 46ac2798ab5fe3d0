"""The printed schema: up to date, and with all descriptions."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.contract import list_breaking_changes
from schema.root import print_contract

_PRINTOUT = Path(__file__).parents[3] / "schema" / "schema.graphql"


def list_descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything in the schema that needs a description."""
    for type_ in schema.type_map.values():
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_):
            yield type_.name, type_.description
            yield from list_parts(type_)


def list_parts(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """The fields, arguments and values of one type."""
    if isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value.description
    if isinstance(type_, GraphQLInputObjectType):
        for name, input_field in type_.fields.items():
            yield f"{type_.name}.{name}", input_field.description
    if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{type_.name}.{name}({argument_name})", argument.description


def test_the_printout_is_current() -> None:
    assert _PRINTOUT.read_text() == print_contract(), "run scripts/schema"


def test_everything_has_a_description() -> None:
    described = dict(list_descriptions(build_schema(print_contract())))

    assert len(described) > 150
    assert [name for name, description in described.items() if not description] == []


def test_the_contract_names_no_python() -> None:
    contract = build_schema(print_contract())

    assert contract.get_type("ShotCounts") is not None
    assert not [name for name in contract.type_map if name.endswith(("Row", "Queries"))]


def test_a_change_that_breaks_clients_is_named() -> None:
    old = "type Query { story(id: ID!): String  shots: [String!]! }"
    new = "type Query { story(id: ID!, style: String!): String  films: [String!]! }"

    assert list_breaking_changes(old, new) == [
        "Field Query.shots was removed.",
        "A required argument Query.story(style:) was added.",
    ]
    assert list_breaking_changes(old, old) == []
