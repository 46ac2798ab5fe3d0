"""nginx before a server of ours, with the lines of docs/operation.md."""

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.program import PROJECT
from tests.serving import DEADLINE_S

_PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
_DOCUMENT = PROJECT / "docs" / "operation.md"
_BLOCK = re.compile(r"^```nginx\n(.*?)\n\n(location .*?)^```$", re.DOTALL | re.MULTILINE)
_SERVER = "http://127.0.0.1:8000/;"
"""In the document: the slash removes the prefix."""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log stderr;
{account}
events {{}}
http {{
    access_log off;
    {temporary}
    {http}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""

needs_nginx = pytest.mark.skipif(
    _PROGRAM is None, reason="nginx is not installed: apt-get install nginx"
)


@asynccontextmanager
async def nginx(port: int, server_url: str, *, passes_prefix_on: bool) -> AsyncGenerator[None]:
    """Run nginx on the port of loopback, with the prefix /films/ of the document."""
    assert _PROGRAM is not None
    found = _BLOCK.search(_DOCUMENT.read_text("utf-8"))
    assert found is not None
    http, location = found.groups()
    assert location.count(_SERVER) == 1
    address = f"{server_url}{'' if passes_prefix_on else '/'};"
    folder = Path(tempfile.mkdtemp(prefix="ai-story-nginx-"))
    configuration = _CONFIGURATION.format(
        folder=folder,
        account="user root;" if folder.owner() == "root" else "",
        temporary=" ".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY),
        http=http,
        port=port,
        location=location.replace(_SERVER, address),
    )
    (folder / "nginx.conf").write_text(configuration)
    with (folder / "log").open("wb") as log:
        process = await asyncio.to_thread(
            subprocess.Popen[bytes],
            [_PROGRAM, "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"],
            stdout=log,
            stderr=log,
        )
    try:
        await _accepts(port, process, folder / "log")
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
        await asyncio.to_thread(shutil.rmtree, folder)


async def _accepts(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while process.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
    raise AssertionError(log.read_text())
