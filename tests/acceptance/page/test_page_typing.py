"""Keys that an input method takes: Enter selects a word there, and Escape discards it.

Chromium reports them while it composes, Safari after the composition has ended; only the key code
says then whom they were for.
"""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import Tab, needs_browser, open_tab
from tests.node import needs_node

pytestmark = [needs_node, needs_browser]

TAKEN = 229
ORDERS = ["Chromium", "Safari"]


async def compose(tab: Tab, page: Page, order: str, key: str) -> None:
    """Type half a word, and press the key that the input method takes."""
    session: Any = await page.context.new_cdp_session(page)
    await session.send(
        "Input.imeSetComposition", {"text": "huli", "selectionStart": 4, "selectionEnd": 4}
    )
    if order == "Safari":
        await session.send("Input.insertText", {"text": "狐狸"})
    event = {"key": key, "code": key, "windowsVirtualKeyCode": TAKEN}
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    if order == "Chromium":
        await session.send("Input.insertText", {"text": "狐狸"})
    tab.assert_calm()


@pytest.mark.parametrize("order", ORDERS)
async def test_a_word_that_is_chosen_sends_no_story(browser: Browser, url: str, order: str) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        story = page.get_by_label("Your story")
        await story.focus()
        for key in ("Enter", "Escape", "Tab", "ArrowDown"):
            await compose(tab, page, order, key)
        await expect(story).to_have_value("狐狸狐狸狐狸狐狸")
        await expect(story).to_be_focused()
        assert page.url.endswith("/")

        await page.keyboard.press("Enter")
        await page.wait_for_url("**/stories/*")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("key", ["Enter", "Escape"])
async def test_a_word_that_is_chosen_saves_and_discards_no_title(
    browser: Browser, url: str, story: str, order: str, key: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        title = page.get_by_label("Title", exact=True)
        before = await title.input_value()
        await title.fill("The ")

        await compose(tab, page, order, key)

        await expect(title).to_be_focused()
        await expect(title).to_have_value("The 狐狸")
        await page.keyboard.press("Escape")
        await expect(title).to_have_value(before)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_word_that_is_discarded_leaves_the_new_shot(
    browser: Browser, url: str, story: str, order: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        await page.get_by_role("button", name="Add a shot").click()
        prompt = page.locator(".is-new textarea").first
        await prompt.fill("A ")

        await compose(tab, page, order, "Escape")

        await expect(prompt).to_have_value("A 狐狸")
        await page.keyboard.press("Escape")
        await expect(prompt).to_have_count(0)
