"""Who is free when and where: the free stretches of every person as arrays, so that one look covers everybody."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.compact import Compact, Person, Stop
from tongxin.engines.planner.travel import Minutes

NEVER = 2**30
Rows = NDArray[np.intp]

# free from, free until, node before, node after
Gap = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Openings:
    """Where a hand fits, by walking and availability: for some people (``rows``), the stretch of starts of each gap.

    ``first`` and ``last`` have the shape (rows, gaps); a gap where it does not fit has ``first`` = NEVER.
    """

    rows: Rows
    first: Minutes
    last: Minutes
    walk: Minutes


class GapTable:
    """Arrays of shape (people, gaps), kept in step with ``Person.stops``; unused places hold an empty gap."""

    def __init__(self, compact: Compact) -> None:
        self._compact = compact
        self._earliest = [_earliest_departure(compact, person) for person in compact.people]
        gaps = [self.gaps_of(person) for person in compact.people]
        width = max((len(row) for row in gaps), default=1) + 12
        shape = (len(gaps), width)
        self._free_from = np.full(shape, NEVER, dtype=np.int32)
        self._until = np.zeros(shape, dtype=np.int32)
        self._before = np.full(shape, len(compact.nodes), dtype=np.int32)
        self._after = np.full(shape, len(compact.nodes), dtype=np.int32)
        self._used = 1
        for person, row in zip(compact.people, gaps, strict=True):
            self._write(person.index, row)

    def refresh(self, person: Person) -> None:
        """Bring one person's row up to date after a change of the stops."""
        self._write(person.index, self.gaps_of(person))

    def _write(self, index: int, gaps: list[Gap]) -> None:
        if len(gaps) > self._free_from.shape[1]:
            self._widen(len(gaps) + 12)
        self._used = max(self._used, len(gaps))
        self._free_from[index] = NEVER
        self._until[index] = 0
        if gaps:
            free_from, until, before, after = zip(*gaps, strict=True)
            self._free_from[index, : len(gaps)] = free_from
            self._until[index, : len(gaps)] = until
            self._before[index, : len(gaps)] = before
            self._after[index, : len(gaps)] = after

    def _widen(self, width: int) -> None:
        extra = ((0, 0), (0, width - self._free_from.shape[1]))
        nowhere = len(self._compact.nodes)
        self._free_from = np.pad(self._free_from, extra, constant_values=NEVER)
        self._until = np.pad(self._until, extra, constant_values=0)
        self._before = np.pad(self._before, extra, constant_values=nowhere)
        self._after = np.pad(self._after, extra, constant_values=nowhere)

    def gaps_of(self, person: Person) -> list[Gap]:
        """Return one person's free stretches in time order, longer than nothing."""
        nowhere = len(self._compact.nodes)
        least = self._earliest[person.index]
        end_node = person.end_node if person.end_node >= 0 else nowhere
        gaps: list[Gap] = []
        for start, end in person.windows:
            inside = [stop for stop in person.stops if stop.end > start and stop.start < end]
            free_from, before = max(start, least), person.home
            for stop in inside:
                if stop.start > free_from:
                    gaps.append((free_from, stop.start, before, stop.node))
                free_from, before = max(least, free_from, stop.end), stop.end_node
            if end > free_from:
                gaps.append((free_from, end, before, end_node))
        return gaps

    def openings(self, *, rows: Rows, node: int, end_node: int, length: int, first: int, last: int) -> Openings:
        """Return where ``length`` minutes at a node fit, starting from ``first`` to ``last``, for these people.

        Exact for walking, other stops and availability; the rules of work and rest are looked at afterwards.
        """
        used, nodes = self._used, self._compact.nodes
        walk = nodes.to_row(node)[self._before[rows, :used]]
        start = self._free_from[rows, :used] + walk
        np.maximum(start, first, out=start)
        until = self._until[rows, :used] - nodes.from_row(end_node)[self._after[rows, :used]]
        until -= length
        np.minimum(until, last, out=until)
        start[start > until] = NEVER
        return Openings(rows=rows, first=start, last=until, walk=walk)


def _earliest_departure(compact: Compact, person: Person) -> int:
    """Return the first minute at which a person may set out at all: now, rested, and not in the morning after a night."""
    who, limits = person.responder, compact.limits
    earliest = compact.problem.now_min
    if who.shift_started_min is None and who.last_duty_end_min is not None:
        earliest = max(earliest, who.last_duty_end_min + limits.min_rest_min)
    if who.shift_started_min is None and who.worked_night:
        earliest = max(earliest, compact.problem.first_midnight_min + limits.morning_until_min)
    return earliest


def with_stop(stops: list[Stop], stop: Stop) -> list[Stop]:
    """Return the stops with one more, in time order."""
    return sorted([*stops, stop])
