"""What the pages of this room share: the incident they are about, and the tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.base.pages import may
from tongxin.base.sessions import actor_of, area_of
from tongxin.incidents import api as incidents
from tongxin.situation import access

PAGE_SIZE = 50


def incident_for(request: HttpRequest, permission: str = "situation.figure.read") -> incidents.Incident | None:
    """Return the incident that the page is about: `?incident=` or the newest. Raises Http404."""
    asked = request.GET.get("incident", "")
    return access.visible_incident(actor_of(request), asked, area_id=area_of(request), permission=permission)


def situation_page(
    request: HttpRequest, template: str, current: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page of this room with its tabs."""
    entries = [
        ("overview", _("Overview"), "situation.figure.read"),
        ("figures", _("All figures"), "situation.figure.read"),
        ("curve", _("Epidemic curve"), "situation.figure.read"),
        ("site_plan", _("Site plan"), "situation.plan.read"),
        ("reports", _("Night reports"), "situation.report.read"),
    ]
    asked = request.GET.get("incident", "")
    query = f"?incident={asked}" if asked and context.get("incident") is not None else ""
    tabs = [
        {"url": reverse(f"situation:{name}") + query, "label": label, "is_current": name == current}
        for name, label, permission in entries
        if may(request, permission)
    ]
    return render(request, f"situation/{template}", {"tabs": tabs, **context}, status=status)


def no_incident(request: HttpRequest, current: str, title: str) -> HttpResponse:
    """Say that there is nothing to count yet, and where to begin."""
    url = reverse("incidents:open") if may(request, "incidents.incident.open") else ""
    return situation_page(request, "none.html", current, title=title, open_url=url)
