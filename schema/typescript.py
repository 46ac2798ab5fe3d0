"""The schema as TypeScript types, against which the page's modules are checked."""

from graphql import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    parse,
)

_ROOTS = ("Query", "Mutation", "Subscription")
_BUILT_IN = {
    "ID": "string",
    "String": "string",
    "Int": "number",
    "Float": "number",
    "Boolean": "boolean",
}
_HEAD = "// The contract's types, made of it by scripts/schema.\n"


def print_types(contract: str) -> str:
    """Every scalar (sent as strings), enum, input and output type of a printed schema."""
    declared = (_declare(definition) for definition in parse(contract).definitions)
    return "\n".join([_HEAD, *(text for text in declared if text)])


def _declare(node: DefinitionNode) -> str:
    match node:
        case ScalarTypeDefinitionNode():
            return f"export type {node.name.value} = string;\n"
        case EnumTypeDefinitionNode():
            values = " | ".join(f'"{value.name.value}"' for value in node.values or ())
            return f"export type {node.name.value} = {values};\n"
        case InputObjectTypeDefinitionNode():
            return _interface(node.name.value, [_given(field) for field in node.fields or ()])
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            if node.name.value in _ROOTS:
                return ""
            lines = [f"  {field.name.value}: {_spell(field.type)};" for field in node.fields or ()]
            return _interface(node.name.value, lines)
        case _:
            return ""


def _interface(name: str, lines: list[str]) -> str:
    return "\n".join([f"export interface {name} {{", *lines, "}\n"])


def _given(field: InputValueDefinitionNode) -> str:
    is_needed = isinstance(field.type, NonNullTypeNode) and field.default_value is None
    return f"  {field.name.value}{'' if is_needed else '?'}: {_spell(field.type)};"


def _spell(node: TypeNode) -> str:
    if isinstance(node, NonNullTypeNode):
        return _spell_present(node.type)
    return f"{_spell_present(node)} | null"


def _spell_present(node: TypeNode) -> str:
    if isinstance(node, ListTypeNode):
        return f"Array<{_spell(node.type)}>"
    if isinstance(node, NamedTypeNode):
        return _BUILT_IN.get(node.name.value, node.name.value)
    return _spell(node)
