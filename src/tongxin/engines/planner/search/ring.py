"""Everybody's day as a ring of visits, the queue of what must be timed anew, and the way back from a move."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    ASKED,
    C_STAIRS_FACTOR,
    K_SERVED,
    N_HEAP,
    N_MOVE,
    N_PEOPLE,
    N_POOL,
    N_ROWS,
    N_TASKS,
    P_ASKED,
    P_END,
    P_HOME,
    P_VEHICLE,
    Q_LOAD,
    Q_WORK,
    R_HOLD,
    R_LEG,
    R_NEXT,
    R_PERSON,
    R_PREV,
    T_PRIORITY,
    UNFAIR,
    V_END,
    V_LOAD,
    V_NODE,
    V_TASK,
    WALKING,
    Table,
)
from tongxin.engines.planner.search.limits_row import C_LIFT, C_STAIRS_S, C_UNIT


@compiled
def climb(m: Table, floors: int, has_lift: int) -> int:
    """Return the minutes for so many floors."""
    stairs = (abs(floors) * the.const(m)[C_STAIRS_S] + 59) // 60
    return min(stairs, the.const(m)[C_LIFT]) if has_lift else stairs


@compiled
def way(m: Table, a: int, b: int) -> int:
    """Return the minutes from one spot to another."""
    one, two = the.spot(m)[a, 0], the.spot(m)[b, 0]
    if one == two:
        return climb(m, the.spot(m)[a, 1] - the.spot(m)[b, 1], the.spot(m)[a, 2] & the.spot(m)[b, 2])
    return np.int64(the.walk(m)[one, two]) + the.spot(m)[a, 3] + the.spot(m)[b, 3]


@compiled
def back_from(m: Table, p: int, v: int) -> int:
    """Return the minutes of the way back after a visit, where one is asked for."""
    return 0 if the.person(m)[p, P_END] < 0 else way(m, the.visit(m)[v, V_END], the.person(m)[p, P_END])


@compiled
def toll(m: Table, a: int, b: int) -> int:
    """Return the walking that a way counts, with stairs counted several times."""
    one, two = the.spot(m)[a, 0], the.spot(m)[b, 0]
    factor = the.const(m)[C_STAIRS_FACTOR]
    if one == two:
        return factor * climb(m, the.spot(m)[a, 1] - the.spot(m)[b, 1], the.spot(m)[a, 2] & the.spot(m)[b, 2])
    return np.int64(the.walk(m)[one, two]) + factor * (the.spot(m)[a, 3] + the.spot(m)[b, 3])


@compiled
def toll_between(m: Table, p: int, a: int, b: int) -> int:
    """Return the walking between two neighbors in a person's ring, as long as nobody goes home between them."""
    visits = the.visit(m).shape[0]
    if the.person(m)[p, P_VEHICLE] or (a >= visits and b >= visits):
        return 0
    origin = the.person(m)[p, P_HOME] if a >= visits else the.visit(m)[a, V_END]
    target = the.person(m)[p, P_END] if b >= visits else the.visit(m)[b, V_NODE]
    return 0 if target < 0 else toll(m, origin, target)


@compiled
def begin(s: Table) -> None:
    """Start a move: nothing is saved yet, nothing waits."""
    the.tally(s)[N_MOVE] += 1
    the.tally(s)[N_HEAP] = 0
    the.tally(s)[N_ROWS] = 0
    the.tally(s)[N_TASKS] = 0
    the.tally(s)[N_PEOPLE] = 0
    the.saved_cost(s)[:] = the.cost(s)


@compiled
def save_row(s: Table, v: int) -> None:
    """Remember a row before its first change in this move."""
    if the.stamp(s)[v] != the.tally(s)[N_MOVE]:
        the.stamp(s)[v] = the.tally(s)[N_MOVE]
        k = the.tally(s)[N_ROWS]
        the.saved_id(s)[k] = v
        for c in range(the.row(s).shape[1]):
            the.saved_row(s)[k, c] = the.row(s)[v, c]
        the.tally(s)[N_ROWS] = k + 1


