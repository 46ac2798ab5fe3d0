"""The page during failures: its messages, the input it keeps, and how it recovers."""

import asyncio
import json

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.browser import needs_browser, open_tab
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.gallery import open_gallery
from tests.graphql_client import ask
from tests.journeys import start_story
from tests.node import needs_node
from tests.stage import Stage
from tests.storyboard_client import EDIT, ORDER, REMOVE, RENAME

pytestmark = [needs_node, needs_browser]


async def test_what_was_changed_elsewhere_is_told_and_not_overwritten(
    browser: Browser, url: str, story: str
) -> None:
    shot = (await ask(url, ORDER, {"id": story}))["story"]["shots"][0]["id"]
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}/shots/{shot}")
        await page.get_by_label("What the voice says").fill("Mine.")
        await ask(url, EDIT, {"input": {"id": shot, "narration": "Theirs.", "title": "New"}})

        await tab.see("Changed elsewhere meanwhile.")
        await expect(page.get_by_label("Title", exact=True)).to_have_value("New")
        await expect(page.get_by_label("What the voice says")).to_have_value("Mine.")
        await page.get_by_role("button", name="Show that version").click()
        await expect(page.get_by_label("What the voice says")).to_have_value("Theirs.")


async def test_a_story_that_could_not_be_read_again_is_read_a_few_times_and_at_the_next_event(
    browser: Browser, url: str, story: str
) -> None:
    before = await ask(url, ORDER, {"id": story})
    shots = [shot["id"] for shot in before["story"]["shots"]]
    numbers = [str(number + 1) for number in range(len(shots))]
    async with open_tab(browser, url) as tab:
        pongs: asyncio.Queue[None] = asyncio.Queue()

        def hear(frame: str | bytes) -> None:
            if json.loads(frame)["type"] == "pong":
                pongs.put_nowait(None)

        tab.page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page = await tab.open(f"/stories/{story}")
        await page.locator("[data-link=live]").wait_for()
        shown = page.locator("[data-shot] .number")
        await expect(shown).to_have_text(numbers)  # else its first read could see the deletion
        await page.clock.install()
        refused: asyncio.Queue[str] = asyncio.Queue()

        async def refuse(route: Route) -> None:
            await route.abort()
            refused.put_nowait(route.request.url)

        await page.route("**/graphql", refuse)
        await ask(url, REMOVE, {"id": shots[0]})
        for _ in range(4):
            await asyncio.wait_for(refused.get(), 20)
            # It asks then whether the socket lives, and its clock runs ahead of the real answer.
            await asyncio.wait_for(pongs.get(), 20)
            await page.evaluate("() => fetch('/healthz')")  # the page has noticed by then
            await page.clock.run_for("00:10")
        await page.clock.run_for("30:00")
        await page.evaluate("() => fetch('/healthz')")
        assert refused.empty()
        assert await shown.all_text_contents() == numbers[1:]

        await page.unroute("**/graphql")
        await ask(url, RENAME, {"id": story, "to": "An event"})

        await expect(shown).to_have_text(numbers[:-1])


async def test_a_title_that_was_refused_stays_until_it_is_taken(
    browser: Browser, url: str, story: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story}")
        title = page.get_by_label("Title", exact=True)
        await title.wait_for()  # the story has been read
        await page.locator("[data-link=live]").wait_for()
        await page.route("**/graphql", lambda route: route.abort())
        await title.fill("Not lost")
        await page.keyboard.press("Enter")
        await tab.see("The server does not answer.")
        await expect(title).to_have_value("Not lost")
        await page.unroute("**/graphql")

        await title.press("Enter")

        await page.get_by_role("heading", name="Not lost").wait_for(state="attached")
        await expect(page.locator(".problem")).to_have_count(0)


async def test_a_story_that_is_not_there_says_so_and_what_to_do(browser: Browser, url: str) -> None:
    absent = "/stories/01a213e7-7d5b-7458-8ca0-e3b6e47b9002/film"
    async with open_gallery(browser, url) as gallery:
        await gallery.show("not-found", absent, ".emptiness")
        gallery.assert_open_to_all()
    async with open_tab(browser, url, is_calm=True) as tab:
        page = await tab.open(absent)
        await tab.see("This story is not here.")
        await page.get_by_role("link", name="Begin another").click()
        await page.locator("textarea").wait_for()
        tab.assert_calm()


async def test_whom_a_story_waits_for_is_told_until_it_goes_on(
    browser: Browser, url: str, stage: Stage, origin: FakeOrigin
) -> None:
    origin.behave("/pic", Behaviour(status=429, headers={"Retry-After": "6"}), times=4)
    story = await start_story(stage)
    async with open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{story.id}")
        waits = page.get_by_text("origin is busy; the work goes on at")
        await waits.wait_for()

        await page.locator("[data-shot][data-status=COMPLETED] .picture").nth(3).wait_for()

        await expect(waits).to_have_count(0)
        tab.assert_calm()


@pytest.mark.parametrize("path", ["/nonsense", "/films/"])
async def test_an_address_that_is_none_says_so_and_leads_home(
    browser: Browser, url: str, path: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open(path)
        await tab.see("There is nothing here.")
        await page.get_by_role("link", name="Begin another").click()
        await page.locator("textarea").wait_for()


async def test_a_story_that_could_not_be_followed_for_want_of_a_database_is_followed_later(
    browser: Browser, url: str, story: str
) -> None:
    refused: asyncio.Queue[str] = asyncio.Queue()

    async with open_tab(browser, url) as tab:

        def relay(route: WebSocketRoute) -> None:
            server = route.connect_to_server()

            def pass_on(message: str | bytes) -> None:
                frame = json.loads(message)
                if "storyEvents" in json.dumps(frame.get("payload")) and refused.empty():
                    error = {"message": "Away.", "extensions": {"code": "DATABASE_UNAVAILABLE"}}
                    route.send(json.dumps({"id": frame["id"], "type": "error", "payload": [error]}))
                    refused.put_nowait(frame["id"])
                else:
                    server.send(message)

            route.on_message(pass_on)

        await tab.page.route_web_socket("**/graphql", relay)
        page = await tab.open(f"/stories/{story}")
        async with asyncio.timeout(20):
            await refused.get()
            refused.put_nowait("once is enough")
        await ask(url, RENAME, {"id": story, "to": "Followed after all"})

        await page.get_by_role("heading", name="Followed after all").wait_for(state="attached")
