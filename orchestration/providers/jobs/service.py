"""Submits, polls and cancels jobs by a vendor's table.

A submit that may have been accepted is never repeated, because it would be paid twice. An unknown
status counts as running, because vendors add words; the workflow has the deadline.
"""

import asyncio
import re
from collections.abc import Mapping

import httpx
import structlog
from structlog.typing import FilteringBoundLogger

from domain import Status
from errors import (
    BadBodyError,
    JobCanceledError,
    JobFailedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    ResultExpiredError,
    SetupError,
    StepError,
)
from orchestration.providers.checkup import Checkup, check_reach, check_routes
from orchestration.providers.http.addresses import is_data_url
from orchestration.providers.http.answers import (
    bad_body,
    parse_json_object,
    parse_object,
    raise_stated_error,
    require_success,
    tells_code,
)
from orchestration.providers.http.error_bodies import read_error_body
from orchestration.providers.http.exchange import Answer, Endpoint, NotReachedError, exchange
from orchestration.providers.http.loose_json import as_number, as_text
from orchestration.providers.http.meanings import Meaning, meaning_of
from orchestration.providers.http.refusals import error_for
from orchestration.providers.images.pictures import MAX_ENVELOPE_BYTES
from orchestration.providers.jobs.vendor import (
    Values,
    Vendor,
    fill,
    fill_route,
    first_text,
    look_up,
)
from orchestration.providers.ports import At, Call, Running, Submitted

CONTROL_TIMEOUT_S = 30.0
"""For a poll or a cancel; the endpoint's own deadline is for the submit."""
MAX_ID_LENGTH = 512
MAX_URL_LENGTH = 8_192

_SAFE_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PERCENT = re.compile(r"(\d{1,3})(?:\.\d+)?\s*%")
_LOG_END = 2_000

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


class JobService:
    """The jobs of one vendor.

    `submit_client` opens a fresh connection per call (see open_client): on a socket that the
    service was just closing, a submit would be uncertain for no reason.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        vendor: Vendor,
        *,
        submit_client: httpx.AsyncClient,
        model: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.vendor = vendor
        self.model = model
        self._client = client
        self._submit_client = submit_client
        self._turn = asyncio.Lock()

    async def submit(
        self,
        template: Mapping[str, object],
        values: Values,
        call: Call,
        *,
        path: str | None = None,
    ) -> Submitted:
        """Start a job with the filled template as its body; `path` overrides the table's.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        await self._await_turn()
        payload = fill(template, {**values, "model": self.model})
        query: dict[str, str] = {}
        if call.webhook is not None and (table := self.vendor.webhook) is not None:
            payload |= fill(table.body, {"webhook": call.webhook})
            query |= {name: call.webhook for name in [table.query] if name}
        try:
            answer = await exchange(
                self._submit_client,
                self.endpoint,
                method="POST",
                path=self._route(path or self.vendor.submit.path),
                payload=payload,
                query=query,
                headers=self.vendor.submit.headers,
                idempotency_key=call.idempotency_key,
            )
        except NotReachedError:
            raise
        except (ProviderUnavailableError, ProviderTimeoutError, BadBodyError) as error:
            raise self._uncertain() from error
        return Submitted(self._accepted_id(answer))

    async def poll(self, remote_job_id: str) -> Running | At:
        """Whether the job still runs, or where its result is.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: There is no result, or, when `retryable`, the poll failed.
        """
        table = self.vendor.poll
        answer = await self._ask("GET", table.path, remote_job_id)
        fields = parse_object(self.endpoint, answer, wanted=_root(table.status))
        word = look_up(fields, table.status)
        if not isinstance(word, str):
            raise bad_body(self.endpoint, answer)
        if self.vendor.is_expired(word):
            raise self._expired()
        status = self.vendor.status_of(word)
        if status is None:
            shown = None if self.endpoint.is_secret(word) else word[:64]
            _logger.warning("unknown_job_status", provider=self.endpoint.name, status=shown)
            status = Status.GENERATING
        match status:
            case Status.COMPLETED:
                return await self._finished(remote_job_id, answer, fields)
            case Status.FAILED:
                raise self._failed(fields)
            case Status.CANCELED:
                raise JobCanceledError
            case _:
                return Running(self._progress(fields))

    async def cancel(self, remote_job_id: str) -> None:
        """Ask the service to stop; best effort, never raises StepError."""
        table = self.vendor.cancel
        if table is None:
            return
        try:
            require_success(self.endpoint, await self._ask(table.method, table.path, remote_job_id))
        except StepError as error:
            _logger.info("cancel_failed", provider=self.endpoint.name, code=error.code)

    async def check(self) -> Checkup:
        """Check the vendor for free; another server with the same protocol only needs to respond.

        Raises:
            StepError: It does not.
        """
        table = self.vendor.check
        if table is None or not _is_same_place(self.endpoint.base_url, self.vendor.url):
            return await check_reach(self._client, self.endpoint)
        return await check_routes(
            self._client,
            self.endpoint,
            key_route=table.key,
            model_route=self._route(table.model) if table.model and self.model else None,
        )

    def _failed(self, fields: dict[str, object]) -> StepError:
        """Why there is no result; of the service's words only one that looks like a code."""
        code = self._failure_code(fields)
        told = read_error_body({"code": code, "message": code})
        meaning = meaning_of(told, status=400, words=self.endpoint.words)
        if meaning in (Meaning.REJECTED, Meaning.NO_CREDIT):
            return error_for(self.endpoint, meaning, status=400)
        is_shown = _SAFE_CODE.fullmatch(code) and not self.endpoint.is_secret(code)
        suffix = f" ({code})" if is_shown else ""
        return JobFailedError(f"{self.endpoint.label} reports that the job failed{suffix}.")

    async def _finished(self, remote_job_id: str, answer: Answer, fields: dict[str, object]) -> At:
        """A finished job: with its result, unless its error says that there is none."""
        table = self.vendor.poll
        if self._failure_code(fields):
            raise self._failed(fields)
        if table.content is not None:
            return At(str(self.endpoint.url(self._route(table.content, remote_job_id))))
        if table.answer is not None:
            answer = await self._ask("GET", table.answer, remote_job_id)
            fields = parse_json_object(self.endpoint, answer)
        url = first_text(fields, table.results)
        if url is None:
            raise_stated_error(self.endpoint, answer)
        if url is None or (len(url) > MAX_URL_LENGTH and not is_data_url(url)):
            error = bad_body(self.endpoint, answer)  # another request would get the same
            raise BadBodyError(error.message, retryable=False)
        return At(url.strip())

    async def _ask(self, method: str, route: str, remote_job_id: str) -> Answer:
        answer = await exchange(
            self._client,
            self.endpoint,
            method=method,
            path=self._route(route, remote_job_id),
            timeout_s=min(CONTROL_TIMEOUT_S, self.endpoint.timeout_s),
            max_size_bytes=MAX_ENVELOPE_BYTES,
        )
        if method == "GET" and answer.status in (404, 410):
            raise self._expired()
        return answer

    def _accepted_id(self, answer: Answer) -> str:
        is_gateway_trouble = answer.status >= 500 and answer.status != 503
        if is_gateway_trouble and not tells_code(answer):
            raise self._uncertain()
        require_success(self.endpoint, answer)
        try:
            path = self.vendor.submit.id
            job_id = look_up(parse_object(self.endpoint, answer, wanted=_root(path)), path)
        except BadBodyError as error:
            raise self._uncertain() from error
        if not isinstance(job_id, str) or not 0 < len(job_id) <= MAX_ID_LENGTH:
            raise self._uncertain()
        return job_id

    async def _await_turn(self) -> None:
        """Keep to the submissions per second that the vendor allows an account."""
        if self.vendor.submissions_per_s is None:
            return
        await self._turn.acquire()
        loop = asyncio.get_running_loop()
        loop.call_later(1 / self.vendor.submissions_per_s, self._turn.release)

    def _uncertain(self) -> StepError:
        return StepError(
            f"{self.endpoint.label} may have accepted the job but did not confirm it. Check the "
            "service before you retry.",
            code="SUBMIT_UNCERTAIN",
            retryable=False,
        )

    def _expired(self) -> ResultExpiredError:
        return ResultExpiredError(f"{self.endpoint.label} no longer knows the job.")

    def _failure_code(self, fields: dict[str, object]) -> str:
        return first_text(fields, self.vendor.poll.failures) or ""

    def _progress(self, fields: dict[str, object]) -> float | None:
        """The progress as 0..1, from a percentage, or the last one in a log."""
        if self.vendor.poll.progress is None:
            return None
        told = look_up(fields, self.vendor.poll.progress)
        percents = _PERCENT.findall(as_text(told)[-_LOG_END:])
        percent = float(percents[-1]) if percents else as_number(told) if _is_plain(told) else None
        return None if percent is None else min(max(percent / 100, 0.0), 1.0)

    def _route(self, template: str, remote_job_id: str | None = None) -> str:
        model = self.model or ""
        app = "/".join(model.split("/")[:2])
        return fill_route(template, {"id": remote_job_id, "model": model, "app": app})


