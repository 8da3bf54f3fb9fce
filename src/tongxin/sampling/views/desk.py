"""The desk: one focused field for a reader or fingers, one answer that fills the screen; and operations from phones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import Operation, OtherBody, Outcome, once
from tongxin.base.pages import once_for_form, op_id_of, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.sampling import access, api, rules, wording
from tongxin.sampling.views.page import is_part, round_tabs

_MOST_FOUND = 12
_MOST_BYTES = 65_536


@dataclass
class _Desk:
    """What is on the desk's screen."""

    desk: str
    tube: str
    told: dict[str, Any] | None = None
    found: list[dict[str, Any]] = field(default_factory=list)
    #: a door whose whole names may be shown, because its people look alike
    door: str = ""
    #: a code that is taken for a tube only when it comes a second time
    unsure: str = ""
    guest: dict[str, Any] | None = None
    undo: dict[str, Any] | None = None
    status: int = 200


@require_GET
def desk(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the desk of a round with the tube in hand."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.register")
    return _show(request, round_, _screen(request))


def _screen(request: HttpRequest) -> _Desk:
    return _Desk(request.GET.get("desk", "").strip()[:40], "".join(request.GET.get("tube", "").split()).upper()[:40])


def _show(request: HttpRequest, round_: api.SamplingRound, screen: _Desk) -> HttpResponse:
    tube = _tube_in_hand(request, round_, screen.tube)
    query = urlencode({"desk": screen.desk, "tube": screen.tube})
    context = {
        "title": _("Desk %(desk)s") % {"desk": screen.desk} if screen.desk else _("Desk"),
        "round": round_,
        "tabs": round_tabs(request, round_, "desk"),
        "back_url": reverse("sampling:round", args=[round_.uuid]),
        "desk": screen.desk,
        "tube": tube,
        "told": screen.told,
        "found": screen.found,
        "hidden": _hidden(screen),
        "door": screen.door,
        "names_url": f"{reverse('sampling:names', args=[round_.uuid])}?{query}",
        "guest": screen.guest,
        "undo": screen.undo,
        "register_url": f"{reverse('sampling:register', args=[round_.uuid])}?{query}",
        "is_open": round_.state == "OPEN",
    }
    template = "sampling/_desk.html" if is_part(request) else "sampling/desk.html"
    return render(request, template, context, status=screen.status)


def _hidden(screen: _Desk) -> dict[str, str]:
    """Return what the next entry has to know of this one: who was offered, which code was doubtful."""
    choices = ",".join(str(row["uuid"]) for row in screen.found)
    return {name: text for name, text in (("choices", choices), ("unsure", screen.unsure)) if text}


def _tube_in_hand(request: HttpRequest, round_: api.SamplingRound, code: str) -> dict[str, Any] | None:
    """Return the tube for the screen; one that nobody is in yet is not stored and has no size of its own."""
    if not code:
        return None
    row = api.find_tube(area_of(request), code)
    if row is None or row.round_id != round_.pk:
        return {"code": code, "filled": 0, "capacity": round_.pool_size, "is_usable": row is None, "members": []}
    view = api.tube_view(row, at=at_of(request))
    return {
        "uuid": view.uuid,
        "code": view.code,
        "filled": view.filled,
        "capacity": view.capacity,
        "is_usable": view.state == "OPEN" and view.filled < view.capacity,
        "is_open": view.state == "OPEN",
        "state_text": wording.label(wording.TUBE_STATES, view.state),
        "members": [
            {"seq": m.seq, "name": m.name, "door": m.door, "marks": wording.marks(m.marks)} for m in view.members
        ],
    }


