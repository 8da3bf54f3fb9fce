"""What the planner's files get wrong and which rules an answer breaks, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.engines.planner import Contradiction, ProblemError, Rule, Violation
from tongxin.engines.planner.faults import Broken, Fault, FormatError, RouteRule

Text = Promise | str

FAULTS: Mapping[Fault, Text] = {
    Fault.NOT_TEXT: _("is not text in UTF-8"),
    Fault.EMPTY: _("is empty"),
    Fault.TOO_BIG: _("is larger than %(most)s MB"),
    Fault.TOO_DEEP: _("is nested too deeply"),
    Fault.NO_FORMAT: _("is in none of the formats hhcrsp, tongxin and vrptw"),
    Fault.NOT_JSON: _("is not JSON (byte %(byte)s)"),
    Fault.CUT_OFF: _("ends in the middle of its JSON"),
    Fault.MISSING: _("is missing"),
    Fault.UNKNOWN_FIELD: _("is not a field of this format"),
    Fault.EXPECTED: _("is of the wrong kind: %(expected)s is asked for, %(got)s was found"),
    Fault.WRONG_KIND: _("is of the wrong kind"),
    Fault.NOT_ALLOWED: _("may not be %(value)s"),
    Fault.NOT_A_NUMBER: _("is not a number: %(got)s"),
    Fault.NOT_WHOLE: _("is not a whole number: %(got)s"),
    Fault.OUT_OF_RANGE: _("is a number out of range"),
    Fault.COLUMNS: _("must have %(columns)s columns, not %(got)s"),
    Fault.NO_ROUTE: _("must look like Route #1: 3 7 2, not like %(got)s"),
    Fault.TOO_LOW: _("must be at least %(low)s"),
    Fault.TOO_HIGH: _("must be at most %(high)s"),
    Fault.TWICE: _("appears twice"),
    Fault.UNKNOWN_ID: _("names %(name)s, which is not known"),
    Fault.BACKWARDS: _("ends before it starts"),
    Fault.NOT_SQUARE: _("must have %(size)s rows of %(size)s numbers"),
    Fault.NOT_ENOUGH: _("there are not enough caregivers with the abilities"),
    Fault.ONE_OR_TWO: _("must name one or two caregivers"),
    Fault.LAGS: _("must be two numbers in order"),
    Fault.SYNC_KIND: _("%(name)s is not a kind of synchronization"),
    Fault.TOO_HEAVY: _("asks for %(demand)s, and a vehicle carries %(capacity)s"),
    Fault.FLEET_TOO_SMALL: _("all demands are %(demand)s together, and all vehicles carry %(capacity)s"),
    Fault.TOO_FAR: _("cannot be served in its window by a vehicle that is back in time"),
    Fault.ONE_DEPOT: _("there must be exactly one depot"),
    Fault.NOT_SUPPORTED: _("%(name)s is not supported"),
}

ROUTE_RULES: Mapping[RouteRule, Text] = {
    RouteRule.UNKNOWN_CAREGIVER: _("%(caregiver)s is not a caregiver"),
    RouteRule.UNKNOWN_PATIENT: _("%(patient)s is not a patient"),
    RouteRule.ABILITY: _("%(caregiver)s cannot do %(service)s at %(patient)s"),
    RouteRule.TOO_SOON: _("%(caregiver)s cannot be at %(patient)s by %(time)s"),
    RouteRule.SERVICES: _("%(patient)s gets %(count)s of %(most)s services, or others than it needs"),
    RouteRule.BEFORE_WINDOW: _("%(patient)s is served before its window"),
    RouteRule.DURATION: _("%(patient)s: %(service)s does not take %(time)s minutes"),
    RouteRule.LAG: _("%(patient)s: the second start comes %(time)s after the first"),
    RouteRule.SAME_CAREGIVER: _("%(patient)s needs two different caregivers"),
    RouteRule.UNKNOWN_CUSTOMER: _("%(customer)s is not a customer"),
    RouteRule.NOT_ONCE: _("customer %(customer)s is visited %(count)s times, not once"),
    RouteRule.CAPACITY: _("route %(route)s carries %(count)s, more than %(most)s"),
    RouteRule.TOO_LATE: _("route %(route)s reaches customer %(customer)s at %(time)s, after its window"),
    RouteRule.BACK_LATE: _("route %(route)s is back at %(time)s, after the depot has closed"),
    RouteRule.FLEET: _("there are %(count)s routes for %(most)s vehicles"),
    RouteRule.COST: _("the answer says a cost of %(said)s; it is %(counted)s"),
}

RULES: Mapping[Rule, Text] = {
    Rule.SKILL: pgettext_lazy("broken rule", "a skill is missing"),
    Rule.EXCLUDED: pgettext_lazy("broken rule", "this person is excluded from the task"),
    Rule.ZONE_COHORT: pgettext_lazy("broken rule", "the cohort may not enter the zone"),
    Rule.AVAILABILITY: pgettext_lazy("broken rule", "outside the times when this person is there"),
    Rule.WINDOW: pgettext_lazy("broken rule", "outside the window of the task"),
    Rule.PAST: pgettext_lazy("broken rule", "begins before now"),
    Rule.BUSY: pgettext_lazy("broken rule", "two things at once"),
    Rule.TRAVEL: pgettext_lazy("broken rule", "not enough time for the way"),
    Rule.SHIFT_LENGTH: pgettext_lazy("broken rule", "the shift is too long"),
    Rule.DAY_HOURS: pgettext_lazy("broken rule", "too many hours in one day"),
    Rule.WEEK_HOURS: pgettext_lazy("broken rule", "too many hours in one week"),
    Rule.REST: pgettext_lazy("broken rule", "too little rest between two shifts"),
    Rule.DAYS_IN_A_ROW: pgettext_lazy("broken rule", "too many days in a row"),
    Rule.NIGHT_MORNING: pgettext_lazy("broken rule", "a morning after a night shift"),
    Rule.PPE_TIME: pgettext_lazy("broken rule", "protective equipment is worn too long"),
    Rule.ZONE_ORDER: pgettext_lazy("broken rule", "from a hotter zone to a cleaner one without the exit protocol"),
    Rule.DRIVER_HOURS: pgettext_lazy("broken rule", "too long at the wheel"),
    Rule.SYNC: pgettext_lazy("broken rule", "the hands do not start in step"),
    Rule.DISTINCT_HANDS: pgettext_lazy("broken rule", "one person has two hands of a task"),
    Rule.PRECEDENCE: pgettext_lazy("broken rule", "begins too soon or too late after the task before it"),
    Rule.SEATS: pgettext_lazy("broken rule", "no vehicle with enough seats"),
    Rule.VEHICLE_BUSY: pgettext_lazy("broken rule", "the vehicle is still out"),
    Rule.PIN: pgettext_lazy("broken rule", "not as it was pinned"),
    Rule.FREEZE: pgettext_lazy("broken rule", "something that had begun or was near was moved"),
    Rule.UNKNOWN_ID: pgettext_lazy("broken rule", "names something that the problem does not have"),
    Rule.DUPLICATE: pgettext_lazy("broken rule", "one hand of a task is given twice"),
    Rule.DURATION: pgettext_lazy("broken rule", "does not last as long as the task"),
    Rule.INCOMPLETE_TASK: pgettext_lazy("broken rule", "a hand of the task is missing"),
    Rule.UNACCOUNTED: pgettext_lazy("broken rule", "must be either served or listed as unserved, once"),
    Rule.OBJECTIVE: pgettext_lazy("broken rule", "the cost that the answer states is not its cost"),
    Rule.NOT_TRIED: pgettext_lazy("broken rule", "was not tried"),
}

#: What the kinds of values in JSON are called.
KINDS: Mapping[str, Text] = {
    "array": _("a list"),
    "bool": _("true or false"),
    "float": _("a number"),
    "int": _("a whole number"),
    "null": _("nothing"),
    "object": _("an object"),
    "str": _("a text"),
}

CONTRADICTIONS: Mapping[Contradiction, Text] = {
    Contradiction.NO_HANDS: _("a task needs at least one hand"),
    Contradiction.WINDOW_BACKWARDS: _("a window ends at %(end)s, not after its start %(start)s"),
    Contradiction.TWICE: _("appears twice"),
    Contradiction.ZONES_BACKWARDS: _("is above the highest zone"),
    Contradiction.EXCLUDED: _("is excluded from the task and the pin does not waive it"),
    Contradiction.UNKNOWN_PERSON: _("is not a known person"),
    Contradiction.UNKNOWN_PLACE: _("is not a known place"),
    Contradiction.UNKNOWN_ENTRANCE: _("is not an entrance of the travel graph"),
    Contradiction.LACKS_SKILL: _("lacks a skill that the pin does not waive"),
    Contradiction.WEAR_NOT_POSITIVE: _("longest wear and break must be positive"),
    Contradiction.TOO_LOW: _("must be %(low)s or more"),
    Contradiction.REST_TOO_SHORT: _("must be at least one minute"),
    Contradiction.NOT_POSITIVE: _("must be positive"),
    Contradiction.NOT_IN_DAY_BEFORE: _("must be within the day before minute 0"),
    Contradiction.NOT_IN_WEEK_BEFORE: _("must be within the week before minute 0"),
    Contradiction.SHAPE: _("must have the shape (%(size)s, %(size)s)"),
    Contradiction.AFTER_START: _("must lie at or before minute 0"),
    Contradiction.NEGATIVE: _("must not be negative"),
    Contradiction.WALK: _("must not be negative and must be zero on the diagonal"),
    Contradiction.NAMES_UNKNOWN_PERSON: _("names an unknown person"),
    Contradiction.NAMES_UNKNOWN_PLACE: _("names an unknown place"),
    Contradiction.NAMES_UNKNOWN_TASK: _("names an unknown task"),
    Contradiction.UNKNOWN_HAND: _("names an unknown task or hand"),
    Contradiction.UNKNOWN_OR_ITSELF: _("names an unknown task or itself"),
    Contradiction.NIGHT: _("night must begin and end within a day"),
    Contradiction.NEGATIVE_VEHICLE: _("seats and turnaround must not be negative"),
    Contradiction.NEGATIVE_TASK: _("seats, protective-equipment level and zone must not be negative"),
    Contradiction.LAGS_BACKWARDS: _("the largest lag is below the smallest"),
    Contradiction.SYNC_LAGS: _("the smallest lag must be between 0 and the largest lag"),
    Contradiction.CIRCLE: _("waits for itself in a circle"),
    Contradiction.WINDOWS_OVERLAP: _("windows must be in time order and not overlap (at %(start)s)"),
    Contradiction.NOT_WAIVABLE: _("%(rule)s cannot be waived"),
    Contradiction.TOO_LONG: _("%(longest)s minutes of work do not fit into %(room)s minutes"),
}


def _kind_in_words(kind: str) -> str:
    """Return what msgspec calls a kind (``int | null``) as a reader knows it."""
    return gettext(" or ").join(str(KINDS.get(part, part)) for part in kind.split(" | "))


def fault_in_words(path: object, error: FormatError | ProblemError) -> str:
    """Return one sentence: which file, which field, what is wrong with it."""
    detail = error.detail
    if error.fault is Fault.EXPECTED:
        detail = {name: _kind_in_words(str(kind)) for name, kind in detail.items()}
    sentence = FAULTS[error.fault] if isinstance(error, FormatError) else CONTRADICTIONS[error.fault]
    what = str(sentence) % detail
    if error.field == "file":
        return gettext("%(path)s cannot be used: the file %(what)s.") % {"path": path, "what": what}
    return gettext("%(path)s cannot be used: %(field)s: %(what)s.") % {"path": path, "field": error.field, "what": what}


def broken_in_words(broken: Broken | Violation) -> str:
    """Return one line: which rule is broken, by whom, with what numbers."""
    if isinstance(broken, Broken):
        return str(ROUTE_RULES[broken.rule]) % broken.detail
    numbers = [f"{name}={number}" for name, number in broken.detail.items()]
    where = ", ".join(part for part in (broken.task, broken.responder, *numbers) if part is not None)
    return f"{broken.rule}: {RULES[broken.rule]}" + (f" ({where})" if where else "")
