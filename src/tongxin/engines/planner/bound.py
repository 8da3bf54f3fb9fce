"""A proven lower bound on what any plan must leave undone, by column generation with HiGHS; or none.

Master: each hand of a task is covered by routes or the task is left undone; each person takes one route. Routes are priced by
`bound_pricing` in a relaxed form (`bound_stops`), so that for any prices the Lagrangian value

    sum of prices + sum over tasks of min(0, weight - prices of its hands) - sum over people of their best route

is a lower bound (Geoffrion 1974): the bound holds whenever the work is broken off. Prices are smoothed towards the best ones so
far (Wentges 1997; Pessoa et al. 2018). Relaxed: that the hands of a task meet, precedence, vehicles, driver hours, commitments,
more than one limit of wear, and rest on days that are not one shift from home. Pairs: each hand is covered on its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import process_time

import highspy
import numpy as np

from tongxin.engines.planner.bound_stops import Ground, Stretch
from tongxin.engines.planner.check import check_problem
from tongxin.engines.planner.codes import Tier
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.problem import Problem, Visit
from tongxin.engines.planner.result import Bound
from tongxin.engines.planner.search.bound_pricing import Floats, best_route, room_for

CONVERGED, BROKEN_OFF = "column generation", "column generation, broken off"
_SMOOTHING = 0.6
#: What a hand that a route of this round has taken is still worth to the next person.
_LEFT = 0.3
#: How far a computed value may lie from the true one.
_SLACK = 1e-6


def bound_of(
    problem: Problem,
    *,
    seconds: float = 60.0,
    rounds: int | None = None,
    visits: tuple[Visit, ...] = (),
    cancelled: Callable[[], bool] | None = None,
) -> Bound | None:
    """Return what no plan can go below in the two tiers of coverage, or None when nothing was proven.

    Parameters
    ----------
    problem
        Any problem; made for up to some 300 tasks.
    seconds
        Processor time to spend; a round of pricing that has begun is finished.
    rounds
        At most so many rounds of pricing for each tier; with it and time enough the answer is repeatable.
    visits
        A plan of the problem: where the work begins, and where it ends as soon as the bound meets it.
    cancelled
        Asked after each round; True breaks the work off with what is proven so far.

    Returns
    -------
    Bound
        Each tier on its own: no feasible plan has less `life_delay`, none has less `unserved_priority`. ``method``
        says whether the work came to its end. None when it did not and both values are 0: that is known anyway.

    Raises
    ------
    ProblemError
        The problem contradicts itself.
    """
    check_problem(problem)
    ends_at = process_time() + seconds
    if any(task.hand_min(hand) < 1 for task in problem.tasks for hand in range(len(task.hands))):
        return None
    compact = Compact(problem)
    ground = Ground(compact)
    stretches = ground.stretches() if len(ground.hands) else []
    life, every, surely_late = _weights(ground, stretches)
    found, is_done = [], True
    for weight, share in ((life, 0.25), (every, 1.0)):
        until = ends_at if share == 1.0 else process_time() + share * max(0.0, ends_at - process_time())
        master = _Master(ground, stretches, weight)
        master.start(visits)
        is_done &= master.work(until, rounds, cancelled)
        found.append(master.proven)
    if not is_done and not any(found):
        return None
    return Bound(
        life_delay=found[0] + surely_late,
        unserved_priority=found[1],
        method=CONVERGED if is_done else BROKEN_OFF,
    )


def _weights(ground: Ground, stretches: list[Stretch]) -> tuple[Floats, Floats, int]:
    """Return what leaving each task undone adds to each tier, and the delay that comes about whatever is done."""
    tasks = ground.compact.tasks
    life, every, surely_late = np.zeros(len(tasks)), np.zeros(len(tasks)), 0
    for t, task in enumerate(tasks):
        if t in ground.given:
            continue
        every[t] = task.priority
        if task.tier is Tier.LIFE_AND_LIMB:
            late = task.priority * _least_late(ground, stretches, t)
            surely_late += late
            life[t] = task.priority * ground.problem.horizon_min - late
    return life, every, surely_late


def _least_late(ground: Ground, stretches: list[Stretch], task: int) -> int:
    """Return by how many minutes a task comes late whoever does it; at most the horizon, which is what undone costs."""
    what = ground.compact.tasks[task]
    latest = 0
    for hand in range(len(what.hands)):
        index = next(
            k for k in range(len(ground.hands)) if ground.hands.task[k] == task and ground.hands.hand[k] == hand
        )
        ends = [
            int(one.stops.earliest[j] + one.stops.minutes[j])
            for one in stretches
            for j in np.flatnonzero(one.stops.hand == index)
        ]
        latest = max(latest, min(ends, default=ground.problem.horizon_min + what.due_min))
    return min(ground.problem.horizon_min, max(0, latest - what.due_min))


@dataclass
class _Priced:
    """Routes found for given prices, by stretch: what they earn at most, and the hands of the best one."""

    most: Floats
    routes: list[tuple[int, ...]] = field(default_factory=list)


class _Master:
    """The master programme for one tier; `weight` is what leaving a task undone costs."""

    def __init__(self, ground: Ground, stretches: list[Stretch], weight: Floats) -> None:
        self.ground, self.weight = ground, weight
        counted = [k for k in range(len(ground.hands)) if weight[ground.hands.task[k]] > 0]
        self.row = {hand: k for k, hand in enumerate(counted)}
        self.task_of = np.array([ground.hands.task[hand] for hand in counted], dtype=np.int64)
        self.stretches = [one for one in stretches if any(int(hand) in self.row for hand in one.stops.hand)]
        self.people = {person: k for k, person in enumerate(sorted({one.person for one in self.stretches}))}
        self.known: set[tuple[int, tuple[int, ...]]] = set()
        self.best, self.best_prices = 0.0, np.zeros(len(counted))
        self.turn = 0
        self.labels = room_for(max((int(one.stops.task.max()) + 1 for one in self.stretches), default=1))
        self.model = self._model()

    @property
    def proven(self) -> int:
        """Return the bound as a whole number: what is left undone costs whole numbers."""
        return max(0, ceil(self.best - _SLACK * max(1.0, abs(self.best))))

    def _model(self) -> highspy.Highs:
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        model.silent()
        model.setOptionValue("threads", 1)
        for _ in self.row:
            model.addRow(1.0, highspy.kHighsInf, 0, [], [])
        for _ in self.people:
            model.addRow(-highspy.kHighsInf, 1.0, 0, [], [])
        for task in np.unique(self.task_of):
            rows = np.flatnonzero(self.task_of == task).astype(np.int32)
            model.addCol(float(self.weight[task]), 0.0, highspy.kHighsInf, len(rows), rows, np.ones(len(rows)))
        return model

    def start(self, visits: tuple[Visit, ...]) -> None:
        """Give the master the routes of a plan, whatever they are worth."""
        index, people = self.ground.compact.task_index, self.ground.compact.person_index
        hand_at = {
            (t, h): k for k, (t, h) in enumerate(zip(self.ground.hands.task, self.ground.hands.hand, strict=True))
        }
        routes: dict[int, list[int]] = {}
        for visit in visits:
            hand = hand_at.get((index.get(visit.task, -1), visit.hand), -1)
            person = people.get(visit.responder, -1)
            if hand in self.row and person in self.people:
                routes.setdefault(person, []).append(hand)
        for person, hands in routes.items():
            self._add(person, tuple(hands))

    def _add(self, person: int, hands: tuple[int, ...]) -> bool:
        key = (person, tuple(sorted(hands)))
        if not hands or key in self.known:
            return False
        self.known.add(key)
        rows, times = np.unique([self.row[hand] for hand in hands], return_counts=True)
        rows = np.append(rows, len(self.row) + self.people[person]).astype(np.int32)
        self.model.addCol(0.0, 0.0, highspy.kHighsInf, len(rows), rows, np.append(times, 1).astype(float))
        return True

    def work(self, until: float, rounds: int | None, cancelled: Callable[[], bool] | None) -> bool:
        """Price routes until nothing new helps, the time is up or the rounds are done; say whether it came to its end."""
        done, smoothing = 0, 0.0
        while self.row and self.stretches:
            is_enough = rounds is not None and done >= rounds
            if is_enough or process_time() >= until or (cancelled is not None and cancelled()):
                return False
            self.model.run()
            cost = float(self.model.getInfo().objective_function_value)
            duals = np.array(self.model.getSolution().row_dual)
            prices, people = np.maximum(0.0, duals[: len(self.row)]), np.maximum(0.0, -duals[len(self.row) :])
            if self.proven >= cost - _SLACK * max(1.0, cost):
                return True
            if self._add_quickly(prices, people):
                continue
            asked = smoothing * self.best_prices + (1.0 - smoothing) * prices
            priced = self._price(asked)
            self._note(asked, priced)
            new = [self._add(one.person, hands) for one, hands in zip(self.stretches, priced.routes, strict=True)]
            done += 1
            if not any(new):
                if smoothing == 0.0:
                    return True
                smoothing = 0.0
            else:
                smoothing = _SMOOTHING
        self.best = max(self.best, float(self.weight.sum()) if self.row and not self.stretches else 0.0)
        return True

    def _note(self, prices: Floats, priced: _Priced) -> None:
        value = float(prices.sum())
        for task in np.unique(self.task_of):
            value += min(0.0, float(self.weight[task]) - float(prices[self.task_of == task].sum()))
        best = np.zeros(len(self.people))
        for one, most in zip(self.stretches, priced.most, strict=True):
            best[self.people[one.person]] = max(best[self.people[one.person]], most)
        value -= float(best.sum())
        if value > self.best or not self.best_prices.any():
            self.best, self.best_prices = max(self.best, value), prices

    def _add_quickly(self, prices: Floats, people: Floats) -> int:
        """Add routes that a quick search finds worth more than what their person costs; return how many.

        What one route takes is worth less to the next one, so that the routes fit together.
        """
        worth = np.zeros(len(self.ground.hands))
        for hand, k in self.row.items():
            worth[hand] = prices[k]
        left, count, horizon = worth.copy(), 0, self.ground.problem.horizon_min
        self.turn += 1
        for k in range(len(self.stretches)):
            one = self.stretches[(k + self.turn * 7) % len(self.stretches)]
            price = left[one.stops.hand]
            way = best_route(one.stops, price, one.rules._replace(is_quick=1), self.labels, horizon)[2]
            hands = tuple(int(one.stops.hand[j]) for j in way)
            if sum(worth[hand] for hand in hands) > people[self.people[one.person]] + _SLACK:
                count += self._add(one.person, hands)
                left[list(hands)] *= _LEFT
        return count

    def _price(self, prices: Floats) -> _Priced:
        """Find the best route of every stretch for these prices of the hands."""
        worth = np.zeros(len(self.ground.hands))
        for hand, k in self.row.items():
            worth[hand] = prices[k]
        horizon = self.ground.problem.horizon_min
        found = _Priced(np.zeros(len(self.stretches)))
        for k, one in enumerate(self.stretches):
            price = worth[one.stops.hand]
            found.most[k], _, way = best_route(one.stops, price, one.rules, self.labels, horizon)
            found.routes.append(tuple(int(one.stops.hand[j]) for j in way))
        return found
