"""What the planner answers today for three recorded days, so that a change of the answer is a decision, not an accident.

``python -m tongxin.engines.planner.baseline --write FILE`` records anew; without ``--write`` it compares.
"""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path

from tongxin.engines.planner.generate import CompoundDay, compound_day
from tongxin.engines.planner.solve import solve
from tongxin.engines.planner.validate import validate

DAYS = (
    CompoundDay(tasks=60, responders=12, seed=1),
    CompoundDay(tasks=200, responders=30, seed=2),
    CompoundDay(tasks=200, responders=30, seed=3, has_pairs=False),
)
Entry = dict[str, object]


def measure(day: CompoundDay) -> Entry:
    """Solve one day and return the tiers, the number of broken rules and a digest of the visits."""
    problem = compound_day(day)
    result = solve(problem)
    visits = "\n".join(f"{v.task} {v.hand} {v.responder} {v.start_min} {v.vehicle}" for v in result.visits)
    return {
        "tasks": day.tasks,
        "responders": day.responders,
        "seed": day.seed,
        "has_pairs": day.has_pairs,
        "objective": list(result.objective.as_tuple()),
        "unserved": len(result.unserved),
        "violations": len(validate(problem, result)),
        "visits_sha256": sha256(visits.encode()).hexdigest(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Compare with or write a baseline file; return 0 when all is as recorded or was written, else 1."""
    parser = argparse.ArgumentParser(description="Recorded answers of the planner")
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    measured = [measure(day) for day in DAYS]
    if options.write:
        options.file.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
        return 0
    recorded = json.loads(options.file.read_text(encoding="utf-8"))
    for old, new in zip(recorded, measured, strict=True):
        if old != new:
            sys.stdout.write(f"recorded {old}\nmeasured {new}\n")
    return int(recorded != measured)


if __name__ == "__main__":
    raise SystemExit(main())
