"""Decodes a text file for a client: POST /texts with its bytes, in any encoding.

Nothing is stored. A browser can decode every encoding but cannot detect which one a file uses.
"""

import asyncio
from typing import Self

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain import Scope
from errors import InvalidInputError
from resolvers.policies import check_scope
from resolvers.text_files import MAX_TEXT_BYTES, TextFile, read_text_file
from web.envelope import answer, fail
from web.requests import read_bytes
from web.rest.bodies import Body
from web.services import services_of

_READ_AT_ONCE = 2
_STATUSES = {"TOO_LONG": 413, "UNSUPPORTED": 415}
_UNREADABLE = 422


class ReadText(Body):
    """The text of a file, and how its bytes were decoded."""

    text: str
    encoding: str
    candidates: tuple[str, ...] = Field(description="Possible encodings, most likely first.")
    is_certain: bool

    @classmethod
    def of(cls, told: TextFile) -> Self:
        """From the decoded text."""
        return cls(
            text=told.text,
            encoding=told.encoding,
            candidates=told.candidates,
            is_certain=told.is_certain,
        )


class _Reader:
    """Decodes off the event loop, few files at a time: a long text takes a third of a second."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_READ_AT_ONCE)

    async def read(self, request: Request) -> Response:
        viewer = await services_of(request).authenticate(request)
        check_scope(viewer, Scope.WRITE)
        content = await read_bytes(request, most_bytes=MAX_TEXT_BYTES)
        encoding = request.query_params.get("encoding")
        async with self._turns:
            try:
                told = await asyncio.to_thread(read_text_file, content, encoding=encoding)
            except InvalidInputError as error:
                return fail(_STATUSES.get(error.code, _UNREADABLE), error.message)
        return answer(ReadText.of(told))


def text_file_routes() -> list[BaseRoute]:
    """All routes under /texts."""
    return [Route("/texts", _Reader().read, methods=["POST"])]
