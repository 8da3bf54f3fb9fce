"""People by status: masked, scoped, and the look is recorded."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.base import policy
from tongxin.base.sessions import actor_of, area_of
from tongxin.incidents import access, api, page_tables, wording
from tongxin.incidents.views.page import PAGE_SIZE, incident_page, who

#: Kinds that the status list shows without a filter.
_SHOWN = ("CASE", "SUSPECT", "CONTACT", "SECONDARY_CONTACT", "EXPOSED")


@require_GET
def persons(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list people by status within the viewer's scope, names masked; the look is recorded."""
    area_id = area_of(request)
    incident = access.visible_incident(actor_of(request), uuid, area_id=area_id, permission="incidents.status.list")
    scope = policy.require(actor_of(request), "incidents.status.list", area_id=area_id)
    wanted = request.GET.get("kind", "")
    kinds = (wanted,) if wanted in wording.STATUS else _SHOWN
    rows = api.read_status_list(incident_id=incident.pk, kinds=kinds, scope=scope, **who(request))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = api.count_status(area_id, incident.pk, scope)
    return incident_page(
        request,
        "persons.html",
        incident,
        "persons",
        title=_("People by status"),
        table=page_tables.person_table(list(page), area_id),
        page_obj=page,
        kinds=[
            {"code": code, "label": label, "count": counts[code], "is_current": code == wanted}
            for code, label in wording.STATUS.items()
        ],
        is_all=wanted not in wording.STATUS,
    )
