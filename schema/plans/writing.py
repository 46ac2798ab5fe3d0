"""Rows that PostgreSQL writes: a selection as the shape of the JSON that a statement reads.

A selection is written if each of its fields is: an attribute, a resolver that reads one attribute
and says so, or a list of other rows. The resolver is called afterwards, once for each value, with a
row of that attribute alone.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from json.encoder import encode_basestring
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, cast

import orjson
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)
from graphql.execution.collect_fields import FieldDetails
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from db.queries.reading import Reader
from db.written import (
    Constant,
    Kind,
    Later,
    Part,
    Related,
    Relation,
    Shape,
    Value,
    WrittenForm,
    WrittenRow,
    nature_of,
    parser_of,
)
from schema.introspection import declaration_of, type_of
from schema.plans.columns import Completion, Leaf, UnplannedError
from schema.reads import READS, Rows
from schema.turns import turn

if TYPE_CHECKING:
    from schema.plans.selections import Operation

Filler = Callable[[str], str]
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


@dataclass(frozen=True, slots=True)
class _LateField:
    """A field whose value is computed from one attribute after the statement."""

    resolver: StrawberryResolver[Any]
    attribute: str
    parse: Callable[[str], Any]
    arguments: "Callable[[Operation], Mapping[str, Any]]"
    leaf: Leaf
    is_nullable: bool

    def filler(self, operation: "Operation") -> Filler:
        """Makes JSON of the attribute's text in this operation.

        Raises:
            UnplannedError: Without a value the field is not null.
            Exception: An argument is invalid.
        """
        named = dict(self.arguments(operation))
        if (info := self.resolver.info_parameter) is not None:
            named[info.name] = operation.info
        if (parameter := self.resolver.parent_parameter) is None:
            raise UnplannedError
        row = SimpleNamespace(**{self.attribute: None})
        resolve = cast("Callable[..., Any]", cast("Any", self.resolver).wrapped_func)
        resolved = partial(resolve, **named, **{parameter.name: row})
        if self.is_nullable and resolved() is not None:
            raise UnplannedError
        attribute, parse, leaf = self.attribute, self.parse, self.leaf
        keeps_text = leaf.keeps_text

        def fill(text: str) -> str:
            setattr(row, attribute, parse(text))
            value = resolved()
            if keeps_text and isinstance(value, str):
                return encode_basestring(value)
            return orjson.dumps(leaf.complete([value])[0]).decode()

        return fill


class WrittenObjects:
    """The objects of a selection that PostgreSQL writes."""

    def __init__(self, form: WrittenForm, late: Sequence[_LateField]) -> None:
        """`form` reads the rows."""
        self.form = form
        self._late = late

    async def answer(
        self, rows: Sequence[WrittenRow], operation: "Operation"
    ) -> list[orjson.Fragment]:
        """The objects of the rows, as they stand in the answer.

        Raises:
            Exception: A field fails.
        """
        if not self._late:
            return [orjson.Fragment(row.text) for row in rows]
        fillers = [one.filler(operation) for one in self._late]
        answers: list[orjson.Fragment] = []
        for row in rows:
            answers.append(orjson.Fragment(row.fill(fillers)))
            await turn.take()
        return answers


class Writer:
    """Writes the rows of a field of Query, if they are selected in one place only."""

    def __init__(self, fields: Fields, rows: Rows) -> None:
        """`rows` are those that the field reads."""
        self._fields = fields
        self._late: list[_LateField] = []
        self._written: list[WrittenObjects | None] = []
        self.rows = rows

    @property
    def form(self) -> WrittenForm | None:
        """In which form the field reads its rows; None if they are not written."""
        match self._written:
            case [WrittenObjects() as only]:
                return only.form
            case _:
                return None

    def write(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> WrittenObjects | None:
        """The selection as PostgreSQL writes it; None if it cannot."""
        written = None
        with suppress(UnplannedError):
            shape = self._shape(self.rows.reader, kind, details)
            written = WrittenObjects(WrittenForm(self.rows.reader, shape), self._late)
        self._written.append(written)
        return written

    def _shape(
        self, reader: Reader[Any], kind: GraphQLObjectType, details: list[FieldDetails]
    ) -> Shape:
        selected = self._fields.subfields(kind, details)
        return {key: self._part(reader, kind, found) for key, found in selected.items()}

    def _part(
        self, reader: Reader[Any], parent: GraphQLObjectType, details: list[FieldDetails]
    ) -> Part:
        name = details[0].node.name.value
        if name == "__typename":
            return Constant(orjson.dumps(parent.name).decode())
        definition = parent.fields[name]
        declared = declaration_of(definition)
        if declared is None:
            raise UnplannedError
        resolver = cast("StrawberryResolver[Any] | None", cast("Any", declared).base_resolver)
        if resolver is None:
            return self._attribute(reader, declared.python_name, definition)
        match declared.metadata.get(READS):
            case str(attribute):
                return self._later(reader, attribute, definition, declared, details)
            case Relation() as relation:
                return self._related(relation, definition, details)
            case _:
                raise UnplannedError

    def _attribute(self, reader: Reader[Any], name: str, definition: GraphQLField) -> Part:
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
            case _:
                raise UnplannedError

    def _later(
        self,
        reader: Reader[Any],
        attribute: str,
        definition: GraphQLField,
        declared: StrawberryField,
        details: list[FieldDetails],
    ) -> Part:
        leaf = self._fields.completion(type_of(definition), details)
        found = nature_of(reader, attribute)
        if found is None or not isinstance(leaf, Leaf):
            raise UnplannedError
        arguments = self._fields.arguments(definition, declared, details[0].node)
        parse = parser_of(reader, attribute)
        resolver = cast("Any", declared).base_resolver
        self._late.append(
            _LateField(resolver, attribute, parse, arguments, leaf, found.is_nullable)
        )
        return Later(attribute, len(self._late) - 1)

    def _related(
        self, relation: Relation, definition: GraphQLField, details: list[FieldDetails]
    ) -> Part:
        _, rows = _unwrapped(definition)
        if details[0].node.arguments or not isinstance(rows, GraphQLList):
            raise UnplannedError
        item = cast("Any", rows).of_type
        inner = cast("Any", item).of_type if isinstance(item, GraphQLNonNull) else item
        if not isinstance(inner, GraphQLObjectType):
            raise UnplannedError
        return Related(relation, self._shape(relation.reader, inner, details))


def _unwrapped(definition: GraphQLField) -> tuple[bool, Any]:
    """Whether null is allowed, and the type without that."""
    kind = type_of(definition)
    is_nullable = not isinstance(kind, GraphQLNonNull)
    return is_nullable, kind if is_nullable else cast("Any", kind).of_type
