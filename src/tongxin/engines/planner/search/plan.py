"""Carrying moves out: tasks get a new rank and new people at once; and whole plans from an order and an assignment."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled, door
from tongxin.engines.planner.search.layout import (
    K_SERVED,
    LIFE,
    MOVES,
    N_FAILED,
    N_JOBS,
    N_POOL,
    P_LOAD,
    Q_LOAD,
    Q_WORK,
    R_MOVED,
    R_NEXT,
    R_PERSON,
    R_PREV,
    T_FIRST,
    T_FIXED,
    T_HANDS,
    T_IS_LIFE,
    T_PRIORITY,
    UNFAIR,
    UNSERVED,
    V_OLD_PERSON,
    Floats,
    Small,
    Table,
)
from tongxin.engines.planner.search.limits_row import C_HORIZON, C_UNIT
from tongxin.engines.planner.search.ring import begin, join_pool, link, place_for, push, save_task, unlink
from tongxin.engines.planner.search.timing import count_stranger, drop, mark_served, settle


@compiled
def plan_task(m: Table, s: Table, t: int, rank: float) -> None:
    """Note a task as one to move to a rank, for the time being with the people it has."""
    the.job(s)[the.tally(s)[N_JOBS]] = t
    the.tally(s)[N_JOBS] += 1
    the.new_rank(s)[t] = rank
    for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        the.new_person(s)[v] = the.row(s)[v, R_PERSON]
        the.hint(s)[v] = the.row(s)[v, R_PREV]


@compiled
def _is_sound(m: Table, s: Table, t: int) -> bool:
    """Return whether all hands have somebody else, and no task comes before one that it waits for."""
    first, hands = the.task(m)[t, T_FIRST], the.task(m)[t, T_HANDS]
    for v in range(first, first + hands):
        if the.new_person(s)[v] < 0:
            return False
        for w in range(first, v):
            if the.new_person(s)[w] == the.new_person(s)[v]:
                return False
    return True


@compiled
def _is_in_order(m: Table, s: Table, t: int) -> bool:
    for k in range(the.before(m).shape[1]):
        i = the.before(m)[t, k]
        if i < 0:
            break
        if not the.task_now(s)[the.link(m)[i, 0], K_SERVED] or the.rank(s)[the.link(m)[i, 0]] >= the.rank(s)[t]:
            return False
    for k in range(the.after(m).shape[1]):
        i = the.after(m)[t, k]
        if i < 0:
            break
        if the.task_now(s)[the.link(m)[i, 1], K_SERVED] and the.rank(s)[the.link(m)[i, 1]] <= the.rank(s)[t]:
            return False
    return True


@compiled
def carry_out(m: Table, s: Table) -> bool:
    """Move all noted tasks; False if that cannot be a plan. Times are only right after ``settle``."""
    for k in range(the.tally(s)[N_JOBS]):
        if not _is_sound(m, s, the.job(s)[k]):
            return False
    for k in range(the.tally(s)[N_JOBS]):
        t = the.job(s)[k]
        save_task(s, t)
        the.rank(s)[t] = the.new_rank(s)[t]
    for k in range(the.tally(s)[N_JOBS]):
        t = the.job(s)[k]
        if the.task_now(s)[t, K_SERVED]:
            for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
                unlink(m, s, v)
    for k in range(the.tally(s)[N_JOBS]):
        t = the.job(s)[k]
        for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
            p = the.new_person(s)[v]
            link(m, s, v, p, place_for(m, s, p, the.rank(s)[t], the.hint(s)[v]))
        if not the.task_now(s)[t, K_SERVED]:
            mark_served(m, s, t)
        push(s, t)
        count_stranger(m, s, t)
    is_sound = True
    for k in range(the.tally(s)[N_JOBS]):
        is_sound = is_sound and _is_in_order(m, s, the.job(s)[k])
    return is_sound


@compiled
def clear(m: Table, s: Table) -> None:
    """Empty the plan: nobody does anything."""
    visits, tasks, unit = the.visit(m).shape[0], the.task(m).shape[0], the.const(m)[C_UNIT]
    the.cost(s)[:] = 0
    the.tally(s)[N_POOL] = 0
    the.tally(s)[N_JOBS] = 0
    the.task_now(s)[:] = 0
    for v in range(visits):
        the.row(s)[v, :] = 0
        the.row(s)[v, R_PERSON] = -1
        if the.visit(m)[v, V_OLD_PERSON] >= 0:
            the.row(s)[v, R_MOVED] = 1
            the.cost(s)[MOVES] += 1
    for p in range(the.person(m).shape[0]):
        the.row(s)[visits + p] = the.head(m)[p]
        the.row(s)[visits + p, R_PERSON] = p
        the.row(s)[visits + p, R_PREV] = visits + p
        the.row(s)[visits + p, R_NEXT] = visits + p
        the.person_now(s)[p, Q_LOAD] = the.person(m)[p, P_LOAD]
        the.person_now(s)[p, Q_WORK] = 0
        the.cost(s)[UNFAIR] += (the.person(m)[p, P_LOAD] // unit) ** 2
    for t in range(tasks):
        join_pool(s, t)
        the.cost(s)[UNSERVED] += the.task(m)[t, T_PRIORITY]
        if the.task(m)[t, T_IS_LIFE]:
            the.cost(s)[LIFE] += the.task(m)[t, T_PRIORITY] * the.const(m)[C_HORIZON]


@compiled
def _lay_out(m: Table, s: Table, rank: Floats, person: Small) -> None:
    """Put everything into the rings as an order and an assignment say, and queue it all to be timed."""
    clear(m, s)
    begin(s)
    the.rank(s)[:] = rank
    order = np.argsort(rank)
    for i in range(order.shape[0]):
        t = order[i]
        first = the.task(m)[t, T_FIRST]
        if person[first] < 0:
            continue
        for v in range(first, first + the.task(m)[t, T_HANDS]):
            p = np.int64(person[v])
            link(m, s, v, p, the.row(s)[the.visit(m).shape[0] + p, R_PREV])
        mark_served(m, s, t)
        count_stranger(m, s, t)
        push(s, t)


@door
def rebuild(m: Table, s: Table, rank: Floats, person: Small) -> bool:
    """Make the plan that an order and an assignment describe; False if it breaks a rule."""
    _lay_out(m, s, rank, person)
    return settle(m, s)


@door
def mend(m: Table, s: Table, rank: Floats, person: Small) -> bool:
    """Make a plan as ``rebuild`` does, but without the tasks at which a rule says no; ``person`` is changed in place.

    False: a task that may not be touched is among them. What waits for a dropped task goes with it.
    """
    _lay_out(m, s, rank, person)
    while not settle(m, s):
        t = the.tally(s)[N_FAILED]
        # All before it stands; what is still queued stays so and is timed without it.
        if the.task(m)[t, T_FIXED] or not the.task_now(s)[t, K_SERVED]:
            return False
        drop(m, s, t)
    for v in range(the.visit(m).shape[0]):
        person[v] = the.row(s)[v, R_PERSON]
    return True


@compiled
def note_plan(m: Table, s: Table, rank: Floats, person: Small) -> None:
    """Copy the order and the assignment of the present plan."""
    rank[:] = the.rank(s)
    for v in range(the.visit(m).shape[0]):
        person[v] = the.row(s)[v, R_PERSON]
