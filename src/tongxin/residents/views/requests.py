"""Requests: the queue with owners and due times, one request, and its steps until the person was told."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import access, api, forms, page_tables, rules, wording
from tongxin.residents.views.board import PAGE_SIZE, no_incident, scope_of

_REFUSED = (ValueError, OtherBody, StaleVersion, incidents.IncidentIsClosed)


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """This function will list requests by due time in the viewer's scope, filtered by the URL. The look is in the audit."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("Requests"))
    form = forms.RequestFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    state = chosen.get("state", "")
    rows = api.read_requests(
        incident_id=incident.pk,
        scope=scope_of(request, "residents.request.list"),
        states=() if state == "ALL" else ((state,) if state else rules.STANDING_REQUESTS),
        urgency=chosen.get("urgency", ""),
        kind=chosen.get("kind", ""),
        mine=bool(chosen.get("mine")),
        late=bool(chosen.get("late")),
        **who(request),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    community.warm_names(area_of(request), [row.person for row in page if row.person is not None])
    context = {
        "title": _("Requests"),
        "lead": _("One record a need, with an owner and a due time; closed only when the person was told."),
        "form": form,
        "filter_label": _("Filter of the requests"),
        "table": page_tables.request_table(page, at_of(request)),
        "page_obj": page,
        "may_open": may(request, "residents.request.open"),
    }
    return render(request, "residents/requests.html", context)


@require_http_methods(["GET", "POST"])
def new_request(request: HttpRequest) -> HttpResponse:
    """This function will find the person first, then take the need down (`?person=`).

    What was searched for may be a name: it is posted and never stands in an address.
    """
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("New request"))
    chosen = request.POST.get("person") or request.GET.get("person", "")
    if not chosen:
        return _find_person(request)
    try:
        person = access.visible_person(actor_of(request), UUID(chosen), area_id=area_of(request))
    except ValueError:
        raise Http404 from None
    form = forms.RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def effect() -> dict[str, Any]:
            row = api.open_request(
                incident_id=incident.pk,
                person_uuid=person.uuid,
                kind=values["kind"],
                urgency=values["urgency"],
                text=values["text"],
                **who(request),
            )
            return {"request": str(row.uuid), "due": page_tables.when(row.due_at)}

        try:
            body = {"person": person.uuid, "kind": values["kind"], "urgency": values["urgency"]}
            body["text"] = len(values["text"])
            receipt = once_for_form(request, "residents.open_request", body, effect).receipt
        except _REFUSED as error:
            return _take_down(request, person, form, wording.refusal(error))
        messages.success(request, _("The request has an owner and is due %(due)s.") % receipt)
        return redirect("residents:request", uuid=receipt["request"])
    return _take_down(request, person, form, status=422 if request.method == "POST" else 200)


def _find_person(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("q", "")[:60]
    scope = scope_of(request, "residents.request.open")
    found = community.search_people(area_id=area_of(request), scope=scope, text=text) if text.strip() else []
    people = [
        {"uuid": row.uuid, "name": community.masked_name(row), "door": row.dwelling.door if row.dwelling else ""}
        for row in found
    ]
    context = {"title": _("New request"), "q": text, "people": people, "is_asked": bool(text.strip())}
    return render(request, "residents/find_person.html", context)


def _take_down(
    request: HttpRequest, person: Any, form: forms.RequestForm, error: str = "", status: int = 200
) -> HttpResponse:
    community.warm_names(area_of(request), [person])
    context = {
        "title": _("New request"),
        "person": person,
        "name": community.masked_name(person),
        "form": form,
        "error": error,
    }
    return render(request, "residents/new_request.html", context, status=422 if error else status)


@require_GET
def request_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show one request in full with its next steps; the look is in the audit."""
    return _one(request, access.visible_request(actor_of(request), uuid, area_id=area_of(request)))


def _one(request: HttpRequest, found: api.Request, error: str = "") -> HttpResponse:
    row = api.read_request(uuid=found.uuid, **who(request))
    if row.person is not None:
        community.warm_names(row.area_id, [row.person])
    may_work = may(request, "residents.request.work")
    version = {"version": row.version}
    posted = request.POST if error else None
    context = {
        "title": wording.label(wording.NEEDS, row.kind),
        "row": row,
        "name": community.masked_name(row.person) if row.person else "",
        "facts": page_tables.request_facts(row),
        "steps": page_tables.steps(api.escalations_of(row)),
        "visit": page_tables.visit_card(*api.visit_with_hands(row)),
        "is_late": row.state in rules.OPEN_REQUESTS and row.due_at < at_of(request),
        "is_open": row.state in rules.OPEN_REQUESTS,
        "may_work": may_work,
        "may_visit": may_work and may(request, "residents.request.open") and row.person is not None,
        "is_mine": row.owner_id is not None and row.owner_id == actor_of(request).account_id,
        "done_form": forms.DoneForm(posted, initial=version),
        "told_form": forms.ToldForm(initial=version),
        "pass_form": forms.PassForm(initial=version | {"owner_role": row.owner_role}),
        "error": error,
    }
    return render(request, "residents/request.html", context, status=422 if error else 200)


@require_POST
def request_step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """This function will take one step with a request, once for its operation id."""
    row = access.visible_request(actor_of(request), uuid, area_id=area_of(request), permission="residents.request.work")
    known = _STEPS.get(step)
    if known is None:
        raise Http404
    make_form, verb, said = known
    form = make_form(request.POST)
    if not form.is_valid():
        return _one(request, row, _wrong(form))
    values = form.cleaned_data
    body = {key: len(value) if key == "answer" else value for key, value in values.items()}

    def effect() -> dict[str, Any]:
        done = verb(area_id=area_of(request), uuid=row.uuid, actor=actor_of(request), at=at_of(request), **values)
        return {"request": str(row.uuid), "made": str(done.uuid)}

    try:
        once_for_form(request, f"residents.request.{step}", {"request": row.uuid, **body}, effect)
    except _REFUSED as error:
        return _one(request, row, wording.refusal(error))
    messages.success(request, wording.label(wording.STEPS, said))
    return redirect("residents:request", uuid=uuid)


def _wrong(form: Any) -> str:
    if "answer" in form.errors:
        return wording.label(wording.REFUSALS, "AnswerMissing")
    if "satisfaction" in form.errors:
        return wording.label(wording.REFUSALS, "WrongScore")
    return wording.label(wording.REFUSALS, "UnknownNeed")


def _visit(*, version: int, **keywords: Any) -> Any:
    # asking twice for a visit opens one task: the version that was read does not matter
    return api.send_visit(**keywords)


_Step = tuple[Callable[..., Any], Callable[..., Any], str]
_STEPS: dict[str, _Step] = {
    "take": (forms.VersionForm, api.take_request, "take"),
    "pass": (forms.PassForm, api.pass_on_request, "pass"),
    "visit": (forms.VersionForm, _visit, "visit"),
    "done": (forms.DoneForm, api.finish_request, "done"),
    "told": (forms.ToldForm, api.tell_back, "told"),
    "reopen": (forms.VersionForm, api.reopen_request, "reopen"),
}
