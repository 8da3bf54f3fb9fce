"""The workforce's codes in words: whole sentences, with the numbers as named placeholders."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from tongxin.workforce.rules import BrokenRule

Text = Promise | str
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")

KINDS: Mapping[str, Text] = {
    "VOLUNTEER": _("Volunteer"),
    "STAFF": _("Staff"),
    "MEDIC": _("Medic"),
    "DRIVER": _("Driver"),
}
SKILLS: Mapping[str, Text] = {
    "SAMPLING": pgettext_lazy("skill", "Sampling"),
    "REGISTRATION": pgettext_lazy("skill", "Registration"),
    "GUARD": pgettext_lazy("skill", "Guarding an entrance"),
    "CARRY": pgettext_lazy("skill", "Carrying"),
    "CALLS": pgettext_lazy("skill", "Telephone calls"),
    "DRIVING": pgettext_lazy("skill", "Driving"),
    "TRACING": pgettext_lazy("skill", "Tracing"),
    "DISINFECTION": pgettext_lazy("skill", "Disinfection"),
}
COHORTS: Mapping[str, Text] = {
    "CLEAN": pgettext_lazy("cohort", "Clean"),
    "HOT": pgettext_lazy("cohort", "Hot"),
}
ABSENCES: Mapping[str, Text] = {
    "UNWELL": _("I do not feel well"),
    "FAMILY": _("My family needs me"),
    "OWN_WORK": _("I have to work elsewhere"),
    "EXHAUSTED": _("I need rest"),
    "OTHER": _("Another reason"),
}
QUESTIONS: Mapping[str, Text] = {
    "CLEAN_DESK": _("Work outside the zones"),
    "LOW_ZONE": _("Work in a low-risk zone"),
    "MEDIUM_ZONE": _("Work in a medium-risk zone, in protective equipment"),
    "HOT_ZONE": _("Work in a high-risk zone, in protective equipment"),
}
#: Sentences of broken rules; minutes are given as hours (`worked_h` for `worked`).
RULES: Mapping[str, Text] = {
    "AVAILABILITY": _("There is no shift at this time."),
    "ABSENT": _("Told to be away until %(until_at)s."),
    "INACTIVE": _("Not in service."),
    "SHIFT_LENGTH": _("The shift would last %(minutes_h)s hours; at most %(limit_h)s hours are allowed."),
    "DAY_HOURS": _("Has worked %(worked_h)s hours today; with this work more than %(limit_h)s hours would be reached."),
    "WEEK_HOURS": _(
        "Has worked %(worked_h)s hours this week; with this work more than %(limit_h)s hours would be reached."
    ),
    "REST": _("Has rested %(rested_h)s hours since the last shift; %(limit_h)s hours of rest are due."),
    "DAYS_IN_A_ROW": _("It would be day %(days)s in a row; at most %(limit)s are allowed."),
    "NIGHT_MORNING": _("After a night of duty no shift starts before %(from)s."),
    "PPE_TIME": _(
        "Protective equipment would be worn for %(worn_h)s hours without a break; at most %(limit_h)s hours are allowed."
    ),
    "ZONE_ORDER": _(
        "Has worked in a high-risk zone: a cleaner zone is allowed after %(days)s days and %(tests)s negative tests."
    ),
    "OVERLAP": _("Two shifts overlap."),
}
REFUSALS: Mapping[str, Text] = {"too_many": _("Please choose at most %(limit)s people at a time.")}


def hours(minutes: float) -> str:
    """Return minutes as hours with at most one decimal."""
    value = round(minutes / 60, 1)
    return str(int(value)) if value == int(value) else str(value)


def moment(text: str) -> str:
    """Return an ISO moment as it is shown."""
    at = localtime(datetime.fromisoformat(text))
    return date_format(at, pgettext("format of a moment, see Django's date filter", "j M H:i"))


def with_hours(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers, with hours beside minutes (`worked_h`) and words beside ISO moments (`until_at`)."""
    found: dict[str, Any] = dict(numbers)
    for key, value in numbers.items():
        if isinstance(value, int):
            found[f"{key}_h"] = hours(value)
        elif isinstance(value, str) and _MOMENT.match(value):
            found[f"{key}_at"] = moment(value)
    return found


def rule_sentence(broken: BrokenRule) -> str:
    """Return a broken rule as a sentence with its numbers."""
    return str(RULES[broken.rule.value]) % with_hours(broken.numbers)


def skill_list(codes: Any) -> str:
    """Return skills in words, joined as the language does."""
    joint = pgettext("between items of a list", ", ")
    return joint.join(str(SKILLS.get(code, code)) for code in codes)


def kind_in_words(kind: str) -> str:
    """Return what kind of responder somebody is."""
    return str(KINDS.get(kind, kind))
