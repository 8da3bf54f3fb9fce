"""A problem and its first answer as the arrays of the search."""

from dataclasses import dataclass, field

import numpy as np

from tongxin.engines.planner.codes import MeasuredFrom, Tier
from tongxin.engines.planner.compact import Compact, Person
from tongxin.engines.planner.fitting import Fitter, Wish
from tongxin.engines.planner.gaps import earliest_departure
from tongxin.engines.planner.problem import Window
from tongxin.engines.planner.route import legs_of
from tongxin.engines.planner.search import layout as at
from tongxin.engines.planner.search.layout import MAX_HANDS, NEVER, Flags, Floats, Ints, Model, Small
from tongxin.engines.planner.search.limits_row import DAY_MIN, LIMITS, limits_row
from tongxin.engines.planner.search.nearness import near_tasks
from tongxin.engines.planner.state import Move, State


@dataclass(slots=True)
class Encoded:
    """A model with the plan that it starts from: order and assignment, -1 for who does nothing."""

    model: Model
    rank: Floats
    person: Small
    people: int


@dataclass(slots=True)
class _Encoder:
    compact: Compact
    state: State
    fitter: Fitter
    locked: set[int] = field(default_factory=set)
    kinds: dict[tuple[object, ...], int] = field(default_factory=dict)
    masks: list[Flags] = field(default_factory=list)
    tasks: list[list[int]] = field(default_factory=list)
    visits: list[list[int]] = field(default_factory=list)
    who: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    @property
    def people(self) -> int:
        return len(self.compact.people)

    def lock(self) -> None:
        """Lock the days that hold a waiver: what a rule does not see, the search does not touch."""
        for person in self.compact.people:
            if person.has_waivers or any(stop.waives for stop in person.stops):
                self.locked.add(person.index)

    def is_fixed(self, task: int) -> bool:
        """Return whether a task must stay as it is, or stay undone."""
        wishes = [self.fitter.wishes.get((task, hand), Wish()) for hand in range(len(self.compact.tasks[task].hands))]
        moves = self.state.placed.get(task)
        if task in self.state.frozen or len(wishes) + 1 > MAX_HANDS or any(wish.waives for wish in wishes):
            return True
        if moves is None:
            return False
        return any(move.person in self.locked for move in moves) or self._leaves_in_the_past(moves)

    def _leaves_in_the_past(self, moves: list[Move]) -> bool:
        """Return whether somebody has set out already: the plan in force may have what no new plan could."""
        now = self.compact.problem.now_min
        return now > 0 and any(self._departure(move) < now for move in moves)

    def _departure(self, move: Move) -> int:
        person = self.compact.people[move.person]
        legs = legs_of(self.compact, person, person.stops)
        return next(leg[0] for stop, leg in zip(person.stops, legs, strict=True) if stop.task == move.stop.task)

    def kind(self, key: tuple[object, ...], mask: Flags) -> int:
        """Return the number of a class of visits that the same people may do."""
        known = self.kinds.get(key)
        if known is None:
            known = self.kinds[key] = len(self.masks)
            vehicles = np.zeros(len(self.compact.problem.vehicles), dtype=bool)
            self.masks.append(np.concatenate([mask, vehicles]) if len(mask) == self.people else mask)
        return known

    def add_task(self, task: int) -> None:
        what, moves, is_fixed = self.compact.tasks[task], self.state.placed.get(task), self.is_fixed(task)
        first, has_ride = len(self.visits), self.state.needs_vehicle(task)
        if has_ride:
            self._add_ride(task, moves)
        for hand in range(len(what.hands)):
            self._add_hand(task, hand, None if moves is None else moves[hand], is_fixed=is_fixed)
        is_life = what.tier is Tier.LIFE_AND_LIMB
        row = [0] * at.TASK_COLUMNS
        row[at.T_FIRST], row[at.T_HANDS] = first, len(what.hands) + has_ride
        row[at.T_DUE], row[at.T_PRIORITY], row[at.T_IS_LIFE] = what.due_min, what.priority, int(is_life)
        row[at.T_FIXED], row[at.T_PPE], row[at.T_ZONE] = int(is_fixed), what.ppe_level, what.zone
        row[at.T_EARLY], row[at.T_LATE_END] = 0, what.window.end_min
        self.tasks.append(row)
        self.starts.append(what.window.start_min if moves is None else min(move.stop.start for move in moves))

    def _add_ride(self, task: int, moves: list[Move] | None) -> None:
        """Add the vehicle of a task as a hand of its own that starts with the first one."""
        what = self.compact.tasks[task]
        vehicles = self.compact.problem.vehicles
        lags = [hand * what.sync.max_lag_min + what.hand_min(hand) for hand in range(len(what.hands))]
        fits = np.array([vehicle.seats >= what.seats for vehicle in vehicles], dtype=bool)
        row = self._blank(
            task, -1, self.kind(("seats", what.seats), np.concatenate([np.zeros(self.people, bool), fits]))
        )
        row[at.V_MIN], row[at.V_FROM], row[at.V_UNTIL] = max(lags), 0, NEVER
        self.visits.append(row)
        index = {vehicle.id: k for k, vehicle in enumerate(vehicles)}
        self.who.append(-1 if moves is None or moves[0].vehicle is None else self.people + index[moves[0].vehicle])

    def _add_hand(self, task: int, hand: int, move: Move | None, *, is_fixed: bool) -> None:
        what, wish = self.compact.tasks[task], self.fitter.wishes.get((task, hand), Wish())
        key = (what.hands[hand].skills, what.zone, what.excluded, wish.person)
        row = self._blank(task, hand, self.kind(key, self.fitter.eligible(task, hand, wish)))
        minutes = what.hand_min(hand)
        row[at.V_MIN], row[at.V_NODE], row[at.V_END] = (
            minutes,
            self.compact.task_node[task],
            self.compact.task_end_node[task],
        )
        row[at.V_DRIVES], row[at.V_LOAD] = int(what.hands[hand].drives), self.compact.weighted(task, minutes)
        row[at.V_FROM] = max(what.window.start_min, 0)
        row[at.V_UNTIL] = min(what.window.end_min, self.compact.problem.horizon_min) - minutes
        if wish.start is not None:
            row[at.V_FROM] = row[at.V_UNTIL] = wish.start
        if is_fixed and move is not None:
            row[at.V_FROM] = row[at.V_UNTIL] = move.stop.start
            is_under_way = self._leaves_in_the_past([move])
            row[at.V_FACT] = int(task in self.compact.started or move.person in self.locked or is_under_way)
        if hand:
            row[at.V_LAG_MIN], row[at.V_LAG_MAX] = what.sync.min_lag_min, what.sync.max_lag_min
        self.visits.append(row)
        self.who.append(-1 if move is None else move.person)

    def _blank(self, task: int, hand: int, kind: int) -> list[int]:
        row = [0] * at.VISIT_COLUMNS
        row[at.V_TASK], row[at.V_HAND], row[at.V_CLASS], row[at.V_OLD_PERSON] = task, hand, kind, -1
        return row

    def add_commitments(self) -> None:
        """Add what people do at fixed times as fixed tasks of their own."""
        for person in self.compact.people:
            for stop in person.stops:
                if stop.task >= 0:
                    continue
                row = self._blank(len(self.tasks), 0, 0)
                row[at.V_MIN], row[at.V_NODE], row[at.V_END] = stop.end - stop.start, stop.node, stop.end_node
                row[at.V_DRIVES], row[at.V_FACT] = int(stop.drives), 1
                row[at.V_FROM] = row[at.V_UNTIL] = stop.start
                task = [0] * at.TASK_COLUMNS
                task[at.T_FIRST], task[at.T_HANDS], task[at.T_DUE], task[at.T_FIXED] = len(self.visits), 1, NEVER, 1
                task[at.T_PPE], task[at.T_ZONE], task[at.T_EARLY] = stop.ppe, stop.zone, -NEVER
                self.visits.append(row)
                self.tasks.append(task)
                self.who.append(person.index)
                self.starts.append(stop.start)

    def remember_previous(self, visit: Ints) -> None:
        """Note where each visit of the plan in force was; it is not to begin sooner than it did."""
        problem = self.compact.problem
        first: dict[str, int] = {}
        for old in problem.previous:
            first[old.task] = min(old.start_min, first.get(old.task, old.start_min))
        rows = {(int(row[at.V_TASK]), int(row[at.V_HAND])): k for k, row in enumerate(visit)}
        for old in problem.previous:
            task, person = self.compact.task_index.get(old.task), self.compact.person_index.get(old.responder)
            if task is None or person is None or first[old.task] < problem.now_min + problem.limits.freeze_min:
                continue
            k = rows.get((task, old.hand))
            if k is not None:
                visit[k, [at.V_OLD_PERSON, at.V_OLD_START]] = person, old.start_min
                if old.start_min <= visit[k, at.V_UNTIL]:
                    visit[k, at.V_FROM] = max(visit[k, at.V_FROM], old.start_min)


