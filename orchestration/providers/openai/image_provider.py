"""Pictures over POST /images/generations, from OpenAI or any compatible server."""

import re
from dataclasses import replace

import httpx
import structlog
from structlog.typing import FilteringBoundLogger

from domain import Size, Style
from orchestration.providers.checkup import Checkup, check_models
from orchestration.providers.http.addresses import is_data_url
from orchestration.providers.http.answers import (
    bad_body,
    meaning_in,
    parse_object_with_any,
    raise_stated_error,
)
from orchestration.providers.http.exchange import Answer, Endpoint, exchange
from orchestration.providers.http.loose_json import as_list, as_object
from orchestration.providers.http.meanings import Meaning
from orchestration.providers.images.image_wishes import nearest_size, styled_prompt
from orchestration.providers.images.pictures import MAX_ENVELOPE_BYTES, Pictures
from orchestration.providers.ports import At, Call, Image, ImageRequest, Ready

MAX_PROMPT_LENGTH = 32_000
MAX_URL_LENGTH = 8_192

_SIZES = (
    # Multiples of 16 with more pixels than the film's, for its zooms: new models accept any such.
    (Size(1536, 864), Size(1024, 1024), Size(864, 1536)),
    (Size(1536, 1024), Size(1024, 1024), Size(1024, 1536)),
    (Size(1792, 1024), Size(1024, 1024), Size(1024, 1792)),
)
"""Sizes that models are known to accept; the film crops other shapes."""
_SIZE_REFUSED = (400, 422)
_ADDRESSES = ("url", "image_url")
_BYTES = ("b64_json", "base64", "b64", "image_base64")
_PLACES = (*_BYTES, *_ADDRESSES, "data", "images", "image", "output")
"""Servers' names for the picture, and for its containers."""
_IS_ADDRESS = re.compile(r"data:|[a-z][a-z0-9+.-]*://|/(?!9j/)", re.IGNORECASE)
"""Of fields with other names. Base64 has no colon, and that of a JPEG begins with /9j/."""
_SHORT = 64
"""Shorter strings in fields with other names are no picture."""
_DEPTH = 4

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


class OpenAIImageProvider:
    """Any model behind POST /images/generations.

    There is no job to look up: a call whose connection breaks is paid for anyway.
    """

    def __init__(
        self, client: httpx.AsyncClient, endpoint: Endpoint, *, model: str, pictures: Pictures
    ) -> None:
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._model = model
        self._pictures = pictures
        self._sizes = 0
        """Which of the sizes the model takes; beyond the last it is not asked for any."""

    async def check(self) -> Checkup:
        """The findings from the list of models.

        Raises:
            StepError: The service does not respond.
        """
        return await check_models(self._client, self._endpoint, model=self._model)

    async def begin(self, request: ImageRequest, call: Call) -> Ready[Image] | At:
        """Make the picture: its bytes, or its address at the service.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        self._pictures.expect()
        key, sizes = call.idempotency_key, self._sizes
        answer = await self._ask(request, sizes, idempotency_key=key)
        while sizes < len(_SIZES) and _refuses_size(self._endpoint, answer):
            sizes += 1
            answer = await self._ask(request, sizes, idempotency_key=f"{key}:{sizes}")
        drawn = await self._read(answer, request.style)
        if sizes > self._sizes:
            _logger.info("picture_sizes", provider=self._endpoint.name, rung=sizes)
            self._sizes = sizes
        return drawn

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Fetch and validate a picture that `begin` made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        return replace(await self._pictures.fetch(url, style), model=self._model)

    async def _ask(self, request: ImageRequest, sizes: int, *, idempotency_key: str) -> Answer:
        payload: dict[str, object] = {
            "model": self._model,
            "prompt": styled_prompt(request)[:MAX_PROMPT_LENGTH],
            "n": 1,
        }
        if sizes < len(_SIZES):
            size = nearest_size(request, _SIZES[sizes])
            payload["size"] = f"{size.width}x{size.height}"
        return await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/images/generations",
            payload=payload,
            idempotency_key=idempotency_key,
            max_size_bytes=MAX_ENVELOPE_BYTES,
        )

    async def _read(self, answer: Answer, style: Style) -> Ready[Image] | At:
        fields = parse_object_with_any(self._endpoint, answer, wanted=_PLACES)
        url = next(filter(None, (_address_in(name, fields.get(name)) for name in _PLACES)), "")
        if is_data_url(url):
            return Ready(await self.fetch(url, style))
        if not url:
            raise_stated_error(self._endpoint, answer)
        if not 0 < len(url) <= MAX_URL_LENGTH:
            raise bad_body(self._endpoint, answer)
        return At(url)


def _address_in(name: str, found: object, *, depth: int = _DEPTH) -> str:
    """The picture's address, or its bytes as a data URL, from an entry or the first of a list."""
    if isinstance(found, str):
        return _address(name, found.strip())
    items = as_list(found)
    inner = [(name, items[0])] if items else list((as_object(found) or {}).items())
    known = sorted((one for one in inner if one[0] in _PLACES), key=lambda o: _PLACES.index(o[0]))
    if depth == 0:
        return ""
    return next(filter(None, (_address_in(*one, depth=depth - 1) for one in known)), "")


def _address(name: str, text: str) -> str:
    is_address = name in _ADDRESSES or _IS_ADDRESS.match(text)
    if is_address or not (name in _BYTES or len(text) > _SHORT):
        return text if is_address else ""
    return f"data:image/*;base64,{text}" if text else ""


def _refuses_size(endpoint: Endpoint, answer: Answer) -> bool:
    """Whether the size was refused, rather than the account or the content."""
    if answer.status not in _SIZE_REFUSED or b"size" not in answer.body.lower():
        return False
    return meaning_in(endpoint, answer) in (None, Meaning.TOO_LONG, Meaning.NO_MODEL)
