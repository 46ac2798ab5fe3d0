"""What a field reads, as it says in its metadata, so that PostgreSQL can write it into an answer.

An attribute without a resolver says it by its name. Fields that say nothing are resolved in Python.
"""

from dataclasses import dataclass
from typing import Any

import strawberry

from db.queries.reading import Form, Reader
from db.written import Relation

READS = "reads"
"""Key of what a field reads: an attribute of its row, by name, or rows that belong to it."""
ROWS = "rows"
"""Key of the `Rows` that a field of Query reads."""

__all__ = ["READS", "ROWS", "FormInfo", "Relation", "Rows", "form_of"]


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
