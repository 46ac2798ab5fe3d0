"""Text files opened on the page: in any encoding, shown as read, and never half lost."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import find_barriers, needs_browser, open_tab
from tests.case_files import CASES
from tests.gallery import open_gallery
from tests.graphql_client import ask
from tests.node import needs_node

pytestmark = [needs_node, needs_browser]

STORY = "第一章 渔火\n老渔夫点亮了灯。小猫跟着他回家。\n"
CONTENT = "query($id: ID!) { story(id: $id) { content } }"


async def open_file(page: Page, path: Path) -> None:
    await page.locator("input[type=file]").set_input_files(path)


async def test_a_file_in_gbk_is_the_story_as_it_was_written(browser: Browser, url: str) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        await open_file(page, CASES / "gbk.txt")

        await expect(page.get_by_label("Your story")).to_have_value(STORY)
        await expect(page.get_by_label("Read as")).to_have_value("GB18030")
        await tab.see("gbk.txt")
        await page.get_by_role("button", name="Begin").click()
        await page.wait_for_url("**/stories/*")
        tab.assert_calm()
    told = await ask(url, CONTENT, {"id": page.url.rpartition("/")[2]})

    assert told["story"]["content"] == STORY


async def test_how_a_file_is_read_can_be_changed_until_its_text_is(
    browser: Browser, url: str
) -> None:
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        story, choice = page.get_by_label("Your story"), page.get_by_label("Read as")
        await open_file(page, CASES / "gbk.txt")
        await choice.select_option("Big5")
        await expect(story).to_have_value((CASES / "gbk.txt").read_bytes().decode("big5"))
        await expect(choice).to_have_value("Big5")

        await choice.select_option("GB18030")
        await expect(story).to_have_value(STORY)
        await story.press("End")
        await story.press("!")

        await expect(choice).to_have_count(0)
        tab.assert_calm()


async def test_a_guess_of_a_few_characters_asks_to_be_looked_at(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    path = tmp_path / "name.txt"
    path.write_bytes("孔乙己".encode("gbk"))
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        await open_file(page, path)

        await expect(page.get_by_label("Your story")).to_have_value("孔乙己")
        await tab.see("This is a guess")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("novel.pdf", b"%PDF-1.7\n", "The file is a PDF. Save it as plain text."),
        ("cut.txt", "狐狸".encode()[:-1], "ends within a UTF-8 character"),
        ("lost.txt", "狐\ufffd".encode(), "U+FFFD"),
        ("nothing.txt", b" \n", "Write a line or two first."),
    ],
)
async def test_a_file_that_cannot_be_read_leaves_the_story_alone(
    browser: Browser, url: str, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    async with open_tab(browser, url) as tab:
        page = await tab.open()
        await page.get_by_label("Your story").fill("A fox sings.")
        await open_file(page, path)

        await tab.see(reason)
        await expect(page.get_by_label("Your story")).to_have_value("A fox sings.")


async def test_characters_that_were_lost_are_told_before_a_story_is_made_of_them(
    browser: Browser, url: str
) -> None:
    async with open_tab(browser, url, language="zh") as tab:
        page = await tab.open()
        await page.get_by_label("你的故事").fill("狐\ufffd唱歌")
        await page.keyboard.press("Enter")

        await tab.see("有些文字丢失了")
        assert page.url.rstrip("/") == url
        assert not [address for address in tab.requests if "stories" in address]


async def test_an_opened_file_is_told_in_both_languages_to_everybody(
    browser: Browser, url: str
) -> None:
    async with open_gallery(browser, url) as gallery:
        for visitor, tab in gallery.tabs.items():
            page = await tab.open()
            await open_file(page, CASES / "gbk.txt")
            await page.locator(".opened select").wait_for()
            await asyncio.gather(
                *(image.scroll_into_view_if_needed() for image in await page.locator("img").all())
            )
            await page.locator("h1").scroll_into_view_if_needed()
            await page.screenshot(path=gallery.folder / f"opened-{visitor}.png")
            gallery.barriers += await find_barriers(page)
        gallery.assert_open_to_all()
