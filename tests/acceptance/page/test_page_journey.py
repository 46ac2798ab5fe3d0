"""The page as a creator uses it, in a real browser, on the program as people run it."""

import hashlib
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import Tab, needs_browser, open_tab
from tests.gallery import Gallery, open_gallery
from tests.graphql_client import ask
from tests.node import needs_node
from tests.program import Program, temporary_home

pytestmark = [needs_node, needs_browser]

STORY = (
    "A keeper lights the lamp of a lighthouse. A storm comes over the sea. "
    "A boat comes home at dawn."
)
FOX = "A fox wakes. A fox runs. A fox drinks. A fox sleeps. A fox dreams."
TITLES = "query Titles($id: ID!) { story(id: $id) { shots { title } } }"
SHOTS = 4
"""What the studio makes of it."""
_PATH = re.compile(r"(/stories/[0-9a-f-]{36})")


@pytest.fixture(scope="module")
async def home() -> AsyncIterator[Path]:
    with temporary_home() as home:
        yield home


async def start(home: Path, *, port: int = 0, latency_s: float = 1) -> Program:
    """Everything in one process; the first picture of a storm is refused."""
    faults = f"studio://?latency={latency_s}&fail_word=storm&fail_times=1"
    settings = {"AI_STORY_IMAGE_URL": faults, "AI_STORY_LOG_LEVEL": "warning"}
    program = await Program.start("serve", "--port", str(port), home=home, settings=settings)
    return await program.ready()


def path_of(page: Page) -> str:
    found = _PATH.search(page.url)
    assert found is not None
    return found[1]


