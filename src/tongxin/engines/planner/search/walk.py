"""The walk through the plans: simulated annealing over all moves, the best plan kept strictly by tiers."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled, door
from tongxin.engines.planner.search.layout import (
    LATENESS,
    LIFE,
    N_JOBS,
    N_SINCE,
    N_TAKEN,
    N_TRIES,
    TIERS,
    WALKING,
    WORST_LATE,
    Best,
    Floats,
    Ints,
    Pace,
    Table,
)
from tongxin.engines.planner.search.moves import cross, draw, hand_over, relocate, shift_chain, swap, uniform
from tongxin.engines.planner.search.plan import carry_out, note_plan
from tongxin.engines.planner.search.pool import replace, serve
from tongxin.engines.planner.search.ring import begin, take_back
from tongxin.engines.planner.search.ruin import ruin
from tongxin.engines.planner.search.timing import recount_worst, settle


@compiled
def energy(cost: Ints, weight: Floats) -> float:
    """Return the cost as one number that steers the walk; it never decides which plan is best."""
    total = 0.0
    for k in range(TIERS):
        total += cost[k] * weight[k]
    return total


@door
def is_better(a: Ints, b: Ints, weight: Floats, is_strict: bool) -> bool:
    """Return whether a cost is better than another: tier by tier, or by weight for a benchmark with one number."""
    if not is_strict:
        return energy(a, weight) < energy(b, weight)
    for k in range(TIERS):
        if a[k] != b[k]:
            return a[k] < b[k]
    return False


@compiled
def _propose(m: Table, s: Table, weight: Floats, share: Ints, most: float) -> bool:
    """Carry a random move out; ``share`` holds the running totals of the kinds' shares."""
    the.tally(s)[N_JOBS] = 0
    kind = draw(s, share[-1])
    if kind < share[0]:
        is_noted = relocate(m, s, most)
    elif kind < share[1]:
        is_noted = hand_over(m, s, most)
    elif kind < share[2]:
        is_noted = swap(m, s, most)
    elif kind < share[3]:
        is_noted = shift_chain(m, s)
    elif kind < share[4]:
        return cross(m, s)
    elif kind < share[5]:
        is_noted = serve(m, s)
    elif kind < share[6]:
        is_noted = replace(m, s)
    else:
        return ruin(m, s, weight)
    return is_noted and carry_out(m, s)


@compiled
def _lateness(cost: Ints, weight: Floats) -> float:
    """Return the part of the energy that better times could save."""
    return weight[LATENESS] * cost[LATENESS] + weight[WORST_LATE] * cost[WORST_LATE] + weight[LIFE] * cost[LIFE]


@compiled
def _step(m: Table, s: Table, weight: Floats, share: Ints, temperature: float) -> float:
    """Try one move; return by how much the energy has changed, or infinity when it was not taken."""
    begin(s)
    bar = -temperature * np.log(uniform(s))
    before = energy(the.cost(s), weight)
    slack = bar + _lateness(the.cost(s), weight)
    is_open = _propose(m, s, weight, share, slack / weight[WALKING] if weight[WALKING] > 0 else np.inf)
    if is_open:
        # Even if nobody were late any more it would be too dear: no need to work the times out.
        is_open = energy(the.cost(s), weight) - _lateness(the.cost(s), weight) - before <= bar and settle(m, s)
        if is_open:
            recount_worst(m, s)
            change = energy(the.cost(s), weight) - before
            if change <= bar:
                return change
    take_back(s)
    return np.inf


@door
def walk(m: Table, s: Table, pace: Pace, best: Best) -> None:
    """Walk so many steps while cooling; the plan is only copied to ``best`` when the walk is about to leave it."""
    weight, is_strict = pace.weight, pace.is_strict
    temperature = pace.heat[0]
    factor = (pace.heat[1] / pace.heat[0]) ** (1.0 / max(1, pace.steps))
    is_at_best = False
    for _ in range(pace.steps):
        temperature *= factor
        the.tally(s)[N_TRIES] += 1
        change = _step(m, s, weight, pace.share, temperature)
        if change == np.inf:
            continue
        the.tally(s)[N_TAKEN] += 1
        if is_better(the.cost(s), best.cost, weight, is_strict):
            best.cost[:] = the.cost(s)
            is_at_best = True
            the.tally(s)[N_SINCE] = the.tally(s)[N_TRIES]
        elif is_at_best and is_better(best.cost, the.cost(s), weight, is_strict):
            take_back(s)
            note_plan(m, s, best.rank, best.person)
            is_at_best = False
    if is_at_best:
        note_plan(m, s, best.rank, best.person)
