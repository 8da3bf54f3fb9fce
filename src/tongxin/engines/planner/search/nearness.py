"""Which tasks could well stand beside which: near in space, and in time without long waits or haste."""

import numpy as np

from tongxin.engines.planner.search import layout as at
from tongxin.engines.planner.search.layout import Ints, Small

NEAR = 48
WAIT_SHARE = 0.2
STRIPE = 256
# Of very many tasks only so many on either side in the order of their windows are compared: the work stays in proportion.
BAND = 2048


def near_tasks(task: Ints, visit: Ints, spot: Ints, walk: Small) -> Small:
    """Return the nearest tasks of each task, the likeliest first, shape (T, up to 48); -1 where there are fewer.

    What is fixed is never moved and needs no neighbors of its own.
    """
    count = len(task)
    size = min(NEAR, count - 1)
    if size < 1:
        return np.full((max(count, 1), 1), -1, np.int32)
    last = visit[np.minimum(task[:, at.T_FIRST] + task[:, at.T_HANDS] - 1, len(visit) - 1)]
    entrance, climbs = spot[last[:, at.V_NODE], 0], spot[last[:, at.V_NODE], 3]
    begins, latest = last[:, at.V_FROM], last[:, at.V_UNTIL]
    minutes = last[:, at.V_MIN]
    near = np.full((count, size), -1, np.int32)
    is_many = count > 2 * BAND + STRIPE
    order = np.argsort(begins, kind="stable") if is_many else np.arange(count)
    for low in range(0, count, STRIPE):
        rows = order[low : low + STRIPE]
        rows = rows[task[rows, at.T_FIXED] == 0]
        if not len(rows):
            continue
        first = min(max(0, low - BAND), count - 2 * BAND - STRIPE) if is_many else 0
        beside = order[first : first + 2 * BAND + STRIPE] if is_many else order
        way = walk[entrance[rows, None], entrance[None, beside]] + climbs[rows, None] + climbs[None, beside]
        these = (begins[rows, None], latest[rows, None], minutes[rows, None])
        others = (begins[None, beside], latest[None, beside], minutes[None, beside])
        gap = np.minimum(_gap(these, others, way), _gap(others, these, way))
        gap[rows[:, None] == beside[None, :]] = np.inf
        part = (
            np.argpartition(gap, size - 1, axis=1)[:, :size]
            if size < len(beside)
            else np.argsort(gap, axis=1)[:, :size]
        )
        nearest = np.argsort(np.take_along_axis(gap, part, axis=1), axis=1, kind="stable")
        near[rows] = beside[np.take_along_axis(part, nearest, axis=1)]
    return near


def _gap(one: tuple[Ints, Ints, Ints], two: tuple[Ints, Ints, Ints], way: Ints) -> np.ndarray:
    """Return what it costs that one task follows another: the way, what must be waited, what comes too late."""
    (begins, latest, minutes), (next_begins, next_latest, _) = one, two
    wait = np.maximum(0, next_begins - (latest + minutes + way))
    late = np.maximum(0, begins + minutes + way - next_latest)
    found: np.ndarray = way + WAIT_SHARE * wait + late
    return found