@compiled
def save_task(s: Table, t: int) -> None:
    """Remember a task before its first change in this move."""
    at = the.row(s).shape[0] + t
    if the.stamp(s)[at] != the.tally(s)[N_MOVE]:
        the.stamp(s)[at] = the.tally(s)[N_MOVE]
        k = the.tally(s)[N_TASKS]
        the.saved_task(s)[k, 0] = t
        for c in range(3):
            the.saved_task(s)[k, c + 1] = the.task_now(s)[t, c]
        the.saved_rank(s)[k] = the.rank(s)[t]
        the.tally(s)[N_TASKS] = k + 1


@compiled
def save_person(s: Table, p: int) -> None:
    """Remember a person before their first change in this move."""
    at = the.row(s).shape[0] + the.rank(s).shape[0] + p
    if the.stamp(s)[at] != the.tally(s)[N_MOVE]:
        the.stamp(s)[at] = the.tally(s)[N_MOVE]
        k = the.tally(s)[N_PEOPLE]
        the.saved_person(s)[k, 0] = p
        the.saved_person(s)[k, 1] = the.person_now(s)[p, 0]
        the.saved_person(s)[k, 2] = the.person_now(s)[p, 1]
        the.tally(s)[N_PEOPLE] = k + 1


@compiled
def take_back(s: Table) -> None:
    """Undo everything since ``begin``."""
    for k in range(the.tally(s)[N_ROWS]):
        v = the.saved_id(s)[k]
        for c in range(the.row(s).shape[1]):
            the.row(s)[v, c] = the.saved_row(s)[k, c]
    for k in range(the.tally(s)[N_TASKS]):
        t = the.saved_task(s)[k, 0]
        if the.task_now(s)[t, K_SERVED] != the.saved_task(s)[k, 1]:
            if the.saved_task(s)[k, 1]:
                leave_pool(s, t)
            else:
                join_pool(s, t)
        for c in range(3):
            the.task_now(s)[t, c] = the.saved_task(s)[k, c + 1]
        the.rank(s)[t] = the.saved_rank(s)[k]
    for k in range(the.tally(s)[N_PEOPLE]):
        p = the.saved_person(s)[k, 0]
        the.person_now(s)[p, 0] = the.saved_person(s)[k, 1]
        the.person_now(s)[p, 1] = the.saved_person(s)[k, 2]
    the.cost(s)[:] = the.saved_cost(s)


@compiled
def join_pool(s: Table, t: int) -> None:
    """Add a task to those that nobody does."""
    k = the.tally(s)[N_POOL]
    the.pool(s)[0, k] = t
    the.pool(s)[1, t] = k
    the.tally(s)[N_POOL] = k + 1


@compiled
def leave_pool(s: Table, t: int) -> None:
    """Take a task from those that nobody does."""
    k, last = the.pool(s)[1, t], the.tally(s)[N_POOL] - 1
    other = the.pool(s)[0, last]
    the.pool(s)[0, k] = other
    the.pool(s)[1, other] = k
    the.tally(s)[N_POOL] = last


@compiled
def _rank_of(s: Table, x: int) -> float:
    return the.rank(s)[x] if x < the.rank(s).shape[0] else np.inf


@compiled
def push(s: Table, x: int) -> None:
    """Queue a task (or, beyond the tasks, the end of a person's day) to be timed anew, once."""
    if the.in_heap(s)[x] == the.tally(s)[N_MOVE]:
        return
    the.in_heap(s)[x] = the.tally(s)[N_MOVE]
    k = the.tally(s)[N_HEAP]
    the.tally(s)[N_HEAP] = k + 1
    rank = _rank_of(s, x)
    while k > 0:
        parent = (k - 1) >> 1
        if _rank_of(s, the.heap(s)[parent]) <= rank:
            break
        the.heap(s)[k] = the.heap(s)[parent]
        k = parent
    the.heap(s)[k] = x


@compiled
def pop(s: Table) -> int:
    """Return what comes first in the global order among what is queued."""
    top = the.heap(s)[0]
    the.in_heap(s)[top] = 0
    size = the.tally(s)[N_HEAP] - 1
    the.tally(s)[N_HEAP] = size
    if size > 0:
        x = the.heap(s)[size]
        rank, k = _rank_of(s, x), 0
        while True:
            child = 2 * k + 1
            if child >= size:
                break
            if child + 1 < size and _rank_of(s, the.heap(s)[child + 1]) < _rank_of(s, the.heap(s)[child]):
                child += 1
            if rank <= _rank_of(s, the.heap(s)[child]):
                break
            the.heap(s)[k] = the.heap(s)[child]
            k = child
        the.heap(s)[k] = x
    return np.int64(top)


