"""The original model services: one route each for the script, a picture and a whole film."""

import asyncio
from pathlib import Path

import httpx

from domain import MAX_SHOTS_PER_STORY, Size, Style, Transition
from errors import BadScriptError
from orchestration.providers.checkup import Checkup, check_reach
from orchestration.providers.http.addresses import is_data_url
from orchestration.providers.http.answers import (
    bad_body,
    is_html,
    parse_object,
    raise_stated_error,
    require_success,
)
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Answer, Endpoint, exchange
from orchestration.providers.images.image_wishes import nearest_size, styled_prompt
from orchestration.providers.images.pictures import MAX_ENVELOPE_BYTES, Pictures
from orchestration.providers.ports import (
    At,
    Call,
    Image,
    ImageRequest,
    Ready,
    Script,
    ScriptRequest,
    VideoRequest,
)
from orchestration.providers.scripts.script_body import MAX_SCRIPT_BYTES, read_script
from orchestration.providers.scripts.script_wire import fallback_title
from text.sentences import split_sentences

_SIZES = (Size(1024, 576), Size(1024, 1024), Size(576, 1024))
_TRANSITION_WORDS = {
    Transition.KEN_BURNS: "Ken Burns",
    Transition.CROSSFADE: "Crossfade",
    Transition.VOLUME_MIX: "Volume Mix",
    Transition.CUT: "Cut",
}
_MAX_URL_LENGTH = 8_192


class OriginScriptProvider:
    """POST /llm {"story"}."""

    def __init__(self, client: httpx.AsyncClient, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint

    async def check(self) -> Checkup:
        """Whether the service responds; it has no free check.

        Raises:
            StepError: It does not.
        """
        return await check_reach(self._client, self._endpoint)

    async def begin(self, request: ScriptRequest, call: Call) -> Ready[Script]:
        """Write the script; the service accepts only the text.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        answer = await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/llm",
            payload={"story": request.content},
            idempotency_key=call.idempotency_key,
            max_size_bytes=MAX_SCRIPT_BYTES,
        )
        require_success(self._endpoint, answer)
        if not answer.body.strip() or is_html(answer.body, answer.media_type):
            raise bad_body(self._endpoint, answer)
        try:
            text = answer.body.decode(errors="replace")
            return Ready(await read_script(text, fallback_title=fallback_title(request)))
        except BadScriptError:
            raise_stated_error(self._endpoint, answer)
            raise

    async def count_shots(self, request: ScriptRequest) -> int:
        """A guess of one shot per sentence: the service reports nothing."""
        sentences = await asyncio.to_thread(split_sentences, request.content)
        return min(max(len(sentences), 1), MAX_SHOTS_PER_STORY)


class OriginImageProvider:
    """POST /pic {"prompt", "size"}, answered with an address or a data URL."""

    def __init__(
        self, client: httpx.AsyncClient, endpoint: Endpoint, *, pictures: Pictures
    ) -> None:
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._pictures = pictures

    async def check(self) -> Checkup:
        """Whether the service responds; it has no free check.

        Raises:
            StepError: It does not.
        """
        return await check_reach(self._client, self._endpoint)

    async def begin(self, request: ImageRequest, call: Call) -> Ready[Image] | At:
        """Make the picture: its bytes, or its address at the service.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        self._pictures.expect()
        size = nearest_size(request, _SIZES)
        answer = await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/pic",
            payload={"prompt": styled_prompt(request), "size": f"{size.width}x{size.height}"},
            idempotency_key=call.idempotency_key,
            max_size_bytes=MAX_ENVELOPE_BYTES,
        )
        url = _result_url(self._endpoint, answer, name="image_url")
        if is_data_url(url):
            return Ready(await self._pictures.fetch(url, request.style))
        return At(url)

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Fetch and validate a picture that `begin` made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        return await self._pictures.fetch(url, style)


class OriginVideoProvider:
    """POST /video {"story_id", "shots"}: one long request without a job id."""

    model: str | None = None

    def __init__(
        self, client: httpx.AsyncClient, endpoint: Endpoint, *, downloads: Downloads
    ) -> None:
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._downloads = downloads

    async def check(self) -> Checkup:
        """Whether the service responds; it has no free check.

        Raises:
            StepError: It does not.
        """
        return await check_reach(self._client, self._endpoint)

    async def begin(self, request: VideoRequest, call: Call) -> At:
        """Render the film, and return its address.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        shots = [
            {
                "image_url": shot.image_url,
                "narration": shot.narration,
                "transition": _TRANSITION_WORDS[shot.transition],
            }
            for shot in request.shots
        ]
        answer = await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/video",
            payload={"story_id": request.story_id, "shots": shots},
            idempotency_key=call.idempotency_key,
        )
        return At(_result_url(self._endpoint, answer, name="video_url"))

    async def fetch(self, url: str, destination: Path) -> None:
        """Download a film to a file; no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        await self._downloads.fetch_to_file(url, destination)


def _result_url(endpoint: Endpoint, answer: Answer, *, name: str) -> str:
    url = parse_object(endpoint, answer, wanted=name)[name]
    if not isinstance(url, str) or not url.strip():
        raise bad_body(endpoint, answer)
    is_too_long = len(url) > _MAX_URL_LENGTH and not is_data_url(url)
    if is_too_long:
        raise bad_body(endpoint, answer)
    return url.strip()
