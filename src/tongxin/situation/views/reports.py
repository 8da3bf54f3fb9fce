"""Pages of the night report: list, making, reading, signing, taking away; and the snapshot behind it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.incidents import api as incidents
from tongxin.situation import access, api, page_tables, wording
from tongxin.situation.forms import MakeForm, SignForm
from tongxin.situation.views.page import PAGE_SIZE, incident_for, no_incident, situation_page

_REFUSED = (
    api.DayNotBegun,
    api.OutsideIncident,
    api.ReportIsSigned,
    api.NotReady,
    api.LooksPersonal,
    api.SignerMissing,
    StaleVersion,
    OtherBody,
)


def _refusal(error: Exception) -> str:
    return str(wording.REFUSALS[type(error).__name__])


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """List the reports of the incident, newest day first, with the form that writes one."""
    incident = incident_for(request, "situation.report.read")
    if incident is None:
        return no_incident(request, "reports", _("Night reports"))
    return _list_page(request, incident, _new_form(incident, request))


def _new_form(incident: incidents.Incident, request: HttpRequest) -> MakeForm:
    return MakeForm(initial={"report_date": api.last_report_date(incident, at=at_of(request)).isoformat()})


def _list_page(
    request: HttpRequest, incident: incidents.Incident, form: MakeForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    rows = api.list_reports(area_of(request), incident.pk)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return situation_page(
        request,
        "reports.html",
        "reports",
        status=status,
        title=_("Night reports"),
        lead=incident.title,
        incident=incident,
        table=page_tables.report_table(page),
        page_obj=page,
        form=form if may(request, "situation.report.make") else None,
        error=error,
    )


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Write the report of a day, or write it anew; wrong entries come back with a sentence."""
    incident = incident_for(request, "situation.report.make")
    if incident is None:
        raise Http404
    form = MakeForm(request.POST)
    if not form.is_valid():
        return _list_page(request, incident, form, status=422)
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        report = api.make_report(
            incident_id=incident.pk,
            report_date=values["report_date"],
            judgement=values["judgement"] or None,
            recount=values["recount"],
            **who(request),
        )
        return {"report": str(report.uuid), "state": report.state}

    try:
        outcome = once_for_form(request, "situation.make_report", values, effect)
    except _REFUSED as error:
        return _list_page(request, incident, form, error=_refusal(error), status=422)
    if outcome.receipt["state"] == api.Report.State.READY:
        messages.success(request, _("The report is written. Read it, then sign it."))
    else:
        messages.success(request, _("A provisional report is written: the day is not over. Write it again tomorrow."))
    return redirect("situation:report", outcome.receipt["report"])


def _report_page(
    request: HttpRequest, report: api.Report, *, form: SignForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    actor, area_id = actor_of(request), area_of(request)
    content = api.content_of(report, wording.language())
    is_signable = report.state == api.Report.State.READY and may(request, "situation.report.sign")
    return situation_page(
        request,
        "report.html",
        "reports",
        status=status,
        title=_("Report %(number)s: %(day)s") % {"number": report.number, "day": report.report_date.isoformat()},
        report=report,
        state=wording.STATES[report.state],
        blocks=page_tables.report_blocks(content, lambda path: api.may_open(actor, path, area_id=area_id)),
        downloads=page_tables.downloads(report) if may(request, "situation.report.download") else [],
        form=(form or SignForm(initial={"version": report.version})) if is_signable else None,
        make_form=MakeForm(
            initial={"report_date": report.report_date.isoformat(), "judgement": report.judgement, "recount": True}
        )
        if report.state != api.Report.State.SIGNED and may(request, "situation.report.make")
        else None,
        is_genuine=api.is_genuine(report.snapshot),
        error=error,
    )


@require_GET
def report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a report as it was written, each number a link to its rows."""
    row = access.visible_report(actor_of(request), uuid, area_id=area_of(request))
    return _report_page(request, row)


@require_POST
def sign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sign a report off; what was read must still be what stands."""
    row = access.visible_report(actor_of(request), uuid, area_id=area_of(request), permission="situation.report.sign")
    form = SignForm(request.POST)
    if not form.is_valid():
        return _report_page(request, row, form=form, status=422)
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        signed = api.sign_report(uuid=uuid, version=values["version"], signer=values["signer"], **who(request))
        return {"report": str(signed.uuid)}

    try:
        once_for_form(request, "situation.sign_report", {"report": uuid, **values}, effect)
    except _REFUSED as error:
        row = access.visible_report(actor_of(request), uuid, area_id=area_of(request))
        status = 409 if isinstance(error, StaleVersion | OtherBody) else 422
        return _report_page(request, row, error=_refusal(error), status=status)
    messages.success(request, _("The report is signed. Take it away as Word or PDF and hand it upward."))
    return redirect("situation:report", uuid)


@require_GET
def download(request: HttpRequest, uuid: UUID, language: str, kind: str) -> HttpResponse:
    """Return a report as Word or PDF; the export is in the audit."""
    row = access.visible_report(
        actor_of(request), uuid, area_id=area_of(request), permission="situation.report.download"
    )
    if language not in api.LANGUAGES or kind not in api.KINDS:
        raise Http404
    base_url = request.build_absolute_uri("/")
    try:
        document = api.download_report(uuid=uuid, language=language, kind=kind, base_url=base_url, **who(request))
    except api.FontsMissing:
        return _report_page(request, row, error=str(wording.REFUSALS["FontsMissing"]), status=503)
    response = HttpResponse(document.data, content_type=document.content_type)
    response["Content-Disposition"] = f'attachment; filename="{document.name}"'
    return response


@require_GET
def snapshot(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the figures of a snapshot as they were counted, and whether their hash still holds."""
    row = access.visible_snapshot(actor_of(request), uuid, area_id=area_of(request))
    figures = api.snapshot_rows(row)
    page = Paginator(figures, PAGE_SIZE).get_page(request.GET.get("page"))
    return situation_page(
        request,
        "snapshot.html",
        "reports",
        title=_("Snapshot"),
        snapshot=row,
        incident=row.incident,
        is_genuine=api.is_genuine(row),
        table=page_tables.figures_table(page),
        page_obj=page,
    )
