"""Compiles an operation: from its document to the selections that execute it.

graphql-core itself collects the fields, so fragments, type conditions, aliases and directives mean
what they mean there.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    is_abstract_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.introspection import declaration_of, fragments_of, type_of
from schema.plans.arguments import Arguments, arguments_of
from schema.plans.columns import (
    Completion,
    Leaf,
    Lists,
    Objects,
    UnplannedError,
    as_it_is,
)
from schema.plans.selections import Field, Selection, attribute, computed, constant
from schema.plans.writing import Writer, WrittenLists, kind_of_rows
from schema.reads import READS, ROWS, Relation, Rows

_SHORTCUTS: Mapping[str, Mapping[type, Callable[[Any], Any]]] = {
    "String": {str: as_it_is},
    "ID": {str: as_it_is, UUID: str},
    "Boolean": {bool: as_it_is},
}
"""By scalar."""


class Compiler:
    """Compiles one operation for some values of the variables in its directives."""

    def __init__(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        """The document is valid."""
        self._strawberry = schema
        self._schema = core_schema(schema)
        self._fragments = {
            name: FragmentDetails(fragment) for name, fragment in fragments_of(document).items()
        }
        self._operation = operation
        self._variables = variables
        self._writer: Writer | None = None
        """Of the field of Query that is being compiled, down to its rows."""

    def compile(self) -> Selection:
        """The selection of the root type.

        Raises:
            UnplannedError: A field has something that plans do not cover.
        """
        root, fields = self._root()
        return self._selection(root, fields)

    def only_root(self) -> tuple[FieldNode | None, bool]:
        """The root field if there is just one, and whether it is nullable."""
        root, fields = self._root()
        nodes = [details[0].node for details in fields.values()]
        if len(nodes) != 1:
            return None, False
        definition = self._schema.get_field(root, nodes[0].name.value)
        return nodes[0], not isinstance(definition and type_of(definition), GraphQLNonNull)

    def _root(self) -> tuple[GraphQLObjectType, Mapping[str, list[FieldDetails]]]:
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise UnplannedError
        found = collect_fields(
            self._schema, self._fragments, self._variables, root, self._operation
        )
        return root, found.grouped_field_set

    def _selection(
        self, parent: GraphQLObjectType, fields: Mapping[str, list[FieldDetails]]
    ) -> Selection:
        selection = Selection()
        for key, details in fields.items():
            selection.add(key, self._field(parent, details))
        return selection

    def _field(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> Field:
        node = details[0].node
        name = node.name.value
        if name == "__typename":
            return constant(parent.name)
        definition = parent.fields.get(name)
        declared = definition and declaration_of(definition)
        if definition is None or declared is None:
            raise UnplannedError  # introspection
        if declared.extensions or declared.permission_classes:
            raise UnplannedError
        if (lists := self._lists(declared, definition, details)) is not None:
            return Field(lists.resolve, lists, may_wait=True)
        rows: Rows | None = declared.metadata.get(ROWS)
        writer = rows and Writer(self, rows)
        with self._writing(writer or self._writer):
            completion = self.completion(type_of(definition), details)
        resolver = cast("StrawberryResolver[Any] | None", cast("Any", declared).base_resolver)
        if resolver is None:
            return attribute(declared.python_name, completion)
        row = resolver.parent_parameter or resolver.root_parameter or resolver.self_parameter
        return computed(
            cast("Any", resolver).wrapped_func,
            completion,
            row=row and row.name,
            info=resolver.info_parameter and resolver.info_parameter.name,
            arguments=self.arguments(definition, declared, node),
            form=writer and writer.form,
        )

    def arguments(
        self, definition: GraphQLField, declared: StrawberryField, node: FieldNode
    ) -> Arguments:
        """The resolver's arguments."""
        return arguments_of(self._strawberry, definition, declared, node, self._variables)

    def completion(self, kind: Any, details: list[FieldDetails]) -> Completion:
        """How values of the type become those of the answer.

        Raises:
            UnplannedError: A selected field has something that plans do not cover.
        """
        is_nullable = not isinstance(kind, GraphQLNonNull)
        inner = kind if is_nullable else cast("Any", kind).of_type
        match inner:
            case GraphQLList():
                return Lists(self.completion(cast("Any", inner).of_type, details), is_nullable)
            case GraphQLEnumType():
                names = {member.value: name for name, member in inner.values.items()}
                return Leaf(names.__getitem__, is_nullable=is_nullable)
            case GraphQLScalarType():
                return Leaf(
                    inner.coerce_output_value,
                    is_nullable=is_nullable,
                    shortcuts=_SHORTCUTS.get(inner.name, {}),
                    is_float=inner.name == "Float",
                )
            case GraphQLObjectType():
                return self._objects(inner, details, is_nullable=is_nullable)
            case _:
                return Objects(self._selector(inner, details), is_nullable)

    def _subselection(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Selection:
        return self._selection(kind, self.subfields(kind, details))

    def subfields(
        self, kind: GraphQLObjectType, details: list[FieldDetails]
    ) -> Mapping[str, list[FieldDetails]]:
        """The selected fields of an object, by key."""
        found = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, kind, details
        )
        return found.grouped_field_set

    def _lists(
        self, declared: StrawberryField, definition: GraphQLField, details: list[FieldDetails]
    ) -> WrittenLists | None:
        """The field's lists as PostgreSQL writes them; None if it cannot."""
        relation = declared.metadata.get(READS)
        if not isinstance(relation, Relation) or not relation.order:
            return None
        try:
            kind = kind_of_rows(definition, details)
            return Writer(self).write_list(relation, kind, details)
        except UnplannedError:
            return None

    def _objects(
        self, kind: GraphQLObjectType, details: list[FieldDetails], *, is_nullable: bool
    ) -> Objects:
        writer = self._writer
        if writer is None or not writer.writes(kind):
            selection = self._subselection(kind, details)
            return Objects(lambda _: selection, is_nullable)
        with self._writing(None):  # rows further down are others
            selection = self._subselection(kind, details)
        return Objects(lambda _: selection, is_nullable, writer.write(kind, details))

    @contextmanager
    def _writing(self, writer: Writer | None) -> Generator[None]:
        """Have a writer, or none, for the objects that are compiled meanwhile."""
        before, self._writer = self._writer, writer
        try:
            yield
        finally:
            self._writer = before

    def _selector(self, kind: Any, details: list[FieldDetails]) -> Callable[[Any], Selection]:
        """Choose among the types of an interface or a union by the class of a row."""
        if not is_abstract_type(kind):
            raise UnplannedError
        selections = {
            one.name: self._subselection(one, details)
            for one in self._schema.get_possible_types(kind)
        }
        kinds = self._schema.get_possible_types(kind)
        known: dict[type, Selection] = {}

        def select(row: object) -> Selection:
            found = known.get(type(row))
            if found is None:
                found = known[type(row)] = selections[_type_of(row, kinds)]
            return found

        return select


def _type_of(row: object, kinds: Iterable[GraphQLObjectType]) -> str:
    """The name of the row's type among those of an interface."""
    for kind in kinds:
        if kind.is_type_of is not None and kind.is_type_of(row, cast("Any", None)):
            return kind.name
    raise UnplannedError


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema, which Strawberry keeps to itself."""
    core: GraphQLSchema = cast("Any", schema)._schema  # noqa: SLF001
    return core
