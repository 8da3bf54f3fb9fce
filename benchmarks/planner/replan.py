"""Somebody drops out of a day of 2,000 tasks: how fast is it mended, how many others notice, and what does it cost?"""

from argparse import Namespace
from dataclasses import dataclass, field, replace
from statistics import median
from time import process_time
from typing import Any

from benchmarks.measuring import milliseconds, p95
from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import CompoundDay, Result, SolveParameters, compound_day, replan, solve, validate
from tongxin.engines.planner.problem import Problem

TASKS, RESPONDERS, NOW, DROPOUTS = 2000, 200, 240, 20
BAR_S, BAR_MOVED, BAR_DEARER = 0.3, 5, 2.0
RUNS_OF_THE_FIRST_ANSWER = 7


@dataclass(slots=True)
class _Found:
    seconds: list[float] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    dearer: list[float] = field(default_factory=list)
    walked: list[float] = field(default_factory=list)
    broken: int = 0


def measure(options: Namespace) -> dict[str, Any]:
    """Let the busiest people drop out, one at a time; the plan in force was searched for."""
    day = compound_day(CompoundDay(tasks=TASKS, responders=RESPONDERS, seed=1))
    first = [_timed_first_answer(day) for _ in range(RUNS_OF_THE_FIRST_ANSWER)]
    plan = solve(day, parameters=SolveParameters(relief_limit=0), stop=CpuTime(options.seconds))
    found = _Found()
    for who in _busiest(plan):
        _drop_out(_without(day, who), plan, found, options.seconds, who)
        print(
            who,
            found.moved[-1],
            found.shared[-1],
            found.lost[-1],
            f"{found.dearer[-1]:.2f} %",
            milliseconds(found.seconds[-1]),
        )
    return _table(first, found, options.seconds)


def _timed_first_answer(day: Problem) -> float:
    started = process_time()
    solve(day)
    return process_time() - started


def _drop_out(without: Problem, plan: Result, found: _Found, seconds: float, who: str) -> None:
    """Mend the plan at once, and plan anew all that has not begun and does not begin soon, with a search."""
    started = process_time()
    mended = replan(without, plan, now_min=NOW)
    found.seconds.append(process_time() - started)
    found.broken += len(validate(replace(without, previous=plan.visits, now_min=NOW), mended))
    found.moved.append(mended.objective.moved)
    found.shared.append(_shared(without, plan, mended, who))
    found.lost.append(mended.objective.unserved_priority - plan.objective.unserved_priority)
    begun = [visit for visit in plan.visits if visit.start_min < NOW + without.limits.freeze_min]
    anew = replan(without, begun, now_min=NOW, parameters=SolveParameters(relief_limit=0), stop=CpuTime(seconds))
    total = sum(task.priority for task in without.tasks)
    mine, theirs = (total - result.objective.unserved_priority for result in (mended, anew))
    found.dearer.append(100 * (theirs / mine - 1))
    found.walked.append(100 * (mended.objective.walking_min / anew.objective.walking_min - 1))


def _shared(without: Problem, plan: Result, mended: Result, who: str) -> int:
    """Count the moved visits of others that belong to tasks which they had together with the one who is gone."""
    until, tolerance = NOW + without.limits.freeze_min, without.weights.moved_tolerance_min
    frozen = {visit.task for visit in plan.visits if visit.start_min < until}
    together = {visit.task for visit in plan.visits if visit.responder == who} - frozen
    now = {(visit.task, visit.hand, visit.responder): visit.start_min for visit in mended.visits}
    partners = [visit for visit in plan.visits if visit.task in together and visit.responder != who]
    kept = [now.get((visit.task, visit.hand, visit.responder)) for visit in partners]
    return sum(
        start is None or abs(start - visit.start_min) > tolerance for start, visit in zip(kept, partners, strict=True)
    )


def _table(first: list[float], found: _Found, seconds: float) -> dict[str, Any]:
    missed = []
    if p95(found.seconds) > BAR_S:
        missed.append(f"replan p95 {milliseconds(p95(found.seconds))}, bar {milliseconds(BAR_S)}")
    if p95(found.moved) > BAR_MOVED:
        missed.append(f"replan: p95 of other visits moved {p95(found.moved)}, bar {BAR_MOVED}")
    if median(first) > BAR_S:
        missed.append(f"first answer {milliseconds(median(first))}, bar {milliseconds(BAR_S)}")
    if p95(found.dearer) > BAR_DEARER:
        missed.append(f"replan: p95 of priority served less than by a full replan {p95(found.dearer):.1f} %, bar 2 %")
    return {
        "title": f"Replanning, {TASKS:,} tasks, {RESPONDERS} people, {DROPOUTS} drop-outs at minute {NOW}",
        "headings": ["", "median", "p95", "bar"],
        "rows": [
            ["first answer, with reasons and reliefs", milliseconds(median(first)), milliseconds(p95(first)), "300 ms"],
            [
                "replan, with reasons and reliefs",
                milliseconds(median(found.seconds)),
                milliseconds(p95(found.seconds)),
                "300 ms",
            ],
            ["other visits moved", str(median(found.moved)), str(p95(found.moved)), "5"],
            [
                "of them, of tasks that the one who is gone was to do with them",
                str(median(found.shared)),
                str(p95(found.shared)),
                "",
            ],
            ["the rest of them", str(median(_rest(found))), str(p95(_rest(found))), ""],
            ["more unserved priority than before", str(median(found.lost)), str(p95(found.lost)), ""],
            [
                "priority served less than by a full replan",
                _percent(median(found.dearer)),
                _percent(p95(found.dearer)),
                "2 %",
            ],
            ["walking more than by a full replan", _percent(median(found.walked)), _percent(p95(found.walked)), ""],
        ],
        "notes": [
            f"Processor time. The plan in force was searched for {seconds:g} s, and so long is searched for the full "
            "replan, which keeps only what has begun or begins within the freeze horizon.",
            f"Rules broken, by the independent validator: {found.broken}.",
        ],
        "missed": missed + ([f"{found.broken} rules broken"] if found.broken else []),
    }


def _rest(found: _Found) -> list[int]:
    return [moved - shared for moved, shared in zip(found.moved, found.shared, strict=True)]


def _percent(value: float) -> str:
    return f"{value:.2f} %"


def _busiest(plan: Result) -> list[str]:
    later: dict[str, int] = {}
    for visit in plan.visits:
        if visit.start_min >= NOW:
            later[visit.responder] = later.get(visit.responder, 0) + 1
    return sorted(later, key=lambda who: (-later[who], who))[:DROPOUTS]


def _without(day: Problem, who: str) -> Problem:
    people = tuple(person for person in day.responders if person.id != who)
    tasks = tuple(replace(task, preferred=tuple(p for p in task.preferred if p != who)) for task in day.tasks)
    return replace(day, responders=people, tasks=tasks)
