"""`main.py film`: a text in, a playable film out, and a clear end when there is none."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.story_files import read_story
from domain import MAX_CONTENT_LENGTH
from errors import InvalidInputError, SetupError
from orchestration.media.probe import probe_film
from tests.case_files import CASES
from tests.fakes.openai import FakeOpenAI
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.program import (
    DEADLINE_S,
    PROJECT,
    SMALL,
    SMALL_FILMS,
    environment,
    processes_on,
    run_program,
)

STORY = "A fox found a red lantern in the snow. She carried it home through the dark forest."


async def test_two_sentences_become_a_film_that_plays(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "fox.mp4"
    options = ("--shots", "2", "--aspect", "1:1", "--style", "animation", "--title", "The Lantern")

    ended = await run_program("film", "-", "-o", str(film), *options, home=home, text=STORY)

    assert ended.code == 0, ended.errors
    facts = await probe_film(film)
    assert (facts.width, facts.height) == (960, 960)
    assert facts.duration_seconds > 2
    for word in (str(film), "The Lantern", "960x960", "2 shots", "Took"):
        assert word in ended.output
    assert "Picture 1 of 2 drawn" in ended.errors
    assert "Picture 2 of 2 drawn" in ended.errors
    assert "Film 100 %" in ended.errors
    assert "\x1b" not in ended.output + ended.errors
    assert processes_on(home) == []


async def test_letters_that_no_font_has_are_told_before_anything_is_made(
    home: Path, tmp_path: Path
) -> None:
    settings = {
        "AI_STORY_FONTS": str(tmp_path),
        "AI_STORY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    text = "The flag 🇨🇳 was seen. Nobody spoke."

    ended = await run_program(
        "film", "-", "-o", str(tmp_path / "film.mp4"), home=home, settings=settings, text=text
    )

    assert ended.code != 0, "there is no database"
    told = "Warning: No font here can draw the film's emoji made of several signs (🇨🇳)"
    assert ended.errors.startswith(told)


async def test_a_folder_of_fonts_that_is_not_there_is_told(home: Path, tmp_path: Path) -> None:
    ended = await run_program(
        "film", "-", "-o", str(tmp_path / "film.mp4"), home=home,
        settings={"AI_STORY_FONTS": str(tmp_path / "nowhere")}, text=STORY,
    )  # fmt: skip

    assert ended.code == 2
    assert "AI_STORY_FONTS must be a folder" in ended.errors


async def test_who_is_next_in_the_order_makes_the_film(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    async with serving(FakeOpenAI()) as service:
        for route in ("/chat", "/images"):
            service.behave(route, Behaviour(status=402), times=100)
        settings = {
            "AI_STORY_SCRIPT_2_PROVIDER": "studio",
            "AI_STORY_IMAGE_2_PROVIDER": "studio",
            "AI_STORY_IMAGE_2_URL": SMALL,
            "AI_STORY_VIDEO_URL": SMALL,
        }
        for stage, model in (("SCRIPT", "writer-1"), ("IMAGE", "painter-1")):
            settings[f"AI_STORY_{stage}_PROVIDER"] = "openai"
            settings[f"AI_STORY_{stage}_URL"] = service.url
            settings[f"AI_STORY_{stage}_MODEL"] = model
        arguments = ("film", "-", "-o", str(film), "--shots", "1")
        ended = await run_program(*arguments, home=home, settings=settings, text=STORY)

    assert ended.code == 0, ended.errors
    assert film.stat().st_size > 10_000
    assert service.calls["/chat"] == 1


async def test_pictures_are_set_in_motion_and_told(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    async with serving(FakeReplicate()) as service:
        settings = SMALL_FILMS | {
            "AI_STORY_CLIP_PROVIDER": "replicate",
            "AI_STORY_CLIP_URL": service.url,
            "AI_STORY_CLIP_MODEL": "owner/animator",
        }
        ended = await run_program(
            *("film", "-", "-o", str(film), "--shots", "2", "--motion", "clip", "--no-subtitles"),
            home=home,
            settings=settings,
            text=STORY,
        )

    assert ended.code == 0, ended.errors
    assert "Clip 2 of 2 made" in ended.errors
    assert "Clips   2 of 2\n" in ended.output
    assert service.calls["/submit"] == 2


async def test_clips_that_nobody_can_make_are_refused_before_anything_is_made(
    home: Path, tmp_path: Path
) -> None:
    arguments = ("film", "-", "-o", str(tmp_path / "film.mp4"), "--motion", "clip")

    ended = await run_program(*arguments, home=home, text=STORY)

    assert ended.code == 2
    assert "AI_STORY_CLIP_PROVIDER" in ended.errors.splitlines()[-1]


async def test_a_service_that_is_waited_for_is_named(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    async with serving(FakeOpenAI()) as service:
        service.behave("/chat", Behaviour(status=429, headers={"Retry-After": "3"}))
        settings = SMALL_FILMS | {
            "AI_STORY_SCRIPT_PROVIDER": "openai",
            "AI_STORY_SCRIPT_URL": service.url,
            "AI_STORY_SCRIPT_MODEL": "writer-1",
        }
        arguments = ("film", "-", "-o", str(film), "--shots", "1")
        ended = await run_program(*arguments, home=home, settings=settings, text=STORY)

    assert ended.code == 0, ended.errors
    told = "Waiting for the script service 'openai', which limits the rate"
    assert ended.errors.count(told) == 1


async def test_the_summary_tells_what_the_film_lacks(home: Path, tmp_path: Path) -> None:
    async with serving(FakeOpenAI()) as service:
        service.behave("/speech", Behaviour(status=402), times=100)
        settings = SMALL_FILMS | {
            "AI_STORY_VOICE_PROVIDER": "openai",
            "AI_STORY_VOICE_URL": service.url,
            "AI_STORY_VOICE_MODEL": "speaker-1",
        }
        arguments = ("film", "-", "-o", str(tmp_path / "film.mp4"), "--shots", "2")
        ended = await run_program(*arguments, home=home, settings=settings, text=STORY)

    assert ended.code == 0, ended.errors
    assert "Warning The narration is not heard: " in ended.output
    assert "(QUOTA_EXCEEDED)" in ended.output


async def test_a_refused_picture_is_told_and_no_film_is_left(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "fox.mp4"
    settings = {"AI_STORY_IMAGE_URL": f"{SMALL}&fail_shot=2"}
    arguments = ("film", "-", "-o", str(film), "--shots", "3")

    ended = await run_program(*arguments, home=home, settings=settings, text=STORY)

    assert ended.code == 1
    last = ended.errors.splitlines()[-1]
    assert "of 3 failed: The studio refuses this picture (CONTENT_REJECTED)." in last
    assert "Traceback" not in ended.errors
    assert list(tmp_path.iterdir()) == []
    assert processes_on(home) == []


async def test_a_failed_script_is_told(home: Path, tmp_path: Path) -> None:
    settings = {
        "AI_STORY_SCRIPT_URL": "studio://?fail_script=empty",
        "AI_STORY_MAX_ATTEMPTS": "1",
    }
    arguments = ("film", "-", "-o", str(tmp_path / "fox.mp4"))

    ended = await run_program(*arguments, home=home, settings=settings, text=STORY)

    assert ended.code == 1
    assert ended.errors.splitlines()[-1].startswith("The script failed: ")
    assert "(SCRIPT_EMPTY)" in ended.errors


async def test_on_a_terminal_bars_move_and_ctrl_c_cancels(home: Path, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PROJECT / "main.py",
        *("film", "-", "-o", tmp_path / "fox.mp4", "--shots", "2"),
        cwd=home,
        env=environment(
            home, {"TERM": "xterm-256color", "AI_STORY_IMAGE_URL": "studio://?latency=600"}
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    assert process.stdin is not None
    process.stdin.write(STORY.encode())
    process.stdin.close()

    shown = await read_until(screen, "0 of 2")
    process.send_signal(signal.SIGINT)
    shown += await read_until(screen, "Canceled")
    async with asyncio.timeout(DEADLINE_S):
        output, _ = await process.communicate()
    os.close(screen)

    assert "Starting" in shown
    assert "━" in shown
    assert process.returncode == 130
    assert output == b""
    assert list(tmp_path.iterdir()) == []
    assert processes_on(home) == []


async def read_until(screen: int, words: str) -> str:
    """What a terminal shows, up to the words."""
    shown = ""
    async with asyncio.timeout(DEADLINE_S):
        while words not in shown:
            shown += (await asyncio.to_thread(os.read, screen, 65_536)).decode(errors="replace")
    return shown


async def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    used_home: Path, tmp_path: Path
) -> None:
    absent, folder = tmp_path / "absent" / "fox.mp4", tmp_path

    refused = await run_program("film", "-", "-o", str(absent), home=used_home, text=STORY)
    is_folder = await run_program("film", "-", "-o", str(folder), home=used_home, text=STORY)

    assert (refused.code, is_folder.code) == (2, 2)
    assert "does not exist" in refused.errors
    assert "is a folder" in is_folder.errors


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \n", "empty"),
        ("孔乙己".encode("gb18030"), "ambiguous .GB18030 or EUC-KR .*--encoding"),
        (b"%PDF-1.7\n", "The file is a PDF. Save it as plain text"),
        ("狐狸".encode()[:-1], "ends within a"),
        ("A fox \ufffd".encode(), "U\\+FFFD"),
        (b"x" * 5 * MAX_CONTENT_LENGTH, "Shorten it"),
        (None, "No such file"),
    ],
)
def test_a_story_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "story.txt"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises((SetupError, InvalidInputError), match=reason):
        read_story(str(file))


def test_a_mark_of_utf_8_is_no_part_of_the_story(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_bytes(b"\xef\xbb\xbf" + STORY.encode())

    assert read_story(str(file)).text == STORY


def test_a_story_whose_encoding_is_not_certain_is_read_in_the_one_that_is_named(
    tmp_path: Path,
) -> None:
    file = tmp_path / "story.txt"
    file.write_bytes("孔乙己".encode("gb18030"))

    assert read_story(str(file), encoding="gbk").text == "孔乙己"
    with pytest.raises(InvalidInputError, match="not valid UTF-8"):
        read_story(str(file), encoding="utf-8")


async def test_a_film_of_a_text_in_gbk_says_how_it_was_read(home: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    arguments = ("film", str(CASES / "gbk.txt"), "-o", str(film), "--shots", "1")

    ended = await run_program(*arguments, home=home, settings=SMALL_FILMS)

    assert ended.code == 0, ended.errors
    assert "The story was read as GB18030. Use --encoding to choose another." in ended.errors
    assert "Text    read as GB18030\n" in ended.output
    assert "渔火" in ended.output
