"""Ruin and recreate: take out a handful of tasks that lie near each other and put each back where it costs least.

After the idea of slack induction by string removals (Christiaens & Vanden Berghe, 2020): small, near, greedy, and now
and then blind to the best place.
"""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    C_LATE_PER_HAND,
    K_SERVED,
    LATENESS,
    N_JOBS,
    N_POOL,
    P_HOME,
    P_LOCKED,
    P_READY,
    P_VEHICLE,
    R_LEG,
    R_NEXT,
    R_PERSON,
    R_START,
    T_DUE,
    T_FIRST,
    T_FIXED,
    T_HANDS,
    V_CLASS,
    V_DUE,
    V_END,
    V_FROM,
    V_LAG_MAX,
    V_LAG_MIN,
    V_MIN,
    V_NODE,
    V_TASK,
    V_UNTIL,
    WALKING,
    Floats,
    Ints,
    Table,
)
from tongxin.engines.planner.search.moves import any_visit, draw, rank_between
from tongxin.engines.planner.search.plan import carry_out, plan_task
from tongxin.engines.planner.search.ring import place_for, toll_between, way
from tongxin.engines.planner.search.timing import drop, settle

LEAST, MOST = 3, 9
BLIND_IN = 40
DELAY_SHARE = 0.15
NOWHERE = 1e18


@compiled
def ruin(m: Table, s: Table, weight: Floats) -> bool:
    """Take out some near tasks and put them back one by one; everything is timed when this says True."""
    v = any_visit(m, s)
    if v < 0:
        return False
    center, wanted, out = the.visit(m)[v, V_TASK], LEAST + draw(s, MOST - LEAST + 1), 0
    gone = np.empty(MOST + 2, np.int64)
    size = the.near(m).shape[1]
    at = draw(s, max(1, size - 2 * MOST)) if draw(s, 4) == 0 else 0
    t = center
    while out < wanted:
        if t >= 0 and the.task_now(s)[t, K_SERVED] and not the.task(m)[t, T_FIXED] and the.after(m)[t, 0] < 0:
            drop(m, s, t)
            gone[out] = t
            out += 1
        if at >= size:
            break
        t = the.near(m)[center, at]
        at += 1 + (draw(s, 3) == 0)
    if not settle(m, s):
        return False
    for _ in range(2):
        size = the.tally(s)[N_POOL]
        waiting = the.pool(s)[0, draw(s, size)] if size > out else -1
        if waiting >= 0 and not the.task(m)[waiting, T_FIXED] and not _is_in(gone, out, waiting):
            gone[out] = waiting
            out += 1
    return _recreate(m, s, weight, gone, out)


@compiled
def _is_in(gone: Ints, out: int, t: int) -> bool:
    k = 0
    while k < out and gone[k] != t:
        k += 1
    return k < out


@compiled
def _recreate(m: Table, s: Table, weight: Floats, gone: Ints, out: int) -> bool:
    """Put tasks back in random order, each at its cheapest place; what has none stays out."""
    for k in range(out):
        other = k + draw(s, out - k)
        gone[k], gone[other] = gone[other], gone[k]
        t = gone[k]
        the.tally(s)[N_JOBS] = 0
        if _best_team(m, s, weight, t) and not (carry_out(m, s) and settle(m, s)):
            return False
    return True


@compiled
def _due(m: Table, v: int) -> int:
    """Return the start after which a hand is late."""
    if the.const(m)[C_LATE_PER_HAND]:
        return the.visit(m)[v, V_DUE]
    return the.task(m)[the.visit(m)[v, V_TASK], T_DUE] - the.visit(m)[v, V_MIN]


@compiled
def _arrival(m: Table, s: Table, a: int, v: int) -> int:
    """Return when somebody can begin a visit after a row of their ring, as far as one look can tell."""
    p = the.row(s)[a, R_PERSON]
    if a >= the.visit(m).shape[0]:
        begins = the.person(m)[p, P_READY] + way(m, the.person(m)[p, P_HOME], the.visit(m)[v, V_NODE])
    else:
        ended = the.row(s)[a, R_START] + the.visit(m)[a, V_MIN]
        begins = ended + way(m, the.visit(m)[a, V_END], the.visit(m)[v, V_NODE])
    return max(begins, the.visit(m)[v, V_FROM])


