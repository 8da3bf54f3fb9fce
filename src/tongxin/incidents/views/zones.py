"""Zone levels: what holds where, what is missing before a level ends, and decisions with a second person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.incidents import access, api, forms, page_tables, wording
from tongxin.incidents.views.page import body_of, incident_page, may, run_once, who


@require_GET
def zones(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show each level with its evidence, measures and conditions, and the form to raise one."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.zone.read"
    )
    return _zones(request, incident)


def _zones(
    request: HttpRequest, incident: api.Incident, form: forms.RaiseForm | None = None, error: str = ""
) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    rule_set = api.rule_set_of(incident, clock.local_date(at))
    labels = page_tables.level_words(rule_set)
    rows = sorted(api.zone_levels(area_id, incident.pk, at), key=lambda row: -api.HEAT[row.canonical])
    checks = api.check_lifts(area_id=area_id, incident_id=incident.pk, at=at)
    may_decide = may(request, "incidents.zone.decide") and incident.state == "OPEN"
    if form is None and may_decide:
        form = _raise_form(request, incident)
    return incident_page(
        request,
        "zones.html",
        incident,
        "zones",
        status=422 if error else 200,
        title=_("Zone levels"),
        error=error,
        zones=[page_tables.zone_card(row, checks.get(row.uuid), rule_set) for row in rows],
        requests=page_tables.request_cards(
            api.zone_requests(area_id, incident.pk), labels, actor_of(request).account_id
        ),
        form=form,
        may_decide=may_decide,
    )


def _raise_form(request: HttpRequest, incident: api.Incident, data: Any = None) -> forms.RaiseForm:
    rule_set = api.rule_set_of(incident, clock.local_date(at_of(request)))
    places = list(api.place_tree(area_of(request)).places)
    return forms.RaiseForm(data, places=places, levels=rule_set.zones.levels)


def _ask(request: HttpRequest, incident: api.Incident, form: Any, **wish: Any) -> None:
    """Ask for a level once, and tell what happened. Raises the refusals of `ask_zone`."""

    def effect() -> dict[str, Any]:
        row = api.ask_zone(incident_id=incident.pk, **wish, **who(request))
        return {"request": str(row.uuid), "state": row.state, "more": row.persons_needed - len(row.agreed_by)}

    receipt = run_once(request, "incidents.ask_zone", {**body_of(form), "incident": str(incident.uuid)}, effect)
    if receipt["state"] == "DONE":
        messages.success(request, _("The level is changed. The plan and the tasks follow by themselves."))
    else:
        more = int(receipt["more"])
        text = ngettext(
            "The request is stored. %(more)s more person has to agree before anything changes.",
            "The request is stored. %(more)s more people have to agree before anything changes.",
            more,
        )
        messages.info(request, text % {"more": more})


@require_POST
def zone_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will ask for a level on a place."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.zone.decide"
    )
    form = _raise_form(request, incident, request.POST)
    if not form.is_valid():
        return _zones(
            request, incident, form, _("Nothing was changed: choose a place and a level, and give the reason.")
        )
    place, values = form.place_chosen(), form.cleaned_data
    wish = {"action": "RAISE", "place_kind": place.kind, "place_uuid": place.uuid, "level": values["level"]}
    try:
        _ask(request, incident, form, **wish, reason=values["reason"])
    except (LookupError, ValueError, OtherBody) as error:
        return _zones(request, incident, form, wording.refusal(error))
    return redirect("incidents:zones", uuid=uuid)


@require_GET
def zone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show one level and what is missing before it may end."""
    return _zone(request, access.visible_zone(actor_of(request), uuid, area_id=area_of(request)))


def _zone(request: HttpRequest, row: api.ZoneLevel, form: forms.EndForm | None = None, error: str = "") -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    incident = row.incident
    rule_set = api.rule_set_of(incident, clock.local_date(at))
    checks = api.check_lifts(area_id=area_id, incident_id=incident.pk, at=at)
    history = [
        page_tables.zone_card(other, None, rule_set)
        for other in api.zone_history(area_id, incident.pk)
        if (other.place_kind, other.place_uuid) == (row.place_kind, row.place_uuid) and other.pk != row.pk
    ]
    may_decide = may(request, "incidents.zone.decide") and row.ends_at is None and incident.state == "OPEN"
    return incident_page(
        request,
        "zone.html",
        incident,
        "zones",
        status=422 if error else 200,
        title=f"{wording.PLACE_KINDS[row.place_kind]} {row.place_label}",
        error=error,
        zone=page_tables.zone_card(row, checks.get(row.uuid), rule_set),
        history=history,
        form=(form or _end_form(request, row)) if may_decide else None,
        may_decide=may_decide,
    )


def _end_form(request: HttpRequest, row: api.ZoneLevel, data: Any = None) -> forms.EndForm:
    rule_set = api.rule_set_of(row.incident, clock.local_date(at_of(request)))
    cooler = [level for level in rule_set.zones.levels if api.HEAT[level.canonical] < api.HEAT[row.canonical]]
    return forms.EndForm(data, levels=cooler)


@require_POST
def zone_end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will ask to lower or lift a level."""
    row = access.visible_zone(actor_of(request), uuid, area_id=area_of(request))
    form = _end_form(request, row, request.POST)
    if not form.is_valid():
        return _zone(request, row, form, _("Nothing was changed: choose a level of the list."))
    values = form.cleaned_data
    wish = {"place_kind": row.place_kind, "place_uuid": row.place_uuid, "level": values["level"]}
    action = "LOWER" if values["level"] else "LIFT"
    try:
        _ask(
            request,
            row.incident,
            form,
            **wish,
            action=action,
            reason=values["reason"],
            is_waived=values["is_waived"],
        )
    except (LookupError, ValueError, OtherBody) as error:
        return _zone(request, row, form, wording.refusal(error))
    return redirect("incidents:zones", uuid=row.incident.uuid)


@require_POST
def zone_agree(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will add this person's agreement to a request."""
    incident = access.visible_request_incident(actor_of(request), uuid, area_id=area_of(request))
    try:
        row = api.agree_zone(uuid=uuid, **who(request))
    except (LookupError, ValueError, StaleVersion) as error:
        messages.error(request, wording.refusal(error))
    else:
        if row.state == "DONE":
            messages.success(request, _("The level is changed. The plan and the tasks follow by themselves."))
        else:
            messages.info(request, _("Your agreement is stored. Nothing changes until everybody needed has agreed."))
    return redirect("incidents:zones", uuid=incident.uuid)


@require_POST
def zone_refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take a request off the table."""
    incident = access.visible_request_incident(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.refuse_zone(uuid=uuid, **who(request))
    except ValueError as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The request is refused. Nothing was changed on the place."))
    return redirect("incidents:zones", uuid=incident.uuid)
