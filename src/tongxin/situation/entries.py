"""What each figure of the rooms below is called, and the page that lists its rows.

One row a figure: key, label, unit, URL name, then what differs from the default of `FigureEntry`.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.situation.registry import FigureEntry

PEOPLE = pgettext_lazy("unit", "people")
CASES = pgettext_lazy("unit", "cases")
PLACES = pgettext_lazy("unit", "places")
TASKS = pgettext_lazy("unit", "tasks")
TUBES = pgettext_lazy("unit", "tubes")
ROUNDS = pgettext_lazy("unit", "rounds")
CALLS = pgettext_lazy("unit", "calls")
REQUESTS = pgettext_lazy("unit", "requests")
HOURS = pgettext_lazy("unit", "hours")
PERCENT = pgettext_lazy("unit", "%")
REPORTS = pgettext_lazy("unit", "reports")
PAIRS = pgettext_lazy("unit", "pairs")
BUILDINGS = pgettext_lazy("unit", "buildings")
DWELLINGS = pgettext_lazy("unit", "dwellings")
GRIDS = pgettext_lazy("unit", "grids")

_PERSONS = "incidents:persons"
_ZONES = "incidents:zones"


def _kind(code: str) -> dict[str, str]:
    return {"kind": code}


INCIDENTS = (
    FigureEntry(
        "incidents.new_cases_today", _("New cases"), CASES, _PERSONS, _kind("CASE"), True, True, worse="MORE", order=1
    ),
    FigureEntry("incidents.cases_total", _("Cases since the beginning"), CASES, _PERSONS, _kind("CASE"), True, order=2),
    FigureEntry("incidents.cases", _("Present cases"), CASES, _PERSONS, _kind("CASE"), True, worse="MORE", order=3),
    FigureEntry("incidents.recovered", _("Recovered"), PEOPLE, _PERSONS, _kind("RECOVERED"), True, order=4),
    FigureEntry("incidents.died", _("Died"), PEOPLE, _PERSONS, _kind("DIED"), True, worse="MORE", order=5),
    FigureEntry(
        "incidents.new_suspects_today",
        _("New people of positive pools"),
        PEOPLE,
        _PERSONS,
        _kind("SUSPECT"),
        True,
        True,
        worse="MORE",
        order=6,
    ),
    FigureEntry(
        "incidents.suspects", _("Waiting for retest"), PEOPLE, _PERSONS, _kind("SUSPECT"), True, worse="MORE", order=7
    ),
    FigureEntry(
        "incidents.new_contacts_today",
        _("New contacts"),
        PEOPLE,
        _PERSONS,
        _kind("CONTACT"),
        True,
        True,
        worse="MORE",
        order=8,
    ),
    FigureEntry(
        "incidents.contacts", _("Contacts now"), PEOPLE, _PERSONS, _kind("CONTACT"), True, worse="MORE", order=9
    ),
    FigureEntry(
        "incidents.secondary_contacts",
        _("Secondary contacts now"),
        PEOPLE,
        _PERSONS,
        _kind("SECONDARY_CONTACT"),
        True,
        order=10,
    ),
    FigureEntry("incidents.exposed", _("Exposed people now"), PEOPLE, _PERSONS, _kind("EXPOSED"), True, order=11),
    FigureEntry("incidents.cleared", _("Cleared or released"), PEOPLE, _PERSONS, _kind("CLEARED"), True, order=12),
    FigureEntry("incidents.zones_high", _("High-risk zones"), PLACES, _ZONES, {}, True, worse="MORE", order=20),
    FigureEntry("incidents.zones_medium", _("Medium-risk zones"), PLACES, _ZONES, {}, True, worse="MORE", order=21),
    FigureEntry("incidents.zones_low", _("Low-risk zones"), PLACES, _ZONES, {}, True, order=22),
    FigureEntry(
        "incidents.zones_to_review", _("Zones whose review is due"), PLACES, _ZONES, {}, True, worse="MORE", order=23
    ),
)

COMMUNITY = (
    FigureEntry("community.people", _("Residents"), PEOPLE, "community:people", order=1),
    FigureEntry(
        "community.to_verify",
        _("Residents with data to verify"),
        PEOPLE,
        "community:people",
        {"to_verify": "on"},
        worse="MORE",
        order=2,
    ),
    FigureEntry(
        "community.possible_duplicates", _("Possible duplicates"), PAIRS, "community:duplicates", worse="MORE", order=3
    ),
    FigureEntry("community.special_care", _("People who need special care"), PEOPLE, "community:care", order=4),
    FigureEntry(
        "community.one_to_one",
        _("People of the one-to-one list"),
        PEOPLE,
        "community:care",
        {"care": "ONE_TO_ONE"},
        order=5,
    ),
    FigureEntry("community.dwellings", _("Dwellings"), DWELLINGS, "community:places", order=6),
    FigureEntry("community.buildings", _("Buildings"), BUILDINGS, "community:places", order=7),
    FigureEntry("community.grids", _("Grids"), GRIDS, "community:places", order=8),
)

_CASE_PAGE, _MANAGED, _TESTS = "tracing:investigations", "tracing:managed", "tracing:tests"
TRACING = (
    FigureEntry("tracing.investigations", _("Investigations"), CASES, _CASE_PAGE, order=1),
    FigureEntry(
        "tracing.to_interview", _("Interviews to hold"), CASES, _CASE_PAGE, {"state": "OPEN"}, worse="MORE", order=2
    ),
    FigureEntry("tracing.late", _("Late investigations"), CASES, _CASE_PAGE, {"late": "1"}, worse="MORE", order=3),
    FigureEntry("tracing.managed", _("People under management"), PEOPLE, _MANAGED, order=4),
    FigureEntry(
        "tracing.contacts", _("Contacts under management"), PEOPLE, _MANAGED, {"person_class": "CONTACT"}, order=5
    ),
    FigureEntry(
        "tracing.secondary",
        _("Secondary contacts under management"),
        PEOPLE,
        _MANAGED,
        {"person_class": "SECONDARY_CONTACT"},
        order=6,
    ),
    FigureEntry(
        "tracing.exposed",
        _("Exposed people under management"),
        PEOPLE,
        _MANAGED,
        {"person_class": "EXPOSED"},
        order=7,
    ),
    FigureEntry(
        "tracing.release_due",
        _("People whose management is over"),
        PEOPLE,
        _MANAGED,
        {"release_by": "{day}"},
        worse="MORE",
        order=8,
    ),
    FigureEntry(
        "tracing.released", _("People released from management"), PEOPLE, _MANAGED, {"state": "RELEASED"}, order=9
    ),
    FigureEntry("tracing.tests_today", _("Tests of managed people today"), PEOPLE, _TESTS, {"date": "{day}"}, order=10),
    FigureEntry(
        "tracing.tests_late",
        _("People with a missed test"),
        PEOPLE,
        _MANAGED,
        {"late": "on"},
        worse="MORE",
        order=11,
    ),
)

_TASK_LIST = "dispatch:tasks"
DISPATCH = (
    FigureEntry("dispatch.open", _("Open tasks"), TASKS, _TASK_LIST, order=1),
    FigureEntry(
        "dispatch.unassigned", _("Tasks without hands"), TASKS, _TASK_LIST, {"state": "OPEN"}, worse="MORE", order=2
    ),
    FigureEntry("dispatch.started", _("Tasks under way"), TASKS, _TASK_LIST, {"state": "STARTED"}, order=3),
    FigureEntry("dispatch.late", _("Late tasks"), TASKS, _TASK_LIST, {"late": "on"}, worse="MORE", order=4),
    FigureEntry("dispatch.done_24h", _("Tasks done in 24 hours"), TASKS, _TASK_LIST, {"state": "DONE"}, order=5),
    FigureEntry("dispatch.done", _("Tasks done since the beginning"), TASKS, _TASK_LIST, {"state": "DONE"}, order=6),
    FigureEntry("dispatch.failed", _("Tasks that were not possible"), TASKS, _TASK_LIST, {"state": "FAILED"}, order=7),
    FigureEntry("dispatch.people_with_tasks", _("Responders with tasks"), PEOPLE, "dispatch:board", order=8),
)

_RESPONDERS = "workforce:responders"
WORKFORCE = (
    FigureEntry("workforce.responders", _("Responders"), PEOPLE, _RESPONDERS, order=1),
    FigureEntry("workforce.on_shift", _("Responders on shift"), PEOPLE, "workforce:week", {"day": "{day}"}, order=2),
    FigureEntry(
        "workforce.absent", _("Responders absent"), PEOPLE, "workforce:week", {"day": "{day}"}, worse="MORE", order=3
    ),
    FigureEntry("workforce.medics", _("Medics"), PEOPLE, _RESPONDERS, {"kind": "MEDIC"}, order=4),
    FigureEntry("workforce.seconded", _("Seconded responders"), PEOPLE, _RESPONDERS, order=5),
    FigureEntry("workforce.hot", _("Responders of the hot cohort"), PEOPLE, _RESPONDERS, {"cohort": "HOT"}, order=6),
    FigureEntry(
        "workforce.hours_24h", _("Hours served in 24 hours"), HOURS, "workforce:week", {"day": "{day}"}, order=7
    ),
)

_ROUNDS, _ROUND, _MISSING = "sampling:list", "sampling:round", "sampling:missing"
SAMPLING = (
    FigureEntry("sampling.round_number", _("Number of the newest mass round"), ROUNDS, _ROUNDS, order=1),
    FigureEntry("sampling.round_listed", _("Due in the newest mass round"), PEOPLE, _ROUND, of_round=True, order=2),
    FigureEntry(
        "sampling.round_done",
        _("Sampled in the newest mass round"),
        PEOPLE,
        _ROUND,
        {"state": "DONE"},
        of_round=True,
        order=3,
    ),
    FigureEntry(
        "sampling.round_missing",
        _("Not sampled yet"),
        PEOPLE,
        _ROUND,
        {"state": "DUE"},
        of_round=True,
        worse="MORE",
        order=4,
    ),
    FigureEntry(
        "sampling.round_refused",
        _("Refused to be sampled"),
        PEOPLE,
        _ROUND,
        {"state": "REFUSED"},
        of_round=True,
        worse="MORE",
        order=5,
    ),
    FigureEntry("sampling.round_away", _("Away from home"), PEOPLE, _ROUND, {"state": "AWAY"}, of_round=True, order=6),
    FigureEntry(
        "sampling.round_percent", _("Share of the round that is done"), PERCENT, _ROUND, of_round=True, order=7
    ),
    FigureEntry("sampling.rounds", _("Sampling rounds"), ROUNDS, _ROUNDS, order=8),
    FigureEntry("sampling.rounds_open", _("Open sampling rounds"), ROUNDS, _ROUNDS, order=9),
    FigureEntry("sampling.home_due", _("Visits for sampling that are due"), PEOPLE, _ROUNDS, order=10),
    FigureEntry("sampling.home_done", _("Sampled at their doors"), PEOPLE, _ROUNDS, order=11),
    FigureEntry("sampling.sampled_today", _("Sampled today"), PEOPLE, _ROUNDS, order=12),
    FigureEntry("sampling.tubes_waiting", _("Tubes waiting for a result"), TUBES, "sampling:results", order=13),
    FigureEntry("sampling.results_overdue", _("Overdue results"), TUBES, "sampling:overdue", worse="MORE", order=14),
    FigureEntry(
        "sampling.without_tube",
        _("Sampled at the door without a tube"),
        PEOPLE,
        "sampling:untubed",
        worse="MORE",
        order=15,
    ),
    FigureEntry("sampling.positive_tubes", _("Positive tubes"), TUBES, "sampling:results", worse="MORE", order=16),
    FigureEntry("sampling.positive_pools", _("Positive pools"), TUBES, "sampling:pools", worse="MORE", order=17),
    FigureEntry("sampling.pools_waiting", _("Pools waiting for retests"), TUBES, "sampling:pools", order=18),
    FigureEntry(
        "sampling.pools_unresolved", _("Pools without a found case"), TUBES, "sampling:pools", worse="MORE", order=19
    ),
)

_COVERAGE, _REQUEST_LIST = "residents:coverage", "residents:requests"
RESIDENTS = (
    FigureEntry("residents.listed", _("People of the one-to-one list"), PEOPLE, _COVERAGE, order=1),
    FigureEntry("residents.covered", _("People with a caller of their own"), PEOPLE, _COVERAGE, worse="LESS", order=2),
    FigureEntry("residents.uncovered", _("People without a caller"), PEOPLE, _COVERAGE, worse="MORE", order=3),
    FigureEntry("residents.calls_fine", _("Calls: all is well"), CALLS, _COVERAGE, order=4),
    FigureEntry("residents.calls_need", _("Calls: help is needed"), CALLS, _COVERAGE, order=5),
    FigureEntry("residents.calls_unreached", _("Calls: not reached"), CALLS, _COVERAGE, worse="MORE", order=6),
    FigureEntry("residents.calls_due", _("Calls still to make"), CALLS, _COVERAGE, order=7),
    FigureEntry("residents.calls_late", _("Late calls"), CALLS, _COVERAGE, worse="MORE", order=8),
    FigureEntry("residents.rounds", _("Rounds of calls"), ROUNDS, "residents:rounds", order=9),
    FigureEntry("residents.requests_open", _("Open requests"), REQUESTS, _REQUEST_LIST, order=10),
    FigureEntry(
        "residents.requests_late", _("Late requests"), REQUESTS, _REQUEST_LIST, {"late": "on"}, worse="MORE", order=11
    ),
    FigureEntry(
        "residents.requests_life",
        _("Open requests for life and limb"),
        REQUESTS,
        _REQUEST_LIST,
        {"urgency": "LIFE"},
        worse="MORE",
        order=12,
    ),
    FigureEntry(
        "residents.requests_to_tell_back",
        _("Requests whose answer is to be told"),
        REQUESTS,
        _REQUEST_LIST,
        {"state": "DONE"},
        order=13,
    ),
    FigureEntry(
        "residents.requests_closed", _("Closed requests"), REQUESTS, _REQUEST_LIST, {"state": "CLOSED"}, order=14
    ),
    FigureEntry("residents.satisfaction", _("Satisfaction, 1 to 5"), "", _REQUEST_LIST, worse="LESS", order=15),
)

_PLAN, _REPORTS = "situation:site_plan", "situation:reports"
SITUATION = (
    FigureEntry("situation.people_high", _("People in high-risk zones"), PEOPLE, _PLAN, worse="MORE", order=1),
    FigureEntry("situation.people_medium", _("People in medium-risk zones"), PEOPLE, _PLAN, worse="MORE", order=2),
    FigureEntry("situation.people_low", _("People in low-risk zones"), PEOPLE, _PLAN, order=3),
    FigureEntry("situation.entrances_high", _("High-risk entrances"), PLACES, _PLAN, worse="MORE", order=4),
    FigureEntry("situation.entrances_medium", _("Medium-risk entrances"), PLACES, _PLAN, worse="MORE", order=5),
    FigureEntry("situation.entrances_low", _("Low-risk entrances"), PLACES, _PLAN, order=6),
    FigureEntry(
        "situation.over_limits",
        _("Responders at or over their hours"),
        PEOPLE,
        "workforce:week",
        {"day": "{day}"},
        worse="MORE",
        order=7,
    ),
    FigureEntry("situation.shortages", _("Hands that are short"), PEOPLE, "dispatch:board", worse="MORE", order=8),
    FigureEntry("situation.served_24h", _("Served in 24 hours"), PEOPLE, "workforce:week", {"day": "{day}"}, order=9),
    FigureEntry("situation.reports", _("Night reports"), REPORTS, _REPORTS, order=10),
    FigureEntry("situation.reports_to_sign", _("Night reports to sign"), REPORTS, _REPORTS, worse="MORE", order=11),
)

#: Every entry of the rooms below and of this one.
ALL = (*INCIDENTS, *COMMUNITY, *SAMPLING, *TRACING, *RESIDENTS, *DISPATCH, *WORKFORCE, *SITUATION)
