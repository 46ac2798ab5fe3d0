"""The page shows what a film lacks, before it is made and until it is made again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from orchestration.media.lettering.typefaces import Typefaces
from resolvers.shots import ShotEdit, update_shot
from resolvers.stories import update_story
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


async def test_letters_without_a_font_are_told_before_the_film_is_made(
    browser: Browser, database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    bundled_alone = Scene(typefaces=Typefaces(()))
    async with (
        open_stage(database_url, tmp_path, origin, bundled_alone) as stage,
        serving_stage(stage) as url,
        open_gallery(browser, url) as gallery,
        open_tab(browser, url) as tab,
    ):
        story, (_, second) = await drawn_story(stage, "The fox ran home. Everybody slept.")
        await update_story(stage.context(), str(story.id), title="The fox ก")
        await update_shot(stage.context(), str(second.id), ShotEdit(narration="She said: ข."))
        path = f"/stories/{story.id}/film"
        page = await tab.open(path)
        warning = page.locator(".warning")
        await expect(warning).to_contain_text("its picture will lack them.")
        await expect(warning).to_contain_text("Thai (ก)")
        await expect(warning).to_contain_text("Install Noto Sans Thai (fonts-noto-core)")
        await expect(page.get_by_role("button", name="Make the film")).to_be_in_viewport()
        await gallery.show("film-warning-ahead", path, ".warning")

        burn = page.get_by_role("checkbox")
        await burn.check()
        await expect(warning).to_contain_text("MISSING_GLYPHS · Shots: 2")
        await expect(warning).to_contain_text("Thai (ก ข)")

        await update_shot(stage.context(), str(second.id), ShotEdit(narration="Good night."))
        await expect(warning).to_contain_text("Thai (ก)")
        await expect(warning).not_to_contain_text("Shots")

        await page.get_by_role("button", name="Make the film").click()
        await page.locator("video").wait_for()
        await expect(warning).to_have_count(1)
        await expect(warning).to_contain_text("its picture lacks them.")

        await update_story(stage.context(), str(story.id), title="The fox")
        await page.get_by_role("button", name="Make it again").click()
        await expect(warning).to_have_count(0)
        tab.assert_calm()
        gallery.assert_open_to_all()
