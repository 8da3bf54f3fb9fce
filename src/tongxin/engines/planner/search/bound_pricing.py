"""The best route of one person for given prices: labels over time, never less than the truth.

Routes are ng-routes (Baldacci, Mingozzi & Roberti 2011): a task may come again only after the route has left its
neighborhood. Kept: windows, walking, one availability window, zone order, one limit of protective equipment with
waiting left out of the wear. Everything else is relaxed, so that the value found is an upper bound of every real route.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.search.jit import compiled, door

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: More labels than this: the value falls back to a weaker bound, which is still valid.
MOST_LABELS = 200_000
NOWHERE = -1
EPSILON = 1e-9
# places in `Labels.tally` and `Labels.value`
USED, BEST_LABEL, IS_FULL = 0, 1, 2
BEST, ROOT = 0, 1


class Stops(NamedTuple):
    """What one person could do in one stretch of time; arrays over stops, `walk` from row to column.

    ``near`` holds one bit a task (columns of 64): what a route that comes to the stop may still remember.
    """

    hand: Ints
    task: Ints
    earliest: Ints
    latest: Ints
    minutes: Ints
    zone: Ints
    is_worn: Ints
    walk: Ints
    from_home: Ints
    near: NDArray[np.uint64]


class Rules(NamedTuple):
    """Zone order and the one limit of wear; ``-1`` where there is none. ``step`` is the grid of the look ahead.

    ``is_quick``: of two labels at one stop only the one that is earlier and has earned more goes on, whatever it
    remembers; the route found is then a good one and no bound.
    """

    hottest: int
    zone_from: int
    protocol: int
    worn: int
    wear_max: int
    wear_break: int
    step: int
    is_quick: int = 0


class Case(NamedTuple):
    """One search: stops, what each is worth, what can still be earned, the rules, the first label of each minute."""

    stops: Stops
    price: Floats
    ahead: Floats
    rules: Rules
    at_time: Ints


class Step(NamedTuple):
    """One way of coming to a stop: the state is that before it."""

    stop: int
    start: int
    walk: int
    hot: int
    worn: int


class Labels(NamedTuple):
    """Room for the labels of one search: where and when a route stands, what it has earned, what it remembers.

    ``hot`` is the hottest zone since the last exit protocol, ``worn`` the minutes of wear since the last break. ``follow``
    chains the labels of one minute, ``sibling`` those of one stop.
    """

    time: Ints
    node: Ints
    came: Ints
    hot: Ints
    worn: Ints
    follow: Ints
    sibling: Ints
    earned: Floats
    memory: NDArray[np.uint64]
    tally: Ints
    value: Floats


def room_for(tasks: int, labels: int = MOST_LABELS) -> Labels:
    """Return room for the labels of routes over so many tasks."""
    time, node, came, hot, worn, follow, sibling = np.empty((7, labels), dtype=np.int64)
    memory = np.empty((labels, max(1, (tasks + 63) // 64)), dtype=np.uint64)
    tally, value = np.zeros(3, dtype=np.int64), np.zeros(2)
    return Labels(time, node, came, hot, worn, follow, sibling, np.empty(labels), memory, tally, value)


@compiled
def look_ahead(stops: Stops, price: Floats, horizon: int, step: int) -> Floats:
    """Return (stops x grid) the most that can still be earned after ending a stop at a time or later.

    Routes may repeat tasks here, only not twice in a row; `step` must not exceed the shortest stop.
    """
    count, size = len(stops.task), horizon // step + 2
    best = np.zeros((count, size))
    for g in range(size - 1, -1, -1):
        now = g * step
        for j in range(count):
            top = 0.0
            for k in range(count):
                if price[k] <= 0.0 or stops.task[k] == stops.task[j]:
                    continue
                start = max(stops.earliest[k], now + stops.walk[j, k])
                if start > stops.latest[k]:
                    continue
                value = price[k] + best[k, (start + stops.minutes[k]) // step]
                if value > top:
                    top = value
            best[j, g] = top
    return best


@compiled
def _start(case: Case, k: int, ready: int, walk: int, hot: int) -> int:
    """Return the earliest start at a stop, after the exit protocol where the zone order asks for it; -1: never."""
    stops, rules = case.stops, case.rules
    start = max(stops.earliest[k], ready + walk)
    if stops.zone[k] < hot and hot >= rules.zone_from:
        if rules.protocol < 0:
            return -1
        start = max(start, ready + rules.protocol + walk)
    return start if start <= stops.latest[k] else -1


@door
def best_route(stops: Stops, price: Floats, rules: Rules, labels: Labels, horizon: int) -> tuple[float, float, Ints]:
    """Return an upper bound of what a route can earn, what the best route found earns, and its stops in order.

    Both values are equal unless there were too many labels, or the search was a quick one.
    """
    at_time = np.full(horizon + 2, NOWHERE, dtype=np.int64)
    case = Case(stops, price, look_ahead(stops, price, horizon, rules.step), rules, at_time)
    labels.tally[:] = 0
    labels.tally[BEST_LABEL] = NOWHERE
    labels.value[:] = 0.0
    at_node = np.full(len(stops.task), NOWHERE, dtype=np.int64)
    _extend(case, labels, NOWHERE)
    for t in range(horizon + 1):
        label = at_time[t]
        while label != NOWHERE:
            j = labels.node[label]
            is_hopeless = labels.earned[label] + case.ahead[j, t // rules.step] <= labels.value[BEST] + EPSILON
            if not is_hopeless and not _is_beaten(labels, label, at_node[j], rules.is_quick):
                labels.sibling[label], at_node[j] = at_node[j], label
                _extend(case, labels, label)
            label = labels.follow[label]
    best = labels.value[BEST]
    most = labels.value[ROOT] if labels.tally[IS_FULL] else best
    return most, best, _way(labels.tally[BEST_LABEL], labels.node, labels.came)


@compiled
def _is_beaten(labels: Labels, label: int, other: int, is_quick: int) -> bool:
    """Return whether an earlier label at the same stop has earned as much and is free to do all that this one can."""
    while other != NOWHERE:
        if labels.earned[other] >= labels.earned[label]:
            if is_quick:
                return True
            if labels.hot[other] <= labels.hot[label] and labels.worn[other] <= labels.worn[label]:
                remembers_less = True
                for w in range(labels.memory.shape[1]):
                    if labels.memory[other, w] & ~labels.memory[label, w]:
                        remembers_less = False
                if remembers_less:
                    return True
        other = labels.sibling[other]
    return False


@compiled
def _extend(case: Case, labels: Labels, label: int) -> None:
    """Go on from a label (or from home) to every stop, with and without a break before it."""
    stops, rules = case.stops, case.rules
    is_root = label == NOWHERE
    ready = 0 if is_root else labels.time[label]
    hot = rules.hottest if is_root else labels.hot[label]
    worn = rules.worn if is_root else labels.worn[label]
    for k in range(len(stops.task)):
        if case.price[k] <= 0.0 or (not is_root and _remembers(labels, label, stops.task[k])):
            continue
        walk = stops.from_home[k] if is_root else stops.walk[labels.node[label], k]
        start = _start(case, k, ready, walk, hot)
        if start < 0:
            continue
        _arrive(case, labels, label, Step(k, start, walk, hot, worn))
        rested = ready + rules.wear_break + walk
        if rules.wear_max >= 0 and worn > 0 and start < rested <= stops.latest[k]:
            _arrive(case, labels, label, Step(k, rested, walk, hot, 0))


@compiled
def _remembers(labels: Labels, label: int, task: int) -> bool:
    return bool((labels.memory[label, task // 64] >> np.uint64(task % 64)) & np.uint64(1))


@compiled
def _wear(case: Case, step: Step, idle: int) -> int:
    """Return the minutes of wear at the end of a stop, waiting left out; -1: too long."""
    stops, rules, k = case.stops, case.rules, step.stop
    if rules.wear_max < 0:
        return 0
    wear = 0 if idle >= rules.wear_break else step.worn
    if wear > 0:
        wear += step.walk + stops.minutes[k]
    elif stops.is_worn[k]:
        wear = stops.minutes[k]
    return -1 if stops.is_worn[k] and wear > rules.wear_max else wear


@compiled
def _arrive(case: Case, labels: Labels, label: int, step: Step) -> None:
    """Make the label of a stop, if it may be and can still beat the best."""
    stops, rules, k = case.stops, case.rules, step.stop
    is_root = label == NOWHERE
    idle = step.start - step.walk - (0 if is_root else labels.time[label])
    wear = _wear(case, step, idle)
    if wear < 0:
        return
    end = step.start + stops.minutes[k]
    total = case.price[k] + (0.0 if is_root else labels.earned[label])
    most = total + case.ahead[k, end // rules.step]
    if is_root:
        labels.value[ROOT] = max(labels.value[ROOT], most)
    if most <= labels.value[BEST] + EPSILON:
        return
    new = labels.tally[USED]
    if new == len(labels.time):
        labels.tally[IS_FULL] = 1
        return
    labels.tally[USED] += 1
    is_clean = rules.protocol >= 0 and idle >= rules.protocol
    labels.time[new], labels.node[new], labels.came[new], labels.earned[new] = end, k, label, total
    labels.hot[new] = stops.zone[k] if is_clean else max(step.hot, stops.zone[k])
    labels.worn[new] = wear
    for w in range(labels.memory.shape[1]):
        is_kept = not is_root and w < stops.near.shape[1]
        labels.memory[new, w] = labels.memory[label, w] & stops.near[k, w] if is_kept else np.uint64(0)
    labels.memory[new, stops.task[k] // 64] |= np.uint64(1) << np.uint64(stops.task[k] % 64)
    labels.follow[new] = case.at_time[end]
    case.at_time[end] = new
    if total > labels.value[BEST]:
        labels.value[BEST], labels.tally[BEST_LABEL] = total, new


@compiled
def _way(label: int, node: Ints, came: Ints) -> Ints:
    count, at = 0, label
    while at >= 0:
        count, at = count + 1, came[at]
    way = np.zeros(count, dtype=np.int64)
    at = label
    while at >= 0:
        count -= 1
        way[count] = node[at]
        at = came[at]
    return way
