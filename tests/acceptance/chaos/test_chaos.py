"""Everything breaks while stories are made, and everything ends as it should."""

from tests.acceptance.chaos.rounds import Plan, run


async def test_thirty_faults_lose_nothing_and_repeat_nothing() -> None:
    outcome = await run(Plan(seed=1, rounds=2, faults=30, pause_s=0.6))

    assert not outcome.violations, str(outcome)
    assert outcome.figures["faults"] == 30
