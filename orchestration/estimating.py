"""What a story will cost, told before anything is paid: from its length and the writer's habits."""

from db.rows import UsageLine
from domain import ServiceKind
from orchestration.production import Production
from orchestration.providers.ports import ScriptRequest


async def estimate(production: Production, request: ScriptRequest) -> list[UsageLine]:
    """What the script, a picture for each shot and one film will take, by the present settings.

    Narrations are taken to be as long as the text; a voice that speaks for free is left out, as it
    is where usage is recorded.
    """
    voice = production.voice
    work = [
        (ServiceKind.SCRIPT, production.script.name, 1),
        (ServiceKind.IMAGE, production.image.name, await production.script.count_shots(request)),
        (ServiceKind.VIDEO, production.video_name, 1),
    ]
    if production.video is None and voice is not None and voice.fingerprint is not None:
        work.insert(2, (ServiceKind.VOICE, voice.name, len(request.content)))
    return [
        _line(production, kind, provider=provider, units=units) for kind, provider, units in work
    ]


def _line(production: Production, kind: ServiceKind, *, provider: str, units: int) -> UsageLine:
    models = [
        fact.models[0]
        for fact in production.providers
        if fact.models and (fact.kind, fact.name) == (kind.lower(), provider)
    ]
    price = production.prices.of(kind, provider=provider, units=units)
    return UsageLine(
        kind=kind,
        provider=provider,
        model=models[0] if models else None,
        units=units,
        price=None if price is None else float(price),
    )
