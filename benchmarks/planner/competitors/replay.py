"""The plan of another engine as visits that keep every rule: later where that mends it, left out where nothing does.

Every rule of a person's day is looked at by the independent validator, so that nothing of our search is in it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks.planner.competitors.day import Plan
from tongxin.engines.planner import MeasuredFrom, Problem, Responder, Task, Visit
from tongxin.engines.planner.validate_people import Day, Lookup, person_violations, stops_of


@dataclass(slots=True)
class _Diary:
    """What stands already: visits by person and by task, rides by vehicle."""

    problem: Problem
    lookup: Lookup
    people: dict[str, Responder]
    by_person: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    by_task: dict[str, list[Visit]] = field(default_factory=dict)
    rides: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def replay(problem: Problem, plan: Plan) -> tuple[list[Visit], int]:
    """Return the visits that are left of a plan, and how many complete tasks of it the rules did not let stand.

    People and order stay as planned. Each task begins at its planned time or at the first minute after it at which
    everybody keeps every rule, the smallest free vehicle included.
    """
    diary = _Diary(problem, Lookup(problem), {person.id: person for person in problem.responders})
    teams = [(task, _team(task, plan)) for task in problem.tasks]
    complete = sorted(((team[1], task.id, task, team[0]) for task, team in teams if team), key=lambda one: one[:2])
    refused = sum(not _is_placed(diary, task, people, start) for start, _, task, people in complete)
    return [visit for visits in diary.by_task.values() for visit in visits], refused


def _team(task: Task, plan: Plan) -> tuple[list[str], int] | None:
    """Return who does a task and from when on, or None where a hand is missing."""
    told = [plan[task.id, hand] for hand in range(len(task.hands)) if (task.id, hand) in plan]
    people = [who for who, _ in told]
    if len(told) < len(task.hands) or len(set(people)) < len(people):
        return None
    return people, max(start for _, start in told)


def _is_placed(diary: _Diary, task: Task, people: list[str], start: int) -> bool:
    span = _span(diary, task)
    if span is None or not all(_is_suitable(task, hand, diary.people[who]) for hand, who in enumerate(people)):
        return False
    free = max((visit.end_min for who in people for visit in diary.by_person[who]), default=0)
    for at in range(max(start, span[0], free), span[1] + 1):
        visits = _visits(diary, task, people, at)
        if visits is not None:
            diary.by_task[task.id] = visits
            for visit in visits:
                diary.by_person[visit.responder].append(visit)
            if visits[0].vehicle is not None:
                diary.rides[visits[0].vehicle].append((at, max(visit.end_min for visit in visits)))
            return True
    return False


def _span(diary: _Diary, task: Task) -> tuple[int, int] | None:
    """Return the first and the last start that window and earlier tasks leave; None where one of them is not served."""
    longest = max(hand * task.sync.min_lag_min + task.hand_min(hand) for hand in range(len(task.hands)))
    first, last = task.window.start_min, min(task.window.end_min, diary.problem.horizon_min) - longest
    for after in task.after:
        earlier = diary.by_task.get(after.task)
        if earlier is None:
            return None
        is_start = after.measured_from is MeasuredFrom.START
        origin = min(v.start_min for v in earlier) if is_start else max(v.end_min for v in earlier)
        first = max(first, origin + after.min_lag_min)
        last = last if after.max_lag_min is None else min(last, origin + after.max_lag_min)
    return first, last


def _is_suitable(task: Task, hand: int, person: Responder) -> bool:
    has_skills = task.hands[hand].skills <= person.skills and person.id not in task.excluded
    return has_skills and person.lowest_zone <= task.zone <= person.highest_zone


def _visits(diary: _Diary, task: Task, people: list[str], at: int) -> list[Visit] | None:
    """Return the visits of a task that begins at a minute, or None where somebody's day or every vehicle forbids it."""
    starts = [at + hand * task.sync.min_lag_min for hand in range(len(people))]
    ends = [start + task.hand_min(hand) for hand, start in enumerate(starts)]
    vehicle = _vehicle(diary, task.seats, at, max(ends)) if task.seats else None
    if task.seats and vehicle is None:
        return None
    visits = [Visit(task.id, k, who, starts[k], ends[k], vehicle) for k, who in enumerate(people)]
    for visit in visits:
        person = diary.people[visit.responder]
        stops = stops_of(diary.lookup, person, [*diary.by_person[person.id], visit], frozenset())
        day = Day(problem=diary.problem, person=person, stops=stops, walks=diary.lookup)
        if next(iter(person_violations(day)), None) is not None:
            return None
    return visits


def _vehicle(diary: _Diary, seats: int, start: int, end: int) -> str | None:
    """Return the smallest vehicle with the seats that is there and free."""
    for vehicle in sorted(diary.problem.vehicles, key=lambda one: (one.seats, one.id)):
        is_there = any(w.start_min <= start and end <= w.end_min for w in vehicle.availability)
        pause = vehicle.turnaround_min
        is_free = all(end + pause <= a or b + pause <= start for a, b in diary.rides[vehicle.id])
        if vehicle.seats >= seats and is_there and is_free:
            return vehicle.id
    return None
