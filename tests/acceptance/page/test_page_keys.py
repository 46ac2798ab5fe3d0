"""The page where the server asks for keys."""

from datetime import timedelta

import httpx
from playwright.async_api import Browser, expect
from sqlalchemy import update

from db.models import Video
from domain import Scope
from orchestration.media.lettering.subtitles import Cue, srt_track
from resolvers.keys import create_key, revoke_key
from tests.browser import needs_browser, open_tab
from tests.fakes.origin import PICTURE
from tests.gallery import open_gallery
from tests.node import needs_node
from tests.owners import add_owner, serving_with_keys
from tests.stage import Stage

pytestmark = [needs_node, needs_browser]


async def test_a_key_opens_the_page_for_this_tab_alone_until_it_is_revoked(
    browser: Browser, stage: Stage
) -> None:
    alice = await add_owner(stage, "alice")
    key = f"stories/{alice.rows.story}/{alice.rows.take}.png"
    await stage.production.store.put_bytes(key, PICTURE)
    async with serving_with_keys(stage) as url, open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{alice.rows.story}")
        await tab.see("This studio is protected by keys.")
        await page.get_by_label("API key").fill("aistory_wrong")
        await page.keyboard.press("Enter")
        await tab.see("This key is not known here.")

        await page.get_by_label("API key").fill(alice.key)
        await page.keyboard.press("Enter")
        await page.locator("[data-link=live]").wait_for()
        await page.locator("[data-shot] .picture:not(.is-arriving)").wait_for()
        await page.reload()
        await page.locator("[data-shot]").wait_for()
        inits = [frame for frame in tab.sent if frame["type"] == "connection_init"]
        assert inits[-1]["payload"] == {"authorization": f"Bearer {alice.key}"}
        assert alice.key not in "".join(tab.requests)
        assert await page.evaluate("() => Object.keys(localStorage)") == []

        await revoke_key(stage.database, f"key-of-{alice.id}")
        await page.reload()
        await tab.see("This key is not known here.")
        assert await page.locator("[data-shot]").count() == 0
        # The browser itself notes each answer of 401; nothing else was complained of.
        assert [line for line in tab.console if "401 (Unauthorized)" not in line] == []
        assert tab.foreign == []


async def test_words_that_were_not_sent_are_there_after_signing_in_again(
    browser: Browser, stage: Stage
) -> None:
    alice = await add_owner(stage, "alice")
    fresh, _ = await create_key(stage.database, "fresh", owner_id="alice", scope=Scope.WRITE)
    async with serving_with_keys(stage) as url, open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{alice.rows.story}")
        await page.get_by_label("API key").fill(alice.key)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Add a shot").click()
        await page.get_by_label("What does it show?").fill("A gull.")
        await page.locator("[data-shot] .cover").click()
        await page.get_by_label("What the voice says").fill("Not yet sent.")
        await revoke_key(stage.database, f"key-of-{alice.id}")
        await page.get_by_role("button", name="Save", exact=True).click()
        await tab.see("This key is not known here.")

        await page.get_by_label("API key").fill(fresh)
        await page.keyboard.press("Enter")

        await expect(page.get_by_label("What the voice says")).to_have_value("Not yet sent.")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("button", name="Saved").wait_for()
        await page.go_back()
        await expect(page.get_by_label("What does it show?")).to_have_value("A gull.")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.locator("[data-shot]")).to_have_count(2)


async def test_a_key_that_may_only_read_is_told_so_and_the_words_stay(
    browser: Browser, stage: Stage
) -> None:
    reader = await add_owner(stage, "reader", scope=Scope.READ)
    async with serving_with_keys(stage) as url, open_tab(browser, url, language="zh") as tab:
        page = await tab.open(f"/stories/{reader.rows.story}")
        await page.locator("#key").fill(reader.key)
        await page.keyboard.press("Enter")
        await page.get_by_label("标题", exact=True).fill("别的名字")
        await page.keyboard.press("Enter")
        await tab.see("这个密钥没有这项权限。")
        await expect(page.get_by_label("标题", exact=True)).to_have_value("别的名字")
        assert await page.locator(".sign-in").count() == 0


async def test_an_expired_key_is_told_once_and_a_fresh_one_goes_on(
    browser: Browser, stage: Stage
) -> None:
    alice = await add_owner(stage, "alice")
    brief, _ = await create_key(
        stage.database, "brief", owner_id="alice", lifetime=timedelta(seconds=4)
    )
    async with serving_with_keys(stage) as url, open_tab(browser, url) as tab:
        page = await tab.open(f"/stories/{alice.rows.story}")
        await page.get_by_label("API key").fill(brief)
        await page.keyboard.press("Enter")
        await page.locator("[data-link=live]").wait_for()
        await page.locator("[data-shot]").wait_for()
        await tab.see("The key has expired.")  # closed by 4403: nothing was asked meanwhile
        sockets = sum(address.startswith("ws") for address in tab.requests)
        await page.clock.install()
        await page.clock.run_for("30:00")
        assert sum(address.startswith("ws") for address in tab.requests) == sockets

        await page.get_by_label("API key").fill(alice.key)
        await page.keyboard.press("Enter")

        await page.locator("[data-link=live]").wait_for()
        await page.locator("[data-shot]").wait_for()


async def test_signed_captions_are_read_by_a_player(stage: Stage) -> None:
    alice = await add_owner(stage, "alice")
    key = f"stories/{alice.rows.story}/{alice.rows.video}.srt"
    cue = Cue(0, 1.5, ("Once upon a time.",))
    await stage.production.store.put_bytes(key, srt_track([cue]).encode())
    async with stage.database.transaction() as session:
        await session.execute(update(Video).values(subtitles_key=key))
    query = f'{{ video(id: "{alice.rows.video}") {{ subtitlesUrl(format: VTT) }} }}'

    async with serving_with_keys(stage) as url, httpx.AsyncClient() as client:
        asked = await client.post(f"{url}/graphql", json={"query": query}, headers=alice.headers)
        address = asked.json()["data"]["video"]["subtitlesUrl"]
        track = await client.get(address)
        changed = await client.get(address.replace("signature=", "signature=x"))

    assert track.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOnce")
    assert track.headers["cache-control"].startswith("private")
    assert changed.status_code == 403


async def test_signing_out_forgets_the_key(browser: Browser, stage: Stage) -> None:
    alice = await add_owner(stage, "alice")
    async with serving_with_keys(stage) as url, open_tab(browser, url) as tab:
        page = await tab.open("/films")
        await page.get_by_label("API key").fill(alice.key)
        await page.get_by_role("button", name="Enter").click()
        await page.get_by_role("button", name="Sign out").click()
        await tab.see("This studio is protected by keys.")
        assert await page.evaluate("() => sessionStorage.length") == 0


async def test_everybody_can_sign_in(browser: Browser, stage: Stage) -> None:
    async with serving_with_keys(stage) as url, open_gallery(browser, url) as gallery:
        await gallery.show("sign-in", "/", ".sign-in")
        assert gallery.barriers == []
