"""Who is free when and where: the free stretches of every person as arrays, so that one look covers everybody."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.compact import Compact, Person, Stop
from tongxin.engines.planner.route import legs_of
from tongxin.engines.planner.travel import Minutes

NEVER = 2**30
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

NO_ZONE = 99


class Gap(NamedTuple):
    """One free stretch and what the day around it asks of a stop that is put there.

    ``hot`` is the zone whose exit protocol is open when the stretch begins, ``cool`` the cleanest zone that comes after
    it without a protocol between. ``raw_from`` and ``raw_until`` are the stretch before shifts cut it. ``since`` and ``till``, one for each limit on equipment, say from when equipment is
    worn into the stretch and until when it is worn on after it.
    """

    free_from: int
    until: int
    before: int
    after: int
    idle_from: int
    hot: int
    cool: int
    raw_from: int
    raw_until: int
    since: tuple[int, ...]
    till: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Openings:
    """Where a hand fits: one entry for each free stretch of each person, with the first and last start and the walk.

    All arrays have the shape (entries,); entries are ordered by person and time.
    """

    person: Rows
    first: Minutes
    last: Minutes
    walk: Minutes

    def between(self, low: int, high: int) -> "Openings":
        """Return the entries that leave a start from ``low`` to ``high``, cut to that."""
        first, last = np.maximum(self.first, low), np.minimum(self.last, high)
        fits = np.flatnonzero(first <= last)
        return Openings(self.person[fits], first[fits], last[fits], self.walk[fits])


class GapTable:
    """Arrays of shape (people, gaps), kept in step with ``Person.stops``; unused places hold an empty gap."""

    def __init__(self, compact: Compact, *, people: list[Person]) -> None:
        self._compact = compact
        self._earliest = [earliest_departure(compact, person) for person in people]
        rows = []
        for person in people:
            person.legs = legs_of(compact, person, person.stops)
            rows.append(self._gaps_of(person))
        width = max((len(row) for row in rows), default=1) + 12
        limits = len(compact.limits.ppe)
        nowhere = len(compact.nodes)
        # one plane for each number of a gap: nine, then since and till for each limit on equipment
        self._empty = (NEVER, 0, nowhere, nowhere, 0, 0, NO_ZONE, NEVER, 0, *([NEVER] * limits), *([-NEVER] * limits))
        self._planes = np.empty((len(self._empty), len(rows), width), dtype=np.int32)
        self._planes[:] = np.array(self._empty, dtype=np.int32)[:, None, None]
        self._used = 1
        for person, row in zip(people, rows, strict=True):
            self._write(person.index, row)

    def refresh(self, person: Person) -> None:
        """Bring one person's row and legs up to date after a change of the stops."""
        self.refresh_legs(person)
        self._write(person.index, self._gaps_of(person))

    def refresh_legs(self, person: Person) -> None:
        """Bring only the legs up to date; the row is left as it was."""
        person.legs = legs_of(self._compact, person, person.stops)
        person.has_waivers = any(stop.waives for stop in person.stops)

    def _write(self, index: int, gaps: list[Gap]) -> None:
        width = self._planes.shape[2]
        if len(gaps) > width:
            wider = np.empty((*self._planes.shape[:2], len(gaps) + 12), dtype=np.int32)
            wider[:] = np.array(self._empty, dtype=np.int32)[:, None, None]
            wider[:, :, :width] = self._planes
            self._planes = wider
        self._used = max(self._used, len(gaps))
        numbers = [(*gap[:9], *gap.since, *gap.till) for gap in gaps]
        numbers += [self._empty] * (self._used - len(gaps))
        self._planes[:, index, : self._used] = np.array(numbers, dtype=np.int32).T

    def _gaps_of(self, person: Person) -> list[Gap]:
        """Return one person's free stretches in time order, longer than nothing."""
        stops = person.stops
        forward, backward = _forward(self._compact, person), _backward(self._compact, person)
        nowhere, limits = len(self._compact.nodes), len(self._compact.limits.ppe)
        least = self._earliest[person.index]
        end_node = person.end_node if person.end_node >= 0 else nowhere
        spans = _spans(self._compact, person)
        gaps: list[Gap] = []
        for start, end in person.windows:
            free_from, before = max(start, least), person.home
            for k in range(len(stops) + 1):
                is_last = k == len(stops) or stops[k].start >= end
                if not is_last and stops[k].end <= start:
                    continue
                until = end if is_last else stops[k].start
                begins, closes = _clipped(self._compact, free_from, until, spans, k)
                if until > free_from:
                    idle_from = stops[k - 1].end if k else 0
                    after, cool, till = end_node, NO_ZONE, (-NEVER,) * limits
                    if not is_last:
                        after, (cool, till) = stops[k].node, backward[k]
                    hot, since = forward[k]
                    gaps.append(Gap(begins, closes, before, after, idle_from, hot, cool, free_from, until, since, till))
                if is_last:
                    break
                free_from, before = max(free_from, stops[k].end), stops[k].end_node
        return gaps

    def openings(
        self, *, who: Mask, node: int, end_node: int, length: int, first: int, last: int, ppe: int = 0, zone: int = 0
    ) -> Openings:
        """Return where ``length`` minutes at a node fit, starting from ``first`` to ``last``, for the people in a mask.

        Exact for walking, other stops and availability. Breaks of equipment, exit protocols and the length of shifts
        are allowed for where one look can; the exact check of all rules comes afterwards.
        """
        planes, nodes, used = self._planes, self._compact.nodes, self._used
        near = planes[1, :, :used] >= first + length
        near &= planes[0, :, :used] <= last
        near &= who[:, None]
        person, gap = np.divmod(near.ravel().nonzero()[0], used)
        entries = planes.reshape(len(planes), -1).take(person * planes.shape[2] + gap, axis=1)
        free_from, until, before, after, idle_from, hot, cool, _, _, *worn = entries
        walk = nodes.to_row(node)[before]
        start = np.maximum(free_from + walk, first)
        until = until - nodes.from_row(end_node)[after] - length
        ready = idle_from + walk
        self._allow_for_zones(start, until, ready, hot=hot, cool=cool, zone=zone)
        self._allow_for_equipment(start, until, ready, worn, length=length, ppe=ppe)
        return Openings(person, start, until, walk).between(first, last)

    def is_merely_free(self, *, who: Mask, node: int, end_node: int, length: int, first: int, last: int) -> Mask:
        """Return who has room by walking and availability when no rule of work is looked at, shape (people,)."""
        _, _, before, after, *_ = planes = self._planes[:, :, : self._used]
        start = np.maximum(planes[7] + self._compact.nodes.to_row(node)[before], first)
        until = np.minimum(planes[8] - self._compact.nodes.from_row(end_node)[after] - length, last)
        return np.asarray((start <= until).any(axis=1) & who, dtype=np.bool_)

    def _allow_for_zones(
        self, start: Minutes, until: Minutes, ready: Minutes, *, hot: Minutes, cool: Minutes, zone: int
    ) -> None:
        limits = self._compact.limits
        protocol = NEVER // 2 if limits.exit_protocol_min is None else limits.exit_protocol_min
        leaves = hot > zone
        if leaves.any():
            np.maximum(start, ready + protocol, out=start, where=leaves)
        if zone >= limits.zone_order_from:
            until -= np.where(cool < zone, protocol, 0).astype(np.int32)

    def _allow_for_equipment(
        self, start: Minutes, until: Minutes, ready: Minutes, worn: list[Minutes], *, length: int, ppe: int
    ) -> None:
        count = len(self._compact.limits.ppe)
        for k, limit in enumerate(self._compact.limits.ppe):
            since, till = worn[k], worn[count + k]
            joins = till - since > limit.max_min
            if ppe >= limit.level:
                too_long = (since < NEVER) & (start + (length - limit.max_min) > since)
                np.maximum(start, ready + limit.break_min, out=start, where=too_long)
                joins |= till - limit.max_min > start
            if joins.any():
                pauses_after = joins & (start <= until - limit.break_min)
                until -= np.where(pauses_after, limit.break_min, 0).astype(np.int32)
                late = ready + limit.break_min
                if ppe >= limit.level:
                    late = np.maximum(np.where(since < NEVER, late, -NEVER), till - limit.max_min)
                np.maximum(start, late, out=start, where=joins & ~pauses_after)


