"""Introspection as tools send it: nothing is refused, and the answer is the printed contract."""

import json

from tests.node import needs_node, run_node

COMBINATIONS = 2**7
DEPTHS = 5
DEADLINE_S = 180  # 10 s of CPU: every document is a new one


@needs_node
async def test_every_introspection_of_graphql_js_is_answered_with_the_contract(
    app_url: str,
) -> None:
    told = json.loads(
        await run_node("introspection.mjs", f"{app_url}/graphql", deadline_s=DEADLINE_S)
    )

    assert told == {
        "POST": COMBINATIONS + DEPTHS,
        "GET": COMBINATIONS + DEPTHS,
        "refused": [],
        "different": [],
        "isPrintout": True,
    }
