"""Rows as JSON, written by PostgreSQL in the statement that reads them.

To send a row's values, make an object of them and write it as JSON takes several times as long as
the statement. PostgreSQL writes the text from the columns that are asked for, rows of other tables
inside included, in one statement for any depth, and in less time than it would take to send them.

The text is that of `orjson` for the same values, so it does not matter who has written an answer.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints
from typing import cast as cast_any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Enum,
    Float,
    Integer,
    String,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from db.models import Base
from db.queries.arguments import array_argument
from db.queries.reading import Reader
from db.read_sessions import Reads

_MARK = secrets.token_hex(16)
"""Around a value that is filled in later; nobody can guess it, so no text of a user contains it."""
_MOST_ARGUMENTS = 90
"""Of a function: PostgreSQL accepts 100."""
_LARGEST = literal_column("1e15", Float())
"""From here on a float is written with an exponent."""
_MOMENT: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'""")


class Kind(StrEnum):
    """What a column holds, and thereby how it is written."""

    TEXT = "TEXT"
    ID = "ID"
    CHOICE = "CHOICE"
    INTEGER = "INTEGER"
    LONG = "LONG"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    MOMENT = "MOMENT"
    OBJECT = "OBJECT"


@dataclass(frozen=True, slots=True)
class Constant:
    """The same JSON for every row."""

    json: str


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an attribute of the row."""

    attribute: str


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a value is computed from, beyond one attribute of its row: a text for each row."""

    of: type[Base]
    text: ColumnElement[str]


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is computed after the statement, from an attribute or from other inputs.

    An attribute that is null stays null. `is_repeated` leaves out inputs that were read for another
    value of the same row before.
    """

    source: str | Inputs
    filler: int
    """Its place among those that `WrittenRow.fill` gets."""
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """The rows that belong to a row of another table.

    Without an order there is at most one.
    """

    reader: Reader[Any]
    of: type[Base]
    condition: ColumnElement[bool]
    order: Sequence[ColumnElement[Any]] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """Other rows: a list of them, or one or null."""

    relation: Relation
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Inside:
    """An object in a jsonb column, or null."""

    attribute: str
    kind: type[Any]
    """The dataclass whose fields the object has."""
    shape: "Shape"


Part = Constant | Value | Later | Related | Inside
Shape = Mapping[str, Part]
"""An object: its parts by their keys, in order."""


class Around(NamedTuple):
    """A filler that writes the attribute's text as it is, between these pieces of JSON."""

    before: str
    after: str


Filler = Around | Callable[[str], str]
"""Makes the JSON of a value from the attribute's text."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row as JSON, with the places of the values that are filled in later.

    Each is the text from which it is made, between marks with the number of its filler.
    """

    text: str

    def fill(self, fillers: Sequence[Filler]) -> str:
        """The JSON; a `Later` of this row names the place of its filler.

        Raises:
            Exception: A filler fails.
        """
        text = self.text
        calls: dict[str, Callable[[str], str]] = {}
        for number, filler in enumerate(fillers):
            if isinstance(filler, Around):
                text = text.replace(f"{_MARK}{number}(", filler.before)
                text = text.replace(f"{_MARK}{number})", filler.after)
            else:
                calls[str(number)] = filler
        if not calls:
            return text
        done, *pieces = text.split(_MARK)
        filled = [done]
        for before, after in zip(pieces[::2], pieces[1::2], strict=True):
            number, _, value = before.partition("(")
            filled += [calls[number](value), after[len(number) + 1 :]]
        return "".join(filled)


class WrittenForm:
    """Reads rows of a table as JSON of a shape; it stands in for the table's `Reader`."""

    def __init__(self, reader: Reader[Any], shape: Shape) -> None:
        """The attributes of the shape are those of the reader's rows."""
        self.columns = (_object(reader, shape),)

    def read(self, row: Sequence[Any]) -> WrittenRow:
        """The row from its only column."""
        return WrittenRow(row[0])


class WrittenRelation:
    """Reads the lists of a relation as JSON of a shape, for any number of rows."""

    def __init__(self, relation: Relation, shape: Shape) -> None:
        """The attributes of the shape are those of the relation's rows."""
        id_: ColumnElement[UUID] = cast_any("Any", relation.of).id.expression
        text = _concat(_related(relation, shape))
        ids = array_argument("ids", Uuid())
        self._statement = select(id_, text).where(id_ == func.any(ids))

    async def read(self, session: Reads, ids: Collection[UUID]) -> dict[UUID, WrittenRow]:
        """The list of each row, by the row's ID."""
        rows = await session.execute(self._statement, {"ids": list(ids)})
        return {row[0]: WrittenRow(row[1]) for row in rows}


class Nature(NamedTuple):
    """What is known of a column."""

    kind: Kind
    is_nullable: bool
    choices: Mapping[str, Any]
    """The members of an enum by their text in the column."""


class JsonFields:
    """The fields of an object in a jsonb column, in the place of a `Reader`."""

    def __init__(self, column: ColumnElement[Any], kind: type[Any]) -> None:
        """`kind` is the dataclass of the object."""
        self._column = cast(column, JSONB)
        self._kinds = get_type_hints(kind)

    def nature(self, name: str) -> Nature | None:
        """The nature of a field; None if it cannot be written."""
        kind = self._kinds.get(name)
        is_nullable = NoneType in get_args(kind)
        found = {str: Kind.TEXT, str | None: Kind.TEXT, bool: Kind.BOOLEAN, int: Kind.INTEGER}
        if kind is datetime:
            return Nature(Kind.MOMENT, is_nullable, {})
        return Nature(found[kind], is_nullable, {}) if kind in found else None

    def written(self, name: str) -> ColumnElement[str]:
        """The JSON of a field."""
        if self._kinds[name] is datetime:
            moment = cast(self._column[name].astext, DateTime(timezone=True))
            return _concat(_moment(moment))
        return func.coalesce(cast(self._column[name], Text), _text("null"))


