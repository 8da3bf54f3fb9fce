"""The search still gets about as far as recorded, for a budget of moves.

Other processors may round the walk's logarithms otherwise and walk elsewhere: the record is a bar with some slack, not
a digest. ``python -m tongxin.engines.planner.tests.test_search_baselines`` records anew.
"""

import json
from pathlib import Path
from statistics import median

import pytest

from tongxin.engines.planner import CompoundDay, MaxIterations, SolveParameters, compound_day, solve, validate, warm

FILE = Path(__file__).parent / "baselines" / "search.json"
DAYS = (
    CompoundDay(tasks=60, responders=5, seed=1),
    CompoundDay(tasks=200, responders=24, seed=2),
    CompoundDay(tasks=200, responders=14, seed=3, has_pairs=False),
)
BUDGET, SEEDS, SLACK = 40_000, (1, 2, 3), 1.15


def measure(day: CompoundDay) -> dict[str, int]:
    """Return the medians of the first tiers over three seeds, and the rules broken in all."""
    problem = compound_day(day)
    tiers, broken = [], 0
    for seed in SEEDS:
        result = solve(problem, parameters=SolveParameters(seed=seed, relief_limit=0), stop=MaxIterations(BUDGET))
        tiers.append(result.objective.as_tuple())
        broken += len(validate(problem, result))
    names = ("life_delay", "unserved_priority")
    return {name: int(median(t[k] for t in tiers)) for k, name in enumerate(names)} | {"broken": broken}


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize("k", range(len(DAYS)))
def test_the_search_gets_as_far_as_recorded(k: int) -> None:
    recorded, measured = json.loads(FILE.read_text(encoding="utf-8"))[k], measure(DAYS[k])
    assert measured["broken"] == 0
    assert measured["life_delay"] <= recorded["life_delay"] * SLACK
    assert measured["unserved_priority"] <= recorded["unserved_priority"] * SLACK + 3


if __name__ == "__main__":
    warm.compile_all()
    FILE.write_text(json.dumps([measure(day) for day in DAYS], indent=2) + "\n", encoding="utf-8")
