"""Narrations over POST /audio/speech, from OpenAI or any compatible server."""

import asyncio
import re

import httpx

from orchestration.providers.checkup import Checkup, check_models
from orchestration.providers.http.answers import bad_body, parse_object, require_success
from orchestration.providers.http.exchange import Answer, Endpoint, exchange
from orchestration.providers.ports import Call, Ready, Speech, SpeechRequest

MAX_INPUT_LENGTH = 4_096
MAX_SOUND_BYTES = 64 * 2**20
DEFAULT_VOICE = "alloy"
_BEGINNINGS = tuple(
    (re.compile(beginning, re.DOTALL), media_type)
    for beginning, media_type in (
        (rb"RIFF....WAVE|RF64....WAVE|RIFX....WAVE", "audio/wav"),
        (rb"OggS", "audio/ogg"),
        (rb"fLaC", "audio/flac"),
        (rb"....ftyp", "audio/mp4"),
        (rb"\x1a\x45\xdf\xa3", "audio/webm"),
        (rb"FORM....AIF[FC]", "audio/aiff"),
        (rb"caff\x00", "audio/x-caf"),
        (rb"\.snd\x00", "audio/basic"),
        (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),
        (rb"ID3|\xff[\xe0-\xff]", "audio/mpeg"),
    )
)
"""First bytes of sounds that ffmpeg reads; many servers know one format and always send it."""


class OpenAIVoiceProvider:
    """Any voice behind POST /audio/speech; `at_once` limits the calls of this process."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        *,
        model: str,
        voice: str = DEFAULT_VOICE,
        at_once: int = 8,
    ) -> None:
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._model = model
        self._voice = voice
        self._slots = asyncio.Semaphore(at_once)

    async def check(self) -> Checkup:
        """The findings from the list of models.

        Raises:
            StepError: The service does not respond.
        """
        return await check_models(self._client, self._endpoint, model=self._model)

    @property
    def description(self) -> str:
        """The voice, in a few words for people."""
        return f"{self._voice}, a voice of {self._model}"

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would sound different."""
        return f"{self.name} {self._model} {self._voice}"

    async def begin(self, request: SpeechRequest, call: Call) -> Ready[Speech | None]:
        """Speak the text; None if it has no words.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        if not any(character.isalnum() for character in request.text):
            return Ready(None)
        async with self._slots:
            answer = await exchange(
                self._client,
                self._endpoint,
                method="POST",
                path="/audio/speech",
                payload={
                    "model": self._model,
                    "voice": self._voice,
                    "input": request.text[:MAX_INPUT_LENGTH],
                    "response_format": "wav",
                },
                idempotency_key=call.idempotency_key,
                max_size_bytes=MAX_SOUND_BYTES,
            )
        media_type = self._sound_type(answer)
        return Ready(Speech(content=answer.body, media_type=media_type, model=self._model))

    def _sound_type(self, answer: Answer) -> str:
        """The type of the bytes, whatever they claim: errors are JSON behind any status."""
        require_success(self._endpoint, answer)
        for beginning, media_type in _BEGINNINGS:
            if beginning.match(answer.body):
                return media_type
        if answer.body.lstrip()[:1] in (b"{", b"["):
            parse_object(self._endpoint, answer, wanted="audio")
        raise bad_body(self._endpoint, answer)
