"""A path prefix: everything works behind nginx as the documentation configures it."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.browser import Tab, needs_browser, open_tab
from tests.fakes.origin import make_picture
from tests.graphql_client import ask, open_socket
from tests.node import needs_node
from tests.own_nginx import needs_nginx, nginx
from tests.own_postgres import free_port
from tests.program import SMALL, Program

pytestmark = needs_nginx

STORY = "A keeper lights the lamp of a lighthouse. A boat comes home at dawn."
PREFIX = "/films"
"""Also an address of ours: the list of films is at /films/films."""
FILMS = f"{PREFIX}/films"
UPLOAD = "mutation Upload($id: ID!) { uploadTake(shotId: $id) { upload { url } } }"
CREATE = "mutation Create($text: String!) { createStory(input: {content: $text}) { story { id } } }"
FOLLOW = """subscription Follow($id: ID!) { storyEvents(storyId: $id) {
    story { shots { id imageUrl } }
} }"""


@asynccontextmanager
async def serving(home: Path, *, passes_prefix_on: bool) -> AsyncGenerator[tuple[str, Program]]:
    """The program behind nginx: its public address without the slash, and itself."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}{PREFIX}"
    settings = {
        "AI_STORY_PUBLIC_URL": f"{public_url}/",
        "AI_STORY_IMAGE_URL": f"{SMALL}&latency=1",
        "AI_STORY_VIDEO_URL": SMALL,
        "AI_STORY_LOG_LEVEL": "warning",
    }
    program = await Program.start("serve", "--port", "0", home=home, settings=settings)
    await program.ready()
    try:
        async with nginx(port, program.url, passes_prefix_on=passes_prefix_on):
            yield public_url, program
    finally:
        ended = await program.stopped()
        assert f"Public    {public_url}/\n" in ended.output


@pytest.mark.parametrize("passes_prefix_on", [True, False], ids=["passed on", "removed"])
async def test_clients_find_everything_below_the_prefix(
    home: Path, *, passes_prefix_on: bool
) -> None:
    async with (
        serving(home, passes_prefix_on=passes_prefix_on) as (url, program),
        httpx.AsyncClient(follow_redirects=True) as client,
    ):
        for path in ("", "/", "/films", "/graphiql"):
            page = await client.get(url + path)
            assert page.status_code == 200, path
            for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
                assert link.startswith(f"{PREFIX}/"), link
                assert (await client.get(str(page.url.join(link)))).status_code == 200, link
        browser = await client.get(f"{url}/graphql", headers={"Accept": "text/html"})
        healths = [await client.get(f"{base}/healthz") for base in (url, program.url)]
        story = (await ask(url, CREATE, {"text": STORY}))["createStory"]["story"]["id"]
        shot = await first_drawn(url, story)
        picture = await client.get(shot["imageUrl"])
        upload = (await ask(url, UPLOAD, {"id": shot["id"]}))["uploadTake"]["upload"]["url"]
        sent = await client.put(upload, content=make_picture(320, 180))
        told = await client.get(f"{url}/api/shot/{shot['id']}")

    assert str(browser.url) == f"{url}/graphiql"
    assert [health.json()["status"] for health in healths] == ["alive", "alive"]
    assert shot["imageUrl"].startswith(f"{url}/media/")
    assert picture.headers["content-type"].startswith("image/")
    assert upload.startswith(f"{url}/uploads/")
    assert sent.json()["data"]["imageUrl"] in told.text
    assert sent.json()["data"]["imageUrl"].startswith(f"{url}/media/")


async def first_drawn(url: str, story: str) -> dict[str, Any]:
    """A shot with its picture, once it has arrived over the WebSocket."""
    async with open_socket(url) as socket:
        async for data in socket.follow(FOLLOW, {"id": story}):
            for shot in data["storyEvents"]["story"]["shots"]:
                if shot["imageUrl"]:
                    return shot
    raise AssertionError("the story ended first")


@needs_node
@needs_browser
async def test_a_creator_makes_a_film_below_the_prefix(
    browser: Browser, home: Path, tmp_path: Path
) -> None:
    async with (
        serving(home, passes_prefix_on=False) as (url, _),
        open_tab(browser, url) as tab,
    ):
        await see_pictures_arrive(tab)
        await open_a_shot_by_its_link_and_send_a_picture(tab)
        await make_play_and_download_the_film(tab, tmp_path)
        await find_it_in_the_list(tab)
        await run_operations_in_graphiql(tab)

        tab.assert_calm()
        assert f"{url}/graphql".replace("http", "ws", 1) in tab.requests


