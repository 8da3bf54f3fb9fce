"""People of a list: who is still missing (live, on paper, as a workbook), who is sampled at the door, calls."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.sampling import access, api, forms, page_tables, wording
from tongxin.sampling.views.page import PAGE_SIZE, STATES, incident_or_404, is_part, room_tabs, round_tabs


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _filter(request: HttpRequest) -> tuple[UUID | None, str, int]:
    state = request.GET.get("state", "DUE")
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 7 else 1
    return _uuid(request.GET.get("entrance", "")), state if state in STATES else "DUE", max(page, 1)


def missing_context(request: HttpRequest, round_: api.SamplingRound) -> dict[str, Any]:
    """This function will return one page of the list of a round; the filter is in the URL."""
    area_id = area_of(request)
    scope = access.scope_or_404(actor_of(request), "sampling.missing.list", area_id=area_id)
    entrance, state, number = _filter(request)
    found = api.still_missing(
        area_id, round_.uuid, scope, entrance, limit=PAGE_SIZE, offset=PAGE_SIZE * (number - 1), states=(state,)
    )
    query = {"entrance": str(entrance or ""), "state": state}
    here = reverse("sampling:missing", args=[round_.uuid])
    return {
        "round": round_,
        "rows": page_tables.missing_rows(found.rows),
        "total": found.total,
        "state": state,
        "state_text": wording.label(wording.MEMBER_STATES, state),
        "entrance": str(entrance or ""),
        "refresh_url": f"{here}?{urlencode({**query, 'page': number})}",
        "print_url": f"{reverse('sampling:print', args=[round_.uuid])}?{urlencode(query)}",
        "export_url": f"{reverse('sampling:export', args=[round_.uuid])}?{urlencode(query)}",
        "page_obj": Paginator(range(found.total), PAGE_SIZE).get_page(number),
        "may_tell": may(request, "sampling.member.tell") and round_.state == "OPEN",
        "may_call": may(request, "sampling.member.call"),
    }


@require_GET
def missing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will answer the list alone, for the refresh every fifteen seconds."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.missing.list")
    return render(request, "sampling/_missing.html", missing_context(request, round_))


@require_GET
def print_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the list by entrance on A4 with tick boxes; the look is recorded."""
    area_id, at = area_of(request), at_of(request)
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_id, permission="sampling.missing.export")
    scope = access.scope_or_404(actor_of(request), "sampling.missing.export", area_id=area_id)
    entrance, state, _page = _filter(request)
    sheets = api.list_for_paper(
        round_uuid=uuid, scope=scope, entrance=entrance, states=(state,), purpose="PRINT", **who(request)
    )
    context = {
        "title": _("Round %(number)s: %(state)s")
        % {"number": round_.number, "state": wording.label(wording.MEMBER_STATES, state)},
        "sheets": [{"entrance": label, "rows": page_tables.missing_rows(rows)} for label, rows in sheets],
        "printed_at": at,
        "printed_by": actor_of(request).label,
        "is_personal": True,
        "back_url": reverse("sampling:round", args=[uuid]),
    }
    return render(request, "sampling/print.html", context)


