"""Validates texts from outside once, with the invalid field and the remedy."""

from domain import MAX_CONTENT_LENGTH
from errors import InvalidInputError
from text.invisible import has_visible

_LOST = "\ufffd"
"""The character that decoders substitute for invalid bytes."""


def check_text(
    text: str,
    *,
    field: str,
    limit: int,
    required: bool = True,
    under: tuple[str, ...] = ("input",),
    is_told: bool = True,
) -> str:
    """The text in the form in which it may be stored; `under` is the path of the field.

    `is_told` marks text that is part of a story, unlike search words and keys.

    Raises:
        InvalidInputError: REQUIRED if nothing in it can be seen, TOO_LONG, or INVALID if PostgreSQL
            cannot store it or characters of a story were lost.
    """
    path = (*under, field)
    if len(text) > limit:
        raise InvalidInputError(
            f"The {field} has {len(text):,} characters. At most {limit:,} are allowed.",
            code="TOO_LONG",
            field=path,
        )
    check_characters(text, field=field, path=path, is_told=is_told)
    if required and not has_visible(text):
        raise InvalidInputError(f"The {field} must not be empty.", code="REQUIRED", field=path)
    return text


def check_characters(
    text: str, *, field: str, path: tuple[str, ...] = (), is_told: bool = True
) -> None:
    """Reject text that PostgreSQL cannot store and, in a story, the mark of lost characters.

    Raises:
        InvalidInputError: INVALID.
    """
    if "\x00" in text or _has_surrogate(text):
        raise InvalidInputError(
            f"The {field} contains invalid characters. Remove them.", field=path
        )
    if is_told and _LOST in text:
        raise InvalidInputError(
            f"The {field} contains U+FFFD: characters were lost in decoding. Read it again with "
            "the correct encoding.",
            field=path,
        )


def check_optional(text: str | None, *, field: str, limit: int, is_told: bool = True) -> str | None:
    """Like `check_text`; blank means that it was not given."""
    if text is None or not has_visible(text):
        return None
    return check_text(text, field=field, limit=limit, is_told=is_told)


def check_content(text: str, *, under: tuple[str, ...] = ("input",)) -> str:
    """A story's text."""
    return check_text(text, field="content", limit=MAX_CONTENT_LENGTH, under=under)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
