"""A film that lacks something says so on its page, until it is made again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser import needs_browser, open_tab
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.gallery import open_gallery
from tests.graphql_client import serving_stage
from tests.journeys import drawn_story, rendered_video
from tests.node import needs_node
from tests.stage import Scene, open_stage

pytestmark = [needs_node, needs_browser]


@pytest.fixture
async def speaker() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as service:
        yield service


async def test_lost_narration_is_told_beside_the_film(
    browser: Browser, database_url: str, tmp_path: Path, origin: FakeOrigin, speaker: FakeOpenAI
) -> None:
    speaker.behave("/speech", Behaviour(status=402, body=b"{}"), times=2)
    async with (
        open_stage(database_url, tmp_path, origin, Scene(speakers=(speaker,))) as stage,
        serving_stage(stage) as url,
        open_gallery(browser, url) as gallery,
        open_tab(browser, url) as tab,
    ):
        story, _ = await drawn_story(stage, "The fox ran home. Everybody slept.")
        await rendered_video(stage, story)
        path = f"/stories/{story.id}/film"
        page = await tab.open(path)
        warning = page.locator(".warning")
        await expect(warning).to_contain_text("The narration is missing in some shots.")
        await expect(warning).to_contain_text("NARRATION_LOST · Shots: 1, 2")
        await expect(warning).to_contain_text("QUOTA_EXCEEDED")
        await expect(page.get_by_role("button", name="Make it again")).to_be_in_viewport()
        await gallery.show("film-warning", path, ".warning")

        await page.get_by_role("button", name="Make it again").click()

        await expect(warning).to_have_count(0)
        tab.assert_calm()
        gallery.assert_open_to_all()
