"""Changes of residents by hand: somebody moves, moves out, is added; special care begins or ends. Each can be taken back."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import Operation, OtherBody, once
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import access, api, page_tables, wording
from tongxin.community.forms import AddPersonForm, BeginCareForm, EndCareForm, MoveForm, MoveOutForm

EDIT = "community.resident.change"


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def _scope(request: HttpRequest) -> Any:
    return access.scope(actor_of(request), EDIT, area_id=area_of(request))


def _person(request: HttpRequest, uuid: UUID) -> api.Person:
    return access.visible_person(actor_of(request), uuid, area_id=area_of(request), permission=EDIT)


def _today(request: HttpRequest) -> dict[str, str]:
    return dict.fromkeys(("moved_on", "since", "ended_on"), clock.local_date(at_of(request)).isoformat())


def _refuse(form: django_forms.Form, refused: Exception) -> None:
    if isinstance(refused, StaleVersion):
        form.add_error(None, _("Somebody else changed this person meanwhile. Reload the page and compare."))
    elif isinstance(refused, api.WrongValue):
        form.add_error(refused.field, wording.reason_words(refused.code, refused.field))
    elif isinstance(refused, api.ChangeRefused):
        form.add_error(None, str(wording.CHANGE_REFUSALS[refused.code]))


# ---------- moving ----------
def _move_page(request: HttpRequest, row: api.Person, form: MoveForm | None, status: int = 200) -> HttpResponse:
    area_id = area_of(request)
    api.warm_names(area_id, [row])
    stays = api.stays_of(area_id, row)
    undoable = api.undoable_change(row, stays)
    context = {
        "title": _("Move of %(name)s") % {"name": api.masked_name(row)},
        "person": row,
        "door": page_tables.door_of(row),
        "form": form or MoveForm(initial={"version": row.version, **_today(request)}),
        "is_gone": row.moved_out_at is not None,
        "table": page_tables.stays_table(stays),
        "undo": wording.UNDO[undoable] if undoable else "",
    }
    return render(request, "community/move.html", context, status=status)


@require_http_methods(["GET", "POST"])
@never_cache
def person_move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show where a person lived, and let the person live at another door from a day on."""
    row = _person(request, uuid)
    if request.method == "GET":
        return _move_page(request, row, None)
    form = MoveForm(request.POST)
    if form.is_valid():
        try:
            dwelling = api.move_person(uuid=row.uuid, scope=_scope(request), **form.cleaned_data, **_who(request))
        except (api.ChangeRefused, StaleVersion) as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _("The move to %(door)s is noted.") % {"door": dwelling.door})
            return redirect("community:person", uuid=uuid)
    return _move_page(request, row, form, 422)


