"""Headquarters and grid leaders: coverage at a glance, who calls whom, rounds, callers, the ledger as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import policy
from tongxin.base.actors import Scope
from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import access, api, forms, page_tables, wording

PAGE_SIZE = 50
#: Rows that are folded by building take little room.
FOLDED_SIZE = 100


def scope_of(request: HttpRequest, permission: str) -> Scope:
    return policy.require(actor_of(request), permission, area_id=area_of(request))


def no_incident(request: HttpRequest, title: str) -> HttpResponse:
    """This function will show that nothing is open: the ledger belongs to an incident."""
    return render(request, "residents/no_incident.html", {"title": title})


@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """This function will show 499 of 499: who is covered, how the round stands, and who has nobody."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("One-to-one list"))
    scope, where = scope_of(request, "residents.coverage.read"), _where(request, incident)
    picture = api.read_coverage(**where, scope=scope, actor=actor_of(request))
    page = Paginator(picture.uncovered, PAGE_SIZE).get_page(request.GET.get("page"))
    community.warm_names(area_of(request), [row.person for row in page])
    context = {
        "title": _("One-to-one list"),
        "lead": _("Everybody on the list has one caller and a deputy; what is late goes up the chain."),
        "ring": page_tables.ring(picture),
        "round": picture.round,
        "window": _window(picture.round),
        "figures": page_tables.board_figures(picture),
        "classes": page_tables.class_table(picture.classes),
        "folds": page_tables.caller_folds(api.caller_tallies(**where, scope=scope)),
        "uncovered": page_tables.uncovered_table(page),
        "uncovered_count": len(picture.uncovered),
        "page_obj": page,
        "may_pair": may(request, "residents.pair.manage"),
        "may_export": may(request, "residents.ledger.export"),
    }
    return render(request, "residents/coverage.html", context)


def _where(request: HttpRequest, incident: incidents.Incident) -> dict[str, Any]:
    return {"area_id": area_of(request), "incident_id": incident.pk, "at": at_of(request)}


def _window(row: api.CallRound | None) -> str:
    if row is None:
        return ""
    return f"{page_tables.when(row.starts_at)} – {page_tables.clock(row.ends_at)}"


@require_POST
def pair_all(request: HttpRequest) -> HttpResponse:
    """This function will pair everybody who has nobody, and move the people of callers who are gone."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return redirect("residents:coverage")

    def effect() -> dict[str, Any]:
        done = api.pair_everybody(incident_id=incident.pk, **who(request))
        return {"opened": done.opened, "moved": done.moved, "closed": done.closed, "listed": done.listed}

    try:
        body = {"incident": incident.uuid}
        receipt = once_for_form(request, "residents.pair_everybody", body, effect).receipt
    except (ValueError, OtherBody) as error:
        messages.error(request, wording.refusal(error))
        return redirect("residents:coverage")
    text = _(
        "Everybody on the list is paired: %(opened)s new, %(moved)s moved, %(closed)s closed. The next round calls them."
    )
    messages.success(request, text % receipt)
    return redirect("residents:coverage")


@require_GET
def callers(request: HttpRequest) -> HttpResponse:
    """This function will list callers with their load."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("Callers"))
    rows = api.caller_tallies(**_where(request, incident), scope=scope_of(request, "residents.coverage.read"))
    context = {
        "title": _("Callers"),
        "lead": _("How many people each caller has, as deputy too, and how their round stands."),
        "folds": page_tables.caller_folds(rows),
    }
    return render(request, "residents/folds.html", context)


# ---------- pairs ----------
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """This function will list who calls whom and why, filtered by the URL. The look is in the audit."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("Who calls whom"))
    scope = scope_of(request, "residents.pair.list")
    there = api.callers_at(area_of(request), at_of(request))
    form = forms.PairFilter(
        request.GET, callers=page_tables.caller_choices(there), classes=list(page_tables.care_words().items())
    )
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = api.read_pairs(
        incident_id=incident.pk,
        scope=scope,
        caller_uuid=UUID(chosen["caller"]) if chosen.get("caller") else None,
        care_code=chosen.get("care", ""),
        reason=chosen.get("why", ""),
        **who(request),
    )
    page = Paginator(rows, FOLDED_SIZE).get_page(request.GET.get("page"))
    community.warm_names(area_of(request), [pair.person for pair in page])
    numbers = {row.pk: row.number for row in community.list_buildings(area_of(request))}
    context = {
        "title": _("Who calls whom"),
        "lead": _("Names are masked. This look is recorded."),
        "form": form,
        "filter_label": _("Filter of the pairs"),
        "folds": page_tables.pair_folds(page, api.count_by_building(rows), numbers),
        "empty": page_tables.pair_table([]),
        "page_obj": page,
    }
    return render(request, "residents/folds.html", context)


@require_GET
def pair(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show one pair, why these two, and the form to move the person."""
    row = access.visible_pair(actor_of(request), uuid, area_id=area_of(request))
    return _pair_page(request, row)


