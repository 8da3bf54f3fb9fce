"""The sentences behind this room's codes, for plans, pages and reports. `%(name)s` are the numbers of a line."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

WHY: dict[str, Words] = {
    "UNPAIRED": _(
        "People of the one-to-one list without a caller: %(unpaired)s of %(listed)s."
        " Callers at hand: %(callers)s, up to %(each)s people each."
    ),
    "CALLER_GONE": _(
        "People whose caller is gone: %(caller_gone)s (callers gone: %(callers_gone)s). Their deputies take over first."
    ),
    "DEPUTY_GONE": _("People without a deputy: %(deputy_gone)s. The callers stay the same."),
    "OFF_LIST": _("People with a caller who left the one-to-one list: %(off_list)s."),
    "UNEVEN": _(
        "People to move because their callers have %(uneven_by)s people more, or others fewer, than the even share"
        " of %(each)s: %(uneven)s, the fewest that help."
    ),
    "NO_CALLERS": _(
        "Nobody can call the %(listed)s people of the one-to-one list: name responders with the skill of calling first."
    ),
    "WINDOW_OPEN": _(
        "The window from %(starts)s to %(ends)s has no round yet: %(people)s people, %(callers)s callers,"
        " about %(minutes_each)s minutes of calls each."
    ),
    "WINDOW_TOO_SHORT": _(
        "The window from %(starts)s to %(ends)s has no round yet, and the hands do not reach: %(people)s people are"
        " %(minutes_each)s minutes of calls for each of %(callers)s callers, and %(window_minutes)s minutes are left."
    ),
}
MEASURES: dict[str, Words] = {
    "PAIR": _("Give everybody on the one-to-one list a caller and a deputy"),
    "CALL_ROUND": _("Open a round of calls"),
}
#: Why this caller: shown with each pair.
REASONS: dict[str, Words] = {
    "SAME_DIALECT": _("They speak the same dialect."),
    "KNOWN_BEFORE": _("They have talked before."),
    "SAME_DEPARTMENT": _("They belong to the same department."),
    "SAME_AREA": _("They live in the same grid."),
    "NO_SPEAKER": _("Nobody who calls speaks this dialect."),
    "LEAST_LOAD": _("This caller had room: %(load)s people, the others have %(least)s to %(most)s."),
}
#: What the best plan with the next best caller would cost: the first thing in which it is worse.
NEXT_BEST: dict[str, Words] = {
    "UNPAIRED": _("Next best: %(caller)s. But then %(by)s more people would have nobody who calls."),
    "NO_DIALECT": _("Next best: %(caller)s. But then %(by)s more people would have a caller who lacks their dialect."),
    "UNEVEN": _("Next best: %(caller)s. But then %(by)s more people would be beyond the even share."),
    "MOVED": _("Next best: %(caller)s. But then %(by)s more people would change their caller."),
    "SQUARES": _("Next best: %(caller)s. But then the callers would share the people less evenly."),
    "FAR": _("Next best: %(caller)s. But then people and callers would know each other less or live further apart."),
    "SAME": _("Just as good: %(caller)s. The order of the list decided."),
}
#: How the pair came about.
PAIR_WHY: dict[str, Words] = {
    "NEW": _("Paired by the plan"),
    "WAS_DEPUTY": _("Was the deputy until the caller left"),
    "DEPUTY_GONE": _("Got a new deputy"),
    "EVENED": _("Moved because the callers had too different numbers of people"),
    "BY_HAND": _("Moved by hand"),
}
UNCOVERED: dict[str, Words] = {
    "NOT_PAIRED": _("Has no caller yet"),
    "CALLER_GONE": _("The caller is gone or away for longer than a day"),
}
CALL_STATES: dict[str, Words] = {
    "DUE": pgettext_lazy("state of a call", "To call"),
    "FINE": pgettext_lazy("state of a call", "Fine"),
    "NEED": pgettext_lazy("state of a call", "Has a need"),
    "UNREACHED": pgettext_lazy("state of a call", "Not reached"),
}
CALL_TONES: dict[str, tuple[str, str]] = {
    "DUE": ("info", "hourglass-split"),
    "FINE": ("success", "check-circle"),
    "NEED": ("warning", "flag"),
    "UNREACHED": ("error", "x-circle"),
}
NEEDS: dict[str, Words] = {
    "EMERGENCY": _("Emergency: life or limb"),
    "MEDICAL_CARE": _("A doctor or treatment"),
    "MEDICINE": _("Medicine"),
    "FOOD": _("Food"),
    "UTILITIES": _("Water, power, gas or repair"),
    "HOME_CARE": _("Care at home"),
    "COMPANY": _("Somebody to talk to"),
    "INFORMATION": _("Information"),
    "OTHER": _("Something else"),
    "DOOR_CHECK": _("Check at the door: could not be reached by phone"),
}
URGENCIES: dict[str, Words] = {
    "LIFE": pgettext_lazy("urgency", "Life and limb"),
    "TODAY": pgettext_lazy("urgency", "Today"),
    "NORMAL": pgettext_lazy("urgency", "Normal"),
}
URGENCY_TONES: dict[str, tuple[str, str]] = {
    "LIFE": ("error", "exclamation-triangle"),
    "TODAY": ("warning", "clock"),
    "NORMAL": ("info", "info-circle"),
}
REQUEST_STATES: dict[str, Words] = {
    "OPEN": pgettext_lazy("state of a request", "Nobody has it yet"),
    "IN_HAND": pgettext_lazy("state of a request", "In hand"),
    "DONE": pgettext_lazy("state of a request", "Done, to be told back"),
    "CLOSED": pgettext_lazy("state of a request", "Told back"),
    "WITHDRAWN": pgettext_lazy("state of a request", "Withdrawn"),
}
REQUEST_TONES: dict[str, tuple[str, str]] = {
    "OPEN": ("warning", "inbox"),
    "IN_HAND": ("info", "person-check"),
    "DONE": ("warning", "telephone"),
    "CLOSED": ("success", "check-circle"),
    "WITHDRAWN": ("info", "x-lg"),
}
ROLES: dict[str, Words] = {
    "DEPUTY": _("Deputy caller"),
    "GRID_LEADER": _("Grid leader"),
    "COMMUNITY": _("Community group of headquarters"),
    "MEDIC": _("Medics"),
    "COMMANDER": _("Headquarters"),
}
STEP_REASONS: dict[str, Words] = {
    "NOT_CALLED": _("not called in the window"),
    "UNREACHED": _("called and not reached"),
    "NOT_TAKEN": _("nobody took it in time"),
    "NOT_DONE": _("not done in time"),
}
TIMELINE: dict[str, Words] = {
    "PEOPLE_PAIRED": _("People got a caller or a deputy: %(people)s."),
    "ROUND_BEGAN": _("Call round %(number)s began: %(calls)s people."),
    "ROUND_ENDED": _("Call round %(number)s ended: %(reached)s of %(calls)s people reached."),
    "ESCALATED": _("Steps up the chain for what was late: %(steps)s."),
    "LIFE_REQUEST": _("A request of life and limb came in."),
}
FIGURES: dict[str, Words] = {
    "residents.listed": _("People on the one-to-one list"),
    "residents.covered": _("People with a caller who is there"),
    "residents.uncovered": _("People without a caller"),
    "residents.calls_fine": _("Called and fine"),
    "residents.calls_need": _("Called and in need"),
    "residents.calls_unreached": _("Not reached"),
    "residents.calls_due": _("Still to call"),
    "residents.calls_late": _("Late calls"),
    "residents.rounds": _("Call rounds"),
    "residents.requests_open": _("Open requests"),
    "residents.requests_late": _("Late requests"),
    "residents.requests_life": _("Open requests of life and limb"),
    "residents.requests_to_tell_back": _("Requests to be told back"),
    "residents.requests_closed": _("Closed requests"),
    "residents.satisfaction": _("Satisfaction, 1 to 5"),
}
#: Why something was not done, by the name of the refusal; what to do stands in the sentence.
REFUSALS: dict[str, Words] = {
    "NoCallers": _("Nobody can call. Give responders the skill of calling, then pair again."),
    "NobodyPaired": _("Nobody has a caller yet. Pair the people of the list first."),
    "WrongWindow": _("A round must end after it begins, end in the future and last no longer than a day."),
    "IncidentIsClosed": _("The incident is closed. Its facts are not changed any more."),
    "NotACaller": _("This person cannot call: not active, away, or without the skill. Choose another one."),
    "WrongMedicineDays": _("Days of medicine left must be a whole number from 0 to 365."),
    "NothingToUndo": _("It is too late to take this back. Write down the call once more instead."),
    "UnknownNeed": _("This kind of request does not exist. Choose one of the list."),
    "AnswerMissing": _("Write down what was done: the person will be told."),
    "WrongScore": _("Satisfaction is a whole number from 1 to 5, or empty when it was not asked."),
    "WrongStep": _("Somebody else took this step in the meantime. Look at it as it is now."),
    "StaleVersion": _("Somebody else changed this in the meantime. Look at it as it is now, then decide again."),
    "OtherBody": _("This form was sent before with other contents. Load the page again."),
    "DoesNotExist": _("This is not there any more. Load the page again and look at what changed."),
}
#: What happened and what comes next, after a step with a request.
STEPS: dict[str, Words] = {
    "take": _("This request is yours. Write down what was done when it is done."),
    "pass": _("Passed on. Whoever takes it becomes the owner; the due time stays."),
    "visit": _("Somebody will be sent to the door. The request is done when the visit is."),
    "done": _("Done. Now tell the person what was done, then close it."),
    "told": _("Closed: the need is met and the person was told."),
    "reopen": _("In hand again, with a new due time."),
}
OUTCOME_ERRORS: dict[str, Words] = {
    "UNKNOWN_OUTCOME": _("Choose how the call went with one of the three buttons."),
    "UNKNOWN_NEED": _("This kind of need does not exist. Choose one of the list."),
    "NEED_WITHOUT_KIND": _("Tick what the person needs, then press “Has a need” again."),
    "KIND_WITHOUT_NEED": _("A need is ticked: press “Has a need”, or take the tick away."),
}


def label(table: Mapping[str, Words], code: str) -> str:
    """This function will return the words of a code; a code without words stays as it is."""
    return str(table.get(code, code))


def sentence(code: str, numbers: Mapping[str, Any], table: Mapping[str, Words]) -> str:
    """This function will fill a code's sentence with its numbers; a code without a sentence stays as it is."""
    words = table.get(code)
    if words is None:
        return code
    try:
        return str(words) % numbers
    except KeyError:
        # a row of an older release may lack a number: its code still says what it is
        return code


def refusal(error: Exception) -> str:
    """This function will return the sentence of a refusal. Raises the error itself when it has none: it is no refusal."""
    if type(error).__name__ == "WrongOutcome":
        return label(OUTCOME_ERRORS, str(error))
    words = REFUSALS.get(type(error).__name__)
    if words is None:
        raise error
    return str(words)


def pair_reason(reason: Mapping[str, Any]) -> str:
    """This function will say why two people were paired, in whole sentences."""
    numbers = dict(reason.get("numbers", {}))
    codes = [code for code in reason.get("codes", ()) if code in REASONS]
    parts = [sentence(code, numbers, REASONS) for code in codes]
    return " ".join(part for part in parts if part not in REASONS)


def next_best(reason: Mapping[str, Any], callers: Mapping[int, str]) -> str:
    """This function will say who would have been next and what it would cost; empty if that caller is gone.

    `callers` holds the codes of those who call today by id.
    """
    other = reason.get("next_best") or {}
    caller = callers.get(other.get("caller_id", 0))
    if caller is None:
        return ""
    code = other["tier"] if other.get("by") else "SAME"
    return sentence(code, {"caller": caller, "by": other.get("by", 0)}, NEXT_BEST)
