"""Which of the people who could take a hand should: the soft tiers as one whole number, smaller is better."""

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.codes import ReasonCode
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.gaps import Rows
from tongxin.engines.planner.result import Reason, RunnerUp
from tongxin.engines.planner.travel import Minutes

Keys = NDArray[np.int64]
# Below this share of their time, people with a rare skill are not spared for it.
SPARED_FROM = 0.5


class Option(NamedTuple):
    """One person for one hand at one start, with the numbers by which people are compared, in tier order."""

    person: int
    start: int
    late: int
    spared: int
    load: int
    load_step: int
    asked: int
    walk: int
    stranger: int

    def numbers(self) -> dict[str, int]:
        """Return the numbers that an explanation shows."""
        return {
            "walk_min": self.walk,
            "load_min": self.load,
            "late_min": self.late,
            "start_min": self.start,
            "asked_hours": self.asked,
            "known": 1 - self.stranger,
        }


class Ranking:
    """The order of people for a hand. The most significant digits hold the most important tier."""

    def __init__(self, compact: Compact) -> None:
        self._compact = compact
        people = [person.responder for person in compact.people]
        now = compact.problem.now_min
        asked = [
            0 if p.last_asked_min is None else min(24, max(0, 24 - (now - p.last_asked_min) // 60)) for p in people
        ]
        self._asked = np.array(asked, dtype=np.int64)
        self._pressure = _pressure(compact)
        self._spared: dict[frozenset[str], Keys] = {}
        self._load = np.array([person.load for person in compact.people], dtype=np.int64)

    def joined_by(self, compact: Compact, rows: Sequence[int]) -> "Ranking":
        """Return the order of more people: ``rows`` are the indices in ``compact`` of those who have come, ascending.

        They are spared for nothing and were never asked, whatever they are called for later.
        """
        joined = copy(self)
        joined._compact = compact
        # numpy counts the places in the array before anything is put in
        before = [row - k for k, row in enumerate(rows)]
        joined._asked = np.insert(self._asked, before, 0)
        joined._spared = {needed: np.insert(worth, before, 0) for needed, worth in self._spared.items()}
        joined._load = np.insert(self._load, before, 0)
        return joined

    def compare_all(self) -> None:
        """Work out now who is to be spared for what, so that somebody who is changed later is not."""
        for task in self._compact.tasks:
            for hand in task.hands:
                self.spare(hand.skills)

    def refresh(self, person: int) -> None:
        """Take over a person's changed load."""
        self._load[person] = self._compact.people[person].load

    def keys(self, task: int, hand: int, rows: Rows, start: Minutes, walk: Minutes) -> Keys:
        """Return one number per person, to be sorted ascending; arrays have the shape (entries,)."""
        what = self._compact.tasks[task]
        late = np.minimum(np.maximum(start + (what.hand_min(hand) - what.due_min), 0), 2**18 - 1).astype(np.int64)
        key = late * 8 + self.spare(what.hands[hand].skills)[rows]
        steps = np.minimum(self._load[rows] // self._compact.problem.weights.fairness_unit_min, 1023)
        key = (key * 1024 + steps) * 32 + self._asked[rows]
        key = key * 256 + np.minimum(walk, 255)
        if what.preferred:
            known = [self._compact.person_index[person] for person in what.preferred]
            key = key * 2 + ~np.isin(rows, known)
        else:
            key *= 2
        result: Keys = key * 2**14 + np.minimum(start, 2**14 - 1)
        return result

    def option(self, task: int, hand: int, person: int, start: int, walk: int) -> Option:
        """Return the same comparison for one person, in words' numbers."""
        what, who = self._compact.tasks[task], self._compact.people[person]
        return Option(
            person=person,
            start=start,
            late=max(0, start + what.hand_min(hand) - what.due_min),
            spared=int(self.spare(what.hands[hand].skills)[person]),
            load=who.load,
            load_step=who.load // self._compact.problem.weights.fairness_unit_min,
            asked=int(self._asked[person]),
            walk=walk,
            stranger=int(bool(what.preferred) and who.responder.id not in what.preferred),
        )

    def spare(self, needed: frozenset[str]) -> Keys:
        """Return 0-7 for everybody: how much they are wanted for a rare skill that this hand does not need."""
        known = self._spared.get(needed)
        if known is None:
            worth = [
                max((self._pressure[skill] for skill in person.responder.skills - needed), default=0)
                for person in self._compact.people
            ]
            known = self._spared[needed] = np.array(worth, dtype=np.int64)
        return known


def _pressure(compact: Compact) -> dict[str, int]:
    demand: dict[str, int] = defaultdict(int)
    supply: dict[str, int] = defaultdict(int)
    for task in compact.tasks:
        for k, hand in enumerate(task.hands):
            for skill in hand.skills:
                demand[skill] += task.hand_min(k)
    for person in compact.people:
        minutes = sum(end - start for start, end in person.windows)
        for skill in person.responder.skills:
            supply[skill] += minutes
    pressure: dict[str, int] = defaultdict(int)
    for skill, minutes in demand.items():
        share = minutes / supply[skill] if supply[skill] else 0.0
        pressure[skill] = min(7, int(share * 8)) if share >= SPARED_FROM else 0
    return pressure


def reason_of(chosen: Option, other: Option | None) -> Reason:
    """Return the first tier on which the chosen person is better than the next one."""
    if other is None:
        return Reason(code=ReasonCode.ONLY_ONE, numbers=chosen.numbers())
    pairs = (
        (ReasonCode.EARLIER, chosen.late, other.late),
        (ReasonCode.WHOLE_PLAN, chosen.spared, other.spared),
        (ReasonCode.LEAST_LOADED, chosen.load_step, other.load_step),
        (ReasonCode.LEAST_RECENTLY_ASKED, chosen.asked, other.asked),
        (ReasonCode.CLOSEST_FREE, chosen.walk, other.walk),
        (ReasonCode.CONTINUITY, chosen.stranger, other.stranger),
        (ReasonCode.EARLIER, chosen.start, other.start),
    )
    for code, mine, theirs in pairs:
        if mine < theirs:
            return Reason(code=code, numbers=chosen.numbers())
        if mine > theirs:
            return Reason(code=ReasonCode.WHOLE_PLAN, numbers=chosen.numbers())
    return Reason(code=ReasonCode.FIRST_OF_EQUALS, numbers=chosen.numbers())


def runner_up_of(compact: Compact, other: Option | None) -> RunnerUp | None:
    """Return the next best person as the answer shows it."""
    if other is None:
        return None
    return RunnerUp(responder=compact.people[other.person].responder.id, numbers=other.numbers())
