"""Pictures as ComfyUI's jobs, under our own IDs: a job in doubt is looked up, not repeated.

The history is authoritative, and the queue before it; the WebSocket only reports progress.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

import httpx
import structlog
from structlog.typing import FilteringBoundLogger

from domain import Style
from errors import (
    BadBodyError,
    JobCanceledError,
    JobFailedError,
    ProviderRefusedError,
    ResultExpiredError,
    StepError,
)
from orchestration.providers.comfyui.progress import JobProgress
from orchestration.providers.comfyui.workflow import Value, Workflow
from orchestration.providers.http.answers import (
    bad_body,
    parse_json_object,
    parse_object,
    require_success,
)
from orchestration.providers.http.exchange import Answer, Endpoint, NotReachedError, exchange
from orchestration.providers.http.loose_json import as_list, as_object, find_json
from orchestration.providers.images.image_wishes import styled_prompt
from orchestration.providers.images.pictures import Pictures
from orchestration.providers.ports import At, Call, Image, ImageRequest, Running, Submitted

URL = "http://127.0.0.1:8188"
CONTROL_TIMEOUT_S = 30.0
POLL_INTERVAL_S = 1.0
MAX_ID_LENGTH = 512

_QUEUE = ("queue_running", "queue_pending")
_SAFE_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


class ComfyUIImageProvider:
    """Submits the operator's workflow, polls its job and downloads the picture that it saved."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        workflow: Workflow,
        *,
        pictures: Pictures,
        progress: JobProgress,
        model: str | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        """`model` fills {{model}}."""
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._workflow = workflow
        self._pictures = pictures
        self._progress = progress
        self._model = model
        self.poll_interval_s = poll_interval_s

    calls_back = False
    knows_keys = True

    async def begin(self, request: ImageRequest, call: Call) -> Submitted:
        """Start the job under the key, a UUID in lower case, unless the server knows it already.

        Raises:
            StepError: With its code; it may be called again with the same key when `retryable`.
        """
        self._pictures.expect()
        return Submitted(await self._submit(request, call.idempotency_key))

    async def _submit(self, request: ImageRequest, key: str) -> str:
        if await self._find(key):
            return key
        try:
            answer = await self._ask(
                "POST",
                "/prompt",
                payload={
                    "prompt": self._workflow.fill(self._values(request)),
                    "prompt_id": key,
                    "client_id": key,
                },
                idempotency_key=key,
            )
            return self._accepted_id(answer)
        except NotReachedError:
            raise
        except StepError as error:
            if error.retryable and await self._is_found(key):
                return key
            raise

    async def _find(self, key: str) -> bool:
        """Whether the server knows the job that was submitted with the key."""
        return await self._is_queued(key) or await self._ended(key) is not None

    async def poll(self, remote_job_id: str) -> Running | At:
        """Whether the job still runs, or where its picture is.

        Raises:
            ResultExpiredError: The server no longer knows the job.
            StepError: There is no picture, or, when `retryable`, the poll failed.
        """
        ended = await self._ended(remote_job_id)
        if ended is None:
            if await self._is_queued(remote_job_id):
                return Running(self._progress.of(remote_job_id))
            ended = await self._ended(remote_job_id)  # it ended between the two requests
        self._progress.forget(remote_job_id)
        if ended is None:
            raise ResultExpiredError(f"{self._endpoint.label} no longer knows the job.")
        return self._outcome(ended)

    async def cancel(self, remote_job_id: str) -> None:
        """Ask the server to stop; best effort, never raises StepError."""
        self._progress.forget(remote_job_id)
        try:
            answer = await self._ask("POST", f"/api/jobs/{quote(remote_job_id, safe='')}/cancel")
            if answer.status in (404, 405):
                await self._cancel_as_of_old(remote_job_id)
            else:
                require_success(self._endpoint, answer)
        except StepError as error:
            _logger.info("cancel_failed", provider=self._endpoint.name, code=error.code)

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Fetch and validate a picture that a job made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        return replace(await self._pictures.fetch(url, style), model=self._model)

    def _values(self, request: ImageRequest) -> dict[str, Value]:
        return {
            "prompt": styled_prompt(request),
            "seed": request.seed,
            "width": request.width,
            "height": request.height,
            "model": self._model or "",
        }

    def _accepted_id(self, answer: Answer) -> str:
        if answer.status == 400 and (told := self._node_trouble(answer.body)) is not None:
            raise ProviderRefusedError(
                f"{self._endpoint.label} rejects the workflow{told}. "
                f"Check {self._endpoint.setting('WORKFLOW')}."
            )
        job_id = parse_object(self._endpoint, answer, wanted="prompt_id").get("prompt_id")
        if not isinstance(job_id, str) or not 0 < len(job_id) <= MAX_ID_LENGTH:
            raise bad_body(self._endpoint, answer)
        return job_id

    async def _is_found(self, job_id: str) -> bool:
        try:
            return await self._find(job_id)
        except StepError:
            return False  # the next attempt looks again before it submits

    async def _ended(self, job_id: str) -> dict[str, object] | None:
        answer = await self._ask("GET", f"/history/{quote(job_id, safe='')}")
        return as_object(parse_json_object(self._endpoint, answer).get(job_id))

    async def _is_queued(self, job_id: str, *, parts: Iterable[str] = _QUEUE) -> bool:
        fields = parse_json_object(self._endpoint, await self._ask("GET", "/queue"))
        return any(job_id in _ids(fields.get(part)) for part in parts)

    async def _cancel_as_of_old(self, job_id: str) -> None:
        """Remove it from the queue; interrupt it only if it runs: old servers interrupt any job."""
        deleted = await self._ask("POST", "/queue", payload={"delete": [job_id]})
        require_success(self._endpoint, deleted)
        if await self._is_queued(job_id, parts=_QUEUE[:1]):
            stopped = await self._ask("POST", "/interrupt", payload={"prompt_id": job_id})
            require_success(self._endpoint, stopped)

    def _outcome(self, ended: Mapping[str, object]) -> At:
        status = as_object(ended.get("status")) or {}
        events = dict(_events(status.get("messages")))
        if "execution_interrupted" in events:
            raise JobCanceledError
        error = events.get("execution_error")
        if error is not None or status.get("status_str") == "error":
            words = self._safe(error or {}, ("node_type", "exception_type"))
            told = f" ({', '.join(words)})" if words else ""
            raise JobFailedError(f"{self._endpoint.label} reports that the workflow failed{told}.")
        picture = _saved(ended.get("outputs"))
        if picture is None:
            raise BadBodyError(
                f"{self._endpoint.label} saved no picture. "
                f"{self._endpoint.setting('WORKFLOW')} must contain a node that saves it.",
                retryable=False,
            )
        return At(str(self._endpoint.url("/view").copy_merge_params(picture)))

    def _safe(self, fields: Mapping[str, object], names: Iterable[str]) -> list[str]:
        """Those of the server's words that look like names, never its sentences, nor our key."""
        words = (fields.get(name) for name in names)
        texts = [word for word in words if isinstance(word, str) and _SAFE_WORD.fullmatch(word)]
        return [word for word in texts if not self._endpoint.is_secret(word)]

    def _node_trouble(self, body: bytes) -> str | None:
        """The invalid kinds of node in a refused workflow, and why; None if none is reported."""
        try:
            nodes = as_object((as_object(find_json(body.decode())) or {}).get("node_errors"))
        except ValueError:
            return None
        if nodes is None:
            return None
        for node in map(as_object, nodes.values()):
            errors = [as_object(one) or {} for one in as_list((node or {}).get("errors")) or [{}]]
            words = [
                *self._safe(node or {}, ("class_type",)),
                *self._safe(errors[0], ("type",)),
            ]
            if words:
                return f" ({', '.join(words)})"
        return ""

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        payload: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
    ) -> Answer:
        return await exchange(
            self._client,
            self._endpoint,
            method=method,
            path=path,
            payload=payload,
            idempotency_key=idempotency_key,
            timeout_s=min(CONTROL_TIMEOUT_S, self._endpoint.timeout_s),
        )


def _ids(entries: object) -> set[str]:
    """The job IDs of a part of the queue, whose entries are [number, id, graph, ...]."""
    listed = [as_list(entry) or [] for entry in as_list(entries) or []]
    return {entry[1] for entry in listed if len(entry) > 1 and isinstance(entry[1], str)}


def _events(messages: object) -> Iterable[tuple[str, dict[str, object]]]:
    for message in as_list(messages) or []:
        parts = as_list(message) or []
        if len(parts) > 1 and isinstance(parts[0], str):
            yield parts[0], as_object(parts[1]) or {}


def _saved(outputs: object) -> dict[str, str] | None:
    """The location of the first picture that was saved, or else previewed."""
    found: list[dict[str, str]] = []
    for output in (as_object(outputs) or {}).values():
        for entry in as_list((as_object(output) or {}).get("images")) or []:
            image = as_object(entry) or {}
            names = {name: image.get(name) for name in ("filename", "subfolder", "type")}
            texts = {name: text for name, text in names.items() if isinstance(text, str)}
            if texts.get("filename"):
                found.append(texts)
    return min(found, key=lambda image: image.get("type") != "output", default=None)
