"""Pages of pictures: the epidemic curve with its table, and the site plan."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.base import clock
from tongxin.base.pages import may
from tongxin.base.sessions import area_of, at_of
from tongxin.community import api as community
from tongxin.situation import api, page_tables
from tongxin.situation.forms import CurveFilter
from tongxin.situation.views.page import incident_for, no_incident, situation_page


@require_GET
def curve(request: HttpRequest) -> HttpResponse:
    """Show the epidemic curve by day of onset, sample or report, and the same as a table."""
    incident = incident_for(request)
    if incident is None:
        return no_incident(request, "curve", _("Epidemic curve"))
    form = CurveFilter(request.GET)
    by = form.cleaned_data.get("by") if form.is_valid() else ""
    shown = api.curve(
        area_id=area_of(request), incident_id=incident.pk, until=clock.local_date(at_of(request)), by=by or "ONSET"
    )
    may_open = may(request, "incidents.status.list")
    if not may_open:
        shown = replace(shown, days=tuple(replace(day, link="") for day in shown.days))
    return situation_page(
        request,
        "curve.html",
        "curve",
        title=_("Epidemic curve"),
        lead=shown.caption,
        incident=incident,
        form=CurveFilter({"by": by or "ONSET"}),
        curve_svg=api.curve_svg(shown, with_links=may_open),
        table=page_tables.curve_table(shown),
    )


@require_GET
def site_plan(request: HttpRequest) -> HttpResponse:
    """Show the site plan, whole or of one grid, with links to the buildings."""
    area_id = area_of(request)
    incident = incident_for(request, "situation.plan.read")
    grids = community.list_grids(area_id)
    wanted = request.GET.get("grid", "")
    if wanted and wanted not in {grid.number for grid in grids}:
        raise Http404
    here = reverse("situation:site_plan")
    choices = [{"url": here, "label": _("Whole compound"), "is_current": not wanted}]
    choices += [
        {
            "url": f"{here}?grid={grid.number}",
            "label": _("Grid %(number)s") % {"number": grid.number},
            "is_current": grid.number == wanted,
        }
        for grid in grids
    ]
    svg = api.site_plan_svg(
        area_id=area_id,
        incident_id=incident.pk if incident else None,
        at=at_of(request),
        grid=wanted,
        with_links=may(request, "community.place.read"),
    )
    return situation_page(
        request,
        "site_plan.html",
        "site_plan",
        title=_("Site plan"),
        lead=incident.title if incident else _("No incident is open: no level is in force."),
        incident=incident,
        grids=choices,
        plan_svg=svg,
    )
