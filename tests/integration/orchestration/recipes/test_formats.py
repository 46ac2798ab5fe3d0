"""Texts in the formats that people bring: every writer gets their words alone."""

import re
from pathlib import Path

import pytest

from domain import Status, TextFormat
from resolvers.stories import StoryWish, create_story, require_story
from tests.case_files import CASES
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving
from tests.journeys import drawn_story, settle
from tests.stage import Scene, open_stage

_MARKS = re.compile(r"\*\*|#|---|\||\]\(|https?:|<\w|&\w+;|`|\[")
SONG = "[Verse 1]\nThe sea is wide.\nThe night is long.\n\n[Chorus]\nSail on, sail on.\n"
SCREENPLAY = "INT. KITCHEN - DAY\n\nAnna waits.\n\nANNA\nWho?\n\nEXT. SEA - DAY\n\nRain falls.\n"
CHAPTERS = "Chapter 1\n\nA fox woke up.\n\nChapter 2: The Run\n\nThe fox ran home.\n"


@pytest.mark.parametrize("name", ["markdown", "html", "numbered-list"])
@pytest.mark.parametrize("script", ["studio", "origin"])
async def test_a_case_is_told_in_its_words_alone(
    database_url: str, tmp_path: Path, origin: FakeOrigin, name: str, script: str
) -> None:
    text = (CASES / "texts" / f"{name}.txt").read_text(encoding="utf-8")
    async with open_stage(database_url, tmp_path, origin, Scene(script=script)) as stage:
        story, shots = await drawn_story(stage, text)

    assert story.status is Status.COMPLETED
    assert story.text_format is not TextFormat.PLAIN
    for shot in shots:
        assert not _MARKS.search(shot.narration + shot.title)
        assert not re.search(r"\b\d\.$|^\d+\.?$", shot.narration)
        assert re.search("[A-Za-z]{2}", shot.title)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SONG, [("Verse 1", "The sea is wide."), ("Chorus", "Sail on, sail on.")]),
        (SCREENPLAY, [("Kitchen", "Anna waits."), ("Sea", "Rain falls.")]),
        (CHAPTERS, [("Chapter 1", "A fox woke up."), ("Chapter 2: The Run", "The fox ran home.")]),
        ("# A\n\nOne fox.\n\n# B\n\nTwo bears.", [("A", "One fox."), ("B", "Two bears.")]),
    ],
)
async def test_a_heading_begins_a_shot_and_names_it(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    text: str,
    told: list[tuple[str, str]],
) -> None:
    async with open_stage(database_url, tmp_path, origin, Scene(script="studio")) as stage:
        _, shots = await drawn_story(stage, text)

    for heading, words in told:
        (first,) = [shot for shot in shots if shot.title.startswith(heading)]
        assert first.narration.startswith(words)


async def test_a_model_reads_the_words_alone(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    text = (CASES / "texts" / "html.txt").read_text(encoding="utf-8")
    async with (
        serving(FakeOpenAI()) as service,
        open_stage(database_url, tmp_path, origin, Scene(openai=service)) as stage,
    ):
        await drawn_story(stage, text)

    asked = "".join(str(call.body) for call in service.received if call.route == "/chat")
    assert "The fox ran & jumped over the river." in asked
    assert "<p>" not in asked
    assert "alert(1)" not in asked


async def test_the_user_knows_the_format_better(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    wish = StoryWish(content="A *fox* ran. It was **late**.", text_format=TextFormat.PLAIN)
    async with open_stage(database_url, tmp_path, origin) as stage:
        story, shots = await settle(stage, await create_story(stage.context(), wish))
        again = await require_story(stage.context(), str(story.id))

    assert again.text_format is TextFormat.PLAIN
    assert [shot.narration for shot in shots] == ["A *fox* ran.", "It was **late**."]
