"""Who has room for a hand, and who of them should take it: the order of ``ranking``, the rules of ``route``."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search.desk import (
    C_CANDIDATES,
    D_END,
    DAY,
    E_FIRST,
    E_HIGH,
    E_KEY,
    E_LAST,
    E_LOW,
    E_PERSON,
    E_WALK,
    ENTRIES,
    ENTRY,
    FLAG,
    G_AFTER,
    G_BEFORE,
    G_COOL,
    G_FROM,
    G_HOT,
    G_IDLE_FROM,
    G_UNTIL,
    G_WORN,
    GAP,
    H_CLASS,
    H_MIN,
    H_SPARE,
    H_WHEN,
    H_WHO,
    HAND,
    KNOWN,
    LIST,
    MOST_KEY,
    NEVER,
    NONE,
    O_OTHER,
    O_OTHER_START,
    O_OTHER_WALK,
    O_PERSON,
    O_START,
    O_WALK,
    OK,
    OUT,
    P_ASKED,
    P_GAPS,
    P_HOME,
    P_LOAD,
    P_STOPS,
    PERSON,
    PPE,
    S_ENTRIES,
    S_GAPS,
    S_LOOK,
    S_PEOPLE,
    S_PPE,
    S_STOPS,
    SIZE,
    SORTED,
    SPARE,
    T_DUE,
    T_END,
    T_END_NODE,
    T_HAND,
    T_KNOWN,
    T_NODE,
    T_PPE,
    T_START,
    T_ZONE,
    TASK,
    UNFIT,
    const,
    count,
    pos,
    size,
    way,
)
from tongxin.engines.planner.search.desk_rules import broken_by
from tongxin.engines.planner.search.jit import apart, compiled, door
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import (
    C_DRIVE_BREAK,
    C_HORIZON,
    C_MIDNIGHT,
    C_MORNING,
    C_PROTOCOL,
    C_REST,
    C_SHIFT,
    C_UNIT,
    C_ZONE_FROM,
    DAY_MIN,
)

TRIES = 10
KEPT = 2 * TRIES
MOST_MINUTES = 2**18 - 1


@compiled
def entry(q: Ints, hand: int, e: int) -> int:
    """Return where an entry of a hand stands."""
    return pos(q, ENTRY, hand * size(q, S_ENTRIES) + e, 0)


@door
def openings(q: Ints, task: int, hand: int, first: int, last: int) -> int:
    """Write where a hand fits by walking and availability, one entry a free stretch; return how many they are."""
    apart()
    t = pos(q, TASK, task, 0)
    h, found = pos(q, HAND, q[t + T_HAND] + hand, 0), 0
    first = max(first, q[t + T_START])
    last = min(last, min(q[t + T_END], const(q, C_HORIZON)) - q[h + H_MIN])
    if q[h + H_WHEN] != NONE:
        first, last = max(first, q[h + H_WHEN]), min(last, q[h + H_WHEN])
    low, high = 0, size(q, S_PEOPLE)
    if q[h + H_WHO] != NONE:
        low, high = q[h + H_WHO], q[h + H_WHO] + 1
    unfit = pos(q, UNFIT, q[h + H_CLASS], 0)
    for p in range(low, high):
        if q[unfit + p] != OK:
            continue
        for k in range(q[pos(q, PERSON, p, P_GAPS)]):
            g, e = pos(q, GAP, p * size(q, S_GAPS) + k, 0), entry(q, hand, found)
            if q[g + G_UNTIL] < first + q[h + H_MIN] or q[g + G_FROM] > last:
                continue
            q[e + E_FIRST], q[e + E_LAST] = first, last
            if _fits(q, t, h, g, e):
                q[e + E_PERSON] = p
                found += 1
    q[pos(q, LIST, ENTRIES, hand)] = found
    return found


@compiled
def _fits(q: Ints, t: int, h: int, g: int, e: int) -> bool:
    """Narrow first and last start to a free stretch, with room for protocols and breaks where one look can tell."""
    walk = way(q, q[g + G_BEFORE], q[t + T_NODE])
    ready = q[g + G_IDLE_FROM] + walk
    start = max(q[g + G_FROM] + walk, q[e + E_FIRST])
    until = q[g + G_UNTIL] - way(q, q[t + T_END_NODE], q[g + G_AFTER]) - q[h + H_MIN]
    protocol = NEVER // 2 if const(q, C_PROTOCOL) < 0 else const(q, C_PROTOCOL)
    if q[g + G_HOT] > q[t + T_ZONE]:
        start = max(start, ready + protocol)
    if q[t + T_ZONE] >= const(q, C_ZONE_FROM) and q[g + G_COOL] < q[t + T_ZONE]:
        until -= protocol
    limits = size(q, S_PPE)
    for i in range(limits):
        limit, since, till = pos(q, PPE, i, 0), q[g + G_WORN + i], q[g + G_WORN + limits + i]
        wears = q[t + T_PPE] >= q[limit]
        joins = till - since > q[limit + 1]
        if wears:
            if since < NEVER and start + q[h + H_MIN] - q[limit + 1] > since:
                start = max(start, ready + q[limit + 2])
            joins = joins or till - q[limit + 1] > start
        if not joins:
            continue
        if start <= until - q[limit + 2]:
            until -= q[limit + 2]
            continue
        late = ready + q[limit + 2]
        if wears:
            late = max(late if since < NEVER else -NEVER, till - q[limit + 1])
        start = max(start, late)
    q[e + E_FIRST], q[e + E_LAST], q[e + E_WALK] = start, min(until, q[e + E_LAST]), walk
    return start <= q[e + E_LAST]


@compiled
def _key(q: Ints, t: int, h: int, e: int) -> int:
    """Return the soft tiers of an entry as one whole number, smaller is better."""
    p = q[e + E_PERSON]
    late = min(max(q[e + E_LOW] + q[h + H_MIN] - q[t + T_DUE], 0), MOST_MINUTES)
    key = late * 8 + q[pos(q, SPARE, q[h + H_SPARE], p)]
    key = key * 1024 + min(q[pos(q, PERSON, p, P_LOAD)] // const(q, C_UNIT), 1023)
    key = (key * 32 + q[pos(q, PERSON, p, P_ASKED)]) * 256 + min(q[e + E_WALK], 255)
    key *= 2
    if q[t + T_KNOWN] >= 0:
        known, is_stranger = pos(q, KNOWN, q[t + T_KNOWN], 0), 1
        for k in range(q[2 * KNOWN + 1]):
            if q[known + k] == p:
                is_stranger = 0
        key += is_stranger
    return key * 2**14 + min(q[e + E_LOW], 2**14 - 1)


@compiled
def cut(q: Ints, task: int, hand: int, low: int, high: int) -> None:
    """Cut the entries of a hand to starts from ``low`` to ``high`` and write their keys; those without any are out."""
    apart()
    t = pos(q, TASK, task, 0)
    h = pos(q, HAND, q[t + T_HAND] + hand, 0)
    for k in range(count(q, hand)):
        e = entry(q, hand, k)
        q[e + E_LOW], q[e + E_HIGH] = max(q[e + E_FIRST], low), min(q[e + E_LAST], high)
        q[e + E_KEY] = _key(q, t, h, e) if q[e + E_LOW] <= q[e + E_HIGH] else MOST_KEY


@compiled
def next_entry(q: Ints, hand: int) -> int:
    """Return the best entry that is not used up, or -1."""
    least, found = MOST_KEY, -1
    key = entry(q, hand, 0) + E_KEY
    width = q[2 * ENTRY + 1]
    for k in range(count(q, hand)):
        if q[key + k * width] < least:
            least, found = q[key + k * width], k
    return found


@compiled
def _add_sorted(q: Ints, row: int, n: int, start: int, walk: int) -> int:
    """Keep a start with its walk among the smallest of a sorted list, once; return how many are there then."""
    starts = pos(q, LIST, row, 0)
    k = n
    while k > 0 and q[starts + 2 * (k - 1)] > start:
        k -= 1
    if k > 0 and q[starts + 2 * (k - 1)] == start:
        q[starts + 2 * (k - 1) + 1] = walk
        return n
    if k >= KEPT:
        return n
    for x in range(min(n, KEPT - 1), k, -1):
        q[starts + 2 * x], q[starts + 2 * x + 1] = q[starts + 2 * x - 2], q[starts + 2 * x - 1]
    q[starts + 2 * k], q[starts + 2 * k + 1] = start, walk
    return min(n + 1, KEPT)


@compiled
def _add_between(q: Ints, row: int, n: int, start: int, e: int) -> int:
    if q[e + E_LOW] <= start <= q[e + E_HIGH]:
        return _add_sorted(q, row, n, start, q[e + E_WALK])
    return n


@compiled
def _add_pause(q: Ints, row: int, n: int, pause: int, e: int) -> int:
    n = _add_between(q, row, n, q[e + E_LOW] + pause, e)
    return _add_between(q, row, n, q[e + E_HIGH] - pause, e)


@compiled
def other_starts(q: Ints, task: int, hand: int, p: int, tried: int) -> int:
    """Write later starts at which a break, a protocol or a rest may have made the rules content; up to ten."""
    apart()
    row, found, who = SORTED, 0, pos(q, PERSON, p, 0)
    home = way(q, q[who + P_HOME], q[pos(q, TASK, task, T_NODE)])
    noon = const(q, C_MIDNIGHT) + const(q, C_MORNING) + home
    for k in range(count(q, hand)):
        e = entry(q, hand, k)
        if q[e + E_PERSON] != p or q[e + E_LOW] > q[e + E_HIGH]:
            continue
        first = q[e + E_LOW]
        found = _add_pause(q, row, found, 0, e)
        found = _add_between(q, row, found, first + (noon - first) % DAY_MIN, e)
        for i in range(size(q, S_PPE)):
            found = _add_pause(q, row, found, q[pos(q, PPE, i, 2)], e)
        found = _add_pause(q, row, found, const(q, C_DRIVE_BREAK), e)
        found = _add_pause(q, row, found, max(0, const(q, C_PROTOCOL)), e)
        found = _add_pause(q, row, found, const(q, C_REST) + home, e)
        if q[who + P_STOPS]:
            last = pos(q, DAY, p * size(q, S_STOPS) + q[who + P_STOPS] - 1, D_END)
            found = _add_between(q, row, found, q[last] - const(q, C_SHIFT) + home, e)
    starts, kept = pos(q, LIST, row, 0), 0
    for k in range(found):
        if q[starts + 2 * k] != tried:
            q[starts + 2 * kept], q[starts + 2 * kept + 1] = q[starts + 2 * k], q[starts + 2 * k + 1]
            kept += 1
    return min(kept, TRIES)


@compiled
def start_of(q: Ints, task: int, hand: int, k: int) -> tuple[int, int]:
    """Return a start and the walk to it that keep every rule for the person of an entry, or -1 and 0."""
    apart()
    e = entry(q, hand, k)
    p, start = q[e + E_PERSON], q[e + E_LOW]
    if broken_by(q, p, task, hand, start) == OK:
        return start, q[e + E_WALK]
    starts = pos(q, LIST, SORTED, 0)
    for i in range(other_starts(q, task, hand, p, start)):
        if broken_by(q, p, task, hand, q[starts + 2 * i]) == OK:
            return q[starts + 2 * i], q[starts + 2 * i + 1]
    return -1, 0


@door
def begin_look(q: Ints) -> int:
    """Return a new number by which people are marked as seen."""
    q[pos(q, SIZE, 0, S_LOOK)] += 1
    return size(q, S_LOOK)


@compiled
def pick(q: Ints, task: int, hand: int, look: int) -> bool:
    """Write the best person and the next best for a hand, of the entries as they were cut; marked people are passed by."""
    apart()
    t, o = pos(q, TASK, task, 0), pos(q, OUT, hand, 0)
    h = pos(q, HAND, q[t + T_HAND] + hand, 0)
    wanted, misses = const(q, C_CANDIDATES), 0
    q[o + O_PERSON] = q[o + O_OTHER] = -1
    least = after = NEVER
    while wanted > 0:
        k = next_entry(q, hand)
        if k < 0:
            break
        e = entry(q, hand, k)
        p = q[e + E_PERSON]
        q[e + E_KEY] = MOST_KEY
        if q[pos(q, FLAG, p, 0)] == look:
            continue
        q[pos(q, FLAG, p, 0)] = look
        start, walk = start_of(q, task, hand, k)
        if start < 0:
            misses += 1
            if wanted < const(q, C_CANDIDATES) and misses > TRIES:
                break
            continue
        late = max(0, start + q[h + H_MIN] - q[t + T_DUE])
        if start == q[e + E_LOW] or late == 0:
            wanted -= 1
        if late < least:
            q[o + O_OTHER], q[o + O_OTHER_START], q[o + O_OTHER_WALK] = q[o + O_PERSON], q[o + O_START], q[o + O_WALK]
            q[o + O_PERSON], q[o + O_START], q[o + O_WALK] = p, start, walk
            least, after = late, least
        elif late < after:
            q[o + O_OTHER], q[o + O_OTHER_START], q[o + O_OTHER_WALK] = p, start, walk
            after = late
    return q[o + O_PERSON] >= 0
