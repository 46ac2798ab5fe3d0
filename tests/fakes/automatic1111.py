"""AUTOMATIC1111's web UI as its API shows it: one drawing at a time, and one shared state."""

import asyncio
import base64
import json
from typing import Any

from aiohttp import web

from tests.fakes.origin import make_picture
from tests.fakes.service import FakeService

MODEL = "dreamshaper_8"


class FakeAutomatic1111(FakeService):
    """The server. Its routes are /txt2img, /progress and /interrupt.

    A picture takes this many `steps` of `step_s` seconds; at step `stuck_at` nothing moves until
    the service is released or interrupted. Like the real one it continues to draw when a connection
    breaks, and answers an interrupted call with the partial picture.
    """

    def __init__(self, *, steps: int = 4, step_s: float = 0.0) -> None:
        super().__init__()
        self.steps = steps
        self.step_s = step_s
        self.stuck_at: int | None = None
        self.tells_progress = True
        self.interrupted = False
        self.drawn = 0
        """Pictures that were drawn to their end."""
        self.partial = 0
        self._step = 0
        self._jobs = 0
        self._turn = asyncio.Lock()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=2**20)
        below = "/sdapi/v1"
        app.router.add_post(f"{below}/txt2img", self.counted("/txt2img", self._draw))
        app.router.add_get(f"{below}/progress", self.counted("/progress", self._progress))
        app.router.add_post(f"{below}/interrupt", self.counted("/interrupt", self._interrupt))
        return app

    async def _draw(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        async with self._turn:
            self.interrupted, self._step, self._jobs = False, 0, 1
            while self._step < self.steps and not self.interrupted:
                await asyncio.sleep(self.step_s)
                if self._step != self.stuck_at or self._released.is_set():
                    self._step += 1
            self._jobs = 0
        self.drawn += not self.interrupted
        self.partial += self.interrupted
        picture = base64.b64encode(make_picture(body["width"], body["height"])).decode()
        told = {"seed": body["seed"], "sd_model_name": MODEL}
        return web.json_response(
            {"images": [picture], "parameters": body, "info": json.dumps(told)}
        )

    async def _progress(self, _request: web.Request) -> web.Response:
        progress = 0.01 + self._step / self.steps if self._jobs and self.tells_progress else 0
        state = {
            "skipped": False,
            "interrupted": self.interrupted,
            "job": "scripts_txt2img" if self._jobs else "",
            "job_count": self._jobs,
            "job_no": 0,
            "sampling_step": self._step,
            "sampling_steps": self.steps,
        }
        return web.json_response(
            {
                "progress": progress,
                "eta_relative": 0.0,
                "state": state,
                "current_image": None,
                "textinfo": None,
            }
        )

    async def _interrupt(self, _request: web.Request) -> web.Response:
        self.interrupted = True
        return web.json_response({})
