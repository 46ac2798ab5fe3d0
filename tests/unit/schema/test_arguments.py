"""Arguments become what Strawberry makes of them, for every field of the schema."""

from typing import Any, cast

import graphql
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
)
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.arguments import StrawberryArgument, convert_argument

from schema.introspection import declaration_of
from schema.plans.arguments import converter_of
from schema.plans.compiler import core_schema
from schema.root import SCHEMA

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(0, 9),
    "Float": st.floats(0, 9),
    "Boolean": st.booleans(),
    "DateTime": st.just("2026-12-01T00:00:00Z"),
}


def arguments() -> dict[str, tuple[Any, StrawberryArgument]]:
    """The arguments of all fields: graphql-core's type, and Strawberry's argument."""
    found: dict[str, tuple[Any, StrawberryArgument]] = {}
    for kind in core_schema(SCHEMA).type_map.values():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            declared = declaration_of(field)
            if declared is None:
                continue
            for one, argument in zip(field.args, declared.arguments, strict=True):
                found[f"{kind.name}.{name}({one})"] = (field.args[one].type, argument)
    return found


def _is_required(kind: Any) -> bool:
    return isinstance(kind, GraphQLNonNull)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """What clients may send for the type."""
    return present(kind.of_type) if _is_required(kind) else st.none() | present(kind)


def present(kind: Any) -> st.SearchStrategy[Any]:
    """What they may send but null."""
    match kind:
        case GraphQLList():
            return st.lists(values(cast("Any", kind).of_type), max_size=3)
        case GraphQLEnumType():
            return st.sampled_from(sorted(kind.values))
        case GraphQLInputObjectType():
            fields = cast("dict[str, Any]", kind.fields)
            required = {
                name: values(one.type)
                for name, one in fields.items()
                if _is_required(one.type) and one.default_value is Undefined
            }
            optional = {
                name: values(one.type) for name, one in fields.items() if name not in required
            }
            return st.fixed_dictionaries(required, optional=optional)
        case GraphQLScalarType():
            return _SCALARS.get(kind.name, st.sampled_from(["1", "12"]))
        case _:
            raise TypeError(kind)


ARGUMENTS = arguments()


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@given(data=st.data())
def test_arguments_become_what_strawberry_makes_of_them(name: str, data: st.DataObject) -> None:
    kind, argument = ARGUMENTS[name]
    coerced = cast("Any", graphql).coerce_input_value(data.draw(values(kind)), kind)
    expected = convert_argument(
        coerced,
        argument.type,
        scalar_registry=SCHEMA.schema_converter.scalar_registry,
        config=SCHEMA.config,
    )

    assert converter_of(SCHEMA, argument.type)(coerced) == expected


def test_a_list_is_never_the_one_that_was_given() -> None:
    _, argument = ARGUMENTS["Mutation.reorderShots(shotIds)"]
    sent = ["1", "2"]
    converted = converter_of(SCHEMA, argument.type)(sent)

    assert converted == sent
    assert converted is not sent
