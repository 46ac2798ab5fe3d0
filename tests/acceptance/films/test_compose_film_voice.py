"""Films with and without a voice: a shot lasts as long as its voice, and the summary says so."""

import asyncio
import site
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from cli.film import describe_voice
from db.rows import ShotRow, StoryRow
from domain import MAX_SHOT_SECONDS, ServiceKind
from orchestration.films.composition import compose_film
from orchestration.films.pace import (
    estimated_seconds,
    read_seconds,
    spoken_seconds,
    wished_seconds,
)
from orchestration.films.parts import FilmInputs
from orchestration.media.lettering.cards import END_SECONDS, TITLE_SECONDS
from orchestration.media.probe import probe_film
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.ports import SpeechRequest, VoiceProvider
from orchestration.providers.registry import Providers
from orchestration.providers.studio import StudioVoiceProvider
from orchestration.work.landing import Claim
from resolvers.shots import ShotEdit, update_shot
from studio.voice import Voice
from tests.asking import product_of
from tests.journeys import drawn_story
from tests.program import PROJECT, SMALL_FILMS, environment, run_program
from tests.stage import Stage
from tests.works import claimed

STORY = "The fox ran home. The lamp was lit. Everybody slept."
AROUND_VOICE_S = 1.2
TOLERANCE_S = 0.1


@pytest.fixture
def voice() -> StudioVoiceProvider:
    found = StudioVoiceProvider.find()
    if found is None:
        pytest.skip("espeakng-loader is not installed (the extra `voice`)")
    return found


async def seconds_of_shots(
    stage: Stage, story: StoryRow, folder: Path, *, voice: VoiceProvider | None
) -> float:
    """How long all shots of the story's film play together, by what its packets say."""
    line_up = replace(stage.production.line_up, voices=() if voice is None else (voice,))
    production = replace(stage.production, line_up=line_up)
    work = claimed(ServiceKind.VIDEO, id_=uuid4(), story_id=story.id, subject_id=uuid4())
    claim = Claim(work, FilmInputs(burn_subtitles=True))
    film = await compose_film(production, claim, folder, report=no_report)
    return (await probe_film(film.path)).duration_seconds - TITLE_SECONDS - END_SECONDS


async def no_report(_progress: float) -> None:
    """No progress is watched."""


async def voice_seconds(voice: VoiceProvider, shot: ShotRow) -> float:
    request = SpeechRequest(text=shot.narration, language="en")
    speech = await product_of(voice, request)
    assert speech is not None
    assert speech.duration_seconds is not None
    return speech.duration_seconds


async def test_the_length_of_a_shot_follows_its_voice_and_a_longer_wish(
    stage: Stage, tmp_path: Path, voice: StudioVoiceProvider
) -> None:
    story, (followed, wished, silent) = await drawn_story(stage, STORY)
    wish = ShotEdit(duration_seconds=wished.duration_seconds)  # the estimate, and yet a wish
    await update_shot(stage.context(), str(wished.id), wish)
    silence = ShotEdit(narration="🦊 … 🏮", duration_seconds=1.5)
    await update_shot(stage.context(), str(silent.id), silence)
    assert followed.duration_seconds == estimated_seconds(followed.narration, story.language)

    seconds = await seconds_of_shots(stage, story, tmp_path, voice=voice)

    needed = await voice_seconds(voice, followed) + AROUND_VOICE_S
    assert abs(needed - followed.duration_seconds) > TOLERANCE_S
    assert await voice_seconds(voice, wished) + AROUND_VOICE_S < wished.duration_seconds - 0.3
    expected = needed + wished.duration_seconds + 1.5
    assert seconds == pytest.approx(expected, abs=TOLERANCE_S)


async def test_a_voice_that_fails_fails_no_film(stage: Stage, tmp_path: Path) -> None:
    story, shots = await drawn_story(stage, "Everybody slept.")
    without_library = StudioVoiceProvider(Voice(tmp_path))

    seconds = await seconds_of_shots(stage, story, tmp_path, voice=without_library)

    assert seconds == pytest.approx(shots[0].duration_seconds, abs=TOLERANCE_S)


