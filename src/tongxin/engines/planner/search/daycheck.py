"""The rules of one stop given the stop before it: from when on may it start, and what state does it leave?"""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.hold import hold_shift
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    C_IS_LONG,
    C_RULES,
    NEVER,
    P_END,
    P_HOME,
    P_PAUSE,
    P_READY,
    P_SHIFT,
    P_VEHICLE,
    P_WINDOWS,
    R_DONE_DAY,
    R_DRIVE,
    R_DRIVE_DAY,
    R_HOLD,
    R_HOT,
    R_LEG,
    R_PERSON,
    R_PLANNED,
    R_PREV,
    R_SHIFT,
    R_SINCE,
    R_START,
    R_WINDOW,
    T_FIRST,
    T_PPE,
    T_ZONE,
    V_DRIVES,
    V_END,
    V_FACT,
    V_FROM,
    V_MIN,
    V_NODE,
    V_TASK,
    V_UNTIL,
    Table,
)
from tongxin.engines.planner.search.limits_row import (
    C_DAY,
    C_DRIVE,
    C_DRIVE_BREAK,
    C_DRIVE_DAY,
    C_NOW,
    C_PROTOCOL,
    C_REST,
    C_SHIFT,
    C_ZONE_FROM,
)
from tongxin.engines.planner.search.ring import back_from, toll, way

TRIES = 16


@compiled
def window_of(m: Table, p: int, start: int, end: int) -> int:
    """Return the person's window that holds a stretch of time, or -1."""
    for w in range(the.person(m)[p, P_WINDOWS]):
        if the.window(m)[p, w, 0] <= start and end <= the.window(m)[p, w, 1]:
            return w
    return -1


@compiled
def next_window(m: Table, p: int, start: int) -> int:
    """Return when the person's next window begins, or -1."""
    for w in range(the.person(m)[p, P_WINDOWS]):
        if the.window(m)[p, w, 0] > start:
            return the.window(m)[p, w, 0]
    return -1


@compiled
def _slot(m: Table, v: int) -> int:
    """Return the row of ``State.out`` that a visit uses: its place in its task."""
    return v - the.task(m)[the.visit(m)[v, V_TASK], T_FIRST]


@compiled
def _is_checked(m: Table, s: Table, v: int) -> bool:
    """Return whether rules apply: what has begun breaks none, unless something planned came before it."""
    return not (the.visit(m)[v, V_FACT] and the.row(s)[the.row(s)[v, R_PREV], R_PLANNED] == 0)


@compiled
def earliest(m: Table, s: Table, v: int, lower: int, k: int) -> int:
    """Return the first start of a visit, not before ``lower``, that its person's rules allow; -1 if there is none.

    The state after it goes to row ``k`` of ``State.out``.
    """
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    lower = max(lower, the.visit(m)[v, V_FROM], the.row(s)[v, R_HOLD])
    if the.person(m)[p, P_VEHICLE]:
        return _ride(m, s, v, lower, k)
    is_first = u >= the.visit(m).shape[0]
    origin = the.person(m)[p, P_HOME] if is_first else the.visit(m)[u, V_END]
    free = (
        the.person(m)[p, P_READY]
        if is_first
        else max(the.const(m)[C_NOW], the.row(s)[u, R_START] + the.visit(m)[u, V_MIN])
    )
    straight = way(m, origin, the.visit(m)[v, V_NODE])
    start = max(lower, free + straight)
    if the.const(m)[C_RULES] == 0:
        the.out(s)[k, R_START] = start
        the.out(s)[k, R_LEG] = the.row(s)[v, R_LEG]
        return start if start <= the.visit(m)[v, V_UNTIL] else -1
    if the.visit(m)[v, V_FACT] and (is_first or the.visit(m)[u, V_FACT]):
        start = lower
    return _rested(m, s, v, start)


@compiled
def _rested(m: Table, s: Table, v: int, start: int) -> int:
    for _ in range(TRIES):
        if start > the.visit(m)[v, V_UNTIL]:
            return -1
        later = _held_up(m, s, v, start)
        if later <= start:
            return later
        start = later
    return -1


@compiled
def _ride(m: Table, s: Table, v: int, lower: int, k: int) -> int:
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    start, minutes = lower, the.visit(m)[v, V_MIN]
    if u < the.visit(m).shape[0]:
        start = max(start, the.row(s)[u, R_START] + the.visit(m)[u, V_MIN] + the.person(m)[p, P_PAUSE])
    while window_of(m, p, start, start + minutes) < 0:
        start = next_window(m, p, start)
        if start < 0:
            return -1
    the.out(s)[k, R_START] = start
    the.out(s)[k, R_LEG] = 0
    for c in range(R_SHIFT, the.out(s).shape[1]):
        the.out(s)[k, c] = 0
    return start if start <= the.visit(m)[v, V_UNTIL] else -1


