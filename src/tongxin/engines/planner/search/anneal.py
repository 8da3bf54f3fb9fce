"""The loop around the walk: cooling, stopping, reporting, and several walks at once on several cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.layout import (
    N_FAILED,
    N_SINCE,
    N_TRIES,
    Best,
    Floats,
    Ints,
    Model,
    Pace,
    Small,
    State,
)
from tongxin.engines.planner.search.memory import new_state
from tongxin.engines.planner.search.plan import rebuild
from tongxin.engines.planner.search.walk import is_better, walk

CHUNK = 5000
CHUNKS_PER_SPREADING = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """How a walk is steered: weights of the tiers, running totals of the moves' shares, first and last heat.

    With ``is_strict`` the best plan is the best one tier by tier, else the one with the least energy. With several
    ``starts`` the first plan is cooled down so many times to ``until`` (by default the last heat), together for the part
    ``scouting`` of the run, and the best plan that came of it is warmed to ``again`` and cooled down for the rest.
    """

    weight: Floats
    share: Ints
    heat: tuple[float, float]
    is_strict: bool
    starts: int = 1
    scouting: float = 0.0
    again: float = 0.0
    until: float | None = None

    def stage(self, far: float) -> tuple[int, float]:
        """Return which cooling it is at a part of the run, from 0 on, and its heat."""
        first, last = self.heat
        if self.starts <= 1:
            return 0, first * (last / first) ** far
        if far < self.scouting:
            done = far / self.scouting * self.starts
            return int(done), first * ((self.until or last) / first) ** (done - int(done))
        return self.starts, self.again * (last / self.again) ** ((far - self.scouting) / (1.0 - self.scouting))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a walk stands: moves tried, moves since the last better plan, seconds, and the cost of the best plan."""

    iteration: int
    since_improved: int
    elapsed_s: float
    best: Ints
    walker: int = 0


@dataclass(slots=True)
class Walk:
    """One walk and the best plan that it has found."""

    model: Model
    rank: Floats
    person: Small
    best: Ints
    iterations: int = 0


class BrokenPlan(ValueError):
    """A first plan breaks a rule; ``task`` is where that was seen."""

    def __init__(self, task: int) -> None:
        super().__init__(f"task {task}")
        self.task = task


# Returns how far the run is, from 0 to 1; 1 ends it. Asked after every few thousand moves.
HowFar = Callable[[Stand], float]


def anneal(
    model: Model,
    rank: Floats,
    person: Small,
    *,
    steering: Steering,
    how_far: HowFar,
    seed: int = 0,
    walker: int = 0,
) -> Walk:
    """Improve a plan until ``how_far`` says 1.

    Raises
    ------
    BrokenPlan
        The plan to start from breaks a rule.
    """
    started = perf_counter()
    state = new_state(model, seed=seed)
    m, s = the.table_of(model), the.table_of(state)
    found = Walk(model, rank.copy(), person.copy(), np.zeros_like(state.cost))
    if not rebuild(m, s, found.rank, found.person):
        raise BrokenPlan(int(state.tally[N_FAILED]))
    found.best[:] = state.cost
    chunks = stage = 0
    while True:
        tries = int(state.tally[N_TRIES])
        stand = Stand(
            iteration=tries,
            since_improved=tries - int(state.tally[N_SINCE]),
            elapsed_s=perf_counter() - started,
            best=found.best,
            walker=walker,
        )
        far = how_far(stand)
        if far >= 1.0:
            break
        now, heat = steering.stage(max(0.0, far))
        if now != stage:
            stage = now
            rebuild(m, s, *((found.rank, found.person) if now == steering.starts else (rank, person)))
        if chunks % CHUNKS_PER_SPREADING == 0:
            _spread(state)
        pace = Pace(steering.weight, steering.share, np.array([heat, heat]), CHUNK, steering.is_strict)
        walk(m, s, pace, Best(found.rank, found.person, found.best))
        chunks += 1
    found.iterations = int(state.tally[N_TRIES])
    return found


def _spread(state: State) -> None:
    """Give ranks anew as 0, 1, 2 ... in the same order, so that there is always a number between two of them.

    An order by start time looks more natural and was measured to be worse: it undoes what the walk has learned.
    """
    state.rank[np.argsort(state.rank, kind="stable")] = np.arange(len(state.rank), dtype=float)


def anneal_together(
    model: Model, rank: Floats, person: Small, *, steering: Steering, how_far: HowFar, seed: int, threads: int
) -> Walk:
    """Walk once on each of several cores and return the best; ``Stand.walker`` says which one asks."""
    if threads <= 1:
        return anneal(model, rank, person, steering=steering, how_far=how_far, seed=seed)

    def one(k: int) -> Walk:
        return anneal(model, rank, person, steering=steering, how_far=how_far, seed=seed + 7919 * k, walker=k)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        walks = list(pool.map(one, range(threads)))
    best = walks[0]
    for other in walks[1:]:
        if is_better(other.best, best.best, steering.weight, steering.is_strict):
            best = other
    best.iterations = sum(found.iterations for found in walks)
    return best
