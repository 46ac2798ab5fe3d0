"""What a person wishes on the page: another cut, to stop, to see more, calm."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser import needs_browser, open_tab
from tests.factories import add_rows
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour
from tests.graphql_client import ask
from tests.journeys import start_story
from tests.node import needs_node
from tests.stage import Stage

pytestmark = [needs_node, needs_browser]

CUTS = "query($id: ID!) { story(id: $id) { shots { transition durationSeconds } } }"
FIRST_PAGE, ALL = 24, 26
COUNT_GLIDES = """
    window.glides = 0;
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (...told) {
      if (this.matches("[data-shot]")) window.glides += 1;
      return animate.apply(this, told);
    };
"""


async def cuts(url: str, story: str) -> list[dict[str, Any]]:
    return (await ask(url, CUTS, {"id": story}))["story"]["shots"]


async def test_a_shot_gets_another_transition_and_length(
    browser: Browser, url: str, story: str
) -> None:
    before = await cuts(url, story)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-shot] h2 a").first.click()
        await page.get_by_label("Transition").select_option("CUT")
        await page.get_by_label("Seconds").fill("7.5")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("button", name="Saved").wait_for()
        saved = await cuts(url, story)
        await page.reload()
        await expect(page.get_by_label("Transition")).to_have_value("CUT")
        await expect(page.get_by_label("Seconds")).to_have_value("7.5")
        tab.assert_calm()

    assert before[0]["transition"] != "CUT"
    assert saved == [{"transition": "CUT", "durationSeconds": 7.5}, *before[1:]]


async def test_a_story_is_stopped_and_goes_on(
    browser: Browser, url: str, stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", Behaviour(kind="hang"), times=4)
    story = await start_story(stage)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story.id}")
        await page.locator("[data-shot][data-status=GENERATING]").nth(3).wait_for()
        await page.get_by_role("button", name="Stop").click()
        await tab.see("4 stopped")

        await page.get_by_role("button", name="Go on").click()

        await page.locator("[data-shot][data-status=COMPLETED]").nth(3).wait_for()
        tab.assert_calm()


async def test_more_films_than_a_page_holds_are_a_button_away(
    browser: Browser, url: str, stage: Stage
) -> None:
    for _ in range(ALL):
        await add_rows(stage.database)
    async with open_tab(browser, url) as tab:
        page = await tab.open("/films")
        tiles = page.locator(".shelf .tile")
        await expect(tiles).to_have_count(FIRST_PAGE)

        await page.get_by_role("button", name="More").click()

        await expect(tiles).to_have_count(ALL)
        await expect(page.get_by_role("button", name="More")).to_have_count(0)
        tab.assert_calm()


@pytest.mark.parametrize("is_calm", [False, True])
async def test_cards_glide_only_where_motion_is_welcome(
    browser: Browser, url: str, story: str, is_calm: bool
) -> None:
    async with open_tab(browser, url, is_calm=is_calm) as tab:
        await tab.page.add_init_script(COUNT_GLIDES)
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-shot]").nth(3).wait_for()
        assert await page.evaluate("glides") == 0

        await page.locator("[data-shot]:nth-child(1) .handle").press("ArrowRight")

        await expect(page.locator("[aria-live]")).to_contain_text("is now shot 2")
        assert await page.evaluate("glides > 0") is not is_calm
        tab.assert_calm()
