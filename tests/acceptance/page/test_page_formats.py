"""How the story is written, as the page shows it."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser import needs_browser, open_tab
from tests.graphql_client import ask
from tests.node import needs_node

pytestmark = [needs_node, needs_browser]

FORMAT = "query($id: ID!) { story(id: $id) { textFormat shots { narration } } }"
TALE = "# The Fox\n\nA **fox** ran home."


async def test_the_format_is_recognized_while_the_text_is_written_and_can_be_changed(
    browser: Browser, url: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        chosen = page.get_by_role("combobox", name="Text")
        await expect(chosen).to_have_count(0)

        await page.get_by_label("Your story").fill(TALE)
        await expect(chosen).to_have_value("MARKDOWN")
        await page.get_by_label("Your story").fill("<p>A fox ran home.</p>")
        await expect(chosen).to_have_value("HTML")
        await chosen.select_option("PLAIN")
        await page.get_by_label("Your story").fill("<p>A fox slept.</p>")
        await expect(chosen).to_have_value("PLAIN")

        await page.get_by_role("button", name="Begin").click()
        await page.wait_for_url("**/stories/*")
        story = page.url.rpartition("/")[2]
        tab.assert_calm()

    assert (await ask(url, FORMAT, {"id": story}))["story"]["textFormat"] == "PLAIN"


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_words_of_a_format_alone_are_told(
    browser: Browser, url: str, language: str
) -> None:
    async with open_tab(browser, url, language=language) as tab:
        page = await tab.open()
        await page.locator("#content").fill(TALE)
        await expect(page.locator(".format select")).to_have_value("MARKDOWN")
        await page.locator("button.go").click()
        await page.wait_for_url("**/stories/*")
        await page.locator("[data-shot]").first.wait_for()
        story = page.url.rpartition("/")[2]
        tab.assert_calm()

    told = (await ask(url, FORMAT, {"id": story}))["story"]
    assert told["textFormat"] == "MARKDOWN"
    assert not any("*" in shot["narration"] for shot in told["shots"])
