"""Holds the services' ledgers against the rows of work: each was asked once."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tests.acceptance.chaos.services import Call
from tests.acceptance.chaos.world import World

Row = Mapping[str, Any]
_JOB_ROUTES = ("/submit", "/v1/videos")
_FINDABLE_JOB_ROUTE = "/prompt"
"""There a job whose submission is in doubt is looked up, and submitted again if it is unknown."""
_SLACK_S = 0.5
"""Between the service's clock reading and the database's: a call is on its way meanwhile."""
_UNSEEN_S = 6.0
"""So soon after the intent a process must have been hit, where the service never saw the job."""


def calls_by_work(world: World) -> dict[str, list[Call]]:
    """Every call that cost money, by the work that it was for, in the order in which they came."""
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for call in world.services.calls():
        calls[call.key.partition(":")[0]].append(call)
    return dict(calls)


def judge_calls(
    world: World, work: Sequence[Row], calls: Mapping[str, Sequence[Call]]
) -> list[str]:
    """Whether services were asked once for each piece of work."""
    known = {str(row["id"]) for row in work}
    found = [
        f"{route}: a call without a key" for route in {call.route for call in calls.get("", ())}
    ]
    found += [f"{key}: a call for no work" for key in calls.keys() - known - {""}]
    for row in work:
        about = f"{row['kind']} {row['id']} of story {row['story_id']} ({row['status']})"
        own = calls.get(str(row["id"]), ())
        found += [
            f"{about}: {fault}; {_tell(world, own)}" for fault in _judge_work(world, row, own)
        ]
    return found


def _judge_work(world: World, row: Row, calls: Sequence[Call]) -> list[str]:
    found: list[str] = []
    answered = [call for call in calls if call.answered is not None]
    if any(call.route == _FINDABLE_JOB_ROUTE for call in calls):
        if len(answered) > 1:
            found.append("submitted again")
    elif any(call.route in _JOB_ROUTES for call in calls):
        begun = [call for call in calls if not call.is_refused]
        if begun and begun[0] is not calls[-1]:
            found.append("submitted again")
    elif len(answered) > 1 + row["interruptions"] + row["attempt"]:
        found.append(f"made {len(answered)} times, {row['interruptions']} interruptions")
    if row["status"] == "COMPLETED":
        late = [call for call in calls if call.began > row["ended"] + _SLACK_S]
        found += ["asked for when it was there"] * any(
            not world.was_disturbed(row["ended"], call.began) for call in late
        )
    if (
        row["status"] == "FAILED"
        and code_of(row) == "SUBMIT_UNCERTAIN"
        and all(call.is_refused for call in calls)
    ):
        at = row["submitted"]
        if at is None or not world.was_disturbed(at - _SLACK_S, at + _UNSEEN_S):
            found.append("said to be in doubt, and no service saw it")
    return found


def _tell(world: World, calls: Sequence[Call]) -> str:
    began = world.timeline.began
    return ", ".join(
        f"{call.route} at {call.began - began:.2f} "
        f"{'answered' if call.answered else 'not answered'} with {call.status}"
        for call in calls
    )


def code_of(row: Row) -> str | None:
    """Why the work failed."""
    return json.loads(row["failure"])["code"] if row["failure"] else None
