"""Opaque positions: where a page goes on, and where a client resumes a story's events."""

import base64
import binascii
from uuid import UUID

from errors import InvalidInputError


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, kind: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith(f"{kind}:"):
        raise InvalidInputError(
            "The cursor is not one of ours; leave it out to start from the beginning.",
            field=("after",),
        )
    return text.removeprefix(f"{kind}:")


def encode_page_cursor(id_: UUID) -> str:
    """The cursor of a row in a connection."""
    return _encode(f"p:{id_}")


def decode_page_cursor(cursor: str) -> UUID:
    """Read a connection's cursor.

    Raises:
        InvalidInputError: It is none.
    """
    try:
        return UUID(_decode(cursor, "p"))
    except ValueError:
        raise InvalidInputError("The cursor is not one of ours.", field=("after",)) from None


def encode_event_cursor(seq: int) -> str:
    """The cursor after the event with this seq."""
    return _encode(f"e:{seq}")


def decode_event_cursor(cursor: str) -> int:
    """Read an event cursor.

    Raises:
        InvalidInputError: It is none.
    """
    text = _decode(cursor, "e")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidInputError("The cursor is not one of ours.", field=("after",))
    return int(text)
