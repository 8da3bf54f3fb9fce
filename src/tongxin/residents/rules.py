"""Pure decisions of the one-to-one ledger: when a round runs, who is told of what is late, when a need is due.

Nothing here knows a framework or a database. Times of day are local ones: the caller passes local moments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

#: Hours of a day in which no new round begins are decided by the profile's windows alone.
CALL_SKILL = "CALLS"
#: How long the last entry of a call can be taken back. The page shows ten seconds; slow networks get some more.
UNDO = timedelta(seconds=20)
#: A share of a round is told as finished after the time in which its last entry can be taken back.
HOLD = timedelta(seconds=25)
MOST_MEDICINE_DAYS = 365
LONGEST_TEXT = 1000


class Urgency(StrEnum):
    """How soon a need must be met, most urgent first."""

    LIFE = "LIFE"
    TODAY = "TODAY"
    NORMAL = "NORMAL"


@dataclass(frozen=True, slots=True)
class NeedRule:
    """Who answers for a kind of need, and how urgent it is unless somebody says otherwise."""

    owner_role: str
    urgency: Urgency


#: Kinds of need. What a caller hears is one of these; the words are in `wording.py`.
NEEDS: Mapping[str, NeedRule] = {
    "EMERGENCY": NeedRule("MEDIC", Urgency.LIFE),
    "MEDICAL_CARE": NeedRule("MEDIC", Urgency.TODAY),
    "MEDICINE": NeedRule("MEDIC", Urgency.TODAY),
    "FOOD": NeedRule("GRID_LEADER", Urgency.TODAY),
    "UTILITIES": NeedRule("GRID_LEADER", Urgency.TODAY),
    "HOME_CARE": NeedRule("GRID_LEADER", Urgency.TODAY),
    "COMPANY": NeedRule("GRID_LEADER", Urgency.NORMAL),
    "INFORMATION": NeedRule("GRID_LEADER", Urgency.NORMAL),
    "OTHER": NeedRule("GRID_LEADER", Urgency.NORMAL),
    "DOOR_CHECK": NeedRule("GRID_LEADER", Urgency.TODAY),
}
#: A caller hears these; a check at the door is only opened by an escalation.
HEARD_NEEDS = tuple(code for code in NEEDS if code != "DOOR_CHECK")
_ORDER = list(Urgency)


@dataclass(frozen=True, slots=True)
class RequestTimes:
    """When needs are due: the `[requests]` of the rule set of the day."""

    life: timedelta
    today_until: time
    today_at_least: timedelta
    normal: timedelta
    #: Medicine for so many days or fewer is a need of today …
    medicine_today_days: int
    #: … and for so many or fewer a need at all.
    medicine_days: int
    visit_minutes: int
    escalate_minutes: tuple[int, ...]


def due_at(urgency: str, opened: datetime, times: RequestTimes) -> datetime:
    """Return when a need must be met. `opened` is a local moment. Raises ValueError for an unknown urgency.

    A need of today is due at the evening hour; one that comes later still gets an hour.
    """
    match Urgency(urgency):
        case Urgency.LIFE:
            return opened + times.life
        case Urgency.TODAY:
            evening = datetime.combine(opened.date(), times.today_until, tzinfo=opened.tzinfo)
            return max(evening, opened + times.today_at_least)
        case Urgency.NORMAL:
            return opened + times.normal


def hotter(first: str, second: str) -> str:
    """Return the more urgent of two urgencies."""
    return min(first, second, key=lambda code: _ORDER.index(Urgency(code)))


def medicine_urgency(days_left: int | None, times: RequestTimes) -> str:
    """Return how urgent new medicine is with so many days left; empty when it is no need yet."""
    if days_left is None or days_left > times.medicine_days:
        return ""
    return Urgency.TODAY if days_left <= times.medicine_today_days else Urgency.NORMAL


# ---------- calls ----------
OUTCOMES = ("FINE", "NEED", "UNREACHED")
OPEN_CALLS = ("DUE", "UNREACHED")


class WrongOutcome(ValueError):
    """A call cannot come out like this."""


def check_outcome(outcome: str, need_kinds: Sequence[str]) -> None:
    """Raise WrongOutcome for an unknown outcome or kind, or for a need without a kind, or a kind without a need."""
    if outcome not in OUTCOMES:
        raise WrongOutcome("UNKNOWN_OUTCOME")
    if set(need_kinds) - set(HEARD_NEEDS):
        raise WrongOutcome("UNKNOWN_NEED")
    if (outcome == "NEED") != bool(need_kinds):
        raise WrongOutcome("NEED_WITHOUT_KIND" if outcome == "NEED" else "KIND_WITHOUT_NEED")


# ---------- requests ----------
REQUEST_STEPS: Mapping[str, frozenset[str]] = {
    "OPEN": frozenset({"IN_HAND", "DONE", "WITHDRAWN"}),
    "IN_HAND": frozenset({"IN_HAND", "DONE", "OPEN"}),
    "DONE": frozenset({"CLOSED", "IN_HAND"}),
    "CLOSED": frozenset(),
    "WITHDRAWN": frozenset(),
}
OPEN_REQUESTS = ("OPEN", "IN_HAND")
#: A need that is done but not told back is still one need: nobody opens a second one beside it.
STANDING_REQUESTS = ("OPEN", "IN_HAND", "DONE")


class WrongStep(ValueError):
    """A request is not in a state from which this step is possible. `state` says where it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def check_step(now: str, then: str) -> None:
    """Do nothing when a request may go from one state to another. Raises WrongStep."""
    if then not in REQUEST_STEPS.get(now, frozenset()):
        raise WrongStep(now)


