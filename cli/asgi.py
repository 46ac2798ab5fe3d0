"""The application for another ASGI server; its lifespan opens the backend from the environment."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from cli.backend import open_backend, web_options
from cli.logs import configure_logs
from settings import read_settings
from web.app import create_app
from web.services import Services


def create_asgi_app() -> Starlette:
    """Build the application; nothing starts before its lifespan does.

    Raises:
        SetupError: A setting is invalid.
    """
    settings = read_settings()
    configure_logs(level=settings.log_level, log_format=settings.log_format)

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        async with open_backend(settings, with_worker=True) as backend:
            yield backend.services

    return create_app(
        open_services, options=web_options(settings), allowed_hosts=settings.allowed_hosts
    )
