"""A compound's day of 2,000 tasks for 200 people: how much more of it is done than by the first answer."""

from argparse import Namespace
from statistics import median
from typing import Any

from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import CompoundDay, SolveParameters, compound_day, solve, validate

TASKS, RESPONDERS = 2000, 200


def measure(options: Namespace) -> dict[str, Any]:
    """Solve each day twice: the first answer, and the search."""
    rows, broken, missed = [], 0, []
    for has_pairs in (True, False):
        shares = []
        for seed in range(1, options.seeds + 1):
            day = compound_day(CompoundDay(tasks=TASKS, responders=RESPONDERS, seed=seed, has_pairs=has_pairs))
            parameters = SolveParameters(seed=seed, relief_limit=0)
            first = solve(day, parameters=parameters)
            better = solve(day, parameters=parameters, stop=CpuTime(options.seconds))
            broken += len(validate(day, better))
            a, b = first.objective, better.objective
            share = b.unserved_priority / a.unserved_priority if a.unserved_priority else 1.0
            shares.append(share)
            rows.append(
                [
                    f"{'with' if has_pairs else 'without'} pairs, seed {seed}",
                    f"{a.life_delay} → {b.life_delay}",
                    f"{a.unserved_priority} → {b.unserved_priority}",
                    f"{a.lateness_min} → {b.lateness_min}",
                    f"{a.unfairness} → {b.unfairness}",
                    f"{a.walking_min} → {b.walking_min}",
                    f"{better.stats.iterations / options.seconds / 1000:,.0f}",
                ]
            )
            print(*rows[-1], flush=True)
        if has_pairs and median(shares) > 0.8:
            missed.append(
                f"with pairs: {100 * (1 - median(shares)):.0f} % less unserved than the first answer, bar 20 %"
            )
    return {
        "title": f"Compound, {TASKS:,} tasks, {RESPONDERS} people, {options.seconds:g} processor seconds",
        "headings": ["day", "life delay", "unserved priority", "late min", "unfairness", "walking", "1,000 moves/s"],
        "rows": rows,
        "notes": [f"First answer → search. Rules broken, by the independent validator: {broken}."],
        "missed": missed + ([f"{broken} rules broken"] if broken else []),
    }
