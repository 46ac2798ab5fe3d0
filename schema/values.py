"""Validates the values of an operation: their number and their content.

Each value is converted separately, and a list becomes parameters of a statement. Tens of thousands
would block other requests, and no statement accepts as many.
"""

from collections.abc import Mapping
from typing import Any, cast

import graphql
from graphql import (
    ASTValidationRule,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
)

from domain import MAX_LIST_LENGTH
from errors import AIStoryError
from schema.errors import cause_of

MAX_VALUES = 2_000
"""In all variables of an operation; its document has at most as many tokens."""

_CORE: Any = graphql
"""Its unions of wrapping types have no end for a type checker."""
_MAX_MISTAKES = 20
"""Reports the error of one variable."""


class ListLengthRule(ASTValidationRule):
    """Rejects a list in the document with too many items."""

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        """Count the items."""
        if len(node.values) > MAX_LIST_LENGTH:
            self.report_error(_too_long(len(node.values), node=node))


def check_variables(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
    """Count the values of the operation's own variables; others are ignored.

    Raises:
        GraphQLError: TOO_LONG, a list has too many items; TOO_MANY_VALUES. Each says where.
    """
    names = [definition.variable.name.value for definition in operation.variable_definitions or ()]
    found: list[tuple[tuple[str | int, ...], Any]] = [
        ((name,), variables[name]) for name in names if name in variables
    ]
    count = 0
    while found:
        path, value = found.pop()
        if not isinstance(value, (list, dict)):
            continue
        parts = cast("list[Any] | dict[str, Any]", value)
        if isinstance(parts, list) and len(parts) > MAX_LIST_LENGTH:
            raise _too_long(len(parts), path=path)
        count += len(parts)
        if count > MAX_VALUES:
            raise GraphQLError(
                f"The variables have more than {MAX_VALUES:,} values. Send fewer at once.",
                extensions={"code": "TOO_MANY_VALUES", "field": list(path)},
            )
        named = enumerate(parts) if isinstance(parts, list) else parts.items()
        found += (((*path, key), part) for key, part in named)


def find_mistakes(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """The errors of our own scalars in the variables, each with its code and path.

    The executor rejects the same values, but its message contains the path, and the message is not
    ours. All other errors are left to it.
    """
    found: list[GraphQLError] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind: Any = _CORE.type_from_ast(schema, definition.type)
        if name not in variables or not _CORE.is_input_type(kind):
            continue
        if _CORE.coerce_input_value(variables[name], kind) is Undefined:
            found += _mistakes(definition, kind, variables[name])
    return found


def _mistakes(definition: VariableDefinitionNode, kind: Any, value: object) -> list[GraphQLError]:
    found: list[GraphQLError] = []

    def add(error: GraphQLError, path: list[str | int]) -> None:
        cause = cause_of(error)
        if isinstance(cause, AIStoryError) and len(found) < _MAX_MISTAKES:
            where = {"field": [definition.variable.name.value, *path]}
            found.append(
                GraphQLError(cause.message, definition, extensions={"code": cause.code, **where})
            )

    _CORE.validate_input_value(value, kind, add)
    return found


def _too_long(
    length: int, *, path: tuple[str | int, ...] = (), node: ListValueNode | None = None
) -> GraphQLError:
    where = {"field": list(path)} if path else {}
    return GraphQLError(
        f"A list has {length:,} items. At most {MAX_LIST_LENGTH:,} are allowed.",
        node,
        extensions={"code": "TOO_LONG", **where},
    )
