"""May one further stop stand in a day? The same rules, in the same order, as ``route.broken_by``."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search.desk import (
    AVAILABILITY,
    BUSY,
    D_DEPARTS,
    D_DRIVES,
    D_END,
    D_END_NODE,
    D_FACT,
    D_FRESH,
    D_IDLE,
    D_NEW,
    D_PPE,
    D_START,
    D_TASK,
    D_ZONE,
    DAWNS,
    DAY,
    DAY_HOURS,
    DAY_WIDTH,
    DAYS_IN_A_ROW,
    DRIVER_HOURS,
    DUTY,
    LIST,
    NEVER,
    NIGHT_MORNING,
    NONE,
    OK,
    OLD,
    P_DAY,
    P_DROVE,
    P_DROVE_DAY,
    P_END,
    P_HOTTEST,
    P_IN_A_ROW,
    P_LAST_DUTY,
    P_NIGHT,
    P_SHIFT,
    P_STOPS,
    P_WEEK,
    P_WORN,
    PAST,
    PERSON,
    PPE,
    PPE_TIME,
    PROBE,
    REST,
    S_PPE,
    S_STOPS,
    SHIFT_LENGTH,
    TRAVEL,
    U_END,
    U_PLANNED,
    U_RUNNING,
    U_START,
    WEEK_HOURS,
    WINDOW,
    ZONE_ORDER,
    const,
    pos,
    size,
    way,
)
from tongxin.engines.planner.search.desk_day import fill, place_of, window_of, write_leg
from tongxin.engines.planner.search.jit import apart, compiled, door
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import (
    C_DAY,
    C_DRIVE,
    C_DRIVE_BREAK,
    C_DRIVE_DAY,
    C_IN_A_ROW,
    C_MIDNIGHT,
    C_MORNING,
    C_NIGHT_COUNTS,
    C_NIGHT_FROM,
    C_NIGHT_UNTIL,
    C_NOW,
    C_PROTOCOL,
    C_REST,
    C_SHIFT,
    C_WEEK,
    C_WEEK_START,
    C_ZONE_FROM,
    DAY_MIN,
    WEEK_MIN,
)


@door
def broken_by(q: Ints, p: int, task: int, hand: int, start: int) -> int:
    """Return the rule that one further stop would break in a day that keeps all rules, 0 for none."""
    apart()
    n, at = q[pos(q, PERSON, p, P_STOPS)], place_of(q, p, start)
    x, a = pos(q, PROBE, 0, 0), pos(q, DAY, p * size(q, S_STOPS), 0)
    for k in range(at * DAY_WIDTH):
        q[x + k] = q[a + k]
    new = x + at * DAY_WIDTH
    fill(q, new, task, hand, start)
    for k in range(at * DAY_WIDTH, n * DAY_WIDTH):
        q[x + k + DAY_WIDTH] = q[a + k]
    write_leg(q, p, new - DAY_WIDTH if at else -1, new)
    if at < n:
        write_leg(q, p, new, new + DAY_WIDTH)
    rule = _movement(q, p, max(0, at - 1), min(n + 1, at + 2))
    if rule == OK and _is_away(q, p, n + 1):
        rule = AVAILABILITY
    return rule if rule != OK else _of_work(q, p, n + 1, _duties(q, p, n + 1))


@compiled
def _of_work(q: Ints, p: int, n: int, duties: int) -> int:
    """Return the first broken rule of work in the day that is being looked at."""
    for d in range(duties):
        u = pos(q, DUTY, d, 0)
        if q[u + U_PLANNED] and q[u + U_END] - q[u + U_START] > const(q, C_SHIFT):
            return SHIFT_LENGTH
    who = pos(q, PERSON, p, 0)
    if _is_over(q, duties, False, q[who + P_DAY], const(q, C_DAY)):
        return DAY_HOURS
    if const(q, C_WEEK) >= 0 and _is_over(q, duties, True, q[who + P_WEEK], const(q, C_WEEK)):
        return WEEK_HOURS
    if _is_unrested(q, p):
        return REST
    if _is_day_too_many(q, p, duties):
        return DAYS_IN_A_ROW
    if _is_morning(q, p, duties):
        return NIGHT_MORNING
    if _is_worn_too_long(q, p, n):
        return PPE_TIME
    if _is_out_of_order(q, p, n):
        return ZONE_ORDER
    return DRIVER_HOURS if _drives_too_long(q, p, n) else OK


@compiled
def _was_planned(q: Ints, p: int, x: int) -> bool:
    """Return whether the plan in force had this stop at this minute for this person."""
    old = pos(q, OLD, q[x + D_TASK], 0)
    k, width = 0, q[2 * OLD + 1]
    while k < width and not (q[old + k] == p and q[old + k + 1] == q[x + D_START]):
        k += 2
    return k < width


@compiled
def _movement(q: Ints, p: int, low: int, high: int) -> int:
    for k in range(low, high):
        x = pos(q, PROBE, k, 0)
        u = x - DAY_WIDTH
        is_tight = k > low and not q[x + D_FRESH] and q[x + D_DEPARTS] < q[u + D_END]
        if is_tight and not (q[x + D_FACT] and q[u + D_FACT]):
            return BUSY if q[x + D_START] < q[u + D_END] else TRAVEL
        if q[x + D_DEPARTS] < const(q, C_NOW) and not q[x + D_FACT] and not _was_planned(q, p, x):
            return PAST
    return OK


@compiled
def _is_away(q: Ints, p: int, n: int) -> bool:
    """Return whether a stop, or a way there or back that belongs to it, lies outside the person's windows."""
    end_node, windows = q[pos(q, PERSON, p, P_END)], pos(q, WINDOW, p, 0)
    for k in range(n):
        x = pos(q, PROBE, k, 0)
        if q[x + D_FACT]:
            continue
        leaves, back = q[x + D_DEPARTS] if q[x + D_FRESH] else q[x + D_START], q[x + D_END]
        if end_node >= 0 and (k == n - 1 or q[x + DAY_WIDTH + D_FRESH]):
            back += way(q, q[x + D_END_NODE], end_node)
        w = window_of(q, p, q[x + D_START], q[x + D_END])
        if w < 0 or leaves < q[windows + 2 * w] or back > q[windows + 2 * w + 1]:
            return True
    return False


