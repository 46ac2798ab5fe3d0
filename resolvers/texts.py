"""Texts from outside: checked once, with the field that is wrong and what to do."""

from domain import MAX_CONTENT_LENGTH
from errors import InvalidInputError


def check_text(
    text: str, *, field: str, limit: int, required: bool = True, under: tuple[str, ...] = ("input",)
) -> str:
    """The text as it may be stored; `under` is where the field stands in the arguments.

    Raises:
        InvalidInputError: REQUIRED when blank, TOO_LONG, or INVALID when PostgreSQL cannot hold it.
    """
    path = (*under, field)
    if required and not text.strip():
        raise InvalidInputError(
            f"The {field} is empty; write something there.", code="REQUIRED", field=path
        )
    if len(text) > limit:
        raise InvalidInputError(
            f"The {field} has {len(text):,} characters; at most {limit:,} are allowed.",
            code="TOO_LONG",
            field=path,
        )
    if "\x00" in text or _has_surrogate(text):
        raise InvalidInputError(
            f"The {field} contains characters that no text may contain; remove them.", field=path
        )
    return text


def check_optional(text: str | None, *, field: str, limit: int) -> str | None:
    """Like `check_text`; blank means that it was not given."""
    if text is None or not text.strip():
        return None
    return check_text(text, field=field, limit=limit)


def check_content(text: str) -> str:
    """A story's text."""
    return check_text(text, field="content", limit=MAX_CONTENT_LENGTH)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
