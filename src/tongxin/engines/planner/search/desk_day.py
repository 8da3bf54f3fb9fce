"""Everybody's stops and free stretches: putting a stop in, taking it out, and what that leaves."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search.desk import (
    D_DEPARTS,
    D_DRIVES,
    D_END,
    D_END_NODE,
    D_FACT,
    D_FRESH,
    D_IDLE,
    D_NEW,
    D_NODE,
    D_PPE,
    D_START,
    D_TASK,
    D_ZONE,
    DAY,
    DAY_WIDTH,
    G_AFTER,
    G_BEFORE,
    G_COOL,
    G_FROM,
    G_HOT,
    G_IDLE_FROM,
    G_RAW_FROM,
    G_RAW_UNTIL,
    G_UNTIL,
    G_WORN,
    GAP,
    H_DRIVES,
    H_MIN,
    HAND,
    NEVER,
    NO_ZONE,
    NONE,
    P_EARLIEST,
    P_END,
    P_GAPS,
    P_HOME,
    P_HOTTEST,
    P_SHIFT,
    P_STOPS,
    P_WINDOWS,
    P_WORN,
    PASSES,
    PERSON,
    PPE,
    S_GAPS,
    S_PEOPLE,
    S_PPE,
    S_STOPS,
    T_END_NODE,
    T_HAND,
    T_NODE,
    T_PPE,
    T_STARTED,
    T_ZONE,
    TASK,
    WINDOW,
    X_BEGINS,
    X_COOL,
    X_ENDS,
    X_HOT,
    X_WORN,
    const,
    pos,
    size,
    way,
)
from tongxin.engines.planner.search.jit import apart, compiled, door
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import C_PROTOCOL, C_REST, C_SHIFT, C_ZONE_FROM


@compiled
def window_of(q: Ints, p: int, start: int, end: int) -> int:
    """Return the person's window that holds a stretch of time, or -1."""
    w = pos(q, WINDOW, p, 0)
    for k in range(q[pos(q, PERSON, p, P_WINDOWS)]):
        if q[w + 2 * k] <= start and end <= q[w + 2 * k + 1]:
            return k
    return -1


@compiled
def fill(q: Ints, a: int, task: int, hand: int, start: int) -> None:
    """Write the stop that serves a hand of a task to a row."""
    t = pos(q, TASK, task, 0)
    h = pos(q, HAND, q[t + T_HAND] + hand, 0)
    q[a + D_START], q[a + D_END], q[a + D_TASK] = start, start + q[h + H_MIN], task
    q[a + D_NODE], q[a + D_END_NODE] = q[t + T_NODE], q[t + T_END_NODE]
    q[a + D_PPE], q[a + D_ZONE], q[a + D_DRIVES] = q[t + T_PPE], q[t + T_ZONE], q[h + H_DRIVES]
    q[a + D_FACT] = q[t + T_STARTED]


@compiled
def write_leg(q: Ints, p: int, u: int, a: int) -> None:
    """Write how the stop in row ``a`` is reached from the one in row ``u``, or first of all when that is -1."""
    apart()
    who = pos(q, PERSON, p, 0)
    rest = const(q, C_REST)
    from_home = q[a + D_START] - way(q, q[who + P_HOME], q[a + D_NODE])
    departs, idle, fresh, new = from_home, from_home, 1, 1
    if u < 0:
        new = 1 if q[who + P_SHIFT] == NONE or from_home >= rest else 0
    else:
        idle = from_home - q[u + D_END] - way(q, q[u + D_END_NODE], q[who + P_END])
        new = 1 if idle >= rest else 0
        fresh = new
        if not new and idle >= 0 and q[who + P_WINDOWS] > 1:
            one = window_of(q, p, q[u + D_START], q[u + D_END])
            two = window_of(q, p, q[a + D_START], q[a + D_END])
            fresh = 1 if one >= 0 and two >= 0 and one != two else 0
        if not fresh:
            departs = q[a + D_START] - way(q, q[u + D_END_NODE], q[a + D_NODE])
            idle = departs - q[u + D_END]
    q[a + D_DEPARTS], q[a + D_IDLE], q[a + D_FRESH], q[a + D_NEW] = departs, idle, fresh, new


@compiled
def place_of(q: Ints, p: int, start: int) -> int:
    """Return how many of a person's stops start by a minute."""
    n, a = q[pos(q, PERSON, p, P_STOPS)], pos(q, DAY, p * size(q, S_STOPS), 0)
    while n > 0 and q[a + (n - 1) * DAY_WIDTH + D_START] > start:
        n -= 1
    return n


