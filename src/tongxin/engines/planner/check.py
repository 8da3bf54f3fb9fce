"""Does a problem make sense at all? Contradictions are named before anything is computed."""

from collections.abc import Iterable, Iterator

import numpy as np

from tongxin.engines.planner.codes import WAIVABLE_RULES, Rule
from tongxin.engines.planner.problem import Problem, Responder, Task, Window


class ProblemError(ValueError):
    """A problem contradicts itself. ``field`` names where (``tasks[t7].after``), ``reason`` says what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason

    def __reduce__(self) -> tuple[type["ProblemError"], tuple[str, str]]:
        """Return how to make it again in another process."""
        return type(self), (self.field, self.reason)


def check_problem(problem: Problem) -> None:
    """Look for unknown ids, impossible numbers, circular precedence and pins that contradict a rule.

    Raises
    ------
    ProblemError
        Naming the first field that is wrong, in the order problem, places, people, vehicles, tasks, pins.
    """
    for field, reason in _faults(problem):
        raise ProblemError(field, reason)


def _faults(problem: Problem) -> Iterator[tuple[str, str]]:
    yield from _frame(problem)
    yield from _limits(problem)
    yield from _places(problem)
    places = {place.id for place in problem.places}
    for person in problem.responders:
        yield from _person(person, places)
    for vehicle in problem.vehicles:
        if vehicle.seats < 0 or vehicle.turnaround_min < 0:
            yield f"vehicles[{vehicle.id}]", "seats and turnaround must not be negative"
        yield from _windows(f"vehicles[{vehicle.id}].availability", vehicle.availability)
    people = {person.id for person in problem.responders}
    tasks = {task.id for task in problem.tasks}
    for task in problem.tasks:
        yield from _task(problem, task, places, people, tasks)
    yield from _cycles(problem)
    yield from _pins(problem)


def _frame(problem: Problem) -> Iterator[tuple[str, str]]:
    if problem.horizon_min <= 0:
        yield "horizon_min", "must be positive"
    if not -1440 < problem.first_midnight_min <= 0:
        yield "first_midnight_min", "must be within the day before minute 0"
    if not -10080 < problem.week_start_min <= 0:
        yield "week_start_min", "must be within the week before minute 0"
    if problem.weights.fairness_unit_min <= 0:
        yield "weights.fairness_unit_min", "must be positive"
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
            yield f"{field}[{twice}]", "appears twice"


def _limits(problem: Problem) -> Iterator[tuple[str, str]]:
    limits = problem.limits
    for name in ("max_shift_min", "max_day_min", "min_rest_min", "max_days_in_a_row", "freeze_min", "drive_break_min"):
        if getattr(limits, name) < 0:
            yield f"limits.{name}", "must not be negative"
    if not 0 <= limits.night_until_min <= 1440 or not 0 <= limits.night_from_min <= 1440:
        yield "limits.night_from_min", "night must begin and end within a day"
    if limits.min_rest_min < 1:
        yield "limits.min_rest_min", "must be at least one minute"
    for ppe in limits.ppe:
        if ppe.max_min <= 0 or ppe.break_min <= 0:
            yield f"limits.ppe[{ppe.level}]", "longest wear and break must be positive"


def _places(problem: Problem) -> Iterator[tuple[str, str]]:
    travel, size = problem.travel, len(problem.travel.entrances)
    if travel.walk_min.shape != (size, size):
        yield "travel.walk_min", f"must have the shape ({size}, {size})"
    elif size and (int(travel.walk_min.min()) < 0 or bool(np.diagonal(travel.walk_min).any())):
        yield "travel.walk_min", "must not be negative and must be zero on the diagonal"
    known = set(travel.entrances)
    for place in problem.places:
        if place.entrance not in known:
            yield f"places[{place.id}].entrance", "is not an entrance of the travel graph"


def _person(person: Responder, places: set[str]) -> Iterator[tuple[str, str]]:
    field = f"responders[{person.id}]"
    if person.home_place not in places:
        yield f"{field}.home_place", "is not a known place"
    if person.end_place is not None and person.end_place not in places:
        yield f"{field}.end_place", "is not a known place"
    yield from _windows(f"{field}.availability", person.availability)
    for name in ("worked_today_min", "worked_week_min", "days_in_a_row", "ppe_worn_min", "drove_min", "load_7d"):
        if getattr(person, name) < 0:
            yield f"{field}.{name}", "must not be negative"
    for name in ("last_duty_end_min", "shift_started_min"):
        minute = getattr(person, name)
        if minute is not None and minute > 0:
            yield f"{field}.{name}", "must lie at or before minute 0"
    if person.lowest_zone > person.highest_zone:
        yield f"{field}.lowest_zone", "is above the highest zone"
    for commitment in person.commitments:
        if not {commitment.place, commitment.end_place or commitment.place} <= places:
            yield f"{field}.commitments[{commitment.id}].place", "is not a known place"
    spans = sorted((c.window for c in person.commitments), key=lambda w: w.start_min)
    yield from _windows(f"{field}.commitments", spans)


def _windows(field: str, windows: Iterable[Window]) -> Iterator[tuple[str, str]]:
    last: int | None = None
    for window in windows:
        if window.end_min <= window.start_min:
            yield field, f"a window ends at {window.end_min}, not after its start {window.start_min}"
        elif last is not None and window.start_min < last:
            yield field, f"windows must be in time order and not overlap (at {window.start_min})"
        last = window.end_min


def _task(
    problem: Problem, task: Task, places: set[str], people: set[str], tasks: set[str]
) -> Iterator[tuple[str, str]]:
    field = f"tasks[{task.id}]"
    if not {task.place, task.end_place or task.place} <= places:
        yield f"{field}.place", "is not a known place"
    if not task.hands:
        yield f"{field}.hands", "a task needs at least one hand"
    if task.priority < 1:
        yield f"{field}.priority", "must be 1 or more"
    if min((task.hand_min(hand) for hand in range(len(task.hands))), default=1) < 1:
        yield f"{field}.duration_min", "must be 1 or more"
    if task.seats < 0 or task.ppe_level < 0 or task.zone < 0:
        yield f"{field}", "seats, protective-equipment level and zone must not be negative"
    if not 0 <= task.sync.min_lag_min <= task.sync.max_lag_min:
        yield f"{field}.sync", "the smallest lag must be between 0 and the largest lag"
    room = min(task.window.end_min, problem.horizon_min) - task.window.start_min
    longest = max((hand * task.sync.min_lag_min + task.hand_min(hand) for hand in range(len(task.hands))), default=0)
    if longest > room:
        yield f"{field}.window", f"{longest} minutes of work do not fit into {room} minutes"
    if not set(task.preferred) <= people:
        yield f"{field}.preferred", "names an unknown person"
    for after in task.after:
        if after.task not in tasks or after.task == task.id:
            yield f"{field}.after", "names an unknown task or itself"
        if after.max_lag_min is not None and after.max_lag_min < after.min_lag_min:
            yield f"{field}.after", "the largest lag is below the smallest"


def _cycles(problem: Problem) -> Iterator[tuple[str, str]]:
    waiting = {task.id: {after.task for after in task.after} for task in problem.tasks if task.after}
    while waiting:
        free = [task_id for task_id, needs in waiting.items() if not needs & waiting.keys()]
        if not free:
            yield f"tasks[{min(waiting)}].after", "waits for itself in a circle"
            return
        for task_id in free:
            del waiting[task_id]


def _pins(problem: Problem) -> Iterator[tuple[str, str]]:
    tasks = {task.id: task for task in problem.tasks}
    people = {person.id: person for person in problem.responders}
    for pin in problem.pins:
        field, task = f"pins[{pin.task}/{pin.hand}]", tasks.get(pin.task)
        if task is None or not 0 <= pin.hand < len(task.hands):
            yield field, "names an unknown task or hand"
            continue
        if not pin.waives <= WAIVABLE_RULES:
            yield f"{field}.waives", f"{min(pin.waives - WAIVABLE_RULES)} cannot be waived"
        if pin.responder is None:
            continue
        person = people.get(pin.responder)
        if person is None:
            yield f"{field}.responder", "is not a known person"
        elif not task.hands[pin.hand].skills <= person.skills and Rule.SKILL not in pin.waives:
            yield f"{field}.responder", "lacks a skill that the pin does not waive"
        elif person.id in task.excluded and Rule.EXCLUDED not in pin.waives:
            yield f"{field}.responder", "is excluded from the task and the pin does not waive it"


def _first_repeated(ids: list[str]) -> str | None:
    seen: set[str] = set()
    for item in ids:
        if item in seen:
            return item
        seen.add(item)
    return None
