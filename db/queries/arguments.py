"""Arrays as arguments of statements."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


def array_argument(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """An argument that is an array of values of this kind.

    PostgreSQL looks at the arrays among the arguments when it plans. For short ones it expects
    fewer rows than for any array, so it plans the statement anew each time, which takes longer than
    to run it. It does not look into a subquery, and keeps the plan.
    """
    array = ARRAY(kind)
    return cast(select(bindparam(name, type_=array)).scalar_subquery(), array)
