"""People by status, and the facts about one of them: masked, scoped, every look recorded; mistakes are withdrawn here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import policy
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of
from tongxin.community import api as community
from tongxin.incidents import access, api, fact_tables, page_tables, wording
from tongxin.incidents.forms import WithdrawForm
from tongxin.incidents.views.page import PAGE_SIZE, incident_page, may, run_once, who

#: Kinds that the status list shows without a filter.
_SHOWN = ("CASE", "SUSPECT", "CONTACT", "SECONDARY_CONTACT", "EXPOSED")
_UNDO = "incidents_put_back"
_UNDO_SECONDS = 10


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
    waiting = api.withdrawals_waiting(area_id, incident.pk) if may(request, "incidents.status.withdraw") else []
    return incident_page(
        request,
        "persons.html",
        incident,
        "persons",
        title=_("People by status"),
        table=page_tables.person_table(list(page), area_id, incident),
        page_obj=page,
        kinds=[
            {"code": code, "label": label, "count": counts[code], "is_current": code == wanted}
            for code, label in wording.STATUS.items()
        ],
        is_all=wanted not in wording.STATUS,
        withdrawals=fact_tables.withdrawal_rows(waiting, area_id, actor_of(request).account_id),
        may_agree=may(request, "incidents.status.agree"),
    )


# ---------- the facts about one person ----------
@require_GET
def facts(request: HttpRequest, uuid: UUID, person_uuid: UUID) -> HttpResponse:
    """This function will show every fact about one person, what follows from them, and what waits; the look is recorded."""
    incident, person = access.visible_person(actor_of(request), uuid, person_uuid, area_id=area_of(request))
    return _facts(request, incident, person)


def _facts(
    request: HttpRequest,
    incident: api.Incident,
    person: community.Person,
    *,
    wrong: WithdrawForm | None = None,
    error: str = "",
) -> HttpResponse:
    rows = api.read_facts(incident_id=incident.pk, person=person, **who(request))
    if not rows:
        raise Http404
    area_id = area_of(request)
    community.warm_names(area_id, [person])
    may_withdraw = may(request, "incidents.status.withdraw") and incident.state == "OPEN"
    waiting = [row for row in api.withdrawals_waiting(area_id, incident.pk) if row.person_id == person.pk]
    standing = api.status_of(area_id, incident.pk, [person.pk]).get(person.pk)
    return incident_page(
        request,
        "facts.html",
        incident,
        "persons",
        status=422 if error else 200,
        title=_("Facts: %(name)s %(door)s")
        % {"name": community.masked_name(person), "door": person.dwelling.door if person.dwelling else ""},
        error=error,
        person=person,
        standing=wording.STATUS[standing.kind] if standing else _("Nothing holds of this person now"),
        groups=fact_tables.fact_groups(rows, {row.kind for row in waiting}, wrong) if may_withdraw else [],
        table=fact_tables.fact_table(rows),
        may_put_back=may_withdraw,
        gone=fact_tables.withdrawn_facts(rows) if may_withdraw else [],
        withdrawals=fact_tables.withdrawal_rows(waiting, area_id, actor_of(request).account_id),
        may_agree=may(request, "incidents.status.agree"),
        undos=_undos(request),
    )


def _undos(request: HttpRequest) -> list[dict[str, Any]]:
    last = request.session.pop(_UNDO, None)
    if not last:
        return []
    url = reverse("incidents:put_back", args=[last])
    return [{"text": _("The fact is withdrawn."), "url": url, "seconds": _UNDO_SECONDS}]


@require_POST
def withdraw(request: HttpRequest, uuid: UUID, person_uuid: UUID) -> HttpResponse:
    """This function will ask to withdraw facts about a person, or do it where one person may decide."""
    incident, person = access.visible_person(
        actor_of(request), uuid, person_uuid, area_id=area_of(request), permission="incidents.status.withdraw"
    )
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _facts(request, incident, person, wrong=form, error=_("Choose the facts and a reason from the list."))
    chosen, reason = form.cleaned_data["facts"], form.cleaned_data["reason"]
    wish = {"incident_id": incident.pk, "person_id": person.pk, "fact_uuids": chosen, "reason": reason}

    def effect() -> dict[str, Any]:
        row = api.ask_withdrawal(**wish, **who(request))
        return {"state": row.state, "needed": row.persons_needed}

    body = {"person": str(person.uuid), "facts": sorted(map(str, chosen)), "reason": reason}
    try:
        done = run_once(request, "incidents.withdraw", body, effect)
    except (LookupError, ValueError, OtherBody) as refused:
        return _facts(request, incident, person, wrong=form, error=wording.refusal(refused))
    if done["state"] == "DONE":
        request.session[_UNDO] = str(chosen[0]) if len(chosen) == 1 else None
        messages.success(
            request, _("Withdrawn. What the person is follows from the facts that are left; the plan is drafted anew.")
        )
    else:
        messages.info(request, _("Another person has to agree. Until then nothing changes."))
    return redirect("incidents:facts", uuid=incident.uuid, person_uuid=person.uuid)


@require_POST
def agree(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will add this person's agreement to a withdrawal."""
    row = access.visible_withdrawal(actor_of(request), uuid, area_id=area_of(request))
    try:
        done = api.agree_withdrawal(uuid=uuid, **who(request))
    except (LookupError, ValueError) as error:
        messages.error(request, wording.refusal(error))
    else:
        if done.state == "DONE":
            messages.success(
                request,
                _("Withdrawn. What the person is follows from the facts that are left; the plan is drafted anew."),
            )
        else:
            messages.info(request, _("Another person has to agree. Until then nothing changes."))
    return redirect("incidents:facts", uuid=row.incident.uuid, person_uuid=row.person.uuid)


@require_POST
def refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take a withdrawal off the table."""
    row = access.visible_withdrawal(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.refuse_withdrawal(uuid=uuid, **who(request))
    except ValueError as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The request is refused. The facts stay as they are."))
    return redirect("incidents:facts", uuid=row.incident.uuid, person_uuid=row.person.uuid)


@require_POST
def put_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will tell a withdrawn fact anew."""
    row = access.visible_fact(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.put_back(uuid=uuid, **who(request))
    except (LookupError, ValueError) as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The fact holds again."))
    return redirect("incidents:facts", uuid=row.incident.uuid, person_uuid=row.person.uuid)