async def test_a_shot_that_nobody_speaks_is_long_enough_to_be_read(
    stage: Stage, tmp_path: Path
) -> None:
    story, (followed, wished, old) = await drawn_story(stage, STORY)
    words = "The fox ran home through the long white night. " * 10
    edits = {
        followed: ShotEdit(narration=words),
        wished: ShotEdit(narration=words, duration_seconds=1.0),
        old: ShotEdit(narration=words, duration_seconds=50.0),
    }
    for shot, edit in edits.items():
        await update_shot(stage.context(), str(shot.id), edit)
    reading = estimated_seconds(words, "en")
    assert reading > 39

    seconds = await seconds_of_shots(stage, story, tmp_path, voice=None)

    assert seconds == pytest.approx(reading + reading / 1.6 + 50.0, abs=TOLERANCE_S)


def test_a_wish_is_kept_within_bounds_and_never_cuts_words_off() -> None:
    words = "word " * 400
    assert wished_seconds(5, words, "en") == pytest.approx(estimated_seconds(words, "en") / 1.6)
    assert read_seconds(20.0, words, "en", is_wished=False) == estimated_seconds(words, "en")
    assert read_seconds(3.0, "Hi.", "en", is_wished=True) == 3.0
    assert wished_seconds(900, "Hi.", "en") == MAX_SHOT_SECONDS
    assert wished_seconds(None, "Hi.", "en") == estimated_seconds("Hi.", "en")
    assert spoken_seconds(3.0, 9.0, is_wished=True) == 9.0 + AROUND_VOICE_S
    assert spoken_seconds(30.0, 9.0, is_wished=True) == 30.0
    assert spoken_seconds(30.0, 9.0, is_wished=False) == 9.0 + AROUND_VOICE_S
    assert spoken_seconds(3.0, 90.0, is_wished=False) > MAX_SHOT_SECONDS


@pytest.mark.parametrize(
    ("is_installed", "words"),
    [
        (True, "Voice   espeak-ng, a preview voice"),
        (False, "Voice   none (espeakng-loader is not installed; run scripts/setup)"),
    ],
)
async def test_the_summary_of_a_film_says_who_speaks(
    home: Path,
    tmp_path: Path,
    is_installed: bool,
    words: str,
    request: pytest.FixtureRequest,
) -> None:
    settings = dict(SMALL_FILMS)
    command = [sys.executable]
    if is_installed:
        request.getfixturevalue("voice")
    else:
        command.append("-S")
        settings["PYTHONPATH"] = str(packages_without_voice(tmp_path))
    film = tmp_path / "fox.mp4"

    ended = await run_command(
        [*command, str(PROJECT / "main.py"), "film", "-", "-o", str(film), "--shots", "1"],
        home=home,
        settings=settings,
    )

    assert ended.returncode == 0, ended.stderr
    assert words in ended.stdout
    assert (await probe_film(film)).duration_seconds > 1


async def test_the_voice_can_be_switched_off() -> None:
    nobody = ProviderChoice(kind=ServiceKind.VOICE, name="none", timeout_s=5, concurrency=1)
    async with Providers([nobody]) as providers:
        told = describe_voice(providers.line_up.voice, choice="none")

    assert told == "none (AI_STORY_VOICE_PROVIDER=none)"


def packages_without_voice(folder: Path) -> Path:
    """The installed packages but the one: links to them in a folder of the test's own."""
    packages = folder / "packages"
    packages.mkdir()
    for place in site.getsitepackages():
        for package in Path(place).iterdir():
            if not package.name.startswith("espeakng_loader"):
                (packages / package.name).symlink_to(package)
    return packages


async def run_command(
    command: list[str], *, home: Path, settings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        command,
        input="A fox found a lantern.",
        cwd=home,
        env=environment(home, settings),
        capture_output=True,
        text=True,
        timeout=120,
    )


async def test_an_unknown_voice_is_refused_in_a_sentence(home: Path) -> None:
    ended = await run_program(
        "film", "-", home=home, settings={"AI_STORY_VOICE_PROVIDER": "debian"}, text="A fox."
    )

    assert ended.code == 2
    last = ended.errors.splitlines()[-1]
    assert last == "AI_STORY_VOICE_PROVIDER is 'debian'. Choose one of studio, openai, none."
