"""Checks a model service free of charge: whether it responds, accepts our key, has the model.

A check never calls anything that costs. What cannot be determined for free stays None: a public
list proves no key.
"""

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol, runtime_checkable

import httpx

from errors import StepError
from orchestration.providers.http.answers import parse_list, require_success
from orchestration.providers.http.exchange import (
    Answer,
    Endpoint,
    exchange,
    service_label,
)
from orchestration.providers.http.loose_json import as_list, as_object
from orchestration.providers.http.refusals import KeyRefusedError
from orchestration.providers.reach import ProviderFacts, Reach

PATIENCE_S = 10.0
"""For all requests to one provider."""

_NO_SUCH_ROUTE = (404, 405, 501)
_TAKE_ANY_NAME = frozenset({"llamacpp", "me"})
"""Owners of the one model of llama.cpp's server and of llama-cpp-python's: both ignore the name."""
_USUAL_TAG = ":latest"
_SHOWN_NAME = re.compile(r"[\w.:/@+-]{1,100}", re.ASCII)
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """The findings about one provider; None is unknown, or cannot be determined for free.

    `latency_s` is the time to its first response. `problems` prevent its use, `warnings` may; each
    is a sentence that says what to do.
    """

    reachable: bool | None = None
    key_accepted: bool | None = None
    model_present: bool | None = None
    latency_s: float | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether no problem is known."""
        return not self.problems


@runtime_checkable
class Checkable(Protocol):
    """An adapter that can check its service for free."""

    async def check(self) -> Checkup:
        """Check the service.

        Raises:
            StepError: It does not respond, or not as expected.
        """
        ...


async def check_up(
    adapter: object, facts: ProviderFacts, *, patience_s: float = PATIENCE_S
) -> Checkup:
    """Check the provider, for `patience_s` at most; never raises StepError.

    Built-in providers are always available; for an adapter without a check, only the connection
    counts.
    """
    label = service_label(facts.kind, facts.name)
    setting = facts.kind.setting("URL", facts.place)
    try:
        async with asyncio.timeout(patience_s):
            if isinstance(adapter, Checkable):
                return await adapter.check()
            if await Reach().is_reachable(facts):
                return Checkup(reachable=True)
    except TimeoutError:
        sentence = f"{label} did not answer within {patience_s:g} s. Check {setting}."
        return Checkup(reachable=False, problems=(sentence,))
    except StepError as error:
        return Checkup(reachable=False, problems=(error.message,))
    return Checkup(reachable=False, problems=(f"{label} cannot be reached. Check {setting}.",))


async def check_reach(client: httpx.AsyncClient, endpoint: Endpoint) -> Checkup:
    """Whether it responds at all, with whatever status; it does not receive the key.

    Raises:
        StepError: It does not.
    """
    _, latency_s = await _ask(client, replace(endpoint, key=None), "/")
    return Checkup(reachable=True, latency_s=latency_s)


async def check_models(client: httpx.AsyncClient, endpoint: Endpoint, *, model: str) -> Checkup:
    """Request the list of models in OpenAI's format, with the key and then without.

    Raises:
        StepError: It does not respond.
    """
    answer, latency_s = await _ask(client, endpoint, "/models")
    found = Checkup(reachable=True, latency_s=latency_s)
    if answer.status in _NO_SUCH_ROUTE:
        warning = (
            f"{endpoint.label} does not list models (HTTP {answer.status}), so neither key nor "
            f"model could be checked. If it should have one, check {endpoint.setting('URL')}."
        )
        return replace(found, warnings=(warning,))
    try:
        owners = _owners_by_model(parse_list(endpoint, answer, wanted="data"))
    except StepError as error:
        return _with_problem(found, error)
    found = _with_model(found, endpoint, model, owners)
    if endpoint.key is None:
        return found
    return replace(found, key_accepted=await _is_closed_to_strangers(client, endpoint) or None)


async def check_routes(
    client: httpx.AsyncClient, endpoint: Endpoint, *, key_route: str, model_route: str | None
) -> Checkup:
    """Request a route that needs a valid key, then one that exists if the model does.

    Raises:
        StepError: The service does not respond.
    """
    answer, latency_s = await _ask(client, endpoint, key_route)
    found = Checkup(reachable=True, latency_s=latency_s)
    try:
        require_success(endpoint, answer)
        found = replace(found, key_accepted=True)
        if model_route is None:
            return found
        about_model, _ = await _ask(client, endpoint, model_route)
        if about_model.status not in _NO_SUCH_ROUTE:
            require_success(endpoint, about_model)
            return replace(found, model_present=True)
    except StepError as error:
        return _with_problem(found, error)
    problem = f"{endpoint.label} does not know the model. Check {endpoint.setting('MODEL')}."
    return replace(found, model_present=False, problems=(problem,))


async def _ask(client: httpx.AsyncClient, endpoint: Endpoint, path: str) -> tuple[Answer, float]:
    """Its response, and the time that it took in seconds."""
    asked_at = time.monotonic()
    answer = await exchange(client, endpoint, method="GET", path=path)
    return answer, time.monotonic() - asked_at


async def _is_closed_to_strangers(client: httpx.AsyncClient, endpoint: Endpoint) -> bool:
    """Whether the list needs a key, so that ours, which can read it, is valid."""
    stranger = replace(endpoint, key=None)
    try:
        answer, _ = await _ask(client, stranger, "/models")
        parse_list(stranger, answer, wanted="data")
    except KeyRefusedError:
        return True
    except StepError:  # it responded a moment ago: whether it needs a key stays unknown
        return False
    return False


def _with_problem(found: Checkup, error: StepError) -> Checkup:
    is_refused = isinstance(error, KeyRefusedError)
    return replace(
        found, key_accepted=False if is_refused else found.key_accepted, problems=(error.message,)
    )


def _owners_by_model(listed: Collection[object]) -> dict[str, object]:
    """The owner of each model in a list, and of each alias that some servers report."""
    owners: dict[str, object] = {}
    for model in filter(None, map(as_object, listed)):
        for name in (model.get("id"), *(as_list(model.get("aliases")) or [])):
            if isinstance(name, str):
                owners[name] = model.get("owned_by")
    return owners


def _with_model(
    found: Checkup, endpoint: Endpoint, model: str, owners: Mapping[str, object]
) -> Checkup:
    """The findings, and whether the model is among those of the service."""
    if {model, model + _USUAL_TAG, model.removesuffix(_USUAL_TAG)} & owners.keys():
        return replace(found, model_present=True)
    setting = endpoint.setting("MODEL")
    if len(owners) == 1 and next(iter(owners.values())) in _TAKE_ANY_NAME:
        warning = f"{endpoint.label} has one model and uses it regardless of {setting}."
        return replace(found, model_present=False, warnings=(warning,))
    shown = [
        name for name in owners if _SHOWN_NAME.fullmatch(name) and not endpoint.is_secret(name)
    ]
    near = get_close_matches(model, shown, n=_NAMES_SHOWN) or shown[:_NAMES_SHOWN]
    has = f"It has {', '.join(near)}{' and others' if len(owners) > len(near) else ''}. "
    problem = f"{endpoint.label} does not have the model. {has if near else ''}Check {setting}."
    return replace(found, model_present=False, problems=(problem,))
