"""The page as it is served and written: addresses, files, and what it asks the API."""

import asyncio
import json
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLError, build_schema, parse, validate

from domain import NextStepCode, Status, StoryPhase, WarningCode
from orchestration.media.variants import WIDTHS
from schema.contract import TYPES
from schema.root import print_contract
from schema.typescript import print_types
from tests.node import CLIENTS, needs_node, run_node
from web import page

FOLDER = Path(page.__file__).parent
VENDOR = FOLDER / "vendor"
ADDRESS = re.compile(r'"(/page/[^"]+)"')
HIDDEN = (
    "none.js",
    "__init__.py",
    "types.d.ts",
    "vendor/LICENSES",
    "..%2f__init__.py",
    "%2e%2e/app.py",
    "",
)
MODULES = sorted(path for path in FOLDER.rglob("*.js") if path.parent != VENDOR)


async def test_every_address_of_the_page_answers_with_it(app_url: str) -> None:
    paths = ("/", "/films", "/stories/x", "/stories/x/film", "/stories/x/shots/y")
    async with httpx.AsyncClient(base_url=app_url) as client:
        pages = [await client.get(path) for path in paths]
        known = await client.get("/", headers={"If-None-Match": pages[0].headers["etag"]})
        elsewhere = await client.get("/films/x")

    assert [page.status_code for page in pages] == [200] * len(paths)
    assert pages[0].text == pages[1].text
    assert {page.text for page in pages[2:]} == {pages[2].text}
    assert set(ADDRESS.findall(pages[0].text)) < set(ADDRESS.findall(pages[2].text))
    assert (known.status_code, known.content) == (304, b"")
    assert elsewhere.status_code == 404
    policy = pages[0].headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; object-src 'none'; base-uri 'none'")
    assert "unsafe" not in policy
    assert known.headers["content-security-policy"] == policy
    assert re.findall(r'(?:src|href)="(?!/page/)[^"]*"', pages[0].text) == []


async def test_its_files_are_packed_kept_for_ever_and_no_other_is_given_out(app_url: str) -> None:
    async with httpx.AsyncClient(base_url=app_url) as client:
        page = await client.get("/stories/x")
        addresses = ADDRESS.findall(page.text)
        files = [await client.get(address) for address in addresses]
        script = next(address for address in addresses if address.endswith("/main.js"))
        plain = await client.get(script, headers={"Accept-Encoding": "identity"})
        base = script.removesuffix("main.js")
        absent = [await client.get(base + name) for name in HIDDEN]
        stale = await client.get(re.sub("[0-9a-f]{16}", "0" * 16, script))

    assert {file.status_code for file in files} == {200}
    assert all("immutable" in file.headers["cache-control"] for file in files)
    packed = [file for file in files if file.headers.get("content-encoding") == "gzip"]
    assert len(packed) == len(files)
    assert "content-encoding" not in plain.headers
    assert plain.text == (FOLDER / "main.js").read_text()
    assert [file.status_code for file in (*absent, stale)] == [404] * (len(HIDDEN) + 1)


def test_what_is_bundled_is_what_was_listed_and_what_the_types_are_read_from() -> None:
    origin = json.loads((VENDOR / "ORIGIN.json").read_text())
    licences = (VENDOR / "LICENSES").read_text()
    pinned = json.loads((CLIENTS / "package.json").read_text())["dependencies"]

    content = (VENDOR / "libraries.js").read_bytes()
    expected = origin["files"]["libraries.js"]["sha256"]
    assert sha256(content).hexdigest() == expected, "run scripts/page-vendor"
    for package in origin["packages"]:
        assert package["license"] in {"MIT", "Apache-2.0"}
        assert package["integrity"].startswith("sha512-")
        assert f"{package['name']} {package['version']} ({package['license']})" in licences
        assert pinned.get(package["name"], package["version"]) == package["version"]


