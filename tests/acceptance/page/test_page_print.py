"""The storyboard on paper."""

import re

from playwright.async_api import Browser, expect

from tests.browser import PHONE, needs_browser, open_tab, pictures_are_there
from tests.graphql_client import ask
from tests.node import needs_node
from tests.storyboard_client import EDIT, ORDER

pytestmark = [needs_node, needs_browser]

_LONG = "He said that the sea had never been so quiet, and that he had not slept for a week. " * 12


async def test_a_printed_story_is_its_pictures_words_and_numbers_from_the_first_page_on(
    browser: Browser, url: str, story: str
) -> None:
    shots = (await ask(url, ORDER, {"id": story}))["story"]["shots"]
    await ask(url, EDIT, {"input": {"id": shots[0]["id"], "narration": _LONG}})
    async with open_tab(browser, url, size=PHONE) as tab:  # where most pictures are out of sight
        page = await tab.open(f"/stories/{story}")
        await expect(page.locator("[data-shot] img")).to_have_count(len(shots))
        await pictures_are_there(page)

        paper = await page.pdf(format="A4")

        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
        assert len(re.findall(rb"/Subtype\s*/Image\b", paper)) >= len(shots)
        await page.set_viewport_size({"width": 794, "height": 1123})
        await page.emulate_media(media="print")
        await expect(page.locator("h1")).to_be_visible()
        await expect(page.locator("[data-shot] .number")).to_have_text(
            [str(number + 1) for number in range(len(shots))]
        )
        words = page.locator(".narration").first
        await expect(words).to_have_text(_LONG.strip())
        assert await words.evaluate("it => it.scrollHeight <= it.clientHeight + 1")
        await expect(page.locator(".length-on-paper").first).to_have_text(re.compile(r"^[\d.]+ s$"))
        for control in (".head", ".parts", ".actions", ".tools", ".is-new", ".status", ".bar"):
            assert not await page.locator(control).first.is_visible()
        ground = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
