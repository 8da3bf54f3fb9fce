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

#: A report of yesterday is ready this long after its day has ended: before dawn when the day ends at midnight.
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
