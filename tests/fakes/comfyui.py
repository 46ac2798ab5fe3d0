"""ComfyUI's server as its API shows it: a queue, one running job, a history and WebSockets."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from aiohttp import web

from tests.fakes.origin import make_picture
from tests.fakes.service import FakeService, Handler

CHECKPOINTS = ("painter-1", "")


class FakeComfyUI(FakeService):
    """The server. Its routes are /prompt, /queue, /history, /view, /cancel, /interrupt and /ws.

    A sampler takes so many `steps` of `step_s` seconds; at step `stuck_at` nothing moves until the
    service is released or the job stopped. `is_old` has no route to cancel a job; with `failure`
    the sampler raises that.
    """

    costs = ("/prompt",)

    def __init__(self, *, steps: int = 4, step_s: float = 0.0, is_old: bool = False) -> None:
        super().__init__()
        self.steps = steps
        self.step_s = step_s
        self.is_old = is_old
        self.stuck_at: int | None = None
        self.failure: str | None = None
        self.moved_to: str | None = None
        """Where whoever opens a WebSocket is sent."""
        self.origins: list[str] = []
        self.submitted: list[str] = []
        self.pending: dict[str, dict[str, Any]] = {}
        self.running: str | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.sockets: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)
        self._stopped: set[str] = set()
        self._awake = asyncio.Event()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 2**20)
        table: list[tuple[str, str, str, Handler]] = [
            ("POST", "/prompt", "/prompt", self._submit),
            ("GET", "/queue", "/queue", self._queue),
            ("POST", "/queue", "/delete", self._delete),
            ("GET", "/history/{id}", "/history", self._tell),
            ("GET", "/view", "/view", self._view),
            ("POST", "/interrupt", "/interrupt", self._interrupt),
        ]
        if not self.is_old:
            table.append(("POST", "/api/jobs/{id}/cancel", "/cancel", self._cancel))
        for method, path, route, handler in table:
            app.router.add_route(method, path, self.counted(route, handler))
        app.router.add_get("/ws", self._listen)
        app.cleanup_ctx.append(self._working)
        return app

    async def _working(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._work())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _submit(self, request: web.Request) -> web.Response:
        if origin := request.headers.get("Origin"):
            self.origins.append(origin)
        body: dict[str, Any] = await request.json()
        loader = next(n for n in body["prompt"].values() if "Checkpoint" in n["class_type"])
        if loader["inputs"]["ckpt_name"] not in CHECKPOINTS:
            wrong = {"type": "value_not_in_list", "message": "secret", "details": ""}
            error: dict[str, Any] = {
                "type": "prompt_outputs_failed_validation",
                "message": "",
                "extra_info": {},
            }
            nodes = {"4": {"errors": [wrong], "class_type": loader["class_type"]}}
            return web.json_response({"error": error, "node_errors": nodes}, status=400)
        job_id = str(UUID(body["prompt_id"]))
        self.submitted.append(job_id)
        self.pending[job_id] = body
        self._awake.set()
        return web.json_response({"prompt_id": job_id, "number": 1, "node_errors": {}})

    async def _work(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self.pending:
                job_id = next(iter(self.pending))
                body = self.pending.pop(job_id)
                self.running = job_id
                status = await self._run(job_id, body)
                self.running = None
                saved = [{"filename": f"{job_id}.png", "subfolder": "a b", "type": "output"}]
                shown = [{"filename": "t.png", "subfolder": "", "type": "temp"}]
                outputs = {"8": {"images": shown}, "9": {"images": saved}}
                done = status["status_str"] == "success"
                self.history[job_id] = {
                    "prompt": [1, job_id, body["prompt"]],
                    "outputs": outputs if done else {},
                    "status": status,
                }

    async def _run(self, job_id: str, body: dict[str, Any]) -> dict[str, Any]:
        client = body["client_id"]
        await self._send(client, "execution_start", prompt_id=job_id)
        for node, what in body["prompt"].items():
            await self._send(client, "executing", node=node, prompt_id=job_id)
            steps = self.steps if what["class_type"] == "KSampler" else 0
            step = 0
            while step < steps and job_id not in self._stopped:
                await asyncio.sleep(self.step_s)
                if step != self.stuck_at or self._released.is_set():
                    step += 1
                await self._send(
                    client, "progress", value=step, max=steps, node=node, prompt_id=job_id
                )
            ended = "execution_success"
            if job_id in self._stopped:
                ended = "execution_interrupted"
            elif steps and self.failure is not None:
                ended = "execution_error"
            if ended != "execution_success":
                told = {
                    "prompt_id": job_id,
                    "node_id": node,
                    "node_type": what["class_type"],
                    "exception_type": self.failure,
                    "exception_message": "a secret of the machine",
                }
                await self._send(client, ended, **told)
                return {"status_str": "error", "completed": False, "messages": [[ended, told]]}
        await self._send(client, "executing", node=None, prompt_id=job_id)
        messages = [["execution_success", {"prompt_id": job_id}]]
        return {"status_str": "success", "completed": True, "messages": messages}

    async def _send(self, client: str, kind: str, **data: object) -> None:
        for socket in list(self.sockets[client]):
            await socket.send_bytes(b"\x00\x00\x00\x01a preview")
            await socket.send_json({"type": kind, "data": data})

    async def _queue(self, _request: web.Request) -> web.Response:
        running: list[Any] = [] if self.running is None else [[1, self.running, {}, {}, []]]
        pending: list[Any] = [[1, job_id, {}, {}, []] for job_id in self.pending]
        return web.json_response({"queue_running": running, "queue_pending": pending})

    async def _delete(self, request: web.Request) -> web.Response:
        for job_id in (await request.json())["delete"]:
            self.pending.pop(job_id, None)
        return web.Response()

    async def _tell(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        known = {job_id: self.history[job_id]} if job_id in self.history else {}
        return web.json_response(known)

    async def _view(self, request: web.Request) -> web.Response:
        if request.query["filename"].removesuffix(".png") not in self.history:
            raise web.HTTPNotFound
        return web.Response(body=make_picture(), content_type="image/png")

    async def _interrupt(self, request: web.Request) -> web.Response:
        self._stopped.add((await request.json())["prompt_id"])
        return web.Response()

    async def _cancel(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        self.pending.pop(job_id, None)
        self._stopped.add(job_id)
        return web.json_response({"cancelled": True})

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        if origin := request.headers.get("Origin"):
            self.origins.append(origin)
        self.calls["/ws"] += 1
        if self.moved_to is not None:
            raise web.HTTPFound(self.moved_to)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = request.query["clientId"]
        self.sockets[client].add(socket)
        try:
            async for _message in socket:
                pass
        finally:
            self.sockets[client].discard(socket)
        return socket
