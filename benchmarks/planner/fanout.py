"""A city of 1,000 compounds: first answers over a pool of processes, and over Ray on this machine."""

from argparse import Namespace
from importlib.util import find_spec
from os import cpu_count
from time import perf_counter
from typing import Any

from tongxin.engines.planner import CompoundDay, Result, SolveParameters, compound_day, plan_many
from tongxin.engines.planner.city import connect, plan_many_on_ray

COMPOUNDS, TASKS, PEOPLE = 1000, 20, 5
QUIET = SolveParameters(relief_limit=0)


def measure(options: Namespace) -> dict[str, Any]:
    """Solve every compound once in each way; the answers must be the same."""
    days = [compound_day(CompoundDay(tasks=TASKS, responders=PEOPLE, seed=k)) for k in range(COMPOUNDS)]
    started = perf_counter()
    pool = plan_many(days, parameters=QUIET)
    rows = [["pool of processes", "", f"{perf_counter() - started:.1f}", _solved(pool)]]
    missed, notes = [], [f"Wall seconds on {cpu_count()} processors: {TASKS} tasks and {PEOPLE} people a compound."]
    if find_spec("ray") is None:
        notes.append("Ray is not installed here.")
    else:
        started = perf_counter()
        ray = connect("local")
        start = perf_counter() - started
        started = perf_counter()
        spread = plan_many_on_ray(days, address="local", parameters=QUIET)
        rows.append(["Ray, one node", f"{start:.1f}", f"{perf_counter() - started:.1f}", _solved(spread)])
        ray.shutdown()
        if [_visits(one) for one in spread] != [_visits(one) for one in pool]:
            missed.append("the answers over Ray differ from those of the pool")
    return {
        "title": f"{COMPOUNDS:,} compounds at once, first answers",
        "headings": ["over", "start", "all answers", "answered"],
        "rows": rows,
        "notes": notes,
        "missed": missed,
    }


def _visits(answer: object) -> object:
    return answer.visits if isinstance(answer, Result) else answer


def _solved(answers: list[Any]) -> str:
    return str(sum(isinstance(answer, Result) for answer in answers))
