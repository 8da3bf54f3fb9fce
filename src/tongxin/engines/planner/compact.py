"""The search's own picture of a problem: indices instead of ids, sorted so that the order of the input cannot matter."""

from collections.abc import Iterable
from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.problem import Hand, Problem, Responder, Task, Visit
from tongxin.engines.planner.travel import Minutes

NO_WAIVER: frozenset[Rule] = frozenset()


class Nodes:
    """Distinct spots (entrance, floors, lift) and the walking between them, one row a target, made when first asked."""

    def __init__(self, problem: Problem) -> None:
        entrance = {name: i for i, name in enumerate(problem.travel.entrances)}
        spots: dict[tuple[int, int, bool], int] = {}
        self.travel = problem.travel
        self.of_place: dict[str, int] = {}
        for place in problem.places:
            spot = (entrance[place.entrance], place.floors_up, place.has_lift)
            self.of_place[place.id] = spots.setdefault(spot, len(spots))
        self.spots = list(spots)
        self._entrance = np.array([spot[0] for spot in self.spots], dtype=np.int64)
        self.climbs = np.array([self.travel.climb_min(spot[1], spot[2]) for spot in self.spots], dtype=np.int32)
        self._neighbors: dict[int, list[int]] = {}
        for node, spot in enumerate(self.spots):
            self._neighbors.setdefault(spot[0], []).append(node)
        self._to: dict[int, Minutes] = {}
        self._from: dict[int, Minutes] = {}
        self._is_symmetric = bool((self.travel.walk_min == self.travel.walk_min.T).all())
        self._scalar: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.spots)

    def to_row(self, node: int) -> Minutes:
        """Return minutes from every node to this one; the extra last entry is "from nowhere"."""
        row = self._to.get(node)
        if row is None:
            row = self._to[node] = self._row(node, self.travel.walk_min[:, self._entrance[node]])
        return row

    def from_row(self, node: int) -> Minutes:
        """Return minutes from this node to every node; the extra last entry is "to nowhere"."""
        if self._is_symmetric:
            return self.to_row(node)
        row = self._from.get(node)
        if row is None:
            row = self._from[node] = self._row(node, self.travel.walk_min[self._entrance[node], :])
        return row

    def _row(self, node: int, level: Minutes) -> Minutes:
        row = np.zeros(len(self.spots) + 1, dtype=np.int32)
        row[:-1] = level[self._entrance] + self.climbs + self.climbs[node]
        for other in self._neighbors[int(self._entrance[node])]:
            row[other] = self._indoors(node, other)
        return row

    def _indoors(self, a: int, b: int) -> int:
        one, two = self.spots[a], self.spots[b]
        return self.travel.climb_min(one[1] - two[1], one[2] and two[2])

    def minutes(self, a: int, b: int) -> int:
        """Return the walk between two nodes."""
        if a == b:
            return 0
        key = (a, b)
        known = self._scalar.get(key)
        if known is None:
            known = self._scalar[key] = sum(self.parts(a, b))
        return known

    def parts(self, a: int, b: int) -> tuple[int, int]:
        """Return the minutes on the level and the minutes on stairs or lifts."""
        one, two = self.spots[a][0], self.spots[b][0]
        if one == two:
            return 0, self._indoors(a, b)
        return int(self.travel.walk_min[one, two]), int(self.climbs[a]) + int(self.climbs[b])


class Stop(NamedTuple):
    """A visit (``task`` >= 0) or a commitment (``task`` = -1) in a person's day, by index."""

    start: int
    end: int
    task: int
    hand: int
    node: int
    end_node: int
    ppe: int
    zone: int
    drives: bool
    is_fact: bool
    waives: frozenset[Rule]


# departs, idle minutes before setting out, sets out from home, starts a new shift
Leg = tuple[int, int, bool, bool]


class Person:
    """One person's changing day: the stops so far, and what the limits need to know from before."""

    __slots__ = (
        "end_node",
        "has_waivers",
        "home",
        "index",
        "known_legs",
        "known_walk",
        "legs",
        "load",
        "responder",
        "stops",
        "windows",
    )

    def __init__(self, index: int, responder: Responder, nodes: Nodes) -> None:
        self.index = index
        self.responder = responder
        self.home = nodes.of_place[responder.home_place]
        self.end_node = -1 if responder.end_place is None else nodes.of_place[responder.end_place]
        self.windows = [(window.start_min, window.end_min) for window in responder.availability]
        self.load = responder.load_7d
        self.has_waivers = False
        self.legs: list[Leg] = []
        self.known_legs: tuple[list[Stop], list[Leg]] | None = None
        self.known_walk: tuple[list[Stop], tuple[int, int]] | None = None
        self.stops: list[Stop] = sorted(
            Stop(
                start=c.window.start_min,
                end=c.window.end_min,
                task=-1,
                hand=k,
                node=nodes.of_place[c.place],
                end_node=nodes.of_place[c.end_place or c.place],
                ppe=c.ppe_level,
                zone=c.zone,
                drives=c.drives,
                is_fact=True,
                waives=NO_WAIVER,
            )
            for k, c in enumerate(responder.commitments)
        )


