"""Reads: SQLAlchemy's statements, executed on bare asyncpg connections.

SQLAlchemy writes and compiles a statement, once; asyncpg runs it, prepared, on a connection that
stays open. A session of SQLAlchemy would cost four times as much as the statement itself.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from asyncpg import ConnectionDoesNotExistError, PostgresError
from sqlalchemy import JSON, Enum, Executable, Float
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import LRUCache

Convert = Callable[[Any], Any]
Fetch = Callable[..., Awaitable[Sequence[Any]]]
"""asyncpg's `fetch`: a statement and its arguments."""

_DIALECT = asyncpg.dialect()
_compiled = cast("Any", LRUCache(500))
"""By what SQLAlchemy takes for the same statement; its own engines cache as many."""
_known: "WeakKeyDictionary[Executable, _Statement]" = WeakKeyDictionary()
"""Statements that are built once, and others as long as they exist."""


class Rows:
    """The rows of a statement, with the names that SQLAlchemy's results have."""

    def __init__(self, rows: Sequence[Any]) -> None:
        """Each row is a sequence of values."""
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        """The rows in order."""
        return iter(self._rows)

    def all(self) -> Sequence[Any]:
        """The rows in order."""
        return self._rows

    def scalars(self) -> "Rows":
        """The first value of each row."""
        return Rows([row[0] for row in self._rows])

    def one_or_none(self) -> Any:
        """The only row; None if there is none.

        Raises:
            MultipleResultsFound: There are more.
        """
        if len(self._rows) > 1:
            raise MultipleResultsFound("more than one row")
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """The only row.

        Raises:
            NoResultFound: There is none.
            MultipleResultsFound: There are more.
        """
        if not self._rows:
            raise NoResultFound("no row")
        return self.one_or_none()

    def scalar_one_or_none(self) -> Any:
        """The value of the only row; None if there is none.

        Raises:
            MultipleResultsFound: There are more rows.
        """
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """The value of the only row.

        Raises:
            NoResultFound: There is none.
            MultipleResultsFound: There are more rows.
        """
        return self.one()[0]


class ReadSession:
    """A connection for reads, with the method of SQLAlchemy's sessions that queries use."""

    def __init__(self, fetch: Fetch, observers: Iterable[Callable[[str], None]] = ()) -> None:
        """`fetch` is that of an asyncpg connection; `observers` get each statement's text."""
        self._fetch = fetch
        self._observers = observers
        self.is_running = False
        """Whether a statement has begun and not ended: it was cancelled, or its connection lost."""

    async def execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Run one statement; outside a transaction it sees the newest committed state.

        Raises:
            PostgresError: The database refuses it, or the connection is lost.
            InterfaceError: The connection is lost.
        """
        known = _known.get(statement)
        if known is None:
            known = _known[statement] = _Statement(statement)
        text, arguments = known.bind(values or {})
        for observe in self._observers:
            observe(text)
        self.is_running = True
        try:
            found = await self._fetch(text, *arguments)
        except PostgresError:
            self.is_running = False
            raise
        except OSError as error:
            raise ConnectionDoesNotExistError(str(error)) from error
        self.is_running = False
        return known.rows(found)


Reads = AsyncSession | ReadSession
"""What a query reads with: a transaction, or a connection for reads."""


class _Statement:
    """A statement in the words of PostgreSQL."""

    def __init__(self, statement: Executable) -> None:
        """Compile it, unless an equal one has been compiled."""
        # The method behind `compile()` that every engine calls: equal statements share a form.
        compiled, literals, *_ = cast("Any", statement)._compile_w_cache(  # noqa: SLF001
            _DIALECT, compiled_cache=_compiled, column_keys=[]
        )
        self._compiled = cast("SQLCompiler", compiled)
        self._literals = literals
        # Of the columns that an INSERT does not name.
        self._defaults = {
            column.key: column.default for column in getattr(compiled, "insert_prefetch", ())
        }
        self._fixed = None if compiled.post_compile_params else self._expand({}, check=False)
        self._converters = [
            (place, convert)
            for place, column in enumerate(compiled._result_columns)  # noqa: SLF001
            if (convert := _converter(column.type)) is not None
        ]

    def bind(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The text, and its arguments in order."""
        if self._defaults:
            values = {**{name: _made(one) for name, one in self._defaults.items()}, **values}
        text, names, usual, processors = self._fixed or self._expand(values)
        arguments = [values[name] if name in values else usual[name] for name in names]
        for place, process in processors:
            arguments[place] = process(arguments[place])
        return text, arguments

    def _expand(
        self, values: Mapping[str, Any], *, check: bool = True
    ) -> tuple[str, list[str], Mapping[str, Any], list[tuple[int, Convert]]]:
        """The text, the names of its arguments, their own values, and their conversions.

        A list after IN becomes as many arguments as it has values.
        """
        given = self._compiled.construct_params(
            values, extracted_parameters=self._literals, escape_names=False, _check=check
        )
        state = self._compiled.construct_expanded_state(given, escape_names=False)
        names = list(state.positiontup or ())
        processors = [
            (place, convert)
            for place, name in enumerate(names)
            if (convert := self._processor(name, state)) is not None
        ]
        return state.statement, names, state.parameters, processors

    def _processor(self, name: str, state: ExpandedState) -> Convert | None:
        """How the value of an argument becomes asyncpg's; None if it is the same."""
        argument = self._compiled.binds.get(name)
        if argument is not None and isinstance(argument.type, JSON):
            return _dumps_or_null if argument.type.none_as_null else json.dumps
        # The state has those of the values of lists alone.
        usual = cast("Any", self._compiled)._bind_processors  # noqa: SLF001
        return cast("Convert | None", state.processors.get(name) or usual.get(name))

    def rows(self, found: Sequence[Any]) -> Rows:
        """The rows with the values that SQLAlchemy's types have."""
        if not self._converters:
            return Rows(found)
        rows: list[list[Any]] = []
        for record in found:
            row = list(record)
            for place, convert in self._converters:
                if row[place] is not None:
                    row[place] = convert(row[place])
            rows.append(row)
        return Rows(rows)


def _dumps_or_null(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _made(default: Any) -> Any:
    """The value of a column's default in the program."""
    return default.arg(None) if default.is_callable else default.arg


def _converter(kind: TypeEngine[Any]) -> Convert | None:
    """How asyncpg's value becomes that of the type; None if it is the same."""
    match kind:
        case JSON():
            return json.loads  # asyncpg has it as text unless told otherwise
        case Enum(enum_class=members) if members is not None:
            return dict(members.__members__).__getitem__
        case Float():
            return float  # a sum of exact numbers is one too
        case _:
            return None
