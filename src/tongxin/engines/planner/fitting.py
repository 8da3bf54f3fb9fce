"""Finding room for one task: for each hand the best person at a time that suits all hands, keeping every rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tongxin.engines.planner.codes import Rule
from tongxin.engines.planner.compact import NO_WAIVER, Compact, Person
from tongxin.engines.planner.gaps import Mask, Openings
from tongxin.engines.planner.problem import Pin
from tongxin.engines.planner.ranking import Option, Ranking, reason_of, runner_up_of
from tongxin.engines.planner.state import Move, State

if TYPE_CHECKING:
    from tongxin.engines.planner.search.desk_table import Desk, Placed

DAY_MIN = 1440
# How many starts are tried for one person whose first one breaks a rule, and for a team that finds no common time.
TRIES_PER_PERSON = 10
TRIES_PER_TEAM = 24
PEOPLE_PER_TEAM = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What is fixed for one hand beforehand: a person, a start, or both; ``waives`` comes from a pin."""

    person: int | None = None
    start: int | None = None
    waives: frozenset[Rule] = NO_WAIVER


ANY = Wish()
# Rules that the table of free stretches already respects: a pin that waives one of them is tried outside the table.
_BLIND_TO_GAPS = frozenset(
    {
        Rule.AVAILABILITY,
        Rule.REST,
        Rule.NIGHT_MORNING,
        Rule.WINDOW,
        Rule.SHIFT_LENGTH,
        Rule.PPE_TIME,
        Rule.ZONE_ORDER,
    }
)


