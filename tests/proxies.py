"""The environment's proxies as a test wants them."""

import os

import pytest


def set_proxies(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Have these variables alone say which proxies there are."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
