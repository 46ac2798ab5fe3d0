"""Begins coroutines at once: most answers wait for nothing, and need no other task then."""

from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def begin(work: Coroutine[Any, Any, T]) -> T | Awaitable[T]:
    """Its result if it does not wait; else the rest of it, to be awaited in the same task.

    Raises:
        Exception: It fails before it waits.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as end:
        return end.value
    return _go_on(work, waits_for)


async def _go_on(work: Coroutine[Any, Any, T], waits_for: Any) -> T:
    return await _rest(work, waits_for)


@coroutine
def _rest(work: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    try:
        while True:
            try:
                received = yield waits_for
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(received)
    except StopIteration as end:
        return end.value
