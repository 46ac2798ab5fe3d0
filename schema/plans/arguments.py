"""The arguments of a field, from what a request gives to what its resolver takes.

Strawberry looks up each name, type and default of an input object again for every request. A plan
looks them up when it is compiled.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import partial
from types import MappingProxyType
from typing import Any, cast

import strawberry
from graphql import (
    BREAK,
    ArgumentNode,
    FieldNode,
    GraphQLField,
    VariableNode,
    VariableValues,
    Visitor,
    VisitorAction,
    get_argument_values,
    visit,
)
from strawberry.scalars import is_scalar
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from schema.plans.columns import as_it_is
from schema.plans.selections import Operation
from schema.plans.variables import PLAIN

Arguments = Callable[[Operation], Mapping[str, Any]]
"""A resolver's arguments in an operation, by their Python names."""
Convert = Callable[[Any], Any]

_NONE: Mapping[str, Any] = MappingProxyType({})


def arguments_of(
    schema: strawberry.Schema,
    definition: GraphQLField,
    declared: StrawberryField,
    node: FieldNode,
    variables: VariableValues,
) -> Arguments:
    """The arguments of a selected field, converted here unless they contain variables."""
    if not definition.args:
        return lambda _: _NONE
    named = schema.config.name_converter.from_argument
    converters = [
        (named(one), one.python_name, converter_of(schema, one.type)) for one in declared.arguments
    ]

    def convert(variables: VariableValues) -> Mapping[str, Any]:
        given = get_argument_values(definition, node, variables)
        return {
            python_name: to_python(given[name])
            for name, python_name, to_python in converters
            if name in given
        }

    names = _plain_variables(definition, declared, node)
    if names is not None:
        return _by_variables(names, convert)
    if any(map(_has_variable, node.arguments or ())):
        return lambda operation: convert(operation.variables)
    converted = convert(variables)
    return lambda _: converted


def converter_of(schema: strawberry.Schema, kind: Any) -> Convert:
    """How coerced values of the type become Python's, as Strawberry converts them."""
    scalars = schema.schema_converter.scalar_registry
    if isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        return converter_of(schema, kind.of_type)
    if isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind):
        return as_it_is
    if kind is not strawberry.relay.GlobalID and is_scalar(kind, scalars):
        return as_it_is
    if isinstance(kind, StrawberryList):
        return _list_of(converter_of(schema, kind.of_type))
    if has_object_definition(kind):
        definition = kind.__strawberry_definition__
        if definition.is_input and definition.from_input is None:
            return _input_of(schema, cast("type", kind), definition)
    return partial(convert_argument, type_=kind, scalar_registry=scalars, config=schema.config)


def _list_of(convert: Convert) -> Convert:
    def converted(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        # Also copied if there is nothing to convert: a default is the same list for all requests.
        return [convert(one) for one in value]

    return converted


def _input_of(
    schema: strawberry.Schema, kind: type, definition: StrawberryObjectDefinition
) -> Convert:
    from_field = schema.config.name_converter.from_field
    fields = [
        (
            from_field(one),
            one.python_name,
            converter_of(schema, one.resolve_type(type_definition=definition)),
        )
        for one in definition.fields
    ]
    # Values that are required in Python and may be left out in GraphQL.
    absent = {
        one.python_name: None
        for one in cast("list[Any]", definition.fields)
        if one.default_value is MISSING and one.default_factory is MISSING
    }

    def converted(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        given: dict[str, Any] = dict(absent)
        for name, python_name, convert in fields:
            if name in value:
                given[python_name] = convert(value[name])
        return kind(**given)

    return converted


def _plain_variables(
    definition: GraphQLField, declared: StrawberryField, node: FieldNode
) -> Mapping[str, str] | None:
    """The variables of arguments whose values need no conversion, by the arguments' Python names.

    None if there are others.
    """
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    variables: dict[str, str] = {}
    for name, argument in zip(definition.args, declared.arguments, strict=True):
        value = given.get(name)
        kind = str(cast("Any", definition.args[name]).type).removesuffix("!")
        if not isinstance(value, VariableNode) or kind not in PLAIN:
            return None
        variables[argument.python_name] = value.name.value
    return variables


def _by_variables(
    names: Mapping[str, str], convert: Callable[[VariableValues], Mapping[str, Any]]
) -> Arguments:
    """The values of the variables, and the conversion for those that are not given."""

    def arguments(operation: Operation) -> Mapping[str, Any]:
        values = operation.variables.coerced
        try:
            return {argument: values[variable] for argument, variable in names.items()}
        except KeyError:
            return convert(operation.variables)

    return arguments


def _has_variable(argument: ArgumentNode) -> bool:
    finder = _VariableFinder()
    visit(argument, finder)
    return finder.has_found


class _VariableFinder(Visitor):
    """Finds out whether there is a variable."""

    has_found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> VisitorAction:
        self.has_found = True
        return BREAK
