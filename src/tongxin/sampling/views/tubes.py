"""Tubes of a round, and counting them by hand before they leave the table."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.pages import may, once_for_form, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.sampling import access, api, forms, page_tables, wording
from tongxin.sampling.views.page import PAGE_SIZE, round_tabs


@require_GET
def tubes(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list the tubes of a round and the last counts by hand."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.tube.read")
    return _tubes(request, round_, forms.CountForm())


def _tubes(request: HttpRequest, round_: api.SamplingRound, form: forms.CountForm, status: int = 200) -> HttpResponse:
    area_id = area_of(request)
    page = Paginator(api.tubes_query(area_id, round_.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    counts = api.last_counts(area_id, round_.pk)
    context = {
        "title": _("Round %(number)s: tubes") % {"number": round_.number},
        "round": round_,
        "tabs": round_tabs(request, round_, "tubes"),
        "table": page_tables.tube_table(page, _("Tubes of this round"), at=at_of(request)),
        "page_obj": page,
        "counts": [
            {
                "desk": desk or _("whole round"),
                "in_system": row.in_system,
                "counted": row.counted,
                "difference": row.counted - row.in_system,
                "at": row.counted_at,
            }
            for desk, row in sorted(counts.items())
        ],
        "form": form,
        "may_count": may(request, "sampling.tube.count"),
    }
    return render(request, "sampling/tubes.html", context, status=status)


@require_POST
def count(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will keep how many tubes somebody counted beside what the system knows."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.tube.count")
    form = forms.CountForm(request.POST)
    if not form.is_valid():
        return _tubes(request, round_, form, 422)
    data = form.cleaned_data

    def effect() -> dict[str, int]:
        row = api.count_tubes(round_uuid=uuid, desk=data["desk"], counted=data["counted"], **who(request))
        return {"in_system": row.in_system, "counted": row.counted}

    try:
        receipt = once_for_form(request, "sampling.count", {"round": uuid, **data}, effect).receipt
    except OtherBody:
        form.add_error(None, wording.label(wording.REGISTER, "OTHER_BODY"))
        return _tubes(request, round_, form, 409)
    if receipt["in_system"] == receipt["counted"]:
        messages.success(
            request, _("%(n)s tubes, as the system knows them. They may leave.") % {"n": receipt["counted"]}
        )
    else:
        messages.error(
            request,
            _("Counted %(counted)s, the system knows %(known)s. Find the tube before the bag is sealed.")
            % {"counted": receipt["counted"], "known": receipt["in_system"]},
        )
    return redirect("sampling:tubes", uuid=uuid)
