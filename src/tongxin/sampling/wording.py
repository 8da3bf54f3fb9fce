"""The sentences behind this room's codes, for plans, pages and reports. `%(name)s` are the numbers of a line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.sampling.rules import Mark

WHY: dict[str, Promise | str] = {
    "ZONE_TEST_DAY": _(
        "The rules ask for a test of everybody in %(places)s places since %(since)s: %(people)s people, of them %(at_door)s at "
        "their doors; %(tubes)s tubes of %(pool_size)s, %(tables)s tables, %(samplers)s samplers."
    ),
    "BEFORE_LIFT": _(
        "Only a round of everybody is missing before %(places)s places may be lowered or lifted: %(people)s people, of them "
        "%(at_door)s at their doors; %(tubes)s tubes of %(pool_size)s, %(tables)s tables, %(samplers)s samplers."
    ),
    "TEST_DAY_AT_DOOR": _(
        "People whose own test day has come and whom no visit awaits: %(people)s, of them %(contacts)s contacts; %(overdue)s "
        "of the days are overdue."
    ),
}
MEASURES: dict[str, Promise | str] = {
    "OPEN_ROUND": _("Open a sampling round"),
    "HOME_SAMPLING": _("Sample at the door"),
}
KINDS: dict[str, Promise | str] = {
    "MASS": pgettext_lazy("kind of round", "Everybody of some places"),
    "HOME": pgettext_lazy("kind of round", "At the door"),
    "RECALL": pgettext_lazy("kind of round", "People of a positive pool"),
}
ROUND_STATES: dict[str, Promise | str] = {
    "OPEN": pgettext_lazy("state of a round", "Open"),
    "CLOSED": pgettext_lazy("state of a round", "Closed"),
}
MEMBER_STATES: dict[str, Promise | str] = {
    "DUE": pgettext_lazy("state on a sampling list", "Still missing"),
    "DONE": pgettext_lazy("state on a sampling list", "Sampled"),
    "REFUSED": pgettext_lazy("state on a sampling list", "Refused"),
    "AWAY": pgettext_lazy("state on a sampling list", "Away"),
    "EXEMPT": pgettext_lazy("state on a sampling list", "Need not come"),
}
STATE_REASONS: dict[str, Promise | str] = {
    "ASKED_AT_DOOR": _("Asked at the door"),
    "TOLD_BY_PHONE": _("Told by phone"),
    "LEFT_COMPOUND": _("Has left the compound"),
    "IN_HOSPITAL": _("Is in hospital"),
    "UNWELL": _("Is unwell"),
    "OTHER": pgettext_lazy("reason", "Other"),
    "LAB_INVALID": _("The laboratory could not read the sample"),
    "GUEST": _("Came without being on the list"),
    "CASE": pgettext_lazy("person status", "Case"),
    "RECOVERED": pgettext_lazy("person status", "Recovered"),
    "DIED": pgettext_lazy("person status", "Died"),
    "MERGED": _("Two rows were one person"),
}
HOME_REASONS: dict[str, Promise | str] = {
    "POOL_POSITIVE": _("Person of a positive pool"),
    "UNTRANSFERRED_RISK": _("Contact who is still at home"),
    "ANTIGEN_POSITIVE": _("Positive antigen test"),
    "IMMOBILE": _("Cannot move"),
    "VERY_OLD": _("Very old"),
    "SYMPTOMATIC": _("Has symptoms"),
    "CONTACT": pgettext_lazy("person status", "Contact"),
    "SECONDARY_CONTACT": pgettext_lazy("person status", "Secondary contact"),
    "EXPOSED": pgettext_lazy("person status", "Exposed at an affected place"),
    "TEST_DAY": _("Own test day"),
}
TUBE_STATES: dict[str, Promise | str] = {
    "OPEN": pgettext_lazy("state of a tube", "Open"),
    "CLOSED": pgettext_lazy("state of a tube", "Closed"),
    "RESULTED": pgettext_lazy("state of a tube", "Result is here"),
    "VOID": pgettext_lazy("state of a tube", "Unused"),
}
VALUES: dict[str, Promise | str] = {
    "NEGATIVE": pgettext_lazy("result", "Negative"),
    "POSITIVE": pgettext_lazy("result", "Positive"),
    "INVALID": pgettext_lazy("result", "Invalid"),
}
RECALL_STATES: dict[str, Promise | str] = {
    "WAITING": _("Retests are not complete"),
    "FOUND_WAITING": _("A positive was found, other retests are not complete"),
    "FOUND": _("All retests are here, a positive was found"),
    "UNRESOLVED": _("Everybody alone is negative: the pool is not explained"),
}
SEXES: dict[str, Promise | str] = {
    "M": pgettext_lazy("sex", "male"),
    "F": pgettext_lazy("sex", "female"),
}
#: Why somebody is not registered; what to do stands in the sentence.
REGISTER: dict[str, Promise | str] = {
    "ROUND_CLOSED": _("This round is closed. Choose an open round."),
    "BAD_TUBE": _("This is not the code of a tube: 3 to 40 letters and digits. Scan the tube again."),
    "OTHER_ROUND": _("Tube %(tube)s belongs to round %(number)s. Take a new tube."),
    "TUBE_CLOSED": _("Tube %(tube)s is closed. Take the next tube."),
    "TUBE_FULL": _("Tube %(tube)s is full (%(filled)s of %(capacity)s). Take the next tube."),
    "OTHER_SIZE": _("This tube was opened for %(capacity)s. Take another tube."),
    "ALREADY": _("Already registered in tube %(tube)s at desk %(desk)s at %(at)s. Nothing was changed."),
    "NOT_ON_LIST": _("Not on the list of this round. Register as a guest if the person belongs here."),
    "NEVER_POOLED": _("%(cause)s: never shares a tube. Scan a new tube for this person alone."),
    "UNKNOWN_PERSON": _("Nobody was found. Type a door, pinyin initials or the last digits of the phone."),
    "NO_TUBE": _("Scan the tube first, then the people."),
    "NOBODY": _("Nobody was found for this. Type a door such as 18-1-302, or pinyin initials."),
    "NOBODY_OR_TUBE": _("Nobody was found for %(tube)s. If it is the next tube, scan it once more."),
    "OTHER_BODY": _("This was sent before with other contents. Nothing was changed: look at both and do it again."),
    "BAD_REQUEST": _("The request cannot be read. Load the page again."),
    "HAS_RESULT": _("The tube has its result already. What is in it is not changed any more."),
    "NOT_REGISTERED": _("This registration is not there any more."),
}
RESULTS: dict[str, Promise | str] = {
    "OK": _("Can be recorded"),
    "REPEAT": _("Recorded before; nothing changes"),
    "TWICE": _("Tube %(tube)s stands twice in the file with different results."),
    "UNKNOWN_TUBE": _("The system does not know tube %(tube)s."),
    "EMPTY_TUBE": _("Nobody is registered in tube %(tube)s."),
    "VOID_TUBE": _("Tube %(tube)s was closed unused."),
    "BAD_VALUE": _("This is not a result. Write negative, positive or invalid."),
    "BAD_TIME": _("The time cannot be read or lies in the future. Write it as 2022-11-03 21:30."),
    "BEFORE_SAMPLE": _("The time lies before the sample was taken."),
    "STANDS": _("Tube %(tube)s is recorded as %(before)s. Nothing was changed."),
    "CORRECT": _("Correct %(tube)s: %(after)s instead of %(before)s"),
    "CORRECTS": _("Corrects what was recorded before: %(before)s"),
}
#: What a correction takes back, by what the result before had led to.
TAKEN_BACK: dict[str, Promise | str] = {
    "CASE": _("What followed from the positive result is taken back: this person is no case any more."),
    "POOL": _("What followed from the positive pool is taken back: nobody of its %(people)s is called back any more."),
    "NEGATIVE": _("The negative result does not count any more."),
    "INVALID": _("The samples count again; their people are off the list."),
}
WOULD_TAKE_BACK: dict[str, Promise | str] = {
    "CASE": _("A correction takes back what followed: this person would be no case any more. Look at the sheet again."),
    "POOL": _(
        "A correction takes back what followed: the call-back of %(people)s people ends. Look at the sheet again."
    ),
    "NEGATIVE": _("A correction replaces the negative result. Look at the sheet again."),
    "INVALID": _("A correction lets the samples count again. Look at the sheet again."),
}
ROUND_REFUSALS: dict[str, Promise | str] = {
    "POOL_SIZE": _("The rules in force do not allow this pool size."),
    "WINDOW": _("The round must end after it begins."),
    "PLACE": _("Choose at least one place."),
    "NOBODY": _("Nobody has to be sampled there. No round was opened."),
    "KIND": _("This kind of round does not exist."),
    "CLOSED": _("This round is closed."),
}
TIMELINE: dict[str, Promise | str] = {
    "ROUND_OPENED_MASS": _("Sampling round %(round)s began."),
    "ROUND_OPENED_HOME": _("Round %(round)s began: samples at the door."),
    "ROUND_OPENED_RECALL": _("Round %(round)s began: people of a positive pool."),
    "ROUND_CLOSED": _("Round %(round)s was closed: %(done)s sampled, %(missing)s missing."),
    "POOL_POSITIVE": _("A pool of %(people)s was positive."),
    "SINGLE_POSITIVE": _("A single sample was positive."),
}


def sentence(table: Mapping[str, Promise | str], code: str, numbers: Mapping[str, Any] | None = None) -> str:
    """This function will fill a code's sentence with its numbers; a code without a sentence stays as it is."""
    words = table.get(code)
    if words is None:
        return code
    shown = dict(numbers or {})
    if isinstance(shown.get("at"), datetime):
        shown["at"] = date_format(localtime(shown["at"]), "H:i")
    if "cause" in shown:
        shown["cause"] = HOME_REASONS.get(str(shown["cause"]), shown["cause"])
    if shown.get("desk") == "":
        shown["desk"] = "—"
    try:
        return str(words) % shown
    except KeyError:
        return code


def label(table: Mapping[str, Promise | str], code: str) -> str:
    """This function will return the word of a code, or the code itself."""
    return str(table.get(code, code))


def marks(rows: Sequence[Mark]) -> str:
    """This function will return what tells somebody from another of the same door and masked name, in words."""
    words = []
    for code, value in rows:
        if code == "SEX":
            words.append(label(SEXES, value))
        elif code == "AGE":
            words.append(_("%(from)s–%(until)s years old") % {"from": value, "until": int(value) + 9})
        else:
            words.append(_("born in %(year)s") % {"year": value})
    return " · ".join(str(word) for word in words)
