"""Pages of the investigation: the list with its deadlines, the interview, exposures."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.tracing import access, api, forms, page_tables, wording
from tongxin.tracing.page_frame import no_incident, once, tabs, who

PAGE_SIZE = 50


@require_GET
def investigations(request: HttpRequest) -> HttpResponse:
    """This function will list the investigations of the open incident, late ones marked."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    incident = access.visible_incident(actor, area_id=area_id, permission=access.READ)
    if incident is None:
        return no_incident(request, "investigations")
    scope = access.scope_of(actor, access.READ, area_id=area_id)
    state = request.GET.get("state", "")
    rows = api.list_investigations(
        area_id=area_id,
        incident_id=incident.pk,
        scope=scope,
        state=state if state in wording.STATES else "",
        is_late=request.GET.get("late") == "1",
        at=at,
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    community.warm_names(area_id, [row.person for row in shown])
    counts = api.contact_counts(area_id=area_id, incident_id=incident.pk, case_ids=[row.person_id for row in shown])
    context = {
        "title": _("Investigations"),
        "tabs": tabs(request, "investigations"),
        "filters": _filters(request, state),
        "table": page_tables.investigation_table(shown, counts, at),
        "page_obj": page,
    }
    return render(request, "tracing/list.html", context)


def _filters(request: HttpRequest, state: str) -> list[dict[str, Any]]:
    late = request.GET.get("late") == "1"
    entries: list[tuple[str, str, bool]] = [("?", _("All investigations"), not state and not late)]
    entries += [(f"?state={code}", wording.of(wording.STATES, code), state == code) for code in wording.STATES]
    entries.append(("?late=1", _("Late ones"), late))
    return [{"url": url, "label": label, "is_current": current} for url, label, current in entries]


def _has_rash(row: Any) -> bool:
    rule_set = incidents.rule_set_of(row.incident, row.opened_at.date())
    return incidents.Anchor.RASH in rule_set.contacts.anchors.value


def _interview_page(
    request: HttpRequest, row: Any, form: forms.InterviewForm | None = None, status: int = 200
) -> HttpResponse:
    interview = api.read_interview(investigation=row, actor=actor_of(request), at=at_of(request))
    draft, at = api.find_draft(row), at_of(request)
    if form is None:
        typed = api.draft_values(draft) if draft else None
        form = forms.InterviewForm.for_investigation(row, interview.answers, has_rash=_has_rash(row), draft=typed)
    context = {
        "title": _("Investigation of %(door)s") % {"door": interview.detail.door},
        "tabs": tabs(request, "investigations"),
        "row": row,
        "state": wording.of(wording.STATES, row.state),
        "detail": interview.detail,
        "form": form,
        "draft": draft,
        # after a refusal the page shows what was sent: it goes on from the draft that the sender had
        "draft_version": forms.number_in(request.POST, "draft_version") if form.is_bound else None,
        "tries": page_tables.tries(api.list_tries(row)),
        "deadlines": [
            (_("Network report"), page_tables.deadline(row.report_due_at, row.opened_at, at)),
            (_("Track"), page_tables.deadline(row.track_due_at, row.interviewed_at, at)),
            (_("First report"), page_tables.deadline(row.first_report_due_at, row.finished_at, at)),
        ],
        **_exposure_context(request, row, interview.exposures),
    }
    return render(request, "tracing/investigation.html", context, status=status)


def _exposure_context(
    request: HttpRequest, row: Any, exposures: Any, form: forms.ExposureForm | None = None
) -> dict[str, Any]:
    departments = community.list_departments(area_of(request))
    return {
        "row": row,
        "exposures": [(exposure, wording.of(wording.EXPOSURE_KINDS, exposure.kind)) for exposure in exposures],
        "exposure_form": form or forms.ExposureForm(departments=departments),
    }


@require_http_methods(["GET", "POST"])
def investigation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the interview of a case and keep it, as a draft or as held."""
    permission = access.WRITE if request.method == "POST" else access.READ
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=permission)
    if request.method == "GET":
        return _interview_page(request, row)
    form = forms.InterviewForm(request.POST, has_rash=_has_rash(row))
    if not form.is_valid():
        return _interview_page(request, row, form, status=422)
    before = row.lookback_date
    try:
        saved = api.save_interview(
            **who(request),
            uuid=uuid,
            expected_version=form.cleaned_data["version"],
            answers=form.answers(),
            **form.dates(),
            is_finished="finish" in request.POST,
            draft_version=forms.number_in(request.POST, "draft_version"),
        )
    except api.WrongDates as error:
        form.add_error(error.field, wording.of(wording.WRONG_DATES, error.code))
        return _interview_page(request, row, form, status=422)
    except api.WrongAnswer as error:
        form.add_error(error.field, _("This answer cannot be kept: it is too long or not one of the choices."))
        return _interview_page(request, row, form, status=422)
    except StaleVersion:
        form.add_error(None, _("Somebody else saved this interview meanwhile. Compare with what is saved now."))
        return _interview_page(request, row, form, status=409)
    messages.success(request, _("The interview is saved."))
    if saved.lookback_date != before:
        text = _("Days that count now begin on %(day)s. The plan proposes what changes on the list.")
        messages.info(request, text % {"day": page_tables.when(saved.lookback_date)})
    return redirect("tracing:investigation", uuid=uuid)


@require_POST
def step(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will note that the first report is written, or open an investigation again."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    try:
        version = int(request.POST.get("version", ""))
        saved = api.set_step(**who(request), uuid=uuid, state=request.POST.get("state", ""), expected_version=version)
    except (api.WrongStep, ValueError):
        messages.error(request, _("This step is not possible from here."))
    except StaleVersion:
        messages.error(request, _("Somebody else changed this investigation meanwhile. Look again, then decide."))
    else:
        text = _("The investigation now stands at: %(state)s.")
        messages.success(request, text % {"state": wording.of(wording.STATES, saved.state)})
    return redirect("tracing:investigation", uuid=row.uuid)


def _exposures(
    request: HttpRequest, row: Any, form: forms.ExposureForm | None = None, status: int = 200
) -> HttpResponse:
    if not request.headers.get("HX-Request") and status == 200:
        return redirect("tracing:investigation", uuid=row.uuid)
    context = _exposure_context(request, row, api.list_exposures(row), form)
    template = "tracing/_exposures.html" if request.headers.get("HX-Request") else "tracing/exposures.html"
    return render(
        request, template, {**context, "title": pgettext("tracing", "Exposures"), "form": form}, status=status
    )


@require_POST
def exposure_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will note where a case was; the same form sent twice is noted once."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    form = forms.ExposureForm(request.POST, departments=community.list_departments(area_of(request)))
    if not form.is_valid():
        return _exposures(request, row, form, status=422)
    data = form.cleaned_data
    values = {
        "kind": data["kind"],
        "place": data["place"],
        "department_uuid": UUID(data["department"]) if data["department"] else None,
        "starts_at": data["starts_at"],
        "ends_at": data["ends_at"],
    }

    def effect() -> dict[str, Any]:
        return {"exposure": str(api.add_exposure(**who(request), uuid=uuid, **values).uuid)}

    try:
        once(request, "tracing.exposure.add", {"investigation": str(uuid)}, effect)
    except api.WrongDates as error:
        form.add_error(error.field, wording.of(wording.WRONG_DATES, error.code))
        return _exposures(request, row, form, status=422)
    except OtherBody:
        form.add_error(None, _("This form was sent before with other content; open the page again."))
        return _exposures(request, row, form, status=409)
    except api.TooManyExposures:
        form.add_error(None, _("This case has 60 exposures already; take some away first."))
        return _exposures(request, row, form, status=422)
    return _exposures(request, row)


@require_POST
def exposure_remove(request: HttpRequest, uuid: UUID, exposure_uuid: UUID) -> HttpResponse:
    """This function will take an exposure away."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    api.remove_exposure(**who(request), uuid=uuid, exposure_uuid=exposure_uuid)
    return _exposures(request, row)
