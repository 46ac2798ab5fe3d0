"""The costs of calls to model services, from the operator's prices; services report none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain import BUILT_IN, ServiceKind

_CHARACTERS_PRICED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices in one currency (ISO 4217).

    They are per script, picture and film, per 1,000 characters, and per second of a clip.

    None, or no entry, is unknown, which is not the same as free. `usual` holds the prices of the
    first provider of each kind, `further` those of the fallback providers, by name.
    """

    usual: Mapping[ServiceKind, Decimal | None] = field(
        default_factory=dict[ServiceKind, Decimal | None]
    )
    further: Mapping[tuple[ServiceKind, str], Decimal | None] = field(
        default_factory=dict[tuple[ServiceKind, str], Decimal | None]
    )
    currency: str = "USD"

    def of(self, kind: ServiceKind, *, provider: str, units: int = 1) -> Decimal | None:
        """The cost of this many of the kind's units at the provider; built-in work is free."""
        if provider == BUILT_IN:
            return Decimal(0)
        price = self.further.get((kind, provider), self.usual.get(kind))
        if price is None:
            return None
        return price * units / (_CHARACTERS_PRICED if kind is ServiceKind.VOICE else 1)
