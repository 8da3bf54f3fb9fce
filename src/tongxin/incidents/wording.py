"""The sentences behind this room's codes, for plans, pages and reports. `%(name)s` are the numbers of a line."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

WHY: dict[str, Promise | str] = {
    "CASE_LIVES_HERE": _(
        "Cases that live here: %(count)s (from %(first)s to %(last)s). People in this place: %(people)s."
    ),
    "POOL_RECALLED": _(
        "People of a positive pool who live here: %(count)s, waiting for their retest. People in this place: %(people)s."
    ),
    "INDEX_ABOVE": _("The vector index here is %(index)s. People in this place: %(people)s."),
    "CONDITIONS_HELD_LOWER": _("All conditions for the next lower level hold (%(held)s of %(conditions)s)."),
    "CONDITIONS_HELD_LIFT": _("All conditions for lifting hold (%(held)s of %(conditions)s)."),
    "LEVEL_ABOLISHED": _(
        "The rule set in force does not have this level any more. Conditions that hold: %(held)s of %(conditions)s."
    ),
}
MEASURES: dict[str, Promise | str] = {
    "RAISE_ZONE": _("Raise the zone level"),
    "LOWER_ZONE": _("Lower the zone level"),
    "LIFT_ZONE": _("Lift the zone level"),
}
STATUS: dict[str, Promise | str] = {
    "CASE": pgettext_lazy("person status", "Case"),
    "SUSPECT": pgettext_lazy("person status", "Waiting for retest"),
    "CONTACT": pgettext_lazy("person status", "Contact"),
    "SECONDARY_CONTACT": pgettext_lazy("person status", "Secondary contact"),
    "EXPOSED": pgettext_lazy("person status", "Exposed at an affected place"),
    "CLEARED": pgettext_lazy("person status", "Cleared"),
    "RECOVERED": pgettext_lazy("person status", "Recovered"),
    "DIED": pgettext_lazy("person status", "Died"),
}
WITHDRAWAL_REASONS: dict[str, Promise | str] = {
    "WRONG_PERSON": pgettext_lazy("why a fact is withdrawn", "It is about another person"),
    "LABORATORY_ERROR": pgettext_lazy("why a fact is withdrawn", "The laboratory made a mistake"),
    "WRONG_STATUS": pgettext_lazy("why a fact is withdrawn", "The wrong status was chosen"),
    "NOT_CONFIRMED": pgettext_lazy("why a fact is withdrawn", "It was not confirmed"),
    "TOLD_TWICE": pgettext_lazy("why a fact is withdrawn", "It was told twice"),
}
#: Who told a fact, by the kind of its cause.
CAUSES: dict[str, Promise | str] = {
    "Tube": pgettext_lazy("cause of a fact", "Result of a sample"),
    "tracing.investigation": pgettext_lazy("cause of a fact", "List of contacts"),
    "tracing.interview": pgettext_lazy("cause of a fact", "Interview"),
    "MANAGEMENT_RELEASED": pgettext_lazy("cause of a fact", "Release from management"),
}
STATE: dict[str, Promise | str] = {
    "OPEN": pgettext_lazy("incident state", "Open"),
    "CLOSED": pgettext_lazy("incident state", "Closed"),
}
PLACE_KINDS: dict[str, Promise | str] = {
    "COMPOUND": pgettext_lazy("kind of place", "Compound"),
    "GRID": pgettext_lazy("kind of place", "Grid"),
    "BUILDING": pgettext_lazy("kind of place", "Building"),
    "ENTRANCE": pgettext_lazy("kind of place", "Entrance"),
}
CONDITIONS: dict[str, Promise | str] = {
    "NO_NEW_DAYS": _("No new infection for %(number)s days: day %(days)s now, counted from %(since)s."),
    "ROUND_NEGATIVE_ON_DAY": _(
        "Everybody negative in a round on day %(number)s or later: rounds told so far %(rounds)s, the last %(last)s."
    ),
    "ROUND_NEGATIVE_WITHIN_HOURS": _(
        "Everybody negative in a round within the last %(number)s hours: rounds told so far %(rounds)s, the last %(last)s."
    ),
    "LAST_CONTACT_GONE_DAYS": _("The last contact left %(number)s days ago: contacts still here %(contacts)s."),
    "INDEX_BELOW": _("The vector index is below %(number)s: now %(index)s."),
    "CLEANING_DONE": _("The place was cleaned after the last new infection."),
    "NOTHING_HOTTER": _(
        "No hotter level lies inside (%(zones)s now) and no new finding waits for a level (%(people)s people)."
    ),
    "POOL_CLEARED": _("Everybody of the recalled pool who lives here is cleared: %(people)s still wait."),
}
EVIDENCE: dict[str, Promise | str] = {
    "CASE": _("Cases: %(count)s, from %(first)s to %(last)s"),
    "RECALLED_POOL": _("People of a recalled pool: %(count)s, from %(first)s to %(last)s"),
    "INDEX": _("Vector index %(value)s"),
    "DECIDED_BY_HAND": _("Decided by headquarters"),
}
TIMELINE: dict[str, Promise | str] = {
    "INCIDENT_OPENED": _("The incident was opened."),
    "INCIDENT_CLOSED": _("The incident was closed."),
    "ZONE_RAISED": _("A zone level was raised: %(place)s."),
    "ZONE_LOWERED": _("A zone level was lowered: %(place)s."),
    "ZONE_LIFTED": _("A zone level was lifted: %(place)s."),
    "RULE_SET_SWITCHED": _("A rule set was ordered."),
    "POST_ASSIGNED": _("A post was given."),
    "STATUS_CASE": _("Cases recorded: %(persons)s."),
    "STATUS_SUSPECT": _("People of positive pools recorded: %(persons)s."),
    "STATUS_CONTACT": _("Contacts recorded: %(persons)s."),
    "STATUS_SECONDARY_CONTACT": _("Secondary contacts recorded: %(persons)s."),
    "STATUS_EXPOSED": _("Exposed people recorded: %(persons)s."),
    "STATUS_CLEARED": _("People cleared or released: %(persons)s."),
    "STATUS_RECOVERED": _("People recovered: %(persons)s."),
    "STATUS_DIED": _("Deaths recorded: %(persons)s."),
}
SECTIONS: dict[str, Promise | str] = {
    "effective_from": pgettext_lazy("rule section", "First day"),
    "effective_until": pgettext_lazy("rule section", "Last day"),
    "contacts": pgettext_lazy("rule section", "Contacts"),
    "management": pgettext_lazy("rule section", "Management"),
    "isolation": pgettext_lazy("rule section", "Isolation of cases"),
    "zones": pgettext_lazy("rule section", "Zone levels"),
    "rounds": pgettext_lazy("rule section", "Sampling rounds"),
    "pooling": pgettext_lazy("rule section", "Pooled tubes"),
    "investigation": pgettext_lazy("rule section", "Investigation"),
    "transfer": pgettext_lazy("rule section", "Transfer"),
    "people": pgettext_lazy("rule section", "Those who serve"),
    "planning": pgettext_lazy("rule section", "Planning the day"),
    "zone_work": pgettext_lazy("rule section", "Hands for a sealed entrance"),
    "reports": pgettext_lazy("rule section", "Reports"),
    "approvals": pgettext_lazy("rule section", "Approvals"),
    "calls": pgettext_lazy("rule section", "One-to-one calls"),
    "requests": pgettext_lazy("rule section", "Needs of residents"),
    "privacy": pgettext_lazy("rule section", "Privacy"),
    "vector": pgettext_lazy("rule section", "Vector control"),
    "exposure": pgettext_lazy("rule section", "Common source"),
    "cleaning": pgettext_lazy("rule section", "Disinfection"),
}
GRADES: dict[str, Promise | str] = {
    "A": _("A: law text or standard"),
    "B": _("B: press or government page"),
    "C": _("C: copy of an official text"),
    "D": _("D: derived or proposed"),
    "U": _("U: without a source, to be checked"),
}
ZONE_EFFECTS: dict[str, Promise | str] = {
    "SAME": _("Nothing changes for this zone."),
    "CONDITIONS": _("Other conditions for lowering and lifting."),
    "GONE": _("The other rule set does not have this level: the plan will propose to lower or lift it."),
}
TRANSMISSION: dict[str, Promise | str] = {
    "PERSON": _("From person to person: contacts are traced."),
    "EXPOSURE_SOURCE": _("From a common source: what people ate, drank and touched is asked."),
    "VECTOR_RADIUS": _("By a vector within a radius: water is emptied and insects are fought around each case."),
}
#: Why something was not done, by the name of the refusal; what to do stands in the sentence.
REFUSALS: dict[str, Promise | str] = {
    "UnknownProfile": _("This disease profile is not at hand or has mistakes. Choose another one."),
    "UnknownRuleSet": _("The profile does not have this rule set. Choose one of the list."),
    "NoRuleSet": _("No rule set of this profile holds today. Choose the rule set that this incident follows."),
    "CodeTaken": _("Another incident of this compound has this code. Choose another code."),
    "IncidentIsClosed": _("The incident is closed. Its facts are not changed any more."),
    "PostTaken": _("This account already holds this post."),
    "DoesNotExist": _("This is not there any more. Load the page again and look at what changed."),
    "UnknownPlace": _("The compound does not have this place. Load the page again."),
    "UnknownLevel": _("The rule set in force does not have this level. Choose one of the list."),
    "NotHotter": _("This place already has this level or a hotter one. Nothing was changed."),
    "NotCooler": _("The chosen level is not lower than the one in force. Choose a lower one."),
    "LowerFirst": _("This level does not end at once: lower it to the next level first."),
    "NoLevel": _("This place has no level of its own any more. Load the page again."),
    "ReasonMissing": _("Deciding against open conditions needs a reason. Write one sentence."),
    "ConditionsNotHeld": _(
        "Conditions are still open; they are listed above. Wait for them, or tick the box and give a reason."
    ),
    "RequestWaiting": _("A request for this place is waiting for agreement already. Agree to it or refuse it first."),
    "SamePerson": _("You have agreed already. Another person has to agree."),
    "NotWaiting": _("This request was carried out or refused before. Nothing was changed."),
    "UnknownReason": _("Choose a reason from the list."),
    "NothingToWithdraw": _("Choose at least one fact that still holds. Load the page again if the list is old."),
    "FollowsFromList": _("This follows from the list of contacts. Take the person off that list in tracing."),
    "WithdrawalWaiting": _(
        "A request for these facts is waiting for agreement already. Agree to it or refuse it first."
    ),
    "NotWithdrawn": _("This fact holds already. Nothing was changed."),
    "StaleVersion": _("Somebody else changed this in the meantime. Look at it as it is now, then decide again."),
    "OtherBody": _("This form was sent before with other contents. Load the page again."),
}
NEVER = pgettext_lazy("no moment yet", "never")


def sentence(code: str, numbers: Mapping[str, Any], table: Mapping[str, Promise | str]) -> str:
    """This function will fill a code's sentence with its numbers; a code without a sentence stays as it is."""
    words = table.get(code)
    if words is None:
        return code
    shown = {key: value if value != "" else NEVER for key, value in numbers.items()}
    try:
        return str(words) % shown
    except KeyError:
        # a line of an older release may lack a number: its code still says what it is
        return code


def is_chinese() -> bool:
    """This function will tell whether the page is Chinese: profile texts hold both languages."""
    return (get_language() or "").startswith("zh")


def language() -> str:
    """This function will return "zh" or "en" for the words that profile files hold."""
    return "zh" if is_chinese() else "en"


def refusal(error: Exception) -> str:
    """This function will return the sentence of a refusal. Raises the error itself when it has none: it is no refusal."""
    words = REFUSALS.get(type(error).__name__)
    if words is None:
        raise error
    return str(words)
