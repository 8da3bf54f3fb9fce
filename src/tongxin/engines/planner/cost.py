"""The search's own account of the tiers, from its state. The validator computes them again in its own way."""

from tongxin.engines.planner.codes import Tier
from tongxin.engines.planner.compact import Compact, Person
from tongxin.engines.planner.result import Objective
from tongxin.engines.planner.route import legs_of
from tongxin.engines.planner.state import Move, State


def cost_of(state: State) -> Objective:
    """Compute all tiers of the plan so far."""
    state.know_legs()
    compact = state.compact
    weights = compact.problem.weights
    life = unserved = lateness = strangers = 0
    for index, task in enumerate(compact.tasks):
        moves = state.placed.get(index)
        late = 0 if moves is None else max(0, max([m.stop.end for m in moves]) - task.due_min)
        lateness += late
        unserved += task.priority if moves is None else 0
        if task.tier is Tier.LIFE_AND_LIMB:
            life += task.priority * (compact.problem.horizon_min if moves is None else late)
        if moves is not None and task.preferred:
            strangers += all(compact.people[m.person].responder.id not in task.preferred for m in moves)
    return Objective(
        life_delay=life,
        unserved_priority=unserved,
        lateness_min=lateness,
        unfairness=sum((person.load // weights.fairness_unit_min) ** 2 for person in compact.people),
        recently_asked=sum(_recency(compact, person) for person in compact.people),
        walking_min=sum(walking_of(compact, person, weights.stairs_factor) for person in compact.people),
        discontinuity=strangers,
        moved=moved_visits(state),
    )


def _recency(compact: Compact, person: Person) -> int:
    last = person.responder.last_asked_min
    if last is None or all(stop.task < 0 for stop in person.stops):
        return 0
    return min(24, max(0, 24 - (compact.problem.now_min - last) // 60))


def walking_of(compact: Compact, person: Person, stairs_factor: int) -> int:
    """Return the walking of one person's day, with stairs counted ``stairs_factor`` times."""
    level, climbs = _walk_of(compact, person)
    return level + stairs_factor * climbs


def _walk_of(compact: Compact, person: Person) -> tuple[int, int]:
    """Return the minutes of one person's day on the level and on stairs or lifts; counted once a day."""
    known = person.known_walk
    if known is None or known[0] is not person.stops:
        known = person.known_walk = person.stops, _walked(compact, person)
    return known[1]


def _walked(compact: Compact, person: Person) -> tuple[int, int]:
    legs = legs_of(compact, person, person.stops)
    level, climbs, last = 0, 0, len(legs) - 1
    for i, (stop, leg) in enumerate(zip(person.stops, legs, strict=True)):
        origin = person.home if leg[2] else person.stops[i - 1].end_node
        ways = [(origin, stop.node)]
        if person.end_node >= 0 and (i == last or legs[i + 1][2]):
            ways.append((stop.end_node, person.end_node))
        for a, b in ways:
            along, up = compact.nodes.parts(a, b)
            level += along
            climbs += up
    return level, climbs


def moved_visits(state: State) -> int:
    """Return how many visits of the plan in force, frozen ones apart, go to someone else, another time or nobody."""
    compact = state.compact
    problem = compact.problem
    first: dict[str, int] = {}
    for visit in problem.previous:
        first[visit.task] = min(visit.start_min, first.get(visit.task, visit.start_min))
    frozen_until = problem.now_min + problem.limits.freeze_min
    moved = 0
    for visit in problem.previous:
        task, person = compact.task_index.get(visit.task), compact.person_index.get(visit.responder)
        if task is None or person is None or first[visit.task] < frozen_until:
            continue
        if visit.hand < len(compact.tasks[task].hands):
            moves = state.placed.get(task)
            move: Move | None = None if moves is None else moves[visit.hand]
            is_same = move is not None and move.person == person
            tolerance = problem.weights.moved_tolerance_min
            moved += not (is_same and move is not None and abs(move.stop.start - visit.start_min) <= tolerance)
    return moved
