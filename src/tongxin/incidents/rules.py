"""What the facts mean: the standing status of a person, the heat of a place. Pure: everything known is passed in.

The standing status is a function of the *set* of facts, never of the order in which they arrived: the same facts told
in any order give the same status (held by a property test).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

#: Kinds of status, strongest first; the strongest one that still holds is the standing one.
STANDING_ORDER = (
    "DIED",
    "CASE",
    "SUSPECT",
    "RECOVERED",
    "CONTACT",
    "SECONDARY_CONTACT",
    "EXPOSED",
    "CLEARED",
)
#: Kinds under which a person is watched or kept in.
MANAGED = frozenset({"CONTACT", "SECONDARY_CONTACT", "EXPOSED"})
#: A CLEARED fact with this cause ends management; with any other cause (a negative retest) it ends SUSPECT.
MANAGEMENT_RELEASED = "MANAGEMENT_RELEASED"
#: Facts with this cause follow from the list of contacts: they are taken back there, with the management they brought.
LISTED_BY_TRACING = "tracing.investigation"
#: Why a fact is withdrawn.
WITHDRAWAL_REASONS = ("WRONG_PERSON", "LABORATORY_ERROR", "WRONG_STATUS", "NOT_CONFIRMED", "TOLD_TWICE")
#: Kinds whose withdrawal is approved under WITHDRAW_CASE: what was built on them is much.
GRAVE = frozenset({"CASE", "DIED"})
#: Canonical levels by heat.
HEAT = {"LOW": 0, "MEDIUM": 1, "HIGH": 2}
#: Kinds of place, widest first.
WIDTH = {"COMPOUND": 0, "GRID": 1, "BUILDING": 2, "ENTRANCE": 3}

_ANCHORED = {"CASE": "CASE", "RECOVERED": "CASE", "DIED": "CASE"}


class ZoneFactCode(StrEnum):
    """What may be told of a place."""

    ROUND_NEGATIVE = "ROUND_NEGATIVE"
    CLEANING_DONE = "CLEANING_DONE"
    INDEX = "INDEX"
    LAST_CONTACT_GONE = "LAST_CONTACT_GONE"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a person that was not withdrawn."""

    kind: str
    effective_at: datetime
    cause_kind: str = ""
    onset_date: date | None = None
    sample_date: date | None = None
    last_contact_date: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is: the kind, since when, and the dates from which days are counted."""

    kind: str
    since_at: datetime
    onset_date: date | None
    sample_date: date | None
    last_contact_date: date | None


#: Kinds that end others, or that hold only beside others.
_ENDING = frozenset({"RECOVERED", "CLEARED"})


def standing(facts: Iterable[Fact]) -> Standing | None:
    """This function will return what a person is by all facts, or None when no fact holds.

    * DIED outranks everything.
    * RECOVERED counts only after a CASE; it ends every fact up to its moment. A later CASE is a new illness.
    * CLEARED ends SUSPECT up to its moment, or, with the cause MANAGEMENT_RELEASED, the management of contacts; it never
      ends a CASE. A CLEARED that ends nothing says nothing.
    * Of what still holds the strongest kind stands: a CONTACT fact that arrives late never downgrades a CASE.

    ``since_at`` is the earliest fact of the standing kind that still holds. Onset and sample date are the earliest ones
    told (the look-back starts earlier, never later), the last contact is the latest one told.
    """
    known = list(facts)
    # only some kinds end others: without them all that was told holds, and the pairs need not be looked at
    held = known if _ENDING.isdisjoint({fact.kind for fact in known}) else [f for f in known if _holds(f, known)]
    if not held:
        return None
    kind = min((fact.kind for fact in held), key=STANDING_ORDER.index)
    same = [fact for fact in held if fact.kind == kind]
    anchor = _ANCHORED.get(kind, kind)
    counted = [
        fact for fact in known if fact.kind == anchor and (kind in ("RECOVERED", "DIED") or fact in held)
    ] or same
    return Standing(
        kind,
        min(fact.effective_at for fact in same),
        _first(fact.onset_date for fact in counted),
        _first(fact.sample_date for fact in counted),
        _last(fact.last_contact_date for fact in held),
    )


def _holds(fact: Fact, known: Sequence[Fact]) -> bool:
    if fact.kind == "DIED":
        return True
    if fact.kind == "RECOVERED":
        # only the latest recovery of the latest illness is told; an earlier one is ended by the CASE that followed
        return any(other.kind == "CASE" and other.effective_at <= fact.effective_at for other in known)
    if any(_is_ended(fact, other, known) for other in known):
        return False
    if fact.kind == "CLEARED":
        return any(_clears(fact, other) for other in known)
    return True


def _is_ended(fact: Fact, other: Fact, known: Sequence[Fact]) -> bool:
    if other.kind == "RECOVERED" and fact.effective_at <= other.effective_at:
        return _holds(other, known)
    return other.kind == "CLEARED" and _clears(other, fact)


def _clears(clearing: Fact, fact: Fact) -> bool:
    ended = MANAGED if clearing.cause_kind == MANAGEMENT_RELEASED else {"SUSPECT"}
    return fact.kind in ended and fact.effective_at <= clearing.effective_at


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _last(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def hottest(levels: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """This function will return the (canonical level, place kind) that holds: the hottest, at a tie the narrowest place."""
    return max(levels, key=lambda level: (HEAT[level[0]], WIDTH[level[1]]), default=None)


def is_hotter(level: str, than: str | None) -> bool:
    """This function will tell whether a canonical level is hotter than another; any level is hotter than none."""
    return than is None or HEAT[level] > HEAT[than]


def is_answered(level: str, known_at: datetime, history: Iterable[tuple[str, datetime | None]]) -> bool:
    """This function will tell whether a finding has had its answer: a level as hot as asked held after it was known.

    ``history`` holds (canonical level, end) of the place and of the places around it; None is still in force. A case
    that is still ill does not raise a place again that was lowered after the case had been known.
    """
    return any(HEAT[held] >= HEAT[level] and (ended is None or ended > known_at) for held, ended in history)


def is_stale(found_date: date, no_new_days: int | None, today: date) -> bool:
    """This function will tell whether a finding is older than the days after which its level would be lifted anyway."""
    return no_new_days is not None and (today - found_date).days > no_new_days
