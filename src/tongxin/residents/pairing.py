"""Who calls whom: a balanced assignment with the least cost, exact and deterministic.

Loads come first (the sum of their squares is least, so that they differ by at most one wherever everybody may be
called by everybody), then closeness: somebody known before, a colleague of the same department. A dialect is a hard
rule as long as somebody speaks it. Pure: ids in, ids and reason codes out; nothing of a framework.

The assignment is a minimum-cost flow with convex costs at the callers, built one person at a time along shortest
augmenting paths (Edmonds & Karp 1972; Ahuja, Magnanti & Orlin 1993, ch. 14). The graph is shrunk to the callers: the
edge from caller a to caller b costs what the cheapest move of one of a's people to b costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_Costs = NDArray[np.int64]
#: Costs of closeness; the load always outweighs what closeness can save on any path.
_STRANGER, _KNOWN, _COLLEAGUE = 100, 60, 10
_NEVER = np.int64(2**60)


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of the one-to-one list. `known` are callers met before, `barred` may not call (the person's self)."""

    id: int
    dialect: str = ""
    department_id: int | None = None
    known: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may call. `load` and `deputy_load` are people kept from before, who do not move."""

    id: int
    dialects: frozenset[str] = frozenset()
    department_id: int | None = None
    load: int = 0
    deputy_load: int = 0


@dataclass(frozen=True, slots=True)
class Pairing:
    """One person's caller and deputy with the reasons: codes, and the numbers of the load."""

    person_id: int
    caller_id: int
    deputy_id: int | None
    codes: tuple[str, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)


class NoCallers(ValueError):
    """Nobody can call."""


def speaks(person: Listed, caller: Caller) -> bool:
    return bool(person.dialect) and person.dialect in caller.dialects


def _allowed(people: Sequence[Listed], callers: Sequence[Caller], taken: Sequence[int | None]) -> NDArray[np.bool_]:
    """Return who may call whom (people x callers): speakers of the dialect if there are any, else everybody else."""
    table = np.zeros((len(people), len(callers)), dtype=bool)
    speakers: dict[str, NDArray[np.bool_]] = {}
    ids = np.array([caller.id for caller in callers], dtype=np.int64)
    for row, person in enumerate(people):
        if person.dialect not in speakers:
            speakers[person.dialect] = np.array([speaks(person, caller) for caller in callers], dtype=bool)
        free = np.ones(len(callers), dtype=bool) if not person.barred else ~np.isin(ids, list(person.barred))
        if taken[row] is not None:
            free &= ids != taken[row]
        able = speakers[person.dialect] & free
        table[row] = able if able.any() else free
    return table


def _closeness(people: Sequence[Listed], callers: Sequence[Caller]) -> _Costs:
    column = {caller.id: index for index, caller in enumerate(callers)}
    departments = np.array([caller.department_id or -1 for caller in callers], dtype=np.int64)
    costs = np.full((len(people), len(callers)), _STRANGER, dtype=np.int64)
    for row, person in enumerate(people):
        if person.department_id:
            costs[row, departments == person.department_id] -= _COLLEAGUE
        for known in person.known:
            if known in column:
                costs[row, column[known]] -= _KNOWN
    return costs


def balanced(costs: _Costs, loads: Sequence[int]) -> list[int]:
    """Return the column of each row: sum of squared loads least, then sum of costs least.

    Parameters
    ----------
    costs
        Rows x columns, non-negative; `2**60` where a row may not go. Each row needs at least one place to go.
    loads
        What each column carries before.

    Returns
    -------
    The column of each row. The same input gives the same answer.
    """
    rows, columns = costs.shape
    finite = costs[costs < _NEVER]
    # Heavier than anything that closeness can save along one path through all columns.
    weight = np.int64((int(finite.max(initial=0)) + 1) * (columns + 1))
    load = np.array(loads, dtype=np.int64)
    chosen = np.full(rows, -1, dtype=np.int64)
    moves = np.full((columns, columns), _NEVER, dtype=np.int64)
    movers = np.full((columns, columns), -1, dtype=np.int64)
    for row in range(rows):
        came_from, end = _cheapest_path(costs[row], moves, weight * (2 * load + 1))
        changed = _shift(row, end, came_from, chosen, movers)
        load[end] += 1
        for column in changed:
            _refresh(column, costs, chosen, moves, movers)
    return [int(column) for column in chosen]


def _cheapest_path(start: _Costs, moves: _Costs, marginal: _Costs) -> tuple[NDArray[np.int64], int]:
    """Return for each column where the path to it comes from (-1: the new row itself), and where the path ends."""
    distance = start.copy()
    came_from = np.full(len(start), -1, dtype=np.int64)
    for _ in range(len(start)):
        through = np.where(distance[:, None] >= _NEVER, _NEVER, np.minimum(distance[:, None] + moves, _NEVER))
        best = through.argmin(axis=0)
        reached = through[best, np.arange(len(start))]
        better = reached < distance
        if not better.any():
            break
        distance[better] = reached[better]
        came_from[better] = best[better]
    return came_from, int(np.where(distance >= _NEVER, _NEVER, distance + marginal).argmin())


