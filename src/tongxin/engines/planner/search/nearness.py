"""Which tasks could well stand beside which: near in space, and in time without long waits or haste."""

import numpy as np

from tongxin.engines.planner.search import layout as at
from tongxin.engines.planner.search.layout import Ints, Small

NEAR = 48
WAIT_SHARE = 0.2
STRIPE = 256


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
    free = np.flatnonzero(task[:, at.T_FIXED] == 0)
    for low in range(0, len(free), STRIPE):
        rows = free[low : low + STRIPE]
        way = walk[entrance[rows, None], entrance[None, :]] + climbs[rows, None] + climbs[None, :]
        these = (begins[rows, None], latest[rows, None], minutes[rows, None])
        others = (begins[None, :], latest[None, :], minutes[None, :])
        gap = np.minimum(
            _gap(these, others, way),
            _gap(others, these, way),
        )
        gap[np.arange(len(rows)), rows] = np.inf
        part = np.argpartition(gap, size - 1, axis=1)[:, :size] if size < count else np.argsort(gap, axis=1)[:, :size]
        order = np.argsort(np.take_along_axis(gap, part, axis=1), axis=1, kind="stable")
        near[rows] = np.take_along_axis(part, order, axis=1)
    return near


def _gap(one: tuple[Ints, Ints, Ints], two: tuple[Ints, Ints, Ints], way: Ints) -> np.ndarray:
    """Return what it costs that one task follows another: the way, what must be waited, what comes too late."""
    (begins, latest, minutes), (next_begins, next_latest, _) = one, two
    wait = np.maximum(0, next_begins - (latest + minutes + way))
    late = np.maximum(0, begins + minutes + way - next_latest)
    found: np.ndarray = way + WAIT_SHARE * wait + late
    return found