def _pair_page(request: HttpRequest, row: api.LiaisonPair, error: str = "") -> HttpResponse:
    community.warm_names(row.area_id, [row.person])
    may_move = may(request, "residents.pair.manage") and row.ends_at is None
    there = api.callers_at(row.area_id, at_of(request))
    choices = page_tables.caller_choices(there, without=row.caller_id)
    context = {
        "title": _("Caller of %(name)s") % {"name": community.masked_name(row.person)},
        "row": row,
        "care": page_tables.care_words().get(row.care_code, row.care_code),
        "why": wording.pair_reason(row.reason),
        "next_best": wording.next_best(row.reason, {pk: one.code for pk, one in there.items()}),
        "how": wording.label(wording.PAIR_WHY, str(row.reason.get("why", ""))),
        "since": page_tables.when(row.starts_at),
        "until": page_tables.when(row.ends_at),
        "may_move": may_move,
        "form": forms.MoveForm(request.POST or None, callers=choices),
        "error": error,
    }
    return render(request, "residents/pair.html", context, status=422 if error else 200)


@require_POST
def move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will give one person to another caller."""
    row = access.visible_pair(actor_of(request), uuid, area_id=area_of(request), permission="residents.pair.manage")
    there = api.callers_at(area_of(request), at_of(request))
    form = forms.MoveForm(request.POST, callers=page_tables.caller_choices(there, without=row.caller_id))
    if not form.is_valid():
        return _pair_page(request, row, _("Nothing was changed: choose the new caller."))
    caller = form.cleaned_data["caller"]

    def effect() -> dict[str, Any]:
        made = api.move_pair(pair_uuid=row.uuid, caller_uuid=UUID(caller), **who(request))
        return {"pair": str(made.uuid), "caller": made.caller.code}

    try:
        body = {"pair": row.uuid, "caller": caller}
        receipt = once_for_form(request, "residents.move_pair", body, effect).receipt
    except (ValueError, LookupError, OtherBody, api.LiaisonPair.DoesNotExist) as error:
        return _pair_page(request, row, wording.refusal(error))
    text = _("%(caller)s calls this person from now on; open calls went along. The caller before is the deputy.")
    messages.success(request, text % receipt)
    return redirect("residents:pair", uuid=receipt["pair"])


# ---------- rounds ----------
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """This function will list the rounds of calls, newest first."""
    return _rounds(request)


def _rounds(request: HttpRequest, form: forms.RoundForm | None = None, error: str = "") -> HttpResponse:
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("Call rounds"))
    scope = scope_of(request, "residents.round.list")
    rows = api.list_rounds(area_id=area_of(request), incident_id=incident.pk)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = api.round_counts(
        area_id=area_of(request), round_ids=[row.pk for row in page], at=at_of(request), scope=scope
    )
    context = {
        "title": _("Call rounds"),
        "table": page_tables.round_table(page, counts),
        "page_obj": page,
        "may_open": may(request, "residents.round.open"),
        "round_form": form or forms.RoundForm(initial=_next_window(request, incident)),
        "error": error,
    }
    return render(request, "residents/rounds.html", context, status=422 if error else 200)


def _next_window(request: HttpRequest, incident: incidents.Incident) -> dict[str, Any]:
    span = api.next_window(incident, at_of(request))
    return {"starts_at": localtime(span.starts_at), "ends_at": localtime(span.ends_at)} if span else {}


@require_POST
def open_round(request: HttpRequest) -> HttpResponse:
    """This function will open a round by hand."""
    incident = access.open_incident(area_of(request))
    form = forms.RoundForm(request.POST)
    if incident is None or not form.is_valid():
        return _rounds(request, form, _("No round was opened: give both times."))
    span = form.cleaned_data

    def effect() -> dict[str, Any]:
        row = api.open_call_round(incident_id=incident.pk, **span, **who(request))
        return {"round": str(row.uuid), "number": row.number, "calls": row.calls.count()}

    try:
        receipt = once_for_form(request, "residents.open_round", dict(span), effect).receipt
    except (ValueError, OtherBody, incidents.IncidentIsClosed) as error:
        return _rounds(request, form, wording.refusal(error))
    text = _("Round %(number)s is open: %(calls)s calls. Each caller finds them under “My calls”.")
    messages.success(request, text % receipt)
    return redirect("residents:round", uuid=receipt["round"])


@require_GET
def round_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list the calls of a round in the viewer's scope. The look is in the audit."""
    row = access.visible_round(actor_of(request), uuid, area_id=area_of(request))
    scope = scope_of(request, "residents.round.list")
    form = forms.CallFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = api.read_calls(
        round_uuid=row.uuid, scope=scope, state=chosen.get("state", ""), late=bool(chosen.get("late")), **who(request)
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    community.warm_names(area_of(request), [call.person for call in page])
    context = {
        "title": _("Round %(number)s") % {"number": row.number},
        "lead": _window(row),
        "form": form,
        "filter_label": _("Filter of the calls"),
        "table": page_tables.call_table(page, at_of(request)),
        "page_obj": page,
    }
    return render(request, "residents/list.html", context)


@require_GET
def ledger_xlsx(request: HttpRequest) -> HttpResponse:
    """This function will return the one-to-one ledger as a workbook; whole names leave the system and the audit says so."""
    incident = access.open_incident(area_of(request))
    if incident is None:
        return no_incident(request, _("One-to-one list"))
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    scope = scope_of(request, "residents.ledger.export")
    content = api.export_ledger(incident_id=incident.pk, scope=scope, language=language, **who(request))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = 'attachment; filename="one-to-one.xlsx"'
    return response
