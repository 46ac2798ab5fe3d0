"""Random valid operations over a schema, for hypothesis.

They have fields, arguments, fragments and directives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from hypothesis import strategies as st

from resolvers.cursors import encode_event_cursor

_DEPTH = 5
_SHARE_OF_DIRECTIVES = 6
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A query with its variables."""

    text: str
    variables: dict[str, Any]


@dataclass(slots=True)
class _Writer:
    """Writes one document; every choice is drawn from hypothesis."""

    schema: GraphQLSchema
    draw: Callable[..., Any]
    ids: Sequence[str]
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]])
    fragments: list[str] = field(default_factory=list[str])
    aliases: int = 0

    def write(self, root_fields: Sequence[str] = ()) -> Document:
        """The document of a random query, or of a subscription to one of the root fields."""
        kind = self.schema.subscription_type if root_fields else self.schema.query_type
        assert kind is not None
        body = (
            f"{{ {self._field(kind, _DEPTH, self._one_of(root_fields))} }}"
            if root_fields
            else self.selection(kind, _DEPTH)
        )
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.variables.items())
        head = "subscription" if root_fields else "query"
        head = f"{head} ({declared})" if declared else head
        values = {name: value for name, (_, value) in self.variables.items()}
        return Document("\n".join([f"{head} {body}", *self.fragments]), values)

    def selection(self, kind: Any, depth: int) -> str:
        """Braces with at least one field."""
        parts = [self._part(kind, depth) for _ in range(self._number(1, 5))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: Any, depth: int) -> str:
        if is_abstract_type(kind):
            one = self._one_of([*self.schema.get_possible_types(kind), kind])
            if one is not kind:
                return f"... on {one.name}{self._directive()} {self.selection(one, depth)}"
        match self._number(0, 12):
            case 0:
                return f"{self._alias()}__typename{self._directive()}"
            case 1:
                return f"...{self._directive()} {self.selection(kind, depth)}"
            case 2 if depth > 1:
                body = self.selection(kind, depth - 1)
                name = f"F{len(self.fragments)}"
                self.fragments.append(f"fragment {name} on {kind.name} {body}")
                return f"...{name}{self._directive()}"
            case _:
                return self._field(kind, depth)

    def _field(self, kind: Any, depth: int, root: str | None = None) -> str:
        fields: dict[str, Any] = {
            name: one
            for name, one in kind.fields.items()
            if depth > 1 or not is_composite_type(_named(one.type))
        }
        if not fields:
            return "__typename"
        name = root or self._one_of(sorted(fields))
        definition = fields[name]
        arguments: dict[str, Any] = definition.args
        given = [
            f"{key}: {self._argument(argument.type)}"
            for key, argument in arguments.items()
            if _is_required(argument) or self._number(0, 2) == 0
        ]
        # One key must not stand for a field with different arguments.
        alias = self._alias(always=bool(arguments))
        inside = f"({', '.join(given)})" if given else ""
        inner: Any = _named(definition.type)
        below = f" {self.selection(inner, depth - 1)}" if is_composite_type(inner) else ""
        directive = "" if root else self._directive()
        return f"{alias}{name}{inside}{directive}{below}"

    def _alias(self, *, always: bool = False) -> str:
        if not always and self._number(0, 5):
            return ""
        self.aliases += 1
        return f"a{self.aliases}: "

    def _directive(self) -> str:
        if self._number(0, _SHARE_OF_DIRECTIVES):
            return ""
        value = self._one_of([True, False, True])
        name = self._one_of(["include", "skip"])
        condition = self._variable("Boolean!", value) if self._number(0, 1) else _literal(value)
        return f" @{name}(if: {condition})"

    def _argument(self, kind: Any) -> str:
        value = self._value(kind)
        if self._number(0, 1):
            return self._variable(str(kind), value)
        return _literal(value, kind)

    def _variable(self, kind: str, value: object) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = (kind, value)
        return f"${name}"

    def _value(self, kind: Any) -> Any:
        match kind:
            case GraphQLNonNull():
                return self._value(_inner(kind))
            case GraphQLList():
                return [self._value(_inner(kind)) for _ in range(self._number(0, 3))]
            case GraphQLEnumType():
                return self._one_of(sorted(kind.values))
            case GraphQLInputObjectType():
                fields: dict[str, Any] = kind.fields
                return {
                    name: self._value(one.type)
                    for name, one in fields.items()
                    if _is_required(one) or self._number(0, 2) == 0
                }
            case _:
                return self._scalar(kind.name)

    def _scalar(self, name: str) -> Any:
        match name:
            case "ID":
                return self._one_of([*self.ids, "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d", "no id"])
            case "Int":
                return self._one_of([1, 2, 3, 20, 20, 0])
            case "Float":
                return self._one_of([1.5, 4.0])
            case "Boolean":
                return self._one_of([True, False])
            case "DateTime":
                return self._one_of(["2026-01-31T12:00:00Z", "2040-01-31T12:00:00+02:00"])
            case "EventCursor":
                return self._one_of([encode_event_cursor(seq) for seq in (98, 99)])
            case _:
                return self._one_of(["Once", "ünï", ""])

    def _number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def _one_of(self, choices: Sequence[T]) -> T:
        return self.draw(st.sampled_from(choices))


def _named(kind: Any) -> Any:
    return cast("Any", get_named_type(kind))


def _is_required(one: Any) -> bool:
    return isinstance(one.type, GraphQLNonNull)


def _inner(kind: Any) -> Any:
    """The type that a wrapping type wraps."""
    return kind.of_type


def _literal(value: object, kind: Any = None) -> str:
    """The value as it stands in a document."""
    inner = _inner(kind) if isinstance(kind, GraphQLNonNull) else kind
    match value:
        case bool():
            return str(value).lower()
        case str() if isinstance(inner, GraphQLEnumType):
            return value
        case str():
            return f'"{value}"'
        case list():
            items = cast("list[Any]", value)
            return f"[{', '.join(_literal(one, _inner(inner)) for one in items)}]"
        case dict():
            parts = cast("dict[str, Any]", value)
            fields: Any = inner.fields
            return (
                "{"
                + ", ".join(
                    f"{name}: {_literal(one, fields[name].type)}" for name, one in parts.items()
                )
                + "}"
            )
        case _:
            return str(value)


@st.composite
def documents(draw: Callable[..., Any], schema: GraphQLSchema, ids: Sequence[str]) -> Document:
    """Valid queries of the schema, about rows with these IDs among others."""
    return _Writer(schema, draw, ids).write()


@st.composite
def subscriptions(
    draw: Callable[..., Any], schema: GraphQLSchema, ids: Sequence[str], fields: Sequence[str]
) -> Document:
    """Valid subscriptions to one of the root fields, likewise."""
    return _Writer(schema, draw, ids).write(fields)
