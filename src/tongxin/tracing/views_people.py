"""Pages about people: contacts of a case, people under management, tests due, other rules, the ledger."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.tracing import access, api, forms, page_tables, rules, wording
from tongxin.tracing.page_frame import may, no_incident, once, tabs, who

PAGE_SIZE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ---------- contacts of a case ----------
@require_GET
def contacts(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show who is on the list of a case and why, who was taken off, and whom tracing finds now."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request))
    return _contacts_page(request, row)


def _contacts_page(
    request: HttpRequest, row: Any, form: forms.ContactForm | None = None, status: int = 200
) -> HttpResponse:
    found = api.contacts_of(investigation=row, actor=actor_of(request), at=at_of(request))
    page = Paginator(found.listed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Contacts of %(door)s") % {"door": row.person.dwelling.door if row.person.dwelling else ""},
        "tabs": tabs(request, "investigations"),
        "row": row,
        "groups": _by_layer(page.object_list),
        "page_obj": page if found.listed else None,
        "found": [_contact(each) for each in found.found[:PAGE_SIZE]],
        "found_count": len(found.found),
        "changed": len({link.person_id for link in found.delta.changed}),
        "gone": len({link.person_id for link in found.delta.gone}),
        "excluded": [_contact(each) for each in found.excluded[:PAGE_SIZE]],
        "may_write": may(request, access.WRITE),
        "exclusion_form": forms.ExclusionForm(reasons=api.exclusion_reasons(row.incident, at=at_of(request))),
        "contact_form": form or forms.ContactForm(),
    }
    return render(request, "tracing/contacts.html", context, status=status)


def _contact(row: api.ContactRow) -> dict[str, Any]:
    best = next(link for link in row.links if link.degree == row.degree)
    layer = rules.SECONDARY if best.via_id else best.layer
    return {
        "uuid": row.person.uuid,
        "door": row.person.dwelling.door if row.person.dwelling else "",
        "name": community.masked_name(row.person),
        "class": wording.of(wording.CLASSES, row.degree),
        "layer": wording.of(wording.LAYERS, layer),
        "layers": [_way(link) for link in row.links],
        "first": row.first_date,
        "last": row.last_date,
        "via": f"{row.via.dwelling.door} {community.masked_name(row.via)}" if row.via and row.via.dwelling else "",
        "is_case": row.status == "CASE",
        "reason": wording.of(wording.EXCLUSIONS, row.reason) if row.reason else "",
    }


def _way(link: rules.Link) -> dict[str, Any]:
    numbers = []
    if "metres" in link.evidence:
        numbers.append(_("%(number)s m away") % {"number": link.evidence["metres"]})
    for key in ("places", "seq_gap"):
        if key in link.evidence:
            numbers.append(_("%(number)s places apart") % {"number": link.evidence[key]})
    if link.evidence.get("by_hand"):
        numbers.append(_("added by hand"))
    return {
        "label": wording.of(wording.LAYERS, link.layer),
        "class": wording.of(wording.CLASSES, link.degree),
        "first": link.first_date,
        "last": link.last_date,
        "numbers": numbers,
        "rule_key": link.rule_key,
    }


def _by_layer(rows: Any) -> list[dict[str, Any]]:
    made = sorted((_contact(row) for row in rows), key=lambda each: (each["class"], each["layer"], each["door"]))
    groups = groupby(made, key=lambda each: (each["class"], each["layer"]))
    return [{"class": key[0], "layer": key[1], "rows": list(mine)} for key, mine in groups]


@require_GET
def contact_search(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will find people by pinyin initials, name, door or phone tail, to be put on the list."""
    actor, area_id = actor_of(request), area_of(request)
    row = access.visible_investigation(actor, uuid, area_id=area_id, permission=access.WRITE)
    scope = access.scope_of(actor, access.WRITE, area_id=area_id)
    text = request.GET.get("q", "")[:60]
    people = community.search_people(area_id=area_id, scope=scope, text=text, limit=20)
    found = [
        {
            "uuid": person.uuid,
            "door": person.dwelling.door if person.dwelling else "",
            "name": community.masked_name(person),
        }
        for person in people
        if person.pk != row.person_id
    ]
    context = {"row": row, "people": found, "text": text, "contact_form": forms.ContactForm()}
    context["title"] = _("Add a contact by hand")
    partial = request.headers.get("HX-Request")
    return render(request, "tracing/_search.html" if partial else "tracing/search.html", context)


