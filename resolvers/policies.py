"""The viewer, and the viewer's access to rows and actions.

Rows of other owners look absent: their IDs and unknown IDs give the same answer.
"""

from dataclasses import dataclass
from datetime import datetime

from domain import Scope
from errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Viewer:
    """The client of a request. `expires_at` is when the credentials expire; None is never.

    `is_local` is the user of a server without credentials, who has access to everything that
    belongs to "local", and to the tools of development.
    """

    id: str
    name: str
    scope: Scope = Scope.WRITE
    expires_at: datetime | None = None
    is_local: bool = False

    @property
    def sees_only(self) -> str | None:
        """The owner of the visible rows; None sees all rows."""
        return None if self.scope is Scope.ADMIN else self.id

    def sees(self, owner_id: str | None) -> bool:
        """Whether this owner's rows are visible; rows without an owner never are."""
        return owner_id is not None and self.sees_only in (None, owner_id)


LOCAL_VIEWER = Viewer("local", "Local", is_local=True)


def check_scope(viewer: Viewer, needed: Scope) -> None:
    """Require the scope, or one that includes it.

    Raises:
        ForbiddenError: The credentials do not include it.
    """
    if not viewer.scope.includes(needed):
        raise ForbiddenError(
            f"The credentials have the scope {viewer.scope}. This request requires {needed}."
        )


def check_development(viewer: Viewer) -> None:
    """Require permission to create development data: a local viewer or an admin.

    Raises:
        ForbiddenError: The viewer is neither.
    """
    if not viewer.is_local:
        check_scope(viewer, Scope.ADMIN)
