"""The engine's problem made from the facts. Ids are uuids as text; nothing here holds a name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tongxin.dispatch.models import Assignment, Task
from tongxin.dispatch.planning.facts import HORIZON, Facts, Spot
from tongxin.dispatch.rules import ARRIVAL_MIN, missing_hands, rest_of_work
from tongxin.engines import planner
from tongxin.workforce import api as workforce

#: A visit that starts within this many minutes is not moved any more.
FREEZE_MIN = 30
#: What has overrun its time is expected to take this much longer.
_OVERRUN_MIN = 5
STATION = "station"
HORIZON_MIN = int(HORIZON.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem and what was left out of it: tasks whose window has no room any more."""

    problem: planner.Problem
    tasks: Mapping[str, Task]
    closed: tuple[Task, ...] = ()
    #: (task, hand) -> the open assignment that stands there now.
    standing: Mapping[tuple[str, int], Assignment] = field(default_factory=dict)
    #: Task -> the hands that the planner's hands 0, 1, … of it are, where only missing ones are planned.
    missing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def hand(self, task: str, index: int) -> int:
        """Return which hand of the task the planner's hand is."""
        return self.missing[task][index] if task in self.missing else index


def labor_limits(limits: workforce.WorkLimits) -> planner.LaborLimits:
    """Return the engine's limits."""
    night_from, night_until = limits.night_from, limits.night_until
    return planner.LaborLimits(
        max_shift_min=limits.shift_min,
        max_day_min=limits.shift_min,
        max_week_min=limits.week_min,
        min_rest_min=limits.rest_min,
        max_days_in_a_row=limits.days_in_a_row,
        night_from_min=night_from.hour * 60 + night_from.minute,
        night_until_min=night_until.hour * 60 + night_until.minute,
        night_counts_from_min=limits.night_counts_min,
        morning_until_min=limits.morning_until.hour * 60 + limits.morning_until.minute,
        ppe=(planner.PpeLimit(level=2, max_min=limits.ppe_min, break_min=limits.ppe_break_min),),
        zone_order_from=workforce.HOT_FROM_RANK,
        # A protocol of days cannot be done within a plan of two days' length; one of none is a change of clothes.
        exit_protocol_min=None if limits.exit_days else limits.ppe_break_min,
        freeze_min=FREEZE_MIN,
    )


def pose(facts: Facts, *, keep_given: bool = True, with_closed: bool = False) -> Posed:
    """Build the problem. With `keep_given` the plan in force is kept where nothing speaks against it.

    `with_closed` poses tasks without room in their window too, for the question what says no to one person.
    """
    places = _Places(facts)
    standing = _standing(facts)
    pins = _pins(facts)
    previous = _previous(facts, keep_given)
    kept = {visit.task for visit in previous}
    tasks, closed = {}, []
    for task in facts.tasks:
        if with_closed or _has_room(facts, task) or str(task.uuid) in kept:
            tasks[str(task.uuid)] = task
        else:
            closed.append(task)
    uuids = frozenset(str(row.uuid) for row in facts.people.values())
    engine_tasks = [_task(facts, task, places, uuids) for task in tasks.values()]
    missing = {str(task.uuid): _missing(facts, task) for task in facts.short_handed}
    engine_tasks += [_rest(facts, task, places, uuids, missing[str(task.uuid)]) for task in facts.short_handed]
    promised = _promised(facts)
    people = tuple(_responder(facts, pk, places, promised.get(pk, [])) for pk in facts.people)
    zone = facts.limits.tz
    problem = planner.Problem(
        horizon_min=HORIZON_MIN,
        places=places.places(),
        travel=planner.Travel.from_coordinates(places.points()),
        tasks=tuple(engine_tasks),
        responders=people,
        limits=labor_limits(facts.limits),
        weights=planner.Weights(hot_zone=workforce.HOT_FROM_RANK, hot_percent=workforce.HOT_PERCENT),
        pins=tuple(pin for pin in pins if pin.task in tasks),
        previous=tuple(visit for visit in previous if visit.task in tasks),
        first_midnight_min=facts.minute(workforce.midnight(facts.start, zone)),
        week_start_min=facts.minute(workforce.week_start(facts.start, zone)),
    )
    started = {str(task.uuid): task for task in facts.short_handed}
    return Posed(problem, tasks | started, tuple(closed), standing, missing)


