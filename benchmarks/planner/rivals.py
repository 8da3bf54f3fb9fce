"""The same days by other engines at equal processor time, all answers before the same judge."""

from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing import get_context
from statistics import median
from time import process_time
from typing import Any

from benchmarks.planner.competitors.day import day_of
from benchmarks.planner.competitors.replay import replay
from benchmarks.planner.competitors.stages import Engine, in_stages
from benchmarks.planner.cpu import CpuTime
from tongxin.engines.planner import CompoundDay, Objective, Problem, SolveParameters, Visit, compound_day, solve, warm
from tongxin.engines.planner.faults import MOST
from tongxin.engines.planner.validate import objective_of, validate

# tasks, people, share of the seconds, most seeds
SIZES = ((200, 30, 0.5, 5), (2000, 200, 1.0, 3))
OTHERS = {"OR-Tools routing": "engine_ortools", "PyVRP": "engine_pyvrp", "VROOM": "engine_vroom"}
OURS = "Tongxin"
WALKER = "Tongxin, no fairness"
BAR = 0.8
# Walking is compared with engines that serve this share of what ours serves.
ALIKE = 0.99
# No seed of the table: the settings of every engine were chosen on days with other seeds.
FIRST_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One engine on one day: what the judge counts, tasks served, planned tasks that no rule let stand, seconds."""

    objective: Objective
    served: int
    refused: int
    broken: int
    cpu_s: float


def measure_small(options: Namespace) -> dict[str, Any]:
    """Let every engine that is installed plan small days."""
    return _measured(options, *SIZES[0])


def measure_large(options: Namespace) -> dict[str, Any]:
    """Let every engine that is installed plan large days."""
    return _measured(options, *SIZES[1])


Runs = dict[str, dict[str, list[Run]]]


def _measured(options: Namespace, tasks: int, responders: int, share: float, most: int) -> dict[str, Any]:
    engines, missing = _engines()
    seeds, seconds = min(options.seeds, most), share * options.seconds
    runs: Runs = {}
    for has_pairs in (False, True):
        kind = f"{'with' if has_pairs else 'without'} pairs"
        found = runs[kind] = {name: [] for name in engines}
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            day = compound_day(CompoundDay(tasks=tasks, responders=responders, seed=seed, has_pairs=has_pairs))
            for name in engines:
                found[name].append(_judged(day, name, seconds, seed))
                print(tasks, kind, seed, name, found[name][-1], sep=";", flush=True)
    title = f"Other engines, {tasks:,} tasks, {responders} people, {seconds:g} processor seconds, {seeds} seeds"
    return table(title, runs, missing)


def table(title: str, runs: Runs, missing: dict[str, str]) -> dict[str, Any]:
    """Return the part of the page for runs by kind of day and engine."""
    everything = [run for found in runs.values() for those in found.values() for run in those]
    broken = sum(run.broken for run in everything)
    missed = [line for kind, found in runs.items() for line in _held(kind, found)]
    return {
        "title": title,
        "headings": [
            "day",
            "engine",
            "life delay",
            "unserved priority",
            "tasks served",
            "late min",
            "unfairness",
            "walking",
            "refused",
            "CPU s",
        ],
        "rows": [_row(kind, name, those) for kind, found in runs.items() for name, those in found.items()],
        "notes": [
            f"Medians. Every answer is judged by the independent validator and objective; rules broken: {broken}.",
            "What an engine cannot state is mended as far as its people and order allow; what then still breaks a rule "
            "is refused and counts as unserved. Pairs go to the other engines in three stages. How: "
            "benchmarks/planner/README.md.",
            f"{WALKER}: the same search on a day that asks for no fairness, to compare the walking alone. Walking is "
            "compared where at least 99 % as many tasks are served; VROOM and PyVRP know no soft deadlines and buy short "
            "ways with late visits.",
            *(f"{name}: not installed here ({why})." for name, why in missing.items()),
        ],
        "missed": missed + ([f"{broken} rules broken"] if broken else []),
    }


Planned = tuple[list[Visit], int, float]


def _engines() -> tuple[list[str], dict[str, str]]:
    """Return the engines that can be imported, ours first, and why the others cannot."""
    found, missing = [OURS, WALKER], {}
    for name, module in OTHERS.items():
        try:
            import_module(f"benchmarks.planner.competitors.{module}")
        except ImportError as error:
            missing[name] = str(error)
        else:
            found.append(name)
    return found, missing


def planned(name: str, day: Problem, seconds: float, seed: int) -> Planned:
    """Return visits, how many complete tasks the rules refused, and processor seconds; in a process of its own."""
    if name in (OURS, WALKER):
        day = day if name == OURS else _without_fairness(day)
        warm.compile_all()
        started = process_time()
        stop = CpuTime(seconds, [started])
        found = solve(day, parameters=SolveParameters(seed=seed, relief_limit=0), stop=stop)
        return list(found.visits), 0, process_time() - started
    engine: Engine = import_module(f"benchmarks.planner.competitors.{OTHERS[name]}").measured
    plan, used = in_stages(engine, day_of(day, has_breaks=True), seconds, seed)
    visits, refused = replay(day, plan)
    return visits, refused, used


def _without_fairness(day: Problem) -> Problem:
    people = tuple(replace(person, last_asked_min=None) for person in day.responders)
    return replace(day, responders=people, weights=replace(day.weights, fairness_unit_min=MOST))


def _judged(day: Problem, name: str, seconds: float, seed: int) -> Run:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as apart:
        visits, refused, used = apart.submit(planned, name, day, seconds, seed).result()
    return Run(
        objective=objective_of(day, visits),
        served=len({visit.task for visit in visits}),
        refused=refused,
        broken=len(validate(day, visits)),
        cpu_s=used,
    )


def _row(title: str, name: str, runs: list[Run]) -> list[str]:
    def middle(pick: Callable[[Run], float]) -> str:
        return f"{median(pick(run) for run in runs):,.0f}"

    return [
        title,
        name,
        middle(lambda run: run.objective.life_delay),
        middle(lambda run: run.objective.unserved_priority),
        middle(lambda run: run.served),
        middle(lambda run: run.objective.lateness_min),
        middle(lambda run: run.objective.unfairness),
        middle(lambda run: run.objective.walking_min),
        middle(lambda run: run.refused),
        f"{median(run.cpu_s for run in runs):.1f}",
    ]


def _held(kind: str, runs: dict[str, list[Run]]) -> list[str]:
    """Return the bars that were missed: a fifth less unserved priority than the best other engine; walking no worse."""
    unserved = {name: median(run.objective.unserved_priority for run in found) for name, found in runs.items()}
    served = {name: median(run.served for run in found) for name, found in runs.items()}
    walking = {name: median(run.objective.walking_min for run in found) for name, found in runs.items()}
    others = [name for name in runs if name not in (OURS, WALKER)]
    if not others:
        return []
    lines, best = [], min(others, key=lambda name: unserved[name])
    if unserved[OURS] > BAR * unserved[best]:
        lines.append(f"{kind}: unserved priority {unserved[OURS]:.0f}, {best} {unserved[best]:.0f}, bar 20 % less")
    for name in others:
        if served[name] >= ALIKE * served[OURS] and walking[WALKER] > walking[name]:
            lines.append(f"{kind}: walking {walking[WALKER]:,.0f} without fairness, {name} {walking[name]:,.0f}")
    return lines
