"""The rota of a week: who works which shift, exact tier by tier, with the rule behind every place that stays empty.

An integer programme for HiGHS, solved once a tier with the tiers above held: priority of empty places, then the heaviest
load, then the evenness of loads, then wishes. Hard rules are constraints, never prices. Loads count what was worked before.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import highspy
import numpy as np

from tongxin.engines.planner.limits import LaborLimits
from tongxin.engines.planner.problem import Window

DAY_MIN = 1440
WEEK_DAYS = 7


class RotaRule(StrEnum):
    """Why somebody does not work a shift; NOT_NEEDED: nothing forbids it, others were enough or the turn was theirs."""

    SKILL = "SKILL"
    AVAILABILITY = "AVAILABILITY"
    SHIFT_LENGTH = "SHIFT_LENGTH"
    REST = "REST"
    NIGHT_MORNING = "NIGHT_MORNING"
    DAYS_IN_A_ROW = "DAYS_IN_A_ROW"
    REST_DAYS = "REST_DAYS"
    DAY_HOURS = "DAY_HOURS"
    WEEK_HOURS = "WEEK_HOURS"
    NOT_NEEDED = "NOT_NEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSlot:
    """A shift to fill: minutes from the midnight at which the rota begins, how many people with all of these skills."""

    id: str
    window: Window
    people: int = 1
    skills: frozenset[str] = frozenset()
    priority: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaWorker:
    """Somebody who can work, as of minute 0.

    Parameters
    ----------
    availability
        Offers: a shift lies inside one of them.
    load_7d
        Load of the seven days before, in minutes; night minutes weighted.
    days_in_a_row
        Days worked in a row up to and including yesterday.
    last_end_min
        End of the last shift (0 or less); None: long ago.
    worked_night
        The last shift was a night shift that ended on day 0.
    wishes
        Ids of shifts that the person would like.
    """

    id: str
    availability: tuple[Window, ...]
    skills: frozenset[str] = frozenset()
    load_7d: int = 0
    days_in_a_row: int = 0
    last_end_min: int | None = None
    worked_night: bool = False
    wishes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaProblem:
    """A rota to make. ``rest_days`` free days in every seven; night minutes count ``night_percent`` percent of load."""

    slots: tuple[ShiftSlot, ...]
    workers: tuple[RotaWorker, ...]
    limits: LaborLimits = field(default_factory=LaborLimits)
    rest_days: int = 1
    night_percent: int = 125


@dataclass(frozen=True, slots=True)
class Empty:
    """Places of a shift that nobody fills, and for how many people which rule was the first to forbid it."""

    slot: str
    people: int
    bindings: Mapping[RotaRule, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """The answer: (worker, shift) pairs in order, empty places, loads with history.

    ``cost`` holds the tiers: priority of empty places, heaviest load, unevenness (sum of squares of loads in whole hours),
    unwished shifts. ``is_proven`` says that each tier is optimal and not only the best found in time; unevenness is
    optimal in steps as long as the longest shift.
    """

    pairs: tuple[tuple[str, str], ...]
    empty: tuple[Empty, ...]
    loads: Mapping[str, int]
    cost: tuple[int, int, int, int]
    is_proven: bool


class RotaError(ValueError):
    """A rota problem contradicts itself; the message names the field."""


class RotaCancelled(Exception):
    """Somebody asked to stop before the rota was made."""


def make_rota(problem: RotaProblem, *, seconds: float = 20.0, progress: Callable[[float], bool] | None = None) -> Rota:
    """Fill the shifts of a week (or any other number of days) under all hard rules.

    Parameters
    ----------
    problem
        Slots and workers in any order.
    seconds
        At most this much wall time; when it is not enough, the best found is returned with ``is_proven`` False.
    progress
        Called often with the share of the work that is done (0 to 1: tiers solved, and time used within one); returns
        True to stop.

    Raises
    ------
    RotaCancelled
        ``progress`` asked to stop.
    RotaError
        Ids that stand twice, shifts without length, numbers below 0.
    """
    _check(problem)
    programme = _Programme(problem)
    is_proven = programme.solve(seconds, progress)
    pairs = tuple(sorted(programme.chosen()))
    per_slot = Counter(slot for _, slot in pairs)
    empty = [
        Empty(slot.id, slot.people - per_slot[slot.id], _bindings(problem, pairs, slot))
        for slot in programme.slots
        if per_slot[slot.id] < slot.people
    ]
    loads = {worker.id: worker.load_7d for worker in programme.workers}
    by_id = {slot.id: slot for slot in problem.slots}
    for who, slot_id in pairs:
        loads[who] += load_of(by_id[slot_id], problem)
    wishes = {worker.id: worker.wishes for worker in problem.workers}
    cost = (
        sum(one.people * by_id[one.slot].priority for one in empty),
        max(loads.values(), default=0),
        sum((load // 60) ** 2 for load in loads.values()),
        sum(slot not in wishes[who] for who, slot in pairs),
    )
    return Rota(pairs=pairs, empty=tuple(empty), loads=loads, cost=cost, is_proven=is_proven)


def why_not(problem: RotaProblem, pairs: Sequence[tuple[str, str]], worker_id: str, slot_id: str) -> RotaRule:
    """Return the first rule that keeps somebody from a shift beside the other shifts they work, or NOT_NEEDED."""
    worker = next(one for one in problem.workers if one.id == worker_id)
    slot = next(one for one in problem.slots if one.id == slot_id)
    works = {what for who, what in pairs if who == worker_id}
    others = [one for one in problem.slots if one.id != slot_id and one.id in works]
    alone = _alone(problem, worker, slot)
    if alone is not None:
        return alone
    for other in others:
        rule = _clash(problem.limits, slot, other)
        if rule is not None:
            return rule
    for rule, rows in _sums(problem, worker):
        for amounts, most in rows:
            if rule in (RotaRule.DAYS_IN_A_ROW, RotaRule.REST_DAYS):
                days = {_day(one) for one in (slot, *others)}
                if _day(slot) in amounts and sum(day in amounts for day in days) > most:
                    return rule
            elif sum(_minutes_in(one, amounts) for one in (slot, *others)) > most and _minutes_in(slot, amounts):
                return rule
    return RotaRule.NOT_NEEDED


def load_of(slot: ShiftSlot, problem: RotaProblem) -> int:
    """Return what a shift adds to a load: its minutes, those of the night weighted."""
    night = sum(
        max(0, min(slot.window.end_min, until) - max(slot.window.start_min, start))
        for start, until, _ in _nights(problem.limits, slot)
    )
    minutes = slot.window.end_min - slot.window.start_min
    return minutes + night * (problem.night_percent - 100) // 100


def is_night(slot: ShiftSlot, limits: LaborLimits) -> bool:
    """Return whether a shift lies in one night for long enough to count as night duty."""
    return any(_dawns(limits, slot))


def _check(problem: RotaProblem) -> None:
    for name, ids in (("slots", [s.id for s in problem.slots]), ("workers", [w.id for w in problem.workers])):
        if len(set(ids)) != len(ids):
            raise RotaError(f"{name}: an id stands twice")
    for slot in problem.slots:
        if not 0 <= slot.window.start_min < slot.window.end_min:
            raise RotaError(f"slots[{slot.id}].window: must begin at minute 0 or later and have a length")
        if slot.people < 0 or slot.priority < 1:
            raise RotaError(f"slots[{slot.id}]: people must not be negative, priority at least 1")
    if not 0 <= problem.rest_days <= WEEK_DAYS:
        raise RotaError("rest_days: from 0 to 7")


def _day(slot: ShiftSlot) -> int:
    """Return the day on which a shift starts: it belongs to that one."""
    return slot.window.start_min // DAY_MIN


def _minutes_in(slot: ShiftSlot, span: range) -> int:
    return max(0, min(slot.window.end_min, span.stop) - max(slot.window.start_min, span.start))


def _nights(limits: LaborLimits, slot: ShiftSlot) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and the midnight of each night that a shift may touch."""
    for day in range(slot.window.start_min // DAY_MIN, slot.window.end_min // DAY_MIN + 2):
        midnight = day * DAY_MIN
        yield midnight - DAY_MIN + limits.night_from_min, midnight + limits.night_until_min, midnight


def _dawns(limits: LaborLimits, slot: ShiftSlot) -> Iterator[int]:
    for start, until, midnight in _nights(limits, slot):
        if min(slot.window.end_min, until) - max(slot.window.start_min, start) >= limits.night_counts_from_min:
            yield midnight


def _alone(problem: RotaProblem, worker: RotaWorker, slot: ShiftSlot) -> RotaRule | None:
    """Return the rule that forbids a shift whatever else the person works."""
    limits, window = problem.limits, slot.window
    if not slot.skills <= worker.skills:
        return RotaRule.SKILL
    if not any(o.start_min <= window.start_min and window.end_min <= o.end_min for o in worker.availability):
        return RotaRule.AVAILABILITY
    if window.end_min - window.start_min > limits.max_shift_min:
        return RotaRule.SHIFT_LENGTH
    if worker.last_end_min is not None and window.start_min - worker.last_end_min < limits.min_rest_min:
        return RotaRule.REST
    if worker.worked_night and window.start_min < limits.morning_until_min:
        return RotaRule.NIGHT_MORNING
    return None


def _clash(limits: LaborLimits, one: ShiftSlot, other: ShiftSlot) -> RotaRule | None:
    """Return the rule that forbids two shifts to the same person."""
    first, second = sorted((one, other), key=lambda slot: (slot.window.start_min, slot.window.end_min, slot.id))
    if second.window.start_min - first.window.end_min < limits.min_rest_min:
        return RotaRule.REST
    start = second.window.start_min
    if any(dawn <= start < dawn + limits.morning_until_min for dawn in _dawns(limits, first)):
        return RotaRule.NIGHT_MORNING
    return None


def _sums(problem: RotaProblem, worker: RotaWorker) -> Iterator[tuple[RotaRule, list[tuple[range, int]]]]:
    """Yield rules on sums: (days, most of them worked) for the rules on days, (minutes, most worked in them) for hours."""
    limits = problem.limits
    days = max((_day(slot) for slot in problem.slots), default=0) + 1
    most, before = limits.max_days_in_a_row, worker.days_in_a_row
    rows = [(range(d, d + most + 1), most) for d in range(max(1, days - most))]
    yield RotaRule.DAYS_IN_A_ROW, [(range(max(0, most - before) + 1), max(0, most - before)), *rows]
    free = WEEK_DAYS - problem.rest_days
    yield RotaRule.REST_DAYS, [(range(d, d + WEEK_DAYS), free) for d in range(max(1, days - WEEK_DAYS + 1))]
    spans = [range(d * DAY_MIN, (d + 1) * DAY_MIN) for d in range(days + 1)]
    yield RotaRule.DAY_HOURS, [(span, limits.max_day_min) for span in spans]
    if limits.max_week_min is not None:
        week = WEEK_DAYS * DAY_MIN
        weeks = range(0, days * DAY_MIN, week)
        yield RotaRule.WEEK_HOURS, [(range(start, start + week), limits.max_week_min) for start in weeks]


def _bindings(problem: RotaProblem, pairs: Sequence[tuple[str, str]], slot: ShiftSlot) -> Mapping[RotaRule, int]:
    on_it = {who for who, what in pairs if what == slot.id}
    found = Counter(why_not(problem, pairs, one.id, slot.id) for one in problem.workers if one.id not in on_it)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


class _Programme:
    """The integer programme: a column for each possible (worker, shift), one for the empty places of each shift."""

    def __init__(self, problem: RotaProblem) -> None:
        self.problem = problem
        self.slots = sorted(problem.slots, key=lambda slot: (slot.window.start_min, slot.window.end_min, slot.id))
        self.workers = sorted(problem.workers, key=lambda worker: worker.id)
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        self.model.silent()
        self.model.setOptionValue("threads", 1)
        self.model.setOptionValue("mip_rel_gap", 0.0)
        self.model.setOptionValue("mip_abs_gap", 0.5)
        self.columns = 0
        self.tier, self.begun_s, self.is_stopped = 0, 0.0, False
        self.empty = [self._column(slot.people) for slot in self.slots]
        self.works: dict[tuple[int, int], int] = {}
        self.loads: list[dict[int, int]] = []
        for w, worker in enumerate(self.workers):
            self._worker(w, worker)
        for s, slot in enumerate(self.slots):
            mine = [column for (_, slot_index), column in self.works.items() if slot_index == s]
            self._row(dict.fromkeys([*mine, self.empty[s]], 1), slot.people, slot.people)
        self.tiers = self._tiers()

    def _column(self, most: float, *, is_whole: bool = True) -> int:
        self.model.addCol(0.0, 0.0, float(most), 0, [], [])
        if is_whole:
            self.model.changeColIntegrality(self.columns, highspy.HighsVarType.kInteger)
        self.columns += 1
        return self.columns - 1

    def _row(self, terms: Mapping[int, float], low: float, high: float) -> None:
        at = np.array(list(terms), dtype=np.int32)
        self.model.addRow(float(low), float(high), len(at), at, np.array(list(terms.values()), dtype=float))

    def _worker(self, w: int, worker: RotaWorker) -> None:
        problem = self.problem
        mine = [s for s, slot in enumerate(self.slots) if _alone(problem, worker, slot) is None]
        for s in mine:
            self.works[w, s] = self._column(1)
        for k, s in enumerate(mine):
            for t in mine[k + 1 :]:
                if _clash(problem.limits, self.slots[s], self.slots[t]) is not None:
                    self._row({self.works[w, s]: 1, self.works[w, t]: 1}, 0, 1)
        on_day: dict[int, int] = {}
        for s in mine:
            day = on_day.setdefault(_day(self.slots[s]), -1)
            if day < 0:
                day = on_day[_day(self.slots[s])] = self._column(1)
            self._row({day: 1, self.works[w, s]: -1}, 0, highspy.kHighsInf)
        for rule, rows in _sums(problem, worker):
            for span, most in rows:
                if rule in (RotaRule.DAYS_IN_A_ROW, RotaRule.REST_DAYS):
                    terms = {column: 1 for day, column in on_day.items() if day in span}
                else:
                    terms = {self.works[w, s]: _minutes_in(self.slots[s], span) for s in mine}
                    terms = {column: minutes for column, minutes in terms.items() if minutes}
                if sum(terms.values()) > most:
                    self._row(terms, 0, most)
        self.loads.append({self.works[w, s]: load_of(self.slots[s], problem) for s in mine})

    def _tiers(self) -> list[dict[int, float]]:
        """Return the costs by column, most important first."""
        undone = {self.empty[s]: float(slot.priority) for s, slot in enumerate(self.slots)}
        most = max((worker.load_7d + sum(self.loads[w].values()) for w, worker in enumerate(self.workers)), default=0)
        heaviest = self._column(most)
        uneven: dict[int, float] = {}
        step = max((minutes for loads in self.loads for minutes in loads.values()), default=1)
        for w, worker in enumerate(self.workers):
            # load with history lies at or below the heaviest
            self._row({heaviest: 1, **{column: -m for column, m in self.loads[w].items()}}, worker.load_7d, np.inf)
            # parts of one shift's length that cost more and more: the sum of squares, piece by piece
            parts = [self._column(step, is_whole=False) for _ in range(sum(self.loads[w].values()) // step + 1)]
            for k, part in enumerate(parts):
                uneven[part] = (2 * k + 1) + 2 * worker.load_7d / step
            self._row(dict.fromkeys(parts, 1.0) | {c: -float(m) for c, m in self.loads[w].items()}, 0, 0)
        unwished = {
            column: 1.0 for (w, s), column in self.works.items() if self.slots[s].id not in self.workers[w].wishes
        }
        return [undone, {heaviest: 1.0}, uneven, unwished]

    def _watch(self, seconds: float, progress: Callable[[float], bool]) -> None:
        """Tell how far the search is from inside of it, and stop it when asked to."""

        def tell(event: highspy.HighsCallbackEvent) -> None:
            used = (self.model.getRunTime() - self.begun_s) / max(seconds / len(self.tiers), 1e-9)
            if self.is_stopped or progress((self.tier + min(used, 1.0)) / len(self.tiers)):
                self.is_stopped = True
                event.interrupt()

        self.model.cbMipInterrupt.subscribe(tell)
        self.model.cbSimplexInterrupt.subscribe(tell)

    def solve(self, seconds: float, progress: Callable[[float], bool] | None = None) -> bool:
        """Solve tier by tier and hold each; return whether all are proven. Raises RotaCancelled."""
        is_proven = True
        if progress is not None:
            self._watch(seconds, progress)
        for k, tier in enumerate(self.tiers):
            self.tier, self.begun_s = k, self.model.getRunTime()
            if progress is not None and progress(k / len(self.tiers)):
                raise RotaCancelled
            costs = np.zeros(self.columns)
            for column, cost in tier.items():
                costs[column] = cost
            every = np.arange(self.columns, dtype=np.int32)
            self.model.changeColsCost(self.columns, every, costs)
            self.model.setOptionValue("time_limit", float(self.model.getRunTime() + seconds / len(self.tiers)))
            self.model.run()
            if self.is_stopped:
                raise RotaCancelled
            is_proven &= self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            solution = np.array(self.model.getSolution().col_value)
            if not len(solution) or not np.isfinite(solution).all():
                break
            self.solution = solution
            if k + 1 < len(self.tiers) and tier:
                # the answer in hand stays possible: half a unit of room for whole tiers, a hair for the others
                room = 0.5 if k < 2 else 1e-6 * max(1.0, float(costs @ solution))
                self._row(tier, -np.inf, float(costs @ solution) + room)
        return bool(is_proven)

    def chosen(self) -> list[tuple[str, str]]:
        """Return who works what."""
        return [
            (self.workers[w].id, self.slots[s].id)
            for (w, s), column in self.works.items()
            if self.solution[column] > 0.5
        ]