@compiled
def push_row(m: Table, s: Table, v: int) -> None:
    """Queue the task of a visit, or the end of a day if the row is a ring's head."""
    visits = the.visit(m).shape[0]
    if v < visits:
        push(s, the.visit(m)[v, V_TASK])
    elif the.person(m)[v - visits, P_END] >= 0:
        push(s, the.task(m).shape[0] + v - visits)


@compiled
def _carry(m: Table, s: Table, p: int, v: int, sign: int) -> None:
    """Add a visit to a person's load, or take it away."""
    save_person(s, p)
    unit = the.const(m)[C_UNIT]
    before = the.person_now(s)[p, Q_LOAD] // unit
    the.person_now(s)[p, Q_LOAD] += sign * the.visit(m)[v, V_LOAD]
    after = the.person_now(s)[p, Q_LOAD] // unit
    the.cost(s)[UNFAIR] += after * after - before * before
    if the.task(m)[the.visit(m)[v, V_TASK], T_PRIORITY] > 0:
        work = the.person_now(s)[p, Q_WORK]
        the.person_now(s)[p, Q_WORK] = work + sign
        the.cost(s)[ASKED] += the.person(m)[p, P_ASKED] * (int(work + sign > 0) - int(work > 0))


@compiled
def unlink(m: Table, s: Table, v: int) -> None:
    """Take a visit out of its ring; what comes after it is queued."""
    p, u, n = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV], the.row(s)[v, R_NEXT]
    save_row(s, v)
    save_row(s, u)
    save_row(s, n)
    leg = toll_between(m, p, u, n)
    the.cost(s)[WALKING] += leg - the.row(s)[v, R_LEG] - the.row(s)[n, R_LEG]
    the.row(s)[n, R_LEG] = leg
    the.row(s)[v, R_LEG] = 0
    the.row(s)[u, R_NEXT] = n
    the.row(s)[n, R_PREV] = u
    the.row(s)[v, R_PERSON] = -1
    the.row(s)[v, R_HOLD] = 0
    _carry(m, s, p, v, -1)
    push_row(m, s, n)
    first = the.row(s)[the.visit(m).shape[0] + p, R_NEXT]
    if the.row(s)[the.visit(m).shape[0] + p, R_HOLD] and first < the.visit(m).shape[0]:
        # What was held for this visit may begin sooner.
        push_row(m, s, first)


@compiled
def link(m: Table, s: Table, v: int, p: int, u: int) -> None:
    """Put a visit into a person's ring after another row of it; it and what comes after it are queued."""
    n = the.row(s)[u, R_NEXT]
    save_row(s, v)
    save_row(s, u)
    save_row(s, n)
    leg, onward = toll_between(m, p, u, v), toll_between(m, p, v, n)
    the.cost(s)[WALKING] += leg + onward - the.row(s)[n, R_LEG]
    the.row(s)[v, R_LEG] = leg
    the.row(s)[n, R_LEG] = onward
    the.row(s)[v, R_PREV] = u
    the.row(s)[v, R_NEXT] = n
    the.row(s)[u, R_NEXT] = v
    the.row(s)[n, R_PREV] = v
    the.row(s)[v, R_PERSON] = p
    _carry(m, s, p, v, 1)
    push_row(m, s, v)
    push_row(m, s, n)


@compiled
def place_for(m: Table, s: Table, p: int, rank: float, hint: int) -> int:
    """Return the row after which a rank belongs in a person's ring, looking from a hint on."""
    visits = the.visit(m).shape[0]
    u = np.int64(hint)
    if u < 0 or the.row(s)[u, R_PERSON] != p:
        u = visits + p
    while u < visits and the.rank(s)[the.visit(m)[u, V_TASK]] >= rank:
        u = the.row(s)[u, R_PREV]
    while True:
        n = the.row(s)[u, R_NEXT]
        if n >= visits or the.rank(s)[the.visit(m)[n, V_TASK]] >= rank:
            return u
        u = n
