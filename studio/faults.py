"""Simulates the faults requested in the settings, with the errors of a remote service."""

from collections.abc import Callable

from errors import (
    BadBodyError,
    BadScriptError,
    ContentRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    QuotaExceededError,
    RateLimitedError,
    StepError,
)
from studio.settings import PictureFault, ScriptFault, StudioSettings

_RETRY_AFTER_S = 1.0

_PICTURE_ERRORS: dict[PictureFault, Callable[[], StepError]] = {
    PictureFault.REFUSED: lambda: ContentRejectedError("The studio refuses this picture."),
    PictureFault.UNAVAILABLE: lambda: ProviderUnavailableError("The studio is out of order."),
    PictureFault.TIMEOUT: lambda: ProviderTimeoutError("The studio did not answer in time."),
    PictureFault.RATE_LIMITED: lambda: RateLimitedError(
        "The studio asks for a pause.", retry_after_s=_RETRY_AFTER_S
    ),
    PictureFault.QUOTA: lambda: QuotaExceededError("The studio's credit is used up."),
    PictureFault.BAD_BODY: lambda: BadBodyError("The studio's answer is no picture."),
}

_SCRIPT_ERRORS: dict[ScriptFault, Callable[[], StepError]] = {
    ScriptFault.EMPTY: lambda: BadScriptError("The script has no shots.", code="SCRIPT_EMPTY"),
    ScriptFault.TRUNCATED: lambda: BadScriptError(
        "The script breaks off in the middle.", code="SCRIPT_TRUNCATED"
    ),
    ScriptFault.HTML: lambda: BadBodyError("The studio answered with a web page."),
    ScriptFault.UNAVAILABLE: lambda: ProviderUnavailableError("The studio is out of order."),
}


class PictureFaults:
    """Counts pictures and failures of one provider."""

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._asked = 0
        self._failed = 0

    def check(self, prompt: str) -> None:
        """Count one picture.

        Raises:
            StepError: The settings request a failure of this picture.
        """
        self._asked += 1
        times = self._settings.fail_times
        if (times is not None and self._failed >= times) or not self._is_due(prompt):
            return
        self._failed += 1
        make_error = _PICTURE_ERRORS[self._settings.fail_code]
        raise make_error()

    def _is_due(self, prompt: str) -> bool:
        settings = self._settings
        return (
            self._asked == settings.fail_shot
            or (settings.fail_every is not None and self._asked % settings.fail_every == 0)
            or (
                settings.fail_word is not None
                and settings.fail_word.casefold() in prompt.casefold()
            )
        )


def check_script(settings: StudioSettings) -> None:
    """Fail if the settings request failures of scripts.

    Raises:
        StepError: The error of the requested fault.
    """
    if settings.fail_script is not None:
        make_error = _SCRIPT_ERRORS[settings.fail_script]
        raise make_error()
