"""Statements about services that the whole fleet pauses."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, text

from db.models import ProviderPause
from db.read_sessions import Reads
from db.write_sessions import Writes
from domain import ServiceKind

PAUSES_CHANNEL = "ai_story_pauses"
"""The NOTIFY channel that announces pauses to every process, parsed by `read_notice`."""


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A pause, measured by the database's clock: clocks of processes may differ.

    `remaining_s` is negative once it is over. `lasted_s` counts from the first refusal of a series,
    and is negative before the next series may begin.
    """

    kind: ServiceKind
    provider: str
    reason: str
    until: datetime
    remaining_s: float
    lasted_s: float


_COLUMNS = """
    kind, provider, reason, until,
    extract(epoch FROM until - clock_timestamp())::float8 AS remaining_s,
    extract(epoch FROM clock_timestamp() - since)::float8 AS lasted_s
"""
_LIST = text(f"SELECT {_COLUMNS} FROM provider_pause")  # noqa: S608 - constants

# The delay is as long as the refusals have lasted, so it doubles each time; refusals after a long
# silence start again.
_EXTEND = text(
    f"""
    WITH known AS (
        SELECT since FROM provider_pause
        WHERE kind = :kind AND provider = :provider AND until > now() - interval '5 minutes'
        UNION ALL SELECT now()
        ORDER BY since LIMIT 1
    ), wished AS (
        SELECT since, now() + make_interval(secs => greatest(
            :asked_s, :shortest_s, least(:longest_s, extract(epoch FROM now() - since)::float8)
        )) AS until
        FROM known
    )
    INSERT INTO provider_pause AS pause (kind, provider, reason, since, until)
    SELECT :kind, :provider, :reason, since, until FROM wished
    ON CONFLICT (kind, provider) DO UPDATE
    SET reason = excluded.reason, since = excluded.since,
        until = greatest(pause.until, excluded.until)
    RETURNING {_COLUMNS}
    """  # noqa: S608 - constants
)


_RESTART = text(
    f"""
    UPDATE provider_pause SET since = until
    WHERE kind = :kind AND provider = :provider AND until > now()
    RETURNING {_COLUMNS}
    """  # noqa: S608 - constants
)


async def extend_pause(
    session: Writes,
    kind: ServiceKind,
    provider: str,
    *,
    reason: str,
    asked_s: float,
    shortest_s: float,
    longest_s: float,
) -> PauseRow:
    """Pause the service for `asked_s`, or longer the longer it has refused; never shorten a pause.

    The service's own request is not limited by `longest_s`.
    """
    result = await session.execute(
        _EXTEND,
        {
            "kind": kind.word,
            "provider": provider,
            "reason": reason,
            "asked_s": asked_s,
            "shortest_s": shortest_s,
            "longest_s": longest_s,
        },
    )
    pause = _row(*result.one())
    await _tell_pause(session, pause)
    return pause


async def end_pause(session: Writes, kind: ServiceKind, provider: str) -> None:
    """The service answers again; a pause that somebody has extended meanwhile stays."""
    await _delete(session, kind, provider, ProviderPause.until < func.now())


async def drop_pause(session: Writes, kind: ServiceKind, provider: str, *, reason: str) -> None:
    """End the pause at once, if it is still for that reason."""
    await _delete(session, kind, provider, ProviderPause.reason == reason)


async def _delete(
    session: Writes, kind: ServiceKind, provider: str, condition: ColumnElement[bool]
) -> None:
    deleted = await session.execute(
        delete(ProviderPause)
        .where(ProviderPause.kind == kind.word, ProviderPause.provider == provider, condition)
        .returning(ProviderPause.kind)
    )
    if deleted.one_or_none() is not None:
        await _tell(session, {"kind": kind.word, "provider": provider})


async def restart_series(session: Writes, kind: ServiceKind, provider: str) -> None:
    """The service took a call between its refusals: the next series begins after this pause.

    An active pause remains; one that is over is ended by `end_pause`.
    """
    result = await session.execute(_RESTART, {"kind": kind.word, "provider": provider})
    row = result.one_or_none()
    if row is not None:
        await _tell_pause(session, _row(*row))


async def list_pauses(session: Reads) -> list[PauseRow]:
    """Every pause, those too that are over and whose service has not answered since."""
    return [_row(*row) for row in await session.execute(_LIST)]


def read_notice(notice: str) -> tuple[tuple[ServiceKind, str], PauseRow | None]:
    """The kind of work and the provider that a notification tells of; None when its pause ended."""
    fields: dict[str, Any] = json.loads(notice)
    fields["kind"] = ServiceKind(fields["kind"].upper())
    service = fields["kind"], fields["provider"]
    if "until" not in fields:
        return service, None
    fields["until"] = datetime.fromisoformat(fields["until"])
    return service, PauseRow(**fields)


def _row(kind: str, *values: Any) -> PauseRow:
    return PauseRow(ServiceKind(kind.upper()), *values)


async def _tell_pause(session: Writes, pause: PauseRow) -> None:
    await _tell(
        session, {**asdict(pause), "kind": pause.kind.word, "until": pause.until.isoformat()}
    )


async def _tell(session: Writes, notice: dict[str, Any]) -> None:
    """Notify with the pause itself: a reader would be overtaken by the story's notification."""
    await session.execute(select(func.pg_notify(PAUSES_CHANNEL, json.dumps(notice))))
