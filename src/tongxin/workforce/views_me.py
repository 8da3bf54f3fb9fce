"""The phone page of somebody who serves: my hours, my shifts, I cannot come."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import Operation, OtherBody, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.workforce import access, api, forms, page_tables, wording


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """Show my hours, my shifts and what I may do now."""
    return _page(request)


def _page(request: HttpRequest, *, form: forms.AbsenceForm | None = None, status: int = 200) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    row = access.my_responder(actor_of(request), area_id=area_id)
    context: dict[str, Any] = {
        "title": _("My hours and shifts"),
        "back_url": reverse("dispatch:mine"),
        "row": row,
        "form": form or forms.AbsenceForm(),
    }
    if row is not None:
        limits = api.limits_for(area_id=area_id, at=at)
        state = api.state_of(area_id=area_id, responder_ids=[row.pk], at=at, limits=limits)[row.pk]
        shifts = api.shifts_between(area_id, at, at + timedelta(days=14), [row.pk])
        away = api.absences_between(area_id, at, at + timedelta(days=60), [row.pk])
        context |= {
            "facts": page_tables.state_facts(state, limits),
            "permitted": page_tables.permitted_rows(api.permitted_now(area_id=area_id, responder=row, at=at)),
            "shifts": [f"{page_tables.when(s.starts_at)} – {page_tables.when(s.ends_at)}" for s in shifts],
            "absences": [
                {
                    "uuid": a.uuid,
                    "text": f"{page_tables.when(a.starts_at)} – {page_tables.when(a.ends_at)}",
                    "why": wording.ABSENCES[a.reason],
                }
                for a in away
            ],
        }
    return render(request, "workforce/me.html", context, status=status)


@require_POST
def absent(request: HttpRequest) -> HttpResponse:
    """Say that I cannot come: my work goes to others."""
    row = access.my_responder(actor_of(request), area_id=area_of(request))
    if row is None:
        raise Http404
    form = forms.AbsenceForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    at = at_of(request)

    def effect() -> dict[str, Any]:
        made = api.mark_unavailable(
            uuid=row.uuid, starts_at=at, ends_at=form.ends_at(at), reason=form.cleaned_data["reason"], **_who(request)
        )
        return {"absence": str(made.uuid)}

    try:
        op_id = UUID(request.POST.get("op_id", ""))
    except ValueError:
        op_id = new_uuid()
    try:
        once(Operation(op_id, "workforce.absent", dict(form.cleaned_data)), effect, **_who(request))
    except OtherBody:
        messages.error(request, _("This was sent before with other content. Please check what the page shows."))
    else:
        messages.success(request, _("Noted. Your open work goes to others. Get well rested."))
    return redirect("workforce:me")


@require_POST
def back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that I can come after all."""
    row = access.my_responder(actor_of(request), area_id=area_of(request))
    at = at_of(request)
    mine = [] if row is None else api.absences_between(area_of(request), at, at + timedelta(days=90), [row.pk])
    if uuid not in {item.uuid for item in mine}:
        raise Http404
    api.cancel_absence(uuid=uuid, **_who(request))
    messages.success(request, _("Good that you are back. New work can come to you again."))
    return redirect("workforce:me")
