"""Our own reasons for a failure of work."""

import structlog

from errors import AIStoryError, StepError

_LOG = structlog.get_logger()


class SupersededError(Exception):
    """A later claim does the work now, or nobody waits for it any more: there is nothing to do."""


class TooManyInterruptionsError(StepError):
    """The work was started again and again, and no claim of it got an answer."""

    code = "INTERRUPTED"
    retryable = True

    def __init__(self, times: int) -> None:
        super().__init__(
            f"The work was interrupted {times} times by crashes, restarts or stopped processes and "
            "never ended; try again, or change it."
        )


class MediaMissingError(StepError):
    """Source files of the work are no longer in the media store."""

    code = "MEDIA_MISSING"

    def __init__(self, shots: str) -> None:
        """`shots` names those whose pictures are missing: "shots 2 and 3"."""
        super().__init__(
            f"The picture of {shots} is missing from the media store. Draw it again, then try "
            "again; a store that was restored from a backup may lack more."
        )


class ProviderChangedError(StepError):
    """Work begun at one service cannot continue at another."""

    code = "PROVIDER_CHANGED"

    def __init__(self, begun: str, provider: str) -> None:
        """`begun` is what was being made: "picture"."""
        super().__init__(
            f"The {begun} was begun at '{provider}', which is not configured any more; make it "
            "again."
        )


class UnexpectedError(StepError):
    """An exception that is not an error of a step; the log has its traceback."""

    code = "INTERNAL"
    retryable = True

    def __init__(self, error: Exception, *, retryable: bool = True) -> None:
        """Only our errors have messages that are safe to show; for others the type is shown."""
        message = (
            error.message
            if isinstance(error, AIStoryError)
            else f"Something went wrong here that nobody expected ({type(error).__name__}); the "
            "server's log says more. Try again, and report it if it comes back."
        )
        super().__init__(message, retryable=retryable)
        _LOG.error("step failed unexpectedly", exc_info=error)
