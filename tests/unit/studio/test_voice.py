"""The built-in voice: what it pronounces, how it sounds, and what it makes of hostile texts."""

import array
import asyncio
import io
import json
import math
import re
import subprocess
import sys
import wave
from pathlib import Path

import psutil
import pytest

from errors import ProcessKilledError, ProviderTimeoutError, ProviderUnavailableError
from studio.voice import Spoken, Voice
from studio.voice_helper import MAX_SPEECH_SECONDS

ROOT = Path(__file__).parents[3]
HELPER = ROOT / "studio" / "voice_helper.py"
DEADLINE_S = 20.0
SPELLED = "(en)"
SENTENCE = "鲁镇的酒店的格局，是和别处不同的：都是当街一个曲尺形的大柜台。"

ENGLISH = (
    "The hare was once boasting of her speed before the other animals. "
    '"I have never yet been beaten," said she.'
)


@pytest.fixture
def voice() -> Voice:
    return installed_voice()


def installed_voice() -> Voice:
    found = Voice.find()
    if found is None:
        pytest.skip("espeakng-loader is not installed (the extra `voice`)")
    return found


async def say(voice: Voice, text: str, language: str | None) -> Spoken | None:
    return await voice.speak(text, language=language)


async def sound_of(voice: Voice, text: str, language: str | None) -> Spoken:
    speech = await say(voice, text, language)
    assert speech is not None
    return speech


def samples_of(speech: Spoken) -> "array.array[int]":
    with wave.open(io.BytesIO(speech.content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 22_050)
        return array.array("h", sound.readframes(sound.getnframes()))


def pronounced(text: str, language: str | None) -> list[str]:
    """The phonemes of each run, in espeak's own letters."""
    package = installed_voice().package
    question = json.dumps({"text": text, "language": language, "phonemes": True})
    ended = subprocess.run(
        [sys.executable, "-I", "-S", HELPER, package],
        input=question.encode(),
        capture_output=True,
        check=True,
    )
    return json.loads(ended.stdout)


def test_mandarin_is_read_as_syllables_with_tones_and_never_spelled() -> None:
    (phonemes,) = pronounced("你好", "zh")

    assert re.fullmatch(r"n'?i\d+\S*X'Au214_\|", phonemes)
    assert pronounced(SENTENCE, None) == pronounced(SENTENCE, "zh-Hans-CN")
    assert SPELLED not in "".join(pronounced(SENTENCE, "zh"))


@pytest.mark.parametrize(
    ("text", "syllable"),
    [
        ("狗熊", "S;j'ong35"),
        ("弟兄们", "S;j'ong55"),
        ("穷人", "tS;hj'ong35"),
        ("窘", "tS;j'ong214"),
        ("花儿", "'@r35"),
        ("一会儿", "'@r35"),
        ("兒子", "'@r35"),
    ],
)
def test_syllables_that_espeak_itself_spells_in_english_are_mended(
    text: str, syllable: str
) -> None:
    (phonemes,) = pronounced(text, "zh")

    assert syllable in phonemes
    assert SPELLED not in phonemes


def test_no_common_chinese_character_is_spelled() -> None:
    """Every character of GB2312, in words of ten as they stand in the table."""
    rows = range(0xB0, 0xF8)
    cells = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    characters = [found for pair in cells if (found := pair.decode("gb2312", "ignore"))]
    assert len(characters) == 6_763

    (phonemes,) = pronounced("，".join(characters), "zh")

    assert SPELLED not in phonemes
    assert len(re.findall(r"\d+", phonemes)) >= len(characters)


def test_chinese_in_english_and_english_in_chinese_have_each_their_voice() -> None:
    assert pronounced("The clerk met 孔乙己 there.", "en") == [
        *pronounced("The clerk met", "en"),
        *pronounced("孔乙己", "zh"),
        *pronounced("there.", "en"),
    ]
    assert pronounced("他说hello world。", "zh") == [
        *pronounced("他说", "zh"),
        *pronounced("hello world。", "en"),
    ]


def test_english_is_american_unless_it_is_british() -> None:
    assert pronounced("tortoise car", None) == pronounced("tortoise car", "en-US")
    assert pronounced("tortoise car", "en-GB") != pronounced("tortoise car", "en-US")


@pytest.mark.parametrize(
    ("text", "language"),
    [("Привет, мир", "ru"), ("Bonjour le monde", "fr-CA"), ("مرحبا بالعالم", "ar"), ("안녕", None)],
)
async def test_other_languages_are_spoken_too(
    voice: Voice, text: str, language: str | None
) -> None:
    assert (await sound_of(voice, text, language)).seconds > 0.3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("😀 🎉", "en"),
        ("\x00\ud800\u202e", None),
        ("… —— 《》 !?", "zh"),
        ("𠮷", "zh"),
        ("hello", "tlh"),
        ("hello", "../../etc/passwd"),
        ("日本語です", "ja"),
    ],
)
async def test_what_cannot_be_spoken_is_no_failure(
    voice: Voice, text: str, language: str | None
) -> None:
    assert await say(voice, text, language) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The\x00 fox\ud800 ran.\u202e", "The fox ran."),
        ("The fox 🦊 ran. [[k'at]]", "The fox ran. k'at"),
        ("ＴＨＥ fox", "THE fox"),
        ("他走了,不见了.", "他走了，不见了。"),
    ],
)
def test_what_has_no_sound_is_left_out(text: str, plain: str) -> None:
    assert pronounced(text, None) == pronounced(plain, None)


