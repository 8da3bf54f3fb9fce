"""Kinds of task, what may come out of them, and which step may follow which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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


#: Guards of a sealed entrance stand four hours at a stretch; their posts are opened a day ahead.
GUARD_STRETCH = timedelta(hours=4)
GUARD_AHEAD = timedelta(hours=24)


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
