"""The pictures of a storyboard: in the widths that are shown, and sharp on paper."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from domain import Style
from tests.browser import PHONE, WIDE, needs_browser, open_tab, pictures_are_there
from tests.painted import painted_story
from tests.stage import Scene, Stage, in_scene

pytestmark = [needs_browser, in_scene(Scene(with_worker=False))]

SHOTS, PAINTED = 24, 8
"""In the look whose files are the largest; and so many are painted, the others are copies."""
SHIFTS = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shift += entry.hadRecentInput ? 0 : entry.value;
    }).observe({ type: "layout-shift", buffered: true });
}"""
SCROLL = """async () => {
    const step = innerHeight * 0.8;
    for (let at = 0; at < document.documentElement.scrollHeight; at += step) {
        scrollTo(0, at);
        do await new Promise(requestAnimationFrame);
        while ([...document.images].some((it) => {
            const { top, bottom } = it.getBoundingClientRect();
            return top < innerHeight && bottom > 0 && !it.complete;
        }));
    }
}"""


@dataclass  # without slots: Playwright marks the object whose methods listen
class Received:
    """What a page downloaded of its pictures."""

    bytes_by_url: dict[str, float] = field(default_factory=dict[str, float])
    types: set[str] = field(default_factory=set[str])
    _urls: dict[str, str] = field(default_factory=dict[str, str])

    def begin(self, event: dict[str, Any]) -> None:
        if "/media/" in event["response"]["url"]:
            self._urls[event["requestId"]] = event["response"]["url"]
            self.types.add(event["response"]["mimeType"])

    def end(self, event: dict[str, Any]) -> None:
        if url := self._urls.get(event["requestId"]):
            self.bytes_by_url[url] = event["encodedDataLength"]

    @property
    def size_bytes(self) -> float:
        return sum(self.bytes_by_url.values())


@asynccontextmanager
async def receiving(page: Page) -> AsyncGenerator[Received]:
    received = Received()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")  # pyright: ignore[reportUnknownMemberType]
    session.on("Network.responseReceived", received.begin)
    session.on("Network.loadingFinished", received.end)
    yield received
    await session.detach()


@pytest.mark.parametrize(
    ("size", "density", "most_bytes"),
    [(WIDE, 1, 4_000_000 / 200), (PHONE, 3, 2_000_000 / 200)],
    ids=["laptop", "phone"],
)
async def test_a_storyboard_downloads_few_bytes_per_shot_and_nothing_moves(
    browser: Browser,
    url: str,
    stage: Stage,
    size: tuple[int, int],
    density: float,
    most_bytes: float,
) -> None:
    story = await painted_story(stage, shots=SHOTS, pictures=PAINTED, style=Style.REALISTIC)
    async with open_tab(browser, url, size=size, density=density) as tab:
        async with receiving(tab.page) as received:
            await tab.page.add_init_script(f"({SHIFTS})()")
            page = await tab.open(f"/stories/{story}")
            await page.locator("[data-shot] .picture").first.wait_for()
            await page.evaluate(SCROLL)

        assert len(received.bytes_by_url) == SHOTS, "each once"
        assert received.types == {"image/avif"}
        assert received.size_bytes / SHOTS < most_bytes
        assert await page.evaluate("shift") < 0.001  # the word of the connection becomes shorter
        tab.assert_calm()


@pytest.mark.parametrize(
    ("size", "density", "width"), [(WIDE, 1, 960), (WIDE, 2, 960), (PHONE, 3, 640)]
)
async def test_a_printed_picture_has_enough_pixels_for_paper(
    browser: Browser, url: str, stage: Stage, size: tuple[int, int], density: float, width: int
) -> None:
    story = await painted_story(stage, shots=4, pictures=1)
    async with open_tab(browser, url, size=size, density=density) as tab:
        page = await tab.open(f"/stories/{story}")
        await expect(page.locator("[data-shot] .picture")).to_have_count(4)
        await pictures_are_there(page)

        paper = await page.pdf(format="A4")

    # Two columns of 90 mm: 270 and 180 dots per inch.
    found = [int(one) for one in re.findall(rb"/Subtype\s*/Image\s*/Width (\d+)", paper)]
    assert found == [width] * 4


async def test_a_picture_alone_is_large_and_until_then_the_one_of_its_card_is_shown(
    browser: Browser, url: str, stage: Stage
) -> None:
    story = await painted_story(stage, shots=1)
    async with open_tab(browser, url) as tab, receiving(tab.page) as received:
        page = await tab.open(f"/stories/{story}")
        await expect(page.locator("[data-shot] .picture")).to_have_count(1)
        await pictures_are_there(page)
        release = asyncio.Event()

        async def hold(route: Route) -> None:
            await release.wait()
            await route.continue_()

        await page.route(re.compile("w=1280"), hold)
        await page.locator("[data-shot] .cover").click()
        shown = page.locator(".stage > .frame .picture")

        await expect(shown.first).to_have_js_property("complete", value=True)
        early = await shown.first.evaluate("it => it.currentSrc")
        release.set()
        await expect(shown).to_have_count(1)

        assert early.endswith("?w=960")
        assert (await shown.evaluate("it => it.currentSrc")).endswith("?w=1280")
        widths = sorted(url.partition("?w=")[2] for url in received.bytes_by_url)
        assert widths == ["1280", "960"], "the tile of its take shows that of the card"
        tab.assert_calm()
