"""Why nobody takes a hand, person by person; and who else could have taken a visit."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search.desk import (
    AVAILABILITY,
    BUSY,
    D_END,
    D_END_NODE,
    DAY,
    E_FIRST,
    E_KEY,
    E_LOW,
    E_PERSON,
    E_WALK,
    FLAG,
    G_AFTER,
    G_BEFORE,
    G_RAW_FROM,
    G_RAW_UNTIL,
    GAP,
    H_CLASS,
    H_MIN,
    H_WHO,
    HAND,
    LIST,
    MOST_KEY,
    NEVER,
    NIGHT_MORNING,
    NONE,
    O_OTHER,
    O_OTHER_START,
    O_OTHER_WALK,
    OK,
    OUT,
    P_GAPS,
    P_HOME,
    P_LAST_DUTY,
    P_NIGHT,
    P_SHIFT,
    P_STOPS,
    P_WINDOWS,
    PAST,
    PERSON,
    PIN,
    REST,
    S_FIRST,
    S_GAPS,
    S_PEOPLE,
    S_STOPS,
    SIZE,
    STARTS,
    T_END,
    T_END_NODE,
    T_HAND,
    T_NODE,
    T_START,
    TASK,
    TRAVEL,
    UNFIT,
    VERDICT,
    WINDOW,
    const,
    pos,
    size,
    way,
)
from tongxin.engines.planner.search.desk_find import cut, entry, next_entry, openings, start_of
from tongxin.engines.planner.search.desk_rules import broken_by
from tongxin.engines.planner.search.jit import compiled, door
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import C_HORIZON, C_MIDNIGHT, C_MORNING, C_NOW, C_REST

STARTS_LOOKED_AT = 4
RUNNERS_UP = 3


@door
def verdicts(q: Ints, task: int, hand: int, first: int, end: int) -> None:
    """Write for every person the first rule that keeps them from a hand, 0 for those who can."""
    t = pos(q, TASK, task, 0)
    h = pos(q, HAND, q[t + T_HAND] + hand, 0)
    last = min(q[t + T_END], const(q, C_HORIZON)) - q[h + H_MIN]
    n = openings(q, task, hand, first, end)
    cut(q, task, hand, -NEVER, NEVER)
    q[pos(q, SIZE, 0, S_FIRST)] = first
    k = 0
    for p in range(size(q, S_PEOPLE)):
        low = k
        while k < n and q[entry(q, hand, k) + E_PERSON] == p:
            k += 1
        rule = q[pos(q, UNFIT, q[h + H_CLASS], p)]
        if rule == OK and q[h + H_WHO] != NONE and q[h + H_WHO] != p:
            rule = PIN
        if rule == OK and low == k:
            rule = _why_closed(q, t, h, p, last)
            if rule == BUSY and _is_merely_free(q, t, h, p, last):
                rule = _rule_in_the_way(q, task, hand, p, last)
        elif rule == OK:
            rule = _why_not(q, task, hand, _earliest(q, hand, low, k))
        q[pos(q, VERDICT, p, 0)] = rule


@compiled
def _earliest(q: Ints, hand: int, low: int, high: int) -> int:
    """Return the entry with the earliest start of those from ``low`` on."""
    found = low
    for k in range(low + 1, high):
        if q[entry(q, hand, k) + E_FIRST] < q[entry(q, hand, found) + E_FIRST]:
            found = k
    return found


@compiled
def _why_not(q: Ints, task: int, hand: int, k: int) -> int:
    start, _ = start_of(q, task, hand, k)
    if start >= 0:
        return OK
    e = entry(q, hand, k)
    return broken_by(q, q[e + E_PERSON], task, hand, q[e + E_LOW])


@compiled
def _is_merely_free(q: Ints, t: int, h: int, p: int, last: int) -> bool:
    """Return whether somebody has room by walking and availability when no rule of work is looked at."""
    for k in range(q[pos(q, PERSON, p, P_GAPS)]):
        g = pos(q, GAP, p * size(q, S_GAPS) + k, 0)
        start = max(q[g + G_RAW_FROM] + way(q, q[g + G_BEFORE], q[t + T_NODE]), size(q, S_FIRST))
        until = q[g + G_RAW_UNTIL] - way(q, q[t + T_END_NODE], q[g + G_AFTER]) - q[h + H_MIN]
        if start <= min(until, last):
            return True
    return False


@compiled
def _why_closed(q: Ints, t: int, h: int, p: int, last: int) -> int:
    """Return why a suitable person has no free stretch: not there, not rested, or busy."""
    who, windows, minutes = pos(q, PERSON, p, 0), pos(q, WINDOW, p, 0), q[h + H_MIN]
    is_there = False
    for w in range(q[who + P_WINDOWS]):
        start, end = max(q[windows + 2 * w], q[t + T_START]), min(q[windows + 2 * w + 1], last + minutes)
        is_there = is_there or end - start >= minutes
    if not is_there:
        return AVAILABILITY
    is_off_duty = q[who + P_SHIFT] == NONE
    rested = (q[who + P_LAST_DUTY] if q[who + P_LAST_DUTY] != NONE else -NEVER) + const(q, C_REST)
    if is_off_duty and rested > last:
        return REST
    if is_off_duty and q[who + P_NIGHT] and const(q, C_MIDNIGHT) + const(q, C_MORNING) > last:
        return NIGHT_MORNING
    return PAST if const(q, C_NOW) > last else BUSY


@compiled
def _note(q: Ints, n: int, start: int, low: int, high: int) -> int:
    """Keep a start among the smallest few from ``low`` to ``high``; return how many are kept."""
    x, k = pos(q, LIST, STARTS, 0), n
    while k > 0 and q[x + k - 1] > start:
        k -= 1
    if not low <= start <= high or (k > 0 and q[x + k - 1] == start) or k >= STARTS_LOOKED_AT:
        return n
    for i in range(min(n, STARTS_LOOKED_AT - 1), k, -1):
        q[x + i] = q[x + i - 1]
    q[x + k] = start
    return min(n + 1, STARTS_LOOKED_AT)


@compiled
def _rule_in_the_way(q: Ints, task: int, hand: int, p: int, last: int) -> int:
    """Return the rule that closes a stretch in which a person is merely free, tried at its natural starts."""
    who, windows, node = pos(q, PERSON, p, 0), pos(q, WINDOW, p, 0), q[pos(q, TASK, task, T_NODE)]
    opens = q[pos(q, TASK, task, T_START)]
    found = _note(q, _note(q, 0, opens, opens, last), last, opens, last)
    for w in range(q[who + P_WINDOWS]):
        found = _note(q, found, q[windows + 2 * w] + way(q, q[who + P_HOME], node), opens, last)
    for k in range(q[who + P_STOPS]):
        a = pos(q, DAY, p * size(q, S_STOPS) + k, 0)
        found = _note(q, found, q[a + D_END] + way(q, q[a + D_END_NODE], node), opens, last)
    for k in range(found):
        rule = broken_by(q, p, task, hand, q[pos(q, LIST, STARTS, k)])
        if rule != OK and rule != BUSY and rule != TRAVEL and rule != AVAILABILITY and rule != PAST:
            return rule
    return BUSY


@door
def runner_up(q: Ints, task: int, hand: int, start: int, look: int) -> bool:
    """Write who else could take a visit at its time beside all that they do, of the likeliest few who are not marked."""
    openings(q, task, hand, start, start)
    cut(q, task, hand, -NEVER, NEVER)
    looked_at = 0
    while looked_at < RUNNERS_UP:
        k = next_entry(q, hand)
        if k < 0:
            return False
        e = entry(q, hand, k)
        q[e + E_KEY] = MOST_KEY
        p = q[e + E_PERSON]
        if q[pos(q, FLAG, p, 0)] == look:
            continue
        if broken_by(q, p, task, hand, start) == OK:
            o = pos(q, OUT, hand, 0)
            q[o + O_OTHER], q[o + O_OTHER_START], q[o + O_OTHER_WALK] = p, start, q[e + E_WALK]
            return True
        looked_at += 1
    return False
