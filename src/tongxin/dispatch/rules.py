"""Kinds of task, what may come out of them, and which step may follow which."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any


class TaskKind(StrEnum):
    """Kinds of work that the rooms above open."""

    SAMPLING_DESK = "SAMPLING_DESK"
    HOME_SAMPLING = "HOME_SAMPLING"
    RECALL_SAMPLING = "RECALL_SAMPLING"
    CASE_INTERVIEW = "CASE_INTERVIEW"
    CALL_ROUND = "CALL_ROUND"
    ZONE_GUARD = "ZONE_GUARD"
    REQUEST_VISIT = "REQUEST_VISIT"
    NOTIFY_DOOR = "NOTIFY_DOOR"


class Found(StrEnum):
    """What somebody may note beside an outcome; the type says how it is asked."""

    COUNT = "COUNT"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of task asks of the phone page: up to three outcomes, and what may be noted with them."""

    outcomes: tuple[str, ...]
    found: Mapping[str, Found]
    #: People of these outcomes need somebody to look at them soon.
    asks_for_help: frozenset[str] = frozenset()


_NEED: Mapping[str, Found] = {"need_medicine": Found.CHECK, "need_food": Found.CHECK, "need_care": Found.CHECK}
KINDS: Mapping[str, KindRule] = {
    "SAMPLING_DESK": KindRule(("COMPLETED", "PARTLY"), {"sampled": Found.COUNT, "turned_away": Found.COUNT}),
    "HOME_SAMPLING": KindRule(("SAMPLED", "REFUSED", "AWAY"), _NEED, frozenset({"REFUSED"})),
    "RECALL_SAMPLING": KindRule(("SAMPLED", "REFUSED", "AWAY"), _NEED, frozenset({"REFUSED"})),
    "CASE_INTERVIEW": KindRule(("COMPLETED", "PARTLY", "UNREACHED"), {"contacts_named": Found.COUNT}),
    "CALL_ROUND": KindRule(("COMPLETED", "PARTLY"), {"reached": Found.COUNT, "unreached": Found.COUNT}),
    "ZONE_GUARD": KindRule(("COMPLETED", "INCIDENT"), {"stopped": Found.COUNT}, frozenset({"INCIDENT"})),
    "REQUEST_VISIT": KindRule(("COMPLETED", "NEED_FOUND", "AWAY"), _NEED, frozenset({"NEED_FOUND"})),
    "NOTIFY_DOOR": KindRule(("INFORMED", "NEED_FOUND", "AWAY"), _NEED, frozenset({"NEED_FOUND"})),
}
#: A kind that this version does not know can still be finished.
PLAIN = KindRule(("COMPLETED", "PARTLY"), {})
#: Highest number that a person may note: above it is a slip of the finger.
MOST_COUNTED = 2000

#: Why a task cannot be done: these lie in the task, which fails and goes back to the room that opened it.
CANNOT_REASONS = ("NO_ACCESS", "NOBODY_THERE", "NO_MATERIAL", "UNSAFE")
#: These lie in the person: the task stays open and goes to somebody else.
GIVE_BACK_REASONS = ("UNWELL", "NO_TIME", "TOO_FAR", "NOT_ABLE", "RELIEVED")
#: The five big buttons of the phone page.
PHONE_REASONS = (*CANNOT_REASONS, "UNWELL")

OPEN_STATES = frozenset({"OPEN", "ASSIGNED", "ACCEPTED", "STARTED"})
#: A task in one of these may still be planned or moved.
PLANNABLE_STATES = frozenset({"OPEN", "ASSIGNED", "ACCEPTED"})
#: Which state of an assignment may follow which; everything else is refused.
STEPS: Mapping[str, frozenset[str]] = {
    "GIVEN": frozenset({"ACCEPTED", "STARTED", "DONE", "GIVEN_BACK", "WITHDRAWN"}),
    "ACCEPTED": frozenset({"STARTED", "DONE", "GIVEN_BACK", "WITHDRAWN", "GIVEN"}),
    "STARTED": frozenset({"DONE", "GIVEN_BACK", "WITHDRAWN", "ACCEPTED"}),
    "DONE": frozenset({"STARTED"}),
    "GIVEN_BACK": frozenset(),
    "WITHDRAWN": frozenset(),
}
#: How long a step on the phone can be taken back. The page shows ten seconds; slow networks get some more.
UNDO = timedelta(seconds=20)
#: The end of a task is told to other rooms after the time in which it can be taken back.
HOLD = timedelta(seconds=12)


def kind_rule(kind: str) -> KindRule:
    """Return what a kind of task asks for."""
    return KINDS.get(kind, PLAIN)


def may_step(now: str, then: str) -> bool:
    """Tell whether an assignment may go from one state to another."""
    return then in STEPS.get(now, frozenset())


def task_state(hands: int, open_assignments: Iterable[str]) -> str:
    """Return the state of a task that is not over, from the states of its open assignments."""
    states = list(open_assignments)
    if "STARTED" in states:
        return "STARTED"
    if len(states) < hands:
        return "OPEN"
    return "ACCEPTED" if all(state == "ACCEPTED" for state in states) else "ASSIGNED"