@compiled
def _leg(m: Table, s: Table, v: int, start: int, w: int) -> tuple[int, int, int, int]:
    """Return departure, idle minutes, 1 if from home, 1 if a new shift begins; as the rules of work define a leg."""
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    home = way(m, the.person(m)[p, P_HOME], the.visit(m)[v, V_NODE])
    from_home = start - home
    if u >= the.visit(m).shape[0]:
        is_new = the.person(m)[p, P_SHIFT] == NEVER or from_home >= the.const(m)[C_REST]
        return from_home, from_home, 1, int(is_new)
    ended = the.row(s)[u, R_START] + the.visit(m)[u, V_MIN]
    idle = from_home - ended - back_from(m, p, u)
    changes = w >= 0 and the.row(s)[u, R_WINDOW] >= 0 and w != the.row(s)[u, R_WINDOW]
    if idle >= the.const(m)[C_REST] or (idle >= 0 and changes):
        return from_home, idle, 1, int(idle >= the.const(m)[C_REST])
    departs = start - way(m, the.visit(m)[u, V_END], the.visit(m)[v, V_NODE])
    return departs, departs - ended, 0, 0


@compiled
def _held_up(m: Table, s: Table, v: int, start: int) -> int:
    """Return ``start`` if every rule allows it, a later start worth trying, or -1."""
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    k = _slot(m, v)
    end = start + the.visit(m)[v, V_MIN]
    is_checked = _is_checked(m, s, v)
    w = window_of(m, p, start, end)
    departs, idle, fresh, new = _leg(m, s, v, start, w)
    if not the.visit(m)[v, V_FACT]:
        later = _not_there(m, s, v, start, fresh)
        if later != start:
            return later
    shift = _shift_start(m, s, v, departs, new)
    done = _done_before(m, s, v, new)
    over = end + back_from(m, p, v)
    if is_checked and over - shift > the.const(m)[C_SHIFT]:
        later = _after_rest(m, s, v, new)
        if later > the.visit(m)[v, V_UNTIL]:
            hold_shift(m, s, v, over, the.const(m)[C_SHIFT])
        return later
    if is_checked and not the.const(m)[C_IS_LONG] and done + over - max(0, shift) > the.const(m)[C_DAY]:
        if not new:
            hold_shift(m, s, v, over, the.const(m)[C_DAY] - done)
        return -1
    later = max(_unworn(m, s, v, start, idle), _unheated(m, s, v, start, idle))
    later = max(later, _undriven(m, s, v, start, idle))
    if later > start:
        # A pause is idle time: it begins where the idle time of this leg began.
        return -1 if later >= NEVER else later
    out = the.out(s)
    out[k, R_START], out[k, R_SHIFT], out[k, R_DONE_DAY], out[k, R_WINDOW] = start, shift, done, w
    out[k, R_PLANNED] = int(the.row(s)[u, R_PLANNED] or not the.visit(m)[v, V_FACT])
    out[k, R_LEG] = _leg_toll(m, p, u, v, fresh)
    return start


@compiled
def _not_there(m: Table, s: Table, v: int, start: int, fresh: int) -> int:
    """Return ``start`` if the person is there for visit and way, a later start, or -1."""
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    w = window_of(m, p, start, start + the.visit(m)[v, V_MIN])
    home = way(m, the.person(m)[p, P_HOME], the.visit(m)[v, V_NODE]) if fresh else 0
    if w < 0:
        opens = next_window(m, p, start)
        return -1 if opens < 0 else opens + home
    opens = the.window(m)[p, w, 0]
    if start - home < opens:
        return opens + home
    if fresh and u < the.visit(m).shape[0] and not the.visit(m)[u, V_FACT] and the.person(m)[p, P_END] >= 0:
        was = the.row(s)[u, R_WINDOW]
        if was >= 0 and the.row(s)[u, R_START] + the.visit(m)[u, V_MIN] + back_from(m, p, u) > the.window(m)[p, was, 1]:
            return -1
    return start


@compiled
def _shift_start(m: Table, s: Table, v: int, departs: int, new: int) -> int:
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    if new:
        return departs
    if u >= the.visit(m).shape[0]:
        return departs if the.person(m)[p, P_SHIFT] == NEVER else the.person(m)[p, P_SHIFT]
    return the.row(s)[u, R_SHIFT]


