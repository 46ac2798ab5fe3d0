"""The model services of the settings as plain values for the adapters."""

from collections.abc import Iterable, Iterator

from pydantic import SecretStr

from domain import BUILT_IN
from orchestration.providers.choices import ProviderChoice
from service_settings import Service
from settings import Settings


def provider_choices(settings: Settings) -> tuple[ProviderChoice, ...]:
    """The operator's choices, those of a kind in the order in which they are asked."""
    return tuple(choice for kind in settings.services.values() for choice in _choices(kind))


def _choices(services: Iterable[Service]) -> Iterator[ProviderChoice]:
    """A second service of one provider is told apart by its number: openai-2."""
    known: set[str] = set()
    for one in services:
        is_second = one.provider in known and one.provider != BUILT_IN
        known.add(one.provider)
        own = one.settings
        yield ProviderChoice(
            kind=one.kind,
            name=one.provider,
            url=own.url,
            key=_revealed(own.key),
            model=own.model,
            speaker=own.speaker,
            workflow=own.workflow,
            webhook_secret=_revealed(own.webhook_secret),
            price=own.price,
            timeout_s=one.timeout_s,
            concurrency=one.concurrency,
            place=one.place,
            label=f"{one.provider}-{one.place}" if is_second else None,
        )


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
