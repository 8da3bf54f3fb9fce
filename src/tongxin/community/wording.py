"""The words of this room's codes. The importer's own reasons have their sentences in `importing.reasons`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.community.importing.reasons import (
    FILE_SENTENCES,
    PAIR_SENTENCES,
    REASONS,
    file_sentence,
    pair_sentence,
    sentence,
)
from tongxin.community.importing.shapes import Field, Reason
from tongxin.community.importing.titles import Language, title

Words = str | Promise

CARE: dict[str, Words] = {
    "RETIRED_LEADER": _("Retired leader"),
    "ACADEMICIAN": _("Academician"),
    "RETIRED_STAFF": _("Retired staff"),
    "ELDER_ALONE": _("Elder living alone"),
    "VERY_OLD": _("Very old person"),
    "PREGNANT": _("Pregnant or newly delivered"),
    "INFANT": _("Infant"),
    "CHILD_ALONE": _("Child without a carer"),
    "DIALYSIS": _("Dialysis"),
    "CHEMOTHERAPY": _("Chemotherapy or radiotherapy"),
    "DISABLED": _("Disabled person"),
    "BEDBOUND": _("Bed-bound person"),
    "DEMENTIA": _("Dementia"),
    "CHRONIC": _("Chronic illness"),
    "SEVERE_ILLNESS": _("Severe illness"),
    "MENTAL_ILLNESS": _("Mental illness"),
    "HARDSHIP": _("Household in hardship"),
    "OTHER_MEDICAL": _("Other regular treatment"),
    "OTHER": _("Class in the ledger's own words"),
}
ONE_TO_ONE: Words = _("One-to-one list")
FIELDS: dict[str, Words] = {
    "name": pgettext_lazy("of a person", "Name"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
    "birth_year": _("Birth year"),
    "id_kind": _("Kind of document"),
    "id_number": _("ID number"),
    "phone": _("Phone"),
    "phone_2": _("Second phone"),
    "family_contact": _("Family contact"),
    "note": _("Note"),
    "language": _("Language or dialect"),
    "lives_alone": _("Lives alone"),
    "department": _("Department or class"),
    "external_code": _("Code in the ledger"),
    "door": _("Door"),
}
SEX: dict[str, Words] = {"M": _("Male"), "F": _("Female"), "U": _("Not known")}
ID_KINDS: dict[str, Words] = {
    "NATIONAL": _("ID card"),
    "PASSPORT": _("Passport"),
    "HK_MACAO_PERMIT": _("Permit for Hong Kong and Macao"),
    "PERMANENT_RESIDENCE": _("Permanent residence card"),
    "OTHER": _("Other document"),
}
DEPARTMENT_KINDS: dict[str, Words] = {
    "DEPARTMENT": pgettext_lazy("of an organization", "Department"),
    "WORK_UNIT": _("Work unit"),
    "SCHOOL_CLASS": _("School class"),
}
PURPOSES: dict[str, Words] = {
    "CARE": _("Care for this person"),
    "CONTACT": _("Call or visit this person"),
    "SAMPLING": _("Sampling"),
    "TRACING": _("Tracing of contacts"),
    "TRANSFER": _("Transfer"),
    "SUPPLIES": _("Supplies to the door"),
    "CHECK_DATA": _("Check the data"),
    "REQUEST": _("Answer a request"),
    "OTHER_DUTY": _("Another duty of mine"),
}
KINDS: dict[str, Words] = {
    "people": _("Residents' ledger"),
    "special-care": _("Special-care list"),
    "responders": _("List of responders"),
}
NEEDS: dict[str, Words] = {
    "people": _("Any workbook with names and doors will do. If you have none, fill in a template:"),
    "responders": _(
        "Any list with names will do: phone, kind, skills, department, seconded to and available times are read where"
        " they stand. If you have none, fill in the template:"
    ),
}
RUN_STATES: dict[str, Words] = {
    "UPLOADED": _("Waiting for the columns to be checked"),
    "RUNNING": _("Running"),
    "DONE": _("Finished"),
    "REFUSED": _("Not imported"),
}
FATES: dict[str, Words] = {
    "added": pgettext_lazy("row of a ledger", "Added"),
    "updated": pgettext_lazy("row of a ledger", "Updated"),
    "unchanged": pgettext_lazy("row of a ledger", "Unchanged"),
    "doubtful": pgettext_lazy("row of a ledger", "Imported, to verify"),
    "refused": pgettext_lazy("row of a ledger", "Not imported"),
    "duplicates": pgettext_lazy("row of a ledger", "Possible duplicates"),
    "duplicate": pgettext_lazy("row of a ledger", "Possible duplicate"),
}
PAIR_STATES: dict[str, Words] = {
    "OPEN": _("Open pairs"),
    "MERGED": _("Merged pairs"),
    "DIFFERENT": _("Pairs of two different people"),
}
MOVE_REASONS: dict[str, Words] = {
    "MOVED_INSIDE": _("Moved to another flat"),
    "CARED_FOR": _("Lives with family to be looked after"),
    "WRONG_DOOR": _("The door on the ledger was wrong"),
    "OTHER": pgettext_lazy("reason", "Another reason"),
}
MOVE_OUT_REASONS: dict[str, Words] = {
    "MOVED_AWAY": _("Moved away"),
    "RENT_ENDED": _("The lease ended"),
    "STAYS_ELSEWHERE": _("Stays elsewhere for a long time"),
    "DECEASED": _("Deceased"),
    "NEVER_LIVED_HERE": _("Never lived here"),
    "OTHER": pgettext_lazy("reason", "Another reason"),
}
ADD_REASONS: dict[str, Words] = {
    "BORN": _("Born"),
    "TENANT": _("New tenant"),
    "MOVED_IN": _("Moved in"),
    "VISITING": _("Stays with family for now"),
    "FORGOTTEN": _("Was missing on the ledger"),
    "OTHER": pgettext_lazy("reason", "Another reason"),
}
CARE_BEGIN_REASONS: dict[str, Words] = {
    "HOME_VISIT": _("Found on a home visit"),
    "FAMILY_ASKED": _("The family asked for it"),
    "DOCTOR": _("A doctor says so"),
    "DEPARTMENT_LIST": _("On the list of a department"),
    "OTHER": pgettext_lazy("reason", "Another reason"),
}
CARE_END_REASONS: dict[str, Words] = {
    "RECOVERED": pgettext_lazy("reason", "Recovered"),
    "NO_LONGER_NEEDED": _("No longer needed"),
    "MISTAKE": _("It was a mistake"),
    "OTHER": pgettext_lazy("reason", "Another reason"),
}
STAY_REASONS: dict[str, Words] = {**MOVE_REASONS, **MOVE_OUT_REASONS}
UNDO: dict[str, Words] = {
    "MOVED": _("Take back the last move"),
    "MOVED_OUT": _("Take back the moving out"),
}
CHANGE_REFUSALS: dict[str, Words] = {
    "FUTURE": _("The day lies in the future. Come back on that day, or choose today."),
    "BEFORE_STAY": _("The person came to this door on that day or later. Choose a later day."),
    "BEFORE_CARE": _("The class began after that day. Choose a later day."),
    "DOOR_UNCLEAR": _("The door was not understood. Write building, entrance and room, such as 18-1-302."),
    "UNKNOWN_BUILDING": _("There is no such building in this compound."),
    "OTHER_GRID": _("That door is in another grid. Ask its leader or headquarters."),
    "SAME_DOOR": _("The person lives at this door already."),
    "NOT_HERE": _("Somebody of these does not live here any more. Reload the page."),
    "NOBODY": _("Choose who moves out."),
    "NO_REASON": _("Choose a reason."),
    "NOTHING_TO_UNDO": _("There is nothing to take back any more. Reload the page."),
    "ON_THE_LEDGER": _(
        "Somebody with this name and number or door is on the ledger already. Let the person move instead."
    ),
    "CARE_IS_OPEN": _("This class is open for the person already."),
}
STEPS: dict[str, Words] = {
    "": _("Waiting in the queue"),
    "reading": _("Reading the file"),
    "parsing": _("Reading the rows"),
    "matching": _("Looking for people who are here already"),
    "comparing": _("Comparing and looking for duplicates"),
    "writing": _("Writing"),
}
LOOKS: dict[str, Words] = {
    "community.person.revealed": _("Opened the details"),
    "community.person.corrected": _("Corrected a field"),
    "community.person.added": _("Added by hand"),
    "community.person.moved": _("Moved to another door"),
    "community.person.moved_out": _("Noted as moved out"),
    "community.person.change_undone": _("Took back a change"),
    "community.care.looked_at": _("Looked at special care"),
    "community.care.begun": _("Began special care"),
    "community.care.reopened": _("Took back the end of special care"),
    "community.verify.confirmed": _("Confirmed a field"),
    "community.care.ended": _("Ended a class of special care"),
}
PLAN_ERRORS: dict[str, Words] = {
    "plan_too_large": _("The site plan is larger than 4 MB."),
    "plan_unreadable": _("The site plan is neither JSON nor TOML."),
    "plan_without_buildings": _("The site plan holds no list of buildings with their numbers."),
    "plan_coordinate_wrong": _("A coordinate of a building in the site plan is not a number of metres."),
    "plan_outline_wrong": _("The outline of a building in the site plan is not a list of points."),
    "plan_entrance_wrong": _("The entrances of a building in the site plan cannot be read."),
}
RUN_ERRORS: dict[str, Words] = {
    "cancelled": _("Somebody stopped this import. Nothing was written."),
    "files_gone": _("The file was deleted after a week. Upload it again."),
}


def language() -> Language:
    """This function will return the page's language as the importer names it."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def reason_words(code: str, field: str, params: Mapping[str, Any] | None = None) -> str:
    """This function will return why a row is doubtful or refused, in the page's language."""
    if code not in REASONS:
        return code
    known = Field(field) if field in set(Field) else None
    return sentence(Reason(code, known, dict(params or {})), language())


def field_words(field: str) -> str:
    """This function will return what a field is called."""
    if field in FIELDS:
        return str(FIELDS[field])
    return title(Field(field), language()) if field in set(Field) else field


def pair_words(codes: list[str]) -> str:
    """This function will return why two rows may be one person."""
    words = [pair_sentence(code, language()) for code in codes if code in PAIR_SENTENCES]
    return "；".join(words) if language() == "zh" else "; ".join(words)


def file_words(code: str, params: Mapping[str, Any] | None = None) -> str:
    """This function will return why a whole file was refused."""
    if code in FILE_SENTENCES:
        return file_sentence(code, language(), dict(params or {}))
    return str(RUN_ERRORS.get(code, code))
