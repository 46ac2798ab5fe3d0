"""Opaque positions: the start of the next page, and the event from which a client resumes."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from db.rows import Position
from domain import StoryOrderField
from errors import InvalidInputError


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, kind: str, *, field: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith(f"{kind}:"):
        raise InvalidInputError(
            "Invalid cursor. Omit it to start from the beginning.",
            field=(field,),
        )
    return text.removeprefix(f"{kind}:")


def encode_page_cursor(position: Position, *, order: str = "") -> str:
    """The cursor of a row in a connection; `order` names the sort key."""
    return _encode(f"p:{order}:{position.id}:{position.value or ''}")


def decode_page_cursor(cursor: str, *, order: str = "", field: str = "after") -> Position:
    """Parse a connection's cursor; `field` is the argument that contained it.

    Raises:
        InvalidInputError: It is invalid, or from another order.
    """
    name, _, rest = _decode(cursor, "p", field=field).partition(":")
    id_, _, value = rest.partition(":")
    try:
        if name != order or "\x00" in value:
            raise ValueError(name)
        if order == StoryOrderField.UPDATED_AT:
            value = _canonical(value)
        return Position(id=UUID(id_), value=value if order else None)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            "The cursor belongs to another list. Omit it to start from the beginning.",
            field=(field,),
        ) from None


def _canonical(moment: str) -> str:
    """The moment in PostgreSQL's format: Python accepts more formats, and larger offsets."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo is None else parsed.astimezone(UTC)).isoformat()


def encode_event_cursor(seq: int) -> str:
    """The cursor after the event with this seq."""
    return _encode(f"e:{seq}")


def decode_event_cursor(cursor: str) -> int:
    """Parse an event cursor.

    Raises:
        InvalidInputError: It is invalid.
    """
    text = _decode(cursor, "e", field="after")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidInputError(
            "Invalid cursor. Omit it to start from the current state.", field=("after",)
        )
    return int(text)
