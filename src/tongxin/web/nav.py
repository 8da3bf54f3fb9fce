"""Where an actor may go: the main menu by role. Whether a page may be opened says the policy's URL table, nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import pgettext_lazy

from tongxin.base import policy
from tongxin.base.actors import Actor

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MOST = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the menu: `room:name`, what it is called, its icon."""

    url_name: str
    label: "StrPromise"
    icon: str


PLACES = {
    "start": Place("web:home", pgettext_lazy("menu", "Start"), "house-door"),
    "plan": Place("hq:plan", pgettext_lazy("menu", "Plan"), "clipboard-check"),
    "orders": Place("hq:orders", pgettext_lazy("menu", "Orders"), "megaphone"),
    "board": Place("dispatch:board", pgettext_lazy("menu", "Load"), "bar-chart-line"),
    "tasks": Place("dispatch:tasks", pgettext_lazy("menu", "Tasks"), "list-check"),
    "mine": Place("dispatch:mine", pgettext_lazy("menu", "My tasks"), "check2-square"),
    "sampling": Place("sampling:list", pgettext_lazy("menu", "Sampling"), "droplet"),
    "coverage": Place("residents:coverage", pgettext_lazy("menu", "One-to-one"), "heart-pulse"),
    "requests": Place("residents:requests", pgettext_lazy("menu", "Requests"), "inbox"),
    "calls": Place("residents:mine", pgettext_lazy("menu", "My calls"), "telephone"),
    "people": Place("community:people", pgettext_lazy("menu", "Residents"), "people"),
    "tracing": Place("tracing:investigations", pgettext_lazy("menu", "Tracing"), "diagram-3"),
    "managed": Place("tracing:managed", pgettext_lazy("menu", "Management"), "person-check"),
    "tests": Place("tracing:tests", pgettext_lazy("menu", "Tests due"), "calendar3"),
    "incident": Place("incidents:list", pgettext_lazy("menu", "Incident"), "flag"),
    "responders": Place("workforce:responders", pgettext_lazy("menu", "Responders"), "person-lines-fill"),
    "hours": Place("workforce:me", pgettext_lazy("menu", "My hours"), "clock"),
    "reports": Place("situation:reports", pgettext_lazy("menu", "Night report"), "journal-text"),
    "figures": Place("situation:figures", pgettext_lazy("menu", "Situation"), "speedometer2"),
    "meetings": Place("hq:meetings", pgettext_lazy("menu", "Meetings"), "people"),
    "audit": Place("web:audit", pgettext_lazy("menu", "Audit"), "shield-check"),
    "logins": Place("web:logins", pgettext_lazy("menu", "Logins"), "key"),
    "system": Place("web:system", pgettext_lazy("menu", "System"), "gear"),
    "parked": Place("hq:queue", pgettext_lazy("menu", "Parked work"), "hourglass-split"),
}

#: Best first: a phone shows the first four after the start page, a desk the first eight in all.
OF_ROLE = {
    "COMMANDER": "plan sampling board coverage tracing people reports incident orders",
    "GRID_LEADER": "sampling requests coverage tasks people managed plan",
    "SAMPLER": "sampling mine hours calls",
    "MEDIC": "mine sampling requests hours",
    "VOLUNTEER": "mine hours requests calls",
    "CALLER": "calls mine requests hours",
    "TRACER": "tracing managed tests people mine incident",
    "DISPATCHER": "board tasks responders plan orders sampling incident",
    "DOCUMENTS": "reports figures meetings plan orders tasks incident",
    "AUDITOR": "audit incident plan orders meetings",
    "SYSTEM_ADMIN": "system parked",
    "SECURITY_ADMIN": "logins audit responders",
}


def may_open(actor: Actor, url_name: str, *, area_id: int) -> bool:
    """Tell whether the policy opens a page, by its URL name, to an actor."""
    permission = policy.url_permissions().get(url_name)
    if permission is None:
        return False
    if permission in (policy.PUBLIC, policy.SIGNED_IN):
        return True
    return policy.may(actor, permission, area_id=area_id)


def link(actor: Actor, url_name: str, *args: object, area_id: int, query: str = "") -> str:
    """Return the address of a page that the actor may open; empty where not, or where no such page is installed."""
    if not may_open(actor, url_name, area_id=area_id):
        return ""
    try:
        path = reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
    return f"{path}?{query}" if query else path


def _keys(roles: Iterable[str]) -> list[str]:
    """Return the places of all roles, in the order of roles: one place of each in turn, so that none is left out."""
    held = set(roles)
    lists = [OF_ROLE[role].split() for role in policy.ROLES if role in held]
    longest = max(map(len, lists), default=0)
    merged = [keys[index] for index in range(longest) for keys in lists if index < len(keys)]
    return ["start", *dict.fromkeys(merged)]


def items(actor: Actor, *, area_id: int, path: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return at most eight menu items as `web/base.html` takes them; none without a role, who has nowhere to go."""
    roles = actor.roles(area_id)
    found: list[dict[str, Any]] = []
    for key in _keys(roles) if roles else ():
        place = PLACES[key]
        url = link(actor, place.url_name, area_id=area_id)
        if url:
            item = {"url": url, "label": place.label, "icon": place.icon, "count": counts.get(key, 0)}
            found.append(item | {"is_current": path == url})
    return found[:MOST]
