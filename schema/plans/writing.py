"""Rows that PostgreSQL writes: a selection as the shape of the JSON that a statement reads.

A selection is written if each of its fields is: an attribute, a resolver that reads one attribute
and says so, or a list of other rows. The resolver is called afterwards, once for each value, with a
row of that attribute alone.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import UUID

import orjson
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetails
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from db.queries.reading import Reader
from db.written import (
    Constant,
    Inside,
    JsonFields,
    Kind,
    Later,
    Part,
    Related,
    Relation,
    Shape,
    Value,
    WrittenForm,
    WrittenRelation,
    WrittenRow,
    nature_of,
    parser_of,
)
from schema.introspection import declaration_of, holds_list, type_of
from schema.plans.columns import Completion, Composite, Leaf, Objects, UnplannedError
from schema.plans.late import AttributeRow, LateField, PreparedRow, RowOf
from schema.reads import READS, MediaKey, Prepared, Rows
from schema.turns import turn

if TYPE_CHECKING:
    from schema.plans.selections import Operation

Source = Reader[Any] | JsonFields
_LONG = 65_536
"""Characters that are filled in before other tasks may run: a millisecond or two."""
_EMPTY = WrittenRow("[]")
"""The list of a row that was deleted meanwhile."""
_SUITABLE: Mapping[str, frozenset[Kind]] = {
    "ID": frozenset({Kind.ID, Kind.TEXT}),
    "String": frozenset({Kind.TEXT}),
    "Int": frozenset({Kind.INTEGER}),
    "Float": frozenset({Kind.FLOAT}),
    "Boolean": frozenset({Kind.BOOLEAN}),
    "DateTime": frozenset({Kind.MOMENT}),
}
"""The columns whose text in JSON is that of the scalar."""


class Fields(Protocol):
    """What is asked of the compiler."""

    def subfields(
        self, kind: GraphQLObjectType, details: list[FieldDetails]
    ) -> Mapping[str, list[FieldDetails]]:
        """The selected fields of an object, by key."""
        ...

    def arguments(
        self, definition: GraphQLField, declared: StrawberryField, node: FieldNode
    ) -> "Callable[[Operation], Mapping[str, Any]]":
        """The arguments of a resolver, by their names in Python."""
        ...

    def completion(self, kind: Any, details: list[FieldDetails]) -> Completion:
        """How values of the type become those of the answer."""
        ...


class WrittenObjects:
    """The objects of a selection that PostgreSQL writes."""

    def __init__(self, form: WrittenForm, late: Sequence[LateField]) -> None:
        """`form` reads the rows."""
        self.form = form
        self._late = late

    async def answer(self, rows: Sequence[WrittenRow], operation: "Operation") -> list[Any]:
        """The objects of the rows, as they stand in the answer.

        Raises:
            Exception: A field fails.
        """
        return await _filled(rows, self._late, operation)


class WrittenLists(Composite):
    """The lists of a relation that PostgreSQL writes, each as a whole."""

    def __init__(self, relation: WrittenRelation, late: Sequence[LateField]) -> None:
        """`relation` reads them."""
        self._relation = relation
        self._late = late

    def resolve(self, rows: list[Any], operation: "Operation") -> list[Any]:
        """The list of each row, soon: all are read in one statement."""
        context = operation.context

        async def read(ids: list[UUID]) -> list[WrittenRow]:
            async with context.database.reading() as session:
                found = await self._relation.read(session, ids)
            return [found.get(id_, _EMPTY) for id_ in ids]

        loader = context.loaders.other(self, read)
        return [loader.load(row.id) for row in rows]

    async def complete(self, values: list[Any], operation: "Operation") -> list[Any]:
        """The lists as they stand in the answer.

        Raises:
            Exception: A field fails.
        """
        return await _filled(values, self._late, operation)


async def _filled(
    rows: Sequence[WrittenRow], late: Sequence[LateField], operation: "Operation"
) -> list[Any]:
    held: dict[Prepared, Any] = {}
    fillers = [one.filler(operation, held) for one in late]
    answers: list[Any] = []
    characters = 0
    for row in rows:
        text = row.fill(fillers) if fillers else row.text
        answers.append(orjson.Fragment(text))
        characters += len(text)
        if characters > _LONG:
            characters = 0
            await turn.take()
    return answers


class Writer:
    """Writes the rows of a field of Query, if they are selected in one place only."""

    def __init__(self, fields: Fields, rows: Rows | None = None) -> None:
        """`rows` are those that the field reads, unless it reads a list of others."""
        self._fields = fields
        self._late: list[LateField] = []
        self._written: list[WrittenObjects | None] = []
        self._rows = rows

    @property
    def form(self) -> WrittenForm | None:
        """In which form the field reads its rows; None if they are not written."""
        match self._written:
            case [WrittenObjects() as only]:
                return only.form
            case _:
                return None

    def writes(self, kind: GraphQLObjectType) -> bool:
        """Whether the field reads rows of this type."""
        return self._rows is not None and self._rows.type_name == kind.name

    def write(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> WrittenObjects | None:
        """The selection as PostgreSQL writes it; None if it cannot."""
        written = None
        if self._rows is not None:
            with suppress(UnplannedError):
                shape = self._shape(self._rows.reader, kind, details)
                written = WrittenObjects(WrittenForm(self._rows.reader, shape), self._late)
        self._written.append(written)
        return written

    def write_list(
        self, relation: Relation, kind: GraphQLObjectType, details: list[FieldDetails]
    ) -> WrittenLists:
        """The lists of a relation as PostgreSQL writes them.

        Raises:
            UnplannedError: It cannot.
        """
        shape = self._shape(relation.reader, kind, details)
        return WrittenLists(WrittenRelation(relation, shape), self._late)

    def _shape(self, reader: Source, kind: GraphQLObjectType, details: list[FieldDetails]) -> Shape:
        selected = self._fields.subfields(kind, details)
        return {key: self._part(reader, kind, found) for key, found in selected.items()}

    def _part(self, reader: Source, parent: GraphQLObjectType, details: list[FieldDetails]) -> Part:
        name = details[0].node.name.value
        if name == "__typename":
            return Constant(orjson.dumps(parent.name).decode())
        definition = parent.fields[name]
        declared = declaration_of(definition)
        if declared is None:
            raise UnplannedError
        resolver = cast("StrawberryResolver[Any] | None", cast("Any", declared).base_resolver)
        if resolver is None:
            return self._attribute(reader, declared.python_name, definition, details)
        if isinstance(reader, JsonFields):
            raise UnplannedError
        match declared.metadata.get(READS):
            case str(attribute):
                return self._later(reader, attribute, definition, declared, details)
            case MediaKey(attribute):
                return self._later(
                    reader, attribute, definition, declared, details, is_address=True
                )
            case Prepared() as prepared:
                is_repeated = any(one.reads(prepared) for one in self._late)
                self._add_late(PreparedRow(prepared), definition, declared, details)
                return Later(prepared.inputs, len(self._late) - 1, is_repeated)
            case Relation() as relation:
                return self._related(relation, definition, details)
            case _:
                raise UnplannedError

    def _attribute(
        self, reader: Source, name: str, definition: GraphQLField, details: list[FieldDetails]
    ) -> Part:
        found = nature_of(reader, name)
        is_nullable, leaf = _unwrapped(definition)
        if found is None or (found.is_nullable and not is_nullable):
            raise UnplannedError
        match leaf:
            case GraphQLScalarType() if found.kind in _SUITABLE.get(leaf.name, ()):
                return Value(name)
            case GraphQLEnumType() if found.kind is Kind.CHOICE:
                names = {member.value: written for written, member in leaf.values.items()}
                if any(names.get(one) != stored for stored, one in found.choices.items()):
                    raise UnplannedError
                return Value(name)
            case GraphQLObjectType() if found.kind is Kind.OBJECT and isinstance(reader, Reader):
                kind = reader.fields_inside(name)
                fields = JsonFields(cast("Any", reader.column(name)), kind)
                return Inside(name, kind, self._shape(fields, leaf, details))
            case _:
                raise UnplannedError

    def _later(
        self,
        reader: Reader[Any],
        attribute: str,
        definition: GraphQLField,
        declared: StrawberryField,
        details: list[FieldDetails],
        *,
        is_address: bool = False,
    ) -> Later:
        found = nature_of(reader, attribute)
        if found is None:
            raise UnplannedError
        row = AttributeRow(attribute, parser_of(reader, attribute), found.is_nullable)
        self._add_late(row, definition, declared, details, is_address=is_address)
        return Later(attribute, len(self._late) - 1)

    def _add_late(
        self,
        row: RowOf,
        definition: GraphQLField,
        declared: StrawberryField,
        details: list[FieldDetails],
        *,
        is_address: bool = False,
    ) -> None:
        completion = self._fields.completion(type_of(definition), details)
        if not isinstance(completion, (Leaf, Objects)):
            raise UnplannedError
        if isinstance(completion, Objects) and not completion.select(None).is_plain:
            raise UnplannedError
        arguments = self._fields.arguments(definition, declared, details[0].node)
        resolver = cast("Any", declared).base_resolver
        self._late.append(LateField(resolver, row, arguments, completion, is_address))

    def _related(
        self, relation: Relation, definition: GraphQLField, details: list[FieldDetails]
    ) -> Part:
        kind = kind_of_rows(definition, details)
        if bool(relation.order) is not holds_list(definition):
            raise UnplannedError
        return Related(relation, self._shape(relation.reader, kind, details))


def kind_of_rows(definition: GraphQLField, details: list[FieldDetails]) -> GraphQLObjectType:
    """The type of the rows of a relation.

    Raises:
        UnplannedError: They are of several types, or arguments choose among them.
    """
    kind = cast("Any", get_named_type(type_of(definition)))
    if details[0].node.arguments or not isinstance(kind, GraphQLObjectType):
        raise UnplannedError
    return kind


def _unwrapped(definition: GraphQLField) -> tuple[bool, Any]:
    """Whether null is allowed, and the type without that."""
    kind = type_of(definition)
    is_nullable = not isinstance(kind, GraphQLNonNull)
    return is_nullable, kind if is_nullable else cast("Any", kind).of_type
