"""Exact times after a change: everything that hangs on it, in the global order, until nothing moves any more."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.daycheck import earliest
from tongxin.engines.planner.search.hold import hold_earlier, let_go, queue_held
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    C_IS_LONG,
    C_LATE_PER_HAND,
    C_RULES,
    C_TOLERANCE,
    K_LATE,
    K_SERVED,
    K_STRANGER,
    LATENESS,
    LIFE,
    MOVES,
    N_EVER_HELD,
    N_FAILED,
    N_HEAP,
    N_HOLDS,
    N_IS_HELD,
    N_ROWS,
    N_TURN,
    P_END,
    R_LATE,
    R_LEG,
    R_MOVED,
    R_NEXT,
    R_PERSON,
    R_PREV,
    R_SHIFT,
    R_START,
    R_WINDOW,
    STRANGERS,
    T_DUE,
    T_EARLY,
    T_FIRST,
    T_HANDS,
    T_IS_LIFE,
    T_PRIORITY,
    UNSERVED,
    V_DUE,
    V_FACT,
    V_HAND,
    V_LAG_MAX,
    V_LAG_MIN,
    V_MIN,
    V_OLD_PERSON,
    V_OLD_START,
    V_TASK,
    WALKING,
    WORST_LATE,
    Table,
)
from tongxin.engines.planner.search.limits_row import C_HORIZON
from tongxin.engines.planner.search.longday import keeps_long_rules
from tongxin.engines.planner.search.ring import (
    back_from,
    join_pool,
    leave_pool,
    pop,
    push,
    push_row,
    save_row,
    save_task,
    unlink,
)

STEPS = 60


@compiled
def start_of(m: Table, s: Table, t: int) -> int:
    """Return when the first hand of a task starts."""
    return the.row(s)[the.task(m)[t, T_FIRST], R_START]


@compiled
def _measured(m: Table, s: Table, t: int, from_start: int) -> int:
    """Return the first start or the last end of a task."""
    first, hands = the.task(m)[t, T_FIRST], the.task(m)[t, T_HANDS]
    found = the.row(s)[first, R_START]
    for v in range(first, first + hands):
        if from_start:
            found = min(found, the.row(s)[v, R_START])
        elif the.visit(m)[v, V_HAND] >= 0:
            found = max(found, the.row(s)[v, R_START] + the.visit(m)[v, V_MIN])
    return found


@compiled
def _span(m: Table, s: Table, t: int) -> tuple[int, int]:
    """Return the first and the last start that earlier tasks leave; the last is -1 when one of them is unserved."""
    first, last = the.task(m)[t, T_EARLY], 2**40
    for k in range(the.before(m).shape[1]):
        i = the.before(m)[t, k]
        if i < 0:
            break
        if not the.task_now(s)[the.link(m)[i, 0], K_SERVED]:
            return first, -1
        origin = _measured(m, s, the.link(m)[i, 0], the.link(m)[i, 4])
        first = max(first, origin + the.link(m)[i, 2])
        last = min(last, origin + the.link(m)[i, 3])
    return first, last


@compiled
def _in_step(m: Table, s: Table, t: int, lower: int) -> bool:
    """Find the earliest starts of all hands that keep their lags; they go to ``State.out``."""
    first, hands = the.task(m)[t, T_FIRST], the.task(m)[t, T_HANDS]
    for _ in range(STEPS):
        need = lower
        is_done = True
        for k in range(hands):
            v = first + k
            if k:
                need = the.out(s)[k - 1, R_START] + the.visit(m)[v, V_LAG_MIN]
            start = earliest(m, s, v, need, k)
            if start < 0:
                return False
            if k and start > the.out(s)[k - 1, R_START] + the.visit(m)[v, V_LAG_MAX]:
                # A later hand holds the earlier ones up: they all begin again, that much later.
                late = start - the.visit(m)[v, V_LAG_MAX] - the.out(s)[k - 1, R_START]
                lower = max(lower + 1, the.out(s)[0, R_START] + _shift_of_first(m, s, first, k - 1, late))
                is_done = False
                break
        if is_done:
            return True
    return False


@compiled
def _shift_of_first(m: Table, s: Table, first: int, k: int, late: int) -> int:
    """Return by how much the first hand must move so that hand ``k`` moves by ``late``: slack between them is used up."""
    for i in range(k, 0, -1):
        late -= the.visit(m)[first + i, V_LAG_MAX] - (the.out(s)[i, R_START] - the.out(s)[i - 1, R_START])
    return max(late, 0)


@compiled
def _is_changed(s: Table, v: int, k: int) -> bool:
    if the.row(s)[v, R_START] != the.out(s)[k, R_START] or the.row(s)[v, R_LEG] != the.out(s)[k, R_LEG]:
        return True
    c = R_SHIFT
    while c < the.row(s).shape[1] and the.row(s)[v, c] == the.out(s)[k, c]:
        c += 1
    return c < the.row(s).shape[1]


@compiled
def _write(m: Table, s: Table, v: int, k: int) -> None:
    """Take over a row that was worked out, and queue what comes next."""
    save_row(s, v)
    the.cost(s)[WALKING] += the.out(s)[k, R_LEG] - the.row(s)[v, R_LEG]
    the.row(s)[v, R_LEG] = the.out(s)[k, R_LEG]
    the.row(s)[v, R_START] = the.out(s)[k, R_START]
    if the.const(m)[C_RULES]:
        for c in range(R_SHIFT, the.row(s).shape[1]):
            the.row(s)[v, c] = the.out(s)[k, c]
    if the.visit(m)[v, V_OLD_PERSON] >= 0:
        is_moved = int(
            the.visit(m)[v, V_OLD_PERSON] != the.row(s)[v, R_PERSON]
            or abs(the.row(s)[v, R_START] - the.visit(m)[v, V_OLD_START]) > the.const(m)[C_TOLERANCE]
        )
        the.cost(s)[MOVES] += is_moved - the.row(s)[v, R_MOVED]
        the.row(s)[v, R_MOVED] = is_moved
    push_row(m, s, the.row(s)[v, R_NEXT])


@compiled
def _time_task(m: Table, s: Table, t: int) -> bool:
    """Give a task its earliest times; False if no time keeps the rules."""
    lower, last = _span(m, s, t)
    if last < 0 or not _in_step(m, s, t, lower):
        return False
    if the.out(s)[0, R_START] > last:
        hold_earlier(m, s, t)
        return False
    first, has_moved, is_sooner = the.task(m)[t, T_FIRST], False, False
    for k in range(the.task(m)[t, T_HANDS]):
        v = first + k
        if the.const(m)[C_RULES] == 0:
            is_changed = the.row(s)[v, R_START] != the.out(s)[k, R_START]
        else:
            is_changed = _is_changed(s, v, k)
        if is_changed:
            has_moved = True
            is_sooner = is_sooner or the.out(s)[k, R_START] < the.row(s)[v, R_START]
            _write(m, s, v, k)
    if is_sooner and the.tally(s)[N_EVER_HELD]:
        let_go(m, s, t, 1)
    count_late(m, s, t)
    if has_moved:
        for k in range(the.after(m).shape[1]):
            i = the.after(m)[t, k]
            if i < 0:
                break
            if the.task_now(s)[the.link(m)[i, 1], K_SERVED]:
                push(s, the.link(m)[i, 1])
    return True


@compiled
def _time(m: Table, s: Table, t: int) -> bool:
    """Time a task, or queue it behind those that were let go or held for its sake; False if no time keeps the rules."""
    if the.tally(s)[N_EVER_HELD] and let_go(m, s, t, 0):
        push(s, t)
        return True
    the.tally(s)[N_IS_HELD] = 0
    if _time_task(m, s, t):
        return True
    if the.tally(s)[N_IS_HELD]:
        push(s, t)
        return True
    return False


@compiled
def count_late(m: Table, s: Table, t: int) -> None:
    """Bring the lateness of a served task up to date."""
    first, late = the.task(m)[t, T_FIRST], 0
    if the.const(m)[C_LATE_PER_HAND]:
        for v in range(first, first + the.task(m)[t, T_HANDS]):
            own = max(0, the.row(s)[v, R_START] - the.visit(m)[v, V_DUE])
            late += own
            if own != the.row(s)[v, R_LATE]:
                save_row(s, v)
                the.row(s)[v, R_LATE] = own
                the.cost(s)[WORST_LATE] = max(the.cost(s)[WORST_LATE], own)
    else:
        late = max(0, _measured(m, s, t, 0) - the.task(m)[t, T_DUE])
    if late != the.task_now(s)[t, K_LATE]:
        save_task(s, t)
        the.cost(s)[LATENESS] += late - the.task_now(s)[t, K_LATE]
        if the.task(m)[t, T_IS_LIFE]:
            the.cost(s)[LIFE] += the.task(m)[t, T_PRIORITY] * (late - the.task_now(s)[t, K_LATE])
        the.task_now(s)[t, K_LATE] = late


@compiled
def count_stranger(m: Table, s: Table, t: int) -> None:
    """Bring up to date whether a served task goes to nobody whom its people know."""
    if the.known(m)[t, 0] < 0:
        return
    stranger = 1
    for k in range(the.known(m).shape[1]):
        for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
            if the.known(m)[t, k] >= 0 and the.row(s)[v, R_PERSON] == the.known(m)[t, k]:
                stranger = 0
    if stranger != the.task_now(s)[t, K_STRANGER]:
        save_task(s, t)
        the.cost(s)[STRANGERS] += stranger - the.task_now(s)[t, K_STRANGER]
        the.task_now(s)[t, K_STRANGER] = stranger


@compiled
def mark_served(m: Table, s: Table, t: int) -> None:
    """Count a task as served from now on; its hands must be linked, its times come with ``settle``."""
    save_task(s, t)
    the.task_now(s)[t, K_SERVED] = 1
    the.cost(s)[UNSERVED] -= the.task(m)[t, T_PRIORITY]
    if the.task(m)[t, T_IS_LIFE]:
        the.cost(s)[LIFE] -= the.task(m)[t, T_PRIORITY] * the.const(m)[C_HORIZON]
    leave_pool(s, t)


@compiled
def drop(m: Table, s: Table, t: int) -> None:
    """Take a task out of the plan; what waits for it is queued (and will fail if it is still there)."""
    save_task(s, t)
    for v in range(the.task(m)[t, T_FIRST], the.task(m)[t, T_FIRST] + the.task(m)[t, T_HANDS]):
        unlink(m, s, v)
        if the.visit(m)[v, V_OLD_PERSON] >= 0:
            the.cost(s)[MOVES] += 1 - the.row(s)[v, R_MOVED]
            the.row(s)[v, R_MOVED] = 1
        the.row(s)[v, R_LATE] = 0
    the.cost(s)[LATENESS] -= the.task_now(s)[t, K_LATE]
    the.cost(s)[STRANGERS] -= the.task_now(s)[t, K_STRANGER]
    the.cost(s)[UNSERVED] += the.task(m)[t, T_PRIORITY]
    if the.task(m)[t, T_IS_LIFE]:
        the.cost(s)[LIFE] += the.task(m)[t, T_PRIORITY] * (the.const(m)[C_HORIZON] - the.task_now(s)[t, K_LATE])
    the.task_now(s)[t, K_SERVED] = 0
    the.task_now(s)[t, K_LATE] = 0
    the.task_now(s)[t, K_STRANGER] = 0
    join_pool(s, t)
    if the.tally(s)[N_EVER_HELD]:
        queue_held(m, s, t)
    for k in range(the.after(m).shape[1]):
        i = the.after(m)[t, k]
        if i < 0:
            break
        if the.task_now(s)[the.link(m)[i, 1], K_SERVED]:
            push(s, the.link(m)[i, 1])


@compiled
def _close_day(m: Table, s: Table, p: int) -> bool:
    """Return whether the person is back in time after the last visit."""
    visits = the.visit(m).shape[0]
    last = the.row(s)[visits + p, R_PREV]
    if last >= visits or the.visit(m)[last, V_FACT] or the.person(m)[p, P_END] < 0:
        return True
    w = the.row(s)[last, R_WINDOW]
    return (
        w < 0 or the.row(s)[last, R_START] + the.visit(m)[last, V_MIN] + back_from(m, p, last) <= the.window(m)[p, w, 1]
    )


@compiled
def _last_task(m: Table, s: Table, p: int) -> int:
    last = the.row(s)[the.visit(m).shape[0] + p, R_PREV]
    return the.visit(m)[last, V_TASK] if last < the.visit(m).shape[0] else 0


@compiled
def settle(m: Table, s: Table) -> bool:
    """Time everything that is queued; False as soon as a rule says no (the move must then be taken back).

    ``N_FAILED`` then holds the task at which it was found.
    """
    tasks = the.task(m).shape[0]
    the.tally(s)[N_TURN] += 1
    the.tally(s)[N_HOLDS] = 0
    while the.tally(s)[N_HEAP] > 0:
        x = pop(s)
        if x >= tasks:
            if the.const(m)[C_RULES] and not _close_day(m, s, x - tasks):
                the.tally(s)[N_FAILED] = _last_task(m, s, x - tasks)
                return False
        elif the.task_now(s)[x, K_SERVED] and not _time(m, s, x):
            the.tally(s)[N_FAILED] = x
            return False
    if the.const(m)[C_IS_LONG]:
        return _keep_long_rules(m, s)
    return True


@compiled
def _keep_long_rules(m: Table, s: Table) -> bool:
    visits = the.visit(m).shape[0]
    for k in range(the.tally(s)[N_ROWS]):
        v = the.saved_id(s)[k]
        p = v - visits if v >= visits else the.row(s)[v, R_PERSON]
        if p >= 0 and not keeps_long_rules(m, s, p):
            the.tally(s)[N_FAILED] = _last_task(m, s, p)
            return False
    return True


@compiled
def recount_worst(m: Table, s: Table) -> None:
    """Find the worst lateness of one hand anew, if the one who had it has become quicker."""
    if the.const(m)[C_LATE_PER_HAND] == 0 or the.cost(s)[WORST_LATE] == 0:
        return
    worst = 0
    for v in range(the.visit(m).shape[0]):
        worst = max(worst, the.row(s)[v, R_LATE])
        if worst == the.cost(s)[WORST_LATE]:
            return
    the.cost(s)[WORST_LATE] = worst
