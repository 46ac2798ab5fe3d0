"""Who does the work of each stage, as the settings say it."""

from pydantic import SecretStr

from orchestration.providers.registry import ProviderChoice
from settings import Settings


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
    }


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
