"""GraphiQL: served from here alone, and a person's whole journey through it in a real browser."""

import gzip
import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate

from schema.root import print_contract
from tests.fakes.origin import FakeOrigin
from tests.graphql_client import serving_stage
from tests.node import CLIENTS, needs_node, run_node
from tests.stage import Stage
from web import graphiql
from web.graphiql.journey import JOURNEY, Step

VENDOR = Path(graphiql.__file__).parent / "vendor"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROMIUM = shutil.which("chromium")

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not (CLIENTS / "node_modules" / "playwright-core").exists(),
    reason="Debian's chromium, or playwright-core in tests/clients, is not there",
)


async def test_the_page_asks_this_server_alone_and_its_policy_holds_it_to_that(
    app_url: str,
) -> None:
    async with httpx.AsyncClient(base_url=app_url) as client:
        page = await client.get("/graphiql")
        another = await client.get("/graphiql")

    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert re.findall(r'(?:src|href)="(?!/graphiql/)[^"]*"', page.text) == []
    assert "//" not in re.sub(r"<script type=.application/json.*?</script>", "", page.text)
    assert policy.startswith("default-src 'none'; script-src 'self'; connect-src 'self';")
    assert "unsafe" not in policy
    assert policy != another.headers["content-security-policy"], "a nonce is used once"


async def test_its_files_are_kept_for_ever_and_come_packed_to_who_can_unpack(app_url: str) -> None:
    async with httpx.AsyncClient(base_url=app_url) as client:
        page = await client.get("/graphiql")
        addresses = re.findall(r'"(/graphiql/[^"]+)"', page.text)
        script = addresses[-1].rpartition("/")[0] + "/graphiql.js"
        files = [await client.get(address) for address in (*addresses, script)]
        plain = await client.get(script, headers={"Accept-Encoding": "identity"})
        absent = [
            await client.get(script.replace("graphiql.js", "none.js")),
            await client.get(re.sub("[0-9a-f]{16}", "0" * 16, script)),
        ]

    assert [file.status_code for file in files] == [200] * 5
    assert [file.headers["content-type"].partition(";")[0] for file in files] == [
        "image/svg+xml", "text/css", "text/css", "text/javascript", "text/javascript",
    ]  # fmt: skip
    assert all("immutable" in file.headers["cache-control"] for file in files)
    assert files[-1].headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == files[-1].content
    assert [file.status_code for file in absent] == [404, 404]


async def test_a_browser_at_the_endpoint_is_sent_there_and_other_clients_are_not(
    app_url: str,
) -> None:
    async with httpx.AsyncClient(base_url=app_url) as client:
        browser = await client.get("/graphql", headers={"Accept": BROWSER_ACCEPT})
        query = {"query": "{ viewer { id } }"}
        asking = await client.get("/graphql", headers={"Accept": BROWSER_ACCEPT}, params=query)
        curl = await client.get("/graphql", headers={"Accept": "*/*"})

    assert browser.status_code == 303
    assert browser.headers["location"] == "/graphiql"
    assert browser.headers["vary"] == "Accept"
    assert asking.json() == {"data": {"viewer": {"id": "local"}}}
    assert curl.json()["errors"][0]["message"] == "The request contains no query."


def test_what_is_bundled_is_what_was_listed() -> None:
    origin = json.loads((VENDOR / "ORIGIN.json").read_text())
    licences = (VENDOR / "LICENSES").read_text()

    packed = {path.name for path in VENDOR.glob("*.gz")}
    assert packed == {f"{name}.gz" for name in origin["files"]}
    for name, file in origin["files"].items():
        content = gzip.decompress((VENDOR / f"{name}.gz").read_bytes())
        assert sha256(content).hexdigest() == file["sha256"], f"{name}: run scripts/graphiql"
    for package in origin["packages"]:
        assert package["license"] in {"MIT", "0BSD", "BSD-2-Clause"}
        assert package["integrity"].startswith("sha512-")
        assert f"{package['name']} {package['version']}" in licences


@pytest.mark.parametrize("step", JOURNEY, ids=lambda step: step.query.split("\n", 1)[0][2:20])
def test_every_step_of_the_journey_fits_the_contract(step: Step) -> None:
    document = parse(step.query)

    assert validate(build_schema(print_contract()), document) == []
    declared = set(re.findall(r"\$(\w+):", step.query))
    assert set(step.variables) <= declared


@needs_node
@needs_browser
async def test_a_person_in_a_browser_takes_the_whole_journey(
    filming_stage: Stage, origin: FakeOrigin
) -> None:
    origin.latencies_s = {"/llm": 2, "/pic": 0.5, "/video": 0.5}  # slow enough to be watched

    async with serving_stage(filming_stage) as url:
        seen = json.loads(await run_node("graphiql.mjs", str(CHROMIUM), url))

    assert seen["address"] == f"{url}/graphiql"
    assert seen["tabs"] == seen["tabsAgain"] == [
        "CreateStory", "FollowStory", "EditShot", "RenderFilm", "FindFilm",
    ]  # fmt: skip
    assert seen["console"] == []
    assert [address for address in seen["requests"] if not is_ours(address, url)] == []
    assert {"X-Door": "socket"} in payloads(seen["frames"], "connection_init")
    assert_followed_live(seen["followed"])
    assert seen["refused"][0]["extensions"]["code"] == "NOT_FOUND"
    assert seen["edited"]["userErrors"] == seen["rendered"]["userErrors"] == []
    assert seen["film"]["video"]["videoUrl"].startswith(f"{url}/media/")
    assert seen["locked"] == "hidden", "the dialog's style was let in"


def is_ours(address: str, url: str) -> bool:
    host = url.removeprefix("http://")
    return address.startswith((f"http://{host}/", f"ws://{host}/", "data:"))


def payloads(frames: list[dict[str, Any]], kind: str) -> list[Any]:
    return [frame.get("payload") for frame in frames if frame["type"] == kind]


def assert_followed_live(events: list[dict[str, Any]]) -> None:
    """The present state came first, and the shots then moved while we looked."""
    kinds = [event["type"] for event in events]
    assert kinds[0] == "SNAPSHOT"
    assert "SHOT_STATUS_CHANGED" in kinds
    assert "VIDEO_STATUS_CHANGED" in kinds
    assert {"GENERATING", "COMPLETED"} <= {
        shot["status"] for event in events for shot in event["story"]["shots"]
    }
