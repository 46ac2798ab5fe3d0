"""A model service to test and measure against: the original routes and the /v1/videos dialect.

It counts every call per route and per idempotency key, keeps what it was sent, and misbehaves on
request. Run as a program (`python -m tests.fake_origin --port 0 --latency 1.0`) it prints its port
and tells its counts at GET /counts, so that tests which kill processes can count model calls.
"""

import argparse
import asyncio
import io
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import imageio_ffmpeg
import PIL.Image
from aiohttp import web

MODEL_ROUTES = ("/llm", "/pic", "/video", "/v1/videos")
"""The routes whose calls cost money; they take the latency."""
KEPT_REQUESTS = 100

_SENTENCE = re.compile(r"[^。！？.!?]+[。！？.!?]*")
_TRANSITIONS = ("Ken Burns", "Crossfade", "Volume Mix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One answer out of the ordinary.

    `answer` sends status, headers and body; `trickle` does so one byte at a time and never ends;
    `hang` never answers, and `hold` answers as ever once it is released; `reset` cuts the
    connection; `truncate` cuts it in the middle of the body.
    """

    kind: Literal["answer", "trickle", "hang", "hold", "reset", "truncate"] = "answer"
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    route: str
    method: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class FakeOrigin:
    """The service; `async with serving(FakeOrigin())` runs it.

    `latency_s` delays every model call and can be told apart by route in `latencies_s`; `shots`
    None means one shot per sentence of the story; a film job completes after `polls` polls.
    """

    def __init__(
        self,
        *,
        latency_s: float = 0.0,
        latencies_s: Mapping[str, float] | None = None,
        shots: int | None = None,
        polls: int = 2,
    ) -> None:
        self.latency_s = latency_s
        self.latencies_s = dict(latencies_s or {})
        self.shots = shots
        self.polls = polls
        self.url = ""
        self.calls: Counter[str] = Counter()
        self.keys: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.peaks: Counter[str] = Counter()
        self.received: deque[Received] = deque(maxlen=KEPT_REQUESTS)
        self.jobs: dict[str, int] = {}
        """Polls so far by job id; absent once canceled."""
        self._jobs_by_key: dict[str, str] = {}
        self._running: Counter[str] = Counter()
        self._behaviours: defaultdict[str, deque[Behaviour]] = defaultdict(deque)
        self._film: asyncio.Task[bytes] | None = None
        self._released = asyncio.Event()

    def behave(self, route: str, behaviour: Behaviour, *, times: int = 1) -> None:
        """Answer the route's next calls like this; later calls queue up behind earlier ones.

        A route ends where an id begins: /llm, /pic, /video, /v1/videos, /v1/videos/content, /files.
        """
        self._behaviours[route].extend([behaviour] * times)

    def release(self) -> None:
        """Let go of every call that hangs or is held."""
        self._released.set()

    def counts(self) -> dict[str, Any]:
        """Calls per route, calls per route and idempotency key, and the most at once per route."""
        return {
            "calls": dict(self.calls),
            "keys": {route: dict(keys) for route, keys in self.keys.items()},
            "peaks": dict(self.peaks),
        }

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 2**20)
        table: list[tuple[str, str, str, Callable[[web.Request], Awaitable[web.Response]]]] = [
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
            app.router.add_route(method, path, self._counted(route, handler))
        app.router.add_get("/counts", self._tell_counts)
        app.router.add_post("/behave", self._take_behaviour)  # Behaviour's fields, route, times
        return app

    def _counted(
        self, route: str, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[route] += 1
            key = request.headers.get("Idempotency-Key")
            if key is not None:
                self.keys[route][key] += 1
            self._running[route] += 1
            self.peaks[route] = max(self.peaks[route], self._running[route])
            try:
                await self._note(route, request)
                unusual = self._behaviours[route].popleft() if self._behaviours[route] else None
                if unusual is not None and unusual.kind == "hold":
                    await self._released.wait()
                elif unusual is not None:
                    return await self._misbehave(request, unusual)
                elif route in MODEL_ROUTES:
                    await asyncio.sleep(self.latencies_s.get(route, self.latency_s))
                return await handler(request)
            finally:
                self._running[route] -= 1

        return handle

    async def _note(self, route: str, request: web.Request) -> None:
        body = await request.read()
        self.received.append(
            Received(route, request.method, request.headers, json.loads(body) if body else {})
        )

    async def _misbehave(self, request: web.Request, behaviour: Behaviour) -> web.StreamResponse:
        if behaviour.kind == "hang":
            await self._released.wait()
        if behaviour.kind in ("hang", "reset"):
            return self._cut(request)
        headers = {"Content-Type": behaviour.media_type, **behaviour.headers}
        if behaviour.kind == "answer":
            return web.Response(status=behaviour.status, body=behaviour.body, headers=headers)
        response = web.StreamResponse(status=behaviour.status, headers=headers)
        if behaviour.kind == "truncate":
            response.content_length = len(behaviour.body) + 1_000
        await response.prepare(request)
        if behaviour.kind == "truncate":
            await response.write(behaviour.body)
            self._cut(request)
            return response
        while not self._released.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

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
            {"image_url": f"{self._host(request)}/files/{self.calls['/pic']}.png"}
        )

    async def _render(self, request: web.Request) -> web.Response:
        url = f"{self._host(request)}/files/{self.calls['/video']}.mp4"
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
    """A small sound picture."""
    content = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((width, height)).convert("RGB").save(
        content, picture_format
    )
    return content.getvalue()


def make_film(seconds: float = 1.0) -> bytes:
    """A small playable MP4."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        source = f"testsrc=size=64x36:rate=12:duration={seconds}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
        subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)
        return path.read_bytes()


PICTURE = make_picture()


@asynccontextmanager
async def serving(origin: FakeOrigin, *, port: int = 0) -> AsyncGenerator[FakeOrigin]:
    """Serve on loopback in this event loop; `origin.url` is set while it lasts."""
    runner = web.AppRunner(origin.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=4_096)
        await site.start()
        origin.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield origin
    finally:
        origin.release()
        await runner.cleanup()


async def _serve_until_terminated(origin: FakeOrigin, *, port: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(origin, port=port):
        sys.stdout.write(origin.url.rpartition(":")[2] + "\n")
        sys.stdout.flush()
        await ended.wait()


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
    asyncio.run(_serve_until_terminated(origin, port=options.port))


if __name__ == "__main__":
    main()