@compiled
def _duties(q: Ints, p: int, n: int) -> int:
    """Write the shifts of the day that is being looked at; return how many they are."""
    who, found = pos(q, PERSON, p, 0), 0
    for k in range(n):
        x, u = pos(q, PROBE, k, 0), pos(q, DUTY, max(0, found - 1), 0)
        end = q[x + D_END] + way(q, q[x + D_END_NODE], q[who + P_END])
        if q[x + D_NEW] or found == 0:
            u = pos(q, DUTY, found, 0)
            is_new = q[x + D_NEW] or q[who + P_SHIFT] == NONE
            q[u + U_START] = q[x + D_DEPARTS] if is_new else q[who + P_SHIFT]
            q[u + U_END], q[u + U_PLANNED], q[u + U_RUNNING] = end, 1 - q[x + D_FACT], 1 - q[x + D_NEW]
            found += 1
        else:
            q[u + U_END] = max(q[u + U_END], end)
            q[u + U_PLANNED] = max(q[u + U_PLANNED], 1 - q[x + D_FACT])
    return found


@compiled
def _is_over(q: Ints, duties: int, is_week: bool, before: int, most: int) -> bool:
    """Return whether some day (or week) with planned work holds more minutes on duty than allowed."""
    apart()
    origin = const(q, C_WEEK_START) if is_week else const(q, C_MIDNIGHT)
    length = WEEK_MIN if is_week else DAY_MIN
    total = before
    for d in range(duties):
        total += q[pos(q, DUTY, d, U_END)] - q[pos(q, DUTY, d, U_START)]
    if total <= most:
        return False
    for d in range(duties):
        u = pos(q, DUTY, d, 0)
        start, end = max(0, q[u + U_START]), q[u + U_END]
        if not q[u + U_PLANNED] or start >= end:
            continue
        for period in range((start - origin) // length, (end - 1 - origin) // length + 1):
            low = origin + period * length
            worked = before if period == 0 else 0
            for e in range(duties):
                v = pos(q, DUTY, e, 0)
                worked += max(0, min(q[v + U_END], low + length) - max(0, q[v + U_START], low))
            if worked > most:
                return True
    return False


@compiled
def _is_unrested(q: Ints, p: int) -> bool:
    last, x = q[pos(q, PERSON, p, P_LAST_DUTY)], pos(q, PROBE, 0, 0)
    if last == NONE or q[x + D_FACT] or not q[x + D_NEW]:
        return False
    return q[x + D_DEPARTS] - last < const(q, C_REST)


@compiled
def _is_day_too_many(q: Ints, p: int, duties: int) -> bool:
    who, midnight, limit = pos(q, PERSON, p, 0), const(q, C_MIDNIGHT), const(q, C_IN_A_ROW)
    if q[who + P_IN_A_ROW] + duties + 1 <= limit:
        return False
    is_on = q[who + P_DAY] > 0 or (q[who + P_SHIFT] != NONE and q[who + P_SHIFT] >= midnight)
    first, last = 0, 0
    for d in range(duties):
        day = (q[pos(q, DUTY, d, U_START)] - midnight) // DAY_MIN
        first, last = min(first, day), max(last, day)
    run, before = 0, NONE
    for day in range(first, last + 1):
        planned = -1
        for d in range(duties):
            u = pos(q, DUTY, d, 0)
            if not q[u + U_RUNNING] and (q[u + U_START] - midnight) // DAY_MIN == day:
                planned = q[u + U_PLANNED]
        if planned < 0 and not (day == 0 and is_on):
            continue
        run = run + 1 if day == before + 1 else 1
        if day == 0:
            run += q[who + P_IN_A_ROW]
        if run > limit and planned == 1:
            return True
        before = day
    return False


@compiled
def _is_morning(q: Ints, p: int, duties: int) -> bool:
    """Return whether a planned shift starts in the morning after a night shift."""
    midnight, has_night = const(q, C_MIDNIGHT), q[pos(q, PERSON, p, P_NIGHT)]
    if duties < 2 and not has_night:
        return False
    dawns, found = pos(q, LIST, DAWNS, 0), 0
    if has_night:
        q[dawns] = midnight
        found = 1
    for d in range(duties):
        u = pos(q, DUTY, d, 0)
        if q[u + U_PLANNED] and not q[u + U_RUNNING]:
            for k in range(found):
                if q[dawns + k] <= q[u + U_START] < q[dawns + k] + const(q, C_MORNING):
                    return True
        day = (q[u + U_START] - midnight) // DAY_MIN - 1
        while midnight + day * DAY_MIN <= q[u + U_END]:
            dawn = midnight + (day + 1) * DAY_MIN
            inside = min(q[u + U_END], dawn + const(q, C_NIGHT_UNTIL))
            inside -= max(q[u + U_START], dawn - DAY_MIN + const(q, C_NIGHT_FROM))
            if max(0, inside) >= const(q, C_NIGHT_COUNTS) and found < q[2 * LIST + 1]:
                q[dawns + found] = dawn
                found += 1
            day += 1
    return False


@compiled
def _is_worn_too_long(q: Ints, p: int, n: int) -> bool:
    worn = q[pos(q, PERSON, p, P_WORN)]
    for i in range(size(q, S_PPE)):
        limit = pos(q, PPE, i, 0)
        since, is_planned = -worn if worn else NEVER, False
        for k in range(n):
            x = pos(q, PROBE, k, 0)
            if q[x + D_IDLE] >= q[limit + 2]:
                since, is_planned = NEVER, False
            if q[x + D_PPE] >= q[limit]:
                since = q[x + D_START] if since == NEVER else since
                is_planned = is_planned or not q[x + D_FACT]
                if is_planned and q[x + D_END] - since > q[limit + 1]:
                    return True
    return False


@compiled
def _is_out_of_order(q: Ints, p: int, n: int) -> bool:
    """Return whether somebody comes from a hot zone into a cleaner one without the exit protocol."""
    hottest, by_plan, protocol = q[pos(q, PERSON, p, P_HOTTEST)], False, const(q, C_PROTOCOL)
    for k in range(n):
        x = pos(q, PROBE, k, 0)
        if protocol >= 0 and q[x + D_IDLE] >= protocol:
            hottest, by_plan = 0, False
        zone = q[x + D_ZONE]
        if zone < hottest and hottest >= const(q, C_ZONE_FROM) and (by_plan or not q[x + D_FACT]):
            return True
        if zone > hottest:
            hottest, by_plan = zone, not q[x + D_FACT]
    return False


@compiled
def _drives_too_long(q: Ints, p: int, n: int) -> bool:
    who, is_planned, drives = pos(q, PERSON, p, 0), False, 0
    run = q[who + P_DROVE]
    for k in range(n):
        x = pos(q, PROBE, k, 0)
        is_planned = is_planned or (q[x + D_DRIVES] and not q[x + D_FACT])
    if not is_planned:
        return False
    for k in range(n):
        x = pos(q, PROBE, k, 0)
        if q[x + D_IDLE] >= const(q, C_DRIVE_BREAK):
            run = 0
        if q[x + D_DRIVES]:
            run += q[x + D_END] - q[x + D_START]
            if const(q, C_DRIVE) >= 0 and run > const(q, C_DRIVE) and not q[x + D_FACT]:
                return True
            u = pos(q, DUTY, drives, 0)
            q[u + U_START], q[u + U_END], q[u + U_PLANNED] = q[x + D_START], q[x + D_END], 1
            drives += 1
    if const(q, C_DRIVE_DAY) < 0:
        return False
    return _is_over(q, drives, False, q[who + P_DROVE_DAY], const(q, C_DRIVE_DAY))
