"""Shared parts of the benches: model server, backend, program, processes, and JSON output."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from cli.backend import Backend, open_backend
from cli.logs import configure_logs
from db.connections import Connection, connect
from db.embedded import EmbeddedPostgres
from domain import AspectRatio, ServiceKind, Style
from orchestration.providers.ports import ImageRequest
from resolvers.context import LOCAL_VIEWER, Context
from resolvers.loaders import Loaders
from service_settings import ServiceSettings, services_of
from settings import LogFormat, Settings
from web.services import Services

PROJECT = Path(__file__).parent.parent
READY = "is ready"
_DEADLINE_S = 60.0
_STOP_S = 40.0
_URL = re.compile(r"http://\S+")


def picture_request(number: int) -> ImageRequest:
    """A picture as a worker requests it, for calls without the engine."""
    size = AspectRatio.WIDE_16_9.size
    return ImageRequest(
        prompt=f"Shot {number}",
        style=Style.MOVIE,
        style_prompt=None,
        width=size.width,
        height=size.height,
        seed=number,
    )


@asynccontextmanager
async def model_server(
    *, latency_s: float, script_latency_s: float = 0.0, shots: int | None = None
) -> AsyncGenerator[str]:
    """The original services in another process; the value is their address.

    A script has `shots` shots; one per sentence of the story where that is None.
    """
    latencies = "--latency", str(latency_s), "--llm-latency", str(script_latency_s)
    wanted = () if shots is None else ("--shots", str(shots))
    async with _fake("tests.fakes.origin", *latencies, *wanted) as url:
        yield url


@asynccontextmanager
async def job_server(*, polls: int) -> AsyncGenerator[str]:
    """A service whose pictures are jobs, in another process: Replicate's protocol."""
    async with _fake("tests.fakes.vendors", "--polls", str(polls)) as url:
        yield url


@asynccontextmanager
async def _fake(module: str, *arguments: str) -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, "--port", "0", *arguments),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdout is None:
        raise RuntimeError("the model server has no output")
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def home_folder() -> AsyncGenerator[Path]:
    """A home that the database's account can enter, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="ai-story-bench-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


@asynccontextmanager
async def backend(
    services_url: str, *, database_url: str | None = None, images: int = 2_000
) -> AsyncGenerator[Backend]:
    """Everything in one process, with the original services as models."""
    configure_logs(level="warning", log_format=LogFormat.AUTO)
    async with home_folder() as home:
        settings = Settings(
            _env_file=None,  # pyright: ignore[reportCallIssue]
            home=home,
            database_url=SecretStr(database_url) if database_url else None,
            services=services_of(
                {
                    ServiceKind.SCRIPT: [ServiceSettings(provider="origin", url=services_url)],
                    ServiceKind.IMAGE: [
                        ServiceSettings(provider="origin", url=services_url, concurrency=images)
                    ],
                }
            ),
        )
        async with open_backend(settings, with_worker=True) as opened:
            yield opened


def context_of(services: Services) -> Context:
    """A fresh context of the local viewer."""
    return Context(
        viewer=LOCAL_VIEWER,
        production=services.production,
        following=services.following,
        dashboards=services.dashboards,
        base_url="http://bench",
        loaders=Loaders(services.production.database),
    )


def origin_settings(services_url: str, **more: str) -> dict[str, str]:
    """The environment of a program that uses the original services; `more` in lower case."""
    settings = {
        "script_provider": "origin",
        "script_url": services_url,
        "image_provider": "origin",
        "image_url": services_url,
        "drain_s": "0",
        **more,
    }
    return {f"AI_STORY_{name.upper()}": value for name, value in settings.items()}


@dataclass(frozen=True, slots=True)
class Program:
    """A running main.py that has printed its ready line, and its address."""

    process: asyncio.subprocess.Process
    url: str

    async def kill(self) -> None:
        """kill -9: nothing is cleaned up."""
        self.process.kill()
        await self.process.wait()


async def spawn(
    *arguments: str, home: Path, settings: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start main.py on the home, without this machine's own settings; its log goes to a file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AI_STORY_")}
    with (home / "bench.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            PROJECT / "main.py",
            *arguments,
            cwd=home,
            env={**kept, "AI_STORY_HOME": str(home), **(settings or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )


@asynccontextmanager
async def program(
    *arguments: str, home: Path, settings: Mapping[str, str] | None = None
) -> AsyncGenerator[Program]:
    """Run main.py from its ready line to the end of the block; killed already is fine."""
    process = await spawn(*arguments, home=home, settings=settings)
    try:
        async with asyncio.timeout(_DEADLINE_S):
            url = await _address(process, home)
        yield Program(process, url)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_S):
            await process.communicate()  # what it still says must not fill the pipe
    except TimeoutError:
        process.kill()
        raise


async def _address(process: asyncio.subprocess.Process, home: Path) -> str:
    """The address of the ready line; empty when it serves nothing."""
    if process.stdout is None:
        raise RuntimeError("the program has no output")
    while line := (await process.stdout.readline()).decode():
        if READY in line:
            found = _URL.search(line)
            return found[0] if found else ""
    raise RuntimeError((home / "bench.log").read_text())


@asynccontextmanager
async def connection_to(home: Path) -> AsyncGenerator[Connection]:
    """A bare connection to the bundled PostgreSQL of a program that runs on the home."""
    postgres = await EmbeddedPostgres.start(home)
    try:
        connection = await connect(postgres.url)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)
    finally:
        await postgres.stop()


def processes_of(process_id: int, home: Path) -> list[psutil.Process]:
    """The process, the bundled PostgreSQL of its home, and everything that they started."""
    roots = {process_id, *_postmasters(home)}
    found: dict[int, psutil.Process] = {}
    for root in map(psutil.Process, roots):
        for process in (root, *root.children(recursive=True)):
            found[process.pid] = process
    return list(found.values())


def _postmasters(home: Path) -> list[int]:
    """PostgreSQL's own process ids: the first line of each lock file."""
    return [int(path.read_text().split()[0]) for path in home.glob("postgres/*/postmaster.pid")]


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """What they have used so far, by themselves."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def database_cpu_seconds(home: Path) -> float:
    """What the bundled PostgreSQL of the home has used so far, for connections that ended too."""
    total = 0.0
    for root in map(psutil.Process, _postmasters(home)):
        ended = root.cpu_times()
        total += ended.children_user + ended.children_system
        total += cpu_seconds([root, *root.children(recursive=True)])
    return total


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def report(name: str, figures: dict[str, float], *, bounds: dict[str, float]) -> None:
    """Print the figures beside their bounds as JSON; exit with 1 beyond twice a bound."""
    load = round(os.getloadavg()[0], 2)
    outcome = {"bench": name, "figures": figures, "bounds": bounds, "load_1_min": load}
    print(json.dumps(outcome, indent=2), flush=True)
    beyond = [key for key, bound in bounds.items() if figures[key] > 2 * bound]
    if beyond:
        sys.exit(f"{name}: beyond twice the bound: {', '.join(beyond)}")
