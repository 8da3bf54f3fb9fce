"""Who met a case, when, and in what way: joins over plain arrays.

Days are whole numbers (`datetime.date.toordinal`), both ends of a span inclusive. People, groups and cases are whole
numbers of the caller's choosing; a group below 0 means that it is not known and joins nobody.

The join of one layer sorts its rows once and then looks up all cases together, so that its cost is
O((rows + found) log rows), whatever the number of cases. The radius layer uses a square grid whose cells are as wide
as the radius: everybody within reach of a point is in the nine cells around it.

The order of rows, cases and layers never changes what is found; results are sorted by case, contact and layer.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Cases",
    "Found",
    "GroupLayer",
    "Layer",
    "MeetingLayer",
    "RadiusLayer",
    "empty_found",
    "find_contacts",
    "find_secondary",
    "whole_numbers",
]

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
NOT_KNOWN = -1
#: Pairs of a case and a row that are held in memory at once.
_PAIRS_AT_ONCE = 4_000_000
#: A case with more contacts than this is joined alone, without those whom it has already.
_MANY_CONTACTS = 200


def whole_numbers(values: Sequence[int] | Whole) -> Whole:
    """This function will return the values as an int64 array, shape (n,)."""
    return np.asarray(values, dtype=np.int64).reshape(-1)


def _same_length(**columns: npt.NDArray[Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of different length: {lengths}")


@dataclass(frozen=True)
class Cases:
    """Cases and the span in which meeting them counts.

    Parameters
    ----------
    person, first_day, last_day : int arrays, shape (n,)
        A person may stand in several rows, for example with two spans.
    """

    person: Whole
    first_day: Whole
    last_day: Whole

    def __post_init__(self) -> None:
        _same_length(person=self.person, first_day=self.first_day, last_day=self.last_day)


@dataclass(frozen=True)
class GroupLayer:
    """People who share something over a span: a household, an entrance, a class, a work unit.

    Parameters
    ----------
    code : int
        The layer's number in the results.
    person, group, first_day, last_day : int arrays, shape (n,)
        One row a stay; the same person may have several.
    level : int array, shape (n,), optional
        A height inside the group, for the floor layer; ``NOT_KNOWN_LEVEL`` joins nobody.
    reach : int
        Largest difference of level that still counts as having met; ignored without ``level``.
    """

    code: int
    person: Whole
    group: Whole
    first_day: Whole
    last_day: Whole
    level: Whole | None = None
    reach: int = 0

    def __post_init__(self) -> None:
        _same_length(person=self.person, group=self.group, first_day=self.first_day, last_day=self.last_day)
        if self.level is not None:
            _same_length(person=self.person, level=self.level)


#: A level that is not known: farther from every real floor than any reach.
NOT_KNOWN_LEVEL = -(10**6)


@dataclass(frozen=True)
class MeetingLayer:
    """Meetings that somebody wrote down: two people and a day. The order of the two does not matter."""

    code: int
    first_person: Whole
    second_person: Whole
    day: Whole

    def __post_init__(self) -> None:
        _same_length(first=self.first_person, second=self.second_person, day=self.day)


@dataclass(frozen=True)
class RadiusLayer:
    """People who live within ``radius`` metres of where the case lives; a place that is not known is NaN."""

    code: int
    person: Whole
    x: Real
    y: Real
    first_day: Whole
    last_day: Whole
    radius: float

    def __post_init__(self) -> None:
        _same_length(person=self.person, x=self.x, y=self.y, first_day=self.first_day, last_day=self.last_day)
        if not self.radius > 0:
            raise ValueError(f"radius must be above zero: {self.radius}")


Layer = GroupLayer | MeetingLayer | RadiusLayer


@dataclass(frozen=True)
class Found:
    """Who was found: one row for each case, contact and layer, sorted in that order.

    ``first_day`` and ``last_day`` span all meetings of that row. ``via`` is the contact through whom a secondary
    contact was found, ``NOT_KNOWN`` (-1) for those who met the case.
    """

    case: Whole
    contact: Whole
    layer: Whole
    first_day: Whole
    last_day: Whole
    via: Whole

    def __len__(self) -> int:
        return len(self.case)

    def where(self, mask: npt.NDArray[np.bool_]) -> "Found":
        """This function will return the rows for which ``mask`` holds."""
        return Found(*(getattr(self, name)[mask] for name in _COLUMNS))


_COLUMNS = ("case", "contact", "layer", "first_day", "last_day", "via")


def empty_found() -> Found:
    """This function will return a result without rows."""
    return Found(*(np.zeros(0, dtype=np.int64) for _ in _COLUMNS))


def find_contacts(cases: Cases, layers: Sequence[Layer]) -> Found:
    """This function will return everybody who met one of the cases inside the case's span.

    Parameters
    ----------
    cases : Cases
    layers : sequence of GroupLayer, MeetingLayer, RadiusLayer

    Returns
    -------
    Found
        A case is never its own contact. A case may be a contact of another case.
    """
    parts = [part for layer in layers for part in _find_in(cases, layer)]
    return _merged(_joined(parts))


def find_secondary(primary: Found, layers: Sequence[GroupLayer], *, until: Mapping[int, int], last_day: int) -> Found:
    """This function will return the contacts of contacts, each with the contact through whom it was found.

    A meeting counts from the contact's first meeting with the case (source: national definition of contacts of
    contacts, 2022-06) until the contact was kept apart.

    Parameters
    ----------
    primary : Found
        The contacts of the cases whose own contacts are wanted.
    layers : sequence of GroupLayer
        Ways of meeting that count between the contact and others (household, class).
    until : mapping
        Person -> last day on which that contact could meet others; absent: ``last_day``.
    last_day : int
        Today.

    Returns
    -------
    Found
        Without the cases themselves and without those who are already contacts of the same case. Through several
        contacts the earliest meeting counts, at a draw the smaller number.
    """
    if not len(primary):
        return empty_found()
    chains = _merged(_joined([_columns_without_layer(primary)]))
    ends = whole_numbers([min(until.get(int(person), last_day), last_day) for person in chains.contact])
    together = _joined(
        [
            found
            for part, others in _portions(chains)
            for layer in layers
            for found in _through(chains.where(part), ends[part], layer, others=others)
        ]
    )
    known = _is_pair_of(together, chains)
    return _earliest(together.where(~known))


def _portions(chains: Found) -> Iterator[tuple[npt.NDArray[np.bool_], Whole]]:
    """Cut the pairs of cases and contacts: each case with many contacts alone, with whom need not be looked at for it.

    In a class of 2,000 of whom all are contacts already, everybody else would be joined with everybody else for nothing.
    """
    cases, sizes = np.unique(chains.case, return_counts=True)
    large = cases[sizes > _MANY_CONTACTS]
    for case in large:
        mine = chains.case == case
        yield mine, np.append(chains.contact[mine], case)
    rest = ~np.isin(chains.case, large)
    if rest.any():
        yield rest, np.zeros(0, dtype=np.int64)


def _through(chains: Found, ends: Whole, layer: GroupLayer, *, others: Whole) -> Iterator[Found]:
    """Give whom the contacts of `chains` met, but for those in `others` and the cases themselves.

    Each pair of a case and a contact is looked up as if the contact were a case; its number leads back to the pair.
    """
    pair = np.arange(len(chains), dtype=np.int64)
    for found in _group_join(pair, Cases(chains.contact, chains.first_day, ends), layer, but=others):
        case, via = chains.case[found.case], chains.contact[found.case]
        mask = found.contact != case
        columns = (case, found.contact, found.layer, found.first_day, found.last_day, via)
        yield Found(*(column[mask] for column in columns))


def _columns_without_layer(found: Found) -> Found:
    zeros = np.zeros(len(found), dtype=np.int64)
    return Found(found.case, found.contact, zeros, found.first_day, found.last_day, zeros + NOT_KNOWN)


def _find_in(cases: Cases, layer: Layer) -> list[Found]:
    if isinstance(layer, GroupLayer):
        return _group_join(cases.person, cases, layer)
    if isinstance(layer, MeetingLayer):
        return _meeting_join(cases, layer)
    return _radius_join(cases, layer)


def _expanded(starts: Whole, counts: Whole) -> tuple[Whole, Whole]:
    """Return, for rows whose matches are `counts` places from `starts` on: the row of each match, and its place."""
    rows = np.repeat(np.arange(len(starts), dtype=np.int64), counts)
    offsets = np.arange(len(rows), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, np.repeat(starts, counts) + offsets


def _stays_of(cases: Cases, person: Whole) -> tuple[Whole, Whole]:
    """Return the pairs of a case row and a row of `person` that are the same person."""
    order = np.argsort(person, kind="stable")
    known = person[order]
    left = np.searchsorted(known, cases.person, side="left")
    right = np.searchsorted(known, cases.person, side="right")
    rows, places = _expanded(left, right - left)
    return rows, order[places]


def _pieces(counts: Whole) -> list[slice]:
    """Cut rows into pieces of at most `_PAIRS_AT_ONCE` matches together (one row is never cut)."""
    total = np.cumsum(counts)
    if not len(total) or total[-1] <= _PAIRS_AT_ONCE:
        return [slice(0, len(counts))]
    cuts = [0]
    while cuts[-1] < len(counts):
        before = total[cuts[-1] - 1] if cuts[-1] else 0
        following = int(np.searchsorted(total, before + _PAIRS_AT_ONCE, side="right"))
        cuts.append(max(following, cuts[-1] + 1))
    return [slice(a, b) for a, b in itertools.pairwise(cuts)]


def _group_join(number: Whole, cases: Cases, layer: GroupLayer, *, but: Whole | None = None) -> list[Found]:
    """Join cases with everybody in their groups (`but` for some); `number` is what the result calls each case."""
    rows, stays = _stays_of(cases, layer.person)
    mask = layer.group[stays] >= 0
    rows, stays = rows[mask], stays[mask]
    first = np.maximum(cases.first_day[rows], layer.first_day[stays])
    last = np.minimum(cases.last_day[rows], layer.last_day[stays])
    mask = first <= last
    rows, stays, first, last = rows[mask], stays[mask], first[mask], last[mask]
    order = np.argsort(layer.group, kind="stable")
    if but is not None and len(but):
        order = order[~np.isin(layer.person[order], but)]
    groups = layer.group[order]
    left = np.searchsorted(groups, layer.group[stays], side="left")
    counts = np.searchsorted(groups, layer.group[stays], side="right") - left
    parts = []
    for piece in _pieces(counts):
        mine, places = _expanded(left[piece], counts[piece])
        mine += piece.start
        other = order[places]
        since = np.maximum(first[mine], layer.first_day[other])
        until = np.minimum(last[mine], layer.last_day[other])
        met = (since <= until) & (layer.person[other] != cases.person[rows[mine]])
        if layer.level is not None:
            here, there = layer.level[stays[mine]], layer.level[other]
            met &= (here != NOT_KNOWN_LEVEL) & (there != NOT_KNOWN_LEVEL) & (np.abs(here - there) <= layer.reach)
        parts.append(_rows(number[rows[mine[met]]], layer.person[other[met]], layer.code, since[met], until[met]))
    return parts


def _meeting_join(cases: Cases, layer: MeetingLayer) -> list[Found]:
    here = np.concatenate([layer.first_person, layer.second_person])
    there = np.concatenate([layer.second_person, layer.first_person])
    day = np.concatenate([layer.day, layer.day])
    rows, places = _stays_of(cases, here)
    met = (cases.first_day[rows] <= day[places]) & (day[places] <= cases.last_day[rows])
    met &= there[places] != cases.person[rows]
    rows, places = rows[met], places[met]
    return [_rows(cases.person[rows], there[places], layer.code, day[places], day[places])]


def _radius_join(cases: Cases, layer: RadiusLayer) -> list[Found]:
    placed = np.flatnonzero(np.isfinite(layer.x) & np.isfinite(layer.y))
    person, x, y = layer.person[placed], layer.x[placed], layer.y[placed]
    rows, homes = _stays_of(cases, person)
    if not len(rows):
        return []
    column = np.floor(x / layer.radius).astype(np.int64)
    line = np.floor(y / layer.radius).astype(np.int64)
    column, line = column - column.min() + 1, line - line.min() + 1
    width = int(line.max()) + 2
    cell = column * width + line
    order = np.argsort(cell, kind="stable")
    cells = cell[order]
    parts = []
    for across in (-1, 0, 1):
        for along in (-1, 0, 1):
            wanted = cell[homes] + across * width + along
            left = np.searchsorted(cells, wanted, side="left")
            counts = np.searchsorted(cells, wanted, side="right") - left
            for piece in _pieces(counts):
                mine, places = _expanded(left[piece], counts[piece])
                parts.append(_near(cases, layer, placed, (rows[piece][mine], homes[piece][mine], order[places])))
    return parts


def _near(cases: Cases, layer: RadiusLayer, placed: Whole, pairs: tuple[Whole, Whole, Whole]) -> Found:
    rows, home, other = pairs[0], placed[pairs[1]], placed[pairs[2]]
    near = np.hypot(layer.x[home] - layer.x[other], layer.y[home] - layer.y[other]) <= layer.radius
    first = np.maximum(np.maximum(cases.first_day[rows], layer.first_day[home]), layer.first_day[other])
    last = np.minimum(np.minimum(cases.last_day[rows], layer.last_day[home]), layer.last_day[other])
    met = near & (first <= last) & (layer.person[other] != cases.person[rows])
    return _rows(cases.person[rows[met]], layer.person[other[met]], layer.code, first[met], last[met])


def _rows(case: Whole, contact: Whole, code: int, first: Whole, last: Whole) -> Found:
    layer = np.full(len(case), code, dtype=np.int64)
    return Found(case, contact, layer, first, last, np.full(len(case), NOT_KNOWN, dtype=np.int64))


def _joined(parts: Sequence[Found]) -> Found:
    if not parts:
        return empty_found()
    return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


def _starts(*keys: Whole) -> npt.NDArray[np.int64]:
    """Return where a new combination of sorted keys begins."""
    changed = np.zeros(len(keys[0]), dtype=np.bool_)
    changed[0] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changed)


def _merged(found: Found) -> Found:
    """Return one row for each case, contact and layer, from the first to the last day of all its rows."""
    if not len(found):
        return found
    order = np.lexsort((found.layer, found.contact, found.case))
    case, contact, layer = found.case[order], found.contact[order], found.layer[order]
    starts = _starts(case, contact, layer)
    first = np.minimum.reduceat(found.first_day[order], starts)
    last = np.maximum.reduceat(found.last_day[order], starts)
    return Found(case[starts], contact[starts], layer[starts], first, last, found.via[order][starts])


def _earliest(found: Found) -> Found:
    """Return one row for each case, contact and layer: the first meeting's contact leads, the last day is of all."""
    if not len(found):
        return found
    order = np.lexsort((found.via, found.first_day, found.layer, found.contact, found.case))
    case, contact, layer = found.case[order], found.contact[order], found.layer[order]
    starts = _starts(case, contact, layer)
    last = np.maximum.reduceat(found.last_day[order], starts)
    first, via = found.first_day[order][starts], found.via[order][starts]
    return Found(case[starts], contact[starts], layer[starts], first, last, via)


def _is_pair_of(found: Found, chains: Found) -> npt.NDArray[np.bool_]:
    """Tell for each row whether its case and contact are a pair in `chains` already."""
    if not len(found):
        return np.zeros(0, dtype=np.bool_)
    people = np.unique(np.concatenate([found.case, found.contact, chains.case, chains.contact]))
    size = len(people)
    here = np.searchsorted(people, found.case) * size + np.searchsorted(people, found.contact)
    there = np.searchsorted(people, chains.case) * size + np.searchsorted(people, chains.contact)
    return np.isin(here, there)
