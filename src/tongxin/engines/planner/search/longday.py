"""Rules that only a plan over several calendar days can break in new ways: a whole person's days at one look."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import (
    NEVER,
    P_DAY,
    P_END,
    P_IN_A_ROW,
    P_SHIFT,
    P_VEHICLE,
    P_WEEK,
    P_WORKED_NIGHT,
    R_DRIVE_DAY,
    R_NEXT,
    R_PREV,
    R_SHIFT,
    R_START,
    V_DRIVES,
    V_END,
    V_MIN,
    Table,
)
from tongxin.engines.planner.search.limits_row import (
    C_DAY,
    C_DRIVE_DAY,
    C_IN_A_ROW,
    C_MIDNIGHT,
    C_MORNING,
    C_NIGHT_COUNTS,
    C_NIGHT_FROM,
    C_NIGHT_UNTIL,
    C_WEEK,
    C_WEEK_START,
    DAY_MIN,
    WEEK_MIN,
)
from tongxin.engines.planner.search.ring import way


@compiled
def _overlap(a: int, b: int, c: int, d: int) -> int:
    return max(0, min(b, d) - max(a, c))


@compiled
def _ends_shift(m: Table, s: Table, v: int) -> bool:
    n = the.row(s)[v, R_NEXT]
    return n >= the.visit(m).shape[0] or the.row(s)[n, R_SHIFT] != the.row(s)[v, R_SHIFT]


@compiled
def _shift_end(m: Table, s: Table, p: int, v: int) -> int:
    back = 0 if the.person(m)[p, P_END] < 0 else way(m, the.visit(m)[v, V_END], the.person(m)[p, P_END])
    return the.row(s)[v, R_START] + the.visit(m)[v, V_MIN] + back


@compiled
def _worked(m: Table, s: Table, p: int, low: int, high: int) -> int:
    """Return the minutes on duty between two minutes."""
    total, v = 0, the.row(s)[the.visit(m).shape[0] + p, R_NEXT]
    while v < the.visit(m).shape[0]:
        if _ends_shift(m, s, v):
            total += _overlap(max(0, the.row(s)[v, R_SHIFT]), _shift_end(m, s, p, v), low, high)
        v = the.row(s)[v, R_NEXT]
    return total


@compiled
def _drove(m: Table, s: Table, p: int, low: int, high: int) -> int:
    total, v = 0, the.row(s)[the.visit(m).shape[0] + p, R_NEXT]
    while v < the.visit(m).shape[0]:
        if the.visit(m)[v, V_DRIVES]:
            total += _overlap(
                max(0, the.row(s)[v, R_START]), the.row(s)[v, R_START] + the.visit(m)[v, V_MIN], low, high
            )
        v = the.row(s)[v, R_NEXT]
    return total


@compiled
def _keeps_hours(m: Table, s: Table, p: int, last_end: int) -> bool:
    visits, midnight = the.visit(m).shape[0], the.const(m)[C_MIDNIGHT]
    for day in range((last_end - midnight) // DAY_MIN + 1):
        low = midnight + day * DAY_MIN
        before = the.person(m)[p, P_DAY] if day == 0 else 0
        if before + _worked(m, s, p, low, low + DAY_MIN) > the.const(m)[C_DAY]:
            return False
        drove = the.row(s)[visits + p, R_DRIVE_DAY] if day == 0 else 0
        if the.const(m)[C_DRIVE_DAY] >= 0 and drove + _drove(m, s, p, low, low + DAY_MIN) > the.const(m)[C_DRIVE_DAY]:
            return False
    if the.const(m)[C_WEEK] >= 0:
        for week in range((last_end - the.const(m)[C_WEEK_START]) // WEEK_MIN + 1):
            low = the.const(m)[C_WEEK_START] + week * WEEK_MIN
            before = the.person(m)[p, P_WEEK] if week == 0 else 0
            if before + _worked(m, s, p, low, low + WEEK_MIN) > the.const(m)[C_WEEK]:
                return False
    return True


@compiled
def _starts_on(m: Table, s: Table, p: int, day: int) -> bool:
    """Return whether a new shift starts on a calendar day."""
    visits, v, is_first = the.visit(m).shape[0], the.row(s)[the.visit(m).shape[0] + p, R_NEXT], True
    while v < visits:
        shift = the.row(s)[v, R_SHIFT]
        is_running = is_first and shift == the.person(m)[p, P_SHIFT]
        is_new = is_first or the.row(s)[the.row(s)[v, R_PREV], R_SHIFT] != shift
        if is_new and not is_running and (shift - the.const(m)[C_MIDNIGHT]) // DAY_MIN == day:
            return True
        is_first = False
        v = the.row(s)[v, R_NEXT]
    return False


@compiled
def _keeps_days_in_a_row(m: Table, s: Table, p: int, last_end: int) -> bool:
    shift = the.person(m)[p, P_SHIFT]
    is_on = the.person(m)[p, P_DAY] > 0 or (shift != NEVER and shift >= the.const(m)[C_MIDNIGHT])
    run = the.person(m)[p, P_IN_A_ROW]
    for day in range((last_end - the.const(m)[C_MIDNIGHT]) // DAY_MIN + 1):
        works = _starts_on(m, s, p, day)
        run = run + 1 if works or (day == 0 and is_on) else 0
        if works and run > the.const(m)[C_IN_A_ROW]:
            return False
    return True


@compiled
def _keeps_mornings(m: Table, s: Table, p: int) -> bool:
    """Return whether no shift starts in the morning after a night shift."""
    visits, midnight = the.visit(m).shape[0], the.const(m)[C_MIDNIGHT]
    dawn = midnight if the.person(m)[p, P_WORKED_NIGHT] else -NEVER
    v, shift = the.row(s)[visits + p, R_NEXT], -NEVER
    while v < visits:
        if the.row(s)[v, R_SHIFT] != shift:
            is_running = shift == -NEVER and the.row(s)[v, R_SHIFT] == the.person(m)[p, P_SHIFT]
            shift = the.row(s)[v, R_SHIFT]
            if dawn <= shift < dawn + the.const(m)[C_MORNING] and not is_running:
                return False
        if _ends_shift(m, s, v):
            end = _shift_end(m, s, p, v)
            for k in range((shift - midnight) // DAY_MIN - 1, (end - midnight) // DAY_MIN + 1):
                night = midnight + k * DAY_MIN
                inside = _overlap(
                    shift, end, night + the.const(m)[C_NIGHT_FROM], night + DAY_MIN + the.const(m)[C_NIGHT_UNTIL]
                )
                if inside >= the.const(m)[C_NIGHT_COUNTS]:
                    dawn = night + DAY_MIN
        v = the.row(s)[v, R_NEXT]
    return True


@compiled
def keeps_long_rules(m: Table, s: Table, p: int) -> bool:
    """Return whether a person's days keep the hours of each day and week, days in a row, and mornings after nights."""
    visits = the.visit(m).shape[0]
    if the.person(m)[p, P_VEHICLE]:
        return True
    last = the.row(s)[visits + p, R_PREV]
    if last >= visits:
        return True
    last_end = _shift_end(m, s, p, last)
    return _keeps_hours(m, s, p, last_end) and _keeps_days_in_a_row(m, s, p, last_end) and _keeps_mornings(m, s, p)
