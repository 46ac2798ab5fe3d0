"""Values that are computed after PostgreSQL has written their row, by the fields' own resolvers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from json.encoder import encode_basestring
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, cast

import orjson
from strawberry.types.fields.resolver import StrawberryResolver

from db.written import Around, Filler
from orchestration.media.links import Affixes
from resolvers.context import Context
from schema.plans.columns import Leaf, Objects, UnplannedError
from schema.reads import Prepared

if TYPE_CHECKING:
    from schema.plans.selections import Operation


@dataclass(frozen=True, slots=True)
class LateField:
    """A field whose value is computed after the statement."""

    resolver: StrawberryResolver[Any]
    row: "RowOf"
    arguments: "Callable[[Operation], Mapping[str, Any]]"
    completion: Leaf | Objects
    is_address: bool = False
    """Whether it is the address of the medium whose key is read."""

    def reads(self, prepared: Prepared) -> bool:
        """Whether these are its inputs."""
        return isinstance(self.row, PreparedRow) and self.row.prepared is prepared

    def filler(self, operation: "Operation", held: dict[Prepared, Any]) -> Filler:
        """Makes JSON of the text of the inputs, in this operation; `held` is common to all fields.

        Raises:
            UnplannedError: Without a value the field is not null.
            Exception: An argument is invalid.
        """
        named = self.arguments(operation)
        if self.is_address:
            affixes = operation.context.url_affixes(**named)
            if affixes is not None:
                return _around(affixes)
        named = dict(named)
        if (info := self.resolver.info_parameter) is not None:
            named[info.name] = operation.info()
        parameter = self.resolver.parent_parameter
        if parameter is None:
            raise UnplannedError
        resolve = cast("Callable[..., Any]", cast("Any", self.resolver).wrapped_func)
        resolved = partial(resolve, **named)
        name, row_of, completion = parameter.name, self.row, self.completion
        keeps_text = isinstance(completion, Leaf) and completion.keeps_text
        if row_of.is_nullable and resolved(**{name: row_of.empty()}) is not None:
            raise UnplannedError
        rows = row_of.reader(operation.context, held)

        def fill(text: str) -> str:
            value = resolved(**{name: rows(text)})
            if keeps_text and isinstance(value, str):
                return encode_basestring(value)
            return orjson.dumps(_completed(completion, value, operation)).decode()

        return fill


@lru_cache(maxsize=64)
def _around(affixes: Affixes) -> Around:
    before, after = (encode_basestring(one)[1:-1] for one in affixes)
    return Around(f'"{before}', f'{after}"')


def _completed(completion: Leaf | Objects, value: Any, operation: "Operation") -> Any:
    if isinstance(completion, Leaf):
        return completion.complete([value])[0]
    if isinstance(value, Awaitable) or (value is None and not completion.is_nullable):
        raise UnplannedError
    if value is None:
        return None
    return completion.select(value).answer_at_once(value, operation)


class RowOf(Protocol):
    """The row that a resolver gets, made of what was read for it."""

    @property
    def is_nullable(self) -> bool:
        """Whether there may be no value."""
        ...

    def empty(self) -> object:
        """The row without a value."""
        ...

    def reader(self, context: Context, held: dict[Prepared, Any]) -> Callable[[str], object]:
        """Makes the row in an operation."""
        ...


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """A row of one attribute."""

    name: str
    parse: Callable[[str], Any]
    is_nullable: bool

    def empty(self) -> object:
        return SimpleNamespace(**{self.name: None})

    def reader(self, context: Context, held: dict[Prepared, Any]) -> Callable[[str], object]:
        _ = context, held
        row, name, parse = self.empty(), self.name, self.parse

        def read(text: str) -> object:
            setattr(row, name, parse(text))
            return row

        return read


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A row from inputs, which several fields of it share."""

    prepared: Prepared
    is_nullable: bool = False

    def empty(self) -> object:
        raise UnplannedError

    def reader(self, context: Context, held: dict[Prepared, Any]) -> Callable[[str], object]:
        prepared = self.prepared

        def read(text: str) -> object:
            if text:
                held[prepared] = prepared.row(context, text)
            return held[prepared]

        return read
