"""The search's filter: may one person's day look like this? Returns the first rule that says no."""

from bisect import bisect_right
from collections.abc import Callable

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.compact import Compact, Leg, Person, Stop

DAY_MIN = 1440
WEEK_MIN = 10080

# start, end, has a planned visit, was running at minute 0
Duty = tuple[int, int, bool, bool]


def first_broken(compact: Compact, person: Person, stops: list[Stop]) -> Rule | None:
    """Return the first hard rule that a person's day breaks, or None when it keeps all of them.

    A rule does not see the visits whose pin waives it.
    """
    if any(stop.waives for stop in stops):
        return _with_waivers(compact, person, stops)
    legs = legs_of(compact, person, stops)
    duties = _duties(compact, person, stops, legs)
    for _, check in _CHECKS:
        broken = check(compact, person, stops, legs, duties)
        if broken is not None:
            return broken
    return None


def broken_by(compact: Compact, person: Person, stop: Stop) -> Rule | None:
    """Return the rule that one further stop would break in a day that keeps all rules; quicker than looking anew."""
    stops = person.stops
    at = bisect_right(stops, stop.start, key=_start_of)
    joined = [*stops[:at], stop, *stops[at:]]
    if stop.waives or person.has_waivers:
        return _with_waivers(compact, person, joined)
    legs = [*person.legs[:at], _leg(compact, person, stops[at - 1] if at else None, stop)]
    if at < len(stops):
        legs.append(_leg(compact, person, stop, stops[at]))
        legs += person.legs[at + 1 :]
    near = slice(max(0, at - 1), at + 2)
    duties = _duties(compact, person, joined, legs)
    broken = _movement(compact, person, joined[near], legs[near], duties)
    if broken is not None:
        return broken
    for _, check in _CHECKS[1:]:
        broken = check(compact, person, joined, legs, duties)
        if broken is not None:
            return broken
    return None


def _start_of(stop: Stop) -> int:
    return stop.start


def _with_waivers(compact: Compact, person: Person, stops: list[Stop]) -> Rule | None:
    for rule, check in _CHECKS:
        seen = [stop for stop in stops if rule not in stop.waives]
        if not seen:
            continue
        legs = legs_of(compact, person, seen)
        broken = check(compact, person, seen, legs, _duties(compact, person, seen, legs))
        if broken is not None:
            return broken
    return None


def _window(person: Person, stop: Stop) -> int:
    for i, (start, end) in enumerate(person.windows):
        if start <= stop.start and stop.end <= end:
            return i
    return -1


def _way_back(compact: Compact, person: Person, stop: Stop) -> int:
    return 0 if person.end_node < 0 else compact.nodes.minutes(stop.end_node, person.end_node)


def legs_of(compact: Compact, person: Person, stops: list[Stop]) -> list[Leg]:
    """Return how each stop is reached; see ``LaborLimits`` for what a shift is."""
    known = person.known_legs
    if known is not None and known[0] is stops:
        return known[1]
    legs: list[Leg] = []
    before: Stop | None = None
    for stop in stops:
        legs.append(_leg(compact, person, before, stop))
        before = stop
    if stops is person.stops:
        # Days are never changed in place: the same list of stops has the same legs.
        person.known_legs = stops, legs
    return legs


def _leg(compact: Compact, person: Person, before: Stop | None, stop: Stop) -> Leg:
    minutes, rest = compact.nodes.minutes, compact.limits.min_rest_min
    from_home = stop.start - minutes(person.home, stop.node)
    if before is None:
        is_new = person.responder.shift_started_min is None or from_home >= rest
        return from_home, from_home, True, is_new
    idle = from_home - before.end - _way_back(compact, person, before)
    if idle >= rest or (idle >= 0 and len(person.windows) > 1 and _changes_window(person, before, stop)):
        return from_home, idle, True, idle >= rest
    departs = stop.start - minutes(before.end_node, stop.node)
    return departs, departs - before.end, False, False


def _changes_window(person: Person, before: Stop, stop: Stop) -> bool:
    one, two = _window(person, before), _window(person, stop)
    return one >= 0 and two >= 0 and one != two


