"""The warnings of a finished film are stored on its row, and reach readers and subscribers."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain import Status, WarningCode
from orchestration.films.speaking import Silence, speak_narrations
from orchestration.films.warnings import describe_missing
from orchestration.providers.studio import StudioVoiceProvider
from resolvers.shots import ShotEdit, regenerate_shot, update_shot
from resolvers.videos import generate_video
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.graphql_client import ask, serving_stage
from tests.journeys import drawn_story, follow_until, rendered_video, settle
from tests.stage import Scene, Stage, hurried, open_stage

STORY = "The fox ran home. Everybody slept."
NO_CREDIT = Behaviour(status=402, body=b"{}")
READ = """query($id: ID!) { story(id: $id) { video {
    status warnings { code message shotPositions } } } }"""


@pytest.fixture
async def speaker() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as service:
        yield service


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, origin: FakeOrigin, speaker: FakeOpenAI
) -> AsyncIterator[Stage]:
    scene = Scene(speakers=(speaker,), patience=hurried(max_attempts=2))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        yield stage


async def test_a_film_without_its_narration_says_so_until_it_is_rendered_again(
    stage: Stage, speaker: FakeOpenAI
) -> None:
    speaker.behave("/speech", NO_CREDIT, times=2)
    story, shots = await drawn_story(stage, STORY)

    silent = await rendered_video(stage, story)
    async with serving_stage(stage) as url:
        shown = (await ask(url, READ, {"id": str(story.id)}))["story"]["video"]
    again = await generate_video(stage.context(), str(story.id))
    changes = await follow_until(
        stage,
        story.id,
        lambda change: bool(change.video and change.video.status is Status.COMPLETED),
    )

    assert silent.status is Status.COMPLETED
    [warning] = silent.warnings
    assert warning.code == WarningCode.NARRATION_LOST
    assert warning.shot_positions == tuple(shot.position for shot in shots) == (1, 2)
    assert warning.message.startswith("The narration is not heard: ")
    assert "(QUOTA_EXCEEDED)" in warning.message
    told = {"code": warning.code, "message": warning.message, "shotPositions": [1, 2]}
    assert shown == {"status": "COMPLETED", "warnings": [told]}
    assert again.warnings == ()
    assert changes[-1].video is not None
    assert changes[-1].video.warnings == ()


async def test_a_film_shows_a_dark_frame_for_a_picture_that_is_gone_until_it_is_drawn_again(
    stage: Stage,
) -> None:
    story, (_, second, _) = await drawn_story(stage, f"{STORY} The lamp was lit.")
    await stage.production.store.delete([second.image_key or ""])

    film = await rendered_video(stage, story)
    await regenerate_shot(stage.context(), str(second.id))
    await settle(stage, story)
    mended = await rendered_video(stage, story)

    assert film.status is Status.COMPLETED
    [warning] = film.warnings
    assert (warning.code, warning.shot_positions) == (WarningCode.MEDIA_MISSING, (2,))
    assert "shot 2" in warning.message
    assert mended.status is Status.COMPLETED
    assert mended.warnings == ()


async def test_a_service_is_not_asked_for_a_film_whose_picture_is_gone(
    filming_stage: Stage, origin: FakeOrigin
) -> None:
    story, (_, second) = await drawn_story(filming_stage, STORY)
    await filming_stage.production.store.delete([second.image_key or ""])

    film = await rendered_video(filming_stage, story)

    assert film.failure is not None
    assert film.failure.code == "MEDIA_MISSING"
    assert "shot 2" in film.failure.message
    assert origin.calls["/video"] == 0


async def test_a_warning_names_the_shots_that_are_silent(stage: Stage, speaker: FakeOpenAI) -> None:
    story, (_, second, _) = await drawn_story(stage, f"{STORY} The lamp was lit.")
    await update_shot(stage.context(), str(second.id), ShotEdit(narration="🦊 … 🏮"))
    speaker.behave("/speech", Behaviour(status=400), times=1)

    film = await rendered_video(stage, story)
    changes = await follow_until(stage, story.id, lambda change: change.video is not None)

    [warning] = film.warnings
    assert len(warning.shot_positions) == 1
    assert warning.shot_positions[0] != second.position, "it has no words"
    assert f"of shot {warning.shot_positions[0]} is not heard" in warning.message
    assert changes[-1].video is not None
    assert changes[-1].video.warnings == film.warnings, "the snapshot tells it too"


async def test_a_language_that_the_voice_does_not_speak_is_told(
    stage: Stage, tmp_path: Path
) -> None:
    voice = StudioVoiceProvider.find()
    if voice is None:
        pytest.skip("espeakng-loader is not installed (the extra `voice`)")
    story, (shot, *_) = await drawn_story(stage, STORY)
    line_up = dataclasses.replace(stage.production.line_up, voices=(voice,))
    production = dataclasses.replace(stage.production, line_up=line_up)
    lao = dataclasses.replace(shot, narration="ພາສາລາວ ແມ່ນງາມ")
    wordless = dataclasses.replace(shot, position=2, narration="🦊 … 🏮")

    found = await speak_narrations(production, story, [lao, wordless], tmp_path, is_last_try=False)

    assert found == [
        Silence("VOICE_LACKS_LANGUAGE", "The voice does not speak this language."),
        None,
    ]


async def test_letters_that_no_font_has_are_told_with_their_shots(stage: Stage) -> None:
    story, (_, second) = await drawn_story(stage, STORY)
    await update_shot(stage.context(), str(second.id), ShotEdit(narration="The flag 🇨🇳 was seen."))

    burned = await rendered_video(stage, story, burn_subtitles=True)
    plain = await rendered_video(stage, story)

    assert [(one.code, one.shot_positions) for one in burned.warnings] == [
        (WarningCode.MISSING_GLYPHS, (2,))
    ]
    assert "🇨🇳" in burned.warnings[0].message
    assert plain.warnings == ()


@pytest.mark.parametrize(
    ("undrawn", "sentence"),
    [
        ("กमी", "the film's Devanagari and Thai (म ก ी): they are left out of its picture"),
        ("กम", "Noto Sans Devanagari (fonts-noto-core) and Noto Sans Thai (fonts-noto-core), or"),
        ("𠺢", "Install Noto Sans CJK (fonts-noto-cjk), or"),
        ("🎉", "the film's symbols and emoji (🎉)"),
        (
            "🎉",
            "Install Symbola (fonts-symbola), or put such fonts into the folder of AI_STORY_FONTS",
        ),
    ],
)
def test_the_fonts_to_install_are_named(undrawn: str, sentence: str) -> None:
    assert sentence in describe_missing(frozenset(undrawn))


def test_no_font_is_named_for_emoji_that_none_can_draw() -> None:
    told = describe_missing({"🇨🇳"})

    assert "emoji made of several signs (🇨🇳)" in told
    assert "Install" not in told


async def test_a_film_with_everything_has_no_warnings(stage: Stage) -> None:
    story, _ = await drawn_story(stage, STORY)

    film = await rendered_video(stage, story)

    assert film.warnings == ()
