"""Finding room for one task: for each hand the best person at a time that suits all hands, keeping every rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.compact import NO_WAIVER, Compact
from tongxin.engines.planner.gaps import NEVER, Openings, Rows
from tongxin.engines.planner.problem import Pin
from tongxin.engines.planner.ranking import Option, Ranking, reason_of, runner_up_of
from tongxin.engines.planner.state import Move, State

DAY_MIN = 1440
# How many starts are tried for one person whose first one breaks a rule, and for a team that finds no common time.
TRIES_PER_PERSON = 10
TRIES_PER_TEAM = 24


@dataclass(frozen=True, slots=True)
class Wish:
    """What is fixed for one hand beforehand: a person, a start, or both; ``waives`` comes from a pin."""

    person: int | None = None
    start: int | None = None
    waives: frozenset[Rule] = NO_WAIVER


ANY = Wish()
# Rules that the table of free stretches already respects: a pin that waives one of them is tried outside the table.
_BLIND_TO_GAPS = frozenset({Rule.AVAILABILITY, Rule.REST, Rule.NIGHT_MORNING, Rule.WINDOW})


@dataclass(slots=True)
class Fitter:
    """Looks for room in a state. Holds caches that stay valid while the state changes."""

    state: State
    ranking: Ranking
    candidates: int = 2
    wishes: dict[tuple[int, int], Wish] = field(default_factory=dict)
    _rows: dict[tuple[frozenset[str], int], Rows] = field(default_factory=dict)

    @property
    def compact(self) -> Compact:
        """Return the problem that is being solved."""
        return self.state.compact

    def eligible(self, task: int, hand: int, wish: Wish = ANY) -> Rows:
        """Return the people whom skills, cohort, exclusions and a wish allow for a hand, in the order of their ids."""
        what = self.compact.tasks[task]
        key = (what.hands[hand].skills, what.zone)
        rows = self._rows.get(key)
        if rows is None:
            low, high = self.compact.zone_range
            mask = self.compact.skilled(key[0]) & (low <= what.zone) & (what.zone <= high)
            rows = self._rows[key] = np.flatnonzero(mask)
        if wish.person is not None:
            is_free = bool(wish.waives & {Rule.SKILL, Rule.ZONE_COHORT}) or wish.person in rows
            rows = np.array([wish.person] if is_free else [], dtype=np.intp)
        if what.excluded and Rule.EXCLUDED not in wish.waives:
            barred = [self.compact.person_index[p] for p in what.excluded if p in self.compact.person_index]
            rows = rows[~np.isin(rows, barred)]
        return rows

    def openings(self, task: int, hand: int, first: int, last: int) -> Openings:
        """Return where a hand fits by walking and availability, between a first and a last start."""
        wish = self.wishes.get((task, hand), ANY)
        if wish.start is not None:
            first, last = max(first, wish.start), min(last, wish.start)
        rows = self.eligible(task, hand, wish)
        if wish.waives & _BLIND_TO_GAPS and wish.person is not None and len(rows):
            return self._waived_opening(task, hand, wish, rows)
        return self.state.gaps.openings(
            rows=rows,
            node=self.compact.task_node[task],
            end_node=self.compact.task_end_node[task],
            length=self.compact.tasks[task].hand_min(hand),
            first=first,
            last=last,
            ppe=self.compact.tasks[task].ppe_level,
            zone=self.compact.tasks[task].zone,
        )

    def _waived_opening(self, task: int, hand: int, wish: Wish, rows: Rows) -> Openings:
        """Return starts outside the usual free stretches: the exact check decides what the waiver lets pass."""
        what = self.compact.tasks[task]
        person, node = self.compact.people[int(rows[0])], self.compact.task_node[task]
        walk = self.compact.nodes.minutes
        is_open = Rule.WINDOW in wish.waives
        horizon = self.compact.problem.horizon_min
        low = 0 if is_open else what.window.start_min
        high = (horizon if is_open else min(what.window.end_min, horizon)) - what.hand_min(hand)
        starts = {low, self.compact.problem.now_min + walk(person.home, node)}
        starts |= {stop.end + walk(stop.end_node, node) for stop in person.stops}
        if wish.start is not None:
            starts = {wish.start}
        fitting = sorted(start for start in starts if low <= start <= high) or [NEVER]
        first = np.array([fitting], dtype=np.int32)
        return Openings(rows, first, np.where(first < NEVER, high, 0), np.full_like(first, walk(person.home, node)))

    def fit(self, task: int) -> list[Move] | None:
        """Return how to place a task in the present state, or None when no room was found."""
        span = self.state.start_range(task)
        what = self.compact.tasks[task]
        if span is None:
            return None
        first, end = span
        window_end = min(what.window.end_min, self.compact.problem.horizon_min)
        shifts = [k * what.sync.min_lag_min for k in range(len(what.hands))]
        slack = [k * what.sync.max_lag_min for k in range(len(what.hands))]
        openings = []
        for hand, (shift, late) in enumerate(zip(shifts, slack, strict=True)):
            last = min(window_end - what.hand_min(hand), end + late)
            opening = self.openings(task, hand, first + shift, last)
            if not len(opening.rows) or int(opening.first.min()) >= NEVER:
                return None
            openings.append(opening)
        if len(openings) == 1 and not self.state.needs_vehicle(task):
            picked = self._pick(task, 0, openings[0], [])
            return None if picked is None else [picked]
        return self._fit_team(task, openings, end)

    def _fit_team(self, task: int, openings: list[Openings], last: int) -> list[Move] | None:
        lead = [openings[0].first]
        sync = self.compact.tasks[task].sync
        for k, opening in enumerate(openings[1:], 1):
            lead.append(np.where(opening.first < NEVER, opening.first - k * sync.max_lag_min, NEVER))
        earliest = max(int(first.min()) for first in lead)
        starts = np.unique(np.concatenate([first[(first >= earliest) & (first < NEVER)] for first in lead]))
        extra = self._vehicle_starts(task, earliest)
        tried = sorted({earliest, *starts[:TRIES_PER_TEAM].tolist(), *extra})
        for start in tried[: TRIES_PER_TEAM + len(extra)]:
            if start > last:
                return None
            moves = self._team_at(task, openings, start)
            if moves is not None:
                return moves
        return None

    def _vehicle_starts(self, task: int, earliest: int) -> list[int]:
        if not self.state.needs_vehicle(task):
            return []
        pauses = {vehicle.id: vehicle.turnaround_min for vehicle in self.compact.problem.vehicles}
        ends = {end + pauses[name] for name, rides in self.state.rides.items() for _, end, _ in rides}
        ends |= {w.start_min for vehicle in self.compact.problem.vehicles for w in vehicle.availability}
        return sorted(end for end in ends if end > earliest)[:TRIES_PER_TEAM]

    def _team_at(self, task: int, openings: list[Openings], start: int) -> list[Move] | None:
        sync = self.compact.tasks[task].sync
        moves: list[Move] = []
        low = high = start
        for hand, opening in enumerate(openings):
            if hand:
                low, high = moves[-1].stop.start + sync.min_lag_min, moves[-1].stop.start + sync.max_lag_min
            first = np.maximum(opening.first, low)
            first[first > np.minimum(opening.last, high)] = NEVER
            here = Openings(opening.rows, first, np.minimum(opening.last, high), opening.walk)
            move = self._pick(task, hand, here, [m.person for m in moves])
            if move is None:
                return None
            moves.append(move)
        if not self.state.needs_vehicle(task):
            return moves
        end = max(move.stop.end for move in moves)
        vehicle = self.state.free_vehicle(task, start, end)
        if vehicle is None:
            return None
        return [
            Move(person=m.person, stop=m.stop, reason=m.reason, runner_up=m.runner_up, vehicle=vehicle) for m in moves
        ]

    def _pick(self, task: int, hand: int, opening: Openings, taken: list[int]) -> Move | None:
        found = list(self._best(task, hand, opening, taken))
        if not found:
            return None
        found.sort(key=lambda option: option.late)
        chosen, other = found[0], found[1] if len(found) > 1 else None
        return Move(
            person=chosen.person,
            stop=self.compact.stop(task, hand, chosen.start),
            reason=reason_of(chosen, other),
            runner_up=runner_up_of(self.compact, other),
        )

    def _best(self, task: int, hand: int, opening: Openings, taken: list[int]) -> Iterator[Option]:
        """Yield the best people who keep every rule, best first, up to ``candidates`` who are on time."""
        gap = opening.first.argmin(axis=1)
        every = np.arange(len(opening.rows))
        start = opening.first[every, gap]
        fits = np.flatnonzero(start < NEVER)
        start, walk = start[fits], opening.walk[fits, gap[fits]]
        order = self.ranking.keys(task, hand, opening.rows[fits], start, walk).argsort(kind="stable")
        wanted, misses = self.candidates, 0
        for k in order.tolist():
            row = int(fits[k])
            person = int(opening.rows[row])
            if person in taken:
                continue
            at = self.start_that_keeps_rules(task, hand, opening, row, int(start[k]))
            if at is None:
                misses += 1
                if wanted < self.candidates and misses > TRIES_PER_PERSON:
                    return
                continue
            option = self.ranking.option(task, hand, person, at, int(walk[k]))
            yield option
            wanted -= at == start[k] or option.late == 0
            if wanted <= 0:
                return

    def start_that_keeps_rules(self, task: int, hand: int, opening: Openings, row: int, start: int) -> int | None:
        person = self.compact.people[int(opening.rows[row])]
        broken = self.state.broken_by(person, self.compact.stop(task, hand, start))
        if broken is None:
            return start
        for other in self._other_starts(task, opening, row, start):
            if self.state.broken_by(person, self.compact.stop(task, hand, other)) is None:
                return other
        return None

    def _other_starts(self, task: int, opening: Openings, row: int, tried: int) -> list[int]:
        """Return later starts at which a break, an exit protocol or a night's rest may have made the rules content."""
        limits, person = self.compact.limits, self.compact.people[int(opening.rows[row])]
        pauses = {ppe.break_min for ppe in limits.ppe} | {limits.drive_break_min, limits.exit_protocol_min or 0}
        home = self.compact.nodes.minutes(person.home, self.compact.task_node[task])
        pauses.add(limits.min_rest_min + home)
        midnight = self.compact.problem.first_midnight_min
        starts: set[int] = set()
        for first, last in zip(opening.first[row].tolist(), opening.last[row].tolist(), strict=True):
            if first >= NEVER:
                continue
            noon = midnight + limits.morning_until_min + home
            morning = first + (noon - first) % DAY_MIN
            options = {first, last, morning, *(first + p for p in pauses), *(last - p for p in pauses)}
            if person.stops:
                options.add(person.stops[-1].end - limits.max_shift_min + home)
            starts |= {start for start in options if first <= start <= last}
        return sorted(starts - {tried})[:TRIES_PER_PERSON]

    def take(self, task: int, moves: list[Move]) -> None:
        """Put a task into the state and keep the ranking in step."""
        self.state.place(task, moves)
        for move in moves:
            self.ranking.refresh(move.person)

    def drop(self, task: int) -> list[Move]:
        """Take a task out of the state and keep the ranking in step."""
        moves = self.state.remove(task)
        for move in moves:
            self.ranking.refresh(move.person)
        return moves


def wishes_of(compact: Compact, pins: tuple[Pin, ...]) -> dict[tuple[int, int], Wish]:
    """Return the pins as wishes by task and hand."""
    return {
        (compact.task_index[pin.task], pin.hand): Wish(
            person=None if pin.responder is None else compact.person_index[pin.responder],
            start=pin.start_min,
            waives=pin.waives,
        )
        for pin in pins
    }
