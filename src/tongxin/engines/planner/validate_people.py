"""The validator's half that looks at one person's day. Written apart from the search: it shares no code with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.problem import Problem, Responder, Task, Visit, Window

DAY_MIN = 1440
WEEK_MIN = 10080


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken rule: where, by whom, and the numbers that show it."""

    rule: Rule
    task: str | None = None
    responder: str | None = None
    detail: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A visit or a commitment of one person. A *fact* has begun already: it cannot be the plan's fault."""

    start: int
    end: int
    place: str
    end_place: str
    ppe: int
    zone: int
    drives: bool
    is_fact: bool
    task: str | None = None
    waives: frozenset[Rule] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Leg:
    """How a stop is reached: when the person sets out, from home or from the stop before, after how much idle time."""

    stop: Stop
    departs: int
    is_fresh: bool
    idle: int
    starts_shift: bool


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One shift: when it starts and ends, and whether the plan put anything into it."""

    start: int
    end: int
    is_planned: bool
    is_running: bool


class Lookup:
    """Tasks, waivers and travel minutes by id, looked up afresh from the problem."""

    def __init__(self, problem: Problem) -> None:
        self.tasks: dict[str, Task] = {task.id: task for task in problem.tasks}
        self.waives = {(pin.task, pin.hand): pin.waives for pin in problem.pins}
        self._travel = problem.travel
        self._places = {place.id: place for place in problem.places}
        self._row = {name: i for i, name in enumerate(problem.travel.entrances)}

    def parts(self, origin: str, target: str) -> tuple[int, int]:
        """Return the minutes on the level and on stairs or lifts between two places."""
        a, b = self._places[origin], self._places[target]
        if a.entrance == b.entrance:
            return 0, self._travel.climb_min(a.floors_up - b.floors_up, a.has_lift and b.has_lift)
        level = int(self._travel.walk_min[self._row[a.entrance], self._row[b.entrance]])
        climbs = self._travel.climb_min(a.floors_up, a.has_lift) + self._travel.climb_min(b.floors_up, b.has_lift)
        return level, climbs

    def minutes(self, origin: str, target: str) -> int:
        """Return the whole way in minutes."""
        return sum(self.parts(origin, target))


@dataclass(frozen=True, kw_only=True)
class Day:
    """One person's stops in time order, with what is needed to judge them."""

    problem: Problem
    person: Responder
    stops: tuple[Stop, ...]
    walks: Lookup

    def without(self, rule: Rule) -> "Day":
        """Return the day as a rule sees it: without the visits whose pin waives the rule."""
        kept = tuple(stop for stop in self.stops if rule not in stop.waives)
        return Day(problem=self.problem, person=self.person, stops=kept, walks=self.walks)

    def window_of(self, stop: Stop) -> Window | None:
        """Return the availability window that holds the stop."""
        for window in self.person.availability:
            if window.start_min <= stop.start and stop.end <= window.end_min:
                return window
        return None

    def back(self, stop: Stop) -> int:
        """Return when the person is off again after a stop, with the way back where one is asked for."""
        end_place = self.person.end_place
        return stop.end + (self.walks.minutes(stop.end_place, end_place) if end_place else 0)

    def legs(self) -> Iterator[Leg]:
        """Yield how each stop is reached."""
        rest = self.problem.limits.min_rest_min
        for i, stop in enumerate(self.stops):
            from_home = stop.start - self.walks.minutes(self.person.home_place, stop.place)
            if i == 0:
                is_new = self.person.shift_started_min is None or from_home >= rest
                yield Leg(stop=stop, departs=from_home, is_fresh=True, idle=from_home, starts_shift=is_new)
                continue
            before = self.stops[i - 1]
            idle = from_home - self.back(before)
            here, there = self.window_of(stop), self.window_of(before)
            changes_window = here is not None and there is not None and here != there
            if idle >= rest or (changes_window and idle >= 0):
                yield Leg(stop=stop, departs=from_home, is_fresh=True, idle=idle, starts_shift=idle >= rest)
                continue
            departs = stop.start - self.walks.minutes(before.end_place, stop.place)
            yield Leg(stop=stop, departs=departs, is_fresh=False, idle=departs - before.end, starts_shift=False)

    def duties(self) -> list[Duty]:
        """Return the shifts of the day or days, in time order."""
        found: list[Duty] = []
        for leg in self.legs():
            end, is_planned = self.back(leg.stop), not leg.stop.is_fact
            if leg.starts_shift:
                found.append(Duty(start=leg.departs, end=end, is_planned=is_planned, is_running=False))
                continue
            if not found:
                started = self.person.shift_started_min
                found.append(
                    Duty(
                        start=leg.departs if started is None else started,
                        end=end,
                        is_planned=is_planned,
                        is_running=True,
                    )
                )
                continue
            last = found.pop()
            joined = last.is_planned or is_planned
            found.append(Duty(start=last.start, end=max(last.end, end), is_planned=joined, is_running=last.is_running))
        return found


