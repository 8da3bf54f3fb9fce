"""The merge queue: pairs side by side, merged, told apart, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import access, api, page_tables, rules, wording
from tongxin.community.forms import KeepForm


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show the pairs of one state, surest first, masked."""
    area_id = area_of(request)
    reach = access.scope(actor_of(request), "community.duplicate.decide", area_id=area_id)
    state = request.GET.get("state", "OPEN")
    state = state if state in wording.PAIR_STATES else "OPEN"
    page = page_tables.page_of(request, api.list_merge_candidates(area_id=area_id, scope=reach, state=state))
    context = {
        "title": _("Possible duplicates"),
        "lead": _("Nobody was left out because of a doubt. Decide pair by pair; every merge can be undone."),
        "table": page_tables.pairs_table(area_id, page.object_list),
        "page_obj": page,
        "states": [
            {"code": code, "label": label, "is_current": code == state} for code, label in wording.PAIR_STATES.items()
        ],
    }
    return render(request, "community/duplicates.html", context)


def _pair_context(request: HttpRequest, uuid: UUID, *, is_revealed: bool) -> dict[str, Any]:
    area_id, viewer = area_of(request), actor_of(request)
    row = access.visible_candidate(viewer, uuid, area_id=area_id)
    lines = api.compare(area_id=area_id, uuid=uuid, actor=viewer, at=at_of(request), is_revealed=is_revealed)
    return {
        "title": _("Compare two rows"),
        "lead": wording.pair_words(row.reasons),
        "pair": row,
        "is_revealed": is_revealed,
        "lines": [
            {
                "label": wording.FIELDS[line.field],
                "first": _shown(line.field, line.first),
                "second": _shown(line.field, line.second),
                "is_equal": line.is_equal,
            }
            for line in lines
        ],
    }


def _shown(field: str, value: str) -> str:
    if field == "sex":
        return str(wording.SEX.get(value, value))
    return str(wording.ID_KINDS.get(value, value)) if field == "id_kind" else value


@require_GET
@never_cache
def pair(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show two rows side by side, masked, with what is equal."""
    return render(request, "community/pair.html", _pair_context(request, uuid, is_revealed=False))


@require_POST
@never_cache
def reveal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show two rows in full; a look at each of the two people is in the audit."""
    return render(request, "community/pair.html", _pair_context(request, uuid, is_revealed=True))


def _decided_meanwhile(request: HttpRequest, uuid: UUID) -> HttpResponse:
    messages.warning(request, _("This pair was decided already. Nothing was changed."))
    return redirect("community:pair", uuid=uuid)


@require_POST
def merge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a pair one person; the row that stays gets what it lacked."""
    access.visible_candidate(actor_of(request), uuid, area_id=area_of(request))
    form = KeepForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose which row stays. Nothing was changed."))
        return redirect("community:pair", uuid=uuid)
    try:
        api.merge_people(
            area_id=area_of(request),
            uuid=uuid,
            keep=form.cleaned_data["keep"],
            actor=actor_of(request),
            at=at_of(request),
        )
    except rules.WrongMergeStep:
        return _decided_meanwhile(request, uuid)
    except ValueError:
        messages.error(request, _("Choose which row stays. Nothing was changed."))
        return redirect("community:pair", uuid=uuid)
    messages.success(request, _("The two rows are one person now. You can undo this on the page of the pair."))
    return redirect("community:duplicates")


@require_POST
def different(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that a pair are two people."""
    access.visible_candidate(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.mark_different(area_id=area_of(request), uuid=uuid, actor=actor_of(request), at=at_of(request))
    except rules.WrongMergeStep:
        return _decided_meanwhile(request, uuid)
    messages.success(request, _("Noted: these are two different people. No import asks about them again."))
    return redirect("community:duplicates")


@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the last decision about a pair back."""
    access.visible_candidate(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.undo_decision(area_id=area_of(request), uuid=uuid, actor=actor_of(request), at=at_of(request))
    except rules.WrongMergeStep:
        return _decided_meanwhile(request, uuid)
    messages.success(request, _("The decision was taken back. The pair is open again."))
    return redirect("community:pair", uuid=uuid)
