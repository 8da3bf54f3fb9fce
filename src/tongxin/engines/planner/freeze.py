"""Replanning: what of the plan in force must stay, and how much of the rest can."""

from itertools import pairwise

from tongxin.engines.planner.codes import MeasuredFrom, ReasonCode, Rule
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.fitting import ANY, Fitter, Wish
from tongxin.engines.planner.problem import Visit
from tongxin.engines.planner.result import Reason
from tongxin.engines.planner.state import Move


def freeze(fitter: Fitter) -> None:
    """Put back what has started or starts within the freeze horizon, as it was, as long as its people can still do it.

    What has started is a fact: no rule of work can undo it. What only starts soon is kept when every rule allows it.
    """
    compact = fitter.compact
    problem = compact.problem
    frozen_until = problem.now_min + problem.limits.freeze_min
    old = previous_by_task(compact)
    soon = sorted((min(v.start_min for v in visits), task) for task, visits in old.items())
    for start, task in soon:
        if start >= frozen_until or not _is_still_staffed(fitter, task, old[task]):
            continue
        if start < problem.now_min:
            fitter.state.begin(task)
            fitter.take(task, [_as_it_was(compact, task, visit) for visit in old[task]])
            fitter.state.frozen.add(task)
    for start, task in soon:
        is_free = task not in fitter.state.placed and problem.now_min <= start < frozen_until
        if is_free and _is_still_staffed(fitter, task, old[task]) and _is_allowed(fitter, task, old[task]):
            fitter.take(task, [_as_it_was(compact, task, visit) for visit in old[task]])
            fitter.state.frozen.add(task)


def keep_all(fitter: Fitter) -> None:
    """Put back, in time order, every later visit that is still possible exactly as it was."""
    compact = fitter.compact
    old = previous_by_task(compact)
    for _, task in sorted((min(v.start_min for v in visits), task) for task, visits in old.items()):
        visits = old[task]
        is_free = task not in fitter.state.placed and min(v.start_min for v in visits) >= compact.problem.now_min
        if is_free and _is_still_staffed(fitter, task, visits) and _is_allowed(fitter, task, visits):
            moves = [_as_it_was(compact, task, visit, ReasonCode.KEPT) for visit in visits]
            fitter.state.place(task, moves, is_last=False)
    fitter.catch_up()


def keep(fitter: Fitter, task: int, visits: list[Visit]) -> bool:
    """Try to place a task as it was: same people and time, then same people, then with whoever of them is left."""
    if task in fitter.state.placed:
        return True
    compact = fitter.compact
    saved = dict(fitter.wishes)
    known = {v.hand: v for v in visits if v.responder in compact.person_index}
    hands = range(len(compact.tasks[task].hands))
    attempts = [{h: Wish(compact.person_index[v.responder], v.start_min) for h, v in known.items()}]
    if len(known) < len(hands):
        start = visits[0].start_min
        attempts[0] |= {h: Wish(None, start) for h in hands if h not in known and _is_together(compact, task)}
    attempts.append({h: Wish(compact.person_index[v.responder]) for h, v in known.items()})
    for attempt in attempts:
        fixed = {(task, hand): wish for hand, wish in attempt.items() if (task, hand) not in saved}
        fitter.wishes = saved | fixed
        moves = fitter.fit(task) if fixed else None
        fitter.wishes = saved
        if moves is not None:
            fitter.take(task, [_kept(move, known) for move in moves])
            return True
    return False


def previous_by_task(compact: Compact) -> dict[int, list[Visit]]:
    """Return the visits of the plan in force by task, for tasks and hands that still exist, in the order of hands."""
    return compact.previous_by_task


def _is_together(compact: Compact, task: int) -> bool:
    return compact.tasks[task].sync.max_lag_min == 0


def _kept(move: Move, known: dict[int, Visit]) -> Move:
    visit = known.get(move.stop.hand)
    if visit is None:
        return move
    reason = Reason(code=ReasonCode.KEPT, numbers=move.reason.numbers)
    return Move(person=move.person, stop=move.stop, reason=reason, runner_up=move.runner_up, vehicle=move.vehicle)


def _as_it_was(compact: Compact, task: int, visit: Visit, code: ReasonCode = ReasonCode.FROZEN) -> Move:
    return Move(
        person=compact.person_index[visit.responder],
        stop=compact.stop(task, visit.hand, visit.start_min),
        reason=Reason(code=code, numbers={"start_min": visit.start_min}),
        vehicle=visit.vehicle,
    )


def _is_still_staffed(fitter: Fitter, task: int, visits: list[Visit]) -> bool:
    """Return whether all hands are still the same, there, skilled and inside the window, and no pin says otherwise."""
    compact = fitter.compact
    what = compact.tasks[task]
    if [visit.hand for visit in visits] != list(range(len(what.hands))):
        return False
    for visit in visits:
        person = compact.person_index.get(visit.responder)
        wish = fitter.wishes.get((task, visit.hand), ANY)
        if person is None or wish.person not in (None, person) or wish.start not in (None, visit.start_min):
            return False
        length = visit.end_min - visit.start_min
        if length != what.hand_min(visit.hand) or visit.vehicle not in compact.vehicle_ids:
            return False
        if not fitter.is_suitable(task, visit.hand, person, wish.waives):
            return False
        if not _is_there(compact, person, visit, wish) or not _is_inside(compact, task, visit, wish):
            return False
    return True


def _is_there(compact: Compact, person: int, visit: Visit, wish: Wish) -> bool:
    windows = compact.people[person].windows
    is_there = any(start <= visit.start_min and visit.end_min <= end for start, end in windows)
    return is_there or Rule.AVAILABILITY in wish.waives


def _is_inside(compact: Compact, task: int, visit: Visit, wish: Wish) -> bool:
    window = compact.tasks[task].window
    last = min(window.end_min, compact.problem.horizon_min)
    return (window.start_min <= visit.start_min and visit.end_min <= last) or Rule.WINDOW in wish.waives


def _is_allowed(fitter: Fitter, task: int, visits: list[Visit]) -> bool:
    """Return whether a task that starts soon fits as it was beside everything that is already frozen."""
    state, compact = fitter.state, fitter.compact
    for after in compact.tasks[task].after:
        earlier = state.placed.get(compact.task_index[after.task])
        if earlier is None:
            return False
        is_start = after.measured_from is MeasuredFrom.START
        origin = min(m.stop.start for m in earlier) if is_start else max(m.stop.end for m in earlier)
        lag = min(v.start_min for v in visits) - origin
        if lag < after.min_lag_min or (after.max_lag_min is not None and lag > after.max_lag_min):
            return False
    if len({visit.responder for visit in visits}) != len(visits) or not _is_in_step(compact, task, visits):
        return False
    if state.needs_vehicle(task) and not _is_seated(fitter, task, visits):
        return False
    return all(
        state.broken_by(compact.people[compact.person_index[v.responder]], compact.stop(task, v.hand, v.start_min))
        is None
        for v in visits
    )


def _is_in_step(compact: Compact, task: int, visits: list[Visit]) -> bool:
    sync = compact.tasks[task].sync
    lags = [b.start_min - a.start_min for a, b in pairwise(visits)]
    return all(sync.min_lag_min <= lag <= sync.max_lag_min for lag in lags)


def _is_seated(fitter: Fitter, task: int, visits: list[Visit]) -> bool:
    start, end = min(v.start_min for v in visits), max(v.end_min for v in visits)
    return fitter.state.is_vehicle_free(visits[0].vehicle, task, start, end)
