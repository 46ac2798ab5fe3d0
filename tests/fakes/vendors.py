"""Job-based vendors, each with its own protocol: Replicate, fal, DashScope and Ark."""

import argparse
import asyncio
import base64
import hmac
import json
import time
from abc import abstractmethod
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from tests.fakes.origin import make_film, make_picture
from tests.fakes.service import FakeService, Handler, serve_until_terminated

_MINUTES = "2026-11-25T12:00:00Z"


class FakeVendor(FakeService):
    """The common part: a job is done after a number of polls, and its result is served.

    Jobs with a picture make a clip of it.

    Routes are /submit, /poll, /answer, /cancel and /files. `failure` makes jobs fail with that
    code; `forgotten` are jobs that have expired.
    """

    costs = ("/submit",)

    def __init__(
        self,
        *,
        polls: int = 2,
        failure: str | None = None,
        latency_s: float = 0.0,
        seconds: float = 1.0,
    ) -> None:
        super().__init__(latency_s=latency_s)
        self.polls = polls
        self.failure = failure
        self.seconds = seconds
        """How long clips are."""
        self.jobs: dict[str, int] = {}
        """Polls so far by job id."""
        self.clips: set[str] = set()
        """Jobs that make one."""
        self._film: asyncio.Task[bytes] | None = None
        self.canceled: set[str] = set()
        self.forgotten: set[str] = set()
        self.ended: set[str] = set()
        """Jobs that are done whatever was polled."""
        self.webhooks: dict[str, str] = {}
        """The address to call when a job has ended, by its id."""

    async def call_back(self, job_id: str, *, at: str, secret: str | None = None) -> int:
        """End the job and call its webhook, whose server is reached `at`; returns the status.

        With a `secret`, signed according to https://www.standardwebhooks.com.
        """
        self.ended.add(job_id)
        body = json.dumps({"id": job_id, "status": "succeeded"}).encode()
        headers = {} if secret is None else sign_webhook(body, secret)
        address = URL(self.webhooks[job_id])
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{at}{address.raw_path_qs}", data=body, headers=headers) as answer,
        ):
            return answer.status

    @abstractmethod
    def table(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, route and handler of the vendor's own routes."""

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 2**20)
        files = ("GET", "/files/{name}", "/files", self._send_result)
        for method, path, route, handler in (*self.table(), files):
            app.router.add_route(method, path, self.counted(route, handler))
        return app

    def begin(self, *, picture: object = None) -> str:
        """A new job; with a picture, in the adapter's form, it makes a clip.

        Raises:
            HTTPUnprocessableEntity: The picture is missing.
        """
        job_id = f"job-{len(self.jobs) + 1}"
        if picture is not None:
            head, _, content = str(picture).partition(";base64,")
            if head != "data:image/jpeg" or not base64.b64decode(content).startswith(b"\xff\xd8"):
                raise web.HTTPUnprocessableEntity
            self.clips.add(job_id)
        self.jobs[job_id] = 0
        return job_id

    def count_poll(self, request: web.Request) -> tuple[str, float]:
        """The job's ID, and its present progress."""
        job_id = request.match_info["id"]
        if job_id not in self.jobs:
            raise web.HTTPNotFound
        self.jobs[job_id] += 1
        is_ended = job_id in self.ended
        return job_id, 1.0 if is_ended else min(self.jobs[job_id] / max(self.polls, 1), 1.0)

    def result_url(self, request: web.Request, job_id: str) -> str:
        """The address of the job's picture or clip."""
        suffix = "mp4" if job_id in self.clips else "png"
        return f"{request.scheme}://{request.host}/files/{job_id}.{suffix}"

    async def _send_result(self, request: web.Request) -> web.Response:
        if not request.path.endswith(".mp4"):
            return web.Response(body=make_picture(), content_type="image/png")
        if self._film is None:
            self._film = asyncio.create_task(asyncio.to_thread(make_film, self.seconds))
        return web.Response(body=await self._film, content_type="video/mp4")


def sign_webhook(body: bytes, secret: str, *, age_s: int = 0) -> dict[str, str]:
    """The headers of a call that was signed so many seconds ago."""
    sent_at = str(int(time.time()) - age_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    code = hmac.digest(key, f"msg_1.{sent_at}.".encode() + body, "sha256")
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,b3RoZXI= v1,{base64.b64encode(code).decode()}",
    }


