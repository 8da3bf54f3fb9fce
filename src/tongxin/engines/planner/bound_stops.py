"""What each person could do, relaxed so that no real day is left out: the ground of the lower bound."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.problem import Responder, Task, Window
from tongxin.engines.planner.search.bound_pricing import Ints, Rules, Stops

DAY_MIN, WEEK_MIN = 1440, 10080
#: A stretch that is longer than the longest shift is cut by when the person sets out, so fine.
_CUT_MIN = 30
_NEAR = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person's possible stops with the rules that count for them; a route lies in one stretch."""

    person: int
    stops: Stops
    rules: Rules


@dataclass(frozen=True, slots=True)
class Hands:
    """All hands that are counted, by index: whose task, and which hand of it."""

    task: tuple[int, ...]
    hand: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.task)


class Ground:
    """Distances and stretches of a problem.

    Tasks with a frozen visit or with a pin that waives a rule count as served for nothing (`given`); they, like
    commitments, only tell where a person may be without having walked there.
    """

    def __init__(self, compact: Compact) -> None:
        self.compact, self.problem = compact, compact.problem
        self.given, self.seen_at = self._given()
        pairs = [(t, h) for t, task in enumerate(compact.tasks) for h in range(len(task.hands)) if t not in self.given]
        self.hands = Hands(tuple(t for t, _ in pairs), tuple(h for _, h in pairs))
        self.pins = {(pin.task, pin.hand): pin for pin in self.problem.pins if not pin.waives}
        self.was_planned = {visit.task for visit in self.problem.previous}
        self._measure()

    def _given(self) -> tuple[set[int], dict[str, set[int]]]:
        """Return tasks that are not counted, and by person (empty: everybody) the spots where that may put them."""
        given: set[int] = set()
        seen_at: dict[str, set[int]] = defaultdict(set)
        index, spot = self.compact.task_index, self.compact.nodes.of_place
        until = self.problem.now_min + self.problem.limits.freeze_min
        facts = [(visit.task, visit.responder) for visit in self.problem.previous if visit.start_min < until]
        facts += [(pin.task, pin.responder or "") for pin in self.problem.pins if pin.waives]
        for name, who in facts:
            if name in index:
                task = self.compact.tasks[index[name]]
                given.add(index[name])
                seen_at[who].add(spot[task.end_place or task.place])
        for person in self.problem.responders:
            for one in person.commitments:
                seen_at[person.id].add(spot[one.end_place or one.place])
        return given, seen_at

    def _measure(self) -> None:
        """Take shortest ways between all spots; being driven from place to end place by a task counts as a way, too."""
        nodes = self.compact.nodes
        walk = np.vstack([nodes.to_row(k)[:-1] for k in range(len(nodes))]).T.astype(np.int64)
        for task in self.compact.tasks:
            if task.end_place is not None:
                a, b = nodes.of_place[task.place], nodes.of_place[task.end_place]
                walk[a, b] = min(int(walk[a, b]), min(task.hand_min(h) for h in range(len(task.hands))))
        used = sorted(
            {nodes.of_place[p] for task in self.compact.tasks for p in (task.place, task.end_place or task.place)}
            | {nodes.of_place[p] for who in self.problem.responders for p in (who.home_place, who.end_place) if p}
            | {spot for spots in self.seen_at.values() for spot in spots}
        )
        self.at = {spot: k for k, spot in enumerate(used)}
        self.walk = np.ascontiguousarray(walk[np.ix_(used, used)])
        for k in range(len(used)):
            np.minimum(self.walk, self.walk[:, k : k + 1] + self.walk[k : k + 1, :], out=self.walk)

    def stretches(self) -> list[Stretch]:
        """Return every stretch of every person that holds at least one stop, in the order of the people."""
        found = []
        for index, person in enumerate(self.compact.people):
            who = person.responder
            for starts, until in self._cuts(who):
                stops = self._stops(who, starts, until)
                if stops is not None:
                    found.append(Stretch(index, stops, self._rules(who)))
        return found

    def _is_plain(self, who: Responder) -> bool:
        """Return whether a person's day is one shift in one window from home: no pause is long enough to rest."""
        if len(who.availability) != 1 or self.seen_at.get(who.id) or self.seen_at.get(""):
            return False
        window, rest = who.availability[0], self.problem.limits.min_rest_min
        longest = min(window.end_min, self.problem.horizon_min) - window.start_min
        # A running shift is over, too, when nothing happens for long enough after minute 0.
        return longest <= rest and (who.shift_started_min is None or window.end_min <= rest)

    def _cuts(self, who: Responder) -> list[tuple[int, int]]:
        """Return (sets out at or after, is back by) of every stretch; (0, end) where the day is not plain."""
        limits, problem = self.problem.limits, self.problem
        if not who.availability:
            return []
        if not self._is_plain(who):
            return [(0, problem.horizon_min)]
        window = who.availability[0]
        longest, is_one_day = limits.max_shift_min, problem.horizon_min <= problem.first_midnight_min + DAY_MIN
        if is_one_day:
            longest = min(longest, limits.max_day_min - who.worked_today_min)
        if limits.max_week_min is not None and problem.horizon_min <= problem.week_start_min + WEEK_MIN:
            longest = min(longest, limits.max_week_min - who.worked_week_min)
        if who.shift_started_min is not None:
            rest_of_shift = limits.max_shift_min + who.shift_started_min
            return [(window.start_min, min(window.end_min, longest, rest_of_shift))]
        if is_one_day and who.days_in_a_row + 1 > limits.max_days_in_a_row:
            return []
        first = window.start_min
        if who.last_duty_end_min is not None:
            first = max(first, who.last_duty_end_min + limits.min_rest_min)
        if who.worked_night:
            first = max(first, problem.first_midnight_min + limits.morning_until_min)
        cuts = []
        while first < window.end_min:
            if first + longest >= window.end_min:
                cuts.append((first, window.end_min))
                break
            cuts.append((first, min(window.end_min, first + _CUT_MIN - 1 + longest)))
            first += _CUT_MIN
        return cuts

    def _rules(self, who: Responder) -> Rules:
        limits = self.problem.limits
        wear = limits.ppe[0] if limits.ppe else None
        shortest = min(self.compact.tasks[t].hand_min(h) for t, h in zip(self.hands.task, self.hands.hand, strict=True))
        return Rules(
            hottest=who.hottest_zone,
            zone_from=limits.zone_order_from,
            protocol=-1 if limits.exit_protocol_min is None else limits.exit_protocol_min,
            worn=who.ppe_worn_min if wear else 0,
            wear_max=wear.max_min if wear else -1,
            wear_break=wear.break_min if wear else 0,
            step=max(1, min(shortest, max(5, self.problem.horizon_min // 168))),
        )

    def _stops(self, who: Responder, starts: int, until: int) -> Stops | None:
        """Return what the person could do between setting out and being back; None when that is nothing."""
        is_plain = self._is_plain(who)
        spot, at = self.compact.nodes.of_place, self.at
        home = at[spot[who.home_place]]
        elsewhere = [at[s] for s in (self.seen_at.get(who.id, set()) | self.seen_at.get("", set()))]
        back_to = None if who.end_place is None else at[spot[who.end_place]]
        rows = []
        for index, (t, h) in enumerate(zip(self.hands.task, self.hands.hand, strict=True)):
            task = self.compact.tasks[t]
            if not self._may(who, task, h):
                continue
            place, leaves = at[spot[task.place]], at[spot[task.end_place or task.place]]
            back = 0 if back_to is None or not is_plain else int(self.walk[leaves, back_to])
            out = int(self.walk[home, place]) if is_plain else 0
            for window in who.availability:
                first, last = self._times(task, h, window)
                first, last = max(first, starts + out), min(last, until - task.hand_min(h) - back)
                if last >= first:
                    rows.append((index, t, first, last, task.hand_min(h), task.zone, task.ppe_level, place, leaves))
        if not rows:
            return None
        table = np.array(rows, dtype=np.int64)
        places, ends = table[:, 7], table[:, 8]
        walk, out_of = self.walk[np.ix_(ends, places)], self.walk[home, places]
        if len(who.availability) > 1:
            walk = np.minimum(walk, out_of)
        for other in elsewhere:
            walk, out_of = np.minimum(walk, self.walk[other, places]), np.minimum(out_of, self.walk[other, places])
        names, local = np.unique(table[:, 1], return_inverse=True)
        wear = self.problem.limits.ppe
        return Stops(
            hand=table[:, 0].copy(),
            task=local.astype(np.int64),
            earliest=table[:, 2].copy(),
            latest=table[:, 3].copy(),
            minutes=table[:, 4].copy(),
            zone=table[:, 5].copy(),
            is_worn=(table[:, 6] >= wear[0].level).astype(np.int64) if wear else np.zeros(len(table), dtype=np.int64),
            walk=np.ascontiguousarray(walk),
            from_home=np.ascontiguousarray(out_of),
            near=_near(walk, local.astype(np.int64), len(names)),
        )

    def _may(self, who: Responder, task: Task, hand: int) -> bool:
        if not task.hands[hand].skills <= who.skills or who.id in task.excluded:
            return False
        if not who.lowest_zone <= task.zone <= who.highest_zone:
            return False
        pin = self.pins.get((task.id, hand))
        return pin is None or pin.responder in (None, who.id)

    def _times(self, task: Task, hand: int, window: Window) -> tuple[int, int]:
        """Return the earliest and the latest start of a hand within a window of a person."""
        first = max(task.window.start_min + hand * task.sync.min_lag_min, window.start_min)
        if task.id not in self.was_planned:
            first = max(first, self.problem.now_min)
        last = min(task.window.end_min, window.end_min, self.problem.horizon_min) - task.hand_min(hand)
        pin = self.pins.get((task.id, hand))
        if pin is not None and pin.start_min is not None:
            return max(first, pin.start_min), min(last, pin.start_min)
        return first, last


def _near(walk: Ints, task: Ints, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """Return for each stop the bits of the tasks from which it is quickest to come."""
    bits = np.zeros((len(task), (count + 63) // 64), dtype=np.uint64)
    for k in range(len(task)):
        for j in np.argsort(walk[:, k], kind="stable")[: _NEAR + 1]:
            bits[k, task[j] // 64] |= np.uint64(1) << np.uint64(task[j] % 64)
        bits[k, task[k] // 64] |= np.uint64(1) << np.uint64(task[k] % 64)
    return bits
