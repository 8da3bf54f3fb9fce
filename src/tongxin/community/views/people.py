"""People: list, search, one person, household, special care, what has to be verified."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock, policy
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import access, api, page_tables, wording
from tongxin.community.forms import ChooseFieldForm, CorrectForm, FilterForm, PurposeForm, SearchForm

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _filter_form(request: HttpRequest) -> FilterForm:
    area_id = area_of(request)
    numbers = [building.number for building in api.list_buildings(area_id)]
    with_care = policy.may(actor_of(request), "community.care.list", area_id=area_id)
    return FilterForm(request.GET if request.method == "GET" else request.POST, buildings=numbers, with_care=with_care)


def _wanted(form: FilterForm) -> api.PeopleFilter:
    data = form.cleaned_data if form.is_valid() else {}
    return api.PeopleFilter(
        building=data.get("building", ""),
        entrance=data.get("entrance", ""),
        care=data.get("care", ""),
        is_to_verify=bool(data.get("to_verify")),
    )


def _list_context(
    request: HttpRequest, table: dict[str, Any], filters: FilterForm, search: SearchForm
) -> dict[str, Any]:
    may_export = policy.may(actor_of(request), "community.person.export", area_id=area_of(request))
    return {
        "title": _("List of people"),
        "lead": _("Names are masked. Open a person to see the details; every look is recorded."),
        "table": table,
        "filter_form": filters,
        "search_form": search,
        "may_export": may_export,
        "may_change": policy.may(actor_of(request), "community.resident.change", area_id=area_of(request)),
    }


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Show the people in scope, masked, fifty a page, narrowed by the codes in the address."""
    area_id = area_of(request)
    reach = access.scope(actor_of(request), "community.person.list", area_id=area_id)
    form = _filter_form(request)
    wanted = _wanted(form)
    found = api.filtered_people(area_id=area_id, scope=reach, wanted=wanted)
    if wanted.care:
        # Whoever filters by a class reads health facts of everybody on the page.
        api.look_at_care(area_id=area_id, scope=reach, code=wanted.care, actor=actor_of(request), at=at_of(request))
    page = page_tables.page_of(request, found)
    context = _list_context(request, page_tables.people_table(area_id, page.object_list), form, SearchForm())
    return render(request, "community/people.html", {**context, "page_obj": page})


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Show the first fifty people that a typed text means; posted, since a name must not stand in an address."""
    area_id = area_of(request)
    reach = access.scope(actor_of(request), "community.person.list", area_id=area_id)
    form = SearchForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    found = api.search_people(area_id=area_id, scope=reach, text=text, limit=page_tables.PER_PAGE)
    table = page_tables.people_table(area_id, found)
    table["empty_text"] = _(
        "Try pinyin initials such as zsm, a door such as 18-1-302, or the last four digits of a phone."
    )
    context = _list_context(request, table, _filter_form(request), form)
    return render(request, "community/people.html", {**context, "is_search": True})


@require_POST
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """Download the filtered people as a workbook that can be imported again; the download is in the audit."""
    area_id = area_of(request)
    reach = access.scope(actor_of(request), "community.person.export", area_id=area_id)
    kind = "special-care" if request.POST.get("kind") == "special-care" else "people"
    content = api.export_people(
        area_id=area_id,
        scope=reach,
        wanted=_wanted(_filter_form(request)),
        kind=kind,
        language=wording.language(),
        actor=actor_of(request),
        at=at_of(request),
    )
    day = clock.local_date(at_of(request)).isoformat()
    response = HttpResponse(content, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="tongxin-{kind}-{day}.xlsx"'
    return response


def _person_context(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    area_id = area_of(request)
    viewer = actor_of(request)
    row = access.visible_person(viewer, uuid, area_id=area_id)
    api.warm_names(area_id, [row])
    return {
        "title": api.masked_name(row) or _("Without a name"),
        "person": row,
        "door": page_tables.door_of(row),
        "purpose_form": PurposeForm(),
        "may_reveal": policy.may(viewer, "community.person.reveal", area_id=area_id),
        "may_change": policy.may(viewer, "community.resident.change", area_id=area_id),
        "looks": page_tables.looks_table(api.last_looks(area_id=area_id, uuid=uuid)),
    }


@require_GET
@never_cache
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one person masked, with the question what the details are needed for, and who looked before."""
    return render(request, "community/person.html", _person_context(request, uuid))


def _detail_rows(detail: api.PersonDetail) -> list[dict[str, Any]]:
    rows = []
    for field, label in wording.FIELDS.items():
        value = getattr(detail, field)
        if field == "sex":
            value = wording.SEX[detail.sex]
        elif field == "id_kind":
            value = wording.ID_KINDS.get(detail.id_kind, detail.id_kind)
        elif field == "lives_alone":
            value = _("Yes") if detail.lives_alone else ""
        if value not in ("", None):
            rows.append({"label": label, "value": value, "is_phone": field in ("phone", "phone_2")})
    return rows


