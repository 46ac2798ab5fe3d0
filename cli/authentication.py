"""Credentials as the settings want them."""

import secrets

from db.queries.secrets import get_or_add_secret
from db.session import Database
from orchestration.media.links import MediaLinks
from settings import Settings
from web.credentials import Authentication, KeyAuthentication

_MEDIA_SECRET = "media-links"  # noqa: S105 - its name
_SECRET_BYTES = 32


def authentication_of(settings: Settings, database: Database) -> Authentication | None:
    """How credentials are checked; None where none are asked for.

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
    """Links to media: signed with what the whole fleet shares, where credentials are asked for."""
    if settings.auth == "off":
        return MediaLinks()
    async with database.transaction() as session:
        fresh = secrets.token_bytes(_SECRET_BYTES)
        secret = await get_or_add_secret(session, _MEDIA_SECRET, fresh)
    return MediaLinks(secret, lifetime_s=settings.media_link_s)
