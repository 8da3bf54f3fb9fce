"""What tracing decides: who counts as what, what changed since the last listing, who may be released. Pure.

Whether a layer makes a contact, how long somebody is managed and on which days they are tested is data of the rule set
(`incidents`); here is what follows when several facts about the same person meet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

#: Classes of people found, strongest first; the strongest one decides how a person is managed.
CLASSES: Final = ("CONTACT", "SECONDARY_CONTACT", "EXPOSED")
#: Standing statuses under which nobody is managed as a contact: their own illness decides.
NOT_MANAGED: Final = frozenset({"CASE", "RECOVERED", "DIED"})
#: Standing statuses that a release needs; a SUSPECT waits for the retest.
RELEASABLE: Final = frozenset({"CONTACT", "SECONDARY_CONTACT", "EXPOSED", ""})
#: Layers through which contacts of contacts are found ("lived together", "same closed room").
SECONDARY_LAYERS: Final = ("HOUSEHOLD", "CLASS")
#: The switch of a plan line that turns contacts of contacts on or off, beside the layers.
SECONDARY: Final = "SECONDARY"
#: Why somebody was taken off the list. NO_LONGER_FOUND is the only one after which tracing may find them again.
EXCLUSIONS: Final = ("NOT_THERE", "PROTECTED", "WRONG_PERSON", "IMMUNE", "OTHER", "NO_LONGER_FOUND")
NO_LONGER_FOUND: Final = "NO_LONGER_FOUND"
#: Layers by which an officer may add a person by hand, for what only the interview tells.
BY_HAND: Final = ("VENUE", "CLASS", "WORK_UNIT", "HOUSEHOLD")

#: The interview: section -> fields as (code, kind). Answers are sealed; codes name the question, never the answer.
INTERVIEW_FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "course": (
        ("symptoms", "TEXT"),
        ("fever", "CHOICE"),
        ("vaccinated", "CHOICE"),
        ("chronic_illness", "TEXT"),
    ),
    "days": (("movements", "TEXT"), ("transport", "TEXT"), ("gatherings", "TEXT")),
    "people": (("cared_by", "TEXT"), ("visitors", "TEXT"), ("others_met", "TEXT")),
    "source": (("travel", "TEXT"), ("sick_around", "TEXT"), ("suspected_source", "TEXT")),
    "needs": (("at_home", "TEXT"), ("medicines", "TEXT"), ("pets", "TEXT")),
}
INTERVIEW_DATES: Final = ("onset_date", "sample_date", "rash_date", "isolated_date")
CHOICES: Final = ("YES", "NO", "UNKNOWN")
MAX_ANSWER: Final = 4000
MAX_EXPOSURES: Final = 60

#: State -> what it may become.
STEPS: Final[Mapping[str, frozenset[str]]] = {
    "OPEN": frozenset({"INTERVIEWED", "DONE"}),
    "INTERVIEWED": frozenset({"DONE", "OPEN"}),
    "DONE": frozenset({"OPEN"}),
}


class WrongDates(ValueError):
    """Dates of an interview contradict each other; `field` names the one to correct."""

    def __init__(self, field_name: str, code: str) -> None:
        super().__init__(f"{field_name}: {code}")
        self.field = field_name
        self.code = code


@dataclass(frozen=True, slots=True)
class Link:
    """One way in which a person met a case, as tracing finds it. Ids are database ids."""

    case_id: int
    person_id: int
    layer: str
    degree: str
    first_date: date
    last_date: date
    rule_key: str = ""
    via_id: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, int, str]:
        return (self.case_id, self.person_id, self.layer)


@dataclass(frozen=True, slots=True)
class Standing:
    """A link as it stands on the list."""

    link: Link
    state: str
    excluded_reason: str = ""
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """What listing would do: rows to add, rows whose class or days change (`before`: as they were), rows not found."""

    new: tuple[Link, ...] = ()
    changed: tuple[Link, ...] = ()
    gone: tuple[Link, ...] = ()
    before: tuple[Link, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone)

    @property
    def person_ids(self) -> set[int]:
        return {link.person_id for link in (*self.new, *self.changed, *self.gone)}


def difference(found: Iterable[Link], standing: Iterable[Standing]) -> Difference:
    """This function will tell found links from the list of the same case.

    Whom an officer took off stays off; whom an officer added stays on. A row that was dropped because it was no longer
    found comes back when it is found again.
    """
    known = {row.link.key: row for row in standing}
    new, changed, before, seen = [], [], [], set()
    for link in found:
        seen.add(link.key)
        row = known.get(link.key)
        if row is None or (row.state == "EXCLUDED" and row.excluded_reason == NO_LONGER_FOUND):
            new.append(link)
        elif row.state == "LISTED" and not row.is_by_hand and not _is_same(row.link, link):
            changed.append(link)
            before.append(row.link)
    gone = [row.link for key, row in known.items() if row.state == "LISTED" and not row.is_by_hand and key not in seen]
    return Difference(tuple(new), tuple(changed), tuple(gone), tuple(before))


def _is_same(one: Link, other: Link) -> bool:
    return (one.degree, one.first_date, one.last_date) == (other.degree, other.first_date, other.last_date)


def strongest(degrees: Iterable[str]) -> str:
    """This function will return the class that decides; raises ValueError when there is none."""
    return min(degrees, key=CLASSES.index)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person is managed: the class, the last contact of that class, and when it was first listed."""

    person_class: str
    last_contact: date


