"""The phone page of one's own week: my shifts, why, and what I say about a day."""

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
from tongxin.workforce import access, api, page_rota, wording
from tongxin.workforce.views_rota import chosen_week, read_day


@require_GET
def my_week(request: HttpRequest) -> HttpResponse:
    """Show my week, day by day."""
    area_id, at = area_of(request), at_of(request)
    row = access.my_responder(actor_of(request), area_id=area_id)
    week_date = chosen_week(request)
    this_week = api.monday_of(at)
    context: dict[str, Any] = {"title": _("My week"), "back_url": reverse("workforce:me"), "row": row}
    if row is not None:
        start, end = api.midnight_of(week_date), api.midnight_of(week_date + timedelta(days=7))
        in_force = api.rota_in_force(area_id=area_id, week_date=week_date)
        context |= {
            "week": week_date.isoformat(),
            "week_name": page_rota.week_name(week_date),
            "before": (week_date - timedelta(days=7)).isoformat() if week_date > this_week else "",
            "after": (week_date + timedelta(days=7)).isoformat() if week_date < this_week + timedelta(days=42) else "",
            "parts": list(wording.DAY_PARTS.items()),
            "is_agreed": in_force is not None,
            "days": page_rota.my_days(
                week_date,
                at,
                api.shifts_between(area_id, start, end, [row.pk]),
                api.absences_between(area_id, start, end, [row.pk]),
                in_force.cells.get(str(row.pk), {}) if in_force is not None else {},
            ),
        }
    return render(request, "workforce/my_week.html", context)


@require_POST
def my_day(request: HttpRequest, day: str) -> HttpResponse:
    """Say that I cannot come on a day, or that I can on a part of it."""
    row = access.my_responder(actor_of(request), area_id=area_of(request))
    if row is None:
        raise Http404
    on = read_day(day, api.monday_of(at_of(request)))
    if on is None:
        raise Http404
    part = request.POST.get("part", "")
    if part and part not in wording.DAY_PARTS:
        raise Http404
    who: dict[str, Any] = {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}

    def effect() -> dict[str, Any]:
        if part:
            return {"shift": str(api.offer_day(responder=row, day=on, part=part, **who).uuid)}
        return {"absence": str(api.refuse_day(responder=row, day=on, **who).uuid)}

    try:
        op_id = UUID(request.POST.get("op_id", ""))
    except ValueError:
        op_id = new_uuid()
    try:
        once(Operation(op_id, "workforce.my_day", {"day": day, "part": part}), effect, **who)
    except api.NotThisDay:
        messages.error(request, str(wording.ROTA_ERRORS["not_this_day"]))
    except OtherBody:
        messages.error(request, _("This was sent before with other content. Please check what the page shows."))
    else:
        messages.success(
            request,
            _("Noted: you can come. Thank you.")
            if part
            else _("Noted: you cannot come on this day. Others take over."),
        )
    week_date = on - timedelta(days=on.weekday())
    return redirect(f"{reverse('workforce:my_week')}?week={week_date.isoformat()}")
