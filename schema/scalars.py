"""The scalars of the schema, and their Python values."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from errors import InvalidInputError
from resolvers.cursors import decode_event_cursor, encode_event_cursor

EventCursor = NewType("EventCursor", int)
"""A seq in a story's log; an opaque string for clients."""


_OFFSET_LENGTH = len("+00:00")


def _print_datetime(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-_OFFSET_LENGTH]}Z"


def _parse_datetime(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInputError("A time looks like 2026-01-31T12:00:00Z, with its offset.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "A time must be within the years 1 to 9999 in UTC."
        raise InvalidInputError(message, code="OUT_OF_RANGE") from None


def _parse_event_cursor(value: object) -> EventCursor:
    return EventCursor(decode_event_cursor(str(value)))


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in RFC 3339 format, in UTC with milliseconds: "
        "2026-01-31T12:00:00.000Z.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=_print_datetime,
        parse_value=_parse_datetime,
    ),
    EventCursor: strawberry.scalar(
        name="EventCursor",
        description=(
            "A position in the events of a story, from which a client can resume. It "
            "is opaque: store it and send it back unchanged."
        ),
        serialize=encode_event_cursor,
        parse_value=_parse_event_cursor,
    ),
}