def _shift(
    row: int, end: int, came_from: NDArray[np.int64], chosen: NDArray[np.int64], movers: NDArray[np.int64]
) -> list[int]:
    """Move one row along each edge of the path and put the new row at its start; return the columns touched."""
    path = [end]
    while came_from[path[-1]] >= 0:
        path.append(int(came_from[path[-1]]))
    moved = [(int(movers[before, after]), after) for after, before in pairwise(path)]
    for mover, after in moved:
        chosen[mover] = after
    chosen[row] = path[-1]
    return path


def _refresh(column: int, costs: _Costs, chosen: NDArray[np.int64], moves: _Costs, movers: NDArray[np.int64]) -> None:
    """Find anew the cheapest row to move from a column to each other column."""
    mine = np.flatnonzero(chosen == column)
    if not len(mine):
        moves[column], movers[column] = _NEVER, -1
        return
    extra = np.where(costs[mine] >= _NEVER, _NEVER, costs[mine] - costs[mine, column][:, None])
    best = extra.argmin(axis=0)
    moves[column] = extra[best, np.arange(costs.shape[1])]
    movers[column] = mine[best]
    moves[column, column] = _NEVER


def pair(people: Sequence[Listed], callers: Sequence[Caller]) -> list[Pairing]:
    """Give each person one caller and a deputy who is somebody else; None as deputy only when there is one caller.

    Raises NoCallers. The order of the input does not matter: people and callers are taken in the order of their ids.
    """
    if not callers and people:
        raise NoCallers
    crowd = sorted(people, key=lambda person: person.id)
    team = sorted(callers, key=lambda caller: caller.id)
    if not crowd:
        return []
    closeness = _closeness(crowd, team)
    allowed = _allowed(crowd, team, [None] * len(crowd))
    if not allowed.any(axis=1).all():
        raise NoCallers
    first = balanced(np.where(allowed, closeness, _NEVER), [caller.load for caller in team])
    second = _deputies(crowd, team, first)
    loads = np.array([caller.load for caller in team]) + np.bincount(first, minlength=len(team))
    return [
        Pairing(person.id, team[a].id, None if b is None else team[b].id, codes(person, team[a]), _numbers(loads, a))
        for person, a, b in zip(crowd, first, second, strict=True)
    ]


def deputies(people: Sequence[Listed], callers: Sequence[Caller], of: Mapping[int, int]) -> list[Pairing]:
    """Give people who keep or got a caller by hand (`of`: person id -> caller id) a deputy in balance."""
    crowd = sorted(people, key=lambda person: person.id)
    team = sorted(callers, key=lambda caller: caller.id)
    column = {caller.id: index for index, caller in enumerate(team)}
    first = [column[of[person.id]] for person in crowd]
    second = _deputies(crowd, team, first) if crowd else []
    loads = np.array([caller.load for caller in team], dtype=np.int64)
    return [
        Pairing(person.id, team[a].id, None if b is None else team[b].id, codes(person, team[a]), _numbers(loads, a))
        for person, a, b in zip(crowd, first, second, strict=True)
    ]


def _deputies(crowd: Sequence[Listed], team: Sequence[Caller], first: Sequence[int]) -> list[int | None]:
    """Return deputies in balance; the people of one caller are spread over many, so that nobody inherits them all."""
    if len(team) < 2:
        return [None] * len(crowd)
    allowed = _allowed(crowd, team, [team[column].id for column in first])
    seen = [0] * len(team)
    costs = np.empty((len(crowd), len(team)), dtype=np.int64)
    turn = np.arange(len(team), dtype=np.int64)
    for row, column in enumerate(first):
        costs[row] = (turn - column - 1 - seen[column]) % (len(team) - 1 or 1)
        seen[column] += 1
    able = allowed.any(axis=1)
    found: list[int | None] = [None] * len(crowd)
    rows = np.flatnonzero(able)
    columns = balanced(np.where(allowed, costs, _NEVER)[rows], [caller.deputy_load for caller in team])
    for index, column in zip(rows, columns, strict=True):
        found[int(index)] = column
    return found


def codes(person: Listed, caller: Caller) -> tuple[str, ...]:
    """Return why these two: what binds them, and always the load."""
    found = []
    if speaks(person, caller):
        found.append("SAME_DIALECT")
    if caller.id in person.known:
        found.append("KNOWN_BEFORE")
    if person.department_id and person.department_id == caller.department_id:
        found.append("SAME_DEPARTMENT")
    if person.dialect and not speaks(person, caller):
        found.append("NO_SPEAKER")
    return (*found, "LEAST_LOAD")


def _numbers(loads: NDArray[np.int64], column: int) -> dict[str, int]:
    return {
        "load": int(loads[column]),
        "least": int(loads.min()),
        "most": int(loads.max()),
        "callers": len(loads),
    }