def encode(state: State, fitter: Fitter) -> Encoded:
    """Return a state as arrays, with everything that must not be touched marked as fixed."""
    compact = state.compact
    encoder = _Encoder(compact, state, fitter)
    encoder.lock()
    for task in range(len(compact.tasks)):
        encoder.add_task(task)
    if not encoder.masks:
        encoder.kind((), np.zeros(len(compact.people), dtype=bool))
    encoder.add_commitments()
    tasks = _rows(encoder.tasks, at.TASK_COLUMNS)
    visit = _rows(encoder.visits, at.VISIT_COLUMNS)
    encoder.remember_previous(visit)
    person, window, head = _people(compact, encoder.locked)
    can = np.array(encoder.masks, dtype=bool)
    spot = np.array([(*s, c) for s, c in zip(compact.nodes.spots, compact.nodes.climbs, strict=True)], dtype=np.int64)
    link, before, after = _links(compact, len(tasks))
    model = Model(
        task=tasks,
        visit=visit,
        person=person,
        window=window,
        head=head,
        spot=spot.reshape(-1, 4),
        walk=np.ascontiguousarray(compact.problem.travel.walk_min, dtype=np.int32),
        can=can,
        able=_able(can),
        near=near_tasks(tasks, visit, spot, compact.problem.travel.walk_min),
        link=link,
        before=before,
        after=after,
        known=_known(compact, len(tasks)),
        ppe=np.array([(p.level, p.max_min, p.break_min) for p in compact.limits.ppe], np.int64).reshape(-1, 3),
        const=_constants(compact),
    )
    order = np.argsort(np.array(encoder.starts), kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order), dtype=float)
    return Encoded(model, rank, np.array(encoder.who, dtype=np.int32), len(compact.people))


