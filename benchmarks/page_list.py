"""Every page that a role may open, with a URL of a row that it may see."""

from collections.abc import Iterator

from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tongxin.base import policy

#: URL name -> the table whose uuid it takes; names without an entry take none.
ROWS = {
    "community:person": "community.Person",
    "community:correct": "community.Person",
    "community:household": "community.Dwelling",
    "community:building": "community.Building",
    "community:verify_item": "community.VerifyItem",
    "community:pair": "community.MergeCandidate",
    "incidents:detail": "incidents.Incident",
    "incidents:rules": "incidents.Incident",
    "incidents:zones": "incidents.Incident",
    "incidents:groups": "incidents.Incident",
    "incidents:persons": "incidents.Incident",
    "incidents:timeline": "incidents.Incident",
    "incidents:zone": "incidents.ZoneLevel",
    "workforce:responder": "workforce.Responder",
    "dispatch:task": "dispatch.Task",
    "dispatch:job": "dispatch.Assignment",
    "dispatch:plan": "dispatch.PlanSearch",
    "dispatch:call": "dispatch.CallDraft",
    "dispatch:call_print": "dispatch.CallDraft",
    "sampling:round": "sampling.SamplingRound",
    "sampling:missing": "sampling.SamplingRound",
    "sampling:print": "sampling.SamplingRound",
    "sampling:home": "sampling.SamplingRound",
    "sampling:tubes": "sampling.SamplingRound",
    "sampling:desk": "sampling.SamplingRound",
    "tracing:investigation": "tracing.Investigation",
    "tracing:contacts": "tracing.Investigation",
    "tracing:management": "tracing.Management",
    "residents:pair": "residents.LiaisonPair",
    "residents:round": "residents.CallRound",
    "residents:request": "residents.Request",
    "situation:report": "situation.Report",
    "situation:snapshot": "situation.Snapshot",
    "hq:plan_version": "hq.Plan",
    "hq:order": "hq.Order",
    "hq:meeting": "hq.Meeting",
}
#: Pages of which the first one with work in it is asked for: query strings that people use.
QUERIES = {"community:search": "?q=18-1", "community:people": "?building=18"}
#: Pages for those who build pages.
LEFT_OUT = frozenset({"web:styleguide", "web:styleguide_phone", "web:styleguide_wall", "web:styleguide_print"})
_MOST_TRIED = 40


def names_for(role: str) -> list[str]:
    """Return the URL names that a role may open, in order."""
    table = policy.table()
    return sorted(
        name
        for name, permission in policy.url_permissions().items()
        if name not in LEFT_OUT
        and (permission in (policy.PUBLIC, policy.SIGNED_IN) or role in table.get(permission, {}))
    )


def urls_of(name: str) -> Iterator[str]:
    """Return the URLs that a name may stand for: one, or one for each of the newest rows of its table."""
    if name not in ROWS:
        try:
            yield reverse(name) + QUERIES.get(name, "")
        except NoReverseMatch:
            return
        return
    rows = apps.get_model(ROWS[name])._default_manager.order_by("-id").values_list("uuid", flat=True)
    # Spread over the table: the newest rows may all be of another grid.
    step = max(1, rows.count() // _MOST_TRIED)
    for uuid in list(rows)[::step]:
        yield reverse(name, args=[uuid])


def pages_for(client: Client, role: str) -> tuple[dict[str, str], list[str]]:
    """Return name -> URL of each page of a role, and the names that showed no page (files, deeds, no row yet)."""
    pages: dict[str, str] = {}
    without: list[str] = []
    for name in names_for(role):
        for url in urls_of(name):
            answer = client.get(url)
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code == 200 and kind.startswith("text/html"):
                pages[name] = url
                break
            if answer.status_code == 405:
                break
        if name not in pages:
            without.append(name)
    return pages, without
