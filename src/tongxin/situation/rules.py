"""Decisions of this room that need no database: the day of a report, the hash of a snapshot, what is late or short.

Figures are a flat table of `room.name` -> number; nothing here knows where a number comes from.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

Number = int | float
Figures = Mapping[str, Number]

#: How long after its day a report is ready where no rule set says it (`reports.ready_hours`).
READY_AFTER = timedelta(hours=5)
#: Standing numbers counted later than this after the end of the day are marked as counted late.
LATE_COUNT = timedelta(hours=12)
MIDNIGHT = time(0, 0)


# ---------- the day of a report ----------
@dataclass(frozen=True, slots=True)
class Period:
    """What a report of a day covers; the end is exclusive."""

    report_date: date
    starts_at: datetime
    ends_at: datetime

    @property
    def last_moment(self) -> datetime:
        """Return the last moment inside: what is told for the end of a day is counted for it."""
        return self.ends_at - timedelta(microseconds=1)


def period_of(report_date: date, cutoff: time, zone: tzinfo) -> Period:
    """Return what the report of a day covers: the 24 hours up to `cutoff`, where 00:00 is midnight at the day's end."""
    ends_on = report_date + timedelta(days=1) if cutoff == MIDNIGHT else report_date
    starts_on = ends_on - timedelta(days=1)
    return Period(
        report_date,
        datetime.combine(starts_on, cutoff, tzinfo=zone),
        datetime.combine(ends_on, cutoff, tzinfo=zone),
    )


def last_ended(at: datetime, cutoff: time, zone: tzinfo) -> Period:
    """Return the newest period that is over at `at`."""
    today = at.astimezone(zone).date()
    for days in (0, 1):
        period = period_of(today - timedelta(days=days), cutoff, zone)
        if period.ends_at <= at:
            return period
    raise AssertionError("one of two days in a row is over")


# ---------- snapshots ----------
def settled(figures: Figures) -> dict[str, Number]:
    """Return figures in the form in which both databases give them back: whole floats as integers, keys in order."""
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in sorted(figures.items())
    }


def figures_hash(figures: Figures, *, area_id: int, incident: str, as_of: datetime) -> str:
    """Return SHA-256 over figures, compound, incident and moment in canonical JSON (sorted, no spaces)."""
    moment = as_of.astimezone().timestamp()
    body = {"area": area_id, "incident": incident, "as_of": f"{moment:.6f}", "figures": settled(figures)}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def change(value: Number, previous: Number | None) -> Number | None:
    """Return the difference to the day before, without the dust of floating point; None when that is not known."""
    if previous is None:
        return None
    found = round(value - previous, 1)
    return int(found) if float(found).is_integer() else found


# ---------- privacy ----------
_TRACES = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")


def looks_personal(text: str) -> bool:
    """Tell whether a text holds what can only be a mobile number or an identity number, digits spaced or full-width."""
    plain = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)
    return _TRACES.search(re.sub(r"(?<=\d)[\s\-]+(?=\d)", "", plain)) is not None


def small_group(count: int, smallest: int) -> bool:
    """Tell whether a count would point at single people: 1 up to below the smallest group that may be told."""
    return 0 < count < smallest


# ---------- what is late or short ----------
@dataclass(frozen=True, slots=True)
class ProblemRule:
    """A figure above which something is late or short. `is_urgent`: life, infection or a deadline of others hangs on it."""

    code: str
    key: str
    above: Number = 0
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found: the figure with its value; `code` also names the next step."""

    code: str
    key: str
    value: Number
    is_urgent: bool = False


#: In the order in which a commander has to hear of them.
PROBLEM_RULES: tuple[ProblemRule, ...] = (
    ProblemRule("REQUESTS_LIFE", "residents.requests_life", is_urgent=True),
    ProblemRule("RESULTS_OVERDUE", "sampling.results_overdue", is_urgent=True),
    ProblemRule("POOLS_UNRESOLVED", "sampling.pools_unresolved", is_urgent=True),
    ProblemRule("INVESTIGATIONS_LATE", "tracing.late", is_urgent=True),
    ProblemRule("TESTS_LATE", "tracing.tests_late", is_urgent=True),
    ProblemRule("SAMPLING_MISSING", "sampling.round_missing"),
    ProblemRule("SAMPLING_REFUSED", "sampling.round_refused"),
    ProblemRule("WITHOUT_TUBE", "sampling.without_tube"),
    ProblemRule("UNCOVERED", "residents.uncovered", is_urgent=True),
    ProblemRule("CALLS_LATE", "residents.calls_late", is_urgent=True),
    ProblemRule("CALLS_UNREACHED", "residents.calls_unreached"),
    ProblemRule("REQUESTS_LATE", "residents.requests_late"),
    ProblemRule("TASKS_LATE", "dispatch.late"),
    ProblemRule("TASKS_UNASSIGNED", "dispatch.unassigned"),
    ProblemRule("SHORTAGES", "situation.shortages"),
    ProblemRule("OVER_LIMITS", "situation.over_limits"),
    ProblemRule("RELEASE_DUE", "tracing.release_due"),
    ProblemRule("ZONES_TO_REVIEW", "incidents.zones_to_review"),
    ProblemRule("ORDERS_UNCONFIRMED", "hq.orders_unconfirmed"),
    ProblemRule("ORDERS_LATE", "hq.orders_late"),
    ProblemRule("PARKED", "hq.parked"),
    ProblemRule("DATA_TO_VERIFY", "community.to_verify"),
)


def problems_in(figures: Figures) -> list[Problem]:
    """Return what is late or short, urgent things first, each group in the order of the rules.

    A figure that is not there is not judged: no room reports it in this installation.
    """
    found = [
        Problem(rule.code, rule.key, figures[rule.key], rule.is_urgent)
        for rule in PROBLEM_RULES
        if figures.get(rule.key, 0) > rule.above
    ]
    return sorted(found, key=lambda problem: not problem.is_urgent)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A threshold of a reportable outbreak: so many cases within so many days."""

    cases: int
    within_days: int


def reached_trigger(cases_by_day: Mapping[date, int], triggers: tuple[Trigger, ...], today: date) -> Trigger | None:
    """Return the first threshold that the days up to today have reached, or None."""
    for trigger in triggers:
        first = today - timedelta(days=trigger.within_days - 1)
        if sum(count for day, count in cases_by_day.items() if first <= day <= today) >= trigger.cases:
            return trigger
    return None


def is_at_limit(*, minutes_today: int, days_in_row: int, most_minutes: int, most_days: int) -> bool:
    """Tell whether somebody has served as long as one may: the hours of a shift, or the days in a row."""
    return minutes_today >= most_minutes or days_in_row >= most_days