def nature_of(reader: Reader[Any] | JsonFields, attribute: str) -> Nature | None:
    """The nature of an attribute's column; None if it cannot be written."""
    if isinstance(reader, JsonFields):
        return reader.nature(attribute)
    column = reader.column(attribute)
    if column is None or not isinstance(column, Column):
        return None
    kind = _kind(column)
    if kind is None:
        return None
    is_nullable = column.nullable is not False or column.table is not reader.table
    choices = getattr(column.type, "enum_class", None) if kind is Kind.CHOICE else None
    return Nature(kind, is_nullable, {} if choices is None else choices.__members__)


def _kind(column: Column[Any]) -> Kind | None:
    match column.type:
        case Enum():
            return Kind.CHOICE
        case Uuid():
            return Kind.ID
        case String():
            return Kind.TEXT
        case Boolean():
            return Kind.BOOLEAN
        case BigInteger():
            return Kind.LONG
        case Integer():
            return Kind.INTEGER
        case Float():
            return Kind.FLOAT
        case DateTime():
            return Kind.MOMENT
        case JSON():
            return Kind.OBJECT
        case _:
            return None


def parser_of(reader: Reader[Any], attribute: str) -> Callable[[str], Any]:
    """How the text of an attribute that is filled in later becomes the value in a row.

    Raises:
        ValueError: An attribute of this kind cannot.
    """
    found = nature_of(reader, attribute)
    match found and found.kind:
        case Kind.TEXT:
            return str
        case Kind.ID:
            return UUID
        case Kind.INTEGER | Kind.LONG:
            return int
        case _:
            raise ValueError(attribute)


def _object(reader: Reader[Any] | JsonFields, shape: Shape) -> ColumnElement[str]:
    pieces: list[str | ColumnElement[Any]] = ["{"]
    for place, (key, part) in enumerate(shape.items()):
        pieces += ["," if place else "", f'"{key}":', *_pieces(reader, part)]
    return _concat([*pieces, "}"])


def _pieces(reader: Reader[Any] | JsonFields, part: Part) -> list[str | ColumnElement[Any]]:
    match part:
        case Constant():
            return [part.json]
        case Value():
            return _value(reader, part.attribute)
        case _ if isinstance(reader, JsonFields):
            raise TypeError("an object in a jsonb column has plain values only")
        case Later():
            return _later(reader, part)
        case Related():
            return _related(part.relation, part.shape)
        case Inside():
            column: Any = reader.column(part.attribute)
            inside = _object(JsonFields(column, part.kind), part.shape)
            return [case((column.is_(None), _text("null")), else_=inside)]


def _later(reader: Reader[Any], part: Later) -> list[str | ColumnElement[Any]]:
    before, after = f"{_MARK}{part.filler}(", f"{_MARK}{part.filler})"
    if isinstance(part.source, Inputs):
        return [before, after] if part.is_repeated else [before, part.source.text, after]
    column = cast(reader.column(part.source), Text)
    return [func.coalesce(_text(before) + column + _text(after), _text("null"))]


def _related(relation: Relation, shape: Shape) -> list[str | ColumnElement[Any]]:
    row = _object(relation.reader, shape)
    if not relation.order:
        one = select(row).select_from(relation.reader.source).where(relation.condition)
        return [func.coalesce(one.scalar_subquery(), _text("null"))]
    rows = func.string_agg(row, aggregate_order_by(_text(","), *relation.order))
    every = select(rows).select_from(relation.reader.source).where(relation.condition)
    return ["[", every.scalar_subquery(), "]"]


def _value(reader: Reader[Any] | JsonFields, attribute: str) -> list[str | ColumnElement[Any]]:
    if isinstance(reader, JsonFields):
        return [reader.written(attribute)]
    column: Any = reader.column(attribute)
    found = nature_of(reader, attribute)
    if found is None:
        raise ValueError(attribute)
    match found.kind:
        case Kind.ID | Kind.CHOICE:
            written: list[Any] = ['"', column, '"']
        case Kind.MOMENT:
            written = _moment(column)
        case Kind.TEXT:
            written = [func.to_json(column)]
        case Kind.FLOAT:
            text = cast(column, Text)
            is_whole = (column == func.trunc(column)) & (func.abs(column) < _LARGEST)
            written = [case((is_whole, text + _text(".0")), else_=text)]
        case _:
            written = [cast(column, Text)]
    if not found.is_nullable:
        return written
    return [case((column.is_(None), _text("null")), else_=_concat(written))]


def _moment(column: ColumnElement[Any]) -> list[Any]:
    return ['"', func.to_char(func.timezone(_text("UTC"), column), _MOMENT), '"']


def _concat(pieces: Sequence[str | ColumnElement[Any]]) -> ColumnElement[str]:
    """The pieces one after the other; strings are written into the statement."""
    arguments: list[ColumnElement[Any]] = []
    literal = ""
    for piece in pieces:
        if isinstance(piece, str):
            literal += piece
            continue
        arguments += [*([_text(literal)] if literal else []), piece]
        literal = ""
    arguments += [_text(literal)] if literal else []
    while len(arguments) > 1 or not arguments:
        starts = range(0, max(1, len(arguments)), _MOST_ARGUMENTS)
        arguments = [func.concat(*arguments[at : at + _MOST_ARGUMENTS]) for at in starts]
    return cast(arguments[0], Text)


def _text(value: str) -> ColumnElement[str]:
    return literal_column("'" + value.replace("'", "''") + "'", Text())
