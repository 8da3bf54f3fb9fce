"""The desk from outside: a problem laid out in one array, and what may be asked of it. Same answers as plain Python."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.compact import Compact, Person, Stop
from tongxin.engines.planner.fitting import ANY, Wish
from tongxin.engines.planner.gaps import Openings
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.search import desk as at
from tongxin.engines.planner.search.desk_day import put, refresh_all, refresh_everybody, take_out
from tongxin.engines.planner.search.desk_find import begin_look, openings
from tongxin.engines.planner.search.desk_problem import (
    CANDIDATES,
    Laid,
    joined_laid,
    lay,
    person_row,
    unfit_for,
    vehicle_order,
)
from tongxin.engines.planner.search.desk_rules import broken_by
from tongxin.engines.planner.search.desk_team import fit
from tongxin.engines.planner.search.desk_why import runner_up, verdicts
from tongxin.engines.planner.search.layout import Ints

RULES: tuple[Rule | None, ...] = (
    None,
    Rule.SKILL,
    Rule.EXCLUDED,
    Rule.ZONE_COHORT,
    Rule.AVAILABILITY,
    Rule.PAST,
    Rule.BUSY,
    Rule.TRAVEL,
    Rule.SHIFT_LENGTH,
    Rule.DAY_HOURS,
    Rule.WEEK_HOURS,
    Rule.REST,
    Rule.DAYS_IN_A_ROW,
    Rule.NIGHT_MORNING,
    Rule.PPE_TIME,
    Rule.ZONE_ORDER,
    Rule.DRIVER_HOURS,
    Rule.PIN,
)
# Room for stops a person: at least, and so many times what everybody would get of equal shares.
STOPS = 24
STOPS_PER_MEAN = 4
LIST_WIDTH = 160
Wishes = Mapping[tuple[int, int], Wish]


class Placed(NamedTuple):
    """One hand as the desk would place it: person, start, walk, the same of the next best or -1, vehicle or -1."""

    person: int
    start: int
    walk: int
    other: int
    other_start: int
    other_walk: int
    vehicle: int


@dataclass(slots=True)
class Desk:
    """Everybody's day in one array, kept in step with ``Person.stops``. Not for problems with waivers."""

    compact: Compact
    ranking: Ranking
    candidates: int = CANDIDATES
    stops: int = STOPS
    rides: int = STOPS
    q: Ints = field(init=False)
    _laid: Laid = field(init=False)
    _vehicles: list[str] = field(init=False)
    _wished: list[int] = field(init=False, default_factory=list)

    @property
    def rules(self) -> tuple[Rule | None, ...]:
        """Return the rules by their numbers on the desk."""
        return RULES

    def __post_init__(self) -> None:
        """Lay the problem out, with everybody's commitments."""
        people = self.compact.people
        self._laid = lay(self.compact, self.ranking, self.candidates)
        most = max((len(person.stops) for person in people), default=0)
        mean = sum(self._laid.hands) // max(1, len(people))
        self.stops = max(self.stops, most + 2, STOPS_PER_MEAN * mean)
        self._vehicles = vehicle_order(self.compact)
        self._lay_out()

    def _lay_out(self) -> None:
        """Put the tables one after another into a new array; what a table needs but has not is zero."""
        compact = self.compact
        rows = self._laid.tables
        people, limits, hands = len(compact.people), len(compact.limits.ppe), max(self._laid.hands, default=1)
        windows = max((len(person.windows) for person in compact.people), default=1)
        gaps, vehicles = self.stops + windows + 1, len(compact.problem.vehicles)
        shapes = {
            at.DAY: (people * self.stops, at.DAY_WIDTH),
            at.GAP: (people * gaps, at.G_WORN + 2 * limits),
            at.ENTRY: (hands * people * gaps + 1, at.ENTRY_WIDTH),
            at.PROBE: (self.stops + 2, at.DAY_WIDTH),
            at.DUTY: (self.stops + 2, 4),
            at.PASSES: (self.stops + 2, at.X_WORN + 2 * limits),
            at.LIST: (at.LISTS, max(LIST_WIDTH, hands + 2)),
            at.RIDE: (vehicles * self.rides, at.RIDE_WIDTH),
            at.OUT: (hands, at.OUT_WIDTH),
            at.FLAG: (people, 2),
            at.VERDICT: (people, 1),
            at.SIZE: (1, at.SIZE_WIDTH),
        }
        tables = [rows[k] if k in rows else np.zeros(shapes[k], np.int64) for k in range(at.TABLES)]
        widths = [table.shape[1] for table in tables]
        offsets = np.cumsum([2 * at.TABLES, *(table.size for table in tables)])[:-1]
        head = np.array(list(chain.from_iterable(zip(offsets.tolist(), widths, strict=True))), np.int64)
        self.q = np.concatenate([head, *(table.ravel() for table in tables)])
        counts = (people, self.stops, gaps, people * gaps, limits, vehicles, self.rides, 0, 0, 0, 0)
        self.q[offsets[at.SIZE] : offsets[at.SIZE] + at.SIZE_WIDTH] = counts
        for person in compact.people:
            self._write_stops(person)
        refresh_everybody(self.q)

    def _at(self, table: int, row: int, column: int) -> int:
        return int(self.q[2 * table]) + row * int(self.q[2 * table + 1]) + column

    def table(self, which: int, rows: int) -> Ints:
        """Return a view of the first rows of a table."""
        start, width = int(self.q[2 * which]), int(self.q[2 * which + 1])
        view: Ints = self.q[start : start + rows * width].reshape(rows, width)
        return view

    def _write_stops(self, person: Person) -> None:
        if person.stops:
            start = self._at(at.DAY, person.index * self.stops, 0)
            rows = [
                (s.start, s.end, s.task, s.node, s.end_node, s.ppe, s.zone, s.drives, s.is_fact, 0, 0, 0, 0)
                for s in person.stops
            ]
            numbers = np.array(rows, np.int64).ravel()
            self.q[start : start + len(numbers)] = numbers
        self.q[self._at(at.PERSON, person.index, at.P_STOPS)] = len(person.stops)
        self.q[self._at(at.PERSON, person.index, at.P_LOAD)] = person.load

    def _grow(self) -> None:
        """Make room for more stops a person, and for more rides a vehicle."""
        self.stops, self.rides = 2 * self.stops, 2 * self.rides
        count, half = len(self._vehicles), self.rides // 2
        rides = self.table(at.RIDE, count * half).copy()
        for which, table in self._laid.tables.items():
            self._laid.tables[which] = self.table(which, len(table)).copy()
        self._lay_out()
        for b in range(count):
            self.table(at.RIDE, b * self.rides + half)[b * self.rides :] = rides[b * half : (b + 1) * half]

    def joined_by(self, compact: Compact, ranking: Ranking, rows: Sequence[int]) -> "Desk":
        """Return a desk for a problem with further people, whose indices are ``rows``; the plan stays as it stands."""
        self._wish(0, {})
        joined = copy(self)
        joined.compact, joined.ranking, joined._wished = compact, ranking, []
        joined._laid = joined_laid(
            compact, self._laid, {k: self.table(k, len(t)) for k, t in self._laid.tables.items()}, rows
        )
        joined._lay_out()
        rides = len(self._vehicles) * self.rides
        joined.table(at.RIDE, rides)[:] = self.table(at.RIDE, rides)
        return joined

    def tell_legs(self) -> None:
        """Tell everybody how each of their stops is reached, as ``route.legs_of`` would work it out."""
        people = self.compact.people
        days = self.table(at.DAY, len(people) * self.stops).reshape(len(people), self.stops, -1)
        for person, day in zip(people, days, strict=True):
            if person.known_legs is None or person.known_legs[0] is not person.stops:
                legs = day[: len(person.stops), at.D_DEPARTS : at.D_NEW + 1].tolist()
                person.known_legs = person.stops, [(a, b, bool(c), bool(d)) for a, b, c, d in legs]

    def add(self, person: Person, stop: Stop) -> None:
        """Follow a stop that a person has just got."""
        if put(self.q, person.index, stop.task, stop.hand, stop.start):
            self.q[self._at(at.PERSON, person.index, at.P_LOAD)] = person.load
        else:
            self._grow()

    def take_out(self, person: Person, task: int) -> None:
        """Follow a task that a person has just lost."""
        take_out(self.q, person.index, task)
        self.q[self._at(at.PERSON, person.index, at.P_LOAD)] = person.load

    def set_rides(self, vehicle: str, rides: list[tuple[int, int, int]]) -> None:
        """Follow the rides of a vehicle."""
        while len(rides) > self.rides:
            self._grow()
        b = self._vehicles.index(vehicle)
        self.q[self._at(at.VEHICLE, b, at.B_RIDES)] = len(rides)
        if rides:
            self.table(at.RIDE, (b + 1) * self.rides)[b * self.rides : b * self.rides + len(rides)] = rides

    def start(self, task: int) -> None:
        """Take a task as begun: what it is part of is a fact from now on."""
        self.q[self._at(at.TASK, task, at.T_STARTED)] = 1

    def change(self, person: Person) -> None:
        """Follow a person whose skills, place, windows or load have changed; stops and number of windows have not."""
        index = person.index
        self.table(at.PERSON, index + 1)[index] = person_row(self.compact, person)
        width = int(self.q[2 * at.WINDOW + 1])
        flat = list(chain.from_iterable(person.windows))
        self.table(at.WINDOW, index + 1)[index] = flat + [0] * (width - len(flat))
        self.table(at.UNFIT, len(self._laid.kinds))[:, index] = [unfit_for(kind, person) for kind in self._laid.kinds]
        self._write_stops(person)
        refresh_all(self.q, index)

    def broken_by(self, person: Person, stop: Stop) -> Rule | None:
        """Return the rule that a further stop would break in a person's day."""
        return RULES[broken_by(self.q, person.index, stop.task, stop.hand, stop.start)]

    def _wish(self, task: int, wishes: Wishes) -> None:
        """Write what is wished for the hands of a task."""
        for place in self._wished:
            self.q[place] = at.NONE
        self._wished = []
        if not wishes:
            return
        for hand in range(self._laid.hands[task]):
            wish = wishes.get((task, hand), ANY)
            row = int(self.q[self._at(at.TASK, task, at.T_HAND)]) + hand
            for column, value in ((at.H_WHO, wish.person), (at.H_WHEN, wish.start)):
                if value is not None:
                    self._wished.append(self._at(at.HAND, row, column))
                    self.q[self._wished[-1]] = value

    def fit(self, task: int, span: tuple[int, int], wishes: Wishes, *, needs_vehicle: bool) -> list[Placed] | None:
        """Return how to place each hand of a task that may start in a span, or None when no room was found."""
        self._wish(task, wishes)
        if not fit(self.q, task, span[0], span[1], needs_vehicle):
            return None
        return [Placed(*row) for row in self.table(at.OUT, self._laid.hands[task]).tolist()]

    def openings(self, task: int, hand: int, first: int, last: int, wishes: Wishes) -> Openings:
        """Return where a hand fits, as ``GapTable.openings`` does."""
        self._wish(task, wishes)
        count = openings(self.q, task, hand, first, last)
        start = hand * int(self.q[self._at(at.SIZE, 0, at.S_ENTRIES)])
        found = self.table(at.ENTRY, start + count)[start:].astype(np.int32)
        return Openings(
            found[:, at.E_PERSON].astype(np.intp), found[:, at.E_FIRST], found[:, at.E_LAST], found[:, at.E_WALK]
        )

    def verdicts(self, task: int, hand: int, span: tuple[int, int], wishes: Wishes) -> Ints:
        """Return for every person the number in ``RULES`` of what keeps them from a hand, shape (people,)."""
        self._wish(task, wishes)
        verdicts(self.q, task, hand, span[0], span[1])
        return self.table(at.VERDICT, len(self.compact.people))[:, 0]

    def runner_up(self, task: int, stop: Stop, team: Iterable[int], wishes: Wishes) -> tuple[int, int] | None:
        """Return who else, with their walk, could take a visit at its time beside all that they do."""
        self._wish(task, wishes)
        look = begin_look(self.q)
        for person in team:
            self.q[self._at(at.FLAG, person, 0)] = look
        if not runner_up(self.q, task, stop.hand, stop.start, look):
            return None
        row = self._at(at.OUT, stop.hand, 0)
        return int(self.q[row + at.O_OTHER]), int(self.q[row + at.O_OTHER_WALK])

    def vehicle(self, index: int) -> str | None:
        """Return the id of a vehicle by its number on the desk."""
        return None if index < 0 else self._vehicles[index]
