"""Who asks, what he may see, and what he may do.

What belongs to somebody else is not there: a stranger's id and one that nobody has look the same.
"""

from dataclasses import dataclass
from datetime import datetime

from domain import Scope
from errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `expires_at` is when his credentials end; None is never.

    `is_local` is who uses a server without credentials: he has what belongs to "local", and the
    tools of development.
    """

    id: str
    name: str
    scope: Scope = Scope.WRITE
    expires_at: datetime | None = None
    is_local: bool = False

    @property
    def sees_only(self) -> str | None:
        """The owner whose rows he sees; None sees everybody's."""
        return None if self.scope is Scope.ADMIN else self.id

    def sees(self, owner_id: str | None) -> bool:
        """Whether he sees what belongs to this owner; nobody sees what belongs to none."""
        return owner_id is not None and self.sees_only in (None, owner_id)


LOCAL_VIEWER = Viewer("local", "Local", is_local=True)


def check_scope(viewer: Viewer, needed: Scope) -> None:
    """Let pass who has the scope, or one that includes it.

    Raises:
        ForbiddenError: His credentials do not reach so far.
    """
    if not viewer.scope.includes(needed):
        raise ForbiddenError(
            f"The credentials have the scope {viewer.scope}. This request requires {needed}."
        )


def check_development(viewer: Viewer) -> None:
    """Let pass who may make development data: whoever is local, else an admin.

    Raises:
        ForbiddenError: He is neither.
    """
    if not viewer.is_local:
        check_scope(viewer, Scope.ADMIN)
