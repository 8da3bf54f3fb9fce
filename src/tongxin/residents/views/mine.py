"""The caller's phone: one person at a time, one tap shows the number, three buttons say how it went."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.residents import access, api, forms, page_tables, rules, wording

_UNDO = "residents_undo"
_MOST_LISTED = 100


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """This function will show whom to call next; `?call=` chooses somebody else of the list."""
    chosen = request.GET.get("call", "")
    if not chosen:
        return _page(request)
    try:
        uuid = UUID(chosen)
    except ValueError:
        return redirect("residents:mine")
    return _page(request, access.call_in_hands(actor_of(request), uuid, area_id=area_of(request)))


def _page(
    request: HttpRequest,
    call: api.LiaisonCall | None = None,
    *,
    shown: community.PersonDetail | None = None,
    form: forms.CallForm | None = None,
    error: str = "",
) -> HttpResponse:
    responder = access.my_responder(actor_of(request), area_id=area_of(request))
    incident = access.open_incident(area_of(request))
    listed = api.MyCalls(None, (), (), 0, 0)
    if responder is not None and incident is not None:
        listed = api.my_calls(
            area_id=area_of(request), incident_id=incident.pk, responder_id=responder.pk, at=at_of(request)
        )
    current = call or listed.next
    waiting = [row for row in (*listed.left, *listed.for_others) if current is None or row.pk != current.pk]
    waiting = waiting[:_MOST_LISTED]
    community.warm_names(area_of(request), [row.person for row in (*waiting, *filter(None, [current]))])
    mine_id = responder.pk if responder else None
    context = {
        "title": _("My calls"),
        "is_caller": responder is not None or call is not None,
        "listed": listed,
        "current": page_tables.call_card(current, at_of(request), mine_id) if current else None,
        "shown": shown,
        "waiting": [page_tables.call_card(row, at_of(request), mine_id) for row in waiting],
        "form": form or forms.CallForm(),
        "taken_back": _undos(request),
        "error": error,
    }
    return render(request, "residents/mine.html", context, status=422 if error else 200)


def _undos(request: HttpRequest) -> list[dict[str, Any]]:
    last = request.session.pop(_UNDO, None)
    if not last:
        return []
    text = _("Written down: %(outcome)s.") % {"outcome": wording.label(wording.CALL_STATES, last["outcome"])}
    return [{"text": text, "url": reverse("residents:undo", args=[last["call"]]), "seconds": 10}]


@require_POST
def reveal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the name and the number of the person to call; the look is in the audit."""
    row = access.call_in_hands(actor_of(request), uuid, area_id=area_of(request))
    shown = api.reveal_for_call(call_uuid=row.uuid, **who(request))
    return _page(request, row, shown=shown)


@require_POST
def log(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will write down how a call went, and show the next person."""
    row = access.call_in_hands(actor_of(request), uuid, area_id=area_of(request))
    form = forms.CallForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, error=_wrong(form))
    values = form.cleaned_data
    needs = [api.Need(kind) for kind in values["kinds"]]
    # The note is personal: of its words only the length goes into the receipt's hash.
    body = {"call": row.uuid, "outcome": values["outcome"], "kinds": values["kinds"], "note": len(values["note"])}

    def effect() -> dict[str, Any]:
        done = api.log_call(
            call_uuid=row.uuid,
            outcome=values["outcome"],
            needs=needs,
            medicine_days_left=values["medicine_days"],
            note=values["note"],
            **who(request),
        )
        return {"call": str(done.uuid), "outcome": done.state}

    try:
        receipt = once_for_form(request, "residents.log_call", body | {"days": values["medicine_days"]}, effect).receipt
    except (ValueError, OtherBody) as error:
        return _page(request, row, form=form, error=wording.refusal(error))
    request.session[_UNDO] = {"call": receipt["call"], "outcome": receipt["outcome"]}
    _tell_what_follows(request, row, values)
    return redirect("residents:mine")


def _wrong(form: forms.CallForm) -> str:
    if "medicine_days" in form.errors:
        return wording.label(wording.REFUSALS, "WrongMedicineDays")
    code = "UNKNOWN_NEED" if "kinds" in form.errors else "UNKNOWN_OUTCOME"
    return wording.label(wording.OUTCOME_ERRORS, code)


def _tell_what_follows(request: HttpRequest, row: api.LiaisonCall, values: dict[str, Any]) -> None:
    times = api.request_times(row.round.incident, at_of(request))
    if "EMERGENCY" in values["kinds"]:
        text = _("An emergency was passed to the medics, due within %(n)s minutes. Call 120 too if life is in danger.")
        messages.warning(request, text % {"n": int(times.life.total_seconds() // 60)})
    elif values["outcome"] == "NEED" or rules.medicine_urgency(values["medicine_days"], times):
        messages.success(request, _("The need has an owner and a due time now. The person will be told what was done."))
    elif values["outcome"] == "UNREACHED":
        messages.info(request, _("This person comes round again at the end of the list."))


@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take the last entry of a call back."""
    row = access.call_in_hands(actor_of(request), uuid, area_id=area_of(request))
    try:
        once_for_form(request, "residents.undo_call", {"call": row.uuid}, lambda: _undone(request, row))
    except (api.NothingToUndo, OtherBody) as error:
        messages.error(request, wording.refusal(error))
        return redirect("residents:mine")
    messages.info(request, _("Taken back. The person is on the list again."))
    return redirect(f"{reverse('residents:mine')}?call={row.uuid}")


def _undone(request: HttpRequest, row: api.LiaisonCall) -> dict[str, Any]:
    return {"call": str(api.undo_call(call_uuid=row.uuid, **who(request)).uuid)}
