"""One-to-one pairing: who calls whom, exact, explained, with few moves when something changes.

Strict tiers, lower is better (`PairingCost`): nobody left out, a common dialect, callers within the even share, few
people moved to another caller, even loads, closeness. The deputies come after the callers as a problem of their own.

Method: minimum-cost flow with convex costs at the callers, built one person at a time along shortest augmenting paths
(Edmonds & Karp 1972; Ahuja, Magnanti & Orlin 1993, ch. 14). The residual graph is shrunk to the callers: the edge from
caller a to caller b costs what the cheapest move of one of a's people to b costs. The tiers are digits of one whole
number whose bases no path can overflow, so that every comparison is exact. Among equally good answers the first in
the order of ids is taken: the answer depends on the question alone, not on the order of the input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_Numbers = NDArray[np.int64]
_NEVER = np.int64(2**60)
_LATEST_TURN = 10


class PairTier(StrEnum):
    """What a pairing is judged by, most important first; the names are those of `PairingCost`."""

    UNPAIRED = "UNPAIRED"
    NO_DIALECT = "NO_DIALECT"
    UNEVEN = "UNEVEN"
    MOVED = "MOVED"
    SQUARES = "SQUARES"
    FAR = "FAR"


class PairCode(StrEnum):
    """Why this caller: what binds the two; the load always counts."""

    KEPT = "KEPT"
    SAME_DIALECT = "SAME_DIALECT"
    NO_SPEAKER = "NO_SPEAKER"
    KNOWN_BEFORE = "KNOWN_BEFORE"
    SAME_AREA = "SAME_AREA"
    SAME_DEPARTMENT = "SAME_DEPARTMENT"
    LEAST_LOAD = "LEAST_LOAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A person who is to be called.

    Parameters
    ----------
    dialect
        What the person speaks, empty when everybody's language will do.
    area, department
        Where the person lives and belongs, as ids that callers have too.
    known
        Callers who have spoken with the person before.
    barred
        Callers who may not call the person (for example the person's self).
    stays_with, deputy_stays
        Caller and deputy in hand: kept unless a higher tier asks for a move.
    is_fixed
        Somebody has decided on ``stays_with``: it is not for the pairing to change.
    """

    id: int
    dialect: str = ""
    area: int | None = None
    department: int | None = None
    known: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    stays_with: int | None = None
    deputy_stays: int | None = None
    is_fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who calls; ``most`` is how many people at most, None: no such limit."""

    id: int
    dialects: frozenset[str] = frozenset()
    area: int | None = None
    department: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRules:
    """How the tiers are counted.

    Parameters
    ----------
    uneven_by
        Loads may lie this far from the even share before people are moved for it; None: never move people for that.
    stranger, other_area, other_department
        What it adds to `PairingCost.far` when the two have not spoken, live apart, belong to different departments.
    """

    uneven_by: int | None = None
    stranger: int = 60
    other_area: int = 25
    other_department: int = 10


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class PairingCost:
    """The tiers of an answer: people left out, without a common dialect though somebody speaks theirs, people beyond
    the even share, people moved, sum of squared loads, distance. Compared strictly in this order.
    """

    unpaired: int = 0
    no_dialect: int = 0
    uneven: int = 0
    moved: int = 0
    squares: int = 0
    far: int = 0


@dataclass(frozen=True, slots=True)
class NextBest:
    """The best other caller for a person and the first tier by which the best plan with that caller is worse.

    ``by`` is 0 with tier FAR when that plan is just as good and only the order of ids decided.
    """

    caller_id: int
    tier: PairTier
    by: int


@dataclass(frozen=True, slots=True)
class Paired:
    """One person's caller and deputy (None: nobody is left for it), why, the numbers of the load, the runner-up."""

    person_id: int
    caller_id: int | None
    deputy_id: int | None
    codes: tuple[PairCode, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    next_best: NextBest | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """The whole answer in the order of the people's ids, its cost, and that of the deputies."""

    pairs: tuple[Paired, ...]
    cost: PairingCost
    deputy_cost: PairingCost


class TooManyToPair(ValueError):
    """The exact numbers would not fit 60 bits: more than some thousands of people times hundreds of callers."""


def pair(people: Sequence[Listed], callers: Sequence[Caller], *, rules: PairingRules | None = None) -> Pairing:
    """Give each person a caller and a deputy who is somebody else, at the least cost of all answers.

    Parameters
    ----------
    people, callers
        Ids must be unique on each side. The order does not matter.
    rules
        How the tiers are counted.

    Returns
    -------
    Pairing
        Optimal for the callers tier by tier; for these callers, the deputies are optimal too.

    Raises
    ------
    ValueError
        An id stands twice, or somebody is fixed to a caller who is not there.
    TooManyToPair
        See there.
    """
    rules = rules or PairingRules()
    crowd, team = sorted(people, key=lambda one: one.id), sorted(callers, key=lambda one: one.id)
    _check(crowd, team)
    column = {caller.id: index for index, caller in enumerate(team)}
    first = _callers_flow(crowd, team, rules)
    first.solve()
    second = _deputies_flow(crowd, team, first.chosen)
    second.solve()
    spoken = _spoken(team)
    loads = first.load[: len(team)]
    found = []
    for row, person in enumerate(crowd):
        a, b = int(first.chosen[row]), int(second.chosen[row])
        caller = team[a] if a < len(team) else None
        found.append(
            Paired(
                person.id,
                None if caller is None else caller.id,
                team[b].id if b < len(team) else None,
                () if caller is None else codes(person, caller, spoken),
                {} if caller is None else _load_numbers(loads, a),
                None if person.is_fixed and person.stays_with in column else first.next_best(row, team),
            )
        )
    return Pairing(tuple(found), first.cost(), second.cost())


def codes(person: Listed, caller: Caller, spoken: frozenset[str]) -> tuple[PairCode, ...]:
    """Return why these two. ``spoken`` holds the dialects that any caller speaks."""
    found = []
    if person.stays_with == caller.id:
        found.append(PairCode.KEPT)
    if person.dialect and person.dialect in caller.dialects:
        found.append(PairCode.SAME_DIALECT)
    if caller.id in person.known:
        found.append(PairCode.KNOWN_BEFORE)
    if person.department is not None and person.department == caller.department:
        found.append(PairCode.SAME_DEPARTMENT)
    if person.area is not None and person.area == caller.area:
        found.append(PairCode.SAME_AREA)
    if person.dialect and person.dialect not in spoken:
        found.append(PairCode.NO_SPEAKER)
    return (*found, PairCode.LEAST_LOAD)


def even_share(people: int, callers: int, uneven_by: int) -> tuple[int, int]:
    """Return the least and the most people that a caller has within the even share; (0, people) without callers."""
    if not callers:
        return 0, people
    return max(0, people // callers - uneven_by), -(-people // callers) + uneven_by


def _check(crowd: Sequence[Listed], team: Sequence[Caller]) -> None:
    for kind, ids in (("person", [one.id for one in crowd]), ("caller", [one.id for one in team])):
        if len(set(ids)) != len(ids):
            raise ValueError(f"a {kind} stands twice")
    there = {caller.id for caller in team}
    for person in crowd:
        if person.is_fixed and person.stays_with not in there:
            raise ValueError(f"person {person.id} is fixed to a caller who is not there")


def _spoken(team: Sequence[Caller]) -> frozenset[str]:
    return frozenset().union(*(caller.dialects for caller in team)) if team else frozenset()


def _load_numbers(loads: _Numbers, column: int) -> dict[str, int]:
    return {
        "load": int(loads[column]),
        "least": int(loads.min()),
        "most": int(loads.max()),
        "callers": len(loads),
    }


def _dialect_misses(crowd: Sequence[Listed], team: Sequence[Caller]) -> _Numbers:
    """Return 1 where somebody speaks the person's dialect and this caller does not (people x callers)."""
    table = np.zeros((len(crowd), len(team)), dtype=np.int64)
    for dialect in _spoken(team):
        deaf = np.array([dialect not in caller.dialects for caller in team], dtype=bool)
        asked = np.array([person.dialect == dialect for person in crowd], dtype=bool)
        table |= asked[:, None] & deaf
    return table


def _far(crowd: Sequence[Listed], team: Sequence[Caller], rules: PairingRules) -> _Numbers:
    ids = [caller.id for caller in team]
    area = np.array([-1 if caller.area is None else caller.area for caller in team], dtype=np.int64)
    department = np.array([-1 if caller.department is None else caller.department for caller in team], dtype=np.int64)
    table = np.zeros((len(crowd), len(team)), dtype=np.int64)
    for row, person in enumerate(crowd):
        table[row] += rules.stranger * ~np.isin(ids, list(person.known))
        table[row] += rules.other_area * (area != (-2 if person.area is None else person.area))
        table[row] += rules.other_department * (department != (-2 if person.department is None else person.department))
    return table


def _stay_at(crowd: Sequence[Listed], team: Sequence[Caller], stays: Sequence[int | None]) -> NDArray[np.bool_]:
    ids = np.array([caller.id for caller in team], dtype=np.int64)
    table = np.zeros((len(crowd), len(team)), dtype=bool)
    for row, caller_id in enumerate(stays):
        if caller_id is not None:
            table[row] = ids == caller_id
    return table


def _callers_flow(crowd: Sequence[Listed], team: Sequence[Caller], rules: PairingRules) -> "_Flow":
    stays = _stay_at(crowd, team, [person.stays_with for person in crowd])
    held = np.asarray(stays.any(axis=1))
    ids = np.array([caller.id for caller in team], dtype=np.int64)
    able = np.ones((len(crowd), len(team)), dtype=bool)
    for row, person in enumerate(crowd):
        if person.is_fixed:
            able[row] = stays[row]
        elif person.barred:
            able[row] = ~np.isin(ids, list(person.barred))
    # Whoever stays keeps a caller without the dialect, too: it was good enough before.
    misses = np.where(stays, 0, _dialect_misses(crowd, team))
    # A decision by hand goes above the caller's limit rather than leave the person out.
    is_fixed = np.array([person.is_fixed for person in crowd], dtype=bool)
    fixed_at = (stays & is_fixed[:, None]).sum(axis=0)
    most = np.array([len(crowd) if caller.most is None else caller.most for caller in team], dtype=np.int64)
    low, high = even_share(len(crowd), len(team), len(crowd) if rules.uneven_by is None else rules.uneven_by)
    return _Flow(
        _Tables(is_fixed, able, misses, (~stays & held[:, None]).astype(np.int64), _far(crowd, team, rules)),
        np.maximum(most, fixed_at),
        (low, high),
    )


def _deputies_flow(crowd: Sequence[Listed], team: Sequence[Caller], first: _Numbers) -> "_Flow":
    """Deputies in balance; the people of one caller are spread over many, so that nobody inherits them all."""
    count = len(team)
    stays = _stay_at(crowd, team, [person.deputy_stays for person in crowd])
    ids = np.array([caller.id for caller in team], dtype=np.int64)
    able = np.ones((len(crowd), count), dtype=bool)
    turn = np.zeros((len(crowd), count), dtype=np.int64)
    seen = [0] * (count + 1)
    for row, person in enumerate(crowd):
        column = int(first[row])
        if person.barred:
            able[row] = ~np.isin(ids, list(person.barred))
        if column < count:
            able[row, column] = False
            late = (np.arange(count) - column - 1 - seen[column]) % max(1, count - 1)
            # Rising steps: with even ones, giving all people of a caller to one deputy would cost the same.
            turn[row] = np.minimum(late * (late + 1) // 2, _LATEST_TURN)
        seen[column] += 1
    stays &= able
    misses = np.where(stays, 0, _dialect_misses(crowd, team))
    moved = (~stays & np.asarray(stays.any(axis=1))[:, None]).astype(np.int64)
    most = np.full(count, len(crowd), dtype=np.int64)
    return _Flow(_Tables(np.zeros(len(crowd), dtype=bool), able, misses, moved, turn), most, (0, len(crowd)))


@dataclass(frozen=True, slots=True)
class _Tables:
    """People x callers: who may call whom, and what each pair costs in the tiers that are counted by pair.

    ``is_fixed`` holds for people who may not be left out.
    """

    is_fixed: NDArray[np.bool_]
    able: NDArray[np.bool_]
    misses: _Numbers
    moved: _Numbers
    far: _Numbers


class _Flow:
    """The flow: rows (people) to columns (callers, then one for nobody), a node behind them that counts the loads.

    ``share`` is the least and the most people within the even share.
    """

    def __init__(self, tables: _Tables, most: _Numbers, share: tuple[int, int]) -> None:
        self.tables, self.most, self.share = tables, most, share
        rows, self.nobody = tables.able.shape
        self.end = self.nobody + 1
        self.base = _bases(rows, self.nobody, int(tables.far.max(initial=0)))
        weight = dict(zip(PairTier, self.base, strict=True))
        costs = (
            weight[PairTier.NO_DIALECT] * tables.misses
            + weight[PairTier.MOVED] * tables.moved
            + weight[PairTier.FAR] * tables.far
        )
        out = np.where(tables.is_fixed, _NEVER, weight[PairTier.UNPAIRED])[:, None]
        self.costs = np.hstack([np.where(tables.able, costs, _NEVER), out])
        self.weight = weight
        self.load = np.zeros(self.nobody + 1, dtype=np.int64)
        self.chosen = np.full(rows, -1, dtype=np.int64)
        self.is_settled = np.zeros(rows, dtype=bool)
        self.moves = np.full((self.end + 1, self.end + 1), _NEVER, dtype=np.int64)
        self.movers = np.full((self.end + 1, self.end + 1), -1, dtype=np.int64)
        self.distances: _Numbers | None = None
        for column in range(self.nobody + 1):
            self._refresh(column)

    def solve(self) -> None:
        """Place every row at the least cost, then go to the first of the equally good answers."""
        for row in range(len(self.chosen)):
            there, following = self._ways_to(self.end)
            column = int((np.minimum(self.costs[row] + there[: self.end], _NEVER)).argmin())
            self._push(row, column, following, self.end)
        for row in range(len(self.chosen)):
            self._settle(row)

    def _settle(self, row: int) -> None:
        """Give the row the first column with which the whole stays as good; later rows may not change that again."""
        held = int(self.chosen[row])
        free = np.asarray(self.costs[row, :held] < _NEVER)
        if bool(np.any(free)):
            there, following = self._ways_to(held)
            extra = self.costs[row, :held] - self.costs[row, held] + there[:held]
            same = np.flatnonzero(free & (extra == 0))
            if len(same):
                self._push(row, int(same[0]), following, held)
        self.is_settled[row] = True
        self._refresh(int(self.chosen[row]))

    def _ways_to(self, target: int) -> tuple[_Numbers, _Numbers]:
        """Return for each node the least cost of making room by moves that end at `target`, and the next node."""
        there = np.full(self.end + 1, _NEVER, dtype=np.int64)
        there[target] = 0
        following = np.full(self.end + 1, -1, dtype=np.int64)
        while True:
            through = np.where(self.moves >= _NEVER, _NEVER, self.moves + there)
            best = through.argmin(axis=1)
            reached = through[np.arange(self.end + 1), best]
            # Less than half of never: a sum of never and something that saves is no way.
            better = np.asarray(reached < np.minimum(there, _NEVER // 2))
            better[target] = False
            if not better.any():
                return there, following
            there[better], following[better] = reached[better], best[better]

    def _push(self, row: int, column: int, following: _Numbers, target: int) -> None:
        """Put the row into a column and carry out the moves that make room for it."""
        touched = {column}
        if self.chosen[row] >= 0:
            touched.add(int(self.chosen[row]))
        node, steps = column, []
        while node != target:
            steps.append((node, int(following[node])))
            node = steps[-1][1]
        movers = [(int(self.movers[a, b]), b) for a, b in steps if self.end not in (a, b)]
        self.chosen[row] = column
        for mover, b in movers:
            self.chosen[mover] = b
        for a, b in steps:
            touched |= {a, b}
            if b == self.end:
                self.load[a] += 1
            if a == self.end:
                self.load[b] -= 1
        for one in sorted(touched - {self.end}):
            self._refresh(one)

    def _refresh(self, column: int) -> None:
        """Find anew the cheapest row to move from a column to each other, and what one more or one less load costs."""
        mine = np.flatnonzero((self.chosen == column) & ~self.is_settled)
        if len(mine):
            costs = self.costs[mine]
            extra = np.where(costs >= _NEVER, _NEVER, costs - costs[:, column][:, None])
            best = extra.argmin(axis=0)
            self.moves[column, : self.end] = extra[best, np.arange(self.end)]
            self.movers[column, : self.end] = mine[best]
        else:
            self.moves[column, : self.end] = _NEVER
        self.moves[column, column] = _NEVER
        load = int(self.load[column])
        self.moves[column, self.end] = self._marginal(column, load)
        self.moves[self.end, column] = -self._marginal(column, load - 1) if load > 0 else _NEVER

    def _marginal(self, column: int, load: int) -> int:
        """Return what the step from a load to one more costs; it never falls as the load rises."""
        if column == self.nobody:
            return 0
        if load >= self.most[column]:
            return int(_NEVER)
        low, high = self.share
        uneven = -1 if load < low else int(load >= high)
        return self.weight[PairTier.UNEVEN] * uneven + self.weight[PairTier.SQUARES] * (2 * load + 1)

    def next_best(self, row: int, team: Sequence[Caller]) -> NextBest | None:
        """Return the caller with whom the best plan would be next best for this person, and what it would cost."""
        if self.distances is None:
            self.is_settled[:] = False
            for column in range(self.nobody + 1):
                self._refresh(column)
            self.distances = _all_distances(self.moves)
        held = int(self.chosen[row])
        extra = self.costs[row, : self.nobody] - self.costs[row, held] + self.distances[: self.nobody, held]
        barred = (self.costs[row, : self.nobody] >= _NEVER) | (self.distances[: self.nobody, held] >= _NEVER // 2)
        extra = np.where(barred, _NEVER, extra)
        if held < self.nobody:
            extra[held] = _NEVER
        column = int(extra.argmin()) if len(extra) else -1
        if column < 0 or extra[column] >= _NEVER:
            return None
        tiers = _digits(int(extra[column]), self.base)
        tier, by = next(((tier, by) for tier, by in tiers.items() if by), (PairTier.FAR, 0))
        return NextBest(team[column].id, tier, by)

    def cost(self) -> PairingCost:
        """Return the tiers of the answer, counted from the answer."""
        rows = np.flatnonzero(self.chosen < self.nobody)
        columns = self.chosen[rows]
        loads = np.bincount(columns, minlength=self.nobody)
        low, high = self.share
        return PairingCost(
            unpaired=len(self.chosen) - len(rows),
            no_dialect=int(self.tables.misses[rows, columns].sum()),
            uneven=int(np.maximum(0, loads - high).sum() + np.maximum(0, low - loads).sum()),
            moved=int(self.tables.moved[rows, columns].sum()),
            squares=int((loads**2).sum()),
            far=int(self.tables.far[rows, columns].sum()),
        )


def _bases(rows: int, columns: int, far: int) -> list[int]:
    """Return the weight of each tier, most important first: more than all lower ones can change along two paths.

    A path visits each column at most once; it changes the load of two columns and the number of people left out by
    at most one. Twice that, because two paths are compared; twice again, so that differences can be read as digits.
    """
    path = 4 * (columns + 2)
    far_base = 1
    squares = far_base * (path * max(1, far) + 1)
    moved = squares * (8 * (rows + 1) + 1)
    uneven = moved * (path + 1)
    dialect = uneven * 17
    unpaired = dialect * (path + 1)
    if unpaired * 8 >= int(_NEVER) // 4:
        raise TooManyToPair(f"{rows} people, {columns} callers")
    return [unpaired, dialect, uneven, moved, squares, far_base]


def _digits(number: int, bases: Sequence[int]) -> dict[PairTier, int]:
    """Return the tiers of a difference of costs; a digit may be negative."""
    found = {}
    for tier, base in zip(PairTier, bases, strict=True):
        digit = (2 * number + base) // (2 * base)
        found[tier] = digit
        number -= digit * base
    return found


def _all_distances(moves: _Numbers) -> _Numbers:
    """Return the cheapest way between all nodes (Floyd 1962). There are no cycles that save anything."""
    found = moves.copy()
    np.fill_diagonal(found, 0)
    for middle in range(len(found)):
        into, out = found[:, middle], found[middle]
        through = np.where(
            (into[:, None] >= _NEVER // 2) | (out[None, :] >= _NEVER // 2), _NEVER, into[:, None] + out[None, :]
        )
        np.minimum(found, through, out=found)
    return found


assert [tier.value.lower() for tier in PairTier] == [one.name for one in fields(PairingCost)]
