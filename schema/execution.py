"""Executes operations, and reads plain fields without ceremony.

Most fields are an attribute of a row that needs no more than its scalar. graphql-core prepares for
each of them as if it could be anything; here it costs an attribute and a conversion. Whatever is
out of the ordinary, a null in a wrong place or a value that does not convert, is left to it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField


class _Plain(NamedTuple):
    """How to read a plain field: the row's attribute, its conversion, whether null is fine."""

    attribute: str
    convert: Callable[[Any], Any]
    is_nullable: bool


_known: dict[tuple[GraphQLObjectType, str], _Plain | None] = {}
"""By type and field, once each: there is one schema in a process."""


class RowExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor with a short way for plain fields."""

    schema: GraphQLSchema

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Any,
        position_context: Any,
    ) -> Any:
        """Read the field here when that is enough."""
        key = (parent_type, field_details_list[0].node.name.value)
        if key not in _known:
            _known[key] = _plain_field(self.schema, *key)
        plain = _known[key]
        if plain is not None:
            try:
                value = getattr(source, plain.attribute)
                if value is not None:
                    return plain.convert(value)
                if plain.is_nullable:
                    return None
            except Exception:  # noqa: S110 - it happens again below, where it is reported
                pass
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


def _plain_field(schema: GraphQLSchema, parent: GraphQLObjectType, name: str) -> _Plain | None:
    field: Any = schema.get_field(parent, name)
    definition = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    is_nullable = not isinstance(field.type, GraphQLNonNull)
    leaf: Any = field.type if is_nullable else field.type.of_type
    if isinstance(leaf, GraphQLEnumType):
        names = {member.value: name for name, member in leaf.values.items()}
        return _Plain(definition.python_name, names.__getitem__, is_nullable)
    if isinstance(leaf, GraphQLScalarType):
        return _Plain(definition.python_name, leaf.coerce_output_value, is_nullable)
    return None
