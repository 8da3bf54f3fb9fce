"""Room for a whole task: one person, or several at times that suit all of them, with a vehicle where one is asked for."""

# Numba's whole numbers are Python's and numpy's at once; types of numbers are its business here.
# mypy: disable-error-code="no-any-return,return-value,arg-type,assignment,no-untyped-call"

from tongxin.engines.planner.search.desk import (
    B_FIRST_WINDOW,
    B_PAUSE,
    B_RIDES,
    B_SEATS,
    B_WINDOWS,
    E_FIRST,
    E_HIGH,
    E_LAST,
    E_LOW,
    E_PERSON,
    FLAG,
    H_MIN,
    HAND,
    LATER,
    LIST,
    NEVER,
    O_PERSON,
    O_START,
    O_VEHICLE,
    OUT,
    RIDE,
    S_BARRING,
    S_FAILED,
    S_RIDES,
    S_VEHICLES,
    SIZE,
    SORTED,
    STARTS,
    T_HAND,
    T_HANDS,
    T_LAG_MAX,
    T_LAG_MIN,
    T_SEATS,
    TASK,
    VEHICLE,
    count,
    pos,
    size,
)
from tongxin.engines.planner.search.desk_find import begin_look, cut, entry, openings, other_starts, pick
from tongxin.engines.planner.search.jit import apart, compiled, door
from tongxin.engines.planner.search.layout import Ints

TRIES = 24
PEOPLE = 6


@door
def fit(q: Ints, task: int, first: int, last: int, needs_vehicle: bool) -> bool:
    """Write how to place a task that may start from ``first`` to ``last`` to ``OUT``; False when no room was found."""
    t = pos(q, TASK, task, 0)
    for hand in range(q[t + T_HANDS]):
        if openings(q, task, hand, first + hand * q[t + T_LAG_MIN], last + hand * q[t + T_LAG_MAX]) == 0:
            return False
    if q[t + T_HANDS] == 1 and not needs_vehicle:
        cut(q, task, 0, -NEVER, NEVER)
        q[pos(q, OUT, 0, O_VEHICLE)] = -1
        return pick(q, task, 0, begin_look(q))
    return _fit_team(q, task, last, needs_vehicle)


@compiled
def _add_start(q: Ints, row: int, start: int, most: int) -> None:
    """Keep a start among the ``most`` smallest of a sorted list without repeats; its first number is their count."""
    apart()
    x = pos(q, LIST, row, 0)
    n = q[x]
    k = n
    while k > 0 and q[x + k] > start:
        k -= 1
    if (k > 0 and q[x + k] == start) or k >= most:
        return
    for i in range(min(n, most - 1), k, -1):
        q[x + i + 1] = q[x + i]
    q[x + k + 1] = start
    q[x] = min(n + 1, most)


@compiled
def _fit_team(q: Ints, task: int, last: int, needs_vehicle: bool) -> bool:
    t = pos(q, TASK, task, 0)
    earliest = -NEVER
    for hand in range(q[t + T_HANDS]):
        least = NEVER
        for k in range(count(q, hand)):
            least = min(least, q[entry(q, hand, k) + E_FIRST] - hand * q[t + T_LAG_MAX])
        earliest = max(earliest, least)
    q[pos(q, LIST, STARTS, 0)] = q[pos(q, LIST, LATER, 0)] = 0
    for hand in range(q[t + T_HANDS]):
        for k in range(count(q, hand)):
            start = q[entry(q, hand, k) + E_FIRST] - hand * q[t + T_LAG_MAX]
            if start >= earliest:
                _add_start(q, STARTS, start, TRIES)
    if needs_vehicle:
        _add_vehicle_starts(q, earliest)
        for k in range(q[pos(q, LIST, LATER, 0)]):
            _add_start(q, STARTS, q[pos(q, LIST, LATER, 1 + k)], 3 * TRIES)
    _add_start(q, STARTS, earliest, 3 * TRIES)
    for k in range(q[pos(q, LIST, STARTS, 0)]):
        start = q[pos(q, LIST, STARTS, 1 + k)]
        if start <= last and _team_at(q, task, start, needs_vehicle):
            return True
    q[pos(q, LIST, LATER, 0)] = 0
    _add_starts_after_pauses(q, task, earliest)
    for k in range(q[pos(q, LIST, LATER, 0)]):
        start = q[pos(q, LIST, LATER, 1 + k)]
        if start <= last and not _is_tried(q, start) and _team_at(q, task, start, needs_vehicle):
            return True
    return False


@compiled
def _is_tried(q: Ints, start: int) -> bool:
    x = pos(q, LIST, STARTS, 0)
    k = 0
    while k < q[x] and q[x + 1 + k] != start:
        k += 1
    return k < q[x]


@compiled
def _add_vehicle_starts(q: Ints, earliest: int) -> None:
    """Note the starts at which a vehicle comes free."""
    for b in range(size(q, S_VEHICLES)):
        v = pos(q, VEHICLE, b, 0)
        for k in range(q[v + B_RIDES]):
            end = q[pos(q, RIDE, b * size(q, S_RIDES) + k, 1)] + q[v + B_PAUSE]
            if end > earliest:
                _add_start(q, LATER, end, TRIES)
        for k in range(q[v + B_WINDOWS]):
            if q[v + B_FIRST_WINDOW + 2 * k] > earliest:
                _add_start(q, LATER, q[v + B_FIRST_WINDOW + 2 * k], TRIES)


