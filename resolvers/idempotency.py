"""Idempotency of creating mutations: a repeated call has no second effect."""

import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass
from uuid import UUID

from db.queries import idempotency
from db.session import Writes
from domain import MAX_IDEMPOTENCY_KEY_LENGTH
from errors import ConflictError
from resolvers.context import Context
from resolvers.texts import check_optional

_FIELD = ("input", "idempotencyKey")


@dataclass(slots=True)
class Once:
    """One call: `done` is the result of an earlier call with the same key, None for the first call.

    The first call sets `made` to what it creates or changes; only it has the `session`.
    """

    session: Writes
    done: UUID | None = None
    made: UUID | None = None


@asynccontextmanager
async def once(
    context: Context, key: str | None, mutation: str, wish: object = None, **asked: object
) -> AsyncGenerator[Once]:
    """A transaction for the mutation, unless it was already done under this key.

    `wish`, a dataclass, and `asked` are the client's input. A call that fails stores no key.

    Raises:
        ConflictError: IDEMPOTENCY_KEY_REUSED, the key belongs to another input.
        InvalidInputError: The key is too long or invalid.
    """
    key = check_optional(
        key, field="idempotencyKey", limit=MAX_IDEMPOTENCY_KEY_LENGTH, is_told=False
    )
    owner_id = context.viewer.id
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(context.writing())
        call = Once(session)
        if key is not None:
            digest = digest_of(mutation, wish, **asked)
            if not await idempotency.claim_key(session, owner_id, key, digest=digest):
                call.done = await _earlier(session, owner_id, key, digest)
                # The result is read in another session: if each of many repeats held one, none
                # would get a second.
                await stack.aclose()
        yield call
        if key is not None and call.made is not None:
            await idempotency.settle_key(session, owner_id, key, subject_id=call.made)


def digest_of(mutation: str, wish: object = None, **asked: object) -> str:
    """A representation of the input that is the same in every version of the program.

    Fields at their default are left out, as are None and False in `asked`: inputs get new fields,
    and stored keys must still match.
    """
    sent = {name: value for name, value in asked.items() if not (value is None or value is False)}
    if is_dataclass(wish):
        defaults = {field.name: field.default for field in fields(wish)}
        values = {name: getattr(wish, name) for name in defaults if name != "idempotency_key"}
        sent |= {name: value for name, value in values.items() if value != defaults[name]}
    canonical = json.dumps([mutation, sent], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def _earlier(session: Writes, owner_id: str, key: str, digest: str) -> UUID:
    claim = await idempotency.get_claim(session, owner_id, key)
    if claim is None or claim[0] != digest or claim[1] is None:
        raise ConflictError(
            "This idempotency key was used with a different input. Use a new key.",
            code="IDEMPOTENCY_KEY_REUSED",
            field=_FIELD,
        )
    return claim[1]
