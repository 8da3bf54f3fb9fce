"""Decisions of sampling, pure: everything known is passed in.

Who is sampled at the door or never shares a tube, how many hands and tubes a round needs, what a result makes of the
people of a tube, when a result is late, and when a place counts as wholly negative.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

#: A round is for nobody who is one of these: the test would say again what is known.
EXEMPT_KINDS = frozenset({"CASE", "RECOVERED", "DIED"})
#: Member states that need nobody any more. REFUSED and AWAY are known, but not negative.
SETTLED = frozenset({"DONE", "EXEMPT"})
#: What a person who looks at the list may say of somebody who was not sampled.
TOLD_STATES = ("DUE", "REFUSED", "AWAY", "EXEMPT")
#: Why somebody on the list need not come; codes with words in wording.py.
STATE_REASONS = ("ASKED_AT_DOOR", "TOLD_BY_PHONE", "LEFT_COMPOUND", "IN_HOSPITAL", "UNWELL", "OTHER")
#: Why a registration is taken back.
VOID_REASONS = ("MISTAKE", "WRONG_PERSON", "TUBE_BROKEN", "LAB_INVALID")
#: How a person was found at the desk.
HOW = ("SCAN", "PICK", "DOOR", "PAPER")
#: Treatments that wait for a result: their tubes are due earlier.
CRITICAL_CARE = frozenset({"DIALYSIS", "CHEMOTHERAPY", "PREGNANT"})
#: Status kind -> causes of the profile that it brings.
_CAUSES_BY_STATUS: Mapping[str, tuple[str, ...]] = {
    "SUSPECT": ("POOL_POSITIVE",),
    "CONTACT": ("UNTRANSFERRED_RISK", "CONTACT"),
    "SECONDARY_CONTACT": ("UNTRANSFERRED_RISK", "SECONDARY_CONTACT"),
    "EXPOSED": ("EXPOSED",),
}
_CAUSES_BY_CARE: Mapping[str, str] = {"BEDBOUND": "IMMOBILE", "VERY_OLD": "VERY_OLD"}
#: Time at the table for one person: "normal is below a minute" (site reports, domain rulebook 2).
SECONDS_AT_TABLE = 60
#: Time at one door: the way up, protective equipment, the swab. Proposed.
MINUTES_AT_DOOR = 10
#: A tube code as bar codes carry it (Code 128, printable, without blanks).
_TUBE_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{2,39}")
#: How long the desk offers to take the last registration back, seconds.
UNDO_SECONDS = 10


class BadTubeCode(ValueError):
    """What was scanned cannot be the code of a tube."""


def clean_tube_code(text: str) -> str:
    """This function will return a tube code as it is stored: upper case, without blanks. Raises `BadTubeCode`."""
    code = "".join(text.split()).upper()
    if not _TUBE_CODE.fullmatch(code):
        raise BadTubeCode
    return code


# ---------- who ----------
def causes_of(
    *, status: str, care: Collection[str], birth_year: int | None, very_old_age: int, on_date: date
) -> tuple[str, ...]:
    """This function will return why a person may have to be sampled at the door or alone: causes of the profile."""
    causes = list(_CAUSES_BY_STATUS.get(status, ()))
    causes += [cause for code, cause in _CAUSES_BY_CARE.items() if code in care]
    if birth_year is not None and on_date.year - birth_year >= very_old_age and "VERY_OLD" not in causes:
        causes.append("VERY_OLD")
    return tuple(causes)


def first_of(causes: Iterable[str], wanted: Collection[str]) -> str:
    """This function will return the first cause that a list of the profile names, or an empty text."""
    return next((cause for cause in causes if cause in wanted), "")


# ---------- hands ----------
@dataclass(frozen=True, slots=True)
class Capacity:
    """The profile's numbers for a round."""

    pool_size: int
    people_per_sampler: int
    people_per_table: int
    people_per_site: int
    longest_minutes: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What a round needs: tubes, tables, samplers and registrars, sites, and minutes of each skill."""

    people: int
    at_door: int
    tubes: int
    tables: int
    samplers: int
    sites: int
    hands: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DeskShift:
    """One staffed stretch of one table."""

    desk: str
    number: int
    starts_at: datetime
    minutes: int
    samplers: int
    people: int


def needs_of(people: int, at_door: int, capacity: Capacity) -> Needs:
    """This function will return what a round of `people` (of whom `at_door` at home, alone in a tube) needs.

    Source: national guidance of May 2022 (population / 360 samplers, a table for 600-800, a site for 2000-3000).
    """
    desk = people - at_door
    tables = ceil(desk / capacity.people_per_table)
    samplers = max(ceil(desk / capacity.people_per_sampler), tables)
    swab_minutes = ceil(desk * SECONDS_AT_TABLE / 60) + at_door * MINUTES_AT_DOOR
    register_minutes = ceil(desk * SECONDS_AT_TABLE / 60 * tables / samplers) if samplers else 0
    hands = {"SAMPLING": swab_minutes, "REGISTRATION": register_minutes + at_door * MINUTES_AT_DOOR}
    return Needs(
        people,
        at_door,
        ceil(desk / capacity.pool_size) + at_door,
        tables,
        samplers,
        ceil(desk / capacity.people_per_site),
        {skill: minutes for skill, minutes in hands.items() if minutes},
    )


def desk_shifts(
    label: str, people: int, capacity: Capacity, *, starts_at: datetime, ends_at: datetime
) -> tuple[DeskShift, ...]:
    """This function will lay out the tables of one grid: enough of them to be done in the window, none in protective
    equipment for longer than is allowed. Empty for nobody.
    """
    if people <= 0:
        return ()
    window = max(int((ends_at - starts_at).total_seconds() // 60), 1)
    samplers = max(1, min(2, ceil(min(people, capacity.people_per_table) / capacity.people_per_sampler)))
    per_minute = samplers * 60 / SECONDS_AT_TABLE
    tables = max(ceil(people / capacity.people_per_table), ceil(people / (per_minute * window)))
    shifts = []
    for table in range(tables):
        share = people * (table + 1) // tables - people * table // tables
        minutes = min(max(ceil(share / per_minute), 1), window)
        parts = ceil(minutes / capacity.longest_minutes)
        length = ceil(minutes / parts)
        for number in range(parts):
            begin = starts_at + timedelta(minutes=number * length)
            last = min(length, minutes - number * length)
            portion = share * (number + 1) // parts - share * number // parts
            shifts.append(DeskShift(f"{label}-{table + 1}", number + 1, begin, last, samplers, portion))
    return tuple(shifts)


# ---------- pool size ----------
def share_of_positives(positive_people: int, tested_people: int, suspects: int, population: int) -> float:
    """This function will return the share of positives to expect in the next round.

    What the last results of this compound show (positives of everybody tested), and not less than what is standing
    open now (people of positive pools); 0 when nothing is known.
    """
    tested = positive_people / tested_people if tested_people else 0.0
    standing = suspects / population if population else 0.0
    return min(max(tested, standing), 1.0)


# ---------- tubes ----------
def result_due(
    sampled_at: datetime, *, capacity: int, is_critical: bool, pooled_hours: int, single_hours: int, critical_hours: int
) -> datetime:
    """This function will return when the result of a sample is due; validity and delay count from the sampling."""
    hours = single_hours if capacity == 1 else pooled_hours
    if is_critical:
        hours = min(hours, critical_hours)
    return sampled_at + timedelta(hours=hours)


def free_seq(taken: Collection[int], capacity: int) -> int | None:
    """This function will return the lowest free place of a tube, counted from 1; None when there is none."""
    return next((seq for seq in range(1, capacity + 1) if seq not in taken), None)


def standing_value(results: Iterable[tuple[datetime, int, str]]) -> str:
    """This function will return what counts of several reports (reported_at, id, value): the newest; empty for none."""
    known = sorted(results)
    return known[-1][2] if known else ""


# ---------- recall ----------
@dataclass(frozen=True, slots=True)
class RecallState:
    """How far the people of a positive pool are: `code` is WAITING, FOUND, or UNRESOLVED (all negative again)."""

    people: int
    sampled: int
    negative: int
    positive: int
    code: str


def recall_state(people: int, sampled: int, negative: int, positive: int) -> RecallState:
    """This function will judge a recall. A pool that is positive while everybody alone is negative is not explained."""
    code = "WAITING"
    if positive:
        code = "FOUND" if negative + positive >= people else "FOUND_WAITING"
    elif people and negative >= people:
        code = "UNRESOLVED"
    return RecallState(people, sampled, negative, positive, code)


# ---------- neighbours in the queue ----------
@dataclass(frozen=True, slots=True)
class InQueue:
    person_id: int
    desk: str
    sampled_at: datetime


def queue_neighbours(
    queue: Sequence[InQueue], person_id: int, *, places: int, minutes: int
) -> list[tuple[InQueue, int]]:
    """This function will return who stood within `places` before or after a person at the same desk and within
    `minutes` of them: (row, places apart; negative is before). `queue` may hold several desks, in any order.
    """
    mine = [row for row in queue if row.person_id == person_id]
    found: list[tuple[InQueue, int]] = []
    for me in mine:
        line = sorted((row for row in queue if row.desk == me.desk), key=lambda row: (row.sampled_at, row.person_id))
        here = line.index(me)
        for index in range(max(0, here - places), min(len(line), here + places + 1)):
            other = line[index]
            gap = abs((other.sampled_at - me.sampled_at).total_seconds())
            if other.person_id != person_id and gap <= minutes * 60:
                found.append((other, index - here))
    return found


# ---------- places ----------
@dataclass(frozen=True, slots=True)
class PlaceCount:
    """One entrance of a round: people by state, and how many of the sampled have which result."""

    entrance_id: int
    states: Mapping[str, int]
    negative: int
    not_negative: int


def is_wholly_negative(place: PlaceCount) -> bool:
    """This function will tell whether everybody of a place was sampled and is negative.

    Somebody who refused, or was not seen yet, keeps the place from counting; who is away from the compound does not.
    """
    open_people = place.states.get("DUE", 0) + place.states.get("REFUSED", 0)
    done = place.states.get("DONE", 0)
    return open_people == 0 and place.not_negative == 0 and place.negative >= done


_DOOR = re.compile(r"\d+(-\d+){1,3}")


def looks_like_tube(code: str) -> bool:
    """This function will tell whether typed text is rather a tube than a person: it has a digit and is no door."""
    is_code = _TUBE_CODE.fullmatch(code) is not None and any(character.isdigit() for character in code)
    return is_code and _DOOR.fullmatch(code) is None


def is_like(code: str, other: str) -> bool:
    """This function will tell whether two codes are written alike (as many letters and digits in the same places)."""
    shapes = [re.sub(r"[0-9]", "9", re.sub(r"[A-Z]", "A", text)) for text in (code, other)]
    return shapes[0] == shapes[1]


# ---------- people of one door who look alike ----------
@dataclass(frozen=True, slots=True)
class Traits:
    """What may be told of somebody to tell them from another: `sex` is M, F or U (not known)."""

    sex: str
    birth_year: int | None


#: What tells people apart, least data first: what can be seen, then a band of ten years, then the year of birth.
_TELLING: tuple[tuple[str, ...], ...] = (
    ("SEX",),
    ("AGE",),
    ("SEX", "AGE"),
    ("BIRTH_YEAR",),
    ("SEX", "BIRTH_YEAR"),
)
Mark = tuple[str, str]


def _mark(code: str, traits: Traits, year: int) -> Mark | None:
    """Return one trait as (code, value): a sex, the first year of a band of ages, a year of birth; None if unknown."""
    if code == "SEX":
        return ("SEX", traits.sex) if traits.sex in ("M", "F") else None
    if traits.birth_year is None:
        return None
    if code == "AGE":
        return ("AGE", str(max(year - traits.birth_year, 0) // 10 * 10))
    return ("BIRTH_YEAR", str(traits.birth_year))


def tell_apart(alike: Sequence[Traits], year: int) -> tuple[tuple[Mark, ...], ...]:
    """This function will return for each of some people with one door and one masked name what tells them apart.

    The least data that does it for everybody; when nothing does, what tells most of them apart. One alone needs
    nothing. `year` is the year of the day.
    """
    best: tuple[tuple[Mark, ...], ...] = tuple(() for _ in alike)
    for codes in _TELLING if len(alike) > 1 else ():
        marks = tuple(tuple(m for code in codes if (m := _mark(code, one, year)) is not None) for one in alike)
        if len(set(marks)) > len(set(best)):
            best = marks
        if len(set(best)) == len(alike):
            break
    return best
