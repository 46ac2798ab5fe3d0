"""Holds what was charged against what the services made: nothing twice, nothing for nothing.

What was made may be uncharged where the answer was lost: the claim was interrupted, the attempt
failed, or nobody waited any more (docs/adr/0022, 0039). A retry goes on with what a service has,
so rows of work that share a job or a result are judged together.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from domain import BUILT_IN, ServiceKind
from tests.acceptance.chaos.journey import Client, Story
from tests.acceptance.chaos.services import CLIP_S, Call
from tests.acceptance.chaos.settings import PRICES

Row = Mapping[str, Any]
_UNITS = {ServiceKind.CLIP: round(CLIP_S)}
_USAGE = """query ($id: ID!) { story(id: $id) {
  usage { total lines { kind provider model units price } } } }"""


def judge_charges(
    work: Sequence[Row], calls: Mapping[str, Sequence[Call]], figures: Counter[str]
) -> list[str]:
    """Whether each row's charge is right, and each thing that was made is charged at most once."""
    found = [told for row in work if row["units"] is not None for told in _judge_charge(row)]
    made_in_all = charged_in_all = 0
    for rows in _families([row for row in work if row["provider"] != BUILT_IN]):
        made = sum(
            call.answered is not None for row in rows for call in calls.get(str(row["id"]), ())
        )
        charged = sum(row["units"] is not None for row in rows)
        may_be_lost = sum(
            row["interruptions"] + row["attempt"] + (row["status"] != "COMPLETED") for row in rows
        )
        about = ", ".join(f"{row['kind']} {row['id']} ({row['status']})" for row in rows)
        if charged > made:
            found.append(f"{about}: charged {charged} times, made {made} times")
        if made - charged > may_be_lost:
            found.append(f"{about}: made {made} times, charged {charged} times")
        made_in_all += made
        charged_in_all += charged
    figures["made by services"] = made_in_all
    figures["charged"] = charged_in_all
    return found


async def judge_usage(client: Client, stories: Sequence[Story], work: Sequence[Row]) -> list[str]:
    """Whether clients are told the sums of the rows."""
    found: list[str] = []
    for story in stories:
        if story.is_deleted:
            continue
        answer = await client.ask(_USAGE, {"id": story.id})
        usage = cast(dict[str, Any], answer["story"]["usage"])
        told: dict[object, object] = {
            (line["kind"], line["provider"], line["model"]): (line["units"], line["price"])
            for line in usage["lines"]
        }
        wanted = _sums([row for row in work if str(row["story_id"]) == story.id])
        total = float(sum((price for _, price in wanted.values()), Decimal(0)))
        lines = {key: (units, float(price)) for key, (units, price) in wanted.items()}
        if told != lines or abs(usage["total"] - total) > 1e-9:
            found.append(f"story {story.id}: usage is told as {usage}, and is {lines}")
    return found


def _judge_charge(row: Row) -> list[str]:
    kind = ServiceKind(row["kind"])
    units = _UNITS.get(kind, 1)
    price = Decimal(0) if row["provider"] == BUILT_IN else PRICES[kind] * units
    if (row["units"], row["price"]) == (units, price):
        return []
    return [f"{kind} {row['id']}: {row['units']} units charged at {row['price']}, not {price}"]


def _sums(work: Sequence[Row]) -> dict[tuple[str, str, str | None], tuple[int, Decimal]]:
    sums: dict[tuple[str, str, str | None], tuple[int, Decimal]] = {}
    for row in work:
        if row["units"] is not None:
            key = row["kind"], row["provider"], row["model"]
            units, price = sums.get(key, (0, Decimal(0)))
            sums[key] = units + row["units"], price + row["price"]
    return sums


def _families(work: Sequence[Row]) -> list[list[Row]]:
    """Rows by what they share at a service, alone where that is nothing."""
    families: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in work:
        shared = row["remote_job_id"] or row["result_url"] or row["id"]
        families[row["story_id"], row["provider"], shared].append(row)
    return list(families.values())
