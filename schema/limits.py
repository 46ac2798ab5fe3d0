"""What one operation may ask for: its depth, its aliases and the size of its answer.

Judged before validation and in linear time: each fragment is measured once, however often it is
spread. What is not in the schema measures nothing; validation names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from domain import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

MAX_TOKENS = 2_000
MAX_FRAGMENTS = 50
"""Validation compares the fields of all fragments with each other: 300 would take seconds."""
MAX_DEPTH = 14
MAX_ALIASES = 100
MAX_COST = 50_000
"""Values in the answer at most; a page of 100 stories with 10 shots of 20 fields has 21,000."""
_LIST_LENGTH = 10
"""What a list without a page size is taken to hold."""
_INT_DIGITS = 10
_BEYOND = MAX_COST * 1_000
"""Where counting stops, so that numbers stay small."""


class _Measure(NamedTuple):
    """What a part of an operation asks for."""

    depth: int = 0
    cost: int = 0
    aliases: int = 0


@dataclass(slots=True)
class _Meter:
    """Measures one operation."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[tuple[str, int | None], _Measure | None]
    """By fragment and page size; None while it is being measured, for fragments may go round."""

    def measure(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType, page_size: int | None
    ) -> _Measure:
        depth = cost = aliases = 0
        for node in selections.selections:
            match node:
                case FieldNode():
                    part = self._field(node, parent, page_size)
                case InlineFragmentNode():
                    kind = node.type_condition and self._type(node.type_condition.name.value)
                    part = self.measure(node.selection_set, kind or parent, page_size)
                case FragmentSpreadNode():
                    part = self._fragment(node.name.value, page_size)
                case _:
                    continue
            depth = max(depth, part.depth)
            cost = min(cost + part.cost, _BEYOND)
            aliases = min(aliases + part.aliases, _BEYOND)
        return _Measure(depth, cost, aliases)

    def _fragment(self, name: str, page_size: int | None) -> _Measure:
        fragment = self.fragments.get(name)
        kind = fragment and self._type(fragment.type_condition.name.value)
        if fragment is None or kind is None:
            return _Measure()
        key = (name, page_size)
        if key not in self.known:
            self.known[key] = None
            self.known[key] = self.measure(fragment.selection_set, kind, page_size)
        return self.known[key] or _Measure()

    def _field(
        self, node: FieldNode, parent: GraphQLCompositeType, page_size: int | None
    ) -> _Measure:
        aliases = 1 if node.alias else 0
        name = node.name.value
        definition = None if name.startswith("__") else self.schema.get_field(parent, name)
        if definition is None:  # introspection has a rule of its own
            return _Measure(1, 1, aliases)
        inner = _Measure()
        kind = cast(GraphQLNamedType, get_named_type(_type_of(definition)))
        if node.selection_set and is_composite_type(kind):
            inner = self.measure(node.selection_set, kind, self._page_size(node, definition))
        times = (page_size or _LIST_LENGTH) if _is_list(definition) else 1
        return _Measure(
            inner.depth + 1, min((inner.cost + 1) * times, _BEYOND), aliases + inner.aliases
        )

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """How many rows a page asks for; None where there are no pages."""
        first = definition.args.get("first")
        if first is None:
            return None
        usual = first.default_value if isinstance(first.default_value, int) else DEFAULT_PAGE_SIZE
        sizes = [
            self._number(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
        ]
        told = max((size for size in sizes if size is not None), default=usual)
        return min(max(told, 1), MAX_PAGE_SIZE)  # beyond that, the resolver refuses

    def _number(self, value: object) -> int | None:
        match value:
            case IntValueNode():
                return _integer(value)
            case VariableNode():
                number = self.variables.get(value.name.value)
                return number if isinstance(number, int) else None
            case _:
                return None

    def _type(self, name: str) -> GraphQLCompositeType | None:
        kind = self.schema.get_type(name)
        return kind if is_composite_type(kind) else None


def _integer(node: IntValueNode) -> int:
    """Its value; Python refuses to read thousands of digits."""
    return int(node.value) if len(node.value) < _INT_DIGITS else MAX_PAGE_SIZE


def _type_of(definition: GraphQLField) -> Any:
    """Its type; graphql-core's unions of wrapping types have no end for a type checker."""
    return cast(Any, definition).type


def _is_list(definition: GraphQLField) -> bool:
    kind = _type_of(definition)
    return isinstance(kind, GraphQLList) or isinstance(getattr(kind, "of_type", None), GraphQLList)


def check_limits(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> None:
    """Measure the operation.

    Raises:
        GraphQLError: It asks for too much; the message says of what.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        return
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    if len(fragments) > MAX_FRAGMENTS:
        raise _refusal(f"has {len(fragments)} fragments; {MAX_FRAGMENTS}", "TOO_MANY_FRAGMENTS")
    given = {**_default_numbers(operation), **variables}
    measure = _Meter(schema, fragments, given, {}).measure(operation.selection_set, root, None)
    if measure.depth > MAX_DEPTH:
        raise _refusal(f"is {measure.depth} levels deep; {MAX_DEPTH}", "QUERY_TOO_DEEP")
    if measure.aliases > MAX_ALIASES:
        raise _refusal(f"has {measure.aliases} aliases; {MAX_ALIASES}", "TOO_MANY_ALIASES")
    if measure.cost > MAX_COST:
        raise _refusal(f"may be answered with {measure.cost} values; {MAX_COST}", "QUERY_TOO_LARGE")


def _default_numbers(operation: OperationDefinitionNode) -> dict[str, int]:
    """The numbers that the operation's variables have unless told otherwise."""
    return {
        definition.variable.name.value: _integer(definition.default_value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }


def _refusal(findings: str, code: str) -> GraphQLError:
    return GraphQLError(
        f"The operation {findings} are allowed. Ask for less at once.", extensions={"code": code}
    )
