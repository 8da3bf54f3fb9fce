"""Public instances of home health care with synchronised visits, against the published best values."""

import csv
from argparse import Namespace
from statistics import mean
from typing import Any

from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner.hhcrsp import check_routes, cost_of_routes, read_instance, solve_instance

BARS = {10.0: 1.0, 60.0: 0.0}


def measure(options: Namespace) -> dict[str, Any]:
    """Solve each instance with each seed; gaps in percent of the published value."""
    with (options.data / "best_known_2025-03.csv").open(encoding="utf-8") as file:
        best = {row["instance"]: float(row["total_cost"]) for row in csv.DictReader(file)}
    wanted = [part for part in options.instances.split(",") if part]
    names = [name for name in best if not wanted or any(part in name for part in wanted)]
    rows, gaps, broken = [], [], 0
    for name in names:
        instance = read_instance((options.data / name).read_text(encoding="utf-8"))
        found = []
        for seed in range(1, options.seeds + 1):
            routes = solve_instance(instance, stop=CpuTime(options.seconds), seed=seed)
            broken += len(check_routes(instance, routes))
            found.append(cost_of_routes(instance, routes).total)
        mine = [100 * (cost / best[name] - 1) for cost in found]
        gaps += mine
        short = name.removeprefix("Instanz").removesuffix(".json")
        rows.append(
            [
                short,
                f"{best[name]:.2f}",
                f"{min(found):.2f}",
                f"{min(mine):.2f} %",
                f"{mean(mine):.2f} %",
                f"{max(mine):.2f} %",
            ]
        )
        print(*rows[-1], flush=True)
    bar = BARS.get(options.seconds)
    missed = (
        [] if bar is None or mean(gaps) <= bar else [f"HHCRSP {options.seconds:g} s: {mean(gaps):.2f} %, bar {bar} %"]
    )
    return {
        "title": f"HHCRSP, {options.seconds:g} processor seconds, {options.seeds} seeds",
        "headings": ["instance", "published", "best found", "gap of the best", "mean gap", "worst gap"],
        "rows": rows,
        "notes": [
            f"Mean gap over {len(names)} instances: {mean(gaps):.2f} %; rules broken: {broken}.",
            "Gap to the values published by 2025-03; below zero is better than those.",
        ],
        "missed": missed + ([f"{broken} rules broken"] if broken else []),
    }