@require_POST
@never_cache
def details(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show everything about one person after a purpose was given; the look is in the audit, or there is no page."""
    area_id, viewer = area_of(request), actor_of(request)
    access.visible_person(viewer, uuid, area_id=area_id, permission="community.person.reveal")
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return render(
            request, "community/person.html", {**_person_context(request, uuid), "purpose_form": form}, status=422
        )
    detail = api.reveal_person(
        area_id=area_id, uuid=uuid, actor=viewer, at=at_of(request), purpose=form.cleaned_data["purpose"]
    )
    context = _person_context(request, uuid) | {
        "title": detail.name or _("Without a name"),
        "rows": _detail_rows(detail),
        "care": [
            {"label": wording.CARE[c.code], "detail": c.detail, "days": c.medicine_days_left} for c in detail.care
        ],
    }
    if policy.may(viewer, "community.person.correct", area_id=area_id):
        context["correct_form"] = ChooseFieldForm(initial={"version": detail.version})
    return render(request, "community/person.html", context)


def _correct(request: HttpRequest, uuid: UUID, form: CorrectForm | ChooseFieldForm) -> bool:
    """Correct a field; False with the error on the form, so that what was typed is kept."""
    if not form.is_valid():
        return False
    try:
        api.correct_person(
            area_id=area_of(request),
            uuid=uuid,
            version=form.cleaned_data["version"],
            field=form.cleaned_data["field"],
            value=form.cleaned_data["value"],
            actor=actor_of(request),
            at=at_of(request),
            today=clock.local_date(at_of(request)),
        )
    except api.WrongValue as wrong:
        form.add_error(
            "value", _("Nothing was changed. %(reason)s") % {"reason": wording.reason_words(wrong.code, wrong.field)}
        )
        return False
    except StaleVersion:
        form.add_error(None, _("Somebody else changed this person meanwhile. Open the details again and compare."))
        return False
    return True


@require_POST
@never_cache
def correct(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Correct one field of a person and say what happened."""
    access.visible_person(actor_of(request), uuid, area_id=area_of(request), permission="community.person.correct")
    form = ChooseFieldForm(request.POST)
    if not _correct(request, uuid, form):
        context = _person_context(request, uuid) | {"correct_form": form}
        return render(request, "community/person.html", context, status=422)
    messages.success(request, _("The field was corrected. Doubts about it are closed."))
    return redirect("community:person", uuid=uuid)


@require_GET
@never_cache
def household(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show who lives behind a door, masked."""
    area_id, viewer = area_of(request), actor_of(request)
    dwelling = access.visible_dwelling(viewer, uuid, area_id=area_id)
    reach = access.scope(viewer, "community.person.list", area_id=area_id)
    found = api.household_page(area_id=area_id, dwelling=dwelling, scope=reach)
    context = {
        "title": dwelling.door,
        "dwelling": dwelling,
        "table": page_tables.people_table(area_id, found),
        "may_change": policy.may(viewer, "community.resident.change", area_id=area_id),
    }
    return render(request, "community/household.html", context)


@require_GET
@never_cache
def care(request: HttpRequest) -> HttpResponse:
    """Show the special-care list, masked; the page view is in the audit, since it lists health facts."""
    area_id, viewer = area_of(request), actor_of(request)
    reach = access.scope(viewer, "community.care.list", area_id=area_id)
    form = _filter_form(request)
    wanted = _wanted(form)
    rows = api.look_at_care(
        area_id=area_id, scope=reach, code=wanted.care, building=wanted.building, actor=viewer, at=at_of(request)
    )
    page = page_tables.page_of(request, rows)
    context = {
        "title": _("Special care"),
        "lead": _("People who need more than others. Particulars stay sealed until you open a person."),
        "filter_form": form,
        "counts": [
            {"label": wording.CARE[code], "value": count}
            for code, count in api.count_care(area_id=area_id, scope=reach).items()
        ],
        "table": page_tables.care_table(area_id, page.object_list),
        "page_obj": page,
        "may_export": policy.may(viewer, "community.person.export", area_id=area_id),
    }
    return render(request, "community/care.html", context)


@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Show what an import left in doubt, for those who can ask at the door."""
    area_id = area_of(request)
    reach = access.scope(actor_of(request), "community.person.correct", area_id=area_id)
    page = page_tables.page_of(request, api.list_to_verify(area_id=area_id, scope=reach))
    context = {
        "title": _("To verify"),
        "lead": _(
            "These people are on the ledger; one field of each was left empty or is doubtful. Ask and fill it in."
        ),
        "table": page_tables.verify_table(area_id, page.object_list),
        "page_obj": page,
    }
    return render(request, "community/list.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def verify_item(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer one doubt: the right value, or that what is stored is right."""
    area_id = area_of(request)
    item = access.visible_verify_item(actor_of(request), uuid, area_id=area_id)
    field = api.editable_field(item.field)
    initial = {"field": field, "version": item.person.version}
    form = CorrectForm(request.POST) if request.method == "POST" else CorrectForm(initial=initial, field_name=field)
    if request.method == "POST" and _correct(request, item.person.uuid, form):
        messages.success(request, _("The answer is stored. Here is what is left to verify."))
        return redirect("community:verify")
    api.warm_names(area_id, [item.person])
    context = {
        "title": _("Verify one field"),
        "person": item.person,
        "name": api.masked_name(item.person),
        "door": page_tables.door_of(item.person),
        "item": item,
        "field_label": wording.field_words(item.field),
        "reason": wording.reason_words(item.reason, item.field),
        "form": form if field else None,
    }
    return render(request, "community/verify_item.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def verify_right(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that what is stored is right; said twice, it is said once."""
    api.resolve_verify(
        area_id=area_of(request),
        uuid=access.visible_verify_item(actor_of(request), uuid, area_id=area_of(request)).uuid,
        actor=actor_of(request),
        at=at_of(request),
    )
    messages.success(request, _("Noted as right. Here is what is left to verify."))
    return redirect("community:verify")