class Compact:
    """Tasks and people by index, both sorted by id."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.limits = problem.limits
        self.nodes = Nodes(problem)
        self.tasks: list[Task] = sorted(problem.tasks, key=lambda task: task.id)
        self.task_index = {task.id: i for i, task in enumerate(self.tasks)}
        ordered = sorted(problem.responders, key=lambda person: person.id)
        self.people = [Person(i, responder, self.nodes) for i, responder in enumerate(ordered)]
        self.person_index = {person.id: i for i, person in enumerate(ordered)}
        self.task_node = [self.nodes.of_place[task.place] for task in self.tasks]
        self.task_end_node = [self.nodes.of_place[task.end_place or task.place] for task in self.tasks]
        self.waives = {(self.task_index[pin.task], pin.hand): pin.waives for pin in problem.pins}
        self.started: set[int] = set()
        self.kept_starts = {(visit.task, visit.responder, visit.start_min) for visit in problem.previous}
        self.vehicle_ids = {None, *(vehicle.id for vehicle in problem.vehicles)}
        self._skilled: dict[frozenset[str], np.ndarray] = {}

    def joined_by(self, problem: Problem, responders: Iterable[Responder]) -> "Compact":
        """Return the same tasks with further people, who move everybody's index; days and loads are as they stand now.

        ``problem`` is the problem with these people. What is changed here afterwards does not change this one.
        """
        joined = copy(self)
        joined.problem = problem
        ordered = [copy(person) for person in self.people]
        ordered += [Person(-1, responder, self.nodes) for responder in responders]
        ordered.sort(key=lambda person: person.responder.id)
        for index, person in enumerate(ordered):
            person.index = index
        joined.people = ordered
        joined.person_index = {person.responder.id: person.index for person in ordered}
        joined.started = set(self.started)
        joined.forget_people()
        return joined

    @cached_property
    def zone_range(self) -> tuple[Minutes, Minutes]:
        """Return the lowest and the highest zone of every person."""
        low = np.array([p.responder.lowest_zone for p in self.people], dtype=np.int32)
        high = np.array([p.responder.highest_zone for p in self.people], dtype=np.int32)
        return low, high

    @cached_property
    def previous_by_task(self) -> dict[int, list[Visit]]:
        """Return the visits of the plan in force by task, of those that still exist, in the order of hands."""
        found: dict[int, list[Visit]] = {}
        for visit in sorted(self.problem.previous, key=lambda v: (v.task, v.hand)):
            task = self.task_index.get(visit.task)
            if task is not None and 0 <= visit.hand < len(self.tasks[task].hands):
                found.setdefault(task, []).append(visit)
        return found

    @cached_property
    def followers(self) -> dict[int, list[int]]:
        """Return, for every task that others wait for, those others."""
        found: dict[int, list[int]] = {}
        for task, what in enumerate(self.tasks):
            for after in what.after:
                found.setdefault(self.task_index[after.task], []).append(task)
        return found

    def skilled(self, skills: frozenset[str]) -> np.ndarray:
        """Return which people have all of these skills, shape (people,), bool."""
        mask = self._skilled.get(skills)
        if mask is None:
            mask = np.array([skills <= p.responder.skills for p in self.people], dtype=bool)
            self._skilled[skills] = mask
        return mask

    def forget_skills(self) -> None:
        """Drop what is known about skills, after somebody's skills have changed."""
        self._skilled.clear()

    def forget_people(self) -> None:
        """Drop what is known about everybody, after people have come."""
        self._skilled = {}
        self.__dict__.pop("zone_range", None)

    def hand(self, task: int, hand: int) -> Hand:
        """Return what one hand must be able to do."""
        return self.tasks[task].hands[hand]

    def stop(self, task: int, hand: int, start: int) -> Stop:
        """Return the stop that serves a hand of a task from a start minute on."""
        what = self.tasks[task]
        return Stop(
            start,
            start + what.hand_min(hand),
            task,
            hand,
            self.task_node[task],
            self.task_end_node[task],
            what.ppe_level,
            what.zone,
            what.hands[hand].drives,
            task in self.started,
            self.waives.get((task, hand), NO_WAIVER),
        )

    def weighted(self, task: int, minutes: int) -> int:
        """Return the load of so many minutes of a task."""
        weights = self.problem.weights
        return minutes * (weights.hot_percent if self.tasks[task].zone >= weights.hot_zone else 100) // 100