@door
def put(q: Ints, p: int, task: int, hand: int, start: int) -> bool:
    """Put a stop into a person's day; False when the table has no row left for it."""
    stops = pos(q, PERSON, p, P_STOPS)
    n, first = q[stops], pos(q, DAY, p * size(q, S_STOPS), 0)
    if n + 1 >= size(q, S_STOPS):
        return False
    at = place_of(q, p, start)
    for x in range(first + n * DAY_WIDTH - 1, first + at * DAY_WIDTH - 1, -1):
        q[x + DAY_WIDTH] = q[x]
    a = first + at * DAY_WIDTH
    fill(q, a, task, hand, start)
    write_leg(q, p, a - DAY_WIDTH if at else -1, a)
    if at < n:
        write_leg(q, p, a, a + DAY_WIDTH)
    q[stops] = n + 1
    refresh(q, p)
    return True


@door
def take_out(q: Ints, p: int, task: int) -> None:
    """Take every stop of a task out of a person's day."""
    stops = pos(q, PERSON, p, P_STOPS)
    first, kept = pos(q, DAY, p * size(q, S_STOPS), 0), 0
    for k in range(q[stops]):
        if q[first + k * DAY_WIDTH + D_TASK] != task:
            for c in range(DAY_WIDTH):
                q[first + kept * DAY_WIDTH + c] = q[first + k * DAY_WIDTH + c]
            kept += 1
    q[stops] = kept
    refresh_all(q, p)


@door
def refresh_all(q: Ints, p: int) -> None:
    """Write all legs of a person's day anew, and the free stretches."""
    first = pos(q, DAY, p * size(q, S_STOPS), 0)
    for k in range(q[pos(q, PERSON, p, P_STOPS)]):
        a = first + k * DAY_WIDTH
        write_leg(q, p, a - DAY_WIDTH if k else -1, a)
    refresh(q, p)


@compiled
def _forward(q: Ints, p: int, n: int) -> None:
    """Write, before each stop and after the last, the open zone and since when equipment is worn."""
    who, first = pos(q, PERSON, p, 0), pos(q, DAY, p * size(q, S_STOPS), 0)
    protocol, limits, hot = const(q, C_PROTOCOL), size(q, S_PPE), q[who + P_HOTTEST]
    x = pos(q, PASSES, 0, 0)
    q[x + X_HOT] = hot if hot >= const(q, C_ZONE_FROM) else 0
    for i in range(limits):
        q[x + X_WORN + i] = -q[who + P_WORN] if q[who + P_WORN] else NEVER
    for k in range(n):
        a, before = first + k * DAY_WIDTH, pos(q, PASSES, k, 0)
        x = pos(q, PASSES, k + 1, 0)
        if protocol >= 0 and q[a + D_IDLE] >= protocol:
            hot = 0
        hot = max(hot, q[a + D_ZONE])
        q[x + X_HOT] = hot if hot >= const(q, C_ZONE_FROM) else 0
        for i in range(limits):
            since = q[before + X_WORN + i]
            if q[a + D_IDLE] >= q[pos(q, PPE, i, 2)]:
                since = NEVER
            if since == NEVER and q[a + D_PPE] >= q[pos(q, PPE, i, 0)]:
                since = q[a + D_START]
            q[x + X_WORN + i] = since


@compiled
def _backward(q: Ints, p: int, n: int) -> None:
    """Write, at each stop, the cleanest zone from here on and until when equipment is worn, up to the next pause."""
    first, protocol, limits = pos(q, DAY, p * size(q, S_STOPS), 0), const(q, C_PROTOCOL), size(q, S_PPE)
    x = pos(q, PASSES, n, 0)
    q[x + X_COOL] = NO_ZONE
    for i in range(limits):
        q[x + X_WORN + limits + i] = -NEVER
    idle = NEVER
    for k in range(n - 1, -1, -1):
        a, after = first + k * DAY_WIDTH, pos(q, PASSES, k + 1, 0)
        x = pos(q, PASSES, k, 0)
        has_exit = protocol >= 0 and idle >= protocol
        q[x + X_COOL] = q[a + D_ZONE] if has_exit else min(q[after + X_COOL], q[a + D_ZONE])
        for i in range(limits):
            till = q[after + X_WORN + limits + i]
            if idle >= q[pos(q, PPE, i, 2)]:
                till = -NEVER
            if till == -NEVER and q[a + D_PPE] >= q[pos(q, PPE, i, 0)]:
                till = q[a + D_END]
            q[x + X_WORN + limits + i] = till
        idle = q[a + D_IDLE]


