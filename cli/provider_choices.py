"""The providers of each stage, from the settings."""

from pydantic import SecretStr

from orchestration.providers.choices import ProviderChoice
from orchestration.providers.registry import STUDIO
from settings import Settings, usual_images_at_once, usual_videos_at_once


def provider_choices(settings: Settings) -> dict[str, tuple[ProviderChoice, ...]]:
    """The operator's providers by stage, in order of preference."""
    return {
        stage: (first, *_further(settings, stage, first))
        for stage, first in _first_choices(settings).items()
    }


def _first_choices(settings: Settings) -> dict[str, ProviderChoice]:
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


def _further(settings: Settings, stage: str, first: ProviderChoice) -> list[ProviderChoice]:
    """Numbered from 2; a second service of one kind is identified by its number: openai-2."""
    known, placed = {first.name}, list[ProviderChoice]()
    for place, one in enumerate(settings.further.get(stage, ()), start=2):
        name = one.provider or ""
        is_second = name in known and name != STUDIO
        known.add(name)
        choice = ProviderChoice(
            name=name,
            url=one.url,
            key=_revealed(one.key),
            model=one.model,
            speaker=one.speaker,
            workflow=one.workflow,
            webhook_secret=_revealed(one.webhook_secret),
            timeout_s=first.timeout_s,
            concurrency=one.concurrency or _usual_concurrency(stage, name, first),
            place=place,
            label=f"{name}-{place}" if is_second else None,
        )
        placed.append(choice)
    return placed


def _usual_concurrency(stage: str, name: str, first: ProviderChoice) -> int:
    """Local painters and our own composition handle less load than services do."""
    match stage:
        case "image":
            return usual_images_at_once(name)
        case "video":
            return usual_videos_at_once(name)
        case _:
            return first.concurrency


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