def _duties(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg]) -> list[Duty]:
    started = person.responder.shift_started_min
    if person.end_node < 0 and not any(leg[3] for leg in legs[1:]):
        is_running = not legs[0][3]
        start = legs[0][0] if started is None or not is_running else started
        is_planned = not all(stop.is_fact for stop in stops)
        return [(start, max(stop.end for stop in stops), is_planned, is_running)]
    duties: list[Duty] = []
    for stop, (departs, _, _, is_new) in zip(stops, legs, strict=True):
        end = stop.end + _way_back(compact, person, stop)
        if is_new or not duties:
            start = departs if is_new or started is None else started
            duties.append((start, end, not stop.is_fact, not is_new))
        else:
            start, last, is_planned, is_running = duties[-1]
            duties[-1] = (start, max(last, end), is_planned or not stop.is_fact, is_running)
    return duties


def _movement(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    now = compact.problem.now_min
    before: Stop | None = None
    for stop, (departs, _idle, is_fresh, _new) in zip(stops, legs, strict=True):
        if before is not None and not is_fresh and departs < before.end and not (stop.is_fact and before.is_fact):
            return Rule.BUSY if stop.start < before.end else Rule.TRAVEL
        if departs < now and not stop.is_fact and not _was_planned(compact, person, stop):
            return Rule.PAST
        before = stop
    return None


def _was_planned(compact: Compact, person: Person, stop: Stop) -> bool:
    return (compact.tasks[stop.task].id, person.responder.id, stop.start) in compact.kept_starts


def _availability(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    last = len(stops) - 1
    if person.end_node < 0 and len(person.windows) == 1 and not any(stop.is_fact for stop in stops):
        start, end = person.windows[0]
        leaves_late = all(leg[0] >= start for leg in legs if leg[2])
        is_in = leaves_late and stops[0].start >= start and all(stop.end <= end for stop in stops)
        return None if is_in else Rule.AVAILABILITY
    for i, stop in enumerate(stops):
        if stop.is_fact:
            continue
        departs, _idle, is_fresh, _new = legs[i]
        leaves = departs if is_fresh else stop.start
        back = stop.end
        if person.end_node >= 0 and (i == last or legs[i + 1][2]):
            back += _way_back(compact, person, stop)
        window = _window(person, stop)
        if window < 0 or leaves < person.windows[window][0] or back > person.windows[window][1]:
            return Rule.AVAILABILITY
    return None


def _shift_length(
    compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], duties: list[Duty]
) -> Rule | None:
    most = compact.limits.max_shift_min
    for start, end, is_planned, _ in duties:
        if is_planned and end - start > most:
            return Rule.SHIFT_LENGTH
    return None


def _is_over(duties: list[Duty], origin: int, length: int, before: int, most: int) -> bool:
    if before + sum(end - start for start, end, _, _ in duties) <= most:
        return False
    worked: dict[int, int] = {0: before}
    planned: set[int] = set()
    for start, end, is_planned, _ in duties:
        at = max(0, start)
        while at < end:
            period = (at - origin) // length
            until = min(end, origin + (period + 1) * length)
            worked[period] = worked.get(period, 0) + until - at
            if is_planned:
                planned.add(period)
            at = until
    return any(worked[period] > most for period in planned)


def _day_hours(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], duties: list[Duty]) -> Rule | None:
    origin, before = compact.problem.first_midnight_min, person.responder.worked_today_min
    return Rule.DAY_HOURS if _is_over(duties, origin, DAY_MIN, before, compact.limits.max_day_min) else None


def _week_hours(
    compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], duties: list[Duty]
) -> Rule | None:
    most = compact.limits.max_week_min
    if most is None:
        return None
    origin, before = compact.problem.week_start_min, person.responder.worked_week_min
    return Rule.WEEK_HOURS if _is_over(duties, origin, WEEK_MIN, before, most) else None


