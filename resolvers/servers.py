"""Information about the server for clients."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import ServiceKind
from orchestration.providers.reach import ProviderFacts
from orchestration.work.production import Production


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A configured provider, and whether it is available at the moment."""

    kind: ServiceKind
    name: str
    models: Sequence[str]
    available: bool
    paused_until: datetime | None = None


async def list_providers(production: Production) -> list[ProviderRow]:
    """The providers of new work; all are checked at once."""
    facts = production.providers
    reached = await asyncio.gather(*map(production.reach.is_reachable, facts))
    return [
        ProviderRow(fact.kind, fact.name, fact.models, available, _paused_until(production, fact))
        for fact, available in zip(facts, reached, strict=True)
    ]


def _paused_until(production: Production, fact: ProviderFacts) -> datetime | None:
    pause = production.pauses.current(fact.kind, fact.name)
    return None if pause is None else pause.until
