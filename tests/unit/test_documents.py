"""The documents name every setting, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from domain import ServiceKind
from service_settings import known_names
from settings import Settings

PROJECT = Path(__file__).parents[2]
DOCUMENTS = (
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *sorted(PROJECT.glob("docs/**/*.md")),
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """The fragments of a document's headings, as forges make them."""
    headings = _HEADING.findall(_FENCED.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    broken: list[str] = []
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        path, _, fragment = link.partition("#")
        if "://" in path:
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(link)

    assert not broken


def test_every_setting_is_documented() -> None:
    text = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    text += "".join(text.replace("<STAGE>", kind) for kind in ServiceKind)
    names = {f"AI_STORY_{name.upper()}" for name in Settings.model_fields if name != "services"}
    names.update(name for kind in ServiceKind for name in known_names(kind, 1))

    missing = sorted(name for name in names if f"`{name}`" not in text)

    assert not missing