def _forward(compact: Compact, person: Person) -> list[tuple[int, tuple[int, ...]]]:
    """Return, before each stop and after the last, the open zone and since when equipment is worn."""
    limits = compact.limits
    hot = person.responder.hottest_zone
    worn = person.responder.ppe_worn_min
    since = [-worn if worn else NEVER for _ in limits.ppe]
    found = [(hot if hot >= limits.zone_order_from else 0, tuple(since))]
    for stop, leg in zip(person.stops, person.legs, strict=True):
        if limits.exit_protocol_min is not None and leg[1] >= limits.exit_protocol_min:
            hot = 0
        hot = max(hot, stop.zone)
        for k, ppe in enumerate(limits.ppe):
            if leg[1] >= ppe.break_min:
                since[k] = NEVER
            if stop.ppe >= ppe.level and since[k] == NEVER:
                since[k] = stop.start
        found.append((hot if hot >= limits.zone_order_from else 0, tuple(since)))
    return found


def _backward(compact: Compact, person: Person) -> list[tuple[int, tuple[int, ...]]]:
    """Return, at each stop, the cleanest zone from here on and until when equipment is worn, up to the next pause."""
    limits = compact.limits
    cool, till = NO_ZONE, [-NEVER] * len(limits.ppe)
    found: list[tuple[int, tuple[int, ...]]] = []
    idle = NEVER
    for stop, leg in zip(reversed(person.stops), reversed(person.legs), strict=True):
        has_exit = limits.exit_protocol_min is not None and idle >= limits.exit_protocol_min
        cool = stop.zone if has_exit else min(cool, stop.zone)
        for k, ppe in enumerate(limits.ppe):
            if idle >= ppe.break_min:
                till[k] = -NEVER
            if stop.ppe >= ppe.level and till[k] == -NEVER:
                till[k] = stop.end
        found.append((cool, tuple(till)))
        idle = leg[1]
    found.reverse()
    return found


