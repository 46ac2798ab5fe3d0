"""Shots in motion in the page: wished for, made, seen, failed, and made anew."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from domain import Motion
from resolvers.stories import StoryWish, create_story
from tests.browser import find_barriers, needs_browser, open_tab
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving
from tests.fakes.vendors import FakeReplicate
from tests.graphql_client import DEADLINE_S, ask, serving_stage
from tests.journeys import settle
from tests.node import needs_node
from tests.stage import Scene, Stage, open_stage
from tests.storyboard_client import ORDER

pytestmark = [needs_node, needs_browser]
STORY = "The harbour slept. A gull cried!"


@pytest.fixture
async def animator() -> AsyncIterator[FakeReplicate]:
    async with serving(FakeReplicate(seconds=3)) as running:
        yield running


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, origin: FakeOrigin, animator: FakeReplicate
) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path, origin, Scene(animators=(animator,))) as stage:
        yield stage


@pytest.fixture
async def url(stage: Stage) -> AsyncIterator[str]:
    async with serving_stage(stage) as url:
        yield url


async def first_shot(url: str, story: UUID) -> str:
    shots = (await ask(url, ORDER, {"id": str(story)}))["story"]["shots"]
    return f"/stories/{story}/shots/{shots[0]['id']}"


async def expect_moving(page: Page) -> None:
    """The clip is seen in the place of the picture, and moves."""
    clip = page.locator(".stage > .frame video")
    await expect(clip).to_have_js_property("paused", False)
    await expect(clip).to_have_js_property("muted", True)
    await expect(clip).not_to_have_js_property("currentTime", 0)


async def test_a_picture_is_set_in_motion_and_still_again(
    browser: Browser, url: str, stage: Stage, animator: FakeReplicate
) -> None:
    story = await create_story(stage.context(), StoryWish(content=STORY))
    await settle(stage, story)
    animator.polls = 1_000_000
    async with open_tab(browser, url) as tab:
        page = await tab.open(await first_shot(url, story.id))
        switch = page.get_by_role("button", name="In motion")
        await expect(switch).to_have_attribute("aria-pressed", "false")

        await switch.click()
        await tab.see("The clip is being made")
        assert await find_barriers(page) == []
        async with asyncio.timeout(DEADLINE_S):
            while not animator.jobs:  # the shot says so before the service has the job
                await asyncio.sleep(0.05)
        animator.ended |= set(animator.jobs)
        await tab.see("A clip of 3 s")
        await expect_moving(page)
        assert await find_barriers(page) == []
        await switch.click()
        await expect(page.locator(".stage > .frame video")).to_have_count(0)
        await expect(page.locator(".stage > .frame img.picture").last).to_be_visible()


async def test_a_clip_that_failed_says_what_to_do_and_is_made_anew(
    browser: Browser, url: str, stage: Stage, animator: FakeReplicate
) -> None:
    animator.failure = "CUDA out of memory"
    wish = StoryWish(content=STORY, motion=Motion.CLIP)
    story = await create_story(stage.context(), wish)
    await settle(stage, story)
    async with open_tab(browser, url) as tab:
        page = await tab.open(await first_shot(url, story.id))
        await tab.see("The film shows the picture")
        await tab.see("UPSTREAM_FAILED")

        animator.failure = None
        await page.get_by_role("button", name="Make the clip anew").click()
        await tab.see("A clip of 3 s")
        await expect_moving(page)


async def test_a_story_begins_in_motion_and_its_film_need_not_wait(
    browser: Browser, url: str, animator: FakeReplicate
) -> None:
    animator.polls = 1_000_000
    async with open_tab(browser, url) as tab:
        page = await tab.open("/")
        await page.get_by_label("Your story").fill(STORY)
        await page.get_by_label("Set the pictures in motion").check()
        await page.get_by_role("button", name="Begin").click()
        await tab.see("The clip is being made")

        await page.get_by_role("button", name="Make the film").click()
        await expect(page.get_by_role("alert")).to_contain_text("2 clips are not ready")
