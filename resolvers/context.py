"""What a resolver works with: who asks, the tools, and fresh loaders for one operation."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from db.session import AsyncSession, Database
from domain import Scope
from errors import NotFoundError
from orchestration.work.production import Production
from resolvers.dashboards import Dashboards
from resolvers.following import Following
from resolvers.loaders import Loaders
from resolvers.policies import LOCAL_VIEWER, Viewer, check_scope

__all__ = ["LOCAL_VIEWER", "Context", "Progress", "Viewer", "parse_id"]


_HALF_DONE = (
    "some of the changes were saved. Read the current state before you send the request again."
)


@dataclass(slots=True)
class Progress:
    """How far one operation has come."""

    has_changed: bool = False
    """Something is saved: the operation must not be sent again as it is."""

    def tell(self, broken_off: str, otherwise: str) -> str:
        """Why it came to no end, as a sentence that also tells whether it may be sent again."""
        return f"{broken_off}; {_HALF_DONE}" if self.has_changed else otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One operation's context.

    `base_url` makes media addresses absolute, without a last slash; `version` is the program's;
    `may_introspect` is whether the schema tells about itself, `operation_timeout_s` how long one
    operation may take.
    """

    viewer: Viewer
    production: Production
    following: Following
    dashboards: Dashboards
    base_url: str
    loaders: Loaders
    version: str = "0.0.0"
    may_introspect: bool = True
    operation_timeout_s: float = 30.0
    progress: Progress = field(default_factory=Progress)

    @property
    def database(self) -> Database:
        """The database."""
        return self.production.database

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """A transaction of a viewer who may change things; every change of his goes through it.

        Raises:
            ForbiddenError: He may only read.
            DatabaseUnavailableError: The database is away, or was lost.
        """
        check_scope(self.viewer, Scope.WRITE)
        async with self.database.transaction() as session:
            yield session
        self.progress.has_changed = True

    @property
    def audience(self) -> tuple[Viewer, str]:
        """Everything here on which an answer may depend beside the rows; contexts share by it."""
        return self.viewer, self.base_url

    def media_url(self, key: str | None) -> str | None:
        """The address under which a stored key is served; never stored itself."""
        return None if key is None else self.production.links.address(self.base_url, key)


def parse_id(text: str, *, noun: str, field: tuple[str, ...] = ()) -> UUID:
    """Read an id from outside; `field` is where it stands, unless it is the subject's own.

    Raises:
        NotFoundError: No id of ours looks like that.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(f"{noun.capitalize()} not found.", field=field) from None
