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
#: What keeps somebody from a shift of a week: the engine's rules, in words.
ROTA_RULES: Mapping[str, Text] = {
    "SKILL": _("does not have the skill of this shift"),
    "AVAILABILITY": _("offered no time then, or told to be away"),
    "SHIFT_LENGTH": _("the shift is longer than the rules allow"),
    "REST": _("would not have the rest between two shifts"),
    "NIGHT_MORNING": _("comes from a night of duty"),
    "DAYS_IN_A_ROW": _("would work too many days in a row"),
    "REST_DAYS": _("would have no free day in the week"),
    "DAY_HOURS": _("would work too long on one day"),
    "WEEK_HOURS": _("would work too long in the week"),
}
#: Why somebody works or is free on a day of a week of shifts.
ROTA_WHY: Mapping[str, Text] = {
    "ONLY_ONE": _("Nobody else could have taken this shift."),
    "LIGHTEST": _("%(others)s others could have come too; none of them carries less than %(load_h)s weighted hours."),
    "FEWER_LIGHTER": _(
        "%(others)s others could have come too, %(lighter)s with less load; the week as a whole is even."
    ),
    "BY_HAND": _("Chosen by hand."),
    "ABSENT": _("Told to be away."),
    "NO_SHIFT": _("No shift is asked for."),
    "NOT_NEEDED": _("Enough others come: carries %(load_h)s weighted hours, the mean is %(mean_h)s."),
    "SKILL": _("The shifts of this day ask for other skills."),
    "AVAILABILITY": _("Offered no time on this day."),
    "SHIFT_LENGTH": _("The shift is longer than the rules allow."),
    "REST": _("Rests between two shifts."),
    "NIGHT_MORNING": _("Rests after a night of duty."),
    "DAYS_IN_A_ROW": _("Rests: the days in a row that are allowed have been worked."),
    "REST_DAYS": _("The free day of the week."),
    "DAY_HOURS": _("The hours of this day are worked already."),
    "WEEK_HOURS": _("The hours of the week are worked already."),
}
#: The same in a word or two, for the cells of a table.
ROTA_SHORT: Mapping[str, Text] = {
    "ABSENT": pgettext_lazy("a day without a shift", "Away"),
    "NO_SHIFT": pgettext_lazy("a day without a shift", "Nothing needed"),
    "NOT_NEEDED": pgettext_lazy("a day without a shift", "Free"),
    "SKILL": pgettext_lazy("a day without a shift", "Free"),
    "AVAILABILITY": pgettext_lazy("a day without a shift", "Not offered"),
    "BY_HAND": pgettext_lazy("a day without a shift", "Free, by hand"),
}
ROTA_REST: Text = pgettext_lazy("a day without a shift", "Rest")
ROTA_STATES: Mapping[str, Text] = {
    "WAITING": _("The week waits for its turn."),
    "RUNNING": _("The week is being made."),
    "PROPOSED": _("Proposed: look at it, change it, then take it."),
    "TAKEN": _("In force: the planner gives work in these shifts."),
    "REPLACED": _("Another week took its place."),
    "UNDONE": _("Taken back."),
    "DISCARDED": _("Laid aside."),
    "CANCELLED": _("Stopped."),
    "FAILED": _("It could not be made: please ask for fewer shifts, or only for those who offered times."),
}
ROTA_TONES: Mapping[str, str] = {"PROPOSED": "warning", "TAKEN": "success", "FAILED": "error"}
ROTA_RELIEF: Mapping[str, Text] = {
    "ASK": _("If %(people)s had time then, it would be covered as far as they go (%(count)s could be asked)."),
    "SHORTER": _("Make the shift shorter: at most %(limit_h)s hours are allowed."),
    "MORE": _("Nobody on the list can: %(missing)s more with this skill are needed."),
}
ROTA_ERRORS: Mapping[str, Text] = {
    "running": _("A week is being made already. Please wait for it, or stop it."),
    "over": _("This week has no day left to plan, or lies too far ahead."),
    "needs": _("Please say how many people are needed on at least one day."),
    "state": _("This step is not possible now. The page shows where the week stands."),
    "too_late": _("A shift of this week has begun already. Please change single shifts on a person's page."),
    "stale": _("Somebody else changed this week meanwhile. Please look again."),
    "not_this_day": _("This is not possible on that day. The page shows what holds."),
}
DAY_PARTS: Mapping[str, Text] = {
    "DAY": _("The day, 08:00 to 20:00"),
    "MORNING": _("The morning, 08:00 to 12:00"),
    "AFTERNOON": _("The afternoon, 12:00 to 18:00"),
    "EVENING": _("The evening, 18:00 to 22:00"),
    "NIGHT": _("The night, 22:00 to 06:00"),
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


def rota_why(cell: Mapping[str, Any]) -> str:
    """Return why somebody works or is free on a day."""
    return str(ROTA_WHY[cell["why"]]) % with_hours(cell["numbers"])


def rota_short(cell: Mapping[str, Any]) -> str:
    """Return why somebody is free on a day in a word or two."""
    return str(ROTA_SHORT.get(cell["why"], ROTA_REST))


def skill_list(codes: Any) -> str:
    """Return skills in words, joined as the language does."""
    joint = pgettext("between items of a list", ", ")
    return joint.join(str(SKILLS.get(code, code)) for code in codes)


def kind_in_words(kind: str) -> str:
    """Return what kind of responder somebody is."""
    return str(KINDS.get(kind, kind))
