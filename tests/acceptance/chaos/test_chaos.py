"""Everything breaks while stories are made, and everything ends as it should."""

import os

import pytest

from tests.acceptance.chaos.rounds import Plan, run
from tests.acceptance.chaos.settings import Setting


@pytest.mark.parametrize(
    "plan",
    [
        Plan(seed=1, rounds=1, faults=15, pause_s=0.6),
        Plan(
            seed=2,
            rounds=1,
            faults=15,
            pause_s=0.6,
            setting=Setting(images="comfyui", calls_back=True),
        ),
    ],
    ids=["one call a picture", "jobs and calls back"],
)
async def test_fifteen_faults_lose_nothing_and_repeat_nothing(plan: Plan) -> None:
    outcome = await run(plan)

    figures = outcome.figures
    assert not outcome.violations, str(outcome)
    assert figures["faults"] == plan.faults
    assert figures["charged"] > 0
    assert (figures["calls back: 204"] > 0) == plan.setting.calls_back
    if os.environ.get("AI_STORY_TEST_NO_SKIPS"):
        assert figures["worlds without fill_disk"] == 0
