"""Rounds: the list, the form that opens one, how far one is, and closing it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, op_id_of, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.incidents import api as incidents
from tongxin.sampling import access, api, forms, page_tables, wording
from tongxin.sampling.views.lists import missing_context
from tongxin.sampling.views.page import PAGE_SIZE, incident_or_404, room_tabs, round_tabs


@require_GET
def round_list(request: HttpRequest) -> HttpResponse:
    """This function will list the rounds of the incident with how far each is in the viewer's area."""
    area_id = area_of(request)
    scope = access.scope_or_404(actor_of(request), "sampling.round.read", area_id=area_id)
    incident = incident_or_404(request)
    page = Paginator(api.list_rounds(area_id, incident.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    counts = api.counts_by_round(area_id, [row.pk for row in page], scope)
    context = {
        "title": _("Sampling"),
        "tabs": room_tabs(request, "list"),
        "table": page_tables.round_table(page, counts),
        "page_obj": page,
        "may_open": may(request, "sampling.round.open") and incident.state == "OPEN",
    }
    return render(request, "sampling/list.html", context)


@require_http_methods(["GET", "POST"])
def open_form(request: HttpRequest) -> HttpResponse:
    """This function will open a round for everybody of some places, after telling what it needs."""
    area_id, at = area_of(request), at_of(request)
    access.scope_or_404(actor_of(request), "sampling.round.open", area_id=area_id)
    incident = incident_or_404(request)
    rule_set = incidents.rule_set_of(incident, clock.local_date(at))
    opens_at, closes_at = api.round_window(at, rule_set.rounds)
    form = forms.OpenForm(
        request.POST or None,
        initial={"opens_at": opens_at, "closes_at": closes_at, "pool_size": str(rule_set.rounds.default_pool.value)},
        places=list(incidents.place_tree(area_id).places),
        sizes=rule_set.rounds.pool_sizes.value,
    )
    context: dict[str, Any] = {"title": _("Open a sampling round"), "form": form, "tabs": room_tabs(request, "open")}
    if request.method == "GET":
        return render(request, "sampling/open.html", context)
    if not form.is_valid():
        return render(request, "sampling/open.html", context, status=422)
    if "preview" in request.POST:
        context["preview"] = _preview(incident, form, area_id, at)
        return render(request, "sampling/open.html", context)
    try:
        uuid = _open(request, incident, form)
    except (api.BadRound, incidents.IncidentIsClosed, OtherBody) as error:
        form.add_error(None, _refusal(error))
        return render(request, "sampling/open.html", context, status=422)
    messages.success(request, _("The round is open. Its tables and visits wait for hands with the dispatcher."))
    return redirect("sampling:round", uuid=uuid)


def _refusal(error: Exception) -> str:
    if isinstance(error, api.BadRound):
        return wording.label(wording.ROUND_REFUSALS, error.code)
    if isinstance(error, OtherBody):
        return wording.label(wording.REGISTER, "OTHER_BODY")
    return _("The incident is closed. No round is opened any more.")


def _preview(incident: incidents.Incident, form: forms.OpenForm, area_id: int, at: Any) -> dict[str, Any]:
    found = api.needs_preview(
        area_id=area_id,
        incident_id=incident.pk,
        places=form.chosen(),
        pool_size=int(form.cleaned_data["pool_size"]),
        at=at,
    )
    needs = found.needs
    return {
        "figures": [
            {
                "label": _("People"),
                "value": needs.people,
                "note": _("of them at the door: %(n)s") % {"n": needs.at_door},
            },
            {"label": _("Tubes"), "value": needs.tubes},
            {"label": _("Tables"), "value": needs.tables},
            {"label": _("Samplers"), "value": needs.samplers},
            {"label": _("Sites"), "value": needs.sites},
        ],
        "is_warned": found.warning is not None,
        "source": found.warning.source if found.warning else "",
        "share": f"{100 * found.share:.2f}",
        "pool_size": found.pool_size,
        "advised": found.advised_size,
    }


def _open(request: HttpRequest, incident: incidents.Incident, form: forms.OpenForm) -> str:
    data = form.cleaned_data

    def effect() -> dict[str, Any]:
        round_ = api.open_round(
            incident_id=incident.pk,
            kind="MASS",
            places=form.chosen(),
            pool_size=int(data["pool_size"]),
            opens_at=data["opens_at"],
            closes_at=data["closes_at"],
            origin_kind="HAND",
            origin_uuid=op_id_of(request),
            **who(request),
        )
        return {"round": str(round_.uuid)}

    outcome = once_for_form(request, "sampling.open_round", dict(data), effect)
    return str(outcome.receipt["round"])


@require_GET
def round_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show how far a round is by grid, building and entrance, and who is still missing."""
    area_id = area_of(request)
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_id)
    scope = access.scope_or_404(actor_of(request), "sampling.round.read", area_id=area_id)
    progress = api.round_progress(area_id, uuid, scope)
    chosen = request.GET.get("entrance", "")
    context: dict[str, Any] = {
        "title": _("Round %(number)s") % {"number": round_.number},
        "round": round_,
        "kind": wording.label(wording.KINDS, round_.kind),
        "tabs": round_tabs(request, round_, "round"),
        "progress": progress.total,
        "may_close": may(request, "sampling.round.open") and round_.state == "OPEN",
        "may_export": may(request, "sampling.missing.export"),
        "may_list": may(request, "sampling.missing.list"),
    }
    state = "DUE"
    if context["may_list"]:
        context |= missing_context(request, round_)
        state = context["state"]
        # a long list is reached by its places, or unfolded on purpose
        context["is_list_open"] = bool(chosen) or context["total"] <= PAGE_SIZE or "page" in request.GET
    context["states"] = page_tables.state_filters(state, progress.total)
    context["grids"] = page_tables.progress_tree(progress, round_, current=chosen, state=state)
    labels = [
        door["label"]
        for grid in context["grids"]
        for row in grid["buildings"]
        for door in row["entrances"]
        if door["is_current"]
    ]
    context["place"] = labels[0] if labels else ""
    return render(request, "sampling/round.html", context)


@require_POST
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will close a round."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.round.open")
    closed = api.close_round(round_uuid=round_.uuid, reason="BY_HAND", **who(request))
    messages.success(
        request,
        _("Round %(number)s is closed. Who is missing stays on the list; places that are wholly negative are told.")
        % {"number": closed.number},
    )
    return redirect("sampling:round", uuid=uuid)