async def test_a_giant_text_is_left_off_in_time(voice: Voice) -> None:
    speech = await sound_of(voice, SENTENCE * 400, "zh")

    assert MAX_SPEECH_SECONDS - 10 < speech.seconds <= MAX_SPEECH_SECONDS


async def test_the_pace_is_that_of_a_narrator(voice: Voice) -> None:
    chinese = await sound_of(voice, SENTENCE, "zh")
    english = await sound_of(voice, ENGLISH, "en")

    assert 0.2 < chinese.seconds / len(re.findall(r"\w", SENTENCE)) < 0.3
    assert 130 < 60 * len(ENGLISH.split()) / english.seconds < 180


@pytest.mark.parametrize(
    ("text", "language"), [(SENTENCE, "zh"), ("The tortoise never stopped for a moment.", "en")]
)
async def test_it_speaks_at_an_even_level_without_clipping_or_silence_around_it(
    voice: Voice, text: str, language: str
) -> None:
    samples = samples_of(await sound_of(voice, text, language))

    level_db = 20 * math.log10(math.sqrt(sum(s * s for s in samples) / len(samples)) / 32_768)
    edge = round(0.06 * 22_050)
    assert -24 < level_db < -18
    assert max(map(abs, samples)) < 28_500
    assert max(map(abs, samples[:edge])) > 300
    assert max(map(abs, samples[-edge:])) > 300


async def test_the_same_text_sounds_the_same_however_many_speak(voice: Voice) -> None:
    spoken = await asyncio.gather(*(sound_of(voice, SENTENCE, "zh") for _ in range(4)))

    assert len({speech.content for speech in spoken}) == 1


async def test_canceling_ends_the_helper(voice: Voice) -> None:
    call = asyncio.create_task(say(voice, SENTENCE * 2_000, "zh"))
    helper = await started_helper()

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert not psutil.pid_exists(helper.pid)


async def test_a_helper_that_is_too_slow_is_ended() -> None:
    voice = Voice(installed_voice().package, deadline_s=0.001)

    with pytest.raises(ProviderTimeoutError):
        await say(voice, SENTENCE, "zh")

    assert helpers() == []


async def test_a_helper_that_is_killed_fails_this_text_alone(voice: Voice) -> None:
    call = asyncio.create_task(say(voice, SENTENCE * 2_000, "zh"))
    (await started_helper()).kill()

    with pytest.raises(ProcessKilledError, match="The voice was killed"):
        await call

    assert await say(voice, "again", "en") is not None


async def test_a_package_without_its_library_is_an_error_of_the_voice(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailableError, match="The voice failed: OSError"):
        await say(Voice(tmp_path), "hello", "en")


def test_asking_for_the_voice_loads_nothing() -> None:
    code = (
        "import sys; from studio.voice import Voice;"
        "Voice.find(); sys.exit('espeakng_loader' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def helpers() -> list[psutil.Process]:
    """The helper processes that we started."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and str(HELPER) in child.cmdline()
    ]


async def started_helper() -> psutil.Process:
    async with asyncio.timeout(DEADLINE_S):
        while not (found := helpers()):
            await asyncio.sleep(0.001)
    return found[0]
