"""Debian's Chromium at the page, observed: its log, its requests and its rendering."""

import json
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebSocket,
    async_playwright,
    expect,
)

from tests.node import CLIENTS

CHROMIUM = shutil.which("chromium")
AXE = CLIENTS / "node_modules" / "axe-core" / "axe.min.js"
DEADLINE_MS = 60_000
"""For whatever a page waits for, a film too: only a test that fails waits so long."""
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=DEADLINE_MS)
WIDE, PHONE = (1440, 900), (390, 844)

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not AXE.exists(),
    reason="Debian's chromium, or axe-core in tests/clients, is not there",
)


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Browser]:
    """A Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass  # without slots: Playwright marks the object whose methods listen
class Tab:
    """A page with what it did: console lines, addresses, and frames of its WebSockets."""

    page: Page
    url: str
    console: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])
    sent: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def watch(self) -> None:
        """Begin to record."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        self.page.on("request", self._note)
        self.page.on("websocket", self._note_socket)

    def _hear(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))

    @property
    def foreign(self) -> list[str]:
        """Every address that is not the server's own."""
        host = self.url.partition("://")[2]
        ours = (f"http://{host}/", f"ws://{host}/")
        return [address for address in self.requests if not address.startswith(ours)]

    async def open(self, path: str = "/") -> Page:
        """Load an address of the page."""
        await self.page.goto(self.url + path)
        return self.page

    async def see(self, text: str, *, count: int | None = None) -> None:
        """Wait until the text is on the page, this many times if given."""
        found = self.page.get_by_text(text)
        if count is not None:
            await self.page.wait_for_function(
                "([text, count]) => document.body.innerText.split(text).length - 1 === count",
                arg=[text, count],
            )
        await found.first.wait_for()

    def assert_calm(self) -> None:
        """No errors were logged, and no other host was requested."""
        assert not self.console, "\n".join(self.console)
        assert not self.foreign, "\n".join(self.foreign)


@asynccontextmanager
async def open_tab(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = WIDE,
    density: float = 1,
    language: str = "en",
    theme: str = "dark",
    is_calm: bool = False,
) -> AsyncGenerator[Tab]:
    """A new visitor: nothing cached, nothing stored; `density` is in pixels per CSS pixel."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=density,
        has_touch=size == PHONE,
        locale="zh-CN" if language == "zh" else "en-GB",
        color_scheme="light" if theme == "light" else "dark",
        reduced_motion="reduce" if is_calm else "no-preference",
        accept_downloads=True,
    )
    context.set_default_timeout(DEADLINE_MS)
    try:
        yield await _tab_of(context, url)
    finally:
        await context.close()


async def _tab_of(context: BrowserContext, url: str) -> Tab:
    tab = Tab(await context.new_page(), url)
    tab.watch()
    return tab


async def pictures_are_there(page: Page) -> None:
    """Wait for every picture; one that has no address yet says that it is complete."""
    await page.wait_for_function(
        "() => [...document.images].every((it) => it.complete && it.naturalWidth)"
    )


async def find_barriers(page: Page) -> list[str]:
    """What axe-core finds wrong with the view: rule and element."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "async () => (await axe.run({ resultTypes: ['violations'] })).violations"
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]


def pictures_folder() -> Path:
    """The folder of screenshots: AI_STORY_TEST_PICTURES, else a temporary one."""
    folder = Path(os.environ.get("AI_STORY_TEST_PICTURES") or tempfile.mkdtemp(prefix="ai-story-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