async def create(tab: Tab, text: str) -> str:
    """Write a story and press Enter; answers the path of its storyboard."""
    page = await tab.open()
    await page.get_by_label("Your story").fill(text)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/stories/*")
    return path_of(page)


async def test_a_story_becomes_a_film_before_ones_eyes(
    browser: Browser, home: Path, tmp_path: Path
) -> None:
    program = await start(home)
    try:
        async with (
            open_tab(browser, program.url) as tab,
            open_gallery(browser, program.url) as gallery,
        ):
            await gallery.show("create", "/", "textarea")
            await gallery.show("films-empty", "/films", ".emptiness")
            story = await create(tab, STORY)
            await see_the_cards_fill(tab, gallery, story)
            await retry_what_failed(tab, gallery, story)
            await draw_one_anew_and_take_the_old_picture_back(tab, gallery, story)
            await make_and_watch_the_film(tab, gallery, story)
            await take_the_film_home(tab, tmp_path)
            await find_it_in_the_library(tab, gallery)
            await gallery.show("create-with-stories", "/", ".recents .picture", whole=True)

            tab.assert_calm()
            gallery.assert_open_to_all()
    finally:
        await program.stopped()


async def see_the_cards_fill(tab: Tab, gallery: Gallery, story: str) -> None:
    """The shots come with the script, and move by themselves."""
    page = tab.page
    await expect(page.locator("[data-shot]")).to_have_count(SHOTS)
    await page.locator("[data-shot][data-status=GENERATING]").first.wait_for()
    await gallery.show("storyboard-filling", story, "[data-shot]")
    await page.locator("[data-shot][data-status=COMPLETED] .picture").first.wait_for()


async def retry_what_failed(tab: Tab, gallery: Gallery, story: str) -> None:
    """The failure stays on its card, with what to do; one click on it, and the shot is drawn."""
    failed = tab.page.locator("[data-shot][data-status=FAILED]")
    await failed.wait_for()
    await expect(failed).to_contain_text("Say it in other words")
    await expect(failed).to_contain_text("CONTENT_REJECTED")
    await expect(tab.page.locator("[data-shot][data-status=COMPLETED]")).to_have_count(SHOTS - 1)
    await expect(tab.page.locator(".phase")).to_have_text("Needs attention")
    await expect(tab.page.locator(".next-step")).to_contain_text("1 of 4 shots was not drawn")
    assert await tab.page.get_by_role("progressbar", name="Overall progress").get_attribute(
        "aria-valuenow"
    ) not in ("100", None)
    await gallery.show("failure", story, ".failure")
    await gallery.show("shelf-attention", "/", "[data-phase=NEEDS_ATTENTION]", whole=True)
    await failed.get_by_role("button", name="Try again").click()
    await expect(tab.page.locator("[data-shot][data-status=COMPLETED]")).to_have_count(SHOTS)
    await expect(tab.page.locator(".counts")).to_contain_text(f"{SHOTS} ready")
    await expect(tab.page.locator(".phase")).to_have_text("Ready to film")
    await gallery.show("storyboard", story, "[data-status=COMPLETED] .picture")


async def draw_one_anew_and_take_the_old_picture_back(
    tab: Tab, gallery: Gallery, story: str
) -> None:
    """Edited words make a second take beside the first; the first can be shown again."""
    page = tab.page
    await page.locator("[data-shot] .cover").first.click()
    await page.wait_for_url("**/shots/*")
    picture = page.locator(".stage > .frame").get_by_role("img")
    first = await picture.get_attribute("src") or ""
    await page.get_by_label("What the picture shows").fill("A red house in deep snow at night.")
    await page.get_by_role("button", name="Save and draw anew").click()
    await expect(page.locator(".take")).to_have_count(2)
    await expect(page.get_by_role("button", name="Take 2 · shown")).to_be_visible()
    await expect(picture).not_to_have_attribute("src", first)
    await gallery.show("shot", page.url.removeprefix(tab.url), ".take .picture")

    await page.get_by_role("button", name="Use take 1").click()
    await expect(page.get_by_role("button", name="Take 1 · shown")).to_be_visible()
    await expect(picture).to_have_attribute("src", first)
    await page.go_back()
    await page.wait_for_url(f"**{story}")


async def make_and_watch_the_film(tab: Tab, gallery: Gallery, story: str) -> None:
    """One click; live progress; it plays, with its subtitles as a track, and can be sought in."""
    page = tab.page
    await gallery.show("film-none", f"{story}/film", ".screen .picture")
    await page.get_by_role("button", name="Make the film").click()
    await page.wait_for_url(f"**{story}/film")
    await page.get_by_role("progressbar", name="The film is being made").wait_for()
    await gallery.show("film-making", f"{story}/film", ".making")
    await expect(page.locator(".phase")).to_have_text("Filming")
    await page.locator("video").wait_for()
    await expect(page.locator(".phase")).to_have_text("Done")
    await expect(page.locator(".next-step")).to_have_count(0)
    await gallery.show("film", f"{story}/film", "video")
    cues, moved, sought = await page.locator("video").evaluate(
        """async (video) => {
            const next = (name) =>
                new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
            video.muted = true;
            await video.play();
            while (video.currentTime === 0) await next("timeupdate");
            const moved = video.currentTime;
            video.currentTime = video.duration - 2;
            await next("seeked");
            video.pause();
            return [video.textTracks[0].cues.length, moved, video.currentTime];
        }"""
    )
    assert cues >= 3
    assert moved > 0
    assert sought > 3
    await page.get_by_role("button", name="Subtitles").click()
    await page.wait_for_function(
        "() => document.querySelector('video').textTracks[0].mode === 'hidden'"
    )


async def take_the_film_home(tab: Tab, folder: Path) -> None:
    """What is downloaded is what the server has, under the story's name."""
    page = tab.page
    for kind in ("MP4", "SRT"):
        link = page.get_by_role("link", name=f"Download {kind}")
        async with page.expect_download() as downloading:
            await link.click()
        download = await downloading.value
        path = folder / download.suggested_filename
        await download.save_as(path)
        async with httpx.AsyncClient(base_url=tab.url) as client:
            served = await client.get(str(await link.get_attribute("href")))
        assert path.suffix == f".{kind.lower()}"
        assert digest(path.read_bytes()) == digest(served.content)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def find_it_in_the_library(tab: Tab, gallery: Gallery) -> None:
    """Found by its words and by its day; not by others."""
    page = tab.page
    title = await page.get_by_label("Title", exact=True).input_value()
    await page.get_by_role("link", name="Films").click()
    await page.get_by_text(title).wait_for()
    await gallery.show("films", "/films", ".tile .picture")
    await page.get_by_label("Search titles and texts").fill("nothing like it")
    await page.get_by_text("No film like that.").wait_for()
    await page.get_by_label("Search titles and texts").fill("lighthouse")
    await page.get_by_text("Today").click()
    await page.get_by_role("link", name=title).click()
    await page.locator("video").wait_for()


async def test_a_server_that_dies_in_the_middle_leaves_no_gap_on_the_page(
    browser: Browser, home: Path
) -> None:
    program = await start(home, latency_s=2.5)
    async with open_tab(browser, program.url) as tab:
        story = await create(
            tab, "A fox wakes. A fox runs. A fox drinks. A fox sleeps. A fox dreams."
        )
        await tab.page.evaluate("() => { window.neverReloaded = true; }")
        await tab.page.locator("[data-shot][data-status=GENERATING]").first.wait_for()
        program.tell(signal.SIGKILL)
        await program.ended()
        await tab.see("Reconnecting")

        port = int(program.url.rpartition(":")[2])
        program = await start(home, port=port, latency_s=0)
        try:
            await tab.page.locator("[data-link=live]").wait_for()
            shots = tab.page.locator("[data-shot]")
            await tab.page.wait_for_function(
                "() => document.querySelectorAll('[data-status=COMPLETED] .picture').length > 2"
                " && !document.querySelector('[data-shot]:not([data-status=COMPLETED])')"
            )
            id_ = story.rpartition("/")[2]
            told = await ask(program.url, TITLES, {"id": id_})
            titles = [shot["title"] for shot in told["story"]["shots"]]
            headings = await shots.locator("h2").all_text_contents()
            shown = [heading.partition(": ")[2] for heading in headings]
            assert shown == titles
            assert await tab.page.evaluate("() => window.neverReloaded")
            # The browser itself complains of each try while nobody listens; nothing else did.
            assert [line for line in tab.console if "net::ERR_CONNECTION_RE" not in line] == []
        finally:
            await program.stopped()
