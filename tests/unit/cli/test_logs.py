"""Log lines: JSON or readable, with the ids at hand, without secrets."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from cli.logs import configure_logs
from settings import LogFormat

Read = Callable[[], str]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Read]:
    """What stands on standard error; whatever is configured is undone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield lambda: capsys.readouterr().err
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def parsed(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def test_a_line_is_json_with_the_ids_bound_to_it(logged: Read) -> None:
    configure_logs(level="info", log_format=LogFormat.AUTO)

    with structlog.contextvars.bound_contextvars(story_id="s-1"):
        structlog.get_logger().info("script written", shots=8)
        logging.getLogger("library").warning("slow by %d s", 3)

    ours, theirs = parsed(logged())
    assert (ours["event"], ours["story_id"], ours["shots"]) == ("script written", "s-1", 8)
    assert (theirs["event"], theirs["story_id"]) == ("slow by 3 s", "s-1")
    assert theirs["logger"] == "library"
    assert ours["timestamp"].endswith("Z")


def test_a_line_for_people_is_plain_and_short(logged: Read) -> None:
    configure_logs(level="info", log_format=LogFormat.CONSOLE)

    structlog.get_logger().info("worker stopped", jobs=2)

    (line,) = logged().splitlines()
    assert "worker stopped" in line
    assert "jobs=2" in line
    assert "\x1b" not in line


def test_the_level_holds_for_libraries_too(logged: Read) -> None:
    configure_logs(level="warning", log_format=LogFormat.JSON)

    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    logging.getLogger("pgqueuer").info("Retry requested")
    structlog.get_logger().warning("loud")

    assert [line["event"] for line in parsed(logged())] == ["loud"]


def test_passwords_are_taken_out_wherever_they_stand(logged: Read) -> None:
    configure_logs(level="info", log_format=LogFormat.JSON)

    structlog.get_logger().info("connecting", url="postgresql://me:hush@db/stories")
    try:
        raise ValueError("no route to postgresql://me:hush@db/x?sslpassword=hush&a=b")
    except ValueError:
        structlog.get_logger().exception("failed")

    lines = logged()
    assert "hush" not in lines
    first, second = parsed(lines)
    assert first["url"] == "postgresql://me:***@db/stories"
    assert "ValueError: no route" in second["exception"]


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_traceback_shows_neither_variables_nor_rows(logged: Read, log_format: LogFormat) -> None:
    configure_logs(level="info", log_format=log_format)

    row = "Failing row contains (1, Once upon a time)."
    try:
        raise ValueError(f"a check failed\nDETAIL:  {row}")
    except ValueError:
        structlog.get_logger().exception("failed")

    lines = logged()
    assert "a check failed" in lines
    assert "Once upon a time" not in lines


@pytest.mark.usefixtures("logged")
def test_fields_that_a_client_did_not_wait_for_are_no_warning() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        configure_logs(level="info", log_format=LogFormat.JSON)
        warnings.warn("coroutine 'film_warnings' was never awaited", RuntimeWarning, stacklevel=1)
        warnings.warn("something else", RuntimeWarning, stacklevel=1)

    assert [str(one.message) for one in seen] == ["something else"]


def test_a_line_that_nobody_reads_any_more_fails_nothing(
    logged: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logs(level="info", log_format=LogFormat.JSON)
    reader, writer = os.pipe()
    os.close(reader)

    pipe = os.fdopen(writer, "w", buffering=1)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", pipe)
        structlog.get_logger().info("written")
    with suppress(BrokenPipeError):  # what could not be written is tried once more
        pipe.close()
    structlog.get_logger().info("and goes on")

    (line,) = parsed(logged())
    assert line["event"] == "and goes on"


def test_values_that_orjson_does_not_know_are_logged(logged: Read) -> None:
    configure_logs(level="info", log_format=LogFormat.JSON)

    structlog.get_logger().info("odd", text="\ud800", number=2**80, path=Path("/x"))

    (line,) = parsed(logged())
    assert (line["text"], line["number"]) == ("\ud800", 2**80)
    assert "/x" in line["path"]
