"""Results: one by one with a scanner, a laboratory's file, what is late, and positive pools."""

from typing import Any, Literal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling import access, api, forms, page_tables, wording
from tongxin.sampling.views.page import PAGE_SIZE, incident_or_404, is_part, room_tabs


@require_http_methods(["GET", "POST"])
def results(request: HttpRequest) -> HttpResponse:
    """This function will take one result of a scanned tube and tell what followed from it."""
    access.scope_or_404(actor_of(request), "sampling.result.record", area_id=area_of(request))
    if request.method == "GET":
        return _page(request)
    form = forms.ResultForm(request.POST)
    if not form.is_valid():
        text = wording.label(wording.RESULTS, "BAD_VALUE")
        return _answer(request, {"result": "stop", "text": text}, 422)
    data = form.cleaned_data

    def effect() -> dict[str, Any]:
        done = api.record_result(tube_code=data["code"], value=data["value"], **who(request))
        return {"people": done.people, "recall": bool(done.recall_round_uuid), "cases": done.cases, "tube": done.code}

    try:
        receipt = once_for_form(request, "sampling.result", dict(data), effect).receipt
    except api.ResultRefused as refused:
        numbers = {"tube": data["code"], **refused.numbers}
        return _answer(
            request, {"result": "stop", "text": wording.sentence(wording.RESULTS, refused.code, numbers)}, 422
        )
    except incidents.IncidentIsClosed:
        return _answer(request, {"result": "stop", "text": _("The incident is closed. Nothing was recorded.")}, 409)
    except OtherBody:
        return _answer(request, {"result": "stop", "text": wording.label(wording.REGISTER, "OTHER_BODY")}, 409)
    return _answer(request, _told(receipt, data["value"]), 200)


def _told(receipt: dict[str, Any], value: str) -> dict[str, Any]:
    text = f"{receipt['tube']} · {wording.label(wording.VALUES, value)}"
    people = int(receipt["people"])
    if receipt["recall"]:
        detail = ngettext(
            "%(n)s person is called back for a tube of their own; the visits wait for hands.",
            "%(n)s people are called back for a tube each; the visits wait for hands.",
            people,
        ) % {"n": people}
        return {"result": "warn", "text": text, "detail": detail}
    if receipt["cases"]:
        return {"result": "warn", "text": text, "detail": _("A case is recorded. The plan is drafted at once.")}
    if value == "INVALID":
        return {"result": "warn", "text": text, "detail": _("Its people are back on the list.")}
    detail = ngettext("%(n)s person.", "%(n)s people.", people) % {"n": people}
    return {"result": "ok", "text": text, "detail": detail}


def _answer(request: HttpRequest, told: dict[str, Any], status: int) -> HttpResponse:
    if is_part(request):
        return render(request, "web/_scan_result.html", told, status=status)
    return _page(request, told=told, status=status)


def _page(
    request: HttpRequest,
    *,
    told: dict[str, Any] | None = None,
    file_form: forms.ResultFileForm | None = None,
    found: api.ResultsImport | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "title": _("Enter results"),
        "tabs": room_tabs(request, "results"),
        "form": forms.ResultForm(),
        "told": told,
        "file_form": file_form or forms.ResultFileForm(),
        "found": found,
        "table": page_tables.file_table(found) if found else None,
        "refused": len(found.refused) if found else 0,
    }
    return render(request, "sampling/results.html", context, status=status)


@require_POST
def result_file(request: HttpRequest) -> HttpResponse:
    """This function will check a laboratory's file and record it when every row is fine and it is no dry run."""
    access.scope_or_404(actor_of(request), "sampling.result.record", area_id=area_of(request))
    form = forms.ResultFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file_form=form, status=422)
    data = form.cleaned_data
    try:
        found = api.import_results(
            data=data["file"].read(), dry_run=data["dry_run"], laboratory=data["laboratory"], **who(request)
        )
    except community.UploadRefused as refused:
        language: Literal["zh", "en"] = "zh" if (get_language() or "").startswith("zh") else "en"
        form.add_error("file", community.refusal_sentence(refused, language))
    except api.NoColumns:
        form.add_error("file", _("No row of the file names the columns tube and value."))
    except api.TooManyRows:
        form.add_error("file", _("The file has more than 20,000 rows. Send it in parts."))
    except incidents.IncidentIsClosed:
        form.add_error(None, _("The incident is closed. Nothing was recorded."))
    else:
        return _page(request, file_form=form, found=found, status=422 if found.refused else 200)
    return _page(request, file_form=form, status=422)


@require_GET
def overdue(request: HttpRequest) -> HttpResponse:
    """This function will list tubes whose result is late, the longest waiting first."""
    area_id, at = area_of(request), at_of(request)
    access.scope_or_404(actor_of(request), "sampling.tube.read", area_id=area_id)
    incident = incident_or_404(request)
    page = Paginator(api.overdue_query(area_id, incident.pk, at), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Late results"),
        "lead": _("The time counts from the first sample in the tube; it is shorter for people whose treatment waits."),
        "tabs": room_tabs(request, "overdue"),
        "table": page_tables.tube_table(page, _("Tubes without a result"), at=at, with_round=True),
        "page_obj": page,
    }
    return render(request, "sampling/people.html", context)


@require_GET
def pools(request: HttpRequest) -> HttpResponse:
    """This function will list positive pools with how far their people are."""
    area_id = area_of(request)
    access.scope_or_404(actor_of(request), "sampling.pool.read", area_id=area_id)
    incident = incident_or_404(request)
    page = Paginator(api.recalls_query(area_id, incident.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Positive pools"),
        "tabs": room_tabs(request, "pools"),
        "table": page_tables.pool_table(api.recall_views(list(page)), at=at_of(request)),
        "page_obj": page,
    }
    return render(request, "sampling/people.html", context)
