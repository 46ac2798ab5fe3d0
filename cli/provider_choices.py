"""Who does the work of each stage, as the settings say it."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import SecretStr

from orchestration.providers.choices import ProviderChoice
from orchestration.providers.registry import STUDIO
from settings import FurtherProvider, Settings, usual_images_at_once


def provider_choices(settings: Settings) -> dict[str, ProviderChoice]:
    """The operator's choice by stage, in the order in which a story goes through them."""
    return {
        "script": ProviderChoice(
            name=settings.script_provider,
            url=settings.script_url,
            key=_revealed(settings.script_key),
            model=settings.script_model,
            timeout_s=settings.script_timeout_s,
            concurrency=settings.script_concurrency,
        ),
        "image": ProviderChoice(
            name=settings.image_provider,
            url=settings.image_url,
            key=_revealed(settings.image_key),
            model=settings.image_model,
            timeout_s=settings.image_timeout_s,
            concurrency=settings.images_at_once,
            workflow=settings.image_workflow,
            webhook_secret=_revealed(settings.image_webhook_secret),
        ),
        "video": ProviderChoice(
            name=settings.video_provider,
            url=settings.video_url,
            key=_revealed(settings.video_key),
            model=settings.video_model,
            timeout_s=settings.video_timeout_s,
            concurrency=settings.videos_at_once,
        ),
        "voice": ProviderChoice(
            name=settings.voice_provider,
            url=settings.voice_url,
            key=_revealed(settings.voice_key),
            model=settings.voice_model,
            speaker=settings.voice_speaker,
            timeout_s=settings.voice_timeout_s,
            concurrency=settings.voice_concurrency,
        ),
        "clip": ProviderChoice(
            name=settings.clip_provider,
            url=settings.clip_url,
            key=_revealed(settings.clip_key),
            model=settings.clip_model,
            timeout_s=settings.clip_timeout_s,
            concurrency=settings.clip_concurrency,
            webhook_secret=_revealed(settings.clip_webhook_secret),
        ),
    }


def further_choices(settings: Settings) -> dict[str, tuple[ProviderChoice, ...]]:
    """Who comes after the first, by stage, in the order in which they are asked."""
    scripts = [
        _further(one, timeout_s=settings.script_timeout_s, at_once=settings.script_concurrency)
        for one in settings.further_scripts
    ]
    images = [
        _further(
            one,
            timeout_s=settings.image_timeout_s,
            at_once=usual_images_at_once(one.provider or ""),
        )
        for one in settings.further_images
    ]
    return {
        "script": _in_places(scripts, after=settings.script_provider),
        "image": _in_places(images, after=settings.image_provider),
    }


def _further(one: FurtherProvider, *, timeout_s: float, at_once: int) -> ProviderChoice:
    return ProviderChoice(
        name=one.provider or "",
        url=one.url,
        key=_revealed(one.key),
        model=one.model,
        workflow=one.workflow,
        webhook_secret=_revealed(one.webhook_secret),
        timeout_s=timeout_s,
        concurrency=one.concurrency or at_once,
    )


def _in_places(choices: Sequence[ProviderChoice], *, after: str) -> tuple[ProviderChoice, ...]:
    """Numbered from 2; a second service of one kind is told apart by its number: openai-2."""
    known, placed = {after}, list[ProviderChoice]()
    for place, choice in enumerate(choices, start=2):
        is_second = choice.name in known and choice.name != STUDIO
        label = f"{choice.name}-{place}" if is_second else None
        placed.append(replace(choice, place=place, label=label))
        known.add(choice.name)
    return tuple(placed)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
