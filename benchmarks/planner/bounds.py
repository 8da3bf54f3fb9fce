"""How near is a searched plan to what no plan can go below? And how long does the exact pairing take?"""

from argparse import Namespace
from random import Random
from statistics import median
from time import process_time
from typing import Any

from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import CompoundDay, SolveParameters, compound_day, solve
from tongxin.engines.planner.bound import bound_of
from tongxin.engines.planner.pairing import Caller, Listed, pair

TASKS = 200
#: 30 people are enough for most of a day, 20 are not.
PEOPLE = (30, 20)
BOUND_S = 60.0
PEOPLE_TO_CALL, CALLERS, PAIRING_BAR_S = 499, (12, 40, 60), 1.0


def measure(options: Namespace) -> dict[str, Any]:
    """Search each day, then prove its bound from the plan that was found."""
    rows, broken = [], []
    for people in PEOPLE:
        for has_pairs in (False, True):
            for seed in range(options.seeds):
                size = CompoundDay(tasks=TASKS, responders=people, seed=seed, has_pairs=has_pairs)
                row, is_broken = _day(size, options.seconds)
                print(*row)
                rows.append(row)
                broken += [f"bound above a feasible plan: {row}"] if is_broken else []
    return {
        "title": f"Lower bound on what stays undone, {TASKS} tasks, searched for {options.seconds:g} processor seconds",
        "headings": [
            "people",
            "pairs",
            "seed",
            "undone priority",
            "no plan below",
            "gap",
            "bound",
            "processor seconds",
        ],
        "rows": rows,
        "notes": [
            "Gap: undone priority above the bound, of the priority of all tasks. A gap of 0 is a proof of coverage."
        ],
        "missed": broken,
    }


def _day(size: CompoundDay, seconds: float) -> tuple[list[str], bool]:
    day = compound_day(size)
    plan = solve(day, parameters=SolveParameters(relief_limit=0), stop=CpuTime(seconds))
    started = process_time()
    bound = bound_of(day, seconds=BOUND_S, visits=plan.visits)
    spent = process_time() - started
    undone, total = plan.objective.unserved_priority, sum(task.priority for task in day.tasks)
    row = [str(size.responders), "yes" if size.has_pairs else "no", str(size.seed), str(undone)]
    if bound is None:
        return [*row, "no bound", "", "", f"{spent:.1f}"], False
    gap = f"{100 * (undone - bound.unserved_priority) / total:.1f} %"
    return [*row, str(bound.unserved_priority), gap, bound.method, f"{spent:.1f}"], bound.unserved_priority > undone


def measure_pairing(options: Namespace) -> dict[str, Any]:
    """Pair 499 people anew, and again when one caller has left."""
    rows, missed = [], []
    for count in CALLERS:
        anew, after = [], []
        for seed in range(options.seeds):
            people, callers = _crowd(Random(f"{seed}/{count}"), count)
            started = process_time()
            found = pair(people, callers)
            anew.append(process_time() - started)
            held = [
                Listed(id=p.id, dialect=p.dialect, area=p.area, stays_with=q.caller_id, deputy_stays=q.deputy_id)
                for p, q in zip(people, found.pairs, strict=True)
            ]
            started = process_time()
            pair(held, callers[1:])
            after.append(process_time() - started)
        rows.append([str(count), f"{median(anew):.2f}", f"{max(anew):.2f}", f"{median(after):.2f}", "1.00"])
        if max(anew) > PAIRING_BAR_S:
            missed.append(f"pairing with {count} callers {max(anew):.2f} s, bar {PAIRING_BAR_S} s")
    return {
        "title": f"One-to-one pairing of {PEOPLE_TO_CALL} people, exact, with reasons",
        "headings": ["callers", "median", "slowest", "median when a caller has left", "bar"],
        "rows": rows,
        "notes": [f"Processor seconds, {options.seeds} seeds; optimality is proven by the tests' referees."],
        "missed": missed,
    }


def _crowd(random: Random, count: int) -> tuple[list[Listed], list[Caller]]:
    callers = [
        Caller(id=1000 + k, dialects=frozenset({"y"} if k % 4 == 0 else ()), department=k % 5, area=k % 6)
        for k in range(count)
    ]
    people = [
        Listed(
            id=k,
            dialect=random.choice(("", "", "", "y")),
            department=random.choice((None, 1, 2, 3)),
            area=random.randrange(6),
            known=frozenset({1000 + random.randrange(count)}),
        )
        for k in range(PEOPLE_TO_CALL)
    ]
    return people, callers