@dataclass(slots=True)
class Fitter:
    """Looks for room in a state. Holds caches that stay valid while the state changes."""

    state: State
    ranking: Ranking
    candidates: int = 2
    wishes: dict[tuple[int, int], Wish] = field(default_factory=dict)
    _eligible: dict[tuple[frozenset[str], int], Mask] = field(default_factory=dict)

    @property
    def compact(self) -> Compact:
        """Return the problem that is being solved."""
        return self.state.compact

    def eligible(self, task: int, hand: int, wish: Wish = ANY) -> Mask:
        """Return whom skills, cohort, exclusions and a wish allow for a hand, shape (people,)."""
        what = self.compact.tasks[task]
        mask = self._able(what.hands[hand].skills, what.zone)
        if wish.person is not None:
            only = np.zeros_like(mask)
            only[wish.person] = bool(mask[wish.person]) or self._is_let_in(task, hand, wish)
            mask = only
        if what.excluded and Rule.EXCLUDED not in wish.waives:
            mask = mask.copy()
            mask[[self.compact.person_index[p] for p in what.excluded if p in self.compact.person_index]] = False
        return mask

    def _able(self, skills: frozenset[str], zone: int) -> Mask:
        mask = self._eligible.get((skills, zone))
        if mask is None:
            low, high = self.compact.zone_range
            mask = self._eligible[skills, zone] = self.compact.skilled(skills) & (low <= zone) & (zone <= high)
        return mask

    def is_suitable(self, task: int, hand: int, person: int, waives: frozenset[Rule]) -> bool:
        """Return whether skills, cohort and exclusions allow one person for a hand."""
        what = self.compact.tasks[task]
        if self.compact.people[person].responder.id in what.excluded and Rule.EXCLUDED not in waives:
            return False
        is_able = bool(self._able(what.hands[hand].skills, what.zone)[person])
        return is_able or self._is_let_in(task, hand, Wish(person, None, waives))

    def _is_let_in(self, task: int, hand: int, wish: Wish) -> bool:
        """Return whether a wish's waivers cover everything that makes its person unsuitable."""
        what, who = self.compact.tasks[task], self.compact.people[wish.person or 0].responder
        is_skilled = what.hands[hand].skills <= who.skills or Rule.SKILL in wish.waives
        return is_skilled and (who.lowest_zone <= what.zone <= who.highest_zone or Rule.ZONE_COHORT in wish.waives)

    def openings(self, task: int, hand: int, first: int, last: int) -> Openings:
        """Return where a hand fits by walking and availability, between a first and a last start."""
        wish = self.wishes.get((task, hand), ANY)
        what = self.compact.tasks[task]
        if Rule.WINDOW not in wish.waives:
            first, last = max(first, what.window.start_min), min(last, what.window.end_min - what.hand_min(hand))
        last = min(last, self.compact.problem.horizon_min - what.hand_min(hand))
        if wish.start is not None:
            first, last = max(first, wish.start), min(last, wish.start)
        mask = self.eligible(task, hand, wish)
        if self.state.desk is not None:
            return self.state.desk.openings(task, hand, first, last, self.wishes)
        if wish.waives & _BLIND_TO_GAPS and wish.person is not None and mask[wish.person]:
            return self._waived_opening(task, wish.person, first, last)
        return self.state.gaps.openings(
            who=mask,
            node=self.compact.task_node[task],
            end_node=self.compact.task_end_node[task],
            length=what.hand_min(hand),
            first=first,
            last=last,
            ppe=what.ppe_level,
            zone=what.zone,
        )

    def _waived_opening(self, task: int, index: int, first: int, last: int) -> Openings:
        """Return starts outside the usual free stretches: the exact check decides what the waiver lets pass."""
        person, node = self.compact.people[index], self.compact.task_node[task]
        walk = self.compact.nodes.minutes
        starts = {first, self.compact.problem.now_min + walk(person.home, node)}
        starts |= {stop.end + walk(stop.end_node, node) for stop in person.stops}
        found = np.array(sorted(start for start in starts if first <= start <= last), dtype=np.int32)
        rows = np.full(len(found), index, dtype=np.intp)
        return Openings(rows, found, np.full_like(found, last), np.full_like(found, walk(person.home, node)))

    def fit(self, task: int) -> list[Move] | None:
        """Return how to place a task in the present state, or None when no room was found."""
        span = self.state.start_range(task)
        what = self.compact.tasks[task]
        if span is None:
            return None
        first, end = span
        if self.state.desk is not None:
            needs_vehicle = self.state.needs_vehicle(task)
            placed = self.state.desk.fit(task, span, self.wishes, needs_vehicle=needs_vehicle)
            return None if placed is None else self._moves(self.state.desk, task, placed)
        shifts = [k * what.sync.min_lag_min for k in range(len(what.hands))]
        slack = [k * what.sync.max_lag_min for k in range(len(what.hands))]
        openings = []
        for hand, (shift, late) in enumerate(zip(shifts, slack, strict=True)):
            opening = self.openings(task, hand, first + shift, end + late)
            if not len(opening.first):
                return None
            openings.append(opening)
        if len(openings) == 1 and not self.state.needs_vehicle(task):
            picked = self._pick(task, 0, openings[0], [])
            return None if picked is None else [picked]
        return self._fit_team(task, openings, end)

    def _moves(self, desk: "Desk", task: int, placed: "list[Placed]") -> list[Move]:
        """Return what the desk found, with why."""
        moves = []
        for hand, row in enumerate(placed):
            chosen, other = self.ranking.option(task, hand, row.person, row.start, row.walk), None
            if row.other >= 0:
                other = self.ranking.option(task, hand, row.other, row.other_start, row.other_walk)
            moves.append(
                Move(
                    person=row.person,
                    stop=self.compact.stop(task, hand, row.start),
                    reason=reason_of(chosen, other),
                    runner_up=runner_up_of(self.compact, other),
                    vehicle=desk.vehicle(row.vehicle),
                )
            )
        return moves

    def _fit_team(self, task: int, openings: list[Openings], last: int) -> list[Move] | None:
        lead = [openings[0].first]
        sync = self.compact.tasks[task].sync
        for k, opening in enumerate(openings[1:], 1):
            lead.append(opening.first - k * sync.max_lag_min)
        earliest = max(int(first.min()) for first in lead)
        starts = np.unique(np.concatenate([first[first >= earliest] for first in lead]))
        extra = self._vehicle_starts(task, earliest)
        tried = sorted({earliest, *starts[:TRIES_PER_TEAM].tolist(), *extra})
        for start in tried:
            moves = self._team_at(task, openings, start) if start <= last else None
            if moves is not None:
                return moves
        for start in sorted(self._starts_after_pauses(openings, task, earliest) - set(tried)):
            moves = self._team_at(task, openings, start) if start <= last else None
            if moves is not None:
                return moves
        return None

    def _starts_after_pauses(self, openings: list[Openings], task: int, earliest: int) -> set[int]:
        """Return further common starts: after the breaks that the earliest people of the scarcest hand would need."""
        scarcest = min(openings, key=lambda opening: len(opening.first))
        people = dict.fromkeys(scarcest.person[scarcest.first.argsort(kind="stable")].tolist())
        found: set[int] = set()
        for index in list(people)[:PEOPLE_PER_TEAM]:
            found |= {start for start, _ in self._other_starts(task, scarcest, self.compact.people[index], -1)}
        return {start for start in found if start >= earliest}

    def _vehicle_starts(self, task: int, earliest: int) -> list[int]:
        if not self.state.needs_vehicle(task):
            return []
        pauses = {vehicle.id: vehicle.turnaround_min for vehicle in self.compact.problem.vehicles}
        ends = {end + pauses[name] for name, rides in self.state.rides.items() for _, end, _ in rides}
        ends |= {w.start_min for vehicle in self.compact.problem.vehicles for w in vehicle.availability}
        return sorted(end for end in ends if end > earliest)[:TRIES_PER_TEAM]

    def _team_at(self, task: int, openings: list[Openings], start: int) -> list[Move] | None:
        """Return a team that starts at a given time; people whom a later hand cannot do without are left to it."""
        barred: set[int] = set()
        moves: list[Move] | None = None
        for _ in openings:
            moves, wanted = self._team_without(task, openings, start, barred)
            if moves is not None or not wanted - barred:
                break
            barred |= wanted
        if moves is None or not self.state.needs_vehicle(task):
            return moves
        end = max(move.stop.end for move in moves)
        vehicle = self.state.free_vehicle(task, start, end)
        if vehicle is None:
            return None
        return [
            Move(person=m.person, stop=m.stop, reason=m.reason, runner_up=m.runner_up, vehicle=vehicle) for m in moves
        ]

    def _team_without(
        self, task: int, openings: list[Openings], start: int, barred: set[int]
    ) -> tuple[list[Move] | None, set[int]]:
        """Return a team, or None with those of its people whom the hand that found nobody could have used."""
        sync = self.compact.tasks[task].sync
        moves: list[Move] = []
        low = high = start
        for hand, opening in enumerate(openings):
            if hand:
                low, high = moves[-1].stop.start + sync.min_lag_min, moves[-1].stop.start + sync.max_lag_min
            here, taken = opening.between(low, high), {m.person for m in moves}
            spared = barred if hand + 1 < len(openings) else set()
            move = self._pick(task, hand, here, sorted(taken | spared))
            if move is None and spared:
                move = self._pick(task, hand, here, sorted(taken))
            if move is None:
                return None, taken & set(here.person.tolist())
            moves.append(move)
        return moves, set()

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
        keys = self.ranking.keys(task, hand, opening.person, opening.first, opening.walk)
        wanted, misses, seen = self.candidates, 0, set(taken)
        for k in keys.argsort(kind="stable").tolist():
            person = int(opening.person[k])
            if person in seen:
                continue
            seen.add(person)
            found = self.start_that_keeps_rules(task, hand, opening, k)
            if found is None:
                misses += 1
                if wanted < self.candidates and misses > TRIES_PER_PERSON:
                    return
                continue
            option = self.ranking.option(task, hand, person, *found)
            yield option
            wanted -= found[0] == int(opening.first[k]) or option.late == 0
            if wanted <= 0:
                return

    def start_that_keeps_rules(self, task: int, hand: int, opening: Openings, entry: int) -> tuple[int, int] | None:
        """Return a start and the walk to it for the person of an entry: the entry's first one, or another that holds."""
        person = self.compact.people[int(opening.person[entry])]
        start = int(opening.first[entry])
        if self.state.broken_by(person, self.compact.stop(task, hand, start)) is None:
            return start, int(opening.walk[entry])
        for other, walk in self._other_starts(task, opening, person, start):
            if self.state.broken_by(person, self.compact.stop(task, hand, other)) is None:
                return other, walk
        return None

    def _other_starts(self, task: int, opening: Openings, person: Person, tried: int) -> list[tuple[int, int]]:
        """Return later starts at which a break, an exit protocol or a night's rest may have made the rules content."""
        limits = self.compact.limits
        pauses = {ppe.break_min for ppe in limits.ppe} | {limits.drive_break_min, limits.exit_protocol_min or 0}
        home = self.compact.nodes.minutes(person.home, self.compact.task_node[task])
        pauses.add(limits.min_rest_min + home)
        noon = self.compact.problem.first_midnight_min + limits.morning_until_min + home
        starts: dict[int, int] = {}
        for entry in np.flatnonzero(opening.person == person.index):
            first, last = int(opening.first[entry]), int(opening.last[entry])
            morning = first + (noon - first) % DAY_MIN
            options = {first, last, morning, *(first + p for p in pauses), *(last - p for p in pauses)}
            if person.stops:
                options.add(person.stops[-1].end - limits.max_shift_min + home)
            starts |= {start: int(opening.walk[entry]) for start in options if first <= start <= last}
        starts.pop(tried, None)
        return sorted(starts.items())[:TRIES_PER_PERSON]

    def take(self, task: int, moves: list[Move]) -> None:
        """Put a task into the state and keep the ranking in step."""
        self.state.place(task, moves)
        for move in moves:
            self.ranking.refresh(move.person)

    def catch_up(self) -> None:
        """Bring table and ranking up to date after many tasks were put in at once."""
        for person in self.state.behind:
            self.ranking.refresh(person)
        self.state.catch_up()

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