@require_POST
def person_undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take back the last move or the moving out of a person."""
    row = _person(request, uuid)
    version = request.POST.get("version", "")
    try:
        api.undo_change(uuid=row.uuid, version=int(version) if version.isdigit() else 0, **_who(request))
    except api.ChangeRefused as refused:
        messages.error(request, str(wording.CHANGE_REFUSALS[refused.code]))
    except StaleVersion:
        messages.error(request, _("Somebody else changed this person meanwhile. Reload the page and compare."))
    else:
        messages.success(request, _("It is taken back: the person lives where it was before."))
    return redirect("community:person_move", uuid=uuid)


@require_http_methods(["GET", "POST"])
@never_cache
def household_move_out(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let a household, or some of it, move out of the compound from a day on."""
    area_id, reach = area_of(request), _scope(request)
    dwelling = access.visible_dwelling(actor_of(request), uuid, area_id=area_id)
    found = api.household_page(area_id=area_id, dwelling=dwelling, scope=reach)
    choices = [(str(row.uuid), page_tables.told_apart(row)) for row in found]
    initial = {"people": [value for value, _label in choices], **_today(request)}
    form = MoveOutForm(request.POST if request.method == "POST" else None, people=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        uuids = [UUID(text) for text in data.pop("people")]
        try:
            count = api.move_out(scope=reach, person_uuids=uuids, **data, **_who(request))
        except api.ChangeRefused as refused:
            _refuse(form, refused)
        else:
            text = ngettext("%(n)s person is noted as moved out.", "%(n)s people are noted as moved out.", count)
            messages.success(request, text % {"n": count})
            return redirect("community:household", uuid=uuid)
    context = {"title": _("Moving out of %(door)s") % {"door": dwelling.door}, "dwelling": dwelling, "form": form}
    return render(request, "community/move_out.html", context, status=422 if request.method == "POST" else 200)


# ---------- adding ----------
def _asked_door(request: HttpRequest) -> str:
    asked = request.GET.get("dwelling", "")
    if not asked:
        return ""
    try:
        return access.visible_dwelling(actor_of(request), UUID(asked), area_id=area_of(request)).door
    except ValueError as error:
        raise Http404 from error


@require_http_methods(["GET", "POST"])
@never_cache
def add_person(request: HttpRequest) -> HttpResponse:
    """Add somebody who is on no ledger; the form sent twice adds one person."""
    reach = _scope(request)
    if request.method == "GET":
        return _add_page(request, AddPersonForm(initial={"door": _asked_door(request), **_today(request)}))
    form = AddPersonForm(request.POST)
    if not form.is_valid():
        return _add_page(request, form)
    data = dict(form.cleaned_data)
    rest = {key: data.pop(key) for key in ("door", "since", "reason")}

    def add() -> dict[str, Any]:
        added = api.add_resident(scope=reach, values=data, **rest, **_who(request))
        return {"person": str(added.uuid), "lookalike": added.has_lookalike}

    told = json.dumps({**request.POST.dict(), "csrfmiddlewaretoken": ""}, sort_keys=True, ensure_ascii=False)
    try:
        body = {"form": hashlib.sha256(told.encode()).hexdigest()}
        operation = Operation(op_id=UUID(request.POST.get("op_id", "")), kind=EDIT, body=body)
        outcome = once(operation, add, **_who(request))
    except (api.ChangeRefused, api.WrongValue) as refused:
        _refuse(form, refused)
        return _add_page(request, form)
    except OtherBody:
        form.add_error(None, _("This form was sent before with other values. Reload the page and fill it in again."))
        return _add_page(request, form)
    except ValueError as error:
        raise Http404 from error
    if outcome.receipt["lookalike"]:
        messages.warning(
            request, _("Added. Somebody on the ledger looks alike; the pair waits under possible duplicates.")
        )
    else:
        messages.success(request, _("The person is on the ledger now."))
    return redirect("community:person", uuid=outcome.receipt["person"])


def _add_page(request: HttpRequest, form: AddPersonForm) -> HttpResponse:
    context = {
        "title": _("Add a person"),
        "lead": _("For a baby, a new tenant or somebody whom the ledger forgot. Only name, door and day are needed."),
        "form": form,
    }
    return render(request, "community/add_person.html", context, status=422 if form.is_bound else 200)


# ---------- special care ----------
def _care_page(
    request: HttpRequest, row: api.Person, begin: BeginCareForm | None = None, end: EndCareForm | None = None
) -> HttpResponse:
    area_id = area_of(request)
    rows = api.look_at_persons_care(person=row, **_who(request))
    codes = [care.code for care in rows if care.ends_at is None]
    api.warm_names(area_id, [row])
    context = {
        "title": _("Special care of %(name)s") % {"name": api.masked_name(row)},
        "person": row,
        "door": page_tables.door_of(row),
        "rows": page_tables.care_history(rows),
        "begin": begin or BeginCareForm(initial=_today(request), auto_id="begin_%s"),
        "end": end or (EndCareForm(codes=codes, initial=_today(request), auto_id="end_%s") if codes else None),
    }
    return render(request, "community/person_care.html", context, status=422 if begin or end else 200)


@require_GET
@never_cache
def person_care(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the special care of one person, open and ended; the look is in the audit."""
    return _care_page(request, _person(request, uuid))


@require_POST
@never_cache
def care_begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open a class of special care from a day on."""
    row = _person(request, uuid)
    form = BeginCareForm(request.POST, auto_id="begin_%s")
    if form.is_valid():
        try:
            api.begin_care(person=row, **form.cleaned_data, **_who(request))
        except api.ChangeRefused as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _("The special care has begun."))
            return redirect("community:person_care", uuid=uuid)
    return _care_page(request, row, begin=form)


@require_POST
@never_cache
def care_end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """End a class of special care from a day on."""
    row = _person(request, uuid)
    codes = api.care_codes_of(area_id=area_of(request), person_ids=[row.pk]).get(row.pk, ())
    form = EndCareForm(request.POST, codes=list(codes), auto_id="end_%s")
    if form.is_valid():
        try:
            api.end_care(person_uuid=row.uuid, **form.cleaned_data, **_who(request))
        except api.ChangeRefused as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _("The special care has ended. It can be taken back below."))
            return redirect("community:person_care", uuid=uuid)
    return _care_page(request, row, end=form)


@require_POST
def care_reopen(request: HttpRequest, uuid: UUID, care: UUID) -> HttpResponse:
    """Take back the end of a class of special care."""
    row = _person(request, uuid)
    try:
        api.reopen_care(person_uuid=row.uuid, care_uuid=care, **_who(request))
    except api.ChangeRefused as refused:
        messages.error(request, str(wording.CHANGE_REFUSALS[refused.code]))
    else:
        messages.success(request, _("It is taken back: the special care goes on."))
    return redirect("community:person_care", uuid=uuid)
