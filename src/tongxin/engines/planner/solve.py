"""The front door: a problem in, an explained answer out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING

from tongxin.engines.planner import warm
from tongxin.engines.planner.check import check_problem
from tongxin.engines.planner.codes import Rule, StoppedBy
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.cost import cost_of
from tongxin.engines.planner.explain import assignments_of, bindings_of, loads_of, pauses_of
from tongxin.engines.planner.greedy import Built, build
from tongxin.engines.planner.parameters import SolveParameters
from tongxin.engines.planner.problem import Problem, Visit
from tongxin.engines.planner.relief import ReliefFinder
from tongxin.engines.planner.result import Binding, Bound, Objective, Relief, Result, Stats, Unserved
from tongxin.engines.planner.shortage import shortages_of
from tongxin.engines.planner.stop import Progress, StopRule, share_of

if TYPE_CHECKING:
    from tongxin.engines.planner.search.anneal import Stand
    from tongxin.engines.planner.search.improve import Improved

DEFAULTS = SolveParameters()


def solve(
    problem: Problem,
    *,
    parameters: SolveParameters = DEFAULTS,
    stop: StopRule | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Decide who does what and when, keeping every hard rule, and say why.

    Parameters
    ----------
    problem
        What is to be planned.
    parameters
        Seed, stop rule and how much to explain.
    stop
        Stop rule of this run, instead of the one in ``parameters``.
    progress
        Called now and then with how far the run is.
    cancelled
        Asked now and then; once it says True the best answer so far is returned. Tasks that were not tried by then
        are unserved with the binding ``NOT_TRIED``.

    Returns
    -------
    Result
        The same for the same problem, parameters and iteration budget, whatever the order of its parts.

    Raises
    ------
    ProblemError
        The problem contradicts itself; the error names the field.
    """
    check_problem(problem)
    started = perf_counter()
    total = len(problem.tasks)
    rule = parameters.stop if stop is None else stop

    def report(done: int) -> None:
        if progress is not None:
            progress(Progress(iteration=0, elapsed_s=perf_counter() - started, done=done, total=total))

    built = build(Compact(problem), candidates=parameters.candidates, report=report, cancelled=cancelled)
    watch = _Watch(rule=rule, started=started, total=total, progress=progress, cancelled=cancelled)
    cost = cost_of(built.state)
    watch.look(0, 0, cost)
    if built.not_tried:
        watch.stopped_by = StoppedBy.CANCELLED
    run = _Run(built=built, cost=cost, iterations=0, engine="greedy")
    if watch.stopped_by is StoppedBy.COMPLETE and problem.tasks and problem.responders:
        run = _searched(problem, run, parameters, watch)
    answer = _answer(problem, run, parameters=parameters, stopped_by=watch.stopped_by, since=started)
    return _with_bound(problem, answer, parameters.bound_seconds, cancelled)