def _is_plain(told: object) -> bool:
    """A bare number, or a short string that may be one; a log without percentages has none."""
    return isinstance(told, int | float) or (isinstance(told, str) and len(told) < 16)


def _is_same_place(url: str, other: str) -> bool:
    """Whether both addresses are on one server, whatever their paths."""
    one, two = httpx.URL(url), httpx.URL(other)
    return (one.scheme, one.host, one.port) == (two.scheme, two.host, two.port)


def _root(path: str) -> str:
    """The first field of the path, which distinguishes an answer from its wrappers."""
    return path.partition(".")[0]


class TableProvider:
    """The common part of every provider with jobs at a vendor."""

    def __init__(
        self,
        jobs: JobService,
        template: Mapping[str, object] | None,
        *,
        poll_interval_s: float | None = None,
    ) -> None:
        """`template` is the body of a submission; `poll_interval_s` overrides the table's."""
        if template is None:
            raise SetupError(
                f"The table of {jobs.endpoint.name!r} does not support this kind of work."
            )
        self.jobs = jobs
        self.template = template
        self._poll_interval_s = poll_interval_s or jobs.vendor.poll_interval_s

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        return self.jobs.endpoint.name

    @property
    def poll_interval_s(self) -> float:
        """Seconds between two polls."""
        return self._poll_interval_s

    @property
    def calls_back(self) -> bool:
        """Whether it supports webhooks for ended jobs."""
        return self.jobs.vendor.webhook is not None

    knows_keys = False

    async def check(self) -> Checkup:
        """Check the vendor for free.

        Raises:
            StepError: It does not respond.
        """
        return await self.jobs.check()

    async def poll(self, remote_job_id: str) -> Running | At:
        """Whether the job still runs, or where its result is.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: There is no result, or, when `retryable`, the poll failed.
        """
        return await self.jobs.poll(remote_job_id)

    async def cancel(self, remote_job_id: str) -> None:
        """Ask the service to stop; best effort, never raises StepError."""
        await self.jobs.cancel(remote_job_id)
