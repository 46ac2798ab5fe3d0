"""A backend that requires API keys, and owners with keys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from domain import Scope
from orchestration.media.links import MediaLinks
from resolvers.keys import create_key
from tests.factories import Rows, add_rows
from tests.graphql_client import serving_stage
from tests.stage import Stage
from web.credentials import KeyAuthentication
from web.services import WebOptions


def asking_for_keys(stage: Stage) -> Stage:
    """The same backend, requiring keys; a revoked one is rejected at once."""
    production = replace(stage.production, links=MediaLinks(b"what the fleet signs with"))
    services = replace(
        stage.services,
        production=production,
        options=WebOptions(version="0.0.0-test", asks_credentials=True),
        authentication=KeyAuthentication(stage.database, trusted_for_s=0),
    )
    return replace(stage, services=services)


@asynccontextmanager
async def serving_with_keys(stage: Stage) -> AsyncGenerator[str]:
    """The application that requires keys; the value is its address."""
    async with serving_stage(asking_for_keys(stage)) as url:
        yield url


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner with a key and a story."""

    id: str
    key: str
    rows: Rows

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the owner's requests."""
        return bearing(self.key)


def bearing(key: str) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"Authorization": f"Bearer {key}"}


async def add_owner(stage: Stage, owner_id: str, *, scope: Scope = Scope.WRITE) -> Owner:
    """A new owner with a key of this scope, and a finished story."""
    key, _ = await create_key(stage.database, f"key-of-{owner_id}", owner_id=owner_id, scope=scope)
    return Owner(owner_id, key, await add_rows(stage.database, owner_id=owner_id))