# ---------- one entry ----------
@require_POST
def register(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take what was scanned, typed or picked: a tube into hand, or a person into the tube."""
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_of(request), permission="sampling.register")
    screen = _screen(request)
    typed = request.POST.get("code", "").strip()[:80]
    picked = request.POST.get("person", "") or _chosen(request.POST.get("choices", ""), typed)
    tube = _tube_in_hand(request, round_, screen.tube)
    if picked:
        _register(
            request,
            round_,
            screen,
            access.visible_person_uuid(actor_of(request), _as_uuid(picked), area_id=area_of(request)),
        )
    elif tube is None or not tube["is_usable"]:
        _take_tube(request, round_, screen, typed)
    else:
        _find(request, round_, screen, typed)
    return _show(request, round_, screen)


def _chosen(choices: str, typed: str) -> str:
    """Return the choice whose number was typed, so that a keyboard is enough; empty when it is no number of one."""
    offered = choices.split(",")[:_MOST_FOUND]
    return offered[int(typed) - 1] if typed in map(str, range(1, len(offered) + 1)) else ""


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _refuse(screen: _Desk, code: str, numbers: dict[str, Any] | None = None, status: int = 422) -> None:
    screen.told = {"result": "stop", "text": wording.sentence(wording.REGISTER, code, numbers)}
    screen.status = status


def _take_tube(request: HttpRequest, round_: api.SamplingRound, screen: _Desk, typed: str) -> None:
    try:
        code = rules.clean_tube_code(typed)
    except rules.BadTubeCode:
        _refuse(screen, "BAD_TUBE")
        return
    if not rules.looks_like_tube(code):
        _refuse(screen, "NO_TUBE")
        return
    row = api.find_tube(area_of(request), code)
    if row is not None and row.round_id != round_.pk:
        _refuse(screen, "OTHER_ROUND", {"tube": code, "number": row.round.number})
    elif row is not None and row.state != "OPEN":
        code_ = "TUBE_FULL" if row.filled >= row.capacity else "TUBE_CLOSED"
        _refuse(screen, code_, {"tube": code, "filled": row.filled, "capacity": row.capacity})
    else:
        screen.tube = code
        screen.told = {"result": "ok", "text": _("Tube %(tube)s") % {"tube": code}, "detail": _("Now scan the people.")}


def _find(request: HttpRequest, round_: api.SamplingRound, screen: _Desk, typed: str) -> None:
    area_id = area_of(request)
    scope = access.scope_or_404(actor_of(request), "sampling.register", area_id=area_id)
    known = api.find_tube(area_id, typed)
    if known is not None and known.code != screen.tube:
        _take_tube(request, round_, screen, typed)
        return
    people = community.search_people(area_id=area_id, scope=scope, text=typed, limit=_MOST_FOUND + 1)
    if len(people) == 1:
        _register(request, round_, screen, people[0].uuid)
    elif people:
        some = people[:_MOST_FOUND]
        _offer(screen, api.people_at_desk(area_id=area_id, round_=round_, people=some, at=at_of(request)))
    elif rules.looks_like_tube(code := "".join(typed.split()).upper()):
        # a slip of the finger must not lay the tube in hand aside: another kind of code has to come twice
        if rules.is_like(code, screen.tube) or request.POST.get("unsure") == code:
            _take_tube(request, round_, screen, typed)
        else:
            screen.unsure = code
            _refuse(screen, "NOBODY_OR_TUBE", {"tube": code})
    else:
        _refuse(screen, "NOBODY")


def _offer(screen: _Desk, people: list[api.DeskPerson]) -> None:
    """Put people on the screen to choose from, and the door whose whole names may help."""
    screen.found = [
        {
            "uuid": row.person_uuid,
            "name": row.name,
            "door": row.door,
            "marks": wording.marks(row.marks),
            "state": "" if row.state == "DUE" else row.state or "GUEST",
            "state_text": wording.label(wording.MEMBER_STATES, row.state) if row.state else _("not on the list"),
        }
        for row in people
    ]
    doors = {row.door for row in people if row.is_alike}
    screen.door = doors.pop() if len(doors) == 1 else ""
    screen.told = {
        "result": "warn",
        "text": _("Who is it?"),
        "detail": _("Several people fit. Type the number, or touch the name."),
    }


@require_POST
def names(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the whole names of one door to the desk; the look is recorded."""
    area_id = area_of(request)
    round_ = access.visible_round(actor_of(request), uuid, area_id=area_id, permission="sampling.names.show")
    scope = access.scope_or_404(actor_of(request), "sampling.names.show", area_id=area_id)
    screen = _screen(request)
    people = api.show_names(round_uuid=uuid, door=request.POST.get("door", "")[:40], scope=scope, **who(request))
    if people:
        _offer(screen, people)
        screen.door = ""
    else:
        _refuse(screen, "NOBODY")
    return _show(request, round_, screen)


def _register(request: HttpRequest, round_: api.SamplingRound, screen: _Desk, person_uuid: UUID) -> None:
    as_guest = request.POST.get("as_guest") == "yes"
    how = "PICK" if request.POST.get("person") else "SCAN"
    body = {
        "round": str(round_.uuid),
        "tube": screen.tube,
        "person": str(person_uuid),
        "desk": screen.desk,
        "as_guest": as_guest,
        "how": how,
    }
    try:
        receipt = api.register(
            round_uuid=round_.uuid,
            tube_code=screen.tube,
            person_uuid=person_uuid,
            how="DOOR" if round_.kind != "MASS" else how,
            desk=screen.desk,
            as_guest=as_guest,
            op=Operation(op_id_of(request), "sampling.register", body),
            **who(request),
        ).receipt
    except api.RegisterRefused as refused:
        _refuse(screen, refused.code, refused.numbers, 409 if refused.code == "ALREADY" else 422)
        if refused.code == "NOT_ON_LIST":
            screen.guest = _person(request, round_, person_uuid)
        return
    except OtherBody:
        _refuse(screen, "OTHER_BODY", status=409)
        return
    _confirm(screen, receipt, _person(request, round_, person_uuid))


def _person(request: HttpRequest, round_: api.SamplingRound, uuid: UUID) -> dict[str, Any]:
    area_id = area_of(request)
    row = community.list_people_by_uuid(area_id=area_id, uuids=[uuid])[uuid]
    [shown] = api.people_at_desk(area_id=area_id, round_=round_, people=[row], at=at_of(request))
    return {"uuid": uuid, "name": shown.name, "door": shown.door, "marks": wording.marks(shown.marks)}


def _confirm(screen: _Desk, receipt: dict[str, Any], person: dict[str, Any]) -> None:
    whom = " ".join(part for part in (person["name"], person["door"], person["marks"]) if part)
    text = f"{whom} · {receipt['seq']}/{receipt['capacity']}"
    detail = _("The tube is full. Close it and scan the next tube.") if receipt["is_full"] else ""
    screen.told = {"result": "ok", "text": text, "detail": detail}
    screen.undo = {
        "text": text,
        "url": reverse("sampling:void", args=[receipt["registration"]]),
        "seconds": rules.UNDO_SECONDS,
        "fields": {"desk": screen.desk, "tube": screen.tube, "reason": "MISTAKE"},
    }


# ---------- taking back, closing ----------
@require_POST
def void(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take a registration back, with a reason, once for its operation id."""
    registration = access.visible_registration(actor_of(request), uuid, area_id=area_of(request))
    reason = request.POST.get("reason", "MISTAKE")
    reason = reason if reason in rules.VOID_REASONS else "MISTAKE"

    def effect() -> dict[str, Any]:
        tube = api.void_registration(registration_uuid=registration, reason=reason, **who(request))
        return {"tube": tube.code, "round": str(tube.round.uuid)}

    try:
        receipt = once_for_form(request, "sampling.void", {"registration": uuid, "reason": reason}, effect).receipt
    except api.HasResult:
        messages.error(request, wording.label(wording.REGISTER, "HAS_RESULT"))
        return redirect("sampling:list")
    except OtherBody:
        messages.error(request, wording.label(wording.REGISTER, "OTHER_BODY"))
        return redirect("sampling:list")
    messages.success(request, _("Taken back. The person is on the list again, the place in the tube is free."))
    query = urlencode({"desk": request.POST.get("desk", "")[:40], "tube": receipt["tube"]})
    return redirect(f"{reverse('sampling:desk', args=[receipt['round']])}?{query}")


@require_POST
def close_tube(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will close a tube that is not full and ask for the next one."""
    tube = access.visible_tube(actor_of(request), uuid, area_id=area_of(request), permission="sampling.register")
    closed = api.close_tube(tube_uuid=uuid, **who(request))
    text = _("Tube %(tube)s is closed with %(n)s people. Scan the next tube.")
    messages.success(request, text % {"tube": closed.code, "n": closed.filled})
    query = urlencode({"desk": request.POST.get("desk", "")[:40]})
    return redirect(f"{reverse('sampling:desk', args=[tube.round.uuid])}?{query}")


# ---------- operations ----------
class _RegisterBody(msgspec.Struct, forbid_unknown_fields=True):
    round: UUID
    tube: str
    person: UUID
    how: str = "SCAN"
    desk: str = ""
    as_guest: bool = False
    sampled_at: datetime | None = None


class _VoidBody(msgspec.Struct, forbid_unknown_fields=True):
    registration: UUID
    reason: str = "MISTAKE"


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    op_id: UUID
    kind: str
    body: dict[str, Any]
    device_id: str = ""
    device_seq: int | None = None
    device_time: datetime | None = None


def _refusal(status: int, code: str, numbers: dict[str, Any] | None = None) -> JsonResponse:
    text = wording.sentence(wording.REGISTER, code, numbers)
    plain = {key: value for key, value in (numbers or {}).items() if isinstance(value, str | int)}
    return JsonResponse({"code": code, "text": text, "numbers": plain}, status=status)


@require_POST
def ops(request: HttpRequest) -> JsonResponse:
    """This function will take one operation of a phone and answer with its receipt.

    200 receipt (the same one for a repeat) · 400 not readable · 404 nothing there for this account · 409 same id with
    another body, or the person is registered already · 422 refused, with the rule. A 4xx is shown to a person.
    """
    access.scope_or_404(actor_of(request), "sampling.register", area_id=area_of(request))
    if len(request.body) > _MOST_BYTES:
        return _refusal(400, "BAD_REQUEST")
    try:
        sent = msgspec.json.decode(request.body, type=_Sent)
        verb = _VERBS[sent.kind]
        operation = Operation(
            sent.op_id, sent.kind, sent.body, sent.device_id[:64], sent.device_seq, _aware(sent.device_time)
        )
        outcome = verb(request, operation)
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        return _refusal(400, "BAD_REQUEST")
    except OtherBody:
        return _refusal(409, "OTHER_BODY")
    except api.RegisterRefused as refused:
        return _refusal(409 if refused.code == "ALREADY" else 422, refused.code, refused.numbers)
    except api.HasResult:
        return _refusal(422, "HAS_RESULT")
    return JsonResponse({"receipt": outcome.receipt, "is_repeat": outcome.is_repeat})


def _aware(moment: datetime | None) -> datetime | None:
    """Return a device's time if it says where on earth it is; a time without a zone means nothing."""
    return moment if moment is not None and moment.tzinfo is not None else None


def _op_register(request: HttpRequest, operation: Operation) -> Outcome:
    body = msgspec.convert(operation.body, _RegisterBody)
    person = access.visible_person_uuid(actor_of(request), body.person, area_id=area_of(request))
    return api.register(
        round_uuid=body.round,
        tube_code=body.tube,
        person_uuid=person,
        how=body.how,
        desk=body.desk,
        as_guest=body.as_guest,
        op=operation,
        sampled_at=_aware(body.sampled_at),
        **who(request),
    )


def _op_void(request: HttpRequest, operation: Operation) -> Outcome:
    body = msgspec.convert(operation.body, _VoidBody)
    if body.reason not in rules.VOID_REASONS:
        raise KeyError(body.reason)
    registration = access.visible_registration(actor_of(request), body.registration, area_id=area_of(request))

    def effect() -> dict[str, Any]:
        tube = api.void_registration(registration_uuid=registration, reason=body.reason, **who(request))
        return {"tube": tube.code, "filled": tube.filled}

    return once(operation, effect, **who(request))


_VERBS: dict[str, Callable[[HttpRequest, Operation], Outcome]] = {
    "sampling.register": _op_register,
    "sampling.void": _op_void,
}
