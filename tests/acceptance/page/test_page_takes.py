"""A picture uploaded on the page becomes a shot's take."""

from playwright.async_api import Browser, FilePayload, expect

from tests.browser import needs_browser, open_tab
from tests.fakes.origin import make_picture
from tests.graphql_client import ask
from tests.node import needs_node
from tests.storyboard_client import ORDER

pytestmark = [needs_node, needs_browser]


async def test_a_picture_of_ones_own_is_sent_shown_and_a_take_like_others(
    browser: Browser, url: str, story: str
) -> None:
    shot = (await ask(url, ORDER, {"id": story}))["story"]["shots"][0]["id"]
    mine = FilePayload(name="mine.png", mimeType="image/png", buffer=make_picture(320, 180))
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}/shots/{shot}")
        shown = page.locator(".stage > .frame").get_by_role("img")
        drawn = await shown.get_attribute("src") or ""
        await page.get_by_label("Use a picture of yours").set_input_files(mine)

        await tab.see("Take 2 · shown")
        await expect(shown).not_to_have_attribute("src", drawn)
        await expect(shown).to_have_class("picture")
        await page.get_by_role("button", name="Use take 1").click()
        await tab.see("Take 1 · shown")


async def test_a_picture_taken_back_while_another_fades_in_is_seen(
    browser: Browser, url: str, story: str
) -> None:
    shot = (await ask(url, ORDER, {"id": story}))["story"]["shots"][0]["id"]
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}/shots/{shot}")
        shown = page.locator(".stage > .frame").get_by_role("img")
        first = await shown.get_attribute("src") or ""
        await expect(shown).not_to_have_class("picture is-arriving")
        devices = await page.context.new_cdp_session(page)
        await devices.send(  # pyright: ignore[reportUnknownMemberType]
            "Animation.setPlaybackRate", {"playbackRate": 0.01}
        )
        await page.get_by_label("Use a picture of yours").set_input_files(
            FilePayload(name="mine.png", mimeType="image/png", buffer=make_picture(320, 180))
        )
        await tab.see("Take 2 · shown")
        await expect(page.locator(".stage > .frame img")).to_have_count(2)
        await expect(shown).not_to_have_class("picture is-arriving")

        await page.get_by_role("button", name="Use take 1").click()

        await expect(shown).to_have_attribute("src", first)
        await expect(shown).to_have_class("picture")


async def test_a_file_that_is_no_picture_is_refused_beside_the_button(
    browser: Browser, url: str, story: str
) -> None:
    shot = (await ask(url, ORDER, {"id": story}))["story"]["shots"][0]["id"]
    words = FilePayload(name="words.txt", mimeType="text/plain", buffer=b"no picture")
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}/shots/{shot}")
        await page.get_by_label("Use a picture of yours").set_input_files(words)

        await expect(page.get_by_role("alert")).to_have_text("That is no JPEG, PNG or WebP.")
        await expect(page.locator(".take")).to_have_count(1)
