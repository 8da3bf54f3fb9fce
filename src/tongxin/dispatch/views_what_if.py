"""The page of what-ifs: a question is asked, answered in the background, and shown as two plans side by side."""

from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import area_of, at_of
from tongxin.community import api as community
from tongxin.dispatch import api, forms, page_plans, page_what_if, wording
from tongxin.dispatch.requests import run_once, who
from tongxin.workforce import api as workforce


@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """Show the questions and the newest answers; a POST asks."""
    incident = api.incident_of(area_of(request), None)
    if incident is None:
        messages.error(request, _("There is no open incident."))
        return redirect("dispatch:board")
    kind = request.POST.get("kind", "") if request.method == "POST" else ""
    choices = _choices(request)
    asked = {name: _form(name, choices, request.POST if name == kind else None) for name in wording.QUESTIONS}
    if request.method == "POST":
        form = asked.get(kind)
        if form is not None and form.is_valid():
            return _ask(request, incident.pk, _question(kind, form.cleaned_data, request))
        messages.error(request, str(wording.ERRORS["bad_question"]))
    area_id, at = area_of(request), at_of(request)
    rows = api.list_what_ifs(area_id=area_id, incident_id=incident.pk)
    words = page_what_if.Words(
        grids=dict(choices["grids"]), buildings=dict(choices["buildings"]), people=dict(choices["people"])
    )
    going = next((row for row in rows if row.state in ("WAITING", "RUNNING")), None)
    context = {
        "title": _("What would be if"),
        "lead": _("Two plans are made, as it is and as it would be, and compared. Nothing is changed."),
        "forms": [
            {"kind": name, "title": str(title), "form": asked[name], "is_open": name == kind}
            for name, title in wording.QUESTIONS.items()
        ],
        "search": _card(going, at),
        "question": page_what_if.question(going, words) if going is not None else "",
        "answers": [page_what_if.answer(row, words) for row in rows if row.state not in ("WAITING", "RUNNING")],
    }
    return render(request, "dispatch/what_if.html", context, status=422 if request.method == "POST" else 200)


def _card(search: api.PlanSearch | None, at: Any) -> dict[str, Any] | None:
    card = page_plans.search_card(search, at, may_manage=True)
    if card is None:
        return None
    return card | {"text": str(wording.ASKING), "best": "", "poll_url": reverse("dispatch:what_if_running")}


def _choices(request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
    area_id = area_of(request)
    grids = community.list_grids(area_id)
    return {
        "grids": [(str(grid.pk), _("Grid %(number)s") % {"number": grid.number}) for grid in grids],
        "buildings": [
            (str(row.pk), _("Building %(number)s") % {"number": row.number})
            for row in community.list_buildings(area_id)
        ],
        "people": [(str(row.uuid), row.code) for row in workforce.list_responders(area_id=area_id)],
    }


def _form(kind: str, choices: dict[str, list[tuple[str, str]]], data: Any) -> django_forms.Form:
    prefix = kind.lower()
    if kind == "PEOPLE":
        return forms.PeopleForm(data, grids=choices["grids"], prefix=prefix)
    if kind == "LOCK":
        return forms.LockForm(data, buildings=choices["buildings"], prefix=prefix)
    if kind == "PERSON_OFF":
        return forms.OffForm(data, people=choices["people"], prefix=prefix)
    return forms.NoWorkForm(data, prefix=prefix)


def _question(kind: str, values: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    if kind == "PEOPLE":
        return {
            "kind": kind,
            "count": values["count"],
            "skills": [values["skill"]] if values["skill"] else [],
            "grid_id": int(values["grid"]) if values["grid"] else None,
            "from": (at_of(request) + timedelta(hours=values["start"])).isoformat(),
            "hours": values["hours"],
        }
    if kind == "LOCK":
        return {"kind": kind, "building_id": int(values["building"])}
    if kind == "PERSON_OFF":
        return {"kind": kind, "responder": values["responder"]}
    return {"kind": kind, "task_kind": values["task_kind"], "hour": values["hour"]}


def _ask(request: HttpRequest, incident_id: int, question: dict[str, Any]) -> HttpResponse:
    def effect() -> dict[str, Any]:
        return {"search": str(api.ask_what_if(incident_id=incident_id, question=question, **who(request)).uuid)}

    try:
        run_once(request, "dispatch.what_if", {k: v for k, v in question.items() if k != "from"}, effect)
    except api.SearchRunning:
        messages.info(request, str(wording.ERRORS["search_running"]))
    except OtherBody:
        messages.error(request, str(wording.ERRORS["other_body"]))
    return redirect("dispatch:what_if")


@require_GET
def what_if_running(request: HttpRequest) -> HttpResponse:
    """Show whether a question is being answered; the page is read anew once it is."""
    incident = api.incident_of(area_of(request), None)
    rows = [] if incident is None else api.list_what_ifs(area_id=area_of(request), incident_id=incident.pk)
    card = _card(next((row for row in rows if row.state in ("WAITING", "RUNNING")), None), at_of(request))
    response = render(request, "dispatch/_running.html", {"search": card})
    if card is None:
        response["HX-Refresh"] = "true"
    return response