@require_POST
def contact_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list somebody whom only the interview tells."""
    actor, area_id = actor_of(request), area_of(request)
    row = access.visible_investigation(actor, uuid, area_id=area_id, permission=access.WRITE)
    form = forms.ContactForm(request.POST)
    if not form.is_valid():
        return _contacts_page(request, row, form, status=422)
    data = form.cleaned_data
    person = access.visible_person(actor, data["person"], area_id=area_id)
    days = {"first_date": data["first_date"], "last_date": data["last_date"]}
    where = {"incident_id": row.incident_id, "case_uuid": row.person.uuid, "person_uuid": person.uuid}

    def effect() -> dict[str, Any]:
        link = api.add_contact(**who(request), **where, layer=data["layer"], **days)
        return {"link": str(link.uuid)}

    try:
        once(request, "tracing.contact.add", {"case": str(row.uuid), "person": str(person.uuid)}, effect)
    except api.WrongContact as error:
        form.add_error(None, wording.of(wording.WRONG_CONTACT, error.field))
        return _contacts_page(request, row, form, status=422)
    except OtherBody:
        messages.error(request, _("This form was sent before with other content; open the page again."))
    except (api.NotACase, incidents.IncidentIsClosed):
        messages.error(request, _("This person is no case any more, or the incident is closed: nothing was added."))
    else:
        messages.success(request, _("The person is on the list; management and tests begin by the rules of today."))
    return redirect("tracing:contacts", uuid=uuid)


@require_POST
def contact_exclude(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take somebody off the list of a case with a reason."""
    row = access.visible_investigation(actor_of(request), uuid, area_id=area_of(request), permission=access.WRITE)
    form = forms.ExclusionForm(request.POST, reasons=api.exclusion_reasons(row.incident, at=at_of(request)))
    if not form.is_valid():
        messages.error(request, _("Choose why the person is taken off the list; nothing was changed."))
        return redirect("tracing:contacts", uuid=uuid)
    where = {"incident_id": row.incident_id, "case_uuid": row.person.uuid, "person_uuid": form.cleaned_data["person"]}
    try:
        count = api.exclude_contact(**who(request), **where, reason=form.cleaned_data["reason"])
    except api.NotOnTheList:
        messages.error(request, _("This person is not on the list of this case."))
    except incidents.IncidentIsClosed:
        messages.error(request, _("The incident is closed: nothing was changed."))
    else:
        text = _("The person is off this list. Management ends unless another case keeps it.")
        messages.success(request, text if count else _("The person was off this list already."))
    return redirect("tracing:contacts", uuid=uuid)


# ---------- management ----------
@require_GET
def managed(request: HttpRequest) -> HttpResponse:
    """This function will list people under management in the visitor's scope, next release first."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    incident = access.visible_incident(actor, area_id=area_id, permission=access.MANAGEMENT)
    if incident is None:
        return no_incident(request, "managed")
    scope = access.scope_of(actor, access.MANAGEMENT, area_id=area_id)
    form = forms.ManagedFilter(request.GET or None)
    wanted = form.wanted()
    where: dict[str, Any] = {"area_id": area_id, "incident_id": incident.pk}
    rows = api.list_managed(**where, scope=scope, **wanted, actor=actor, at=at)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown, today = list(page.object_list), clock.local_date(at)
    community.warm_names(area_id, [row.person for row in shown])
    stages = api.stages_on(area_id=area_id, management_ids=[row.pk for row in shown], today=today)
    late = api.late_test_people(**where, at=at)
    context = {
        "title": _("People under management"),
        "tabs": tabs(request, "managed"),
        "filter_form": form,
        "table": page_tables.managed_table(shown, stages, late, today),
        "page_obj": page,
    }
    return render(request, "tracing/managed.html", context)


@require_GET
def management(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the stages, tests and reasons of one person's management."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    row = access.visible_management(actor, uuid, area_id=area_id)
    found = api.management_of(management=row, actor=actor, at=at)
    today = clock.local_date(at)
    names = [row.person, *(link.case_person for link in found.links), *(link.via for link in found.links if link.via)]
    community.warm_names(area_id, names)
    bar = page_tables.stage_bar(found.stages, found.tests, last_contact=row.last_contact_date, today=today)
    may_see_case = may(request, access.READ)
    context = {
        "title": _("Management of %(door)s") % {"door": row.person.dwelling.door if row.person.dwelling else ""},
        "tabs": tabs(request, "managed"),
        "row": row,
        "name": community.masked_name(row.person),
        "person_class": wording.of(wording.CLASSES, row.person_class),
        "state": wording.of(wording.MANAGEMENT_STATES, row.state),
        "bar": bar,
        "tests": [(duty, page_tables.test_state(duty, today)) for duty in found.tests],
        "finding": found.finding,
        "reasons": [_reason(link, may_see_case) for link in found.links],
        "rule_key": found.rule_key,
        "source": found.source,
        "grade": found.grade,
    }
    return render(request, "tracing/management.html", context)


def _reason(link: Any, may_see_case: bool) -> dict[str, Any]:
    """Return why somebody is a contact; who the case is stays with tracers and headquarters."""
    case = link.case_person
    door = case.dwelling.door if case.dwelling else ""
    return {
        "layer": wording.of(wording.LAYERS, rules.SECONDARY if link.via_id else link.layer),
        "class": wording.of(wording.CLASSES, link.degree),
        "case": f"{door} {community.masked_name(case)}" if may_see_case else "",
        "first": link.first_contact_date,
        "last": link.last_contact_date,
        "rule_key": link.rule_key,
        "is_excluded": link.state == "EXCLUDED",
        "excluded_reason": wording.of(wording.EXCLUSIONS, link.excluded_reason) if link.excluded_reason else "",
    }


@require_GET
def tests(request: HttpRequest) -> HttpResponse:
    """This function will list the tests of a day in walking order, missed ones too; home sampling takes the same."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    incident = access.visible_incident(actor, area_id=area_id, permission=access.MANAGEMENT)
    if incident is None:
        return no_incident(request, "tests")
    scope = access.scope_of(actor, access.MANAGEMENT, area_id=area_id)
    on_date = _day_of(request) or clock.local_date(at)
    where = {"area_id": area_id, "incident_id": incident.pk}
    rows = api.tests_due(**where, scope=scope, on_date=on_date, actor=actor, at=at)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    community.warm_names(area_id, [person for person, _duty in shown])
    context = {
        "title": _("Tests due on %(day)s") % {"day": page_tables.when(on_date)},
        "tabs": tabs(request, "tests"),
        "on_date": on_date.isoformat(),
        "table": page_tables.tests_table(shown, on_date),
        "page_obj": page,
    }
    return render(request, "tracing/tests.html", context)


