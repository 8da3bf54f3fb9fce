"""Beginning later than one could, for the sake of a later visit: where a shift or a lag would else be too long.

Times are the earliest that keep every rule. The longest shift and the longest lag look backwards: they say that the
first visit must not begin too long before the last one. Such a visit is *held*: it gets a first start of its own
(``R_HOLD``), and what follows is timed again. Holds last from move to move, and are let go and found anew whenever
anything beside them is timed.
"""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    K_SERVED,
    N_EVER_HELD,
    N_HOLDS,
    N_IS_HELD,
    N_TURN,
    P_HOME,
    P_SHIFT,
    R_HOLD,
    R_NEXT,
    R_PERSON,
    R_PREV,
    R_SHIFT,
    R_START,
    T_FIRST,
    T_HANDS,
    V_END,
    V_FACT,
    V_HAND,
    V_MIN,
    V_NODE,
    V_TASK,
    V_UNTIL,
    Table,
)
from tongxin.engines.planner.search.ring import back_from, push, save_row, way

# A plan that is not settled after so many holds is given up.
MOST_HOLDS = 20
# Days with more tasks hold nothing: finding holds anew took three quarters of their moves, and more was lost than won.
MOST_TASKS = 64


@compiled
def _hold(m: Table, s: Table, v: int, start: int) -> None:
    """Let a visit begin no sooner than a minute, unless that is too late for it; ``N_IS_HELD`` says that it was done."""
    if start > the.visit(m)[v, V_UNTIL] or the.visit(m)[v, V_FACT] or start <= the.row(s)[v, R_HOLD]:
        return
    if the.task(m).shape[0] > MOST_TASKS:
        return
    the.tally(s)[N_HOLDS] += 1
    if the.tally(s)[N_HOLDS] > MOST_HOLDS:
        return
    head = the.visit(m).shape[0] + the.row(s)[v, R_PERSON]
    save_row(s, v)
    save_row(s, head)
    the.row(s)[v, R_HOLD] = start
    if the.row(s)[head, R_HOLD] == 0:
        the.row(s)[head, R_HOLD] = the.tally(s)[N_TURN]
    push(s, the.visit(m)[v, V_TASK])
    the.tally(s)[N_IS_HELD] = 1
    the.tally(s)[N_EVER_HELD] = 1


@compiled
def hold_shift(m: Table, s: Table, v: int, over: int, longest: int) -> None:
    """Hold the first visit of the shift that a visit ends at a minute, so that the shift is no longer than so long.

    Not if it would be too long without any wait between its visits: then no time keeps the rule.
    """
    visits, p = the.visit(m).shape[0], the.row(s)[v, R_PERSON]
    u, x = the.row(s)[v, R_PREV], v
    if u >= visits:
        return
    shift = the.row(s)[u, R_SHIFT]
    least = back_from(m, p, v) + the.visit(m)[v, V_MIN]
    while u < visits and the.row(s)[u, R_SHIFT] == shift:
        least += way(m, the.visit(m)[u, V_END], the.visit(m)[x, V_NODE]) + the.visit(m)[u, V_MIN]
        if least > longest:
            return
        x, u = u, the.row(s)[u, R_PREV]
    home = way(m, the.person(m)[p, P_HOME], the.visit(m)[x, V_NODE])
    if least + home > longest or (u >= visits and shift == the.person(m)[p, P_SHIFT]):
        return
    _hold(m, s, x, over - longest + home)


@compiled
def hold_earlier(m: Table, s: Table, t: int) -> None:
    """Hold the tasks that a task, timed in ``State.out``, would follow too late."""
    start = the.out(s)[0, R_START]
    for k in range(the.before(m).shape[1]):
        i = the.before(m)[t, k]
        if i < 0:
            break
        o, from_start = the.link(m)[i, 0], the.link(m)[i, 4]
        chosen, origin = -1, 0
        for v in range(the.task(m)[o, T_FIRST], the.task(m)[o, T_FIRST] + the.task(m)[o, T_HANDS]):
            at = the.row(s)[v, R_START] if from_start else the.row(s)[v, R_START] + the.visit(m)[v, V_MIN]
            if from_start == 0 and the.visit(m)[v, V_HAND] < 0:
                continue
            if chosen < 0 or (at < origin if from_start else at > origin):
                chosen, origin = v, at
        if chosen >= 0 and start - origin > the.link(m)[i, 3]:
            _hold(m, s, chosen, the.row(s)[chosen, R_START] + start - origin - the.link(m)[i, 3])


@compiled
def _let_day_go(m: Table, s: Table, p: int) -> None:
    visits = the.visit(m).shape[0]
    save_row(s, visits + p)
    the.row(s)[visits + p, R_HOLD] = 0
    v = the.row(s)[visits + p, R_NEXT]
    while v < visits:
        if the.row(s)[v, R_HOLD]:
            save_row(s, v)
            the.row(s)[v, R_HOLD] = 0
            push(s, the.visit(m)[v, V_TASK])
        v = the.row(s)[v, R_NEXT]


@compiled
def _let_hands_go(m: Table, s: Table, t: int, is_again: int) -> int:
    visits, found = the.visit(m).shape[0], 0
    for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        turn = the.row(s)[visits + the.row(s)[v, R_PERSON], R_HOLD]
        if turn and int(turn == the.tally(s)[N_TURN]) == is_again:
            _let_day_go(m, s, the.row(s)[v, R_PERSON])
            found += 1
    return found


@compiled
def let_go(m: Table, s: Table, t: int, is_again: int) -> bool:
    """Let go what is held in the days of a served task and of those it waits for; True if anything was.

    Each day is let go once a turn; ``is_again``: only those that have been held in this turn, because what held them
    has come to begin sooner.
    """
    found = _let_hands_go(m, s, t, is_again)
    for k in range(the.before(m).shape[1]):
        i = the.before(m)[t, k]
        if i < 0:
            break
        if the.task_now(s)[the.link(m)[i, 0], K_SERVED]:
            found += _let_hands_go(m, s, the.link(m)[i, 0], is_again)
    the.tally(s)[N_HOLDS] += found * is_again
    return found > 0


@compiled
def queue_held(m: Table, s: Table, t: int) -> None:
    """Queue what a task that leaves the plan may have held."""
    for k in range(the.before(m).shape[1]):
        i = the.before(m)[t, k]
        if i < 0:
            break
        if the.task_now(s)[the.link(m)[i, 0], K_SERVED]:
            push(s, the.link(m)[i, 0])
