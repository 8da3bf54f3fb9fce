"""The sentences of this room: problems, next steps, headings of the report. Numbers are named placeholders."""

from collections.abc import Mapping
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Words = Promise | str

#: What is late or short, with the number behind it (`%(n)s`, followed by its unit).
PROBLEMS: Mapping[str, Words] = {
    "REQUESTS_LIFE": _("Requests on which life and limb depend are open: %(n)s."),
    "RESULTS_OVERDUE": _("Results of the laboratory are overdue: %(n)s."),
    "POOLS_UNRESOLVED": _("Positive pools in which no case was found yet: %(n)s."),
    "INVESTIGATIONS_LATE": _("Investigations are past their deadline: %(n)s."),
    "TESTS_LATE": _("People under management missed a test: %(n)s."),
    "SAMPLING_MISSING": _("Not sampled yet in the newest round: %(n)s."),
    "SAMPLING_REFUSED": _("Refused to be sampled in the newest round: %(n)s."),
    "WITHOUT_TUBE": _("Sampled at their doors, but not registered with a tube: %(n)s."),
    "UNCOVERED": _("On the one-to-one list without a caller: %(n)s."),
    "CALLS_LATE": _("One-to-one calls are late: %(n)s."),
    "CALLS_UNREACHED": _("Not reached in the present round of calls: %(n)s."),
    "REQUESTS_LATE": _("Requests of residents are past their due time: %(n)s."),
    "TASKS_LATE": _("Tasks are past their due time: %(n)s."),
    "TASKS_UNASSIGNED": _("Tasks that nobody has been given: %(n)s."),
    "SHORTAGES": _("The planner is short of hands: %(n)s."),
    "OVER_LIMITS": _("Responders have reached the limit of their hours or days: %(n)s."),
    "RELEASE_DUE": _("Management is over, but the release is not confirmed: %(n)s."),
    "ZONES_TO_REVIEW": _("Zone levels whose review is due: %(n)s."),
    "ORDERS_UNCONFIRMED": _("Orders without a receipt: %(n)s."),
    "ORDERS_LATE": _("Orders are past their due time: %(n)s."),
    "PARKED": _("Messages of the system that failed and wait for a person: %(n)s."),
    "DATA_TO_VERIFY": _("Residents whose data have to be verified: %(n)s."),
}
#: What is done about a problem, by the same code. Each says who does what.
NEXT_STEPS: Mapping[str, Words] = {
    "REQUESTS_LIFE": _(
        "The owners of requests for life and limb report to headquarters every hour until they are met."
    ),
    "RESULTS_OVERDUE": _("The sampling group asks the laboratory for each overdue tube and reports the answer."),
    "POOLS_UNRESOLVED": _("The sampling group takes a second single sample of every member of the unresolved pools."),
    "INVESTIGATIONS_LATE": _("The tracing group finishes the late investigations first."),
    "TESTS_LATE": _("The sampling group visits those who missed a test today."),
    "SAMPLING_MISSING": _("Grid leaders visit those who are still missing, entrance by entrance."),
    "SAMPLING_REFUSED": _("Grid leaders explain the reason and the legal basis to those who refused."),
    "WITHOUT_TUBE": _("Samplers register the tubes of visits before their shift ends."),
    "UNCOVERED": _("The community group names a caller and a deputy for everybody on the one-to-one list."),
    "CALLS_LATE": _("Deputies make the late calls; who is not reached is visited."),
    "CALLS_UNREACHED": _("Grid leaders knock on the doors of those who were not reached."),
    "REQUESTS_LATE": _("The owners of late requests answer today and tell the residents."),
    "TASKS_LATE": _("The dispatcher replans late tasks."),
    "TASKS_UNASSIGNED": _("The dispatcher finds hands for the tasks that nobody has."),
    "SHORTAGES": _("Headquarters asks departments for the hands that are short."),
    "OVER_LIMITS": _("Those who reached their limit rest; others take over their shifts."),
    "RELEASE_DUE": _("The tracing group confirms the releases that are due and tells the people."),
    "ZONES_TO_REVIEW": _("Headquarters reviews the zone levels that are due."),
    "ORDERS_UNCONFIRMED": _("Group leaders confirm the orders that they have received."),
    "ORDERS_LATE": _("Group leaders report on late orders."),
    "PARKED": _("The system administrator looks at the failed messages."),
    "DATA_TO_VERIFY": _("Grid leaders verify the marked data when they visit."),
}
SECTIONS: Mapping[str, Words] = {
    "SITUATION": _("Present situation"),
    "WORK": _("Work done"),
    "PROBLEMS": _("Problems"),
    "NEXT": _("Next steps"),
    "SAMPLING": _("Sampling"),
    "TRACING": _("Investigation and management"),
    "RESIDENTS": _("One-to-one service and requests"),
    "DISPATCH": _("Hands and tasks"),
}
ROOMS: Mapping[str, Words] = {
    "incidents": _("Incident"),
    "situation": _("Situation"),
    "sampling": _("Sampling"),
    "tracing": _("Investigation and management"),
    "residents": _("One-to-one service and requests"),
    "dispatch": _("Hands and tasks"),
    "workforce": _("Those who serve"),
    "community": _("Compound and residents"),
    "hq": _("Headquarters"),
}
STATES: Mapping[str, Words] = {
    "PROVISIONAL": pgettext_lazy("report state", "Provisional: the day is not over"),
    "READY": pgettext_lazy("report state", "Ready to sign"),
    "SIGNED": pgettext_lazy("report state", "Signed"),
}
LEVELS: Mapping[str, Words] = {
    "HIGH": pgettext_lazy("zone level", "High risk"),
    "MEDIUM": pgettext_lazy("zone level", "Medium risk"),
    "LOW": pgettext_lazy("zone level", "Low risk"),
    "NONE": pgettext_lazy("zone level", "No level"),
}
PLACES: Mapping[str, Words] = {
    "COMPOUND": _("the whole compound"),
    "GRID": _("grid %(label)s"),
    "BUILDING": _("building %(label)s"),
    "ENTRANCE": _("entrance %(label)s"),
}
CURVES: Mapping[str, Words] = {
    "ONSET": _("By day of onset (else of sample, else of report)"),
    "SAMPLE": _("By day of sample (else of report)"),
    "KNOWN": _("By day of report"),
}
#: Why something was not done, by the name of the refusal; what to do stands in the sentence.
REFUSALS: Mapping[str, Words] = {
    "DayNotBegun": _("This day has not begun yet. Choose today or a day before."),
    "OutsideIncident": _("The incident was not open on this day. Choose a day since it was opened."),
    "ReportIsSigned": _("This report is signed and does not change any more. What is new belongs into the next one."),
    "NotReady": _("Only a report of a day that is over can be signed. Make it again after the day has ended."),
    "LooksPersonal": _(
        "The text holds what looks like a phone or identity number. Reports name places, never persons: take it out."
    ),
    "SignerMissing": _("Write who signs this report."),
    "StaleVersion": _("The report was written anew while you were reading. Look at it again and sign then."),
    "FontsMissing": _("The fonts for documents are not installed. Run `make setup` once, then try again."),
    "OtherBody": _("This form was already sent with other entries. Load the page again."),
}


def language() -> Literal["zh", "en"]:
    """Return `zh` or `en`: the language of the page, as documents name it."""
    return "zh" if (get_language() or "").startswith("zh") else "en"
