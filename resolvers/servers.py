"""What a client may want to know of the server before it begins."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.providers.reach import ProviderFacts
from orchestration.work.production import Production


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as it is configured, and whether it can be reached just now."""

    kind: str
    name: str
    models: Sequence[str]
    available: bool
    paused_until: datetime | None = None


async def list_providers(production: Production) -> list[ProviderRow]:
    """The providers that new work is given to; all are looked at once."""
    facts = production.providers
    reached = await asyncio.gather(*map(production.reach.is_reachable, facts))
    return [
        ProviderRow(fact.kind, fact.name, fact.models, available, _paused_until(production, fact))
        for fact, available in zip(facts, reached, strict=True)
    ]


def _paused_until(production: Production, fact: ProviderFacts) -> datetime | None:
    pause = production.pauses.current(fact.kind, fact.name)
    return None if pause is None else pause.until
