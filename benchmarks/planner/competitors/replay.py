"""The plan of another engine as visits that keep every rule: later where that mends it, left out where nothing does."""

from benchmarks.planner.competitors.day import Plan
from tongxin.engines.planner import Problem, Reason, ReasonCode, Visit
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.state import Move, State, new_state


def replay(problem: Problem, plan: Plan) -> tuple[list[Visit], int]:
    """Return the visits that are left of a plan, and how many complete tasks of it the rules did not let stand.

    People and order stay as planned. Each task begins at its planned time or at the first minute after it at which
    everybody keeps every rule, the smallest free vehicle included.
    """
    compact = Compact(problem)
    state = new_state(compact)
    refused = 0
    teams = [_team(compact, k, plan) for k in range(len(compact.tasks))]
    order = sorted((team[1], k) for k, team in enumerate(teams) if team is not None)
    for start, k in order:
        team = teams[k]
        if team is None or not _placed(state, k, team[0], start):
            refused += 1
    visits = [
        Visit(
            compact.tasks[k].id, m.stop.hand, compact.people[m.person].responder.id, m.stop.start, m.stop.end, m.vehicle
        )
        for k, moves in state.placed.items()
        for m in moves
    ]
    return visits, refused


def _team(compact: Compact, k: int, plan: Plan) -> tuple[list[int], int] | None:
    """Return who does a task and from when on, or None where a hand is missing."""
    task = compact.tasks[k]
    hands = [plan.get((task.id, hand)) for hand in range(len(task.hands))]
    told = [hand for hand in hands if hand is not None]
    people = [compact.person_index[who] for who, _ in told]
    if len(told) < len(hands) or len(set(people)) < len(people):
        return None
    return people, max(start for _, start in told)


def _placed(state: State, k: int, people: list[int], start: int) -> bool:
    compact, task = state.compact, state.compact.tasks[k]
    span = state.start_range(k)
    if span is None or not all(_is_suitable(compact, k, hand, who) for hand, who in enumerate(people)):
        return False
    last = span[1] - max(task.hand_min(hand) for hand in range(len(people)))
    for at in range(max(span[0], start), last + 1):
        moves = _moves(state, k, people, at)
        if moves is not None:
            state.place(k, moves)
            return True
    return False


def _is_suitable(compact: Compact, k: int, hand: int, who: int) -> bool:
    task, person = compact.tasks[k], compact.people[who].responder
    has_skills = task.hands[hand].skills <= person.skills and person.id not in task.excluded
    return has_skills and person.lowest_zone <= task.zone <= person.highest_zone


def _moves(state: State, k: int, people: list[int], at: int) -> list[Move] | None:
    compact = state.compact
    stops = []
    for hand, who in enumerate(people):
        stop = compact.stop(k, hand, at + hand * compact.tasks[k].sync.min_lag_min)
        if state.broken_by(compact.people[who], stop) is not None:
            return None
        stops.append(stop)
    vehicle = None
    if state.needs_vehicle(k):
        vehicle = state.free_vehicle(k, at, max(stop.end for stop in stops))
        if vehicle is None:
            return None
    reason = Reason(code=ReasonCode.WHOLE_PLAN)
    return [Move(person=p, stop=s, reason=reason, vehicle=vehicle) for p, s in zip(people, stops, strict=True)]
