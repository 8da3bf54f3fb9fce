"""The plan while it is being built: who stands where, which vehicle is out, and how to put a task in or take it out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tongxin.engines.planner import warm
from tongxin.engines.planner.codes import MeasuredFrom, Rule
from tongxin.engines.planner.compact import Compact, Person, Stop
from tongxin.engines.planner.gaps import GapTable, with_stop
from tongxin.engines.planner.problem import Problem, Responder
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.result import Reason, RunnerUp
from tongxin.engines.planner.route import broken_by

if TYPE_CHECKING:
    from tongxin.engines.planner.search.desk_table import Desk


class Move(NamedTuple):
    """One hand of a task in one person's day, with why."""

    person: int
    stop: Stop
    reason: Reason
    runner_up: RunnerUp | None = None
    vehicle: str | None = None


@dataclass(slots=True)
class State:
    """A partial plan that keeps every hard rule at all times.

    Where the search is compiled a ``desk`` knows who is free when and which rules say no, else ``gaps`` does; both give
    the same answers.
    """

    compact: Compact
    gaps: GapTable
    desk: "Desk | None" = None
    placed: dict[int, list[Move]] = field(default_factory=dict)
    rides: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    frozen: set[int] = field(default_factory=set)
    behind: set[int] = field(default_factory=set)
    is_without_vehicles: bool = False

    def place(self, task: int, moves: list[Move], *, is_last: bool = True) -> None:
        """Put a task into the plan; the moves must have been found for this very state.

        With ``is_last`` False the table of free stretches is left behind until ``catch_up``: for many at once.
        """
        self.placed[task] = moves
        for move in moves:
            person = self.compact.people[move.person]
            person.stops = with_stop(person.stops, move.stop)
            person.load += self.compact.weighted(task, move.stop.end - move.stop.start)
            if self.desk is not None:
                self.desk.add(person, move.stop)
            elif is_last:
                self.gaps.refresh(person)
            else:
                self.gaps.refresh_legs(person)
                self.behind.add(move.person)
        if moves[0].vehicle is not None:
            span = (min(m.stop.start for m in moves), max(m.stop.end for m in moves), task)
            self._set_rides(moves[0].vehicle, [*self.rides.get(moves[0].vehicle, ()), span])

    def catch_up(self) -> None:
        """Bring the table of free stretches up to date for everybody who got something meanwhile."""
        for person in self.behind:
            self.gaps.refresh(self.compact.people[person])
        self.behind.clear()

    def begin(self, task: int) -> None:
        """Take a task as begun before minute now: a fact that breaks no rule."""
        self.compact.started.add(task)
        if self.desk is not None:
            self.desk.start(task)

    def change(self, person: Person) -> None:
        """Follow a person whose skills, place, window or load have been changed from outside."""
        if self.desk is not None:
            self.desk.change(person)
        else:
            self.gaps.refresh(person)

    def _set_rides(self, vehicle: str, rides: list[tuple[int, int, int]]) -> None:
        self.rides[vehicle] = rides
        if self.desk is not None:
            self.desk.set_rides(vehicle, rides)

    def remove(self, task: int) -> list[Move]:
        """Take a task out of the plan and return how it was placed."""
        moves = self.placed.pop(task)
        for move in moves:
            person = self.compact.people[move.person]
            person.stops = [stop for stop in person.stops if stop.task != task]
            person.load -= self.compact.weighted(task, move.stop.end - move.stop.start)
            if self.desk is not None:
                self.desk.take_out(person, task)
            else:
                self.gaps.refresh(person)
        if moves[0].vehicle is not None:
            rides = self.rides[moves[0].vehicle]
            self._set_rides(moves[0].vehicle, [ride for ride in rides if ride[2] != task])
        return moves

    def broken_by(self, person: Person, stop: Stop) -> Rule | None:
        """Return the rule that a further stop would break in a person's day."""
        if self.desk is not None:
            return self.desk.broken_by(person, stop)
        return broken_by(self.compact, person, stop)

    def know_legs(self) -> None:
        """Note how everybody's stops are reached, where the desk knows it already."""
        if self.desk is not None:
            self.desk.tell_legs()

    def joined_by(self, problem: Problem, responders: Sequence[Responder]) -> "State | None":
        """Return the same plan beside further people, whose days are empty; None where no desk can tell it quickly.

        ``problem`` is the problem with them. The moves in ``placed`` are good for their times only: they carry the
        people's indices from before. One change here does not change this plan.
        """
        if self.desk is None:
            return None
        compact = self.compact.joined_by(problem, responders)
        rows = sorted(compact.person_index[person.id] for person in responders)
        ranking = self.desk.ranking.joined_by(compact, rows)
        return State(
            compact=compact,
            gaps=GapTable(compact, people=[]),
            desk=self.desk.joined_by(compact, ranking, rows),
            placed=dict(self.placed),
            rides=dict(self.rides),
        )

    def start_range(self, task: int) -> tuple[int, int] | None:
        """Return the first and last start that window and precedence leave; None when an earlier task is unserved.

        A window that a pin waives for one hand is left open here; each hand is then held against it by itself.
        """
        what = self.compact.tasks[task]
        is_open = self.desk is None and self._waives(task, Rule.WINDOW)
        horizon = self.compact.problem.horizon_min
        first = 0 if is_open else what.window.start_min
        last = horizon if is_open else min(what.window.end_min, horizon)
        for after in what.after:
            earlier = self.placed.get(self.compact.task_index[after.task])
            if earlier is None:
                return None
            is_start = after.measured_from is MeasuredFrom.START
            origin = min(m.stop.start for m in earlier) if is_start else max(m.stop.end for m in earlier)
            first = max(first, origin + after.min_lag_min)
            if after.max_lag_min is not None:
                last = min(last, origin + after.max_lag_min)
        return first, last

    def needs_vehicle(self, task: int) -> bool:
        """Return whether a task needs seats that no pin waives."""
        what = self.compact.tasks[task]
        return what.seats > 0 and not self.is_without_vehicles and not self._waives(task, Rule.SEATS)

    def _waives(self, task: int, rule: Rule) -> bool:
        hands = range(len(self.compact.tasks[task].hands))
        return any(rule in self.compact.waives.get((task, hand), ()) for hand in hands)

    def free_vehicle(self, task: int, start: int, end: int) -> str | None:
        """Return the smallest vehicle with enough seats that is free for the whole task."""
        for vehicle in sorted(self.compact.problem.vehicles, key=lambda v: (v.seats, v.id)):
            if self.is_vehicle_free(vehicle.id, task, start, end):
                return vehicle.id
        return None

    def is_vehicle_free(self, vehicle_id: str | None, task: int, start: int, end: int) -> bool:
        """Return whether a vehicle has the seats for a task and is there and free from start to end."""
        vehicle = next((v for v in self.compact.problem.vehicles if v.id == vehicle_id), None)
        if vehicle is None or vehicle.seats < self.compact.tasks[task].seats:
            return False
        if not any(w.start_min <= start and end <= w.end_min for w in vehicle.availability):
            return False
        pause = vehicle.turnaround_min
        return all(end + pause <= a or b + pause <= start for a, b, _ in self.rides.get(vehicle.id, []))

    def has_followers(self, task: int) -> bool:
        """Return whether a placed task waits for this one."""
        return any(follower in self.placed for follower in self.compact.followers.get(task, ()))


def new_state(
    compact: Compact, ranking: Ranking, *, candidates: int = 2, desk: "Desk | None" = None, is_plain: bool = False
) -> State:
    """Return the empty plan: commitments only.

    Waivers hide visits from single rules; a problem that has any is planned without the desk.
    """
    has_waivers = any(compact.waives.values())
    if desk is None and not (is_plain or has_waivers) and compact.people and compact.tasks and warm.is_ready():
        desk = warm.load("desk_table").Desk(compact, ranking, candidates)
    if desk is not None:
        return State(compact=compact, gaps=GapTable(compact, people=[]), desk=desk)
    return State(compact=compact, gaps=GapTable(compact, people=compact.people))
