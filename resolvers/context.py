"""The context of one operation: the viewer, the services, and fresh loaders."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from db.session import Database, Writes
from domain import Scope
from errors import NotFoundError
from orchestration.media.links import Affixes
from orchestration.work.production import Production
from resolvers.dashboards import Dashboards
from resolvers.following import Following
from resolvers.loaders import Loaders
from resolvers.pictures import parse_width
from resolvers.policies import LOCAL_VIEWER, Viewer, check_scope

__all__ = ["LOCAL_VIEWER", "Context", "Progress", "Viewer", "parse_id"]


_HALF_DONE = (
    "some of the changes were saved. Read the current state before you send the request again."
)


@dataclass(slots=True)
class Progress:
    """The progress of one operation."""

    has_changed: bool = False
    """Something is saved: the operation must not be sent again unchanged."""

    def tell(self, broken_off: str, otherwise: str) -> str:
        """Why it failed, as a sentence that also says whether it may be sent again."""
        return f"{broken_off}; {_HALF_DONE}" if self.has_changed else otherwise


@dataclass(slots=True, kw_only=True)  # a frozen one takes three times as long to make
class Context:
    """The context of one operation; nothing changes it.

    `base_url` makes media addresses absolute, without a trailing slash; `version` is the program's;
    `may_introspect` is whether the schema can be introspected, `operation_timeout_s` the maximum
    duration of an operation.
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
    async def writing(self) -> AsyncGenerator[Writes]:
        """A transaction of a viewer with write access; every change of a viewer goes through it.

        Raises:
            ForbiddenError: The viewer may only read.
            DatabaseUnavailableError: The database is unavailable or was lost.
        """
        check_scope(self.viewer, Scope.WRITE)
        async with self.database.writing() as session:
            yield session
        self.progress.has_changed = True

    @property
    def audience(self) -> tuple[Viewer, str]:
        """All of the context on which an answer may depend; contexts with equal ones share."""
        return self.viewer, self.base_url

    def media_url(self, key: str | None) -> str | None:
        """The address under which a stored key is served; never stored itself."""
        return None if key is None else self.production.links.address(self.base_url, key)

    def picture_url(self, key: str | None, width: int | None) -> str | None:
        """The address of a picture in the next of the fixed widths; None for the picture itself.

        Raises:
            InvalidInputError: The width is not positive.
        """
        if width is None:
            return self.media_url(key)
        width = parse_width(width)
        return key and self.production.links.address(self.base_url, key, width=width)

    def url_affixes(self, width: int | None = None) -> Affixes | None:
        """What surrounds the keys in the addresses of media, or of pictures in that width.

        None if each has to be signed.

        Raises:
            InvalidInputError: The width is not positive.
        """
        width = None if width is None else parse_width(width)
        return self.production.links.affixes(self.base_url, width=width)


def parse_id(text: str, *, noun: str, field: tuple[str, ...] = ()) -> UUID:
    """Parse an ID from outside; `field` is its path, unless it is that of the subject itself.

    Raises:
        NotFoundError: It does not have the form of an ID.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(f"{noun.capitalize()} not found.", field=field) from None
