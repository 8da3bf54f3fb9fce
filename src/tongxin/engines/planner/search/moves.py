"""The moves: each notes which tasks get which rank and whom, or says False at once when it cannot."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

import numpy as np

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    K_SERVED,
    N_RANDOM,
    P_LOCKED,
    R_LEG,
    R_NEXT,
    R_PERSON,
    R_PREV,
    T_FIRST,
    T_FIXED,
    T_HANDS,
    V_CLASS,
    V_TASK,
    Table,
)
from tongxin.engines.planner.search.plan import plan_task
from tongxin.engines.planner.search.ring import link, place_for, toll_between, unlink
from tongxin.engines.planner.search.timing import count_stranger

OUTSIDE = 4.0


@compiled
def _bits(s: Table) -> int:
    x = np.uint64(the.tally(s)[N_RANDOM])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    the.tally(s)[N_RANDOM] = np.int64(x)
    return np.int64(x >> np.uint64(11))


@compiled
def draw(s: Table, n: int) -> int:
    """Return a random whole number below ``n``."""
    return _bits(s) % n


@compiled
def uniform(s: Table) -> float:
    """Return a random number above 0 and up to 1."""
    return (_bits(s) + 1) * (1.0 / 9007199254740992.0)


@compiled
def any_visit(m: Table, s: Table) -> int:
    """Return a random planned visit that may be moved, or -1."""
    v = draw(s, the.visit(m).shape[0])
    t = the.visit(m)[v, V_TASK]
    return -1 if the.task(m)[t, T_FIXED] or not the.task_now(s)[t, K_SERVED] else v


@compiled
def near_visit(m: Table, s: Table, t: int) -> int:
    """Return a random planned visit of a task near another one, rather one of the nearest, or -1."""
    size = the.near(m).shape[1]
    o = the.near(m)[t, min(draw(s, size), draw(s, size))]
    if o < 0 or not the.task_now(s)[o, K_SERVED]:
        return -1
    return the.task(m)[o, T_FIRST] + draw(s, the.task(m)[o, T_HANDS])


@compiled
def any_able(m: Table, s: Table, v: int) -> int:
    """Return a random person whom skills, cohort and pins allow for a visit, or -1."""
    kind = the.visit(m)[v, V_CLASS]
    count = the.able(m)[kind, 0]
    return np.int64(the.able(m)[kind, 1 + draw(s, count)]) if count > 0 else -1


@compiled
def suits(m: Table, v: int, p: int) -> bool:
    """Return whether a visit may go to a person, as far as that is known beforehand."""
    return the.can(m)[the.visit(m)[v, V_CLASS], p] and not the.person(m)[p, P_LOCKED]


@compiled
def rank_between(m: Table, s: Table, a: int, b: int) -> float:
    """Return a random rank between two neighbors of a ring."""
    visits = the.visit(m).shape[0]
    if a >= visits and b >= visits:
        return uniform(s) * the.task(m).shape[0]
    high = the.rank(s)[the.visit(m)[b, V_TASK]] if b < visits else the.rank(s)[the.visit(m)[a, V_TASK]] + OUTSIDE
    low = the.rank(s)[the.visit(m)[a, V_TASK]] if a < visits else high - OUTSIDE
    return low + (high - low) * (0.02 + 0.96 * uniform(s))


@compiled
def detour(m: Table, s: Table, v: int, a: int, b: int) -> int:
    """Return by how much walking grows if a visit leaves its place for one between two neighbors elsewhere."""
    u, n, q = the.row(s)[v, R_PREV], the.row(s)[v, R_NEXT], the.row(s)[v, R_PERSON]
    p = the.row(s)[a, R_PERSON]
    if a == u:
        return 0
    left = toll_between(m, q, u, n) - the.row(s)[v, R_LEG] - the.row(s)[n, R_LEG]
    return left + toll_between(m, p, a, v) + toll_between(m, p, v, b) - toll_between(m, p, a, b)


@compiled
def _detour_of_swap(m: Table, s: Table, v: int, u: int) -> int:
    """Return by how much walking grows if two visits that are not neighbors exchange their places."""
    a, b, p = the.row(s)[v, R_PREV], the.row(s)[v, R_NEXT], the.row(s)[v, R_PERSON]
    c, d, q = the.row(s)[u, R_PREV], the.row(s)[u, R_NEXT], the.row(s)[u, R_PERSON]
    if b == u or d == v:
        return 0
    gone = the.row(s)[v, R_LEG] + the.row(s)[b, R_LEG] + the.row(s)[u, R_LEG] + the.row(s)[d, R_LEG]
    come = toll_between(m, p, a, u) + toll_between(m, p, u, b) + toll_between(m, q, c, v) + toll_between(m, q, v, d)
    return come - gone


@compiled
def _spot_beside(m: Table, s: Table, v: int, u: int) -> tuple[int, int]:
    """Return the two neighbors between which a visit would come to stand beside another one."""
    if draw(s, 2):
        a, b = u, the.row(s)[u, R_NEXT]
    else:
        a, b = the.row(s)[u, R_PREV], u
    if a == v:
        a = the.row(s)[v, R_PREV]
    if b == v:
        b = the.row(s)[v, R_NEXT]
    return a, b


@compiled
def relocate(m: Table, s: Table, most: float) -> bool:
    """Put one task beside a near one, in that one's ring; its other hands stay with their people or find new ones."""
    v = any_visit(m, s)
    if v < 0:
        return False
    t = the.visit(m)[v, V_TASK]
    u = near_visit(m, s, t)
    if u < 0 or the.visit(m)[u, V_TASK] == t:
        return False
    p = the.row(s)[u, R_PERSON]
    if not suits(m, v, p):
        return False
    a, b = _spot_beside(m, s, v, u)
    if detour(m, s, v, a, b) > most:
        return False
    plan_task(m, s, t, rank_between(m, s, a, b))
    the.new_person(s)[v] = p
    the.hint(s)[v] = a
    for other in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        if other != v and (the.new_person(s)[other] == p or draw(s, 3) == 0):
            _find_other(m, s, t, other)
    return True


