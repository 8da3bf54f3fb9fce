"""Codes of dispatch in words: whole sentences, with the numbers as named placeholders."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.dispatch.api import Refusal
from tongxin.workforce.api import moment_in_words, skill_list, with_hours

Text = Promise | str

KINDS: Mapping[str, Text] = {
    "SAMPLING_DESK": _("Sampling desk"),
    "HOME_SAMPLING": _("Sampling at the door"),
    "RECALL_SAMPLING": _("Retest after a positive pool"),
    "CASE_INTERVIEW": _("Interview of a case"),
    "CALL_ROUND": _("Round of calls"),
    "ZONE_GUARD": _("Guard of an entrance"),
    "REQUEST_VISIT": _("Visit for a request"),
    "NOTIFY_DOOR": _("Explain at the door"),
}
STATES: Mapping[str, Text] = {
    "OPEN": pgettext_lazy("task", "Without hands"),
    "ASSIGNED": pgettext_lazy("task", "Given"),
    "ACCEPTED": pgettext_lazy("task", "Accepted"),
    "STARTED": pgettext_lazy("task", "Started"),
    "DONE": pgettext_lazy("task", "Done"),
    "FAILED": pgettext_lazy("task", "Not possible"),
    "CANCELLED": pgettext_lazy("task", "Cancelled"),
    "GIVEN": pgettext_lazy("task", "Given"),
    "GIVEN_BACK": pgettext_lazy("task", "Given back"),
    "WITHDRAWN": pgettext_lazy("task", "Taken away"),
}
TONES: Mapping[str, str] = {
    "OPEN": "warning", "ASSIGNED": "info", "ACCEPTED": "info", "STARTED": "info", "DONE": "success", "FAILED": "error",
    "CANCELLED": "debug", "GIVEN": "warning", "GIVEN_BACK": "warning", "WITHDRAWN": "debug",
}  # fmt: skip
OUTCOMES: Mapping[str, Text] = {
    "SAMPLED": pgettext_lazy("outcome", "Sampled"),
    "REFUSED": pgettext_lazy("outcome", "Refused"),
    "AWAY": pgettext_lazy("outcome", "Nobody there"),
    "COMPLETED": pgettext_lazy("outcome", "All done"),
    "PARTLY": pgettext_lazy("outcome", "Done in part"),
    "UNREACHED": pgettext_lazy("outcome", "Not reached"),
    "INCIDENT": pgettext_lazy("outcome", "Something happened"),
    "NEED_FOUND": pgettext_lazy("outcome", "Help is needed"),
    "INFORMED": pgettext_lazy("outcome", "Explained"),
    "MISSED": pgettext_lazy("outcome", "Time over, nobody was there"),
}
FOUND: Mapping[str, Text] = {
    "sampled": _("How many were sampled"),
    "turned_away": _("How many were turned away"),
    "contacts_named": _("How many contacts were named"),
    "reached": _("How many were reached"),
    "unreached": _("How many were not reached"),
    "stopped": _("How many were stopped"),
    "need_medicine": _("Needs medicine"),
    "need_food": _("Needs food"),
    "need_care": _("Needs care"),
}
CANNOT: Mapping[str, Text] = {
    "NO_ACCESS": _("I cannot get in"),
    "NOBODY_THERE": _("Nobody is there"),
    "NO_MATERIAL": _("Material is missing"),
    "UNSAFE": _("It is not safe"),
    "UNWELL": _("I do not feel well"),
}
GIVE_BACK: Mapping[str, Text] = {
    "NO_TIME": _("I have no time"),
    "TOO_FAR": _("It is too far"),
    "NOT_ABLE": _("I cannot do this work"),
    "UNWELL": _("I do not feel well"),
    "RELIEVED": _("Relieved by the dispatcher"),
    "CANCELLED": _("The task was cancelled"),
    "REPLANNED": _("The plan changed"),
    "MOVED": _("Given to somebody else"),
}
WHY: Mapping[str, Text] = {
    "PINNED": _("A person decided this."),
    "FROZEN": _("It starts soon, so it was not moved."),
    "KEPT": _("It was yours in the plan before, and nothing spoke against it."),
    "ONLY_ONE": _("Nobody else with these skills is free at this time."),
    "EARLIER": _("This way it is done earliest."),
    "LEAST_LOADED": _("The least loaded person who can do it: %(load_min_h)s hours of work in seven days."),
    "LEAST_RECENTLY_ASKED": _("Asked least recently of those who can do it."),
    "CLOSEST_FREE": _("The closest person who is free: %(walk_min)s minutes on foot."),
    "CONTINUITY": _("The people there already know this person."),
    "FIRST_OF_EQUALS": _("Several could do it equally well; the first was taken."),
    "WHOLE_PLAN": _("This way the whole plan serves most."),
}
#: The same, said to the person.
WHY_YOU: Mapping[str, Text] = {
    "PINNED": _("The dispatcher chose you."),
    "FROZEN": _("It starts soon, so it stayed with you."),
    "KEPT": _("It was yours in the plan before, and nothing spoke against it."),
    "ONLY_ONE": _("You are the only one with these skills who is free at this time."),
    "EARLIER": _("With you it is done earliest."),
    "LEAST_LOADED": _("You have had the least work of those who can do it: %(load_min_h)s hours in seven days."),
    "LEAST_RECENTLY_ASKED": _("You were asked least recently of those who can do it."),
    "CLOSEST_FREE": _("You are the closest who is free: %(walk_min)s minutes on foot."),
    "CONTINUITY": _("The people there know you already."),
    "FIRST_OF_EQUALS": _("Several could do it equally well; you were the first of them."),
    "WHOLE_PLAN": _("This way all of you together serve most."),
}
RUNNER_UP: Text = _(
    "Next best: %(who)s, with %(load_min_h)s hours of work in seven days and %(walk_min)s minutes on foot."
)
RUNNER_UP_PLAIN: Text = _("Next best: %(who)s.")
#: Why nobody got a task: the rule that stopped most people first.
UNSERVED: Mapping[str, Text] = {
    "WINDOW_CLOSED": _("Its time window is over."),
    "SKILL": _("Nobody who is there has the skills that it needs."),
    "EXCLUDED": _("Those who could do it have given it back."),
    "ZONE_COHORT": _("Those who could do it may not enter this zone."),
    "ZONE_ORDER": _("Those who could do it come from a hotter zone and have not finished the exit protocol."),
    "AVAILABILITY": _("Nobody who could do it has a shift at this time."),
    "WINDOW": _("Nobody who could do it is free within its time window."),
    "PAST": _("Nobody who could do it gets there in time."),
    "BUSY": _("Everybody who could do it is busy at this time."),
    "TRAVEL": _("Those who could do it do not get there in time from their other work."),
    "SHIFT_LENGTH": _("The shifts of those who could do it would become too long."),
    "DAY_HOURS": _("Those who could do it have reached their hours of the day."),
    "WEEK_HOURS": _("Those who could do it have reached their hours of the week."),
    "REST": _("Those who could do it have to rest first."),
    "DAYS_IN_A_ROW": _("Those who could do it have served too many days in a row."),
    "NIGHT_MORNING": _("Those who could do it come from a night of duty."),
    "PPE_TIME": _("Those who could do it have to take a break from protective equipment first."),
    "DRIVER_HOURS": _("The drivers have reached their hours."),
    "SYNC": _("The people that it needs are not free at the same time."),
    "DISTINCT_HANDS": _("There are not enough different people for it."),
    "PRECEDENCE": _("The task before it is not done."),
    "SEATS": _("No vehicle has enough seats."),
    "VEHICLE_BUSY": _("The vehicle is busy."),
    "PIN": _("It is pinned to somebody who cannot do it at this time."),
    "NOT_TRIED": _("The run was stopped before this task was looked at."),
    "VALIDATOR": _("The check of the plan rejected the assignment; please assign it by hand."),
}
#: Why one person may not get one task.
REFUSED: Mapping[str, Text] = {
    "SKILL": _("Lacks a skill that this work needs."),
    "EXCLUDED": _("Has given this task back before."),
    "ZONE_COHORT": _("May not enter a zone of this level."),
    "AVAILABILITY": _("Has no shift at this time."),
    "WINDOW": _("Is not free within the time window."),
    "PAST": _("Would have had to set out already."),
    "BUSY": _("Is at other work at this time."),
    "TRAVEL": _("Does not get there in time from other work."),
    "SHIFT_LENGTH": _("The shift would become too long."),
    "DAY_HOURS": _("Would work %(worked_min_h)s hours this day; at most %(most_min_h)s hours are allowed."),
    "WEEK_HOURS": _("Would work %(worked_min_h)s hours this week; at most %(most_min_h)s hours are allowed."),
    "REST": _("Would have rested %(rest_min_h)s hours; %(least_min_h)s hours of rest are due."),
    "DAYS_IN_A_ROW": _("It would be day %(days)s in a row; at most %(most)s are allowed."),
    "NIGHT_MORNING": _("Comes from a night of duty."),
    "PPE_TIME": _(
        "Would wear protective equipment for %(worn_min_h)s hours without a break; at most %(most_min_h)s hours are"
        " allowed."
    ),
    "ZONE_ORDER": _("Comes from a hotter zone and has not finished the exit protocol."),
    "DRIVER_HOURS": _("Has reached the hours of a driver."),
    "SYNC": _("Is not free at the same time as the partner."),
    "INACTIVE": _("Not in service."),
}
STEPS: Mapping[str, Text] = {
    "accept": _("Accepted. You now see whom it is about; press Start when you begin."),
    "start": _("Started. Press an outcome when you are done."),
    "finish": _("Reported. Thank you; the next task is below."),
    "cannot": _("Reported. Headquarters decides what happens next."),
    "give-back": _("Given back. Somebody else will be asked."),
    "undo": _("Taken back."),
}
ERRORS: Mapping[str, Text] = {
    "over": _("This task is over already: your partner or headquarters ended it."),
    "wrong_step": _("This step is not possible now. The page shows where the task stands."),
    "too_late": _("It is too late to take this back. Please tell the dispatcher."),
    "not_an_outcome": _("Please choose one of the answers on the page."),
    "wrong_found": _("Please check the number for “%(label)s”: a whole number up to 2000."),
    "other_body": _("This was sent before with other content. Please check what the page shows and send it again."),
    "reason_needed": _("Please write a reason of at least four characters when a rule is set aside."),
    "bad_time": _("Please choose a time after now and within seven days that leaves room for the work."),
    "search_running": _("A search is under way already. Wait for it, or stop it."),
    "stale": _(
        "Work was accepted, begun or changed meanwhile, so this plan did not fit any more. A new one is looked for."
    ),
    "bad_question": _("Please check the question: something in it is missing or cannot be."),
    "unknown_in_question": _("Who or what the question names is not in the plan of the next two days."),
    "nothing_short": _("The last plan lacks no hands: there is nothing to call for."),
    "call_changed": _(
        "Somebody else changed this text meanwhile. Theirs stands below under “To copy”; keeping yours replaces it."
    ),
    "not_proposed": _("This plan does not wait for a decision any more. The page shows where it stands."),
    "too_late_to_undo": _("This cannot be taken back any more: something of it has begun or was changed since."),
    "run_failed": _("The new plan did not pass the check and was not stored. The plan before stays in force."),
}
SEARCH_STATES: Mapping[str, Text] = {
    "WAITING": _("A better plan will be looked for in a moment."),
    "RUNNING": _("A better plan is being looked for. Everybody keeps their tasks meanwhile."),
    "PROPOSED": _("A better plan was found. Nothing changes before it is taken."),
    "TAKEN": _("A better plan was taken."),
    "UNDONE": _("The plan was taken back: everybody has again what they had before."),
    "CANCELLED": _("The search was stopped. The plan stays as it is."),
    "NOTHING": _("No better plan was found: the plan in force stays."),
    "STALE": _("Work was accepted, begun or changed meanwhile, so the plan that was found did not fit any more."),
    "FAILED": _("The search failed and is tried again. The plan in force stays."),
    "DISCARDED": _("This plan was laid aside."),
}
SEARCH_TONES: Mapping[str, str] = {
    "PROPOSED": "warning", "TAKEN": "success", "UNDONE": "success", "FAILED": "error", "STALE": "warning",
}  # fmt: skip
CHANGES: Mapping[str, Text] = {
    "NEW": _("Get hands"),
    "LOST": _("Lose their hands"),
    "MOVED": _("Go to somebody else"),
    "TIME": _("Stay with their people, at another time"),
}
CHANGE_SENTENCES: Mapping[str, Text] = {
    "NEW": _("%(who)s, %(at)s."),
    "MOVED": _("%(who)s instead of %(old)s, %(at)s (before: %(was)s)."),
    "MOVED_SAME_TIME": _("%(who)s instead of %(old)s, at the same time, %(at)s."),
    "TIME": _("%(who)s, %(at)s (before: %(was)s)."),
    "LOST": _("Taken off %(old)s (%(was)s); nobody has it then."),
}
TIERS: Mapping[str, Text] = {
    "unserved": _("Tasks without hands"),
    "life": _("Delay of life-and-limb tasks, weighted"),
    "late": _("Hours late, all tasks together"),
    "most": _("Most work of one person, hours"),
    "walking": _("Walking and stairs, hours"),
    "strangers": _("Visits by a stranger where somebody is known"),
    "people": _("People with work"),
}
QUESTIONS: Mapping[str, Text] = {
    "PEOPLE": _("What if we had more people?"),
    "LOCK": _("What if a building were locked today?"),
    "NO_WORK_AFTER": _("What if some work stopped in the evening?"),
    "PERSON_OFF": _("What if somebody were off?"),
}
QUESTION_SENTENCES: Mapping[str, Text] = {
    "PEOPLE": _("%(count)s people more (%(skill)s), %(where)s, from %(from_at)s for %(hours)s hours"),
    "LOCK": _("%(building)s locked from now on"),
    "NO_WORK_AFTER": _("No “%(work)s” after %(hour)s:00, until the morning"),
    "PERSON_OFF": _("%(who)s off"),
}
OUTCOMES_COMPARED: Mapping[str, Text] = {
    "unserved": _("Tasks without hands"),
    "late_min": _("Hours late, all tasks together"),
    "most_min": _("Most work of one person, hours"),
    "mean_min": _("Mean work of a person, hours"),
}
ASKING: Text = _("Two plans are being made and compared. This takes some seconds.")
VERDICTS: Mapping[str, Text] = {
    "better": pgettext_lazy("plan", "better"),
    "worse": pgettext_lazy("plan", "worse"),
    "same": pgettext_lazy("plan", "as before"),
}
TRIGGERS: Mapping[str, Text] = {
    "TASKS_OPENED": _("New tasks"),
    "GIVEN_BACK": _("Work given back"),
    "UNAVAILABLE": _("Somebody cannot come"),
    "ZONE_CHANGED": _("A zone changed"),
    "ROTA": _("Another week of shifts"),
    "BY_HAND": _("Asked for by the dispatcher"),
    "UNDO": _("A plan was taken back"),
    "": _("Day plan"),
}
RELIEF_EXTRA: Text = _("Would help: %(responders)s more with %(skills)s from %(from_at)s to %(until_at)s.")
RELIEF_ANY: Text = _("Would help: %(responders)s more people from %(from_at)s to %(until_at)s.")
RELIEF_WINDOW: Text = _("Would help: time until %(until_at)s.")
RELIEF_VEHICLE: Text = _("Would help: one more vehicle.")
RELIEF_FIRST: Text = _("Would help: the task before it has to get hands first.")
NO_RELIEF: Text = _("No single step was found that would help.")


def why_sentence(reason: Mapping[str, Any]) -> str:
    """Return why a person got a task, from the stored reason."""
    return _reason(WHY, reason)


def why_you_sentence(reason: Mapping[str, Any]) -> str:
    """Return why a person got a task, as it is said to this person."""
    return _reason(WHY_YOU, reason)


def _reason(table: Mapping[str, Text], reason: Mapping[str, Any]) -> str:
    text = table.get(str(reason.get("code", "")), table["WHOLE_PLAN"])
    try:
        return str(text) % with_hours(reason)
    except KeyError:
        # A reason that an older version stored without this number.
        return str(table["WHOLE_PLAN"])


def runner_up_sentence(who: str, numbers: Mapping[str, Any]) -> str:
    """Return who would have been next, with the numbers by which people are compared."""
    try:
        return str(RUNNER_UP) % {"who": who, **with_hours({k: v for k, v in numbers.items() if k != "responder"})}
    except KeyError:
        return str(RUNNER_UP_PLAIN) % {"who": who}


def unserved_sentence(rule: str) -> str:
    """Return why nobody got a task."""
    return str(UNSERVED.get(rule, UNSERVED["WINDOW"]))


def refusal_sentence(refusal: Refusal) -> str:
    """Return why one person may not get one task."""
    text = REFUSED.get(refusal.rule)
    if text is None:
        return unserved_sentence(refusal.rule)
    try:
        return str(text) % with_hours(refusal.numbers)
    except KeyError:
        return unserved_sentence(refusal.rule)


def relief_sentence(relief: Mapping[str, Any]) -> str:
    """Return the smallest relief of an unserved task."""
    kind = relief.get("kind")
    if kind == "EXTRA_RESPONDERS" and relief.get("hands"):
        return " ".join(_extra(hand) for hand in relief["hands"])
    if kind == "LONGER_WINDOW" and relief.get("until"):
        return str(RELIEF_WINDOW) % {"until_at": moment_in_words(relief["until"])}
    if kind == "EXTRA_VEHICLE":
        return str(RELIEF_VEHICLE)
    if kind == "SERVE_FIRST":
        return str(RELIEF_FIRST)
    return str(NO_RELIEF)


def _extra(hand: Mapping[str, Any]) -> str:
    text = RELIEF_EXTRA if hand["skills"] else RELIEF_ANY
    return str(text) % {
        "responders": hand["responders"],
        "skills": skill_list(hand["skills"]),
        "from_at": moment_in_words(hand["from"]),
        "until_at": moment_in_words(hand["until"]),
    }


def label(table: Mapping[str, Text], code: str) -> str:
    """Return the word for a code, or the code where a newer version wrote one that is not known here."""
    return str(table.get(code, code))
