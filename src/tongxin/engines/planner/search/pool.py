"""Moves that bring in what nobody does yet, into a gap or in the place of something less important."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    N_POOL,
    R_NEXT,
    R_PERSON,
    R_START,
    T_FIRST,
    T_FIXED,
    T_HANDS,
    V_FROM,
    V_HAND,
    V_TASK,
    V_UNTIL,
    Table,
)
from tongxin.engines.planner.search.moves import any_able, draw, near_visit, rank_between, suits
from tongxin.engines.planner.search.plan import plan_task
from tongxin.engines.planner.search.timing import drop

TRIES = 6


@compiled
def _any_waiting(m: Table, s: Table) -> int:
    """Return a random task that nobody does and that the search may place, or -1."""
    size = the.tally(s)[N_POOL]
    if size == 0:
        return -1
    t = the.pool(s)[0, draw(s, size)]
    return -1 if the.task(m)[t, T_FIXED] else t


@compiled
def _leader(m: Table, s: Table, t: int) -> int:
    """Return a random real hand of a task."""
    hands = the.task(m)[t, T_HANDS]
    v = the.task(m)[t, T_FIRST] + draw(s, hands)
    return v if the.visit(m)[v, V_HAND] >= 0 else v + 1


@compiled
def _before_time(m: Table, s: Table, p: int, time: int) -> int:
    """Return the last row of a person's ring that starts by a time."""
    visits = the.visit(m).shape[0]
    u = visits + p
    while True:
        n = the.row(s)[u, R_NEXT]
        if n >= visits or the.row(s)[n, R_START] > time:
            return u
        u = n


@compiled
def _beside(m: Table, s: Table, v: int) -> int:
    """Return a row after which a visit might stand: of a near task, or of anybody able at some time of its window."""
    t = the.visit(m)[v, V_TASK]
    if draw(s, 2):
        u = near_visit(m, s, t)
        if u >= 0 and suits(m, v, the.row(s)[u, R_PERSON]):
            return u
    p = any_able(m, s, v)
    if p < 0 or not suits(m, v, p):
        return -1
    low, high = the.visit(m)[v, V_FROM], the.visit(m)[v, V_UNTIL]
    return _before_time(m, s, p, low + draw(s, max(1, high - low + 1)))


@compiled
def _find_team(m: Table, s: Table, t: int, leader: int) -> bool:
    """Note somebody for every hand but the leading one."""
    for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        if v == leader or the.new_person(s)[v] >= 0:
            continue
        for _ in range(TRIES):
            u = near_visit(m, s, t) if draw(s, 2) else -1
            p = the.row(s)[u, R_PERSON] if u >= 0 else any_able(m, s, v)
            if p >= 0 and suits(m, v, p):
                the.new_person(s)[v] = p
                the.hint(s)[v] = u
                break
        if the.new_person(s)[v] < 0:
            return False
    return True


@compiled
def serve(m: Table, s: Table) -> bool:
    """Put a task that nobody does into somebody's day."""
    t = _any_waiting(m, s)
    if t < 0:
        return False
    v = _leader(m, s, t)
    u = _beside(m, s, v)
    if u < 0:
        return False
    plan_task(m, s, t, rank_between(m, s, u, the.row(s)[u, R_NEXT]))
    the.new_person(s)[v] = the.row(s)[u, R_PERSON]
    the.hint(s)[v] = u
    return _find_team(m, s, t, v)


@compiled
def replace(m: Table, s: Table) -> bool:
    """Put a task that nobody does in the place of another one, which nobody does then."""
    t = _any_waiting(m, s)
    if t < 0:
        return False
    v = _leader(m, s, t)
    u = _beside(m, s, v)
    if u < 0 or u >= the.visit(m).shape[0]:
        return False
    o = the.visit(m)[u, V_TASK]
    if the.task(m)[o, T_FIXED]:
        return False
    plan_task(m, s, t, the.rank(s)[o])
    the.new_person(s)[v] = the.row(s)[u, R_PERSON]
    _take_over(m, s, v, u)
    if not _find_team(m, s, t, v):
        return False
    drop(m, s, o)
    return True


@compiled
def _take_over(m: Table, s: Table, v: int, u: int) -> None:
    """Note the other people of the task that is dropped for the other hands of the one that comes."""
    t, o = the.visit(m)[v, V_TASK], the.visit(m)[u, V_TASK]
    for w in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        the.hint(s)[w] = -1
        if w == v:
            continue
        for x in range(the.task(m)[o, T_FIRST], the.task(m)[o, T_FIRST] + the.task(m)[o, T_HANDS]):
            p = the.row(s)[x, R_PERSON]
            if x != u and suits(m, w, p):
                the.new_person(s)[w] = p