def _day_of(request: HttpRequest) -> Any:
    try:
        return parse_date(request.GET.get("date", ""))
    except ValueError:
        return None


# ---------- other rules, ledger ----------
@require_GET
def rule_preview(request: HttpRequest) -> HttpResponse:
    """This function will show what another rule set would change for each person under management."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    incident = access.visible_incident(actor, area_id=area_id, permission="tracing.rules.preview")
    if incident is None:
        return no_incident(request, "rules")
    profile = incidents.profile_of(incident)
    in_force = incidents.rule_set_of(incident, clock.local_date(at))
    known = {rule_set.id: rule_set for rule_set in profile.rule_sets}
    chosen = known.get(request.GET.get("rule_set", ""), in_force)
    where = {"area_id": area_id, "incident_id": incident.pk}
    shifts = api.preview_rule_set(**where, rule_set_id=chosen.id, at=at)
    page = Paginator(shifts, PAGE_SIZE).get_page(request.GET.get("page"))
    people = community.list_people(area_id=area_id, ids=[row.person_id for row in page.object_list])
    community.warm_names(area_id, people.values())
    counts = api.count_shifts(shifts)
    language = request.LANGUAGE_CODE
    context = {
        "title": _("What other rules would change"),
        "tabs": tabs(request, "rules"),
        "rule_sets": [
            {
                "url": f"?rule_set={row.id}",
                "label": row.name.in_language(language),
                "is_current": row.id == chosen.id,
                "is_in_force": row.id == in_force.id,
            }
            for row in known.values()
        ],
        "is_in_force": chosen.id == in_force.id,
        "counts": [(wording.of(wording.SHIFTS, code), counts[code.lower()]) for code in wording.SHIFTS],
        "table": page_tables.shift_table(list(page.object_list), people),
        "page_obj": page,
    }
    return render(request, "tracing/rules.html", context)


@require_http_methods(["GET", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """This function will give the contact ledger as a workbook, masked unless asked for with a purpose."""
    actor, area_id, at = actor_of(request), area_of(request), at_of(request)
    incident = access.visible_incident(actor, area_id=area_id, permission="tracing.ledger.export")
    if incident is None:
        return no_incident(request, "ledger")
    may_full = may(request, "tracing.ledger.export_full")
    form = forms.LedgerForm(request.POST or None, may_full=may_full)
    if request.method == "POST" and form.is_valid():
        content = api.contact_ledger(
            **who(request),
            incident=incident,
            scope=access.scope_of(actor, "tracing.ledger.export", area_id=area_id),
            purpose=form.cleaned_data["purpose"],
            is_full=bool(form.cleaned_data.get("is_full")) and may_full,
        )
        response = HttpResponse(content, content_type=_XLSX)
        name = f"contacts-{incident.code}-{clock.local_date(at).isoformat()}.xlsx"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response
    context = {"title": _("Contact ledger"), "tabs": tabs(request, "ledger"), "form": form}
    return render(request, "tracing/ledger.html", context, status=422 if request.method == "POST" else 200)
