"""The progress of ComfyUI's jobs, from its WebSocket: a hint on which nothing depends.

Each job has its own socket under the job's ID, so that a worker that continues after a crash gets
it too. A socket ends with its job, or after a while without requests for the progress.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from orchestration.outbound import Outbound
from orchestration.providers.http.exchange import CONNECT_TIMEOUT_S, USER_AGENT, Endpoint
from orchestration.providers.http.loose_json import as_list, as_number, as_object
from orchestration.providers.http.transport import tls_context

FORGOTTEN_AFTER_S = 60.0
CONNECT_AGAIN_S = 5.0
MAX_FRAME_BYTES = 16 * 2**20
"""Previews of the picture arrive on it too."""

_ENDS = ("execution_success", "execution_error", "execution_interrupted")

# Its lines contain the headers, and with them our key.
_frames = logging.getLogger(f"{__name__}.frames")
_frames.setLevel(logging.WARNING)


@dataclass(slots=True, eq=False)
class _Heard:
    """The messages of a job's socket so far."""

    asked_at_s: float
    begun_at_s: float = 0.0
    progress: float | None = None
    node: str | None = None
    done: set[str] = field(default_factory=set[str])
    task: asyncio.Task[None] | None = None


class _Socket(connect):
    """Connects only to the configured address and follows no redirect to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The redirect itself, as an error."""
        return exc


class JobProgress:
    """The progress of jobs at one server, each a run through `nodes` nodes."""

    def __init__(self, endpoint: Endpoint, *, nodes: int) -> None:
        self._endpoint = endpoint
        self._nodes = nodes
        self._outbound = Outbound()
        self._jobs: dict[str, _Heard] = {}

    def of(self, job_id: str) -> float | None:
        """The progress of the job, 0..1, None if unknown; starts to listen for it."""
        now_s = asyncio.get_running_loop().time()
        for other, told in list(self._jobs.items()):
            if now_s - told.asked_at_s > FORGOTTEN_AFTER_S:
                self.forget(other)
        heard = self._jobs.setdefault(job_id, _Heard(now_s))
        heard.asked_at_s = now_s
        is_silent = heard.task is None or heard.task.done()
        if is_silent and (heard.task is None or now_s - heard.begun_at_s > CONNECT_AGAIN_S):
            heard.begun_at_s = now_s
            heard.task = asyncio.create_task(self._listen(job_id, heard), name="comfyui progress")
        return heard.progress

    def forget(self, job_id: str) -> None:
        """Stop listening for the job."""
        heard = self._jobs.pop(job_id, None)
        if heard is not None and heard.task is not None:
            heard.task.cancel()

    async def aclose(self) -> None:
        """Close every socket."""
        tasks = [heard.task for heard in self._jobs.values() if heard.task is not None]
        for job_id in list(self._jobs):
            self.forget(job_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, job_id: str, heard: _Heard) -> None:
        url = self._endpoint.url("/ws").copy_merge_params({"clientId": job_id})
        url = url.copy_with(scheme="wss" if url.scheme == "https" else "ws")
        proxy = self._outbound.proxy_for(url.scheme, url.host, url.port)
        if proxy is not None and proxy.address is None:
            return  # the calls report the reason
        try:
            async with _Socket(
                str(url),
                additional_headers=self._endpoint.auth_headers,
                user_agent_header=USER_AGENT,
                proxy=proxy and proxy.full_address,
                ssl=tls_context() if url.scheme == "wss" else None,
                open_timeout=CONNECT_TIMEOUT_S,
                close_timeout=1,
                max_size=MAX_FRAME_BYTES,
                logger=_frames,
            ) as socket:
                while True:
                    try:
                        async with asyncio.timeout(FORGOTTEN_AFTER_S):
                            frame = await socket.recv()
                    except TimeoutError:
                        frame = ""
                    now_s = asyncio.get_running_loop().time()
                    if self._hear(job_id, heard, frame):
                        return
                    if now_s - heard.asked_at_s > FORGOTTEN_AFTER_S:
                        self._jobs.pop(job_id, None)
                        return
        except (OSError, WebSocketException, TimeoutError):
            return  # the next poll reconnects

    def _hear(self, job_id: str, heard: _Heard, frame: str | bytes) -> bool:
        """Process a frame, and return whether the job has ended."""
        if isinstance(frame, bytes):
            return False
        try:
            event = as_object(json.loads(frame or "{}")) or {}
        except (ValueError, RecursionError):
            return False
        kind, data = event.get("type"), as_object(event.get("data")) or {}
        if data.get("prompt_id") != job_id:
            return False
        node, share = data.get("node"), 0.0
        if kind == "execution_cached":
            heard.done.update(map(str, as_list(data.get("nodes")) or []))
        elif kind == "executing" and isinstance(node, str):
            if heard.node is not None and heard.node != node:
                heard.done.add(heard.node)
            heard.node = node
        elif kind == "progress":
            value, most = as_number(data.get("value")), as_number(data.get("max"))
            share = min(max(value / most, 0.0), 1.0) if value is not None and most else 0.0
        done = len(heard.done - {heard.node}) + share
        heard.progress = max(heard.progress or 0.0, min(done / self._nodes, 1.0))
        return kind in _ENDS or (kind == "executing" and node is None)
