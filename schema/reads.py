"""What a field reads, as it says in its metadata, so that PostgreSQL can write it into an answer.

An attribute without a resolver says it by its name. Fields that say nothing are resolved in Python.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry

from db.queries.reading import Form, Reader
from db.written import Inputs, Relation
from resolvers.context import Context

READS = "reads"
"""Key of what a field reads: an attribute of its row, by name, or the `MediaKey` of an address,
`Prepared` inputs, or rows that belong to it, as a `Relation`.
"""
ROWS = "rows"
"""Key of the `Rows` that a field of Query reads."""

__all__ = ["READS", "ROWS", "FormInfo", "MediaKey", "Prepared", "Relation", "Rows", "form_of"]


@dataclass(frozen=True, slots=True)
class MediaKey:
    """An attribute with the key of a medium, whose address the field is.

    Its only argument may be the `width` of a picture.
    """

    attribute: str


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs of a resolver that it gets from a loader.

    `row` puts them into the loader, and makes a row of the attributes that the resolver reads. Then
    the resolver must not wait.
    """

    inputs: Inputs
    row: Callable[[Context, str], object]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one type, which the resolver reads in `form_of` its `info`."""

    type_name: str
    reader: Reader[Any]


@dataclass
class FormInfo(strawberry.Info[Any, Any]):
    """The `info` of a resolver that reads its rows in a form."""

    form: Form[Any] | None = None


def form_of(info: strawberry.Info[Any, Any]) -> Form[Any] | None:
    """The form in which the resolver reads its rows; None reads all their values."""
    return info.form if isinstance(info, FormInfo) else None
