"""Pure decisions about places and people: how doors sort, which care class a text means, who may be merged.

Nothing here knows a framework or a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tongxin.community.importing.care_classes import CARE_CLASSES, read_care_classes

#: Words of a ledger that belong to no class are kept sealed under this code.
UNKNOWN_CARE: Final = "OTHER"
#: Classes of the special-care list (`importing.care_classes` has their words and sources).
CARE_CODES: Final = (*CARE_CLASSES, UNKNOWN_CARE)
#: The one-to-one list: retired leaders, academicians, retired staff (14 + 17 + 468 in the founding story).
ONE_TO_ONE_CODES: Final = ("RETIRED_LEADER", "ACADEMICIAN", "RETIRED_STAFF")
_NUMBER = re.compile(r"\d+")
#: A building that a ledger does not name: the person still gets a door.
UNKNOWN_BUILDING: Final = "?"


def care_needs(classes: Iterable[str], *, chronic: str = "", mobility: str = "") -> dict[str, str]:
    """This function will return care code -> sealed particulars for what a ledger's row says of one person.

    A word that is no class goes under OTHER, an illness under CHRONIC; mobility only adds to what is there, or
    makes the class BEDBOUND where the words mean that.
    """
    needs: dict[str, str] = {}
    unknown: list[str] = []
    for word in classes:
        if word in CARE_CLASSES:
            needs.setdefault(word, "")
        else:
            unknown.append(word)
    if chronic:
        codes, _ = read_care_classes(chronic)
        medical = [code for code in codes if code not in ONE_TO_ONE_CODES]
        needs.update(dict.fromkeys(medical or ("CHRONIC",), chronic))
    if mobility:
        codes, _ = read_care_classes(mobility)
        for code in codes:
            if code in ("BEDBOUND", "DISABLED"):
                needs[code] = mobility
    if unknown:
        needs[UNKNOWN_CARE] = "；".join(unknown)
    return needs


def natural_key(text: str) -> str:
    """This function will return a text that sorts 2 before 10 and 甲1 beside 1: digits padded to six places."""
    return _NUMBER.sub(lambda found: found[0].zfill(6), text.upper())


def building_sort_key(number: str) -> str:
    """This function will return the sort key of a building; one that is not known comes last."""
    return "~" if number == UNKNOWN_BUILDING else natural_key(number)[:60]


def dwelling_sort_key(building: str, entrance: str, floor: int | None, room: str) -> str:
    """This function will return the order in which somebody walks past the doors: entrance, floor, room."""
    level = f"{(floor or 0) + 100:03d}"
    return f"{building_sort_key(building)[:40]}|{natural_key(entrance)[:20]}|{level}|{natural_key(room)[:30]}"[:100]


@dataclass(frozen=True, slots=True)
class PlaceKey:
    """Where a row of a ledger says that somebody lives: what the tables need, nothing that is not known."""

    building: str
    entrance: str
    room: str
    floor: int | None
    door: str


def place_key(*, building: str, entrance: str, room: str, household: str, text: str, floor: int | None) -> PlaceKey:
    """This function will return the place of a row, so that everybody with any place at all has a door.

    A place that is only a household number is its own building without entrances (a village of houses); an address
    that nobody could take apart is a door of the building that is not known.

    Raises ValueError when nothing is known.
    """
    if building:
        door = "-".join(part for part in (building, entrance, room) if part)
        return PlaceKey(building[:40], entrance[:20], room[:20], floor, door[:80])
    if entrance or room:
        door = "-".join(part for part in (UNKNOWN_BUILDING, entrance, room) if part)
        return PlaceKey(UNKNOWN_BUILDING, entrance[:20], room[:20], floor, door[:80])
    if household:
        return PlaceKey(household[:40], "", "", floor, household[:80])
    if text:
        return PlaceKey(UNKNOWN_BUILDING, "", text[:20], floor, text[:80])
    raise ValueError("a place needs at least one part")


# ---------- merging ----------
MERGE_OPEN: Final = "OPEN"
MERGE_MERGED: Final = "MERGED"
MERGE_DIFFERENT: Final = "DIFFERENT"
_TRANSITIONS: Final = {
    (MERGE_OPEN, MERGE_MERGED),
    (MERGE_OPEN, MERGE_DIFFERENT),
    (MERGE_MERGED, MERGE_OPEN),
    (MERGE_DIFFERENT, MERGE_OPEN),
}


class WrongMergeStep(ValueError):
    """A pair cannot go from its state to the one asked for; somebody else decided meanwhile."""


def check_merge_step(present: str, wanted: str) -> None:
    """This function will do nothing when a merge candidate may change so, else raise `WrongMergeStep`."""
    if (present, wanted) not in _TRANSITIONS:
        raise WrongMergeStep(f"{present} -> {wanted}")


def is_sure_pair(reasons: Iterable[str]) -> bool:
    """This function will tell whether two rows are one person beyond doubt: the same valid ID number, the same name.

    Only such a pair is merged at once (with undo); every other pair waits for a person.
    """
    found = set(reasons)
    return "same_row" in found or {"same_id", "same_name"} <= found


# ---------- changes by hand ----------
MOVE_REASONS: Final = ("MOVED_INSIDE", "CARED_FOR", "WRONG_DOOR", "OTHER")
MOVE_OUT_REASONS: Final = ("MOVED_AWAY", "RENT_ENDED", "STAYS_ELSEWHERE", "DECEASED", "NEVER_LIVED_HERE", "OTHER")
ADD_REASONS: Final = ("BORN", "TENANT", "MOVED_IN", "VISITING", "FORGOTTEN", "OTHER")
CARE_BEGIN_REASONS: Final = ("HOME_VISIT", "FAMILY_ASKED", "DOCTOR", "DEPARTMENT_LIST", "OTHER")
CARE_END_REASONS: Final = ("RECOVERED", "NO_LONGER_NEEDED", "MISTAKE", "OTHER")

# ---------- purposes ----------
#: Why somebody opens a person's details; the audit keeps the code.
PURPOSES: Final = (
    "CARE",
    "CONTACT",
    "SAMPLING",
    "TRACING",
    "TRANSFER",
    "SUPPLIES",
    "CHECK_DATA",
    "REQUEST",
    "OTHER_DUTY",
)
_PURPOSE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{1,58}")


def check_purpose(purpose: str) -> str:
    """This function will return the purpose when it is a code; raises ValueError for free text, which may name people."""
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError("a purpose is a code of letters, digits, dots and dashes")
    return purpose
