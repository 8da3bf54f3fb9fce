"""The first answer, at once: the most valuable tasks first, each to the best person who keeps every rule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.codes import ReasonCode, Tier
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.cost import moved_visits
from tongxin.engines.planner.fitting import Fitter, wishes_of
from tongxin.engines.planner.freeze import freeze, keep, keep_all, previous_by_task
from tongxin.engines.planner.problem import Visit
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.result import Reason
from tongxin.engines.planner.state import Move, State, new_state

if TYPE_CHECKING:
    from tongxin.engines.planner.search.desk_table import Desk

# How many less important tasks are tried as room for more important ones on a replan: for one of them, and in all.
TRIES_PER_URGENT_TASK = 25
TRIES_FOR_ROOM = 150
# How many visits of others a replan may move for the sake of tasks that nobody has got; for life and limb any number.
MOST_MOVED = 5
STEP = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A first answer: the state with its fitter, the tasks without room, and those that were never tried."""

    state: State
    fitter: Fitter
    left: list[int]
    not_tried: list[int]


def build(
    compact: Compact,
    *,
    candidates: int = 2,
    desk: "Desk | None" = None,
    is_plain: bool = False,
    report: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Built:
    """Construct a plan that keeps every hard rule.

    Parameters
    ----------
    compact
        The problem.
    candidates
        How many people are examined exactly for each hand.
    desk
        Where to look for room; by default the compiled desk if there is one, else plain Python. Both answer the same.
    is_plain
        Use plain Python in any case.
    report
        Called now and then with the number of tasks that were tried.
    cancelled
        Asked now and then; True ends the construction with the tasks so far.
    """
    ranking = Ranking(compact)
    state = new_state(compact, ranking, candidates=candidates, desk=desk, is_plain=is_plain)
    fitter = Fitter(state, ranking, candidates, wishes_of(compact, compact.problem.pins))
    freeze(fitter)
    queue = [task for task in _in_order(compact) if task not in state.placed]
    old = previous_by_task(compact)
    is_pinned = {task for task, _ in fitter.wishes}
    for task in [t for t in queue if t in is_pinned]:
        _try(fitter, task, old)
    keep_all(fitter)
    for task in [t for t in queue if t in old]:
        if not _waits_for_unplaced(state, task):
            keep(fitter, task, old[task])
    for tried, task in enumerate(queue):
        if tried % STEP == 0:
            if cancelled is not None and cancelled():
                return Built(state=state, fitter=fitter, left=[], not_tried=_missing(state, queue))
            if report is not None:
                report(tried)
        _try(fitter, task, old)
    if old:
        _make_room_for(fitter, _missing(state, queue), old)
    return Built(state=state, fitter=fitter, left=_missing(state, queue), not_tried=[])


def _missing(state: State, tasks: list[int]) -> list[int]:
    return [task for task in tasks if task not in state.placed]


def _try(fitter: Fitter, task: int, old: dict[int, list[Visit]]) -> bool:
    if task in fitter.state.placed:
        return True
    if task in old and keep(fitter, task, old[task]):
        return True
    moves = fitter.fit(task)
    if moves is None:
        return False
    fitter.take(task, [_as_pinned(fitter, task, move) for move in moves])
    return True


def _as_pinned(fitter: Fitter, task: int, move: Move) -> Move:
    wish = fitter.wishes.get((task, move.stop.hand))
    if wish is None or wish.person is None:
        return move
    reason = Reason(code=ReasonCode.PINNED, numbers=move.reason.numbers)
    return Move(person=move.person, stop=move.stop, reason=reason, vehicle=move.vehicle)


def _waits_for_unplaced(state: State, task: int) -> bool:
    compact = state.compact
    return any(compact.task_index[a.task] not in state.placed for a in compact.tasks[task].after)


def _worth(compact: Compact, task: int) -> tuple[int, float]:
    what = compact.tasks[task]
    minutes = sum(what.hand_min(hand) for hand in range(len(what.hands)))
    return int(what.tier), what.priority / minutes


def _in_order(compact: Compact) -> list[int]:
    """Return all tasks, the most valuable per minute of work first, but never before a task that they wait for."""
    needs = [[compact.task_index[after.task] for after in task.after] for task in compact.tasks]
    worth = _raised(needs, [_worth(compact, task) for task in range(len(compact.tasks))])

    def key(task: int) -> tuple[int, float, int, int, str]:
        what = compact.tasks[task]
        tier, density = worth[task]
        return -tier, -density, what.due_min, what.window.end_min - what.window.start_min, what.id

    order: dict[int, None] = {}
    for task in sorted(range(len(needs)), key=key):
        stack = [task]
        while stack:
            waiting = [earlier for earlier in needs[stack[-1]] if earlier not in order]
            if waiting:
                stack.extend(waiting)
            else:
                order[stack.pop()] = None
    return list(order)


def _raised(needs: list[list[int]], worth: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the worths with every task raised to the worth of what waits for it."""
    waiting = [(task, earlier) for task, before in enumerate(needs) for earlier in before]
    has_changed = True
    while has_changed:
        has_changed = False
        for task, earlier in waiting:
            if worth[earlier] < worth[task]:
                worth[earlier] = worth[task]
                has_changed = True
    return worth


def _make_room_for(fitter: Fitter, missing: list[int], old: dict[int, list[Visit]]) -> None:
    """Serve missing tasks in the place of less important ones, as long as that does not unsettle too many."""
    tries, compact = TRIES_FOR_ROOM, fitter.compact
    moved, taken = moved_visits(fitter.state), _taken(fitter.state)
    for task in missing:
        # Whoever was to do the task with somebody who is gone is unsettled already, and would be so no more.
        unsettled = sum(visit.responder in compact.person_index for visit in old.get(task, ()))
        left = max(MOST_MOVED - moved, unsettled)
        if compact.tasks[task].tier is Tier.LIFE_AND_LIMB:
            left = TRIES_FOR_ROOM
        if tries <= 0 or left <= 0:
            continue
        tries -= _make_room(fitter, task, old, list(islice(_victims(fitter, task, taken, left), TRIES_PER_URGENT_TASK)))
        if task in fitter.state.placed:
            moved, taken = moved_visits(fitter.state), _taken(fitter.state)


def _make_room(fitter: Fitter, task: int, old: dict[int, list[Visit]], victims: list[int]) -> int:
    """Try to serve a task in the place of one less important task, which then looks elsewhere; return the tries."""
    state = fitter.state
    for tried, other in enumerate(victims, 1):
        moves = fitter.drop(other)
        if _try(fitter, task, old):
            _try(fitter, other, old)
            return tried
        state.place(other, moves)
        for move in moves:
            fitter.ranking.refresh(move.person)
    return len(victims)


def _taken(state: State) -> NDArray[np.int64]:
    """Return a row for each placed task, the least important first: task, tier, priority, first start, first end."""
    tasks = state.compact.tasks
    rows = [
        (task, int(tasks[task].tier), tasks[task].priority, moves[0].stop.start, moves[0].stop.end)
        for task, moves in state.placed.items()
    ]
    taken = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return taken[np.lexsort((taken[:, 0], taken[:, 2], taken[:, 1]))]


def _victims(fitter: Fitter, task: int, taken: NDArray[np.int64], most: int) -> Iterator[int]:
    """Yield the less important tasks of at most so many hands that somebody who could do this one has at that time."""
    state, compact = fitter.state, fitter.compact
    what = compact.tasks[task]
    is_less = (taken[:, 1] < what.tier) | ((taken[:, 1] == what.tier) & (taken[:, 2] < what.priority))
    is_then = (taken[:, 3] < what.window.end_min) & (taken[:, 4] > what.window.start_min)
    fixed = state.frozen | {pinned for pinned, _ in fitter.wishes}
    able = np.any([fitter.eligible(task, hand) for hand in range(len(what.hands))], axis=0)
    for other in taken[is_less & is_then, 0].tolist():
        moves = state.placed[other]
        is_open = len(moves) <= most and other not in fixed
        if is_open and any(able[move.person] for move in moves) and not state.has_followers(other):
            yield other