class FakeReplicate(FakeVendor):
    """Replicate's predictions of official models; it has one model, and one account's `key`."""

    key = "r8-good"

    def table(self) -> list[tuple[str, str, str, Handler]]:
        return [
            ("POST", "/v1/models/{owner}/{name}/predictions", "/submit", self._submit),
            ("GET", "/v1/predictions/{id}", "/poll", self._poll),
            ("POST", "/v1/predictions/{id}/cancel", "/cancel", self._cancel),
            ("GET", "/v1/account", "/account", self._tell_account),
            ("GET", "/v1/models/{owner}/{name}", "/model", self._tell_model),
        ]

    async def _tell_account(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"title": "Unauthenticated", "status": 401}, status=401)
        return web.json_response({"type": "user", "username": "us"})

    async def _tell_model(self, request: web.Request) -> web.Response:
        if request.path != "/v1/models/owner/painter":
            return web.json_response({"detail": "Not found"}, status=404)
        return web.json_response({"owner": "owner", "name": "painter"})

    async def _submit(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        if "prompt" not in body.get("input", {}):
            raise web.HTTPUnprocessableEntity
        job_id = self.begin(picture=body["input"].get("image"))
        if "webhook" in body:
            self.webhooks[job_id] = body["webhook"]
        return web.json_response(self._prediction(request, job_id, "starting"), status=201)

    async def _poll(self, request: web.Request) -> web.Response:
        job_id, done = self.count_poll(request)
        if job_id in self.canceled:
            return web.json_response(self._prediction(request, job_id, "canceled"))
        if done < 1:
            log = f"seed 1\n 10%|#         | 1/10\n {done:.0%}|###       | 3/10 [00:01]\n"
            return web.json_response(self._prediction(request, job_id, "processing", logs=log))
        if self.failure is not None:
            return web.json_response(
                self._prediction(request, job_id, "failed", error=self.failure)
            )
        url = self.result_url(request, job_id)
        output = url if job_id in self.clips else [url]
        return web.json_response(self._prediction(request, job_id, "succeeded", output=output))

    async def _cancel(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        self.canceled.add(job_id)
        return web.json_response(self._prediction(request, job_id, "canceled"))

    def _prediction(
        self, request: web.Request, job_id: str, status: str, **fields: object
    ) -> dict[str, Any]:
        here = f"{request.scheme}://{request.host}/v1/predictions/{job_id}"
        return {
            "id": job_id,
            "model": "owner/painter",
            "version": "hidden",
            "input": {"prompt": "a"},
            "output": None,
            "logs": "",
            "error": None,
            "status": status,
            "created_at": _MINUTES,
            "urls": {"get": here, "cancel": f"{here}/cancel"},
            **fields,
        }


class FakeFal(FakeVendor):
    """fal's queue; a job's routes are below the first two parts of its endpoint."""

    def table(self) -> list[tuple[str, str, str, Handler]]:
        job = "/{owner}/{app}/requests/{id}"
        return [
            ("GET", f"{job}/status", "/poll", self._poll),
            ("PUT", f"{job}/cancel", "/cancel", self._cancel),
            ("GET", job, "/answer", self._answer),
            ("POST", "/{owner}/{app}", "/submit", self._submit),
            ("POST", "/{owner}/{app}/{rest:.+}", "/submit", self._submit),
        ]

    async def _submit(self, request: web.Request) -> web.Response:
        job_id = self.begin(picture=(await request.json()).get("image_url"))
        if "fal_webhook" in request.query:
            self.webhooks[job_id] = request.query["fal_webhook"]
        app = "/".join(request.path.split("/")[1:3])
        here = f"{request.scheme}://{request.host}/{app}/requests/{job_id}"
        return web.json_response(
            {
                "request_id": job_id,
                "response_url": here,
                "status_url": f"{here}/status",
                "cancel_url": f"{here}/cancel",
                "queue_position": 0,
                "status": "IN_QUEUE",
            }
        )

    async def _poll(self, request: web.Request) -> web.Response:
        job_id, done = self.count_poll(request)
        here = f"{request.scheme}://{request.host}{request.path.removesuffix('/status')}"
        state: dict[str, Any] = {"request_id": job_id, "response_url": here}
        if done < 1:
            return web.json_response({**state, "status": "IN_PROGRESS", "logs": None}, status=202)
        if self.failure is not None:
            state |= {"error": "It failed.", "error_type": self.failure}
        return web.json_response({**state, "status": "COMPLETED", "logs": None, "metrics": {}})

    async def _answer(self, request: web.Request) -> web.Response:
        job_id = request.match_info["id"]
        url = self.result_url(request, job_id)
        if job_id in self.clips:
            return web.json_response({"video": {"url": url, "content_type": "video/mp4"}})
        return web.json_response({"images": [{"url": url, "width": 64, "height": 36}], "seed": 1})

    async def _cancel(self, request: web.Request) -> web.Response:
        self.canceled.add(request.match_info["id"])
        return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)


class FakeDashScope(FakeVendor):
    """DashScope's asynchronous tasks, which draw pictures and make clips."""

    def table(self) -> list[tuple[str, str, str, Handler]]:
        services = "/api/v1/services/aigc"
        return [
            ("POST", f"{services}/text2image/image-synthesis", "/submit", self._submit),
            ("POST", f"{services}/video-generation/video-synthesis", "/submit", self._submit),
            ("GET", "/api/v1/tasks/{id}", "/poll", self._poll),
            ("POST", "/api/v1/tasks/{id}/cancel", "/cancel", self._cancel),
        ]

    async def _submit(self, request: web.Request) -> web.Response:
        if request.headers.get("X-DashScope-Async") != "enable":
            return web.json_response({"code": "AccessDenied", "message": "no"}, status=403)
        is_clip = request.path.endswith("/video-synthesis")
        picture = (await request.json())["input"]["img_url"] if is_clip else None
        output = {"task_id": self.begin(picture=picture), "task_status": "PENDING"}
        return web.json_response({"output": output, "request_id": "r"})

    async def _poll(self, request: web.Request) -> web.Response:
        if request.match_info["id"] in self.forgotten:
            return web.json_response({"output": {"task_id": "x", "task_status": "UNKNOWN"}})
        job_id, done = self.count_poll(request)
        output: dict[str, Any] = {"task_id": job_id, "task_status": "RUNNING"}
        if job_id in self.canceled:
            output["task_status"] = "CANCELED"
        elif done == 1 and self.failure is not None:
            output |= {"task_status": "FAILED", "code": self.failure, "message": "no"}
        elif done == 1:
            url = self.result_url(request, job_id)
            result = {"video_url": url} if job_id in self.clips else {"results": [{"url": url}]}
            output |= {"task_status": "SUCCEEDED", **result}
        return web.json_response({"output": output, "request_id": "r"})

    async def _cancel(self, request: web.Request) -> web.Response:
        self.canceled.add(request.match_info["id"])
        return web.json_response({"request_id": "r"})


class FakeArk(FakeVendor):
    """Ark's tasks of the Seedance models, which make clips."""

    def table(self) -> list[tuple[str, str, str, Handler]]:
        path = "/api/v3/contents/generations/tasks"
        return [
            ("POST", path, "/submit", self._submit),
            ("GET", f"{path}/{{id}}", "/poll", self._poll),
            ("DELETE", f"{path}/{{id}}", "/cancel", self._cancel),
        ]

    async def _submit(self, request: web.Request) -> web.Response:
        content = (await request.json())["content"]
        pictures = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
        return web.json_response({"id": self.begin(picture=pictures[0])})

    async def _poll(self, request: web.Request) -> web.Response:
        job_id, done = self.count_poll(request)
        task: dict[str, Any] = {"id": job_id, "model": "owner/painter", "status": "running"}
        if job_id in self.canceled:
            task["status"] = "cancelled"
        elif done == 1 and self.failure is not None:
            task |= {"status": "failed", "error": {"code": self.failure, "message": "no"}}
        elif done == 1:
            url = self.result_url(request, job_id)
            task |= {"status": "succeeded", "content": {"video_url": url}}
        return web.json_response({**task, "created_at": 1_700_000_000, "updated_at": 1_700_000_001})

    async def _cancel(self, request: web.Request) -> web.Response:
        self.canceled.add(request.match_info["id"])
        return web.json_response({})


def main() -> None:
    """Serve Replicate until SIGTERM; the first line of output is the port."""
    parser = argparse.ArgumentParser(description="A service of jobs for benches.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--polls", type=int, default=2, help="polls until a job completes")
    options = parser.parse_args()
    asyncio.run(serve_until_terminated(FakeReplicate(polls=options.polls), port=options.port))


if __name__ == "__main__":
    main()
