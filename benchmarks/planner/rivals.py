"""The same days by other engines at equal processor time, all answers before the same judge."""

from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
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
from tongxin.engines.planner.validate import objective_of, validate

# tasks, people, share of the seconds, most seeds
SIZES = ((200, 30, 0.5, 5), (2000, 200, 1.0, 3))
OTHERS = {"OR-Tools routing": "engine_ortools", "PyVRP": "engine_pyvrp", "VROOM": "engine_vroom"}
OURS = "Tongxin"
BAR = 0.8
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


def _measured(options: Namespace, tasks: int, responders: int, share: float, most: int) -> dict[str, Any]:
    engines, missing = _engines()
    seeds, seconds = min(options.seeds, most), share * options.seconds
    rows: list[list[str]] = []
    missed: list[str] = []
    broken = 0
    for has_pairs in (False, True):
        runs: dict[str, list[Run]] = {name: [] for name in engines}
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            day = compound_day(CompoundDay(tasks=tasks, responders=responders, seed=seed, has_pairs=has_pairs))
            for name in engines:
                runs[name].append(_judged(day, name, seconds, seed))
                print(tasks, "pairs" if has_pairs else "single", seed, name, runs[name][-1], flush=True)
        kind = f"{'with' if has_pairs else 'without'} pairs"
        rows += [_row(kind, name, found) for name, found in runs.items()]
        missed += _held(f"{tasks:,} tasks {kind}", runs, is_bar=tasks >= 2000)
        broken += sum(run.broken for found in runs.values() for run in found)
    return {
        "title": f"Other engines, {tasks:,} tasks, {responders} people, {seconds:g} processor seconds, {seeds} seeds",
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
        "rows": rows,
        "notes": [
            "Medians. Every answer is turned into visits and judged by the independent validator and objective.",
            "What an engine cannot state is mended as far as its people and order allow; what then still breaks a rule "
            "is refused and counts as unserved. Pairs go to the other engines in three stages. How: "
            "benchmarks/planner/README.md.",
            *(f"{name}: not installed here ({why})." for name, why in missing.items()),
        ],
        "missed": missed + ([f"{broken} rules broken"] if broken else []),
    }


Planned = tuple[list[Visit], int, float]


def _engines() -> tuple[list[str], dict[str, str]]:
    """Return the engines that can be imported, ours first, and why the others cannot."""
    found, missing = [OURS], {}
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
    if name == OURS:
        warm.compile_all()
        started = process_time()
        stop = CpuTime(seconds, [started])
        found = solve(day, parameters=SolveParameters(seed=seed, relief_limit=0), stop=stop)
        return list(found.visits), 0, process_time() - started
    engine: Engine = import_module(f"benchmarks.planner.competitors.{OTHERS[name]}").measured
    plan, used = in_stages(engine, day_of(day, has_breaks=True), seconds, seed)
    visits, refused = replay(day, plan)
    return visits, refused, used


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


def _held(title: str, runs: dict[str, list[Run]], *, is_bar: bool) -> list[str]:
    """Return the bars that were missed: a fifth less unserved priority than the best other engine."""
    middles = {name: median(run.objective.unserved_priority for run in found) for name, found in runs.items()}
    others = {name: value for name, value in middles.items() if name != OURS}
    if not is_bar or not others:
        return []
    best = min(others, key=lambda name: others[name])
    if middles[OURS] <= BAR * others[best]:
        return []
    return [f"{title}: unserved priority {middles[OURS]:.0f}, {best} {others[best]:.0f}, bar 20 % less"]
