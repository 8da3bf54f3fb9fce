"""Many compounds at once: one problem is one process's work, and a worker that dies loses nothing."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from os import cpu_count

from tongxin.engines.planner.check import ProblemError
from tongxin.engines.planner.parameters import SolveParameters
from tongxin.engines.planner.problem import Problem
from tongxin.engines.planner.result import Result
from tongxin.engines.planner.solve import DEFAULTS, solve
from tongxin.engines.planner.stop import StopRule

# So often a problem may take its worker down before it is given up.
TRIES = 3


class WorkerLost(RuntimeError):
    """A problem has taken every worker down that tried it."""


Answer = Result | ProblemError | WorkerLost


def plan_many(
    problems: Sequence[Problem],
    *,
    parameters: SolveParameters = DEFAULTS,
    stop: StopRule | None = None,
    processes: int | None = None,
    done: Callable[[int, Answer], None] | None = None,
) -> list[Answer]:
    """Solve problems that have nothing to do with each other, each in one process.

    Parameters
    ----------
    problems
        What is to be planned; answers come in the same order.
    parameters, stop
        As in ``solve``, the same for all; a stop rule must be picklable.
    processes
        How many at once; by default one for each core.
    done
        Called in this process with the place and the answer of each problem as soon as it is there.

    Returns
    -------
    list
        For each problem its result, or the error why there is none: one bad problem spoils no other.
    """
    answers: dict[int, Answer] = {}
    tries = dict.fromkeys(range(len(problems)), 0)
    workers = max(1, min(len(problems), processes or cpu_count() or 1))
    while len(answers) < len(problems):
        left = [k for k in tries if k not in answers]
        # After a crash nobody knows who caused it: those that were under way try again one by one.
        is_careful = any(tries[k] for k in left)
        for batch in [[k] for k in left] if is_careful else [left]:
            for k, answer in _tried(problems, batch, parameters, stop, 1 if is_careful else workers):
                answers[k] = answer
                if done is not None:
                    done(k, answer)
            for k in batch:
                if k not in answers:
                    tries[k] += 1
                if k not in answers and tries[k] >= TRIES:
                    answers[k] = WorkerLost(f"problem {k} took {TRIES} workers down")
    return [answers[k] for k in range(len(problems))]


def _tried(
    problems: Sequence[Problem], batch: list[int], parameters: SolveParameters, stop: StopRule | None, workers: int
) -> Iterator[tuple[int, Answer]]:
    """Yield the answers that a pool gives, all those that it gave before it broke, if it did."""
    told: set[int] = set()
    # Threads of a server do not survive a fork: every worker starts afresh.
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Answer], int] = {}
        try:
            for k in batch:
                waiting[pool.submit(solve_one, problems[k], (parameters, stop))] = k
            for future in as_completed(waiting):
                answer = future.result()
                told.add(waiting[future])
                yield waiting[future], answer
        except BrokenProcessPool:
            for future, k in waiting.items():
                if k not in told and future.done() and future.exception() is None:
                    yield k, future.result()


def solve_one(problem: Problem, how: tuple[SolveParameters, StopRule | None]) -> Answer:
    """Solve one problem in a worker; a contradiction is an answer, too, so that it cannot spoil the others."""
    parameters, stop = how
    try:
        return solve(problem, parameters=parameters, stop=stop)
    except ProblemError as error:
        return error