@compiled
def _dear(m: Table, s: Table, a: int, v: int, start: int) -> tuple[int, float]:
    """Return the walking and, roughly, the lateness that it costs to begin a visit at a time between a row and the one after it."""
    p, visits, b = the.row(s)[a, R_PERSON], the.visit(m).shape[0], the.row(s)[a, R_NEXT]
    detour = toll_between(m, p, a, v) + toll_between(m, p, v, b) - the.row(s)[b, R_LEG]
    late = float(max(0, start - _due(m, v)))
    if b < visits:
        onward = start + the.visit(m)[v, V_MIN] + way(m, the.visit(m)[v, V_END], the.visit(m)[b, V_NODE])
        delay = onward - the.row(s)[b, R_START]
        if delay > 0:
            if onward > the.visit(m)[b, V_UNTIL]:
                return 0, NOWHERE
            due = _due(m, b)
            late += max(0, onward - due) - max(0, the.row(s)[b, R_START] - due) + DELAY_SHARE * delay
    return detour, late


@compiled
def _best_place(m: Table, s: Table, weight: Floats, v: int) -> int:
    """Note the cheapest person and place for one hand; return the row after which it comes, or -1."""
    visits, kind = the.visit(m).shape[0], the.visit(m)[v, V_CLASS]
    least, found = NOWHERE, -1
    for k in range(the.able(m)[kind, 0]):
        p = np.int64(the.able(m)[kind, k + 1])
        if the.person(m)[p, P_LOCKED] or draw(s, BLIND_IN) == 0:
            continue
        a = visits + p
        while True:
            b = the.row(s)[a, R_NEXT]
            if b >= visits or the.row(s)[b, R_START] >= the.visit(m)[v, V_FROM]:
                start = _arrival(m, s, a, v)
                if start > the.visit(m)[v, V_UNTIL]:
                    break
                walking, late = _dear(m, s, a, v, start)
                cost = weight[WALKING] * walking + weight[LATENESS] * late
                if late < NOWHERE and cost < least:
                    least, found = cost, a
                    the.new_person(s)[v] = p
            if b >= visits:
                break
            a = b
    return found


@compiled
def _best_team(m: Table, s: Table, weight: Floats, t: int) -> bool:
    """Note the cheapest place for a task: one hand chooses, the others follow at its place in the order."""
    first, hands = the.task(m)[t, T_FIRST], the.task(m)[t, T_HANDS]
    leader = first + draw(s, hands)
    if the.person(m)[the.able(m)[the.visit(m)[leader, V_CLASS], 1], P_VEHICLE]:
        leader = first + hands - 1
    plan_task(m, s, t, 0.0)
    for v in range(first, first + hands):
        the.new_person(s)[v] = -1
    a = _best_place(m, s, weight, leader)
    if a < 0:
        return False
    the.new_rank(s)[t] = rank_between(m, s, a, the.row(s)[a, R_NEXT])
    the.hint(s)[leader] = a
    is_staffed = True
    for v in range(first, first + hands):
        is_staffed = is_staffed and (v == leader or _best_partner(m, s, weight, v, leader))
    return is_staffed


@compiled
def _lags(m: Table, leader: int, v: int) -> tuple[int, int]:
    """Return how much earlier or later than the leading hand another one may start."""
    low = high = np.int64(0)
    for x in range(min(leader, v) + 1, max(leader, v) + 1):
        low += the.visit(m)[x, V_LAG_MIN]
        high += the.visit(m)[x, V_LAG_MAX]
    return (low, high) if v > leader else (-high, -low)


@compiled
def _is_taken(m: Table, s: Table, v: int, p: int) -> bool:
    t = the.visit(m)[v, V_TASK]
    for x in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        if x != v and the.new_person(s)[x] == p:
            return True
    return False


@compiled
def _best_partner(m: Table, s: Table, weight: Floats, v: int, leader: int) -> bool:
    """Note who would best be a further hand beside a leading one that has its place."""
    rank = the.new_rank(s)[the.visit(m)[v, V_TASK]]
    start = _arrival(m, s, the.hint(s)[leader], leader)
    kind, least = the.visit(m)[v, V_CLASS], NOWHERE
    low, high = _lags(m, leader, v)
    for k in range(the.able(m)[kind, 0]):
        p = np.int64(the.able(m)[kind, k + 1])
        if the.person(m)[p, P_LOCKED] or _is_taken(m, s, v, p) or draw(s, BLIND_IN) == 0:
            continue
        a = place_for(m, s, p, rank, -1)
        begins = max(start + low, _arrival(m, s, a, v))
        if begins > the.visit(m)[v, V_UNTIL]:
            continue
        waits = max(0, begins - start - high)
        walking, late = _dear(m, s, a, v, begins)
        late += max(0, start + waits - _due(m, leader)) + DELAY_SHARE * waits
        cost = weight[WALKING] * walking + weight[LATENESS] * late
        if late < NOWHERE and cost < least:
            least = cost
            the.new_person(s)[v] = p
            the.hint(s)[v] = a
    return least < NOWHERE
