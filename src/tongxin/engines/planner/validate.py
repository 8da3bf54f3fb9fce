"""Is this answer allowed, and what does it cost? Judged from the problem and the answer alone, apart from the search."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tongxin.engines.planner.codes import MeasuredFrom, Rule
from tongxin.engines.planner.problem import Problem, Responder, Task, Vehicle, Visit
from tongxin.engines.planner.result import Result
from tongxin.engines.planner.validate_objective import objective_of
from tongxin.engines.planner.validate_people import Day, Lookup, Violation, person_violations, stops_of

__all__ = ["Violation", "objective_of", "validate"]


def validate(problem: Problem, answer: Result | Sequence[Visit]) -> list[Violation]:
    """Find every hard rule that an answer breaks.

    Parameters
    ----------
    problem
        The problem as it was given to the solver, with pins and the previous plan.
    answer
        A whole result, or only its visits. For a result the list of unserved tasks and the objective are checked too.

    Returns
    -------
    list of Violation
        Empty when the answer keeps every rule.
    """
    visits = list(answer.visits if isinstance(answer, Result) else answer)
    shape = list(_shape(problem, visits))
    if shape:
        return shape
    found = list(_hard(problem, visits, _started(problem, visits)))
    found += _pins(problem, visits)
    found += _freeze(problem, visits)
    if isinstance(answer, Result):
        found += _accounts(problem, answer)
    return found


def _shape(problem: Problem, visits: list[Visit]) -> Iterator[Violation]:
    tasks = {task.id: task for task in problem.tasks}
    people = {person.id for person in problem.responders}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for visit in visits:
        task = tasks.get(visit.task)
        is_known = task is not None and 0 <= visit.hand < len(task.hands) and visit.responder in people
        if task is None or not is_known or not (visit.vehicle is None or visit.vehicle in vehicles):
            yield Violation(rule=Rule.UNKNOWN_ID, task=visit.task, responder=visit.responder)
        elif visit.end_min - visit.start_min != task.hand_min(visit.hand):
            length = visit.end_min - visit.start_min
            yield Violation(rule=Rule.DURATION, task=task.id, responder=visit.responder, detail={"length_min": length})
    for (task_id, hand), count in Counter((v.task, v.hand) for v in visits).items():
        if count > 1:
            yield Violation(rule=Rule.DUPLICATE, task=task_id, detail={"hand": hand, "count": count})


def _hard(problem: Problem, visits: list[Visit], facts: frozenset[str]) -> Iterator[Violation]:
    by_task: dict[str, list[Visit]] = defaultdict(list)
    by_person: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_task[visit.task].append(visit)
        by_person[visit.responder].append(visit)
    people = {person.id: person for person in problem.responders}
    waived = {(pin.task, pin.hand): pin.waives for pin in problem.pins}
    for task in problem.tasks:
        done = sorted(by_task[task.id], key=lambda v: v.hand)
        if not done:
            continue
        if task.id not in facts:
            for visit in done:
                waives = waived.get((task.id, visit.hand), frozenset())
                yield from (v for v in _hand(problem, task, visit, people[visit.responder]) if v.rule not in waives)
            yield from _team(task, done)
        yield from _precedence(task, by_task, facts)
    yield from _vehicles(problem, by_task, facts)
    lookup = Lookup(problem)
    for person in problem.responders:
        stops = stops_of(lookup, person, by_person[person.id], facts)
        yield from person_violations(Day(problem=problem, person=person, stops=stops, walks=lookup))


def _hand(problem: Problem, task: Task, visit: Visit, person: Responder) -> Iterator[Violation]:
    def broken(rule: Rule, **numbers: int) -> Violation:
        return Violation(rule=rule, task=task.id, responder=person.id, detail=numbers)

    missing = task.hands[visit.hand].skills - person.skills
    if missing:
        yield broken(Rule.SKILL, missing=len(missing))
    if person.id in task.excluded:
        yield broken(Rule.EXCLUDED)
    if not person.lowest_zone <= task.zone <= person.highest_zone:
        yield broken(Rule.ZONE_COHORT, zone=task.zone)
    last = min(task.window.end_min, problem.horizon_min)
    if visit.start_min < task.window.start_min or visit.end_min > last:
        yield broken(Rule.WINDOW, start_min=visit.start_min, end_min=visit.end_min)


def _team(task: Task, done: list[Visit]) -> Iterator[Violation]:
    if len(done) != len(task.hands):
        yield Violation(rule=Rule.INCOMPLETE_TASK, task=task.id, detail={"hands": len(done)})
        return
    if len({visit.responder for visit in done}) != len(done):
        yield Violation(rule=Rule.DISTINCT_HANDS, task=task.id)
    for i in range(1, len(done)):
        lag = done[i].start_min - done[i - 1].start_min
        if not task.sync.min_lag_min <= lag <= task.sync.max_lag_min:
            yield Violation(rule=Rule.SYNC, task=task.id, detail={"hand": i, "lag_min": lag})


def _precedence(task: Task, by_task: dict[str, list[Visit]], facts: frozenset[str]) -> Iterator[Violation]:
    if task.id in facts:
        return
    first = min(visit.start_min for visit in by_task[task.id])
    for after in task.after:
        earlier = by_task.get(after.task, [])
        if not earlier:
            yield Violation(rule=Rule.PRECEDENCE, task=task.id, detail={"served": 0})
            continue
        is_start = after.measured_from is MeasuredFrom.START
        origin = min(v.start_min for v in earlier) if is_start else max(v.end_min for v in earlier)
        lag = first - origin
        if lag < after.min_lag_min or (after.max_lag_min is not None and lag > after.max_lag_min):
            yield Violation(rule=Rule.PRECEDENCE, task=task.id, detail={"lag_min": lag})


def _vehicles(problem: Problem, by_task: dict[str, list[Visit]], facts: frozenset[str]) -> Iterator[Violation]:
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    seats_waived = {pin.task for pin in problem.pins if Rule.SEATS in pin.waives}
    rides: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for task in problem.tasks:
        done = by_task[task.id]
        used = {visit.vehicle for visit in done}
        if (
            done
            and task.seats
            and task.id not in facts
            and task.id not in seats_waived
            and (len(used) != 1 or not _seats_enough(vehicles, next(iter(used)), task, done))
        ):
            yield Violation(rule=Rule.SEATS, task=task.id, detail={"seats": task.seats})
        for vehicle_id in used - {None}:
            if vehicle_id is not None:
                span = (min(v.start_min for v in done), max(v.end_min for v in done), task.id)
                rides[vehicle_id].append(span)
    for vehicle_id, spans in rides.items():
        spans.sort()
        turnaround = vehicles[vehicle_id].turnaround_min
        for before, after in pairwise(spans):
            if after[0] < before[1] + turnaround and not (before[2] in facts and after[2] in facts):
                yield Violation(rule=Rule.VEHICLE_BUSY, task=after[2], detail={"free_from_min": before[1]})


def _seats_enough(vehicles: dict[str, Vehicle], vehicle_id: str | None, task: Task, done: list[Visit]) -> bool:
    if vehicle_id is None:
        return False
    vehicle = vehicles[vehicle_id]
    start, end = min(v.start_min for v in done), max(v.end_min for v in done)
    is_there = any(w.start_min <= start and end <= w.end_min for w in vehicle.availability)
    return vehicle.seats >= task.seats and is_there


def _pins(problem: Problem, visits: list[Visit]) -> Iterator[Violation]:
    placed = {(visit.task, visit.hand): visit for visit in visits}
    for pin in problem.pins:
        visit = placed.get((pin.task, pin.hand))
        if visit is None:
            continue
        if pin.responder not in (None, visit.responder) or pin.start_min not in (None, visit.start_min):
            yield Violation(rule=Rule.PIN, task=pin.task, responder=visit.responder, detail={"hand": pin.hand})


def _frozen_candidates(problem: Problem) -> dict[str, list[Visit]]:
    """Return previous visits by task, for tasks that start before the freeze horizon and still look the same."""
    tasks = {task.id: task for task in problem.tasks}
    by_task: dict[str, list[Visit]] = defaultdict(list)
    for visit in problem.previous:
        by_task[visit.task].append(visit)
    frozen_until = problem.now_min + problem.limits.freeze_min
    return {
        task_id: old
        for task_id, old in by_task.items()
        if task_id in tasks
        and len(old) == len(tasks[task_id].hands)
        and min(v.start_min for v in old) < frozen_until
        and not list(_shape(problem, old))
        and not list(_pins(problem, old))
        and _is_staffed(problem, tasks[task_id], old)
    }


def _is_staffed(problem: Problem, task: Task, old: list[Visit]) -> bool:
    people = {person.id: person for person in problem.responders}
    waived = {(pin.task, pin.hand): pin.waives for pin in problem.pins}
    for visit in old:
        person, waives = people[visit.responder], waived.get((task.id, visit.hand), frozenset())
        is_there = any(w.start_min <= visit.start_min and visit.end_min <= w.end_min for w in person.availability)
        if not is_there and Rule.AVAILABILITY not in waives:
            return False
        if any(v.rule not in waives for v in _hand(problem, task, visit, person)):
            return False
    return True


def _started(problem: Problem, visits: list[Visit]) -> frozenset[str]:
    """Return the tasks that had begun before now and are kept as they were."""
    kept = {(v.task, v.hand, v.responder, v.start_min) for v in visits}
    return frozenset(
        task_id
        for task_id, old in _frozen_candidates(problem).items()
        if min(v.start_min for v in old) < problem.now_min
        and all((v.task, v.hand, v.responder, v.start_min) in kept for v in old)
    )


def _freeze(problem: Problem, visits: list[Visit]) -> Iterator[Violation]:
    frozen = _frozen_candidates(problem)
    begun = frozenset(t for t, old in frozen.items() if min(v.start_min for v in old) < problem.now_min)
    alone = [visit for old in frozen.values() for visit in old]
    for broken in _hard(problem, alone, begun):
        for task_id, old in list(frozen.items()):
            if task_id not in begun and (
                broken.task == task_id or any(broken.responder == visit.responder for visit in old)
            ):
                del frozen[task_id]
    kept = {(v.task, v.hand, v.responder, v.start_min) for v in visits}
    for old in frozen.values():
        for visit in old:
            if (visit.task, visit.hand, visit.responder, visit.start_min) not in kept:
                yield Violation(rule=Rule.FREEZE, task=visit.task, responder=visit.responder)


def _accounts(problem: Problem, answer: Result) -> Iterator[Violation]:
    served = {visit.task for visit in answer.visits}
    listed = Counter(unserved.task for unserved in answer.unserved)
    for task in problem.tasks:
        if (task.id in served) == (task.id in listed) or listed[task.id] > 1:
            yield Violation(rule=Rule.UNACCOUNTED, task=task.id, detail={"times_listed": listed[task.id]})
    for task_id in listed.keys() - {task.id for task in problem.tasks}:
        yield Violation(rule=Rule.UNKNOWN_ID, task=task_id)
    true = objective_of(problem, answer.visits).as_tuple()
    for tier, (said, counted) in enumerate(zip(answer.objective.as_tuple(), true, strict=True)):
        if said != counted:
            yield Violation(rule=Rule.OBJECTIVE, detail={"tier": tier, "said": said, "counted": counted})
