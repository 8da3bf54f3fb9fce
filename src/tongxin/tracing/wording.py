"""The sentences behind this room's codes, for plans, pages and reports. `%(name)s` are the numbers of a line."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, Promise | str]

WHY: Words = {
    "CONTACTS_FOUND": _(
        "Met the case between %(since)s and %(until)s: %(contact)s contacts, %(secondary_contact)s secondary contacts,"
        " %(exposed)s exposed. Management up to %(days)s days, last release %(release)s, %(tests)s test days."
    ),
    "CONTACTS_CHANGED": _(
        "New facts since the last listing: %(new)s people to add, %(changed)s to correct, %(gone)s to take off."
        " Days that count: %(since)s to %(until)s."
    ),
    "NOBODY_FOUND": _(
        "Nobody is found who met the case between %(since)s and %(until)s; the interview may name people."
    ),
    "NO_CASE_ANY_MORE": _("The person is no case any more: %(gone)s people are to be taken off the list."),
    "TRACK_DUE": _(
        "The track of a case is due %(hours)s hours after it became known; days that count begin %(since)s."
    ),
    "NOT_REACHED": _(
        "Tried %(tries)s times and not reached: the next try is due %(minutes)s minutes after the last one."
    ),
    "GO_TO_DOOR": _(
        "Not reached in %(tries)s tries: somebody goes to the door, to hold the interview there or to agree on a time."
    ),
    "DAYS_AND_TESTS_DONE": _(
        "Last day reached and every test kept: %(people)s people. Waiting although the day has come: %(waiting)s"
        " (%(late_tests)s with a missed test)."
    ),
    "RULES_CHANGED": _(
        "%(people)s people follow an older rule set than %(rule_set)s: %(shorter)s shorter, %(longer)s longer,"
        " %(tests)s with other test days, %(ends)s not managed any more."
    ),
}
MEASURES: Words = {
    "LIST_CONTACTS": _("List the contacts and begin their management"),
    "INTERVIEW": _("Interview the case"),
    "RELEASE": _("Release from management"),
    "REAPPLY": _("Apply the changed rules to people under management"),
}
LAYERS: Words = {
    "HOUSEHOLD": pgettext_lazy("tracing", "Household"),
    "ENTRANCE": pgettext_lazy("tracing", "Same entrance"),
    "FLOOR": pgettext_lazy("tracing", "Same or next floor"),
    "CLASS": pgettext_lazy("tracing", "School class"),
    "WORK_UNIT": pgettext_lazy("tracing", "Work unit"),
    "TUBE": pgettext_lazy("tracing", "Same tube"),
    "QUEUE": pgettext_lazy("tracing", "Neighbours in the queue"),
    "RADIUS": pgettext_lazy("tracing", "Lives nearby"),
    "VENUE": pgettext_lazy("tracing", "Same place and time"),
    "SECONDARY": pgettext_lazy("tracing", "Contacts of contacts"),
}
CLASSES: Words = {
    "CONTACT": pgettext_lazy("person status", "Contact"),
    "SECONDARY_CONTACT": pgettext_lazy("person status", "Secondary contact"),
    "EXPOSED": pgettext_lazy("person status", "Exposed at an affected place"),
}
MODES: Words = {
    "HOSPITAL": pgettext_lazy("tracing", "Hospital"),
    "CENTRAL_ISOLATION": pgettext_lazy("tracing", "Central isolation"),
    "HOME_ISOLATION": pgettext_lazy("tracing", "Home isolation"),
    "HOME_MONITORING": pgettext_lazy("tracing", "Home health monitoring"),
    "MONITORING": pgettext_lazy("tracing", "Health monitoring"),
    "SELF_MONITORING": pgettext_lazy("tracing", "Self-monitoring"),
}
STATES: Words = {
    "OPEN": pgettext_lazy("tracing", "To interview"),
    "INTERVIEWED": pgettext_lazy("tracing", "Interviewed"),
    "DONE": pgettext_lazy("tracing", "First report written"),
}
MANAGEMENT_STATES: Words = {
    "ACTIVE": pgettext_lazy("tracing", "Under management"),
    "RELEASED": pgettext_lazy("tracing", "Released"),
    "BECAME_CASE": pgettext_lazy("tracing", "Became a case"),
    "EXCLUDED": pgettext_lazy("tracing", "Taken off the list"),
}
EXCLUSIONS: Words = {
    "NOT_THERE": _("Was not there on these days"),
    "PROTECTED": _("Was effectively protected"),
    "WRONG_PERSON": _("Is another person"),
    "IMMUNE": _("Is immune, and the rule set frees immune people"),
    "OTHER": _("Another reason, told to headquarters"),
    "NO_LONGER_FOUND": _("No longer found after a date was corrected"),
}
SHIFTS: Words = {
    "SHORTER": pgettext_lazy("tracing", "Earlier release"),
    "LONGER": pgettext_lazy("tracing", "Later release"),
    "TESTS": pgettext_lazy("tracing", "Other test days"),
    "SAME": pgettext_lazy("tracing", "No change"),
    "ENDS": pgettext_lazy("tracing", "Not managed any more"),
}
EXPOSURE_KINDS: Words = {
    "STAY": pgettext_lazy("tracing", "Stay or visit"),
    "MEAL": pgettext_lazy("tracing", "Meal"),
    "WATER": pgettext_lazy("tracing", "Water"),
    "CLASSROOM": pgettext_lazy("tracing", "Classroom"),
    "VOMIT_EVENT": pgettext_lazy("tracing", "Somebody vomited nearby"),
    "CARE": pgettext_lazy("tracing", "Care or treatment"),
    "TRANSPORT": pgettext_lazy("tracing", "Vehicle"),
}
SECTIONS: Words = {
    "course": _("Course of the illness"),
    "days": _("Where the person was"),
    "people": _("Whom the person met"),
    "source": _("Where the infection may come from"),
    "needs": _("What the person and the household need"),
}
QUESTIONS: Words = {
    "symptoms": _("Symptoms, and since when"),
    "fever": _("Fever of 37.3 °C or more"),
    "vaccinated": _("Fully vaccinated"),
    "chronic_illness": _("Long-lasting illness or pregnancy"),
    "movements": _("Places day by day since the first day that counts"),
    "transport": _("Vehicles, lines and times"),
    "gatherings": _("Meals, meetings and queues"),
    "cared_by": _("Who cares for the person, or is cared for"),
    "visitors": _("Visitors and deliveries"),
    "others_met": _("Other people met without protection"),
    "travel": _("Travel in the last two weeks"),
    "sick_around": _("Sick people around before the illness began"),
    "suspected_source": _("Suspected source"),
    "at_home": _("Children, old or sick people at home"),
    "medicines": _("Medicines that run out, and when"),
    "pets": _("Animals to look after"),
}
CHOICES: Words = {
    "YES": pgettext_lazy("tracing", "Yes"),
    "NO": pgettext_lazy("tracing", "No"),
    "UNKNOWN": pgettext_lazy("tracing", "Not known"),
}
WRONG_DATES: Words = {
    "IN_FUTURE": _("This day has not come yet."),
    "TOO_OLD": _("This day is more than a year ago."),
    "BEFORE_ONSET": _("The rash cannot come before the first symptoms."),
    "BEFORE_START": _("The end lies before the beginning."),
    "TOO_LONG": _("An exposure may last 14 days at most; enter two if needed."),
}
WRONG_CONTACT: Words = {
    "layer": _("People can be added by hand for a shared place, class, work unit or household only."),
    "last_date": _("The last day of contact lies before the first one or in the future."),
    "person": _("A case is not its own contact."),
}
#: What happened, for the timeline.
TIMELINE: Words = {
    "INVESTIGATION_OPENED": _("Investigations opened: %(cases)s."),
    "CONTACTS_LISTED": _("People listed as contacts: %(people)s."),
    "MANAGEMENT_RELEASED": _("People released from management: %(people)s."),
    "MANAGEMENT_BECAME_CASE": _("People under management who became cases: %(people)s."),
    "MANAGEMENT_EXCLUDED": _("People taken off the list: %(people)s."),
}
PURPOSES: Words = {
    "REPORT_UP": _("Report to the superior authority"),
    "TRANSFER": _("Hand over to the transfer group"),
    "INVESTIGATION": _("Work on the investigation"),
}


def of(words: Words, code: str) -> str:
    """This function will return the words of a code in the reader's language; a code without words stays itself."""
    return str(words.get(code, code))