#: Who takes over from somebody who dropped out is planned for at least so long, and may arrive so much later.
SHORTEST_REST_MIN = 10
ARRIVAL_MIN = 30


def missing_hands(hands: int, open_hands: Iterable[int]) -> tuple[int, ...]:
    """Return the hands of a task, by index, for which nobody stands."""
    there = set(open_hands)
    return tuple(index for index in range(hands) if index not in there)


def rest_of_work(duration_min: int, started_min: int) -> int:
    """Return the minutes left of work that began at `started_min` (0 is now), never fewer than ten."""
    return max(SHORTEST_REST_MIN, min(duration_min, started_min + duration_min))


class WrongFound(ValueError):
    """Something noted with an outcome is not asked for, or has a value that cannot be. `key` names it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def check_found(kind: str, found: Mapping[str, Any]) -> dict[str, int | bool]:
    """Return what was noted, checked and without empty answers. Raises WrongFound."""
    asked = kind_rule(kind).found
    clean: dict[str, int | bool] = {}
    for key, value in found.items():
        if key not in asked:
            raise WrongFound(key)
        # A count of 0 is an answer, although it equals False.
        if value is None or value is False or value == "":
            continue
        if asked[key] is Found.CHECK:
            if value is not True:
                raise WrongFound(key)
            clean[key] = True
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_COUNTED:
            raise WrongFound(key)
        else:
            clean[key] = value
    return clean


def is_late(due_at: datetime, state: str, at: datetime) -> bool:
    """Tell whether an open task is past its due time."""
    return state in OPEN_STATES and due_at < at


def guard_stretches(at: datetime, *, stretch: timedelta, ahead: timedelta) -> list[tuple[int, datetime, datetime]]:
    """Return (slot, start, end) of the stretches that begin after `at` and before `at + ahead`.

    Slots are counted on the clock, so that whoever asks at whatever moment names the same stretch by the same slot.
    """
    seconds = int(stretch.total_seconds())
    first = int(at.timestamp()) // seconds + 1
    last = int((at + ahead).timestamp()) // seconds
    base = at - timedelta(seconds=at.timestamp())
    return [
        (slot, base + timedelta(seconds=slot * seconds), base + timedelta(seconds=(slot + 1) * seconds))
        for slot in range(first, last + 1)
    ]


def cover(demand: Sequence[tuple[frozenset[str], int]], supply: Mapping[frozenset[str], int]) -> list[int]:
    """Return how much of each demand can be met when every unit of supply is used once; earlier demands go first.

    A demand is met by a group whose skills hold all of its own. As much as possible is met in all: where a group
    already serves somebody else, it is freed if another group can take that over (augmenting paths, the method of
    Edmonds and Karp on a graph of some dozen nodes). Units are free (minutes here).
    """
    groups = sorted(supply, key=sorted)
    left = {group: supply[group] for group in groups}
    given: dict[tuple[int, frozenset[str]], int] = {}
    covered = [0] * len(demand)
    for wanted, (_skills, amount) in enumerate(demand):
        while covered[wanted] < amount:
            path = _path(wanted, demand, groups, left, given)
            if path is None:
                break
            step = min(amount - covered[wanted], left[path[-1][1]], *(given[old] for old in _released(path)))
            left[path[-1][1]] -= step
            covered[wanted] += step
            for old in _released(path):
                given[old] -= step
            for new in path:
                given[new] = given.get(new, 0) + step
    return covered


def _released(path: Sequence[tuple[int, frozenset[str]]]) -> list[tuple[int, frozenset[str]]]:
    """Return what a path takes away: each demand after the first leaves the group of the one before it."""
    return [(later[0], earlier[1]) for earlier, later in pairwise(path)]


def _path(
    wanted: int,
    demand: Sequence[tuple[frozenset[str], int]],
    groups: Sequence[frozenset[str]],
    left: Mapping[frozenset[str], int],
    given: Mapping[tuple[int, frozenset[str]], int],
) -> list[tuple[int, frozenset[str]]] | None:
    """Return the shortest chain of (demand, group) that ends at a group with something left."""
    queue: deque[list[tuple[int, frozenset[str]]]] = deque([[]])
    seen: set[frozenset[str]] = set()
    ends: deque[int] = deque([wanted])
    while queue:
        chain, here = queue.popleft(), ends.popleft()
        for group in groups:
            if group in seen or not demand[here][0] <= group:
                continue
            seen.add(group)
            longer = [*chain, (here, group)]
            if left[group] > 0:
                return longer
            for other in range(len(demand)):
                if given.get((other, group), 0) > 0:
                    queue.append(longer)
                    ends.append(other)
    return None


#: A search is worth its while from so many hands on, and so many hands are worth one second of it.
FEWEST_HANDS = 8
HANDS_PER_SECOND = 20


def search_seconds(hands: int, most: float) -> float:
    """Return how long to search for a better plan: the profile's seconds, and less for a small problem."""
    return min(most, max(0.5, hands / HANDS_PER_SECOND))
