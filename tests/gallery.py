"""One view for four visitors: both languages, both themes, wide and phone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser

from tests.browser import PHONE, WIDE, Tab, find_barriers, open_tab, pictures_folder

VISITORS = {
    "wide-dark-en": (WIDE, "dark", "en"),
    "wide-light-zh": (WIDE, "light", "zh"),
    "phone-dark-zh": (PHONE, "dark", "zh"),
    "phone-light-en": (PHONE, "light", "en"),
}


@dataclass(slots=True)
class Gallery:
    """Screenshots of views, and what axe-core found wrong with them."""

    tabs: dict[str, Tab]
    folder: Path
    barriers: list[str] = field(default_factory=list[str])

    async def show(self, name: str, path: str, wanted: str, *, whole: bool = False) -> None:
        """Visit the path as every visitor, wait for a selector, take a picture, check the view."""
        await asyncio.gather(
            *(self._show(visitor, name, path, wanted, whole) for visitor in self.tabs)
        )

    async def _show(self, visitor: str, name: str, path: str, wanted: str, whole: bool) -> None:
        tab = self.tabs[visitor]
        page = await tab.open(path)
        await page.locator(wanted).first.wait_for()
        # Everything in sight is ready: pictures decoded, fades over.
        await page.wait_for_function(
            "() => [...document.images].every((it) => it.complete || it.loading === 'lazy')"
            " && [...document.querySelectorAll('video')].every((it) => it.readyState > 1)"
        )
        await page.screenshot(path=self.folder / f"{name}-{visitor}.png", full_page=whole)
        found = await find_barriers(page)
        self.barriers += [f"{name} ({visitor}): {barrier}" for barrier in found]

    def assert_open_to_all(self) -> None:
        """No accessibility problem, no logged error and no other host, on any view."""
        assert not self.barriers, "\n".join(self.barriers)
        for tab in self.tabs.values():
            tab.assert_calm()


@asynccontextmanager
async def open_gallery(browser: Browser, url: str) -> AsyncGenerator[Gallery]:
    """Four visitors, each with a separate browser context and reduced motion."""
    async with AsyncExitStack() as stack:
        tabs = {
            name: await stack.enter_async_context(
                open_tab(browser, url, size=size, theme=theme, language=language, is_calm=True)
            )
            for name, (size, theme, language) in VISITORS.items()
        }
        yield Gallery(tabs, pictures_folder())