@compiled
def _find_other(m: Table, s: Table, t: int, v: int) -> None:
    """Note somebody who works near a task for one of its hands."""
    for _ in range(4):
        u = near_visit(m, s, t)
        if u >= 0 and the.visit(m)[u, V_TASK] != t and suits(m, v, the.row(s)[u, R_PERSON]):
            the.new_person(s)[v] = the.row(s)[u, R_PERSON]
            the.hint(s)[v] = u
            return


@compiled
def hand_over(m: Table, s: Table, most: float) -> bool:
    """Give one visit to somebody who works near, or to anybody at all, at its place in the global order."""
    v = any_visit(m, s)
    if v < 0:
        return False
    t = the.visit(m)[v, V_TASK]
    if draw(s, 4) == 0:
        p, u = any_able(m, s, v), -1
    else:
        u = near_visit(m, s, t)
        p = the.row(s)[u, R_PERSON] if u >= 0 else -1
    if p < 0 or p == the.row(s)[v, R_PERSON] or not suits(m, v, p):
        return False
    a = place_for(m, s, p, the.rank(s)[t], u)
    if detour(m, s, v, a, the.row(s)[a, R_NEXT]) > most:
        return False
    plan_task(m, s, t, the.rank(s)[t])
    the.new_person(s)[v] = p
    the.hint(s)[v] = a
    return True


