"""What a field reads, as it says in its metadata, so that PostgreSQL can write it into an answer.

An attribute without a resolver says it by its name. Fields that say nothing are resolved in Python.
"""

from dataclasses import dataclass
from typing import Any

from db.queries.reading import Reader
from db.written import Relation

READS = "reads"
"""Key of what a field reads: an attribute of its row, by name, or rows that belong to it."""
ROWS = "rows"
"""Key of the `Rows` that a field of Query reads."""

__all__ = ["READS", "ROWS", "Relation", "Rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one type, which the resolver reads in the form that its context says."""

    type_name: str
    reader: Reader[Any]