@require_GET
def export(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will send the list as a workbook with masked names; it is recorded."""
    area_id = area_of(request)
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_id, permission="sampling.missing.export")
    scope = access.scope_or_404(actor_of(request), "sampling.missing.export", area_id=area_id)
    entrance, state, _page = _filter(request)
    sheets = api.list_for_paper(
        round_uuid=uuid, scope=scope, entrance=entrance, states=(state,), purpose="XLSX", **who(request)
    )
    titles = [_("Entrance"), _("Door"), _("Name"), _("State"), _("Reason"), _("At the door")]
    lines = [
        [
            label,
            row["door"],
            f"{row['name']} {row['marks']}".strip(),
            row["state_text"],
            row["reason"],
            _("Yes") if row["is_at_home"] else "",
        ]
        for label, rows in sheets
        for row in page_tables.missing_rows(rows)
    ]
    response = HttpResponse(
        api.missing_workbook(titles, lines),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    day = clock.local_date(at_of(request)).isoformat()
    response["Content-Disposition"] = f'attachment; filename="tongxin-round-{round_.number}-{state.lower()}-{day}.xlsx"'
    return response


@require_GET
def home(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list by door who of a round is sampled at home and why; the look is recorded."""
    area_id = area_of(request)
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_id, permission="sampling.missing.list")
    scope = access.scope_or_404(actor_of(request), "sampling.missing.list", area_id=area_id)
    _entrance, _state, number = _filter(request)
    found = api.read_home_list(
        round_uuid=uuid, scope=scope, limit=PAGE_SIZE, offset=PAGE_SIZE * (number - 1), **who(request)
    )
    context = {
        "title": _("Round %(number)s: at the door") % {"number": round_.number},
        "round": round_,
        "tabs": round_tabs(request, round_, "home"),
        "table": page_tables.home_table(found.rows, _("People who are sampled at their door")),
        "page_obj": Paginator(range(found.total), PAGE_SIZE).get_page(number),
    }
    return render(request, "sampling/people.html", context)


@require_GET
def untubed(request: HttpRequest) -> HttpResponse:
    """This function will list who was sampled at a door and whose tube nobody registered; the look is recorded."""
    area_id = area_of(request)
    scope = access.scope_or_404(actor_of(request), "sampling.missing.list", area_id=area_id)
    incident = incident_or_404(request)
    _entrance, _state, number = _filter(request)
    found = api.read_untubed(
        incident_id=incident.pk, scope=scope, limit=PAGE_SIZE, offset=PAGE_SIZE * (number - 1), **who(request)
    )
    context = {
        "title": _("Sampled without a tube"),
        "lead": _(
            "Their visit was reported as done, and no tube of theirs is known: register it, or visit them again."
        ),
        "tabs": room_tabs(request, "untubed"),
        "table": page_tables.home_table(found.rows, _("People without a tube")),
        "page_obj": Paginator(range(found.total), PAGE_SIZE).get_page(number),
    }
    return render(request, "sampling/people.html", context)


@require_POST
def tell(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will note that somebody refused, is away or need not come, or put them back on the list."""
    row = access.visible_member(actor_of(request), uuid, area_id=area_of(request), permission="sampling.member.tell")
    form = forms.TellForm(request.POST)
    if not form.is_valid():
        raise Http404
    data = form.cleaned_data

    def effect() -> dict[str, Any]:
        told = api.set_member_state(member_uuid=uuid, state=data["state"], reason=data["reason"], **who(request))
        return {"state": told.state}

    error = ""
    try:
        once_for_form(request, "sampling.tell", {"member": uuid, **data}, effect)
    except api.BadState:
        error = _("This person has been sampled meanwhile. Nothing was changed.")
    except OtherBody:
        error = wording.label(wording.REGISTER, "OTHER_BODY")
    done = _("Noted: %(state)s. The visit at the door is taken off the lists.") % {
        "state": wording.label(wording.MEMBER_STATES, data["state"])
    }
    if is_part(request):
        context = {"text": error or done, "tone": "error" if error else "success"}
        return render(request, "sampling/_told.html", context, status=409 if error else 200)
    (messages.error if error else messages.success)(request, error or done)
    return redirect("sampling:round", uuid=row.round.uuid)


@require_POST
def phone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will reveal one phone number to call it; the look is recorded."""
    area_id = area_of(request)
    row = access.visible_member(actor_of(request), uuid, area_id=area_id, permission="sampling.member.call")
    try:
        detail = community.reveal_person(uuid=row.person.uuid, purpose="SAMPLING", **who(request))
    except type(row.person).DoesNotExist:
        raise Http404 from None
    context = {"number": detail.phone, "row": {"uuid": uuid}}
    response = render(request, "sampling/_phone.html", context)
    response["Cache-Control"] = "no-store"
    return response
