"""The environment's proxies for a test."""

import os

import pytest


def set_proxies(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Set only these variables for proxies."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
