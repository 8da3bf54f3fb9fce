"""Does a problem make sense at all? Contradictions are named before anything is computed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

import numpy as np

from tongxin.engines.planner.codes import WAIVABLE_RULES, Rule
from tongxin.engines.planner.problem import Problem, Responder, Task, Window


class Contradiction(StrEnum):
    """How a problem contradicts itself."""

    NO_HANDS = "NO_HANDS"
    WINDOW_BACKWARDS = "WINDOW_BACKWARDS"
    TWICE = "TWICE"
    ZONES_BACKWARDS = "ZONES_BACKWARDS"
    EXCLUDED = "EXCLUDED"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"
    UNKNOWN_PLACE = "UNKNOWN_PLACE"
    UNKNOWN_ENTRANCE = "UNKNOWN_ENTRANCE"
    LACKS_SKILL = "LACKS_SKILL"
    WEAR_NOT_POSITIVE = "WEAR_NOT_POSITIVE"
    TOO_LOW = "TOO_LOW"
    REST_TOO_SHORT = "REST_TOO_SHORT"
    NOT_POSITIVE = "NOT_POSITIVE"
    NOT_IN_DAY_BEFORE = "NOT_IN_DAY_BEFORE"
    NOT_IN_WEEK_BEFORE = "NOT_IN_WEEK_BEFORE"
    SHAPE = "SHAPE"
    AFTER_START = "AFTER_START"
    NEGATIVE = "NEGATIVE"
    WALK = "WALK"
    NAMES_UNKNOWN_PERSON = "NAMES_UNKNOWN_PERSON"
    NAMES_UNKNOWN_PLACE = "NAMES_UNKNOWN_PLACE"
    NAMES_UNKNOWN_TASK = "NAMES_UNKNOWN_TASK"
    UNKNOWN_HAND = "UNKNOWN_HAND"
    UNKNOWN_OR_ITSELF = "UNKNOWN_OR_ITSELF"
    NIGHT = "NIGHT"
    NEGATIVE_VEHICLE = "NEGATIVE_VEHICLE"
    NEGATIVE_TASK = "NEGATIVE_TASK"
    LAGS_BACKWARDS = "LAGS_BACKWARDS"
    SYNC_LAGS = "SYNC_LAGS"
    CIRCLE = "CIRCLE"
    WINDOWS_OVERLAP = "WINDOWS_OVERLAP"
    NOT_WAIVABLE = "NOT_WAIVABLE"
    TOO_LONG = "TOO_LONG"


#: What each says in English, with the names of what ``ProblemError.detail`` holds.
CONTRADICTIONS: Mapping[Contradiction, str] = {
    Contradiction.NO_HANDS: "a task needs at least one hand",
    Contradiction.WINDOW_BACKWARDS: "a window ends at %(end)s, not after its start %(start)s",
    Contradiction.TWICE: "appears twice",
    Contradiction.ZONES_BACKWARDS: "is above the highest zone",
    Contradiction.EXCLUDED: "is excluded from the task and the pin does not waive it",
    Contradiction.UNKNOWN_PERSON: "is not a known person",
    Contradiction.UNKNOWN_PLACE: "is not a known place",
    Contradiction.UNKNOWN_ENTRANCE: "is not an entrance of the travel graph",
    Contradiction.LACKS_SKILL: "lacks a skill that the pin does not waive",
    Contradiction.WEAR_NOT_POSITIVE: "longest wear and break must be positive",
    Contradiction.TOO_LOW: "must be %(low)s or more",
    Contradiction.REST_TOO_SHORT: "must be at least one minute",
    Contradiction.NOT_POSITIVE: "must be positive",
    Contradiction.NOT_IN_DAY_BEFORE: "must be within the day before minute 0",
    Contradiction.NOT_IN_WEEK_BEFORE: "must be within the week before minute 0",
    Contradiction.SHAPE: "must have the shape (%(size)s, %(size)s)",
    Contradiction.AFTER_START: "must lie at or before minute 0",
    Contradiction.NEGATIVE: "must not be negative",
    Contradiction.WALK: "must not be negative and must be zero on the diagonal",
    Contradiction.NAMES_UNKNOWN_PERSON: "names an unknown person",
    Contradiction.NAMES_UNKNOWN_PLACE: "names an unknown place",
    Contradiction.NAMES_UNKNOWN_TASK: "names an unknown task",
    Contradiction.UNKNOWN_HAND: "names an unknown task or hand",
    Contradiction.UNKNOWN_OR_ITSELF: "names an unknown task or itself",
    Contradiction.NIGHT: "night must begin and end within a day",
    Contradiction.NEGATIVE_VEHICLE: "seats and turnaround must not be negative",
    Contradiction.NEGATIVE_TASK: "seats, protective-equipment level and zone must not be negative",
    Contradiction.LAGS_BACKWARDS: "the largest lag is below the smallest",
    Contradiction.SYNC_LAGS: "the smallest lag must be between 0 and the largest lag",
    Contradiction.CIRCLE: "waits for itself in a circle",
    Contradiction.WINDOWS_OVERLAP: "windows must be in time order and not overlap (at %(start)s)",
    Contradiction.NOT_WAIVABLE: "%(rule)s cannot be waived",
    Contradiction.TOO_LONG: "%(longest)s minutes of work do not fit into %(room)s minutes",
}


class ProblemError(ValueError):
    """A problem contradicts itself.

    Attributes
    ----------
    field
        Where, with the id: ``tasks[t7].after``.
    fault, detail
        What is wrong, as a code, and the ids and numbers that belong into its sentence.
    """

    def __init__(self, field: str, fault: Contradiction, **detail: object) -> None:
        super().__init__(f"{field}: {CONTRADICTIONS[fault] % detail}")
        self.field = field
        self.fault = fault
        self.detail = detail

    @property
    def reason(self) -> str:
        """Return what is wrong as an English sentence."""
        return CONTRADICTIONS[self.fault] % self.detail

    def __reduce__(self) -> tuple[Callable[..., "ProblemError"], tuple[object, ...]]:
        """Return how to make it again in another process."""
        return _problem_error, (self.field, self.fault, self.detail)


def _problem_error(field: str, fault: Contradiction, detail: Mapping[str, object]) -> ProblemError:
    return ProblemError(field, fault, **detail)


def check_problem(problem: Problem) -> None:
    """Look for unknown ids, impossible numbers, circular precedence and pins that contradict a rule.

    Raises
    ------
    ProblemError
        Naming the first field that is wrong, in the order problem, places, people, vehicles, tasks, pins.
    """
    for error in _faults(problem):
        raise error


def _faults(problem: Problem) -> Iterator[ProblemError]:
    yield from _frame(problem)
    yield from _limits(problem)
    yield from _places(problem)
    places = {place.id for place in problem.places}
    for person in problem.responders:
        yield from _person(person, places)
    for vehicle in problem.vehicles:
        if vehicle.seats < 0 or vehicle.turnaround_min < 0:
            yield ProblemError(f"vehicles[{vehicle.id}]", Contradiction.NEGATIVE_VEHICLE)
        yield from _windows(f"vehicles[{vehicle.id}].availability", vehicle.availability)
    people = {person.id for person in problem.responders}
    tasks = {task.id for task in problem.tasks}
    for task in problem.tasks:
        yield from _task(problem, task, places, people, tasks)
    yield from _cycles(problem)
    yield from _pins(problem)


def _frame(problem: Problem) -> Iterator[ProblemError]:
    if problem.horizon_min <= 0:
        yield ProblemError("horizon_min", Contradiction.NOT_POSITIVE)
    if not -1440 < problem.first_midnight_min <= 0:
        yield ProblemError("first_midnight_min", Contradiction.NOT_IN_DAY_BEFORE)
    if not -10080 < problem.week_start_min <= 0:
        yield ProblemError("week_start_min", Contradiction.NOT_IN_WEEK_BEFORE)
    if problem.weights.fairness_unit_min <= 0:
        yield ProblemError("weights.fairness_unit_min", Contradiction.NOT_POSITIVE)
    for field, ids in (
        ("places", [place.id for place in problem.places]),
        ("responders", [person.id for person in problem.responders]),
        ("vehicles", [vehicle.id for vehicle in problem.vehicles]),
        ("tasks", [task.id for task in problem.tasks]),
        ("pins", [f"{pin.task}/{pin.hand}" for pin in problem.pins]),
        ("previous", [f"{visit.task}/{visit.hand}" for visit in problem.previous]),
    ):
        twice = _first_repeated(ids)
        if twice is not None:
            yield ProblemError(f"{field}[{twice}]", Contradiction.TWICE)


def _limits(problem: Problem) -> Iterator[ProblemError]:
    limits = problem.limits
    for name in ("max_shift_min", "max_day_min", "min_rest_min", "max_days_in_a_row", "freeze_min", "drive_break_min"):
        if getattr(limits, name) < 0:
            yield ProblemError(f"limits.{name}", Contradiction.NEGATIVE)
    if not 0 <= limits.night_until_min <= 1440 or not 0 <= limits.night_from_min <= 1440:
        yield ProblemError("limits.night_from_min", Contradiction.NIGHT)
    if limits.min_rest_min < 1:
        yield ProblemError("limits.min_rest_min", Contradiction.REST_TOO_SHORT)
    for ppe in limits.ppe:
        if ppe.max_min <= 0 or ppe.break_min <= 0:
            yield ProblemError(f"limits.ppe[{ppe.level}]", Contradiction.WEAR_NOT_POSITIVE)


def _places(problem: Problem) -> Iterator[ProblemError]:
    travel, size = problem.travel, len(problem.travel.entrances)
    if travel.walk_min.shape != (size, size):
        yield ProblemError("travel.walk_min", Contradiction.SHAPE, size=size)
    elif size and (int(travel.walk_min.min()) < 0 or bool(np.diagonal(travel.walk_min).any())):
        yield ProblemError("travel.walk_min", Contradiction.WALK)
    known = set(travel.entrances)
    for place in problem.places:
        if place.entrance not in known:
            yield ProblemError(f"places[{place.id}].entrance", Contradiction.UNKNOWN_ENTRANCE)


def _person(person: Responder, places: set[str]) -> Iterator[ProblemError]:
    field = f"responders[{person.id}]"
    if person.home_place not in places:
        yield ProblemError(f"{field}.home_place", Contradiction.UNKNOWN_PLACE)
    if person.end_place is not None and person.end_place not in places:
        yield ProblemError(f"{field}.end_place", Contradiction.UNKNOWN_PLACE)
    yield from _windows(f"{field}.availability", person.availability)
    for name in ("worked_today_min", "worked_week_min", "days_in_a_row", "ppe_worn_min", "drove_min", "load_7d"):
        if getattr(person, name) < 0:
            yield ProblemError(f"{field}.{name}", Contradiction.NEGATIVE)
    for name in ("last_duty_end_min", "shift_started_min"):
        minute = getattr(person, name)
        if minute is not None and minute > 0:
            yield ProblemError(f"{field}.{name}", Contradiction.AFTER_START)
    if person.lowest_zone > person.highest_zone:
        yield ProblemError(f"{field}.lowest_zone", Contradiction.ZONES_BACKWARDS)
    for commitment in person.commitments:
        if not {commitment.place, commitment.end_place or commitment.place} <= places:
            yield ProblemError(f"{field}.commitments[{commitment.id}].place", Contradiction.UNKNOWN_PLACE)
    spans = sorted((c.window for c in person.commitments), key=lambda w: w.start_min)
    yield from _windows(f"{field}.commitments", spans)


def _windows(field: str, windows: Iterable[Window]) -> Iterator[ProblemError]:
    last: int | None = None
    for window in windows:
        if window.end_min <= window.start_min:
            yield ProblemError(field, Contradiction.WINDOW_BACKWARDS, start=window.start_min, end=window.end_min)
        elif last is not None and window.start_min < last:
            yield ProblemError(field, Contradiction.WINDOWS_OVERLAP, start=window.start_min)
        last = window.end_min


def _task(problem: Problem, task: Task, places: set[str], people: set[str], tasks: set[str]) -> Iterator[ProblemError]:
    field = f"tasks[{task.id}]"
    if not {task.place, task.end_place or task.place} <= places:
        yield ProblemError(f"{field}.place", Contradiction.UNKNOWN_PLACE)
    if not task.hands:
        yield ProblemError(f"{field}.hands", Contradiction.NO_HANDS)
    if task.priority < 1:
        yield ProblemError(f"{field}.priority", Contradiction.TOO_LOW, low=1)
    if min((task.hand_min(hand) for hand in range(len(task.hands))), default=1) < 1:
        yield ProblemError(f"{field}.duration_min", Contradiction.TOO_LOW, low=1)
    if task.seats < 0 or task.ppe_level < 0 or task.zone < 0:
        yield ProblemError(f"{field}", Contradiction.NEGATIVE_TASK)
    if not 0 <= task.sync.min_lag_min <= task.sync.max_lag_min:
        yield ProblemError(f"{field}.sync", Contradiction.SYNC_LAGS)
    room = min(task.window.end_min, problem.horizon_min) - task.window.start_min
    longest = max((hand * task.sync.min_lag_min + task.hand_min(hand) for hand in range(len(task.hands))), default=0)
    if longest > room:
        yield ProblemError(f"{field}.window", Contradiction.TOO_LONG, longest=longest, room=room)
    if not set(task.preferred) <= people:
        yield ProblemError(f"{field}.preferred", Contradiction.NAMES_UNKNOWN_PERSON)
    for after in task.after:
        if after.task not in tasks or after.task == task.id:
            yield ProblemError(f"{field}.after", Contradiction.UNKNOWN_OR_ITSELF)
        if after.max_lag_min is not None and after.max_lag_min < after.min_lag_min:
            yield ProblemError(f"{field}.after", Contradiction.LAGS_BACKWARDS)


def _cycles(problem: Problem) -> Iterator[ProblemError]:
    waiting = {task.id: {after.task for after in task.after} for task in problem.tasks if task.after}
    while waiting:
        free = [task_id for task_id, needs in waiting.items() if not needs & waiting.keys()]
        if not free:
            yield ProblemError(f"tasks[{min(waiting)}].after", Contradiction.CIRCLE)
            return
        for task_id in free:
            del waiting[task_id]


def _pins(problem: Problem) -> Iterator[ProblemError]:
    tasks = {task.id: task for task in problem.tasks}
    people = {person.id: person for person in problem.responders}
    for pin in problem.pins:
        field, task = f"pins[{pin.task}/{pin.hand}]", tasks.get(pin.task)
        if task is None or not 0 <= pin.hand < len(task.hands):
            yield ProblemError(field, Contradiction.UNKNOWN_HAND)
            continue
        if not pin.waives <= WAIVABLE_RULES:
            yield ProblemError(
                f"{field}.waives", Contradiction.NOT_WAIVABLE, rule=str(min(pin.waives - WAIVABLE_RULES))
            )
        if pin.responder is None:
            continue
        person = people.get(pin.responder)
        if person is None:
            yield ProblemError(f"{field}.responder", Contradiction.UNKNOWN_PERSON)
        elif not task.hands[pin.hand].skills <= person.skills and Rule.SKILL not in pin.waives:
            yield ProblemError(f"{field}.responder", Contradiction.LACKS_SKILL)
        elif person.id in task.excluded and Rule.EXCLUDED not in pin.waives:
            yield ProblemError(f"{field}.responder", Contradiction.EXCLUDED)


def _first_repeated(ids: list[str]) -> str | None:
    seen: set[str] = set()
    for item in ids:
        if item in seen:
            return item
        seen.add(item)
    return None
