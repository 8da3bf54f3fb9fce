"""The validator's own computation of every tier, from the problem and the visits alone."""

from collections import defaultdict
from collections.abc import Iterable

from tongxin.engines.planner.codes import Tier
from tongxin.engines.planner.problem import Problem, Responder, Visit
from tongxin.engines.planner.result import Objective
from tongxin.engines.planner.validate_people import Day, Lookup, stops_of


def objective_of(problem: Problem, visits: Iterable[Visit]) -> Objective:
    """Compute the tiers of an answer; tasks with a missing hand count as unserved."""
    by_task: dict[str, list[Visit]] = defaultdict(list)
    by_person: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_task[visit.task].append(visit)
        by_person[visit.responder].append(visit)
    late = {task.id: 0 for task in problem.tasks}
    zones = {task.id: task.zone for task in problem.tasks}
    life = unserved = strangers = 0
    for task in problem.tasks:
        done = by_task[task.id]
        is_served = len(done) == len(task.hands)
        if is_served:
            late[task.id] = max(0, max(v.end_min for v in done) - task.due_min)
            strangers += bool(task.preferred) and not any(v.responder in task.preferred for v in done)
        else:
            unserved += task.priority
        if task.tier is Tier.LIFE_AND_LIMB:
            life += task.priority * (late[task.id] if is_served else problem.horizon_min)
    return Objective(
        life_delay=life,
        unserved_priority=unserved,
        lateness_min=sum(late.values()),
        unfairness=sum(
            (_load(problem, p, by_person[p.id], zones) // problem.weights.fairness_unit_min) ** 2
            for p in problem.responders
        ),
        recently_asked=sum(_asked(problem, p) for p in problem.responders if by_person[p.id]),
        walking_min=_walking(problem, by_person),
        discontinuity=strangers,
        moved=_moved(problem, by_task),
    )


def _load(problem: Problem, person: Responder, visits: list[Visit], zones: dict[str, int]) -> int:
    load = person.load_7d
    for visit in visits:
        percent = problem.weights.hot_percent if zones[visit.task] >= problem.weights.hot_zone else 100
        load += (visit.end_min - visit.start_min) * percent // 100
    return load


def _asked(problem: Problem, person: Responder) -> int:
    if person.last_asked_min is None:
        return 0
    return min(24, max(0, 24 - (problem.now_min - person.last_asked_min) // 60))


def _walking(problem: Problem, by_person: dict[str, list[Visit]]) -> int:
    walks, total = Lookup(problem), 0

    def cost(origin: str, target: str) -> int:
        level, climbs = walks.parts(origin, target)
        return level + problem.weights.stairs_factor * climbs

    for person in problem.responders:
        stops = stops_of(walks, person, by_person[person.id], frozenset())
        legs = list(Day(problem=problem, person=person, stops=stops, walks=walks).legs())
        for i, leg in enumerate(legs):
            total += cost(person.home_place if leg.is_fresh else stops[i - 1].end_place, leg.stop.place)
            if person.end_place and (i + 1 == len(legs) or legs[i + 1].is_fresh):
                total += cost(leg.stop.end_place, person.end_place)
    return total


def _moved(problem: Problem, by_task: dict[str, list[Visit]]) -> int:
    hands = {task.id: len(task.hands) for task in problem.tasks}
    people = {person.id for person in problem.responders}
    first: dict[str, int] = {}
    for old in problem.previous:
        first[old.task] = min(old.start_min, first.get(old.task, old.start_min))
    frozen_until = problem.now_min + problem.limits.freeze_min
    moved = 0
    for old in problem.previous:
        if old.hand >= hands.get(old.task, 0) or old.responder not in people or first[old.task] < frozen_until:
            continue
        moved += not any(
            new.hand == old.hand
            and new.responder == old.responder
            and abs(new.start_min - old.start_min) <= problem.weights.moved_tolerance_min
            for new in by_task[old.task]
        )
    return moved
