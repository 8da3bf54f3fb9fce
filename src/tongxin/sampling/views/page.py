"""What the pages of this room share: the incident in hand, the scope, a page of fifty, the tabs."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.base.pages import may
from tongxin.base.sessions import area_of
from tongxin.incidents import api as incidents
from tongxin.sampling import api

PAGE_SIZE = 50
#: States that the list of a round may be filtered by.
STATES = ("DUE", "REFUSED", "AWAY", "EXEMPT")


def incident_or_404(request: HttpRequest) -> incidents.Incident:
    """This function will return the newest open incident of the compound, else the newest one, or raise Http404."""
    area_id = area_of(request)
    found = incidents.find_open_incident(area_id) or incidents.list_incidents(area_id).first()
    if found is None:
        raise Http404
    return found


def is_part(request: HttpRequest) -> bool:
    """This function will tell whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def room_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """This function will return the pages of this room that the viewer may open."""
    entries = [
        ("list", _("Rounds"), "sampling.round.read"),
        ("results", _("Enter results"), "sampling.result.record"),
        ("overdue", _("Late results"), "sampling.tube.read"),
        ("pools", _("Positive pools"), "sampling.pool.read"),
        ("untubed", _("Sampled without a tube"), "sampling.missing.list"),
    ]
    return [
        {"url": reverse(f"sampling:{name}"), "label": label, "is_current": name == current}
        for name, label, permission in entries
        if may(request, permission)
    ]


def round_tabs(request: HttpRequest, round_: api.SamplingRound, current: str) -> list[dict[str, Any]]:
    """This function will return the pages of one round that the viewer may open."""
    entries = [
        ("round", _("Progress and missing"), "sampling.round.read"),
        ("home", _("At the door"), "sampling.missing.list"),
        ("tubes", _("Tubes"), "sampling.tube.read"),
        ("desk", _("Desk"), "sampling.register"),
    ]
    return [
        {"url": reverse(f"sampling:{name}", args=[round_.uuid]), "label": label, "is_current": name == current}
        for name, label, permission in entries
        if may(request, permission)
    ]