def _spans(compact: Compact, person: Person) -> list[tuple[int, int]]:
    """Return, for each gap, when the shift before it began and when the shift after it ends."""
    if person.end_node < 0 and not any(leg[3] for leg in person.legs[1:]) and person.stops:
        started = person.responder.shift_started_min
        is_running = not person.legs[0][3] and started is not None
        start = started if is_running and started is not None else person.legs[0][0]
        end = max(stop.end for stop in person.stops)
        first = (start if is_running else NEVER, end)
        return [first, *([(start, end)] * (len(person.stops) - 1)), (start, -NEVER)]
    begins: list[int] = []
    ends: list[int] = []
    running_since = person.responder.shift_started_min
    shift_start = NEVER if running_since is None else running_since
    begins.append(shift_start)
    for leg in person.legs:
        shift_start = leg[0] if leg[3] or shift_start == NEVER else shift_start
        begins.append(shift_start)
    shift_end = -NEVER
    ends.append(-NEVER)
    for k in range(len(person.stops) - 1, -1, -1):
        shift_end = max(shift_end, person.stops[k].end)
        ends.append(shift_end)
        if person.legs[k][3]:
            shift_end = -NEVER
    return list(zip(begins, reversed(ends), strict=True))


def _clipped(compact: Compact, free_from: int, until: int, spans: list[tuple[int, int]], k: int) -> tuple[int, int]:
    """Return a free stretch without the parts in which a stop would make the shift before or after it too long."""
    if until - free_from >= compact.limits.min_rest_min:
        return free_from, until
    begins, ends = spans[k]
    most = compact.limits.max_shift_min
    return max(free_from, ends - most), min(until, begins + most)


def earliest_departure(compact: Compact, person: Person) -> int:
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
    at = bisect_right(stops, stop.start, key=lambda other: other.start)
    return [*stops[:at], stop, *stops[at:]]