@compiled
def _spans(q: Ints, p: int, n: int) -> None:
    """Write, for each gap, when the shift before it began and when the shift after it ends."""
    who, first = pos(q, PERSON, p, 0), pos(q, DAY, p * size(q, S_STOPS), 0)
    running, begins = q[who + P_SHIFT], NEVER
    is_one = q[who + P_END] < 0 and n > 0
    if running != NONE:
        begins = running
    last = 0
    for k in range(n):
        is_one = is_one and not (k and q[first + k * DAY_WIDTH + D_NEW])
        last = max(last, q[first + k * DAY_WIDTH + D_END])
    q[pos(q, PASSES, 0, X_BEGINS)] = NEVER if is_one and q[first + D_NEW] else begins
    for k in range(n):
        a = first + k * DAY_WIDTH
        if q[a + D_NEW] or begins == NEVER:
            begins = q[a + D_DEPARTS]
        q[pos(q, PASSES, k + 1, X_BEGINS)] = begins
    ends = -NEVER
    q[pos(q, PASSES, n, X_ENDS)] = ends
    for k in range(n - 1, -1, -1):
        a = first + k * DAY_WIDTH
        ends = last if is_one else max(ends, q[a + D_END])
        q[pos(q, PASSES, k, X_ENDS)] = ends
        if q[a + D_NEW]:
            ends = -NEVER


@compiled
def refresh(q: Ints, p: int) -> None:
    """Write a person's free stretches anew, in time order."""
    apart()
    who, first = pos(q, PERSON, p, 0), pos(q, DAY, p * size(q, S_STOPS), 0)
    n, windows, found = q[who + P_STOPS], pos(q, WINDOW, p, 0), 0
    _forward(q, p, n)
    _backward(q, p, n)
    _spans(q, p, n)
    for w in range(q[who + P_WINDOWS]):
        end = q[windows + 2 * w + 1]
        free_from, before = max(q[windows + 2 * w], q[who + P_EARLIEST]), q[who + P_HOME]
        for k in range(n + 1):
            a = first + k * DAY_WIDTH
            is_last = k == n or q[a + D_START] >= end
            if not is_last and q[a + D_END] <= q[windows + 2 * w]:
                continue
            until = end if is_last else q[a + D_START]
            if until > free_from and found < size(q, S_GAPS):
                _write_gap(q, p, pos(q, GAP, p * size(q, S_GAPS) + found, 0), k, is_last)
                _bound_gap(q, pos(q, GAP, p * size(q, S_GAPS) + found, 0), k, free_from, until)
                q[pos(q, GAP, p * size(q, S_GAPS) + found, G_BEFORE)] = before
                found += 1
            if is_last:
                break
            free_from, before = max(free_from, q[a + D_END]), q[a + D_END_NODE]
    q[who + P_GAPS] = found


@compiled
def _bound_gap(q: Ints, g: int, k: int, free_from: int, until: int) -> None:
    """Write a free stretch without the parts in which a stop would make the shift before or after it too long."""
    q[g + G_RAW_FROM], q[g + G_RAW_UNTIL] = free_from, until
    if until - free_from < const(q, C_REST):
        free_from = max(free_from, q[pos(q, PASSES, k, X_ENDS)] - const(q, C_SHIFT))
        until = min(until, q[pos(q, PASSES, k, X_BEGINS)] + const(q, C_SHIFT))
    q[g + G_FROM], q[g + G_UNTIL] = free_from, until


@compiled
def _write_gap(q: Ints, p: int, g: int, k: int, is_last: bool) -> None:
    """Write what the day around a free stretch asks of a stop in it."""
    x, a, limits = pos(q, PASSES, k, 0), pos(q, DAY, p * size(q, S_STOPS) + k, 0), size(q, S_PPE)
    q[g + G_IDLE_FROM] = q[a - DAY_WIDTH + D_END] if k else 0
    q[g + G_AFTER] = q[pos(q, PERSON, p, P_END)] if is_last else q[a + D_NODE]
    q[g + G_HOT], q[g + G_COOL] = q[x + X_HOT], NO_ZONE if is_last else q[x + X_COOL]
    for i in range(limits):
        q[g + G_WORN + i] = q[x + X_WORN + i]
        q[g + G_WORN + limits + i] = -NEVER if is_last else q[x + X_WORN + limits + i]


@door
def refresh_everybody(q: Ints) -> None:
    """Write all legs and free stretches of everybody anew."""
    for p in range(size(q, S_PEOPLE)):
        refresh_all(q, p)