@compiled
def _add_starts_after_pauses(q: Ints, task: int, earliest: int) -> None:
    """Note further common starts: after the breaks that the earliest people of the scarcest hand would need."""
    hands, scarcest = q[pos(q, TASK, task, T_HANDS)], 0
    for hand in range(1, hands):
        if count(q, hand) < count(q, scarcest):
            scarcest = hand
    n, look, starts = count(q, scarcest), begin_look(q), pos(q, LIST, SORTED, 0)
    for k in range(n):
        e = entry(q, scarcest, k)
        q[e + E_LOW], q[e + E_HIGH] = q[e + E_FIRST], q[e + E_LAST]
    for _ in range(PEOPLE):
        least, found = NEVER, -1
        for k in range(n):
            e = entry(q, scarcest, k)
            if q[e + E_FIRST] < least and q[pos(q, FLAG, q[e + E_PERSON], 0)] != look:
                least, found = q[e + E_FIRST], q[e + E_PERSON]
        if found < 0:
            return
        q[pos(q, FLAG, found, 0)] = look
        for i in range(other_starts(q, task, scarcest, found, -1)):
            if q[starts + 2 * i] >= earliest:
                _add_start(q, LATER, q[starts + 2 * i], 10 * PEOPLE)


@compiled
def _team_at(q: Ints, task: int, start: int, needs_vehicle: bool) -> bool:
    """Find a team that starts at a given time; people whom a later hand cannot do without are left to it."""
    apart()
    hands, is_found = q[pos(q, TASK, task, T_HANDS)], False
    q[pos(q, SIZE, 0, S_BARRING)] = begin_look(q)
    for turn in range(hands):
        is_found = _team_without(q, task, start, turn > 0)
        if is_found or not _bar_more(q):
            break
    if not is_found or not needs_vehicle:
        for hand in range(hands):
            q[pos(q, OUT, hand, O_VEHICLE)] = -1
        return is_found
    end = 0
    for hand in range(hands):
        minutes = q[pos(q, HAND, q[pos(q, TASK, task, T_HAND)] + hand, H_MIN)]
        end = max(end, q[pos(q, OUT, hand, O_START)] + minutes)
    vehicle = _free_vehicle(q, task, start, end)
    for hand in range(hands):
        q[pos(q, OUT, hand, O_VEHICLE)] = vehicle
    return vehicle >= 0


@compiled
def _free_vehicle(q: Ints, task: int, start: int, end: int) -> int:
    """Return the first vehicle (the smallest come first) with enough seats that is free for the whole task, or -1."""
    for b in range(size(q, S_VEHICLES)):
        v, is_there = pos(q, VEHICLE, b, 0), False
        for k in range(q[v + B_WINDOWS]):
            w = v + B_FIRST_WINDOW + 2 * k
            is_there = is_there or (q[w] <= start and end <= q[w + 1])
        is_free = is_there and q[v + B_SEATS] >= q[pos(q, TASK, task, T_SEATS)]
        for k in range(q[v + B_RIDES]):
            ride = pos(q, RIDE, b * size(q, S_RIDES) + k, 0)
            is_free = is_free and (end + q[v + B_PAUSE] <= q[ride] or q[ride + 1] + q[v + B_PAUSE] <= start)
        if is_free:
            return b
    return -1


@compiled
def _mark_team(q: Ints, hand: int, look: int) -> None:
    """Mark the people whom the hands before have got."""
    for other in range(hand):
        q[pos(q, FLAG, q[pos(q, OUT, other, O_PERSON)], 0)] = look


@compiled
def _pick_beside(q: Ints, task: int, hand: int, low: int, high: int) -> bool:
    """Pick somebody for a hand who is not in the team yet."""
    look = begin_look(q)
    cut(q, task, hand, low, high)
    _mark_team(q, hand, look)
    return pick(q, task, hand, look)


@compiled
def _pick_sparing(q: Ints, task: int, hand: int, low: int, high: int) -> bool:
    """Pick somebody for a hand who is neither in the team nor barred; say whether anybody is barred at all."""
    look = begin_look(q)
    cut(q, task, hand, low, high)
    _mark_team(q, hand, look)
    for k in range(count(q, hand)):
        p = q[entry(q, hand, k) + E_PERSON]
        if q[pos(q, FLAG, p, 1)] == size(q, S_BARRING):
            q[pos(q, FLAG, p, 0)] = look
    return pick(q, task, hand, look)


@compiled
def _team_without(q: Ints, task: int, start: int, is_barring: bool) -> bool:
    """Find a team without the barred people as long as possible; a hand that finds nobody is noted as such."""
    t, low, high = pos(q, TASK, task, 0), start, start
    for hand in range(q[t + T_HANDS]):
        if hand:
            before = q[pos(q, OUT, hand - 1, O_START)]
            low, high = before + q[t + T_LAG_MIN], before + q[t + T_LAG_MAX]
        is_sparing = is_barring and hand + 1 < q[t + T_HANDS]
        is_found = is_sparing and _pick_sparing(q, task, hand, low, high)
        if not is_found and not _pick_beside(q, task, hand, low, high):
            q[pos(q, SIZE, 0, S_FAILED)] = hand
            return False
    return True


@compiled
def _bar_more(q: Ints) -> bool:
    """Bar those of the team whom the hand that found nobody could have used; False when there is nobody new."""
    failed, barring, has_new = size(q, S_FAILED), size(q, S_BARRING), False
    n = count(q, failed)
    for hand in range(failed):
        p = q[pos(q, OUT, hand, O_PERSON)]
        for k in range(n):
            e = entry(q, failed, k)
            if q[e + E_PERSON] == p and q[e + E_LOW] <= q[e + E_HIGH] and q[pos(q, FLAG, p, 1)] != barring:
                q[pos(q, FLAG, p, 1)] = barring
                has_new = True
    return has_new
