"""What the benches share: a model server in another process, a backend, and figures as JSON."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from cli.backend import Backend, open_backend
from resolvers.context import LOCAL_VIEWER, Context
from resolvers.loaders import Loaders
from settings import Settings
from web.services import Services

PROJECT = Path(__file__).parent.parent


@asynccontextmanager
async def model_server(
    *, latency_s: float, script_latency_s: float = 0.0, shots: int
) -> AsyncGenerator[str]:
    """The original services in another process; the value is their address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.fake_origin", "--port", "0", "--latency", str(latency_s)),
        *("--llm-latency", str(script_latency_s), "--shots", str(shots)),
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
    async with home_folder() as home:
        settings = Settings(
            _env_file=None,  # pyright: ignore[reportCallIssue]
            home=home,
            database_url=SecretStr(database_url) if database_url else None,
            script_provider="origin",
            script_url=services_url,
            image_provider="origin",
            image_url=services_url,
            image_concurrency=images,
        )
        async with open_backend(settings, with_worker=True) as opened:
            yield opened


def context_of(services: Services) -> Context:
    """A fresh context of the local viewer."""
    return Context(
        viewer=LOCAL_VIEWER,
        production=services.production,
        following=services.following,
        doorbell=services.doorbell,
        base_url="http://bench",
        loaders=Loaders(services.production.database),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def report(name: str, figures: dict[str, float], *, bounds: dict[str, float]) -> None:
    """Print the figures beside their bounds as JSON; exit with 1 beyond twice a bound."""
    print(json.dumps({"bench": name, "figures": figures, "bounds": bounds}, indent=2))
    beyond = [key for key, bound in bounds.items() if figures[key] > 2 * bound]
    if beyond:
        sys.exit(f"{name}: beyond twice the bound: {', '.join(beyond)}")
