"""Drafted calls for volunteers: made from what is short, read over, changed, copied, printed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import api as community
from tongxin.dispatch import access, api, forms, page_calls, wording
from tongxin.dispatch.page_tables import when
from tongxin.dispatch.requests import run_once, who


def _grids(request: HttpRequest) -> dict[int, str]:
    return {grid.pk: grid.number for grid in community.list_grids(area_of(request))}


@require_POST
def draft_call(request: HttpRequest) -> HttpResponse:
    """Draft a call from what the last plan lacks."""
    incident = api.incident_of(area_of(request), None)
    if incident is None:
        messages.error(request, _("There is no open incident."))
        return redirect("dispatch:board")
    compound = community.get_compound(area_of(request))
    names = (compound.name, compound.name_en or compound.name)
    texts = page_calls.texts_with(_grids(request), names)

    def effect() -> dict[str, Any]:
        return {"call": str(api.draft_call(incident_id=incident.pk, texts=texts, **who(request)).uuid)}

    try:
        receipt = run_once(request, "dispatch.draft_call", {}, effect).receipt
    except api.NothingShort:
        messages.info(request, str(wording.ERRORS["nothing_short"]))
    except OtherBody:
        messages.error(request, str(wording.ERRORS["other_body"]))
    else:
        return redirect("dispatch:call", uuid=receipt["call"])
    return redirect("dispatch:board")


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a drafted call with its texts to change; a POST keeps them."""
    row = access.visible_call(actor_of(request), uuid, area_id=area_of(request))
    form = forms.CallForm(request.POST or None, initial=_values(row))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            api.change_call(
                call_uuid=uuid, version=values["version"], texts=(values["text_zh"], values["text_en"]), **who(request)
            )
        except StaleVersion:
            messages.error(request, str(wording.ERRORS["call_changed"]))
            row = access.visible_call(actor_of(request), uuid, area_id=area_of(request))
            form = forms.CallForm(values | {"version": row.version})
        else:
            messages.success(request, _("Kept."))
            return redirect("dispatch:call", uuid=uuid)
    fields = [form["text_en"], form["text_zh"]] if (get_language() or "").startswith("en") else [
        form["text_zh"], form["text_en"],
    ]  # fmt: skip
    context = {
        "title": _("A call for volunteers (draft)"),
        "lead": _("Read it over and change what you like. Then copy it into a chat group or print it."),
        "call": row,
        "form": form,
        "fields": fields,
        "slots": page_calls.slot_rows(row.slots, _grids(request)),
        "drafted": when(row.drafted_at),
    }
    return render(request, "dispatch/call.html", context, status=422 if request.method == "POST" else 200)


def _values(row: api.CallDraft) -> dict[str, Any]:
    return {"text_zh": row.text_zh, "text_en": row.text_en, "version": row.version}


@require_GET
def call_print(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Return a drafted call for paper: the text of the reader's language, then the other one."""
    row = access.visible_call(actor_of(request), uuid, area_id=area_of(request))
    texts = [("zh", row.text_zh), ("en", row.text_en)]
    if (get_language() or "").startswith("en"):
        texts.reverse()
    context = {
        "title": _("A call for volunteers"),
        "place_name": community.get_compound(area_of(request)).name,
        "printed_at": at_of(request),
        "printed_by": actor_of(request).label,
        "texts": [entry for entry in texts if entry[1]],
        "back_url": reverse("dispatch:call", args=[uuid]),
    }
    return render(request, "dispatch/call_print.html", context)
