"""The built-in voice: espeak-ng, one short-lived helper process per text.

The library belongs to the package `espeakng_loader`, which is optional. Neither the library nor the
package is ever loaded into this process.
"""

import asyncio
import io
import json
import os
import sys
import wave
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from children.deadline import Deadline
from children.running import ask
from errors import BadBodyError, ProviderTimeoutError, ProviderUnavailableError

_HELPER = Path(__file__).with_name("voice_helper.py")
_DEADLINE_S = 30.0
_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Spoken:
    """A spoken text as a WAV, and its duration."""

    content: bytes
    seconds: float


class Voice:
    """Speaks on this machine; a preview voice. Equal texts give equal bytes."""

    def __init__(self, package: Path, *, deadline_s: float = _DEADLINE_S) -> None:
        """`package` is the folder of espeakng_loader: the library and its data."""
        self.package = package
        self._deadline_s = deadline_s
        self._slots = asyncio.Semaphore(os.cpu_count() or 1)

    @classmethod
    def find(cls) -> "Voice | None":
        """The voice, if its library is installed."""
        spec = find_spec("espeakng_loader")
        if spec is None or spec.origin is None:
            return None
        return cls(Path(spec.origin).parent)

    async def speak(self, text: str, *, language: str | None) -> Spoken | None:
        """Speak the text in a helper process; None if it contains nothing that can be spoken.

        `language` is a BCP 47 tag, None means the text's own. Canceling the call kills the helper.

        Raises:
            ProviderTimeoutError: The helper did not finish in time.
            ProviderUnavailableError: The helper failed.
            WorkInterruptedError: It was told to stop.
            ProcessKilledError: It was killed.
            BadBodyError: The helper's output is not a sound file.
        """
        question = json.dumps({"text": text, "language": language})
        async with self._slots:
            try:
                async with Deadline(self._deadline_s):
                    answer = await self._ask(question.encode())
            except TimeoutError as error:
                raise ProviderTimeoutError("The voice did not end in time.") from error
        return _as_sound(answer) if answer else None

    async def _ask(self, question: bytes) -> bytes:
        ended = await ask(
            *(sys.executable, "-I", "-S", _HELPER, self.package),
            question=question,
            name="The voice",
        )
        if ended.code != 0:
            reason = ended.errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ProviderUnavailableError(
                f"The voice failed: {reason[:_REASON_LENGTH] or f'exit code {ended.code}'}"
            )
        return ended.output


def _as_sound(content: bytes) -> Spoken:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise BadBodyError("The voice answered something that is no sound.") from error
    return Spoken(content, seconds)
