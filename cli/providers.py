"""`providers check`: checks every configured provider, free of charge.

Keys are never shown, nor any part of an address except scheme, host and path.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cli.provider_choices import provider_choices
from domain import NOBODY, ServiceKind
from errors import SetupError
from orchestration.providers.checkup import Checkup, check_up
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.reach import ProviderFacts
from orchestration.providers.registry import Providers
from settings import Settings

_NOT_GOOD = 1
_TABLES_OF = (ServiceKind.IMAGE, ServiceKind.VIDEO, ServiceKind.CLIP)
"""The stages that vendors' tables serve: a wrong table is no other stage's trouble."""


@dataclass(frozen=True, slots=True)
class _Checked:
    facts: ProviderFacts
    found: Checkup
    has_key: bool


async def check_providers(settings: Settings, *, as_json: bool) -> None:
    """Check all at once and print the results.

    Raises:
        typer.Exit: With code 1 if one of them is not usable.
    """
    chosen = [
        one
        for one in provider_choices(settings)
        if one.kind is not ServiceKind.CLIP or one.name != NOBODY
    ]
    checked = await asyncio.gather(*(_check(choice, vendors=settings.vendors) for choice in chosen))
    if as_json:
        typer.echo(json.dumps({"providers": [_as_json(one) for one in checked]}, indent=2))
    else:
        _show(checked)
    if not all(one.found.is_good for one in checked):
        raise typer.Exit(_NOT_GOOD)


async def _check(choice: ProviderChoice, *, vendors: Path | None) -> _Checked:
    """One provider beside built-in ones, so that its settings' faults are its own."""
    kind = choice.kind
    tables = vendors if kind in _TABLES_OF else None
    facts = ProviderFacts(kind, choice.shown_name, () if choice.model is None else (choice.model,))
    try:
        async with Providers([choice], vendors=tables) as providers:
            adapter: object = getattr(providers.line_up, kind.word)
            facts = next((one for one in providers.facts if one.kind is kind), facts)
            found = await check_up(adapter, facts)
    except SetupError as error:
        found = Checkup(problems=(error.message,))
    else:
        if kind is ServiceKind.VOICE and adapter is None and choice.name != NOBODY:
            warning = (
                "Films have no narration: espeakng-loader is not installed. Run scripts/setup."
            )
            found = replace(found, warnings=(warning,))
    return _Checked(facts, found, has_key=bool(choice.key))


def _show(checked: Sequence[_Checked]) -> None:
    address = Column("Address", overflow="fold")
    table = Table("", "Stage", "Provider", address, "Reachable", "Key", "Model")
    for one in checked:
        found, facts = one.found, one.facts
        table.add_row(
            _mark(found),
            facts.kind.word,
            Text(facts.name),
            Text(_where(one)),
            _answers(found),
            _key(one),
            _model(one),
        )
    Console().print(table)
    for one in checked:
        for sentence in (*one.found.problems, *one.found.warnings):
            typer.echo(f"{one.facts.kind.word}: {sentence}")


def _mark(found: Checkup) -> Text:
    if not found.is_good:
        return Text("✗", style="red")
    return Text("!", style="yellow") if found.warnings else Text("✓", style="green")


def _where(one: _Checked) -> str:
    address = _shown_address(one.facts.url)
    return address or ("-" if one.found.reachable is None else "built in")


def _answers(found: Checkup) -> str:
    if found.reachable is None:
        return "not checked"
    if not found.reachable:
        return "no"
    return "yes" if found.latency_s is None else f"{found.latency_s * 1_000:.0f} ms"


def _key(one: _Checked) -> str:
    if one.found.key_accepted is not None:
        return "accepted" if one.found.key_accepted else "rejected" if one.has_key else "missing"
    if not one.has_key:
        return "none"
    return "unverified" if one.found.reachable else "not checked"


def _model(one: _Checked) -> Text:
    (name,) = one.facts.models or ("-",)
    if one.found.model_present is None:
        return Text(name)
    return Text(f"{name}: {'available' if one.found.model_present else 'not found'}")


def _as_json(one: _Checked) -> dict[str, Any]:
    found, facts = one.found, one.facts
    return {
        "stage": facts.kind.word,
        "provider": facts.name,
        "url": _shown_address(facts.url),
        "models": list(facts.models),
        "good": found.is_good,
        "reachable": found.reachable,
        "keyAccepted": found.key_accepted,
        "modelPresent": found.model_present,
        "latencyMs": None if found.latency_s is None else round(found.latency_s * 1_000, 1),
        "problems": list(found.problems),
        "warnings": list(found.warnings),
    }


def _shown_address(url: str | None) -> str | None:
    """Scheme, host and path; the rest may contain secrets. None for built-in providers."""
    parts = urlsplit(url or "")
    if parts.scheme not in ("http", "https"):
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
