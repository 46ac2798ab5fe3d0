"""The exception hierarchy, with the public code of each class.

Standard library only, so that every package can import it. `message` is always safe to show.

    AIStoryError
    ├── RequestError                  the caller can fix it (400)
    │   ├── InvalidInputError         REQUIRED TOO_LONG OUT_OF_RANGE INVALID UNSUPPORTED
    │   ├── NotFoundError             NOT_FOUND (404)
    │   ├── ConflictError             CONFLICT IDEMPOTENCY_KEY_REUSED (409)
    │   └── InvalidStateError         INVALID_STATE (409)
    ├── AccessError                   authentication and authorization
    │   ├── UnauthenticatedError      UNAUTHENTICATED (401)
    │   ├── ForbiddenError            FORBIDDEN (403)
    │   └── AuthenticationDownError   AUTHENTICATION_DOWN (503), the same call may succeed later
    ├── DatabaseUnavailableError      DATABASE_UNAVAILABLE (503), the same call may succeed later
    ├── WorkInterruptedError          INTERRUPTED (503), a child process was told to stop
    ├── SetupError                    the operator can fix it: home, port, database, settings
    └── StepError                     a step of a workflow failed; stored on the row
        ├── ProviderUnavailableError  UPSTREAM_UNAVAILABLE, retried
        ├── ProviderTimeoutError      UPSTREAM_TIMEOUT, retried
        ├── RateLimitedError          RATE_LIMITED, retried after `retry_after_s`
        ├── QuotaExceededError        QUOTA_EXCEEDED, needs action by the operator
        ├── ProviderRefusedError      UPSTREAM_REFUSED, the request is invalid (a 4xx)
        │   └── ContextExceededError  CONTEXT_EXCEEDED, a shorter one may pass
        ├── BadBodyError              UPSTREAM_BAD_BODY and narrower codes, retried
        ├── BadScriptError            SCRIPT_EMPTY SCRIPT_TRUNCATED BAD_JSON, retried
        ├── ContentRejectedError      CONTENT_REJECTED, never retried
        ├── ResultExpiredError        RESULT_EXPIRED, never retried automatically
        ├── JobFailedError            UPSTREAM_FAILED, never retried automatically
        │   └── JobCanceledError
        ├── CompositionError          COMPOSITION_FAILED, retried
        ├── ProcessKilledError        PROCESS_KILLED, retried
        └── DiskFullError             DISK_FULL, retried
"""


class AIStoryError(Exception):
    """Base of every error that AI-Story raises on purpose."""

    code = "INTERNAL"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class RequestError(AIStoryError):
    """The caller can fix it. `field` is the path of the input that caused it."""

    code = "INVALID"

    def __init__(
        self, message: str, *, code: str | None = None, field: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.field = field


class InvalidInputError(RequestError):
    """A value is missing, too long, out of range or invalid."""


class NotFoundError(RequestError):
    """The object does not exist, or belongs to another owner."""

    code = "NOT_FOUND"


class ConflictError(RequestError):
    """The request is well formed but conflicts with the current state."""

    code = "CONFLICT"


class InvalidStateError(ConflictError):
    """The current status does not allow the action."""

    code = "INVALID_STATE"


class AccessError(AIStoryError):
    """The client is not authenticated or not authorized."""

    code = "FORBIDDEN"


class UnauthenticatedError(AccessError):
    """Credentials are missing or invalid. `is_expired` if they have only expired."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str, *, is_expired: bool = False) -> None:
        super().__init__(message)
        self.is_expired = is_expired


class ForbiddenError(AccessError):
    """The viewer is authenticated but not authorized."""


class AuthenticationDownError(AccessError):
    """Credentials cannot be verified at the moment: the key set is unavailable."""

    code = "AUTHENTICATION_DOWN"


class DatabaseUnavailableError(AIStoryError):
    """The database is unavailable, or the connection was lost. The cause is the driver's error.

    The message says whether the change was saved.
    """

    code = "DATABASE_UNAVAILABLE"

    @property
    def reason(self) -> str:
        """The name of the driver's error, for the log."""
        error: BaseException = self
        while error.__cause__ is not None:
            error = error.__cause__
        return type(error).__name__


class WorkInterruptedError(AIStoryError):
    """A child process was told to stop, as when everything stops: neither a failure nor an attempt.

    The work is done again by the next claim.
    """

    code = "INTERRUPTED"


class SetupError(AIStoryError):
    """The operator can fix it. The message says how."""

    code = "SETUP"


class StepError(AIStoryError):
    """A step of a workflow failed; `retryable` says whether the same step may succeed later.

    `retry_after_s` is the minimum delay in seconds that the service requested, or None.
    """

    code = "STEP_FAILED"
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retryable: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, code=code)
        if retryable is not None:
            self.retryable = retryable
        self.retry_after_s = retry_after_s


class ProviderUnavailableError(StepError):
    """The service is down, unreachable or answered 5xx; the same call may succeed later."""

    code = "UPSTREAM_UNAVAILABLE"
    retryable = True


class ProviderTimeoutError(StepError):
    """The service did not answer within the total deadline."""

    code = "UPSTREAM_TIMEOUT"
    retryable = True


class RateLimitedError(StepError):
    """The service limits the rate of requests."""

    code = "RATE_LIMITED"
    retryable = True


class QuotaExceededError(StepError):
    """The account has no credit left; waiting does not help."""

    code = "QUOTA_EXCEEDED"


class ProviderRefusedError(StepError):
    """The service refuses the request itself: wrong key, wrong model, wrong parameters."""

    code = "UPSTREAM_REFUSED"


class ContextExceededError(ProviderRefusedError):
    """The request exceeds the context length of the model."""

    code = "CONTEXT_EXCEEDED"


class BadBodyError(StepError):
    """The response of the service is malformed or not of the expected kind."""

    code = "UPSTREAM_BAD_BODY"
    retryable = True


class BadScriptError(StepError):
    """The language model answered without a usable script."""

    code = "BAD_JSON"
    retryable = True


class ContentRejectedError(StepError):
    """The service's moderation refused the content; the same content never passes."""

    code = "CONTENT_REJECTED"


class ResultExpiredError(StepError):
    """The result is no longer available. Generating it again costs again, so the user decides."""

    code = "RESULT_EXPIRED"


class JobFailedError(StepError):
    """The service accepted the job and reports that it failed."""

    code = "UPSTREAM_FAILED"


class JobCanceledError(JobFailedError):
    """The service, or someone at the service, canceled the job."""

    def __init__(self) -> None:
        super().__init__("The service canceled the job. Start it again.")


class CompositionError(StepError):
    """Composing the film on this machine failed."""

    code = "COMPOSITION_FAILED"
    retryable = True


class ProcessKilledError(StepError):
    """A child process was killed (SIGKILL) by the system or by a person."""

    code = "PROCESS_KILLED"
    retryable = True

    def __init__(self, name: str, *, retryable: bool | None = None) -> None:
        """`name` begins the message: "ffmpeg"."""
        super().__init__(
            f"{name} was killed, as the system does when memory runs out. Free some memory on this "
            "machine or give it more, then try again.",
            retryable=retryable,
        )


class DiskFullError(StepError):
    """The disk of this machine is full."""

    code = "DISK_FULL"
    retryable = True
