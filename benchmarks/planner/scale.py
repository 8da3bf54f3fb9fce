"""From 200 tasks to 20,000: seconds and memory of one run, and what one move costs."""

import json
import resource
import subprocess
import sys
from argparse import Namespace
from time import process_time
from typing import Any

from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import CompoundDay, SolveParameters, compound_day, solve, validate, warm

SIZES = ((200, 30), (2_000, 200), (20_000, 1_500))
BAR_S, BAR_MB = 60.0, 2048
# The whole run has 60 s, so the search gets what the first answer, reading in and explaining leave of that.
SEARCH_S = 25.0
# With fewer moves than that a day was not searched.
MOVES_A_TASK = 20


def measure(options: Namespace) -> dict[str, Any]:
    """Plan each day in a process of its own."""
    rows, missed = [], []
    for tasks, people in SIZES:
        command = [sys.executable, "-m", "benchmarks.planner.scale", str(tasks), str(people), str(SEARCH_S)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        rows.append(
            [
                f"{tasks:,} / {people:,}",
                f"{found['first_s']:.2f} s",
                f"{found['whole_s']:.1f} s",
                f"{found['mb']:,.0f} MB",
                f"{found['first']:,} → {found['unserved']:,}",
                f"{found['moves']:,}",
                f"{1e6 / max(1.0, found['per_s']):.1f} µs",
                f"{found['per_s']:,.0f}",
                str(found["broken"]),
            ]
        )
        print(*rows[-1], flush=True)
        is_idle = found["moves"] < MOVES_A_TASK * tasks
        if found["whole_s"] > BAR_S or found["mb"] > BAR_MB or found["broken"] or is_idle:
            missed.append(
                f"{tasks:,} tasks: {found['whole_s']:.1f} s, {found['mb']:.0f} MB, {found['broken']} broken, "
                f"{found['moves']:,} moves"
            )
    return {
        "title": "Scale",
        "headings": [
            "tasks / people",
            "first answer",
            "whole run",
            "peak memory",
            "unserved priority",
            "moves",
            "a move",
            "moves a second",
            "broken",
        ],
        "rows": rows,
        "notes": [
            f"Processor seconds; the search has {SEARCH_S:g} of them. The whole run is all that `solve` does, with reasons "
            "and reliefs. A move is an average from the first report of the search to the last. Bar for 20,000 tasks: 60 s "
            "and 2 GB, with the day really searched."
        ],
        "missed": missed,
    }


def run(tasks: int, people: int, seconds: float) -> dict[str, float]:
    """Plan one day in this process; the memory is the most that it ever held, in MB."""
    warm.compile_all()
    day = compound_day(CompoundDay(tasks=tasks, responders=people, seed=1))
    started = process_time()
    first = solve(day, parameters=SolveParameters(relief_limit=0))
    first_s = process_time() - started
    started = process_time()
    reports: list[tuple[int, float]] = []
    better = solve(
        day, stop=CpuTime(seconds), progress=lambda now: reports.append((now.iteration, process_time() - started))
    )
    whole_s = process_time() - started
    told = [report for report in reports if report[0] > 0] or [(0, 0.0)]
    (low, since), (high, until) = told[0], told[-1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "first_s": first_s,
        "whole_s": whole_s,
        "per_s": (high - low) / max(1e-9, until - since),
        "mb": peak,
        "first": first.objective.unserved_priority,
        "unserved": better.objective.unserved_priority,
        "moves": better.stats.iterations,
        "broken": len(validate(day, better)),
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
