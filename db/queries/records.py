"""Many rows in one parameter: dataclasses as JSON, for `jsonb_to_recordset`."""

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass


def to_records(rows: Iterable[object]) -> str:
    """The dataclasses as a JSON array of objects; UUIDs, numbers and times become text."""
    return json.dumps(list(rows), default=_plain)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)
