"""The film on the page, made by a video service: refused, stopped, and without a shot."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser import needs_browser, open_tab
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour
from tests.gallery import open_gallery
from tests.journeys import drawn_story
from tests.node import needs_node
from tests.stage import Stage

pytestmark = [needs_node, needs_browser]


@pytest.fixture
def stage(filming_stage: Stage) -> Stage:
    """What `url` serves and `story` is told to."""
    return filming_stage


async def test_shots_without_a_picture_are_left_out_of_the_film_on_request(
    browser: Browser, url: str, stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", Behaviour(status=400))
    made, shots = await drawn_story(stage)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{made.id}/film")
        await page.get_by_role("button", name="Make the film").click()
        await page.get_by_role("button", name="Leave those shots out").click()

        await page.locator("video").wait_for()
        await expect(page.locator(".problem")).to_have_count(0)
        tab.assert_calm()

    (wish,) = [call.body for call in origin.received if call.route == "/video"]
    assert len(wish["shots"]) == len(shots) - 1


async def test_a_film_is_stopped_and_made_again(
    browser: Browser, url: str, story: str, origin: FakeOrigin
) -> None:
    origin.behave("/video", Behaviour(kind="hang"))
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}/film")
        await page.get_by_role("button", name="Make the film").click()
        await page.get_by_role("button", name="Stop").click()
        await page.get_by_role("heading", name="The film was stopped.").wait_for()

        await page.get_by_role("button", name="Make the film").click()

        await page.locator("video").wait_for()
        tab.assert_calm()


async def test_a_failed_film_is_made_again_from_where_it_says_why(
    browser: Browser, url: str, story: str, origin: FakeOrigin
) -> None:
    origin.behave("/video", Behaviour(status=400))
    async with open_gallery(browser, url) as gallery, open_tab(browser, url) as tab:
        film = f"/stories/{story}/film"
        page = await tab.open(film)
        await page.get_by_role("button", name="Make the film").click()
        failure = page.locator(".failure")
        await expect(failure).to_contain_text("The model service refuses the request.")
        await expect(page.get_by_role("button", name="Make the film")).to_have_count(0)
        await expect(failure.get_by_role("button", name="Try again")).to_be_in_viewport()
        await gallery.show("film-failed", film, ".failure")

        await failure.get_by_role("button", name="Try again").click()

        await page.locator("video").wait_for()
        await expect(failure).to_have_count(0)
        tab.assert_calm()
        gallery.assert_open_to_all()
