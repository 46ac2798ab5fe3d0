"""Builds credential checks and link signers from the settings."""

import secrets
from collections import defaultdict

from cli.provider_choices import provider_choices
from db.queries.secrets import get_or_add_secret
from db.session import Database
from orchestration.media.links import MediaLinks
from orchestration.media.upload_links import UploadLinks
from orchestration.queue.webhooks import Webhooks
from settings import Settings
from web.credentials import Authentication, KeyAuthentication

_MEDIA_SECRET = "media-links"  # noqa: S105 - its name
_UPLOAD_SECRET = "upload-links"  # noqa: S105 - its name
_WEBHOOK_SECRET = "webhooks"  # noqa: S105 - its name
_SECRET_BYTES = 32


def authentication_of(settings: Settings, database: Database) -> Authentication | None:
    """How credentials are checked; None if none are required.

    Raises:
        SetupError: A setting is missing.
    """
    if settings.auth == "off":
        return None
    if settings.auth == "keys":
        return KeyAuthentication(database)
    from web.tokens import KeySet, TokenAuthentication  # cryptography is slow to import

    keys, issuer, audience = settings.token_settings()
    return TokenAuthentication(
        KeySet(keys), issuer=issuer, audience=audience, default_scope=settings.jwt_scope
    )


async def open_links(settings: Settings, database: Database) -> MediaLinks:
    """Links to media, signed with the secret of the whole fleet if credentials are required."""
    if settings.auth == "off":
        return MediaLinks()
    secret = await _shared_secret(database, _MEDIA_SECRET)
    return MediaLinks(secret, lifetime_s=settings.media_link_s)


async def open_uploads(database: Database) -> UploadLinks:
    """Upload links: always signed, whether or not credentials are required."""
    return UploadLinks(await _shared_secret(database, _UPLOAD_SECRET))


async def open_webhooks(settings: Settings, database: Database) -> Webhooks:
    """Addresses at which services tell that a job has ended, where they can reach us."""
    secrets_of: defaultdict[str, list[str]] = defaultdict(list)
    for choice in provider_choices(settings):
        if choice.webhook_secret is not None:
            secrets_of[choice.shown_name].append(choice.webhook_secret)
    return Webhooks(
        await _shared_secret(database, _WEBHOOK_SECRET),
        public_url=settings.public_url,
        vendor_secrets=secrets_of,
    )


async def _shared_secret(database: Database, name: str) -> bytes:
    """The secret of this name, which the first process of the fleet creates for all."""
    async with database.writing() as session:
        return await get_or_add_secret(session, name, secrets.token_bytes(_SECRET_BYTES))