class _Places:
    """Collects the places that are used, each once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        spots = list(facts.buildings.values())
        x = sum(spot.x for spot in spots) / len(spots) if spots else 0.0
        y = sum(spot.y for spot in spots) / len(spots) if spots else 0.0
        self._spots: dict[str, Spot] = {STATION: Spot(STATION, x, y, None)}
        self._places = {STATION: planner.Place(id=STATION, entrance=STATION)}

    def of(self, entrance_id: int | None, building_id: int | None, floor: int | None, grid_id: int | None) -> str:
        """Return the place id of an entrance and floor, a building, or the station where neither is known."""
        spot = self._facts.entrances.get(entrance_id or 0) or self._facts.buildings.get(building_id or 0)
        if spot is None:
            return STATION if grid_id is None else self._add(f"g{grid_id}", self._spots[STATION], 0, grid_id)
        up = max(0, (floor or 1) - 1)
        return self._add(f"{spot.key}:{up}", spot, up, spot.grid_id if spot.grid_id is not None else grid_id)

    def _add(self, key: str, spot: Spot, up: int, grid_id: int | None) -> str:
        self._spots.setdefault(spot.key, spot)
        area = None if grid_id is None else str(grid_id)
        place = planner.Place(id=key, entrance=spot.key, floors_up=up, has_lift=spot.has_lift, area=area)
        self._places.setdefault(key, place)
        return key

    def of_task(self, task: Task) -> str:
        floor = task.dwelling.floor if task.dwelling is not None else None
        return self.of(task.entrance_id, task.building_id, floor, task.grid_id)

    def places(self) -> tuple[planner.Place, ...]:
        return tuple(self._places.values())

    def points(self) -> dict[str, tuple[float, float]]:
        return {key: (spot.x, spot.y) for key, spot in self._spots.items()}


def _has_room(facts: Facts, task: Task) -> bool:
    first = max(0, facts.minute(task.window_starts_at))
    return min(facts.minute(task.window_ends_at), HORIZON_MIN) - first >= task.duration_min


def _task(facts: Facts, task: Task, places: _Places, people: frozenset[str]) -> planner.Task:
    first = facts.minute(task.window_starts_at)
    until = max(facts.minute(task.window_ends_at), first + task.duration_min)
    return planner.Task(
        id=str(task.uuid),
        place=places.of_task(task),
        duration_min=task.duration_min,
        window=planner.Window(first, until),
        hands=tuple(planner.Hand(skills=skills) for skills in facts.hands.get(task.pk, [frozenset()])),
        deadline_min=facts.minute(task.due_at),
        priority=task.priority,
        tier=planner.Tier.LIFE_AND_LIMB if task.is_life_and_limb else planner.Tier.NORMAL,
        ppe_level=task.ppe_level,
        zone=facts.zone_rank(task),
        preferred=tuple(uuid for uuid in facts.known.get(task.pk, ()) if uuid in people),
        excluded=facts.gave_back.get(task.pk, frozenset()),
    )


def _missing(facts: Facts, task: Task) -> tuple[int, ...]:
    open_hands = [row.hand_index for row in facts.open if row.task_id == task.pk]
    return missing_hands(len(facts.hands.get(task.pk, [frozenset()])), open_hands)


def _rest(facts: Facts, task: Task, places: _Places, people: frozenset[str], missing: Sequence[int]) -> planner.Task:
    """Return what is left of a started task for the hands that dropped out: as soon as somebody can come.

    Those who are at it stay, so they are no candidates for the other hand.
    """
    whole = _task(facts, task, places, people)
    minutes = rest_of_work(task.duration_min, facts.minute(task.started_at or facts.at))
    partners = {row.responder_id for row in facts.open if row.task_id == task.pk}
    stay = {str(facts.people[pk].uuid) for pk in partners if pk in facts.people}
    return replace(
        whole,
        duration_min=minutes,
        window=planner.Window(0, minutes + ARRIVAL_MIN),
        deadline_min=max(whole.deadline_min or 0, minutes),
        hands=tuple(whole.hands[index] for index in missing),
        excluded=whole.excluded | stay,
    )


def _responder(facts: Facts, pk: int, places: _Places, promised: list[Assignment]) -> planner.Responder:
    row, state = facts.people[pk], facts.states[pk]
    spans = facts.availability[pk].spans if pk in facts.availability else ()
    windows = [planner.Window(facts.minute(span.starts_at), facts.minute(span.ends_at)) for span in spans]
    commitments = _commitments(facts, promised, places)
    started = None if state.shift_started_at is None else min(0, facts.minute(state.shift_started_at))
    worked = 0
    if commitments and commitments[0].window.start_min < 0 and started is None:
        # What is being done right now has no record yet; its beginning counts all the same.
        started = commitments[0].window.start_min
        worked = min(-started, -facts.minute(workforce.midnight(facts.start, facts.limits.tz)))
    ended, asked = state.last_duty_end_at, state.last_asked_at
    return planner.Responder(
        id=str(row.uuid),
        home_place=places.of(None, row.home_building_id, None, None),
        availability=tuple(window for window in windows if window.end_min > window.start_min),
        skills=frozenset(row.skills or ()),
        hottest_zone=0 if state.exit_done else state.hottest_zone_rank,
        worked_today_min=state.minutes_today + worked,
        worked_week_min=state.minutes_week + worked,
        days_in_a_row=state.days_in_row,
        last_duty_end_min=None if ended is None else min(0, facts.minute(ended)),
        shift_started_min=started,
        worked_night=state.worked_night,
        ppe_worn_min=state.ppe_minutes_since_break,
        load_7d=state.load_7d,
        last_asked_min=None if asked is None else min(0, facts.minute(asked)),
        commitments=commitments,
    )


def _promised(facts: Facts) -> dict[int, list[Assignment]]:
    """Return by person what is open and not among the tasks of this plan."""
    planned = {task.pk for task in facts.tasks}
    found: dict[int, list[Assignment]] = {}
    for row in facts.open:
        if row.task_id not in planned:
            found.setdefault(row.responder_id, []).append(row)
    return found


def _commitments(facts: Facts, rows: list[Assignment], places: _Places) -> tuple[planner.Commitment, ...]:
    """Return what a person is at, or has promised to another incident; overlapping ones are laid end to end."""
    found: list[planner.Commitment] = []
    for row in sorted(rows, key=lambda r: (r.started_at or r.starts_at, r.pk)):
        start = facts.minute(row.started_at or row.starts_at)
        end = start + row.task.duration_min
        if end <= 0:
            if row.task.state != Task.State.STARTED:
                continue
            end = _OVERRUN_MIN
        start = max(start, found[-1].window.end_min) if found else start
        if end > start:
            found.append(
                planner.Commitment(
                    id=str(row.uuid),
                    place=places.of_task(row.task),
                    window=planner.Window(start, end),
                    ppe_level=row.task.ppe_level,
                    zone=facts.zone_rank(row.task),
                )
            )
    return tuple(found)


def _standing(facts: Facts) -> dict[tuple[str, int], Assignment]:
    uuids = {task.pk: str(task.uuid) for task in facts.tasks}
    return {(uuids[row.task_id], row.hand_index): row for row in facts.open if row.task_id in uuids}


def visit_of(facts: Facts, row: Assignment) -> planner.Visit:
    """Return an assignment as the planner sees it."""
    start = facts.minute(row.starts_at)
    uuid = str(facts.people[row.responder_id].uuid)
    return planner.Visit(str(row.task.uuid), row.hand_index, uuid, start, start + row.task.duration_min)


def _previous(facts: Facts, keep_given: bool) -> list[planner.Visit]:
    """Return the plan in force: without people who are gone and what was given but never begun in its time."""
    planned = {task.pk for task in facts.tasks}
    by_task: dict[int, list[planner.Visit]] = defaultdict(list)
    for row in facts.open:
        if row.task_id not in planned or row.responder_id not in facts.people:
            continue
        visit = visit_of(facts, row)
        is_promised = row.state == Assignment.State.ACCEPTED or row.is_pinned or visit.start_min < FREEZE_MIN
        if visit.end_min > 0 and (keep_given or is_promised):
            by_task[row.task_id].append(visit)
    return [visit for visits in by_task.values() for visit in visits]


def _pins(facts: Facts) -> list[planner.Pin]:
    """Return what people have fixed, as far as it can still be: the person is there and may be asked."""
    skills = {task.pk: facts.hands.get(task.pk, []) for task in facts.tasks}
    pins = []
    for row in facts.open:
        person = facts.people.get(row.responder_id)
        if not row.is_pinned or row.task_id not in skills or person is None:
            continue
        waives = waived(row.waived_rules)
        needed = skills[row.task_id][row.hand_index] if row.hand_index < len(skills[row.task_id]) else frozenset()
        lacks = not needed <= set(person.skills or ()) and planner.Rule.SKILL not in waives
        gave_back = str(person.uuid) in facts.gave_back.get(row.task_id, frozenset())
        if not lacks and (not gave_back or planner.Rule.EXCLUDED in waives):
            pins.append(
                planner.Pin(task=str(row.task.uuid), hand=row.hand_index, responder=str(person.uuid), waives=waives)
            )
    return pins


def waived(codes: Iterable[str]) -> frozenset[planner.Rule]:
    """Return the rules behind stored codes; what cannot be waived is left out."""
    known = {rule.value: rule for rule in planner.WAIVABLE_RULES}
    return frozenset(known[code] for code in codes if code in known)
