"""A compound's day of 2,000 tasks for 200 people: is the plan good after 5 s already, and is the work shared out fairly?"""

from argparse import Namespace
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import (
    CompoundDay,
    Objective,
    Problem,
    Result,
    SolveParameters,
    compound_day,
    solve,
    validate,
)

TASKS, RESPONDERS = 2000, 200
SHORT_S = 5.0
#: How much better a long search may be than a short one, tier by tier, and how far the busiest may be above the mean.
BAR_BETTER, BAR_SPREAD = 0.01, 0.10


@dataclass(frozen=True)
class _Kind:
    name: str
    has_pairs: bool
    is_alike: bool = False
    step_min: int | None = None


KINDS = (
    _Kind("with pairs", True),
    _Kind("without pairs", False),
    _Kind("everybody can do everything", False, is_alike=True),
    _Kind("the same, loads compared in steps of 10 min", False, is_alike=True, step_min=10),
)


def measure(options: Namespace) -> dict[str, Any]:
    """Plan each day three times: the first answer, a short search and a long one (``--seconds``)."""
    rows: list[list[str]] = []
    missed: list[str] = []
    broken = 0
    for kind in KINDS:
        for seed in range(1, options.seeds + 1):
            day = _day(kind, seed)
            answers = [_planned(day, seed, seconds) for seconds in (0.0, SHORT_S, options.seconds)]
            broken += sum(len(validate(day, answer)) for answer in answers)
            for name, answer in zip(("first answer", f"{SHORT_S:g} s", f"{options.seconds:g} s"), answers, strict=True):
                rows.append([kind.name, str(seed), name, *_figures(day, answer)])
                print(*rows[-1], flush=True)
            missed += _missed(f"{kind.name}, seed {seed}", day, answers)
            if kind.is_alike and answers[-1].load_spread > BAR_SPREAD:
                missed.append(
                    f"{kind.name}, seed {seed}: spread of load {100 * answers[-1].load_spread:.0f} %, bar 10 %"
                )
    return {
        "title": f"Compound, {TASKS:,} tasks, {RESPONDERS} people, {SHORT_S:g} and {options.seconds:g} processor seconds",
        "headings": [
            "day",
            "seed",
            "plan",
            "life delay",
            "unserved priority",
            "served",
            "late min",
            "unfairness",
            "walking",
            "spread of load",
            "of this plan's",
        ],
        "rows": rows,
        "notes": [
            f"Rules broken, by the independent validator: {broken}.",
            "Spread of load: (most - mean) / mean of the weighted minutes of the last seven days and this plan; of this "
            "plan's: of this plan alone. Bar where everybody can do everything and comes with the same load: 10 %.",
            "Loads are compared in whole steps of 40 min (`Weights.fairness_unit_min`), so that a search gains by leaving "
            "people just below a step and others above the mean: that is how far the spread goes, not the search.",
            "Served: priority of served tasks of all. Bar: the long search serves at most 1 % more than the short one.",
        ],
        "missed": missed + ([f"{broken} rules broken"] if broken else []),
    }


def _day(kind: _Kind, seed: int) -> Problem:
    day = compound_day(CompoundDay(tasks=TASKS, responders=RESPONDERS, seed=seed, has_pairs=kind.has_pairs))
    if not kind.is_alike:
        return day
    skills = frozenset(skill for task in day.tasks for hand in task.hands for skill in hand.skills)
    first = day.responders[0]
    people = tuple(
        replace(
            first,
            id=person.id,
            home_place=person.home_place,
            skills=skills,
            availability=(replace(first.availability[0], start_min=0, end_min=660),),
            highest_zone=99,
            hottest_zone=0,
            load_7d=600,
            last_asked_min=-1440,
            last_duty_end_min=-720,
            days_in_a_row=0,
        )
        for person in day.responders
    )
    # Later than the people are there nothing can be shared out.
    tasks = tuple(task for task in day.tasks if task.window.end_min <= 660 and not task.after)
    weights = day.weights if kind.step_min is None else replace(day.weights, fairness_unit_min=kind.step_min)
    return replace(day, responders=people, tasks=tasks, weights=weights)


def _planned(day: Problem, seed: int, seconds: float) -> Result:
    parameters = SolveParameters(seed=seed, relief_limit=0)
    return solve(day, parameters=parameters, stop=CpuTime(seconds)) if seconds else solve(day, parameters=parameters)


def _over_mean(loads: list[int]) -> float:
    middle = mean(loads)
    return max(loads) / middle - 1 if middle else 0.0


def _served(day: Problem, objective: Objective) -> float:
    total = sum(task.priority for task in day.tasks)
    return (total - objective.unserved_priority) / total


def _figures(day: Problem, answer: Result) -> list[str]:
    found = answer.objective
    own = _over_mean([load.after - load.before for load in answer.loads])
    return [
        f"{found.life_delay:,}",
        f"{found.unserved_priority:,}",
        f"{100 * _served(day, found):.2f} %",
        f"{found.lateness_min:,}",
        f"{found.unfairness:,}",
        f"{found.walking_min:,}",
        f"{100 * answer.load_spread:.0f} %",
        f"{100 * own:.0f} %",
    ]


def _missed(name: str, day: Problem, answers: list[Result]) -> list[str]:
    """Return what a long search makes better by more than the bar: coverage, then each tier below as long as it decides."""
    first, short, long = (answer.objective for answer in answers)
    missed = []
    if short.life_delay > long.life_delay:
        missed.append(f"{name}: life delay {short.life_delay} after {SHORT_S:g} s, {long.life_delay} later")
    gained = _served(day, long) / _served(day, short) - 1
    if gained > BAR_BETTER:
        missed.append(f"{name}: {100 * gained:.1f} % more served by the long search, bar 1 %")
    for tier in ("lateness_min", "unfairness", "walking_min"):
        before, after = getattr(short, tier), getattr(long, tier)
        if before > after * (1 + BAR_BETTER):
            missed.append(f"{name}: {tier} {before:,} after {SHORT_S:g} s, {after:,} later, bar 1 %")
        if before != after:
            break
    if first.as_tuple() < short.as_tuple():
        missed.append(f"{name}: the search ends above the first answer")
    if first.unserved_priority and long.as_tuple() == first.as_tuple():
        missed.append(f"{name}: the search ends with the first answer as it was")
    return missed