def reason_of(links: Iterable[tuple[str, date]]) -> Reason | None:
    """This function will return the class and last contact of a person from all listed links (degree, last day)."""
    known = list(links)
    if not known:
        return None
    person_class = strongest(degree for degree, _ in known)
    return Reason(person_class, max(day for degree, day in known if degree == person_class))


def counts_of(links: Iterable[Link]) -> dict[str, int]:
    """This function will count people once, by class and by the layer that found them first (rule order of layers)."""
    by_person: dict[int, list[Link]] = {}
    for link in links:
        by_person.setdefault(link.person_id, []).append(link)
    counts: dict[str, int] = {code.lower(): 0 for code in CLASSES} | {"people": len(by_person)}
    for mine in by_person.values():
        degree = strongest(link.degree for link in mine)
        best = next(link for link in mine if link.degree == degree)
        counts[degree.lower()] += 1
        layer = SECONDARY if best.via_id is not None else best.layer
        key = f"layer_{layer.lower()}"
        counts[key] = counts.get(key, 0) + 1
    return counts


def is_answered_before(was: Reason, now: Reason) -> bool:
    """This function will tell whether a management that ended already covers a reason: no newer day, no stronger class."""
    is_weaker = CLASSES.index(now.person_class) >= CLASSES.index(was.person_class)
    return is_weaker and now.last_contact <= was.last_contact


@dataclass(frozen=True, slots=True)
class ReleaseFinding:
    """May this person be released: each condition with its fact."""

    is_date_passed: bool
    missed_tests: int
    is_status_clear: bool

    @property
    def may_release(self) -> bool:
        return self.is_date_passed and not self.missed_tests and self.is_status_clear


def release_finding(
    *, release_date: date, today: date, tests: Iterable[tuple[date, datetime | None]], status: str
) -> ReleaseFinding:
    """This function will judge a release: the last day has come, every test day up to it was kept, nobody suspects.

    Source: release check of the district quality script (domain rulebook 1.3): counted from the last contact; the
    release note is due on the last day of management.
    """
    missed = sum(1 for day, done_at in tests if day <= release_date and done_at is None)
    return ReleaseFinding(today >= release_date, missed, status in RELEASABLE)


def test_dates_from(planned: Iterable[date], *, today: date) -> tuple[date, ...]:
    """This function will return the test days that still lie ahead (today counts)."""
    return tuple(sorted({day for day in planned if day >= today}))


test_dates_from.__test__ = False  # type: ignore[attr-defined]  # its name begins like that of a test


def check_interview_dates(
    *,
    onset_date: date | None,
    sample_date: date | None,
    rash_date: date | None,
    isolated_date: date | None,
    today: date,
) -> None:
    """This function will refuse dates that cannot be. Raises `WrongDates` naming the first wrong field."""
    named = {
        "onset_date": onset_date,
        "sample_date": sample_date,
        "rash_date": rash_date,
        "isolated_date": isolated_date,
    }
    for name, day in named.items():
        if day is not None and day > today:
            raise WrongDates(name, "IN_FUTURE")
        if day is not None and day < today - timedelta(days=366):
            raise WrongDates(name, "TOO_OLD")
    if onset_date and rash_date and rash_date < onset_date:
        raise WrongDates("rash_date", "BEFORE_ONSET")


def check_exposure(*, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """This function will refuse an exposure that ends before it begins, lies ahead, or lasts more than two weeks."""
    if ends_at < starts_at:
        raise WrongDates("ends_at", "BEFORE_START")
    if starts_at > at:
        raise WrongDates("starts_at", "IN_FUTURE")
    if ends_at - starts_at > timedelta(days=14):
        raise WrongDates("ends_at", "TOO_LONG")


def is_late(due_at: datetime, done_at: datetime | None, at: datetime) -> bool:
    """This function will tell whether a deadline was missed: not done by then, or done after it."""
    return (done_at or at) > due_at


def goes_to_door(in_vain: int, door_after: int) -> bool:
    """This function will tell whether the next try of an interview goes to the door: so many calls were in vain."""
    return in_vain >= door_after


def may_become(state: str, following: str) -> bool:
    """This function will tell whether an investigation may go from one state to another."""
    return following in STEPS[state]


@dataclass(frozen=True, slots=True)
class Shift:
    """How one person's management changes under another rule set. `after_release` None: not managed any more."""

    person_id: int
    before_release: date
    after_release: date | None
    before_tests: int
    after_tests: int
    person_class: str = ""

    @property
    def days(self) -> int:
        """Days that the release moves; negative is earlier."""
        return (self.after_release - self.before_release).days if self.after_release else 0

    @property
    def kind(self) -> str:
        if self.after_release is None:
            return "ENDS"
        if self.days:
            return "SHORTER" if self.days < 0 else "LONGER"
        return "SAME" if self.before_tests == self.after_tests else "TESTS"
