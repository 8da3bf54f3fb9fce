"""Pages of the roof: start page by role, the wall, display choices, state of the system, health."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language as library_set_language

from tongxin.base import accounts, health
from tongxin.base.models import Account
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.situation import api as situation
from tongxin.web import homes
from tongxin.web.context import place_name
from tongxin.web.login import keep_display
from tongxin.web.templatetags.tongxin_ui import when

WALL_SECONDS = 10
#: The queue may be this late before health calls it slow; it is told, not hidden behind an error.
_SLOW_QUEUE_SECONDS = 120


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me now, by role."""
    ground = homes.Ground(actor_of(request), area_of(request), at_of(request))
    context = {
        "title": pgettext("menu", "Start"),
        "sections": homes.sections(ground),
        "incident": ground.incident if ground.area_id else None,
    }
    return render(request, "web/home.html", context)


# ---------- the wall ----------
def _blocks(request: HttpRequest, incident: incidents.Incident | None) -> list[dict[str, Any]]:
    if incident is None:
        return [{"label": _("No incident is open"), "value": "–", "change": _("Nothing has to be counted.")}]
    return situation.wall_blocks(area_id=area_of(request), incident_id=incident.pk, at=at_of(request))


@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """Seven blocks to be read from across the room; asked again every ten seconds, a part of the page only."""
    incident = incidents.find_open_incident(area_of(request))
    blocks = _blocks(request, incident)
    if request.headers.get("HX-Request"):
        return render(request, "web/_wall_blocks.html", {"blocks": blocks})
    context = {
        "title": incident.title if incident else _("Situation"),
        "blocks": blocks,
        "wall_url": reverse("web:wall"),
        "plan_url": reverse("web:wall_plan") if incident else "",
        "refresh_seconds": WALL_SECONDS,
    }
    return render(request, "web/wall_page.html", context)


@require_GET
def wall_plan(request: HttpRequest) -> HttpResponse:
    """The site plan beside the blocks."""
    incident = incidents.find_open_incident(area_of(request))
    if incident is None:
        raise Http404
    svg = situation.site_plan_svg(area_id=area_of(request), incident_id=incident.pk, at=at_of(request))
    return render(request, "web/_wall_plan.html", {"plan": svg})


# ---------- display, compound ----------
def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_own else reverse("web:home")


def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of this browser, and keep it with the account."""
    response: HttpResponse = library_set_language(request)
    language = request.POST.get("language", "")
    if request.method == "POST" and isinstance(request.user, Account) and language in dict(settings.LANGUAGES):
        accounts.set_display(request.user, language=language)
    return response


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keep the text size with the account."""
    size = request.POST.get("size", "")
    if size not in ("normal", "large") or not isinstance(request.user, Account):
        return HttpResponse(status=400)
    accounts.set_display(request.user, is_large_print=size == "large")
    response = HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(_back(request))
    keep_display(response, is_large_print=size == "large")
    return response


@require_http_methods(["GET", "POST"])
def compounds(request: HttpRequest) -> HttpResponse:
    """Choose in which compound to work; kept for this session."""
    allowed = sorted(actor_of(request).area_ids)
    if request.method == "POST":
        chosen = request.POST.get("area_id", "")
        if not chosen.isdecimal() or len(chosen) > 9 or int(chosen) not in allowed:
            raise Http404
        request.session["area_id"] = int(chosen)
        return redirect("web:home")
    known = set(community.list_areas())
    choices = [
        {"area_id": area_id, "name": place_name(area_id), "is_current": area_id == area_of(request)}
        for area_id in allowed
        if area_id in known
    ]
    return render(request, "web/compounds.html", {"title": _("Choose the compound"), "choices": choices})


# ---------- state of the system ----------
@require_GET
def system(request: HttpRequest) -> HttpResponse:
    """Whether the installation can work: queue, disk, backups. No personal data."""
    ground = homes.Ground(actor_of(request), area_of(request), at_of(request))
    rows = [
        [{"text": row.name, "is_head": True}, filesizeformat(row.size), when(row.made_at)] for row in health.backups()
    ]
    context = {
        "title": _("State of the system"),
        "tiles": homes.system_tiles(ground),
        "table": {
            "caption": _("Backups in the data folder"),
            "columns": [
                {"key": "name", "label": _("File")},
                {"key": "size", "label": _("Size"), "is_number": True},
                {"key": "made", "label": _("Made")},
            ],
            "rows": rows,
            "empty_heading": _("There is no backup yet"),
            "empty_text": _(
                "Run `tongxin backup` on the server, and keep a copy of the archive and of the master key elsewhere."
            ),
        },
    }
    return render(request, "web/system.html", context)


@require_GET
def health_report(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when not; numbers for a watchdog, no personal data."""
    found = health.check()
    body = {
        "status": "ok" if found.is_database_up else "down",
        "database": found.is_database_up,
        "queue_age_seconds": found.queue_age_seconds,
        "is_queue_slow": found.queue_age_seconds > _SLOW_QUEUE_SECONDS,
        "parked": found.parked,
        "disk_free_bytes": found.disk_free_bytes,
        "disk_free_percent": found.disk_free_percent,
    }
    response = JsonResponse(body, status=200 if found.is_database_up else 503)
    response["Cache-Control"] = "no-store"
    return response
