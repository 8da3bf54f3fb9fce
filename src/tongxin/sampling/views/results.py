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
        return _answer(request, {"result": "stop", "text": text}, 422, form)
    data = form.cleaned_data

    def effect() -> dict[str, Any]:
        done = api.record_result(tube_code=data["code"], value=data["value"], standing=data["standing"], **who(request))
        return {
            "people": done.people,
            "recall": bool(done.recall_round_uuid),
            "cases": done.cases,
            "tube": done.code,
            "previous": done.previous,
            "repeat": done.is_repeat,
        }

    try:
        receipt = once_for_form(request, "sampling.result", dict(data), effect).receipt
    except api.ResultRefused as refused:
        if refused.code == "STANDS":
            return _answer(request, _asked(refused.numbers, data["value"]), 409, form)
        numbers = {"tube": data["code"], **refused.numbers}
        text = wording.sentence(wording.RESULTS, refused.code, numbers)
        return _answer(request, {"result": "stop", "text": text}, 422, form)
    except incidents.IncidentIsClosed:
        return _answer(
            request, {"result": "stop", "text": _("The incident is closed. Nothing was recorded.")}, 409, form
        )
    except OtherBody:
        return _answer(request, {"result": "stop", "text": wording.label(wording.REGISTER, "OTHER_BODY")}, 409, form)
    return _answer(request, _told(receipt, data["value"]), 200)


def _told(receipt: dict[str, Any], value: str) -> dict[str, Any]:
    text = f"{receipt['tube']} · {wording.label(wording.VALUES, value)}"
    people, previous = int(receipt["people"]), receipt["previous"]
    if receipt["repeat"]:
        return {"result": "warn", "text": text, "detail": wording.label(wording.RESULTS, "REPEAT")}
    details = []
    if previous and previous != value:
        details.append(wording.sentence(wording.TAKEN_BACK, _effect_of(previous, people), {"people": people}))
    if receipt["recall"]:
        details.append(
            ngettext(
                "%(n)s person is called back for a tube of their own; the visits wait for hands.",
                "%(n)s people are called back for a tube each; the visits wait for hands.",
                people,
            )
            % {"n": people}
        )
    elif receipt["cases"]:
        details.append(_("A case is recorded. The plan is drafted at once."))
    elif value == "INVALID":
        details.append(_("Its people are back on the list."))
    if details:
        return {"result": "warn", "text": text, "detail": " ".join(details)}
    detail = ngettext("%(n)s person.", "%(n)s people.", people) % {"n": people}
    return {"result": "ok", "text": text, "detail": detail}


def _effect_of(value: str, people: int) -> str:
    """Return the key of the sentence on what a result that no longer counts had led to."""
    if value != "POSITIVE":
        return value
    return "POOL" if people > 1 else "CASE"


def _asked(standing: dict[str, Any], value: str) -> dict[str, Any]:
    """Return the question before a result that counts is overturned: one wrong scan must not take back a case."""
    before, people = standing["previous"], int(standing["people"])
    numbers = {"tube": standing["tube"], "before": wording.label(wording.VALUES, before)}
    return {
        "result": "stop",
        "text": wording.sentence(wording.RESULTS, "STANDS", numbers),
        "detail": wording.sentence(wording.WOULD_TAKE_BACK, _effect_of(before, people), {"people": people}),
        "correct": {
            "code": standing["tube"],
            "value": value,
            "standing": before,
            "label": wording.sentence(
                wording.RESULTS, "CORRECT", numbers | {"after": wording.label(wording.VALUES, value)}
            ),
        },
    }


def _answer(
    request: HttpRequest, told: dict[str, Any], status: int, form: forms.ResultForm | None = None
) -> HttpResponse:
    if is_part(request):
        return render(request, "sampling/_result_told.html", {"told": told}, status=status)
    return _page(request, told=told, form=form, status=status)


def _page(
    request: HttpRequest,
    *,
    told: dict[str, Any] | None = None,
    form: forms.ResultForm | None = None,
    file_form: forms.ResultFileForm | None = None,
    found: api.ResultsImport | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "title": _("Enter results"),
        "tabs": room_tabs(request, "results"),
        "form": form or forms.ResultForm(),
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