def stops_of(lookup: Lookup, person: Responder, visits: list[Visit], facts: frozenset[str]) -> tuple[Stop, ...]:
    """Return a person's visits and commitments in time order; visits of tasks in ``facts`` have begun already."""
    tasks, waives = lookup.tasks, lookup.waives
    stops = [
        Stop(
            start=visit.start_min,
            end=visit.end_min,
            place=tasks[visit.task].place,
            end_place=tasks[visit.task].end_place or tasks[visit.task].place,
            ppe=tasks[visit.task].ppe_level,
            zone=tasks[visit.task].zone,
            drives=tasks[visit.task].hands[visit.hand].drives,
            is_fact=visit.task in facts,
            task=visit.task,
            waives=waives.get((visit.task, visit.hand), frozenset()),
        )
        for visit in visits
    ]
    stops += [
        Stop(
            start=c.window.start_min,
            end=c.window.end_min,
            place=c.place,
            end_place=c.end_place or c.place,
            ppe=c.ppe_level,
            zone=c.zone,
            drives=c.drives,
            is_fact=True,
        )
        for c in person.commitments
    ]
    return tuple(sorted(stops, key=lambda stop: (stop.start, stop.end, stop.task or "")))


def _overlap(a: int, b: int, c: int, d: int) -> int:
    return max(0, min(b, d) - max(a, c))


def _availability(day: Day) -> Iterator[Violation]:
    legs = list(day.legs())
    for i, leg in enumerate(legs):
        stop = leg.stop
        if stop.is_fact:
            continue
        window = day.window_of(stop)
        leaves = leg.departs if leg.is_fresh else stop.start
        is_last = i + 1 == len(legs) or legs[i + 1].is_fresh
        back = day.back(stop) if is_last else stop.end
        if window is None or leaves < window.start_min or back > window.end_min:
            yield _broken(day, Rule.AVAILABILITY, stop, departs_min=leaves, back_min=back)


def _movement(day: Day) -> Iterator[Violation]:
    previous = {(v.task, v.responder, v.start_min) for v in day.problem.previous}
    for i, leg in enumerate(day.legs()):
        stop = leg.stop
        if i and not leg.is_fresh and not (stop.is_fact and day.stops[i - 1].is_fact):
            before = day.stops[i - 1]
            if stop.start < before.end:
                yield _broken(day, Rule.BUSY, stop, start_min=stop.start, busy_until_min=before.end)
            elif leg.departs < before.end:
                yield _broken(day, Rule.TRAVEL, stop, departs_min=leg.departs, free_from_min=before.end)
        is_old = (stop.task, day.person.id, stop.start) in previous
        if not stop.is_fact and not is_old and leg.departs < day.problem.now_min:
            yield _broken(day, Rule.PAST, stop, departs_min=leg.departs, now_min=day.problem.now_min)


def _shift_length(day: Day) -> Iterator[Violation]:
    for duty in day.duties():
        if duty.is_planned and duty.end - duty.start > day.problem.limits.max_shift_min:
            yield _broken(day, Rule.SHIFT_LENGTH, None, start_min=duty.start, end_min=duty.end)