# ---------- windows of rounds ----------
@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, end exclusive."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def windows_on(day: date, windows: Iterable[tuple[time, time]], zone: tzinfo) -> list[Span]:
    """Return the call windows of a local day; one that ends not after its start runs over midnight."""
    spans = []
    for start, until in windows:
        last = day if until > start else day + timedelta(days=1)
        spans.append(Span(datetime.combine(day, start, tzinfo=zone), datetime.combine(last, until, tzinfo=zone)))
    return sorted(spans, key=lambda span: span.starts_at)


def next_window(at: datetime, windows: Sequence[tuple[time, time]]) -> Span | None:
    """Return the window to call in next: the running one while half of it is left, else the next to begin.

    `at` is a local moment. None when the profile has no windows.
    """
    zone = at.tzinfo
    if zone is None or not windows:
        return None
    days = (at.date() + timedelta(days=shift) for shift in (-1, 0, 1))
    spans = [span for day in days for span in windows_on(day, windows, zone)]
    return next((span for span in spans if span.ends_at - at >= (span.ends_at - span.starts_at) / 2), None)


def running_window(at: datetime, windows: Sequence[tuple[time, time]]) -> Span | None:
    """Return the window that a local moment lies in, or None."""
    zone = at.tzinfo
    if zone is None:
        return None
    spans = [span for shift in (-1, 0) for span in windows_on(at.date() + timedelta(days=shift), windows, zone)]
    return next((span for span in spans if span.starts_at <= at < span.ends_at), None)


# ---------- escalation ----------
#: Who is told of a call that is late, step by step.
CALL_CHAIN = ("DEPUTY", "GRID_LEADER", "COMMUNITY")
#: Who is told of a request that is late.
REQUEST_CHAIN = ("OWNER", "GRID_LEADER", "COMMUNITY")


def steps_due(level: int, due: datetime, at: datetime, minutes: Sequence[int]) -> list[int]:
    """Return the steps (from 1) that are due after `level`, given minutes after the due time for each step."""
    reached = [step for step, after in enumerate(minutes, start=1) if at >= due + timedelta(minutes=after)]
    return [step for step in reached if step > level]


def told(chain: Sequence[str], step: int, *, has_deputy: bool = True) -> str:
    """Return who is told at a step; without a deputy the grid leader is told at once; the last one stays told."""
    role = chain[min(step, len(chain)) - 1]
    return "GRID_LEADER" if role == "DEPUTY" and not has_deputy else role


def share_minutes(people: int, call_minutes: int, span: Span) -> int:
    """Return the length of one caller's share as a task: the calls, cut to what the window holds."""
    room = int((span.ends_at - span.starts_at).total_seconds() // 60)
    return max(1, min(people * call_minutes, room))
