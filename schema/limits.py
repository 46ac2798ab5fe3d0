"""Limits of one operation: its depth, its aliases and the size of its answer.

Measured before validation and in linear time: each fragment is measured once, however often it is
spread. Names that are not in the schema measure nothing; validation reports them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_introspection_type,
)

from domain import DEFAULT_PAGE_SIZE, MAX_EVENTS_PAGE, MAX_PAGE_SIZE
from schema.introspection import declaration_of, fragments_of, holds_list, type_of

MAX_TOKENS = 2_000
MAX_FRAGMENTS = 50
"""Validation compares the fields of all fragments with each other: 300 would take seconds."""
MAX_DEPTH = 14
MAX_ALIASES = 100
MAX_COST = 50_000
"""Maximum values in the answer; a page of 100 stories with 10 shots of 20 fields has 21,000."""
PAGE_SIZES = ("first", "last")
"""The arguments that say how many rows a page has."""
WEIGHT = "weight"
"""Key in a field's metadata of its cost beyond its own value, in values of an answer."""
_LIST_LENGTH = 10
"""The assumed length of a list without a page size."""
_MOST_ROWS = max(MAX_PAGE_SIZE, MAX_EVENTS_PAGE)
"""No page is larger: beyond that, the resolver rejects it."""
_INT_DIGITS = 10
_BEYOND = MAX_COST * 1_000
"""Where counting stops, so that numbers stay small."""


class _Measure(NamedTuple):
    """The measures of a part of an operation."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    """Without its lists, whose length the field above determines: that field adds them."""
    cost_per_row: int = 0
    """Of its lists, for each row."""

    def closed(self, rows: int) -> int:
        """The total cost, with this many rows in each list."""
        return min(self.cost + self.cost_per_row * rows, _BEYOND)


@dataclass(slots=True)
class _Meter:
    """Measures one operation."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    introspection: Mapping[int, int]
    known: dict[str, _Measure | None] = field(default_factory=dict[str, _Measure | None])
    """By fragment; None while it is being measured, because fragments may be cyclic."""

    def measure(self, selections: SelectionSetNode, parent: GraphQLCompositeType) -> _Measure:
        depth = aliases = cost = cost_per_row = 0
        for node in selections.selections:
            match node:
                case FieldNode():
                    part = self._field(node, parent)
                case InlineFragmentNode():
                    kind = node.type_condition and self._type(node.type_condition.name.value)
                    part = self.measure(node.selection_set, kind or parent)
                case FragmentSpreadNode():
                    part = self._fragment(node.name.value)
                case _:
                    continue
            depth = max(depth, part.depth)
            aliases = min(aliases + part.aliases, _BEYOND)
            cost = min(cost + part.cost, _BEYOND)
            cost_per_row = min(cost_per_row + part.cost_per_row, _BEYOND)
        return _Measure(depth, aliases, cost, cost_per_row)

    def _fragment(self, name: str) -> _Measure:
        fragment = self.fragments.get(name)
        kind = fragment and self._type(fragment.type_condition.name.value)
        if fragment is None or kind is None:
            return _Measure()
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self.measure(fragment.selection_set, kind)
        return self.known[name] or _Measure()

    def _field(self, node: FieldNode, parent: GraphQLCompositeType) -> _Measure:
        aliases = 1 if node.alias else 0
        definition = self.schema.get_field(parent, node.name.value)
        if definition is None:
            return _Measure(1, aliases, 1)
        inner = _Measure()
        kind = cast(GraphQLNamedType, get_named_type(type_of(definition)))
        if node.selection_set and is_composite_type(kind):
            inner = self.measure(node.selection_set, kind)
        depth = inner.depth + _levels(node, parent)
        aliases += inner.aliases
        if is_introspection_type(parent) or id(node) in self.introspection:
            return _Measure(depth, aliases, self.introspection.get(id(node), 0))
        cost, weight = 1 + inner.closed(self._page_size(node, definition)), _weight(definition)
        if holds_list(definition):
            return _Measure(depth, aliases, weight, cost_per_row=cost)
        return _Measure(depth, aliases, cost + weight)

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int:
        """The number of rows in the lists below the field."""
        first = definition.args.get("first")
        if first is None:
            return _LIST_LENGTH
        usual = first.default_value if isinstance(first.default_value, int) else DEFAULT_PAGE_SIZE
        sizes = [
            self._number(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in PAGE_SIZES
        ]
        told = max((size for size in sizes if size is not None), default=usual)
        return min(max(told, 1), _MOST_ROWS)

    def _number(self, value: object) -> int | None:
        match value:
            case IntValueNode():
                return _integer(value)
            case VariableNode():
                return _whole_number(self.variables.get(value.name.value))
            case _:
                return None

    def _type(self, name: str) -> GraphQLCompositeType | None:
        kind = self.schema.get_type(name)
        return kind if is_composite_type(kind) else None


def _levels(node: FieldNode, parent: GraphQLCompositeType) -> int:
    """How much deeper the field makes the answer.

    `ofType` unwraps a type, and no type has more than a few wrappers: tools request nine levels, of
    which the answer contains three.
    """
    return 0 if is_introspection_type(parent) and node.name.value == "ofType" else 1


def _weight(definition: GraphQLField) -> int:
    """The cost of the field in addition to its own value."""
    declared = declaration_of(definition)
    return 0 if declared is None else declared.metadata.get(WEIGHT, 0)


def _integer(node: IntValueNode) -> int:
    """Its value; Python refuses to parse thousands of digits."""
    return int(node.value) if len(node.value) < _INT_DIGITS else _MOST_ROWS


def _whole_number(value: object) -> int | None:
    """The value as an Int accepts it: 100.0 is one too."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def check_limits(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    introspection: Mapping[int, int],
) -> None:
    """Measure the operation; `introspection` holds the counts for its document.

    Raises:
        GraphQLError: It exceeds a limit; the message says which.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        return
    fragments = fragments_of(document)
    if len(fragments) > MAX_FRAGMENTS:
        raise _refusal(
            f"has {len(fragments)} fragments. At most {MAX_FRAGMENTS}", "TOO_MANY_FRAGMENTS"
        )
    given = {**_default_numbers(operation), **variables}
    meter = _Meter(schema, fragments, given, introspection)
    try:
        measure = meter.measure(operation.selection_set, root)
    except RecursionError:  # by a chain of fragments; the parser has rejected deep nesting
        raise _refusal(
            f"is hundreds of levels deep. At most {MAX_DEPTH}", "QUERY_TOO_DEEP"
        ) from None
    if measure.depth > MAX_DEPTH:
        raise _refusal(f"is {measure.depth} levels deep. At most {MAX_DEPTH}", "QUERY_TOO_DEEP")
    if measure.aliases > MAX_ALIASES:
        raise _refusal(f"has {measure.aliases} aliases. At most {MAX_ALIASES}", "TOO_MANY_ALIASES")
    cost = measure.closed(_LIST_LENGTH)
    if cost > MAX_COST:
        raise _refusal(f"may return {cost} values. At most {MAX_COST}", "QUERY_TOO_LARGE")


def _default_numbers(operation: OperationDefinitionNode) -> dict[str, int]:
    """The default values of the operation's numeric variables."""
    return {
        definition.variable.name.value: _integer(definition.default_value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }


def _refusal(findings: str, code: str) -> GraphQLError:
    return GraphQLError(
        f"The operation {findings} are allowed. Request less at once.", extensions={"code": code}
    )