def _periods(day: Day, rule: Rule, origin: int, length: int, *, before: int, most: int | None) -> Iterator[Violation]:
    duties = day.duties()
    if most is None or not duties:
        return
    for k in range((duties[-1].end - origin) // length + 1):
        start = origin + k * length
        worked = before if k == 0 else 0
        worked += sum(_overlap(max(0, d.start), d.end, start, start + length) for d in duties)
        is_planned = any(d.is_planned and _overlap(d.start, d.end, start, start + length) for d in duties)
        if is_planned and worked > most:
            yield _broken(day, rule, None, period=k, worked_min=worked, most_min=most)


def _day_hours(day: Day) -> Iterator[Violation]:
    problem = day.problem
    most = problem.limits.max_day_min
    yield from _periods(
        day, Rule.DAY_HOURS, problem.first_midnight_min, DAY_MIN, before=day.person.worked_today_min, most=most
    )


def _week_hours(day: Day) -> Iterator[Violation]:
    problem = day.problem
    most = problem.limits.max_week_min
    yield from _periods(
        day, Rule.WEEK_HOURS, problem.week_start_min, WEEK_MIN, before=day.person.worked_week_min, most=most
    )


def _rest(day: Day) -> Iterator[Violation]:
    last, least = day.person.last_duty_end_min, day.problem.limits.min_rest_min
    leg = next(day.legs(), None)
    if leg is None or last is None or not leg.starts_shift or leg.stop.is_fact:
        return
    if leg.departs - last < least:
        yield _broken(day, Rule.REST, leg.stop, rest_min=leg.departs - last, least_min=least)


def _days_in_a_row(day: Day) -> Iterator[Violation]:
    limit, midnight = day.problem.limits.max_days_in_a_row, day.problem.first_midnight_min
    starts = {(d.start - midnight) // DAY_MIN: d.is_planned for d in day.duties() if not d.is_running}
    running_since = day.person.shift_started_min
    is_on_today = day.person.worked_today_min > 0 or (running_since is not None and running_since >= midnight)
    worked = set(starts) | ({0} if is_on_today else set())
    for first in sorted(worked):
        if first - 1 in worked:
            continue
        length = day.person.days_in_a_row if first == 0 else 0
        last = first
        while last in worked:
            length += 1
            if length > limit and starts.get(last, False):
                yield _broken(day, Rule.DAYS_IN_A_ROW, None, on_day=last, days=length, most=limit)
            last += 1


def _night_morning(day: Day) -> Iterator[Violation]:
    limits, midnight = day.problem.limits, day.problem.first_midnight_min
    mornings: set[int] = {midnight} if day.person.worked_night else set()
    for duty in day.duties():
        if duty.is_planned and not duty.is_running:
            for dawn in mornings:
                if dawn <= duty.start < dawn + limits.morning_until_min:
                    yield _broken(day, Rule.NIGHT_MORNING, None, start_min=duty.start, night_ended_on_min=dawn)
        first = (duty.start - midnight) // DAY_MIN - 1
        for k in range(first, (duty.end - midnight) // DAY_MIN + 1):
            dusk = midnight + k * DAY_MIN + limits.night_from_min
            dawn = midnight + (k + 1) * DAY_MIN
            if _overlap(duty.start, duty.end, dusk, dawn + limits.night_until_min) >= limits.night_counts_from_min:
                mornings.add(dawn)


def _ppe_time(day: Day) -> Iterator[Violation]:
    for limit in day.problem.limits.ppe:
        worn_from = -day.person.ppe_worn_min if day.person.ppe_worn_min else None
        is_planned = False
        for leg in day.legs():
            if leg.idle >= limit.break_min:
                worn_from, is_planned = None, False
            if leg.stop.ppe < limit.level:
                continue
            worn_from = leg.stop.start if worn_from is None else worn_from
            is_planned = is_planned or not leg.stop.is_fact
            worn = leg.stop.end - worn_from
            if is_planned and worn > limit.max_min:
                yield _broken(day, Rule.PPE_TIME, leg.stop, worn_min=worn, most_min=limit.max_min)


def _zone_order(day: Day) -> Iterator[Violation]:
    limits = day.problem.limits
    hottest = day.person.hottest_zone
    set_by_plan = False
    for leg in day.legs():
        if limits.exit_protocol_min is not None and leg.idle >= limits.exit_protocol_min:
            hottest, set_by_plan = 0, False
        zone = leg.stop.zone
        if zone < hottest and hottest >= limits.zone_order_from and (set_by_plan or not leg.stop.is_fact):
            yield _broken(day, Rule.ZONE_ORDER, leg.stop, zone=zone, hottest=hottest, idle_min=leg.idle)
        if zone > hottest:
            hottest, set_by_plan = zone, not leg.stop.is_fact


def _driver_hours(day: Day) -> Iterator[Violation]:
    limits, midnight = day.problem.limits, day.problem.first_midnight_min
    run, by_day = day.person.drove_min, {0: day.person.drove_today_min}
    for leg in day.legs():
        stop = leg.stop
        if leg.idle >= limits.drive_break_min:
            run = 0
        if not stop.drives:
            continue
        run += stop.end - stop.start
        if limits.max_drive_min is not None and run > limits.max_drive_min and not stop.is_fact:
            yield _broken(day, Rule.DRIVER_HOURS, stop, drove_min=run, most_min=limits.max_drive_min)
        begun = max(0, stop.start)
        for k in range((begun - midnight) // DAY_MIN, (stop.end - midnight) // DAY_MIN + 1):
            start = midnight + k * DAY_MIN
            by_day[k] = by_day.get(k, 0) + _overlap(begun, stop.end, start, start + DAY_MIN)
    if limits.max_drive_day_min is None or all(s.is_fact for s in day.stops if s.drives):
        return
    for k, drove in by_day.items():
        if drove > limits.max_drive_day_min:
            yield _broken(day, Rule.DRIVER_HOURS, None, on_day=k, drove_min=drove, most_min=limits.max_drive_day_min)


_CHECKS: tuple[tuple[Rule, Callable[[Day], Iterator[Violation]]], ...] = (
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


def person_violations(day: Day) -> Iterator[Violation]:
    """Yield every rule of work, rest, equipment, zones and movement that one person's stops break."""
    if all(stop.is_fact for stop in day.stops):
        return
    for rule, check in _CHECKS:
        yield from check(day.without(rule))


def _broken(day: Day, rule: Rule, stop: Stop | None, **numbers: int) -> Violation:
    return Violation(rule=rule, task=stop.task if stop else None, responder=day.person.id, detail=numbers)