@compiled
def swap(m: Table, s: Table, most: float) -> bool:
    """Exchange two near visits between their people, or their places in the order too."""
    v = any_visit(m, s)
    if v < 0:
        return False
    t = the.visit(m)[v, V_TASK]
    u = near_visit(m, s, t)
    if u < 0:
        return False
    o, p, q = the.visit(m)[u, V_TASK], the.row(s)[v, R_PERSON], the.row(s)[u, R_PERSON]
    if o == t or the.task(m)[o, T_FIXED] or not suits(m, v, q) or not suits(m, u, p):
        return False
    has_ranks = p == q or draw(s, 2) == 0
    if has_ranks and _detour_of_swap(m, s, v, u) > most:
        return False
    plan_task(m, s, t, the.rank(s)[o] if has_ranks else the.rank(s)[t])
    plan_task(m, s, o, the.rank(s)[t] if has_ranks else the.rank(s)[o])
    the.new_person(s)[v], the.new_person(s)[u] = q, p
    the.hint(s)[v], the.hint(s)[u] = the.row(s)[u, R_PREV], the.row(s)[v, R_PREV]
    return True


@compiled
def shift_chain(m: Table, s: Table) -> bool:
    """Move two or three visits that follow each other beside a near one (or-opt)."""
    v = any_visit(m, s)
    if v < 0:
        return False
    visits, t = the.visit(m).shape[0], the.visit(m)[v, V_TASK]
    u = near_visit(m, s, t)
    if u < 0:
        return False
    p, length, last = the.row(s)[u, R_PERSON], 2 + draw(s, 2), v
    for _ in range(length - 1):
        last = the.row(s)[last, R_NEXT]
        if last >= visits or the.task(m)[the.visit(m)[last, V_TASK], T_FIXED]:
            return False
    x = v
    for _ in range(length):
        if x == u or the.visit(m)[x, V_TASK] == the.visit(m)[u, V_TASK] or not suits(m, x, p):
            return False
        x = the.row(s)[x, R_NEXT]
    a, b = u, the.row(s)[u, R_NEXT]
    if b == v:
        return False
    low, x = rank_between(m, s, a, b), v
    high = the.rank(s)[the.visit(m)[b, V_TASK]] if b < visits else low + OUTSIDE
    for k in range(length):
        plan_task(m, s, the.visit(m)[x, V_TASK], low + (high - low) * k / length)
        the.new_person(s)[x], the.hint(s)[x] = p, a
        x = the.row(s)[x, R_NEXT]
    return True


@compiled
def _tail_suits(m: Table, s: Table, v: int, p: int) -> bool:
    x = v
    while x < the.visit(m).shape[0]:
        if the.task(m)[the.visit(m)[x, V_TASK], T_FIXED] or not suits(m, x, p):
            return False
        x = the.row(s)[x, R_NEXT]
    return True


@compiled
def cross(m: Table, s: Table) -> bool:
    """Exchange all that two people do after some point of the global order (2-opt*); carried out at once."""
    visits = the.visit(m).shape[0]
    a = any_visit(m, s)
    if a < 0:
        return False
    u = near_visit(m, s, the.visit(m)[a, V_TASK])
    if u < 0 or the.row(s)[u, R_PERSON] == the.row(s)[a, R_PERSON]:
        return False
    p, q = the.row(s)[a, R_PERSON], the.row(s)[u, R_PERSON]
    v, b = the.row(s)[a, R_NEXT], the.row(s)[u, R_PREV]
    rank_a, rank_u = the.rank(s)[the.visit(m)[a, V_TASK]], the.rank(s)[the.visit(m)[u, V_TASK]]
    if rank_a >= rank_u or (
        v < visits and b < visits and the.rank(s)[the.visit(m)[b, V_TASK]] >= the.rank(s)[the.visit(m)[v, V_TASK]]
    ):
        return False
    if not _tail_suits(m, s, v, q) or not _tail_suits(m, s, u, p):
        return False
    _move_tail(m, s, u, p, a)
    if v < visits:
        _move_tail(m, s, v, q, b)
    return True


@compiled
def _move_tail(m: Table, s: Table, v: int, p: int, after: int) -> None:
    """Take everything from a visit to the end of its ring over into another ring, before what stands there."""
    x, at = v, after
    while x < the.visit(m).shape[0]:
        following = the.row(s)[x, R_NEXT]
        unlink(m, s, x)
        link(m, s, x, p, at)
        count_stranger(m, s, the.visit(m)[x, V_TASK])
        at, x = x, following
