"""Coerces the variables of an operation; strings, integers and booleans without graphql-core.

Most clients send an ID or two. graphql-core looks up each variable's type again for every request.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_variable_values,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValueSource

from schema.values import check_variables

_LEAST_INT, _LARGEST_INT = -(2**31), 2**31 - 1
PLAIN: Mapping[str, type] = {"ID": str, "String": str, "Boolean": bool, "Int": int}
"""The values of built-in scalars that stay what they are, from the request to the resolver."""


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        """The operation is valid."""
        self._schema = schema
        self._operation = operation
        self._plain = _plain(schema, operation)

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | Sequence[GraphQLError]:
        """Their values, or what is wrong with these.

        Raises:
            GraphQLError: They exceed a limit.
        """
        if self._plain is not None:
            found = self._as_they_are(self._plain, given)
            if found is not None:
                return found
        check_variables(self._operation, given)
        definitions = self._operation.variable_definitions or ()
        return get_variable_values(self._schema, definitions, dict(given))

    def _as_they_are(
        self, plain: Mapping[str, tuple[type, Any]], given: Mapping[str, Any]
    ) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        values: dict[str, Any] = {}
        for name, (kind, signature) in plain.items():
            value: Any = given.get(name)
            if type(value) is not kind:
                return None
            if kind is int and not _LEAST_INT <= value <= _LARGEST_INT:
                return None
            sources[name] = VariableValueSource(signature, value)
            values[name] = value
        return VariableValues(sources, values)


def _plain(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Mapping[str, tuple[type, Any]] | None:
    """For each variable the class of values that stay as they are; None if one has none."""
    found: dict[str, tuple[type, Any]] = {}
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        name = str(cast("Any", signature).type).removesuffix("!")
        if name not in PLAIN:
            return None
        found[signature.name] = PLAIN[name], signature
    return found