def _rest(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    last = person.responder.last_duty_end_min
    if last is None or not legs or stops[0].is_fact or not legs[0][3]:
        return None
    return Rule.REST if legs[0][0] - last < compact.limits.min_rest_min else None


def _days_in_a_row(
    compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], duties: list[Duty]
) -> Rule | None:
    midnight, who = compact.problem.first_midnight_min, person.responder
    limit = compact.limits.max_days_in_a_row
    if who.days_in_a_row + len(duties) + 1 <= limit:
        return None
    new = {(start - midnight) // DAY_MIN: planned for start, _, planned, is_running in duties if not is_running}
    is_on = who.worked_today_min > 0 or (who.shift_started_min is not None and who.shift_started_min >= midnight)
    days = sorted(new.keys() | ({0} if is_on else set()))
    run, last = 0, -2
    for day in days:
        run = run + 1 if day == last + 1 else 1
        if day == 0:
            run += who.days_in_a_row
        if run > limit and new.get(day, False):
            return Rule.DAYS_IN_A_ROW
        last = day
    return None


def _night_morning(
    compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], duties: list[Duty]
) -> Rule | None:
    limits, midnight = compact.limits, compact.problem.first_midnight_min
    if len(duties) < 2 and not person.responder.worked_night:
        return None
    dawns = [midnight] if person.responder.worked_night else []
    for start, end, is_planned, is_running in duties:
        if is_planned and not is_running:
            for dawn in dawns:
                if dawn <= start < dawn + limits.morning_until_min:
                    return Rule.NIGHT_MORNING
        day = (start - midnight) // DAY_MIN - 1
        while midnight + day * DAY_MIN <= end:
            dawn = midnight + (day + 1) * DAY_MIN
            inside = min(end, dawn + limits.night_until_min) - max(start, dawn - DAY_MIN + limits.night_from_min)
            if max(0, inside) >= limits.night_counts_from_min:
                dawns.append(dawn)
            day += 1
    return None


def _ppe_time(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    most_worn = max(stop.ppe for stop in stops)
    for limit in compact.limits.ppe:
        if most_worn < limit.level:
            continue
        worn = person.responder.ppe_worn_min
        since = -worn if worn else None
        is_planned = False
        for stop, leg in zip(stops, legs, strict=True):
            if leg[1] >= limit.break_min:
                since, is_planned = None, False
            if stop.ppe >= limit.level:
                since = stop.start if since is None else since
                is_planned = is_planned or not stop.is_fact
                if is_planned and stop.end - since > limit.max_min:
                    return Rule.PPE_TIME
    return None


def _zone_order(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    protocol, matters_from = compact.limits.exit_protocol_min, compact.limits.zone_order_from
    hottest, by_plan = person.responder.hottest_zone, False
    if not hottest and not any(stop.zone for stop in stops):
        return None
    for stop, leg in zip(stops, legs, strict=True):
        if protocol is not None and leg[1] >= protocol:
            hottest, by_plan = 0, False
        if stop.zone < hottest and hottest >= matters_from and (by_plan or not stop.is_fact):
            return Rule.ZONE_ORDER
        if stop.zone > hottest:
            hottest, by_plan = stop.zone, not stop.is_fact
    return None


def _driver_hours(compact: Compact, person: Person, stops: list[Stop], legs: list[Leg], _: list[Duty]) -> Rule | None:
    driving = [stop for stop in stops if stop.drives]
    if not driving or all(stop.is_fact for stop in driving):
        return None
    limits, origin = compact.limits, compact.problem.first_midnight_min
    run = person.responder.drove_min
    for stop, leg in zip(stops, legs, strict=True):
        if leg[1] >= limits.drive_break_min:
            run = 0
        if stop.drives:
            run += stop.end - stop.start
            if limits.max_drive_min is not None and run > limits.max_drive_min and not stop.is_fact:
                return Rule.DRIVER_HOURS
    if limits.max_drive_day_min is None:
        return None
    spans: list[Duty] = [(stop.start, stop.end, True, False) for stop in driving]
    before = person.responder.drove_today_min
    return Rule.DRIVER_HOURS if _is_over(spans, origin, DAY_MIN, before, limits.max_drive_day_min) else None


Check = Callable[[Compact, Person, list[Stop], list[Leg], list[Duty]], Rule | None]
_CHECKS: tuple[tuple[Rule, Check], ...] = (
    (Rule.BUSY, _movement),
    (Rule.AVAILABILITY, _availability),
    (Rule.SHIFT_LENGTH, _shift_length),
    (Rule.DAY_HOURS, _day_hours),
    (Rule.WEEK_HOURS, _week_hours),
    (Rule.REST, _rest),
    (Rule.DAYS_IN_A_ROW, _days_in_a_row),
    (Rule.NIGHT_MORNING, _night_morning),
    (Rule.PPE_TIME, _ppe_time),
    (Rule.ZONE_ORDER, _zone_order),
    (Rule.DRIVER_HOURS, _driver_hours),
)
