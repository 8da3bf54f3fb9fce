"""Pages of figures: the overview, the whole table, its workbook, the blocks of the wall."""

import io

import xlsxwriter
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.base import audit, clock
from tongxin.base.pages import who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.incidents import api as incidents
from tongxin.situation import api, page_tables
from tongxin.situation.forms import RoomFilter
from tongxin.situation.views.page import PAGE_SIZE, incident_for, no_incident, situation_page

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _table(request: HttpRequest, incident: incidents.Incident) -> api.FigureTable:
    return api.figure_table(
        area_id=area_of(request), incident_id=incident.pk, at=at_of(request), viewer=actor_of(request)
    )


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the situation on one page: figures, what is late, curve, load, coverage."""
    incident = incident_for(request)
    if incident is None:
        return no_incident(request, "overview", _("Situation"))
    area_id = area_of(request)
    table, at = _table(request, incident), at_of(request)
    values = table.values()
    shown = api.curve(area_id=area_id, incident_id=incident.pk, until=clock.local_date(at))
    return situation_page(
        request,
        "overview.html",
        "overview",
        title=_("Situation"),
        lead=incident.title,
        incident=incident,
        figures=page_tables.figure_cards(table),
        problems=page_tables.problem_rows(table),
        compared_with=table.compared_with,
        as_of=table.as_of,
        age=table.age_seconds(at),
        curve_svg=api.curve_svg(shown, with_links=False),
        load_svg=api.load_svg(area_id=area_id, incident_id=incident.pk, at=at),
        coverage_svg=api.coverage_svg(int(values["residents.covered"]), int(values["residents.listed"])),
    )


def _filtered(table: api.FigureTable, form: RoomFilter) -> list[api.FigureRow]:
    form.is_valid()
    chosen = getattr(form, "cleaned_data", {})
    return [
        row
        for row in table.rows.values()
        if (not chosen.get("room") or row.entry.room == chosen["room"]) and (not chosen.get("changed") or row.change)
    ]


@require_GET
def figure_list(request: HttpRequest) -> HttpResponse:
    """List every figure with its change and the link to its rows."""
    incident = incident_for(request)
    if incident is None:
        return no_incident(request, "figures", _("All figures"))
    table, form = _table(request, incident), RoomFilter(request.GET)
    page = Paginator(_filtered(table, form), PAGE_SIZE).get_page(request.GET.get("page"))
    return situation_page(
        request,
        "figures.html",
        "figures",
        title=_("All figures"),
        lead=incident.title,
        incident=incident,
        form=form,
        as_of=table.as_of,
        age=table.age_seconds(at_of(request)),
        table=page_tables.figures_table(page),
        page_obj=page,
        query=request.GET.urlencode(),
    )


@require_GET
def figures_xlsx(request: HttpRequest) -> HttpResponse:
    """Return the filtered figures as a workbook; they name nobody. The export is in the audit."""
    incident = incident_for(request)
    if incident is None:
        return no_incident(request, "figures", _("All figures"))
    table = _table(request, incident)
    rows, as_of = _filtered(table, RoomFilter(request.GET)), timezone.localtime(table.as_of).isoformat(" ", "seconds")
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("figures")
    sheet.write_row(
        0, 0, [_("Key"), _("Figure"), _("Now"), _("Yesterday"), _("Since yesterday"), _("Unit"), _("Counted at")]
    )
    for index, row in enumerate(rows, start=1):
        cells = [row.entry.key, str(row.entry.label), row.value, row.previous, row.change, str(row.entry.unit), as_of]
        sheet.write_row(index, 0, ["" if cell is None else cell for cell in cells])
    book.close()
    audit.record("situation.figures_exported", **who(request), target_kind="Figure", detail={"rows": len(rows)})
    response = HttpResponse(out.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = 'attachment; filename="figures.xlsx"'
    return response


@require_GET
def wall_blocks(request: HttpRequest) -> HttpResponse:
    """Answer the blocks of the wall alone, for its refresh."""
    incident = incident_for(request)
    blocks = []
    if incident is not None:
        blocks = api.wall_blocks(area_id=area_of(request), incident_id=incident.pk, at=at_of(request))
    return render(request, "web/_wall_blocks.html", {"blocks": blocks})
