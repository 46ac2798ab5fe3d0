"""A model service to test and measure against: the original routes and the /v1/videos dialect.

It counts every call per route and per idempotency key, keeps what it was sent, and misbehaves on
request. Run as a program (`python -m tests.fakes.origin --port 0 --latency 1.0`) it prints its port
and tells its counts at GET /counts, so that tests which kill processes can count model calls.
"""

import argparse
import asyncio
import io
import itertools
import re
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import imageio_ffmpeg
import PIL.Image
from aiohttp import web

from tests.fakes.service import (
    Behaviour,
    FakeService,
    Handler,
    serve_until_terminated,
    serving,
)

__all__ = ["Behaviour", "FakeOrigin", "serving"]


_SENTENCE = re.compile(r"[^。！？.!?]+[。！？.!?]*")
_TRANSITIONS = ("Ken Burns", "Crossfade", "Volume Mix")


class FakeOrigin(FakeService):
    """The service; `async with serving(FakeOrigin())` runs it.

    `latency_s` delays every model call and can be told apart by route in `latencies_s`; `shots`
    None means one shot per sentence of the story; a film job completes after `polls` polls.
    Routes are /llm, /pic, /video, /v1/videos, /v1/videos/content and /files.
    """

    costs = ("/llm", "/pic", "/video", "/v1/videos")

    def __init__(
        self,
        *,
        latency_s: float = 0.0,
        latencies_s: Mapping[str, float] | None = None,
        shots: int | None = None,
        polls: int = 2,
    ) -> None:
        super().__init__(latency_s=latency_s, latencies_s=latencies_s)
        self.shots = shots
        self.polls = polls
        self.jobs: dict[str, int] = {}
        """Polls so far by job id; absent once canceled."""
        self._jobs_by_key: dict[str, str] = {}
        self._film: asyncio.Task[bytes] | None = None
        self._numbers = itertools.count(1)

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 2**20)
        table: list[tuple[str, str, str, Handler]] = [
            ("POST", "/llm", "/llm", self._write),
            ("POST", "/pic", "/pic", self._draw),
            ("POST", "/video", "/video", self._render),
            ("GET", "/files/{name}", "/files", self._send_file),
            ("POST", "/v1/videos", "/v1/videos", self._submit),
            ("GET", "/v1/videos/{id}", "/v1/videos/poll", self._poll),
            ("DELETE", "/v1/videos/{id}", "/v1/videos/cancel", self._cancel),
            ("GET", "/v1/videos/{id}/content", "/v1/videos/content", self._send_content),
        ]
        for method, path, route, handler in table:
            app.router.add_route(method, path, self.counted(route, handler))
        app.router.add_get("/counts", self._tell_counts)
        app.router.add_post("/behave", self._take_behaviour)  # Behaviour's fields, route, times
        return app

    async def _write(self, request: web.Request) -> web.Response:
        story = str((await request.json())["story"])
        sentences = [found.strip() for found in _SENTENCE.findall(story) if found.strip()]
        wanted = int(request.query.get("shots", self.shots or len(sentences) or 1))
        shots = [
            {
                "sortOrder": place + 1,
                "title": f"Shot {place + 1}",
                "prompt": f"A picture of: {sentences[place % len(sentences)]}",
                "narration": sentences[place % len(sentences)],
                "transition": _TRANSITIONS[place % len(_TRANSITIONS)],
            }
            for place in range(wanted)
        ]
        return web.json_response({"title": story.strip()[:30], "shots": shots})

    async def _draw(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"image_url": f"{self._host(request)}/files/{next(self._numbers)}.png"}
        )

    async def _render(self, request: web.Request) -> web.Response:
        url = f"{self._host(request)}/files/{next(self._numbers)}.mp4"
        return web.json_response({"video_url": url, "duration": "1"})

    async def _submit(self, request: web.Request) -> web.Response:
        key = request.headers.get("Idempotency-Key", "")
        job_id = self._jobs_by_key.get(key, f"video_{len(self.jobs) + 1}")
        if key:
            self._jobs_by_key[key] = job_id
        self.jobs.setdefault(job_id, 0)
        return web.json_response(self._job(job_id, "queued", progress=0))

    async def _poll(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        if job_id not in self.jobs:
            raise web.HTTPNotFound
        self.jobs[job_id] += 1
        progress = min(100 * self.jobs[job_id] // max(self.polls, 1), 100)
        status = "completed" if progress == 100 else "in_progress"
        return web.json_response(self._job(job_id, status, progress=progress))

    async def _cancel(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        self.jobs.pop(job_id, None)
        return web.json_response({"id": job_id, "object": "video.deleted", "deleted": True})

    async def _send_content(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.jobs:
            raise web.HTTPNotFound
        return web.Response(body=await self._film_bytes(), content_type="video/mp4")

    async def _send_file(self, request: web.Request) -> web.Response:
        if request.match_info["name"].endswith(".mp4"):
            return web.Response(body=await self._film_bytes(), content_type="video/mp4")
        return web.Response(body=PICTURE, content_type="image/png")

    async def _tell_counts(self, _request: web.Request) -> web.Response:
        return web.json_response(self.counts())

    async def _take_behaviour(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        behaviour = Behaviour(
            kind=wanted.get("kind", "answer"),
            status=wanted.get("status", 200),
            body=wanted.get("body", "").encode(),
            media_type=wanted.get("media_type", "application/json"),
            headers=wanted.get("headers", {}),
        )
        self.behave(wanted["route"], behaviour, times=wanted.get("times", 1))
        return web.json_response({})

    async def _film_bytes(self) -> bytes:
        if self._film is None:
            self._film = asyncio.create_task(asyncio.to_thread(make_film))
        return await self._film

    def _host(self, request: web.Request) -> str:
        return f"{request.scheme}://{request.host}"

    def _job(self, job_id: str, status: str, *, progress: int) -> dict[str, Any]:
        return {"id": job_id, "object": "video", "status": status, "progress": progress}


def make_picture(
    width: int = 64, height: int = 36, *, picture_format: Literal["PNG", "JPEG", "WEBP"] = "PNG"
) -> bytes:
    """A small sound picture; a PNG is as it is stored, so that storing changes nothing."""
    content = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((width, height)).convert("RGB").save(
        content, picture_format, compress_type=zlib.Z_RLE
    )
    return content.getvalue()


def claims_size(width: int, height: int) -> bytes:
    """A PNG that says it is so large and holds a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def make_film(seconds: float = 1.0) -> bytes:
    """A small playable MP4."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        source = f"testsrc=size=64x36:rate=12:duration={seconds}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
        subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)
        return path.read_bytes()


PICTURE = make_picture()


def main() -> None:
    """Serve until SIGTERM; the first line of output is the port."""
    parser = argparse.ArgumentParser(description="A model service for tests and benches.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds of every model call")
    parser.add_argument("--llm-latency", type=float, help="seconds of /llm, else --latency")
    parser.add_argument("--shots", type=int, help="shots of every script, else one per sentence")
    parser.add_argument("--polls", type=int, default=2, help="polls until a film job completes")
    options = parser.parse_args()
    latencies_s = {} if options.llm_latency is None else {"/llm": options.llm_latency}
    origin = FakeOrigin(
        latency_s=options.latency,
        latencies_s=latencies_s,
        shots=options.shots,
        polls=options.polls,
    )
    asyncio.run(serve_until_terminated(origin, port=options.port))


if __name__ == "__main__":
    main()
