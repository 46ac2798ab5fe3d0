"""The one exception tree, with the public code of each.

Standard library only, so that every room may import it. `message` is always safe to show to anyone.

    AIStoryError
    ├── RequestError                  the caller can mend it (400)
    │   ├── InvalidInputError         REQUIRED TOO_LONG OUT_OF_RANGE INVALID UNSUPPORTED
    │   ├── NotFoundError             NOT_FOUND (404)
    │   ├── ConflictError             CONFLICT IDEMPOTENCY_KEY_REUSED (409)
    │   └── InvalidStateError         INVALID_STATE (409)
    ├── AccessError                   who asks, and what he may do
    │   ├── UnauthenticatedError      UNAUTHENTICATED (401)
    │   ├── ForbiddenError            FORBIDDEN (403)
    │   └── AuthenticationDownError   AUTHENTICATION_DOWN (503), the same call may succeed later
    ├── DatabaseUnavailableError      DATABASE_UNAVAILABLE (503), the same call may succeed later
    ├── SetupError                    the operator can mend it: home, port, database, settings
    └── StepError                     a step of a workflow failed; stored on the row
        ├── ProviderUnavailableError  UPSTREAM_UNAVAILABLE, retried
        ├── ProviderTimeoutError      UPSTREAM_TIMEOUT, retried
        ├── RateLimitedError          RATE_LIMITED, retried after `retry_after_s`
        ├── QuotaExceededError        QUOTA_EXCEEDED, a person must act
        ├── ProviderRefusedError      UPSTREAM_REFUSED, the request itself is wrong (a 4xx)
        │   └── ContextExceededError  CONTEXT_EXCEEDED, a shorter one may pass
        ├── BadBodyError              UPSTREAM_BAD_BODY and narrower codes, retried
        ├── BadScriptError            SCRIPT_EMPTY SCRIPT_TRUNCATED BAD_JSON, retried
        ├── ContentRejectedError      CONTENT_REJECTED, never retried
        ├── ResultExpiredError        RESULT_EXPIRED, never retried by itself
        ├── CompositionError          COMPOSITION_FAILED, retried
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
    """The caller can mend it; `field` is the path of the input that caused it."""

    code = "INVALID"

    def __init__(
        self, message: str, *, code: str | None = None, field: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.field = field


class InvalidInputError(RequestError):
    """A value is missing, too long, out of range or not understood."""


class NotFoundError(RequestError):
    """The viewer has no such thing: it is absent, or somebody else's."""

    code = "NOT_FOUND"


class ConflictError(RequestError):
    """The request is well formed but does not fit the present state."""

    code = "CONFLICT"


class InvalidStateError(ConflictError):
    """The lifecycle forbids the action in the present status."""

    code = "INVALID_STATE"


class AccessError(AIStoryError):
    """Who asks is not known, or may not do this."""

    code = "FORBIDDEN"


class UnauthenticatedError(AccessError):
    """No credentials came, or none that count; `is_expired` when fresh ones of the kind would."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str, *, is_expired: bool = False) -> None:
        super().__init__(message)
        self.is_expired = is_expired


class ForbiddenError(AccessError):
    """The viewer is known, and may not do this."""


class AuthenticationDownError(AccessError):
    """Nobody can be recognised just now: what the credentials are checked against is away."""

    code = "AUTHENTICATION_DOWN"


class DatabaseUnavailableError(AIStoryError):
    """The database cannot be reached, refuses us, or was lost; its cause is what the driver raised.

    The message says what is known of a change that was under way.
    """

    code = "DATABASE_UNAVAILABLE"

    @property
    def reason(self) -> str:
        """The name of what the driver raised, for the log."""
        error: BaseException = self
        while error.__cause__ is not None:
            error = error.__cause__
        return type(error).__name__


class SetupError(AIStoryError):
    """The operator can mend it: the message says what to do."""

    code = "SETUP"


class StepError(AIStoryError):
    """A step of a workflow failed; `retryable` says whether the same step may succeed later.

    `retry_after_s` is the least wait in seconds that the service asked for; None when it asked
    for none.
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
    """The service asked us to slow down."""

    code = "RATE_LIMITED"
    retryable = True


class QuotaExceededError(StepError):
    """The account has no credit left; waiting does not help."""

    code = "QUOTA_EXCEEDED"


class ProviderRefusedError(StepError):
    """The service refuses the request itself: wrong key, wrong model, wrong parameters."""

    code = "UPSTREAM_REFUSED"


class ContextExceededError(ProviderRefusedError):
    """The request is longer than what the model can hold at once."""

    code = "CONTEXT_EXCEEDED"


class BadBodyError(StepError):
    """The service answered something that is not what it promised."""

    code = "UPSTREAM_BAD_BODY"
    retryable = True


class BadScriptError(StepError):
    """The language model answered, but no usable script came of it."""

    code = "BAD_JSON"
    retryable = True


class ContentRejectedError(StepError):
    """The service's moderation refused the content; the same content never passes."""

    code = "CONTENT_REJECTED"


class ResultExpiredError(StepError):
    """The result existed and is gone; making it again costs again, so a person decides."""

    code = "RESULT_EXPIRED"


class CompositionError(StepError):
    """The film could not be put together on this machine."""

    code = "COMPOSITION_FAILED"
    retryable = True


class DiskFullError(StepError):
    """This machine has no room for what is being worked on."""

    code = "DISK_FULL"
    retryable = True
