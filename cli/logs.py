"""Configures the log: readable on a terminal, JSON otherwise, one line each.

Our own lines come from structlog, which writes them itself; those of libraries come from the
standard logging, whose records would take as long as a small request. Both pass the same
processors. These add the IDs bound to the present request or job, and remove secrets: passwords in
addresses, and rows that PostgreSQL quotes in its errors.
"""

import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any

import orjson
import structlog
from structlog.typing import Processor

from settings import LogFormat

_PASSWORD = re.compile(r"(://[^/@\s:]*:)[^/@\s]+(?=@)|(password=)[^&\s]+", re.IGNORECASE)
_QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT|QUERY):.*$", re.MULTILINE)
_NOT_BEGUN = "coroutine '.*' was never awaited"
"""Raised when a client disconnects in the middle of a response: graphql-core starts no more fields.

If we forget an await, the type checker reports it.
"""
_QUIET = {
    "pgqueuer": logging.WARNING,  # its info lines repeat ours
    "uvicorn.error": logging.WARNING,  # it logs every connection
    "uvicorn.access": logging.WARNING,  # requests are logged with their IDs, and without queries
    "asyncio": logging.WARNING,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
}


def configure_logs(*, level: str, log_format: LogFormat) -> None:
    """Route every log line of this process to standard error; may be called again."""
    warnings.filterwarnings("ignore", message=_NOT_BEGUN, category=RuntimeWarning)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    is_readable = log_format is LogFormat.CONSOLE or (
        log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False) if is_readable else _stamp
    shared: list[Processor] = [structlog.contextvars.merge_contextvars, _complete, stamp]
    renderers = _renderers(is_readable)
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *renderers,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
    _take_over_libraries(threshold)


class _Lines:
    """Writes lines to the current sys.stderr: live progress replaces it for a while."""

    def __init__(self, *_: object) -> None:
        """There is one for all names."""

    def write(self, line: str) -> None:
        """Write a line of any level; if nobody reads it any more, the work goes on."""
        try:  # `suppress` takes as long as the write
            sys.stderr.write(f"{line}\n")
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = write


class _StandardError(logging.StreamHandler[IO[str]]):
    """Writes the lines of libraries there too."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> IO[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return sys.stderr


def _renderers(is_readable: bool) -> list[Processor]:
    if not is_readable:
        return [_as_json]
    # Tracebacks are plain text by now; rich ones would print the values of variables.
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)
    return [_take_out_secrets, console]


def _complete(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Add the level, and the traceback if there is an exception."""
    event["level"] = method
    if "exc_info" in event:
        return structlog.processors.format_exc_info(logger, method, event)
    return event


def _stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Add the time, as structlog's own processor does; the text of a second is made once."""
    now = time.time()
    second = int(now)
    event["timestamp"] = f"{_second(second)}.{int((now - second) * 1e6):06}Z"
    return event


@lru_cache(maxsize=2)
def _second(since_1970: int) -> str:
    return datetime.fromtimestamp(since_1970, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _as_json(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    line = _encode(event)
    if _may_hold_secret(line):
        return _encode(_take_out_secrets(logger, method, event))
    return line


def _may_hold_secret(text: str) -> bool:
    """Whether it has what every secret has: to look for that is much faster."""
    return "@" in text or "=" in text or "DETAIL:" in text or "CONTEXT:" in text or "QUERY:" in text


def _encode(event: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(event, default=repr).decode()
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(event, default=repr)


def _take_over_libraries(threshold: int) -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "pgqueuer", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, threshold))


def _take_out_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and _may_hold_secret(value):
            value = _PASSWORD.sub(r"\1\2***", value)
            event[name] = _QUOTED_ROW.sub(r"\1: (left out)", value)
    return event
