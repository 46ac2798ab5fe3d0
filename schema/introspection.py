"""Measures introspection on the schema itself.

The elements that introspection lists are known: these types with these fields and arguments. So the
size of its answer is counted, not estimated, by the resolvers that will produce it. Each part of a
document is visited once for each element of the schema, however often it is reached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    StringValueNode,
    TypeMetaFieldDef,
    Visitor,
    get_named_type,
    is_object_type,
    visit,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

ROOTS: dict[str, GraphQLField] = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
"""The fields of a query that start introspection."""
_INCLUDE_DEPRECATED = "includeDeprecated"


class _TooMuchError(Exception):
    """The count exceeds the limit."""


def count_introspection(
    schema: GraphQLSchema, document: DocumentNode, *, limit: int
) -> dict[int, int]:
    """The number of values in the answer of each `__schema` and `__type` of the document.

    Keyed by the identity of its node. Counting takes at most `limit` steps; a node that was not
    counted by then exceeds the limit.
    """
    finder = _Finder()
    visit(document, finder)
    counter = _Counter(schema, fragments_of(document), limit)
    return {id(node): counter.count(node) for node in finder.found}


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


class _Finder(Visitor):
    """Finds where introspection starts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[FieldNode] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value in ROOTS:
            self.found.append(node)


@dataclass(slots=True)
class _Counter:
    """Counts for one document."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    limit: int
    known: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """Values by selections and element; 0 while counting, because fragments may be cyclic."""
    steps: int = 0

    def count(self, node: FieldNode) -> int:
        """The values of one root."""
        definition = ROOTS[node.name.value]
        try:
            return max(
                (self._values(node, definition, [root]) for root in self._roots(node)), default=1
            )
        except (_TooMuchError, RecursionError):
            return self.limit + 1

    def _roots(self, node: FieldNode) -> Iterable[object]:
        """The schema, the named type, or every type that a variable may name."""
        if node.name.value == "__schema":
            return [self.schema]
        names = [argument.value for argument in node.arguments or ()]
        if names and isinstance(names[0], StringValueNode):
            named = self.schema.get_type(names[0].value)
            return [] if named is None else [named]
        return self.schema.type_map.values()

    def _values(self, node: FieldNode, definition: GraphQLField, elements: Iterable[object]) -> int:
        """The values of a field with these elements as its answer."""
        kind = cast(Any, get_named_type(type_of(definition)))
        if node.selection_set is None or not is_object_type(kind):
            return 1
        selections = node.selection_set
        return max(1, sum(1 + self._inside(selections, kind, element) for element in elements))

    def _inside(
        self, selections: SelectionSetNode, kind: GraphQLObjectType, element: object
    ) -> int:
        key = (id(selections), _identity(element))
        if key not in self.known:
            self.known[key] = 0
            self.known[key] = self._total(selections, kind, element)
        return self.known[key]

    def _total(self, selections: SelectionSetNode, kind: GraphQLObjectType, element: object) -> int:
        total = 0
        for node in selections.selections:
            self.steps += 1
            if self.steps > self.limit:
                raise _TooMuchError
            if isinstance(node, FieldNode):
                total += self._field(node, kind, element)
                continue
            part = (
                node
                if isinstance(node, InlineFragmentNode)
                else self.fragments.get(cast(Any, node).name.value)
            )
            if part is not None and _fits(part, kind):
                total += self._inside(part.selection_set, kind, element)
        return total

    def _field(self, node: FieldNode, kind: GraphQLObjectType, element: object) -> int:
        definition = kind.fields.get(node.name.value)
        if definition is None or node.selection_set is None or definition.resolve is None:
            return 1
        everything = {name: True for name in definition.args if name == _INCLUDE_DEPRECATED}
        info: Any = SimpleNamespace(schema=self.schema)
        found = definition.resolve(element, info, **everything)
        if found is None:
            return 1
        return self._values(node, definition, found if holds_list(definition) else [found])


def _fits(part: InlineFragmentNode | FragmentDefinitionNode, kind: GraphQLObjectType) -> bool:
    condition = part.type_condition
    return condition is None or condition.name.value == kind.name


def holds_list(definition: GraphQLField) -> bool:
    """Whether the field returns a list."""
    kind = type_of(definition)
    return isinstance(kind, GraphQLList) or isinstance(getattr(kind, "of_type", None), GraphQLList)


def declaration_of(definition: GraphQLField) -> StrawberryField | None:
    """How Strawberry declares the field; None for those of introspection."""
    declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return declared if isinstance(declared, StrawberryField) else None


def type_of(definition: GraphQLField) -> Any:
    """Its type; graphql-core's unions of wrapping types have no end for a type checker."""
    return cast(Any, definition).type


def _identity(element: object) -> int:
    """Resolvers create tuples of a name and an object each time; the object stays the same."""
    return id(cast("tuple[str, object]", element)[1] if isinstance(element, tuple) else element)
