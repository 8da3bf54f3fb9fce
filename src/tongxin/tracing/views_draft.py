"""The draft of an interview: kept while somebody types, shown again when they come back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxin.base.sessions import actor_of, area_of
from tongxin.base.versions import StaleVersion
from tongxin.tracing import access, api, forms
from tongxin.tracing.page_frame import who


@require_POST
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will keep what is typed, and say when; what another wrote meanwhile is never overwritten."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    version = forms.number_in(request.POST, "draft_version")
    try:
        kept = api.save_draft(
            **who(request),
            uuid=row.uuid,
            expected_version=version,
            base_version=forms.number_in(request.POST, "version"),
            values=forms.typed_values(request.POST.dict()),
        )
    except StaleVersion as stale:
        context = {"row": row, "other": stale.current, "draft_version": version}
        return render(request, "tracing/_draft.html", context, status=409)
    except api.DraftTooLong:
        context = {"row": row, "is_too_long": True, "draft_version": version}
        return render(request, "tracing/_draft.html", context, status=422)
    return render(request, "tracing/_draft.html", {"row": row, "draft": kept})


@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will throw the draft away; the page shows again what is saved."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    try:
        api.discard_draft(**who(request), uuid=row.uuid, version=forms.number_in(request.POST, "draft_version"))
    except StaleVersion:
        messages.error(request, _("Somebody else went on writing this draft meanwhile. Look at it, then decide."))
    else:
        messages.success(request, _("The draft is thrown away. What was saved before is shown."))
    return redirect("tracing:investigation", uuid=row.uuid)
