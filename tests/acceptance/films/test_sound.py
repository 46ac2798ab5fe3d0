"""The sound of a film: music by mood, voices above it, and its loudness."""

import itertools
import json
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from domain import Transition
from errors import CompositionError
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import VOICE_STARTS_S, Film, FilmShot
from orchestration.media.sound.loudness import LoudnessMeter
from orchestration.media.sound.mixing import SoundPlan, StretchPlan, VoicePlan, plan_stretches
from orchestration.media.sound.soundtrack import bed_gain, bed_of
from studio.moods import Mood
from studio.music.score import play
from tests.films import (
    ROOT,
    SAMPLE_RATE_HZ,
    SIZE,
    decode,
    everything_in,
    ignore_progress,
    loudness_of,
    paint,
    sound_of,
)

TONE_HZ = 1_000
VOICE_RATE_HZ = 22_050


def speak(path: Path, *, seconds: float, level: float = 0.3) -> Path:
    """A voice of one tone in syllables, so that it can be told from the music."""
    times = np.arange(round(seconds * VOICE_RATE_HZ)) / VOICE_RATE_HZ
    syllables = np.sin(np.pi * 3 * times) ** 2
    samples = (level * 32767 * syllables * np.sin(2 * np.pi * TONE_HZ * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, VOICE_RATE_HZ, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def film_of(folder: Path, *voices: Path | None, seconds: float) -> Film:
    picture = paint(folder / "picture.png", (90, 90, 90))
    shot = FilmShot(
        image=picture, narration="", transition=Transition.CUT, duration_seconds=seconds
    )
    return Film(title="", shots=tuple(replace(shot, voice=voice) for voice in voices), size=SIZE)


def plan_of(*moods: Mood, seconds: float = 24.0, title: str = "A title") -> SoundPlan:
    share_s = seconds / len(moods)
    stretches = tuple(StretchPlan(mood.value, at * share_s) for at, mood in enumerate(moods))
    return SoundPlan(title, seconds, stretches, (), ())


def render(plan: SoundPlan) -> NDArray[np.float32]:
    return np.concatenate(list(bed_of(plan)), axis=1)


def loudness(sound: NDArray[np.float32]) -> float:
    meter = LoudnessMeter()
    meter.hear(sound)
    measured = meter.integrated()
    assert measured is not None
    return measured


def power_around(sound: NDArray[np.float32], hz: float) -> tuple[float, float]:
    """The power within 60 Hz of a tone, and that of everything else."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ) - hz) < 60
    return float(spectrum[near].sum()), float(spectrum[~near].sum())


@pytest.mark.parametrize("seconds", [0.8, 4.0, 40.0])
@pytest.mark.parametrize("is_voiced", [True, False], ids=["voice", "music alone"])
async def test_every_film_is_equally_loud_and_never_clips(
    tmp_path: Path, seconds: float, is_voiced: bool
) -> None:
    voice = speak(tmp_path / "voice.wav", seconds=seconds) if is_voiced else None

    film = film_of(tmp_path, voice, seconds=seconds)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    integrated, peak = loudness_of(composed.path)
    assert integrated == pytest.approx(-18.0, abs=1.5)
    assert peak < -1.0


async def test_the_voice_stands_clear_above_the_music_which_fills_the_pauses(
    tmp_path: Path,
) -> None:
    voice = speak(tmp_path / "voice.wav", seconds=3.0)

    film = film_of(tmp_path, voice, None, voice, seconds=5.0)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    sound = sound_of(composed.path)
    for shot in (0, 2):
        at = round((5.0 * shot + VOICE_STARTS_S) * SAMPLE_RATE_HZ)
        tone, music = power_around(sound[at : at + 3 * SAMPLE_RATE_HZ], TONE_HZ)
        assert tone > 10 * music
        assert power_around(sound[at - 9_600 : at - 480], TONE_HZ)[0] < tone / 1_000
    pieces = sound[SAMPLE_RATE_HZ // 2 : -SAMPLE_RATE_HZ].reshape(-1, SAMPLE_RATE_HZ // 4)
    assert float(np.sqrt((pieces**2).mean(axis=1)).min()) > 0.004
    silence, _ = power_around(sound[6 * SAMPLE_RATE_HZ : 9 * SAMPLE_RATE_HZ], TONE_HZ)
    assert silence < tone / 100


async def test_a_voice_may_come_in_any_format_and_is_cut_where_its_shot_ends(
    tmp_path: Path,
) -> None:
    voice = speak(tmp_path / "voice.wav", seconds=4.0)
    packed = tmp_path / "it's a voice; 1.mp3"
    packed.write_bytes(decode(["-i", str(voice), "-ar", "44100", "-ac", "2", "-f", "mp3"]))

    film = film_of(tmp_path, packed, None, seconds=2.0)
    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    sound = sound_of(composed.path)
    spoken, _ = power_around(sound[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ - 4_800], TONE_HZ)
    after, _ = power_around(sound[2 * SAMPLE_RATE_HZ + 4_800 : 3 * SAMPLE_RATE_HZ], TONE_HZ)
    assert spoken > 30 * after


async def test_a_voice_that_is_no_sound_names_its_shot_and_leaves_nothing(tmp_path: Path) -> None:
    film = film_of(tmp_path, speak(tmp_path / "voice.wav", seconds=1.0), None, seconds=2.0)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"<html>502</html>")
    film = replace(film, shots=(film.shots[0], replace(film.shots[1], voice=broken)))
    before = everything_in(tmp_path)

    with pytest.raises(CompositionError, match="Shot 2"):
        await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    assert everything_in(tmp_path) == before


async def test_the_sound_begins_and_ends_softly_without_clicks(tmp_path: Path) -> None:
    film = film_of(tmp_path, None, seconds=4.0)

    composed = await compose(film, tmp_path / "film.mp4", report=ignore_progress)

    sound = sound_of(composed.path)
    assert float(np.abs(sound[:200]).max()) < 0.01
    assert float(np.abs(sound[-200:]).max()) < 0.01
    assert float(np.abs(np.diff(sound)).max()) < 0.15


def test_the_music_of_each_mood_is_another_one_and_equally_loud() -> None:
    beds = {mood: render(plan_of(mood)) for mood in Mood}

    levels = [loudness(bed) for bed in beds.values()]
    assert max(levels) - min(levels) < 3.0
    for one, other in itertools.combinations(beds.values(), 2):
        assert abs(np.corrcoef(one[0], other[0])[0, 1]) < 0.6


def test_the_music_follows_from_title_and_mood_alone() -> None:
    plan = plan_of(Mood.CALM, seconds=6.0)

    assert np.array_equal(render(plan), render(plan))
    assert not np.array_equal(render(plan), render(replace(plan, title="Another title")))


@pytest.mark.parametrize("mood", list(Mood))
def test_all_moods_keep_to_the_seven_tones_of_the_titles_key(mood: Mood) -> None:
    moods = (Mood.CALM, mood)

    tones = [
        {note.pitch % 12 for note in play(one, "A title", seconds=60.0, is_last=True)}
        for one in moods
    ]

    assert len(tones[0] | tones[1]) <= 7


def test_a_change_of_mood_is_a_crossfade() -> None:
    plan = plan_of(Mood.JOYFUL, Mood.SAD, seconds=40.0)

    bed = render(plan)

    joyful, sad = (render(plan_of(mood, seconds=40.0)) for mood in (Mood.JOYFUL, Mood.SAD))
    before, after = 17 * SAMPLE_RATE_HZ, 22 * SAMPLE_RATE_HZ
    assert np.allclose(bed[:, :before], joyful[:, :before], atol=1e-4)
    assert not np.allclose(bed[:, after:], sad[:, after:], atol=1e-2)
    pieces = bed[0].reshape(-1, SAMPLE_RATE_HZ // 2)
    levels = np.sqrt((pieces**2).mean(axis=1))
    assert levels[36:44].min() > 0.25 * np.median(levels)


def test_a_mood_that_is_soon_over_does_not_change_the_music() -> None:
    moods = [(Mood.CALM, 12.0), (Mood.TENSE, 3.0), (Mood.CALM, 5.0), (Mood.SAD, 6.0)]

    assert plan_stretches(moods) == (StretchPlan("calm", 0.0),)
    assert plan_stretches([*moods, (Mood.SAD, 6.0)])[1:] == (StretchPlan("sad", 20.0),)


def test_the_music_steps_back_for_a_voice_and_further_in_a_volume_mix() -> None:
    voices = (VoicePlan("a", 5.0, 4.0, False), VoicePlan("b", 15.0, 4.0, True))
    plan = replace(plan_of(Mood.CALM, seconds=30.0), voices=voices, dips_s=(25.0,))

    gain = bed_gain(plan, 0, 30 * SAMPLE_RATE_HZ)

    pause, spoken, strong, dip = (
        20 * np.log10(gain[round(at_s * SAMPLE_RATE_HZ)]) for at_s in (12.0, 7.0, 17.0, 25.0)
    )
    assert pause - spoken == pytest.approx(10.0, abs=0.1)
    assert pause - strong == pytest.approx(17.0, abs=0.1)
    assert pause - dip == pytest.approx(12.0, abs=0.1)
    assert gain[0] == 0.0
    assert gain[-1] < 0.001
    assert float(np.abs(np.diff(gain)).max()) < 1e-4


def test_the_meter_agrees_with_the_standard_and_calls_silence_nothing() -> None:
    times = np.arange(5 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = (0.1 * np.sin(2 * np.pi * 997 * times)).astype(np.float32)

    # BS.1770: a full-scale 997 Hz tone in one channel reads -3.01.
    assert loudness(tone[None]) == pytest.approx(-23.01, abs=0.05)
    assert loudness(np.stack((tone, tone))) == pytest.approx(-20.0, abs=0.05)
    silent = LoudnessMeter()
    silent.hear(np.zeros((2, 9_999), np.float32))
    assert silent.integrated() is None


@pytest.mark.parametrize("mood", [Mood.CALM, Mood.TENSE])
def test_the_meter_agrees_with_that_of_ffmpeg_on_music(tmp_path: Path, mood: Mood) -> None:
    bed = render(plan_of(mood))

    path = tmp_path / "bed.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE_HZ, bed.shape[1], "NONE", ""))
        file.writeframes(np.rint(bed.clip(-1, 1) * 32767).astype("<i2").T.tobytes())

    # Which tells a tenth.
    assert loudness(bed) == pytest.approx(loudness_of(path)[0], abs=0.07)


def test_the_server_never_imports_numpy_to_compose() -> None:
    program = (
        "import sys, json, orchestration.media.composing.compose; "
        "print(json.dumps('numpy' in sys.modules))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True
    )

    assert json.loads(answer.stdout) is False