def _rows(rows: list[list[int]], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _able(can: Flags) -> Small:
    able = np.full((len(can), can.shape[1] + 1), -1, np.int32)
    for k, row in enumerate(can):
        who = np.flatnonzero(row)
        able[k, 0] = len(who)
        able[k, 1 : len(who) + 1] = who
    return able


def _people(compact: Compact, locked: set[int]) -> tuple[Ints, Ints, Ints]:
    vehicles = compact.problem.vehicles
    rows, heads = [], []
    spans: list[tuple[Window, ...]] = [p.responder.availability for p in compact.people]
    spans += [vehicle.availability for vehicle in vehicles]
    for who in compact.people:
        rows.append(_person_row(compact, who, who.index in locked))
        heads.append(_head(compact, who))
    for vehicle in vehicles:
        row = [0] * at.PERSON_COLUMNS
        row[at.P_END], row[at.P_VEHICLE], row[at.P_PAUSE] = -1, 1, vehicle.turnaround_min
        row[at.P_SHIFT], row[at.P_WINDOWS] = NEVER, len(vehicle.availability)
        rows.append(row)
        heads.append([0] * (at.R_SINCE + len(compact.limits.ppe)))
    window = np.zeros((len(spans), max([1, *map(len, spans)]), 2), np.int64)
    for p, span in enumerate(spans):
        for w, one in enumerate(span):
            window[p, w] = one.start_min, one.end_min
    return _rows(rows, at.PERSON_COLUMNS), window, _rows(heads, at.R_SINCE + len(compact.limits.ppe))


def _person_row(compact: Compact, who: Person, is_locked: bool) -> list[int]:
    row, person, now = [0] * at.PERSON_COLUMNS, who.responder, compact.problem.now_min
    row[at.P_HOME], row[at.P_END], row[at.P_READY] = who.home, who.end_node, earliest_departure(compact, who)
    if person.last_asked_min is not None:
        row[at.P_ASKED] = min(24, max(0, 24 - (now - person.last_asked_min) // 60))
    row[at.P_LOAD], row[at.P_LOCKED], row[at.P_WINDOWS] = person.load_7d, int(is_locked), len(person.availability)
    row[at.P_SHIFT] = NEVER if person.shift_started_min is None else person.shift_started_min
    row[at.P_DAY], row[at.P_WEEK] = person.worked_today_min, person.worked_week_min
    row[at.P_IN_A_ROW], row[at.P_WORKED_NIGHT] = person.days_in_a_row, int(person.worked_night)
    return row


def _head(compact: Compact, who: Person) -> list[int]:
    person = who.responder
    row = [0] * (at.R_SINCE + len(compact.limits.ppe))
    row[at.R_HOT], row[at.R_DRIVE], row[at.R_DRIVE_DAY] = person.hottest_zone, person.drove_min, person.drove_today_min
    row[at.R_DONE_DAY], row[at.R_WINDOW] = person.worked_today_min, -1
    for k in range(len(compact.limits.ppe)):
        row[at.R_SINCE + k] = -person.ppe_worn_min if person.ppe_worn_min else NEVER
    return row


def _links(compact: Compact, tasks: int) -> tuple[Ints, Small, Small]:
    rows = [
        (
            compact.task_index[after.task],
            task,
            after.min_lag_min,
            NEVER if after.max_lag_min is None else after.max_lag_min,
            int(after.measured_from is MeasuredFrom.START),
        )
        for task, what in enumerate(compact.tasks)
        # What has begun waits for nothing any more, even if whoever did the earlier task is gone.
        if task not in compact.started
        for after in what.after
    ]
    link = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return link, _grouped(link[:, 1], tasks), _grouped(link[:, 0], tasks)


def _grouped(owner: Ints, tasks: int) -> Small:
    groups: list[list[int]] = [[] for _ in range(tasks)]
    for k, task in enumerate(owner.tolist()):
        groups[task].append(k)
    return _padded(groups)


def _padded(groups: list[list[int]]) -> Small:
    table = np.full((len(groups), max([1, *map(len, groups)])), -1, np.int32)
    for k, group in enumerate(groups):
        table[k, : len(group)] = group
    return table


def _known(compact: Compact, tasks: int) -> Small:
    groups = [[compact.person_index[p] for p in sorted(what.preferred)] for what in compact.tasks]
    return _padded(groups + [[]] * (tasks - len(groups)))


def _constants(compact: Compact) -> Ints:
    problem, limits, weights = compact.problem, compact.limits, compact.problem.weights
    is_tired = any(person.responder.days_in_a_row + 1 > limits.max_days_in_a_row for person in compact.people)
    is_long = problem.horizon_min > problem.first_midnight_min + DAY_MIN or limits.max_week_min is not None or is_tired
    values = {
        at.C_RULES: 1,
        at.C_STAIRS_FACTOR: weights.stairs_factor,
        at.C_TOLERANCE: weights.moved_tolerance_min,
        at.C_IS_LONG: int(is_long or any(person.responder.worked_night for person in compact.people)),
    }
    const = np.zeros(at.CONSTANTS, np.int64)
    const[:LIMITS] = limits_row(problem)
    const[list(values)] = list(values.values())
    return const