def replan(
    problem: Problem,
    previous: Result | Sequence[Visit],
    *,
    now_min: int | None = None,
    parameters: SolveParameters = DEFAULTS,
    stop: StopRule | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Solve again after something has changed, moving as little as possible of the plan in force.

    What has started, and what starts within the freeze horizon and is still possible, stays as it is; pins too.
    Visits of tasks that the problem no longer has are dropped silently, those of people who are gone find others.

    Parameters
    ----------
    problem
        The problem as it is now, on the same clock as the previous plan (same minute 0).
    previous
        The plan in force.
    now_min
        The present; by default the one in ``problem``.
    parameters, stop, progress, cancelled
        As in ``solve``.

    Raises
    ------
    ProblemError
        The problem contradicts itself; the error names the field.
    """
    visits = tuple(previous.visits if isinstance(previous, Result) else previous)
    now = problem.now_min if now_min is None else now_min
    changed = replace(problem, previous=visits, now_min=now)
    return solve(changed, parameters=parameters, stop=stop, progress=progress, cancelled=cancelled)


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Asks the stop rule and the caller, and tells the caller, while the search runs."""

    rule: StopRule
    started: float
    total: int
    progress: Callable[[Progress], None] | None
    cancelled: Callable[[], bool] | None
    stopped_by: StoppedBy = StoppedBy.COMPLETE

    def look(self, iteration: int, since_improved: int, best: Objective, *, tells: bool = True) -> float:
        """Return how far the run is, from 0 to 1; 1 ends it."""
        now = Progress(
            iteration=iteration,
            elapsed_s=perf_counter() - self.started,
            done=self.total,
            total=self.total,
            since_improved=since_improved,
            best=best,
        )
        if tells and self.progress is not None:
            self.progress(now)
        if iteration and self.cancelled is not None and self.cancelled():
            self.stopped_by = StoppedBy.CANCELLED
            return 1.0
        if self.rule(now):
            self.stopped_by = StoppedBy.STOP_RULE
            return 1.0
        return min(0.999, share_of(self.rule, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    built: Built
    cost: Objective
    iterations: int
    engine: str


def _searched(problem: Problem, first: _Run, parameters: SolveParameters, watch: _Watch) -> _Run:
    """Improve a first answer; while the search is not compiled yet the first answer stands."""
    if not warm.is_ready():
        warm.begin()
        return first
    search = warm.load("improve")

    def how_far(stand: "Stand") -> float:
        return watch.look(
            stand.iteration, stand.since_improved, Objective.from_tiers(stand.best.tolist()), tells=stand.walker == 0
        )

    found: Improved = search.improve(
        problem, first.built, how_far=how_far, seed=parameters.seed, threads=parameters.threads
    )
    cost = first.cost if found.built is first.built else cost_of(found.built.state)
    return _Run(built=found.built, cost=cost, iterations=found.iterations, engine="search")


def _answer(problem: Problem, run: _Run, *, parameters: SolveParameters, stopped_by: StoppedBy, since: float) -> Result:
    built = run.built
    unserved, reliefs = _unserved(problem, built, parameters.relief_limit)
    assignments, loads, pauses = assignments_of(built.state), loads_of(built.state), pauses_of(built.state)
    shortages = shortages_of(built.state.compact, built.left, reliefs)
    stats = Stats(
        iterations=run.iterations,
        elapsed_s=perf_counter() - since,
        stopped_by=stopped_by,
        seed=parameters.seed,
        engine=run.engine,
    )
    return Result(
        assignments=assignments,
        unserved=unserved,
        shortages=shortages,
        pauses=pauses,
        loads=loads,
        objective=run.cost,
        stats=stats,
    )


def _with_bound(problem: Problem, answer: Result, seconds: float, cancelled: Callable[[], bool] | None) -> Result:
    """Return an answer with what no plan can go below, if that is asked for and its code is compiled already."""
    if seconds <= 0 or answer.stats.stopped_by is StoppedBy.CANCELLED:
        return answer
    if not warm.is_ready():
        warm.begin()
        return answer
    # It needs numba and HiGHS, which nobody loads who does not ask for a bound.
    bounds = import_module("tongxin.engines.planner.bound")
    bound: Bound | None = bounds.bound_of(problem, seconds=seconds, visits=answer.visits, cancelled=cancelled)
    return replace(answer, bound=bound)


def _unserved(problem: Problem, built: Built, limit: int) -> tuple[tuple[Unserved, ...], dict[int, Relief]]:
    compact = built.state.compact
    tasks = sorted(built.left, key=lambda t: (-compact.tasks[t].tier, -compact.tasks[t].priority, compact.tasks[t].id))
    reliefs: dict[int, Relief] = {}
    if tasks and limit > 0:
        finder = ReliefFinder(problem, built.state, max(len(compact.tasks[task].hands) for task in tasks[:limit]))
        found = {task: finder.find(compact.tasks[task].id) for task in tasks[:limit]}
        reliefs = {task: relief for task, relief in found.items() if relief is not None}
    unserved = [
        Unserved(task=compact.tasks[task].id, bindings=bindings_of(built.fitter, task), relief=reliefs.get(task))
        for task in tasks
    ]
    everybody = len(compact.people)
    not_tried = (Binding(rule=Rule.NOT_TRIED, responders=everybody),)
    unserved += [Unserved(task=compact.tasks[task].id, bindings=not_tried) for task in built.not_tried]
    return tuple(unserved), reliefs
