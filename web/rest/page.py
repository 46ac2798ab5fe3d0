"""The OpenAPI document as a page that works offline."""

from html import escape
from typing import Any

from web.pages import render_frame
from web.path_prefix import path_prefix


def render_page(document: dict[str, Any]) -> str:
    """The whole page."""
    info = document["info"]
    parts = [
        f"<p>{escape(info['description'])}</p>",
        '<p>OpenAPI description: <a href="openapi.json">openapi.json</a>.</p>',
    ]
    prefix = path_prefix(document["servers"][0]["url"])
    for path, item in document["paths"].items():
        parts += [
            _operation(prefix + path, method, described) for method, described in item.items()
        ]
    parts.append("<h1>Schemas</h1>")
    schemas = document["components"]["schemas"]
    parts += [_schema(name, schema) for name, schema in schemas.items()]
    return render_frame(f"{info['title']} {info['version']}", "\n".join(parts))


def _operation(path: str, method: str, described: dict[str, Any]) -> str:
    rows: list[tuple[str, str]] = []
    if "requestBody" in described:
        rows.append(("Body", _type(_schema_of(described["requestBody"]))))
    data = _schema_of(described["responses"]["200"])["properties"]["data"]
    rows.append(("200, data", _type(data)))
    rows += [
        (status, escape(response["description"]))
        for status, response in described["responses"].items()
        if status != "200"
    ]
    return (
        f'<h2 id="{described["operationId"]}"><b>{method.upper()}</b> '
        f"<code>{escape(path)}</code></h2>\n<p>{escape(described['summary'])}.</p>\n{_table(rows)}"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (
            f"<code>{escape(field)}</code>" + ("" if field in required else " (optional)"),
            _type(value) + f"<br>{escape(value.get('description', ''))}".removesuffix("<br>"),
        )
        for field, value in schema["properties"].items()
    ]
    description = escape(schema.get("description", ""))
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>\n<p>{description}</p>\n{_table(rows)}'


def _schema_of(content: dict[str, Any]) -> dict[str, Any]:
    return content["content"]["application/json"]["schema"]


def _table(rows: list[tuple[str, str]]) -> str:
    cells = (f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def _type(schema: dict[str, Any]) -> str:
    """The type of a value in a few words, with a link to a named schema."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(word)}</code>" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"a list of {_type(schema['items'])}"
    words = [schema.get("format", schema.get("type", "anything"))]
    if "maxLength" in schema:
        words.append(f"of at most {schema['maxLength']:,} characters")
    return escape(" ".join(words))