async def see_pictures_arrive(tab: Tab) -> None:
    page = await tab.open()
    await page.get_by_label("Your story").fill(STORY)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{tab.url}/stories/*")
    await page.locator("[data-link=live]").wait_for()
    await page.locator("[data-shot][data-status=GENERATING]").first.wait_for()
    await page.locator("[data-shot][data-status=COMPLETED] .picture").first.wait_for()
    await expect(page.locator("[data-shot]:not([data-status=COMPLETED])")).to_have_count(0)


async def open_a_shot_by_its_link_and_send_a_picture(tab: Tab) -> None:
    """The deep link survives a reload."""
    page = tab.page
    await page.locator("[data-shot] .cover").first.click()
    await page.wait_for_url(f"{tab.url}/stories/*/shots/*")
    await page.reload()
    shown = page.locator(".stage > .frame img.picture").last
    await shown.wait_for()
    drawn = await shown.get_attribute("src") or ""
    mine = FilePayload(name="mine.png", mimeType="image/png", buffer=make_picture(320, 180))
    await page.get_by_label("Use a picture of yours").set_input_files(mine)
    await tab.see("Take 2 · shown")
    await expect(shown).not_to_have_attribute("src", drawn)
    await expect(shown).to_have_class("picture")  # it has arrived
    assert await shown.evaluate("image => image.naturalWidth > 0")
    await page.keyboard.press("Escape")
    await page.wait_for_url(re.compile(rf"{tab.url}/stories/[^/]+$"))


async def make_play_and_download_the_film(tab: Tab, folder: Path) -> None:
    page = tab.page
    await page.get_by_role("button", name="Make the film").click()
    await page.wait_for_url(f"{tab.url}/stories/*/film")
    video = page.locator("video")
    await video.wait_for()
    cues = await video.evaluate(
        """async (video) => {
            const next = (name) =>
                new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
            video.muted = true;
            await video.play();
            while (video.currentTime === 0) await next("timeupdate");
            video.pause();
            return video.textTracks[0].cues.length;
        }"""
    )
    assert cues > 0
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download MP4").click()
    download = await downloading.value
    await download.save_as(folder / "film.mp4")
    assert download.url.startswith(f"{tab.url}/media/")
    assert (folder / "film.mp4").read_bytes()[4:8] == b"ftyp"


async def find_it_in_the_list(tab: Tab) -> None:
    """Its own address is the prefix itself, so a reload shows that the two are told apart."""
    page = tab.page
    await page.get_by_role("link", name="Films").click()
    await page.wait_for_url(f"{tab.url}/films")
    await page.reload()
    await page.locator(".films .tile .picture").wait_for()
    await page.get_by_role("link", name="AI-Story").click()
    await page.wait_for_url(f"{tab.url}/")
    await page.get_by_label("Your story").wait_for()
    await page.go_back()
    await page.locator(".films .tile").wait_for()


async def run_operations_in_graphiql(tab: Tab) -> None:
    """A query over HTTP, a subscription over the WebSocket."""
    page = await tab.open("/graphql")
    assert page.url == f"{tab.url}/graphiql"
    await page.locator(".graphiql-tab").first.wait_for()
    asked = await execute(tab, "query Ask { stories(first: 1) { nodes { id } } }", "nodes")
    story = asked["data"]["stories"]["nodes"][0]["id"]
    document = f'subscription Follow {{ storyEvents(storyId: "{story}") {{ type }} }}'
    followed = await execute(tab, document, "SNAPSHOT")
    assert followed["data"]["storyEvents"]["type"] == "SNAPSHOT"
    await expect(page.locator(".graphiql-logo-link")).to_have_attribute("href", f"{PREFIX}/")


async def execute(tab: Tab, document: str, expected: str) -> dict[str, Any]:
    """The response, which contains the expected word."""
    await tab.page.evaluate(
        """async (text) => {
            const { CodeMirror } = document.querySelector(".graphiql-query-editor .CodeMirror");
            CodeMirror.setValue(text);
            const name = text.split(" ")[1];
            while (CodeMirror.operationName !== name) await new Promise(requestAnimationFrame);
        }""",
        document,
    )
    await tab.page.get_by_role("button", name="Execute query").click()
    answer = await tab.page.wait_for_function(
        """(word) => {
            const shown = document.querySelector(".result-window .CodeMirror")?.CodeMirror;
            return shown?.getValue().includes(word) && shown.getValue();
        }""",
        arg=expected,
    )
    return json.loads(await answer.json_value())
