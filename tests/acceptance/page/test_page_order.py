"""The order of shots on the page: by mouse, by finger, in a hurry, against a refusal."""

import asyncio

from playwright.async_api import Browser, CDPSession, Page, Route, expect

from tests.browser import PHONE, needs_browser, open_tab
from tests.node import needs_node
from tests.storyboard_client import titles_of

pytestmark = [needs_node, needs_browser]


async def shown_titles(page: Page) -> list[str]:
    headings = await page.locator("[data-shot] h2").all_text_contents()
    return [heading.partition(": ")[2] for heading in headings]


async def test_a_card_is_dragged_to_another_place(browser: Browser, url: str, story: str) -> None:
    before = await titles_of(url, story)
    async with open_tab(browser, url, is_calm=True) as tab:
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-shot]").first.hover()
        await page.locator("[data-shot]:nth-child(1) .handle").hover()
        await page.mouse.down()
        target = await page.locator("[data-shot]:nth-child(3) .frame").bounding_box()
        assert target is not None
        await page.mouse.move(target["x"] + 80, target["y"] + 80, steps=8)
        await page.mouse.up()

        expected = [before[1], before[2], before[0], *before[3:]]
        await page.wait_for_function(
            "() => [...document.querySelectorAll('[data-shot] .number')]"
            ".every((it, at) => it.innerText === String(at + 1))"
        )
        assert await shown_titles(page) == expected
        assert await titles_of(url, story) == expected


async def test_a_card_is_dragged_with_a_finger(browser: Browser, url: str, story: str) -> None:
    before = await titles_of(url, story)
    async with open_tab(browser, url, size=PHONE, is_calm=True) as tab:
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-shot] .picture").first.wait_for()
        await page.evaluate("() => scrollTo(0, 120)")
        hand = await page.context.new_cdp_session(page)
        x, y = await middle_of(page, "[data-shot]:nth-child(1) .handle")
        to_x, to_y = await middle_of(page, "[data-shot]:nth-child(2) .caption")
        await touch(hand, "touchStart", x, y)
        for step in range(1, 9):
            await touch(hand, "touchMove", x + (to_x - x) * step / 8, y + (to_y - y) * step / 8)
        await expect(page.locator("[data-shot]:nth-child(2)")).to_have_class("shot is-dragged")
        await touch(hand, "touchEnd")

        expected = [before[1], before[0], *before[2:]]
        await expect(page.locator("[data-shot]:nth-child(2) .number")).to_have_text("2")
        assert await shown_titles(page) == expected
        assert await titles_of(url, story) == expected
        assert await page.evaluate("scrollY") == 120, "the page itself stays where it was"
        tab.assert_calm()


async def test_two_moves_within_one_round_trip_are_both_kept(
    browser: Browser, url: str, story: str
) -> None:
    before = await titles_of(url, story)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        release = asyncio.Event()

        async def hold(route: Route) -> None:
            if "ReorderShots" in (route.request.post_data or ""):
                await release.wait()
            await route.continue_()

        await page.route("**/graphql", hold)
        await page.locator("[data-shot]:nth-child(1) .handle").press("ArrowRight")
        await page.locator("[data-shot]:nth-child(2) .handle").press("ArrowRight")
        await expect(page.locator("[aria-live]")).to_contain_text("is now shot 3")
        release.set()

        expected = [before[1], before[2], before[0], *before[3:]]
        await expect(page.locator("[data-shot]:nth-child(3) .number")).to_have_text("3")
        await expect(page.locator("[data-shot]:nth-child(1) .number")).to_have_text("1")
        assert await shown_titles(page) == expected
        assert await titles_of(url, story) == expected
        tab.assert_calm()


async def test_a_move_that_was_refused_does_not_stop_the_next(
    browser: Browser, url: str, story: str
) -> None:
    before = await titles_of(url, story)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-shot]").nth(3).wait_for()
        await page.route("**/graphql", lambda route: route.abort())
        await page.locator("[data-shot]:nth-child(1) .handle").press("ArrowRight")
        await tab.see("The server does not answer.")
        assert await shown_titles(page) == before
        await page.unroute("**/graphql")

        await page.locator("[data-shot]:nth-child(1) .handle").press("ArrowRight")

        await expect(page.locator(".problem")).to_have_count(0)
        expected = [before[1], before[0], *before[2:]]
        await expect(page.locator("[data-shot]:nth-child(1) .number")).to_have_text("1")
        assert await shown_titles(page) == expected
        assert await titles_of(url, story) == expected


async def middle_of(page: Page, selector: str) -> tuple[float, float]:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def touch(hand: CDPSession, kind: str, *point: float) -> None:
    """One event of one finger."""
    points = [{"x": point[0], "y": point[1]}] if point else []
    await hand.send(  # pyright: ignore[reportUnknownMemberType]
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
    )