@compiled
def _done_before(m: Table, s: Table, v: int, new: int) -> int:
    """Return the minutes on duty in shifts before this one, on the calendar day of minute 0."""
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    done = the.row(s)[u, R_DONE_DAY]
    if new and u < the.visit(m).shape[0]:
        done += the.row(s)[u, R_START] + the.visit(m)[u, V_MIN] + back_from(m, p, u) - max(0, the.row(s)[u, R_SHIFT])
    return done


@compiled
def _after_rest(m: Table, s: Table, v: int, new: int) -> int:
    """Return the first start in a new shift, or -1 when this one is new already."""
    p, u = the.row(s)[v, R_PERSON], the.row(s)[v, R_PREV]
    if new:
        return -1
    home = way(m, the.person(m)[p, P_HOME], the.visit(m)[v, V_NODE])
    if u >= the.visit(m).shape[0]:
        return the.const(m)[C_REST] + home
    return the.row(s)[u, R_START] + the.visit(m)[u, V_MIN] + back_from(m, p, u) + the.const(m)[C_REST] + home


@compiled
def _unworn(m: Table, s: Table, v: int, start: int, idle: int) -> int:
    """Return from when on equipment is not worn too long; NEVER if the visit alone is too long."""
    u = the.row(s)[v, R_PREV]
    is_checked, k = _is_checked(m, s, v), _slot(m, v)
    end, later = start + the.visit(m)[v, V_MIN], start
    for i in range(the.ppe(m).shape[0]):
        since = NEVER if idle >= the.ppe(m)[i, 2] else the.row(s)[u, R_SINCE + i]
        if the.task(m)[the.visit(m)[v, V_TASK], T_PPE] >= the.ppe(m)[i, 0]:
            since = start if since == NEVER else since
            if is_checked and end - since > the.ppe(m)[i, 1]:
                later = max(later, start + the.ppe(m)[i, 2] - idle if since < start else NEVER)
        the.out(s)[k, R_SINCE + i] = since
    return later


@compiled
def _unheated(m: Table, s: Table, v: int, start: int, idle: int) -> int:
    """Return from when on the exit protocol lets the person in; NEVER if it cannot be done."""
    u = the.row(s)[v, R_PREV]
    is_checked, k = _is_checked(m, s, v), _slot(m, v)
    zone, protocol = the.task(m)[the.visit(m)[v, V_TASK], T_ZONE], the.const(m)[C_PROTOCOL]
    hot = the.row(s)[u, R_HOT]
    if protocol >= 0 and idle >= protocol:
        hot = 0
    if is_checked and zone < hot and hot >= the.const(m)[C_ZONE_FROM]:
        return NEVER if protocol < 0 else start + protocol - idle
    the.out(s)[k, R_HOT] = max(hot, zone)
    return start


@compiled
def _undriven(m: Table, s: Table, v: int, start: int, idle: int) -> int:
    """Return from when on the person may drive again; NEVER if not today."""
    u = the.row(s)[v, R_PREV]
    is_checked, k = _is_checked(m, s, v), _slot(m, v)
    run, today = the.row(s)[u, R_DRIVE], the.row(s)[u, R_DRIVE_DAY]
    if idle >= the.const(m)[C_DRIVE_BREAK]:
        run = 0
    later, minutes = start, the.visit(m)[v, V_MIN]
    if the.visit(m)[v, V_DRIVES]:
        if is_checked and the.const(m)[C_DRIVE] >= 0 and run + minutes > the.const(m)[C_DRIVE]:
            later = start + the.const(m)[C_DRIVE_BREAK] - idle if run > 0 else NEVER
        run += minutes
        today += minutes
        if (
            is_checked
            and not the.const(m)[C_IS_LONG]
            and the.const(m)[C_DRIVE_DAY] >= 0
            and today > the.const(m)[C_DRIVE_DAY]
        ):
            later = NEVER
    the.out(s)[k, R_DRIVE], the.out(s)[k, R_DRIVE_DAY] = run, today
    return later


@compiled
def _leg_toll(m: Table, p: int, u: int, v: int, fresh: int) -> int:
    home, end = the.person(m)[p, P_HOME], the.person(m)[p, P_END]
    if u >= the.visit(m).shape[0]:
        return toll(m, home, the.visit(m)[v, V_NODE])
    if not fresh:
        return toll(m, the.visit(m)[u, V_END], the.visit(m)[v, V_NODE])
    back = 0 if end < 0 else toll(m, the.visit(m)[u, V_END], end)
    return back + toll(m, home, the.visit(m)[v, V_NODE])