def test_the_types_of_the_contract_are_current() -> None:
    assert TYPES.read_text() == print_types(print_contract()), "run scripts/schema"


@needs_node
async def test_the_modules_hold_their_types() -> None:
    command = ["node_modules/.bin/tsc", "--project", "tsconfig.json"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()

    assert (process.returncode, output.decode()) == (0, "")


def test_every_module_is_checked() -> None:
    assert len(MODULES) > 20
    unchecked = [path.name for path in MODULES if not path.read_text().startswith("// @ts-check\n")]
    assert unchecked == []


@needs_node
async def test_every_operation_of_the_page_fits_the_contract() -> None:
    operations = json.loads(await run_node("page_operations.mjs"))
    schema = build_schema(print_contract())

    assert len(operations) > 15
    faults = {name: _faults(schema, document) for name, document in operations.items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}


def _faults(schema: object, document: str) -> list[str]:
    try:
        return [error.message for error in validate(schema, parse(document))]  # pyright: ignore[reportArgumentType]
    except GraphQLError as error:
        return [error.message]


@needs_node
async def test_of_two_versions_of_a_row_the_newer_stays_whatever_comes_last() -> None:
    assert json.loads(await run_node("page_state.mjs")) == {
        "older answer": "new title",
        "same revision": "same again",
        "order by position": ["b", "a", "c"],
        "wished order stays while events come": ["c", "b", "a"],
        "then its own": ["b", "a", "c"],
        "deleted stays away": ["a", "c"],
        "a snapshot forgets what it lacks": ["a"],
    }


@needs_node
async def test_every_failure_that_a_step_can_end_with_has_words_in_both_languages() -> None:
    told = json.loads(await run_node("page_words.mjs"))
    codes = set(_codes_of_steps())

    assert {"CONTENT_REJECTED", "INTERRUPTED", "SCRIPT_EMPTY"} <= codes
    assert codes - set(told["en"]["failures"]) == set()
    assert set(told["en"]["failures"]) == set(told["zh"]["failures"])


@needs_node
async def test_every_warning_of_a_film_has_words_in_both_languages() -> None:
    told = json.loads(await run_node("page_words.mjs"))

    assert set(told["en"]["warnings"]) == set(WarningCode)
    assert set(told["zh"]["warnings"]) == set(WarningCode)
    assert told["en"]["ahead"] == told["zh"]["ahead"] == [WarningCode.MISSING_GLYPHS]


@needs_node
async def test_every_phase_and_next_step_of_a_story_has_words() -> None:
    told = json.loads(await run_node("page_words.mjs"))

    assert set(told["en"]["phases"]) == set(told["zh"]["phases"]) == set(StoryPhase)
    assert set(told["zh"]["nextSteps"]) == set(NextStepCode)  # English ones are the server's own


def test_the_page_knows_the_widths_of_pictures() -> None:
    told = re.search(r"WIDTHS = \[([\d, ]+)\]", (FOLDER / "views" / "pictures.js").read_text())

    assert told is not None
    assert tuple(map(int, told[1].split(", "))) == WIDTHS


def test_the_page_asks_for_the_number_of_shots_by_every_status() -> None:
    asked = re.search(r"shotCounts \{ ([\w ]+) \}", (FOLDER / "operations.js").read_text())

    assert asked is not None
    assert set(asked[1].split()) == {"total", *(status.lower() for status in Status)}


def _codes_of_steps() -> list[str]:
    """Every code of a StepError, where it is raised or defined."""
    root = FOLDER.parent.parent
    errors = (root / "errors.py").read_text()
    texts = [errors[errors.index("class ProviderUnavailableError") :]]
    rooms = (root / "orchestration", root / "studio")
    texts += [path.read_text() for room in rooms for path in room.rglob("*.py")]
    return re.findall(r'\bcode ?= ?"([A-Z_]+)"', "\n".join(texts))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_asks_nobody_on_a_timer(path: Path) -> None:
    assert "setInterval" not in path.read_text()
