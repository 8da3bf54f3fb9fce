"""Needs: one record a need, with an owner and a due time from the start, closed only when told back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q, QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.base.outbox import publish
from tongxin.base.versions import update_versioned
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.residents import rules
from tongxin.residents.api.ground import local, open_incident_of, request_times
from tongxin.residents.events import RequestClosed, RequestOpened
from tongxin.residents.models import Escalation, LiaisonCall, Request

VISIT_KIND = "REQUEST_VISIT"
VISIT_ORIGIN = "residents.request"


class AnswerMissing(ValueError):
    """A need is not done without words about what was done: the person will be told these."""


class WrongScore(ValueError):
    """Satisfaction is a whole number from 1 to 5."""


class UnknownNeed(ValueError):
    """This kind of need or urgency does not exist."""


# ---------- reads ----------
def reached(scope: Scope, roles: Collection[str] = ()) -> Q:
    """Return the filter of what a scope reaches; OWN reaches what one owns, found, or what waits for one's role."""
    if scope.everything:
        return Q()
    found = Q(pk__in=[])
    if scope.grid_ids:
        found |= Q(grid_id__in=scope.grid_ids)
    if scope.building_ids:
        found |= Q(person__building_id__in=scope.building_ids)
    if scope.own and scope.account_id:
        found |= Q(owner_id=scope.account_id) | Q(call__caller__account_id=scope.account_id)
        if roles:
            found |= Q(owner=None, owner_role__in=list(roles))
    return found


def list_requests(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope,
    roles: Collection[str] = (),
    states: Collection[str] = (),
    urgency: str = "",
    kind: str = "",
    owner_id: int | None = None,
    late_at: datetime | None = None,
) -> QuerySet[Request]:
    """Return requests by due time with person and owner, filtered; `late_at` keeps open ones due before it."""
    rows = Request.objects.filter(area_id=area_id, incident_id=incident_id).filter(reached(scope, roles))
    if states:
        rows = rows.filter(state__in=list(states))
    if urgency:
        rows = rows.filter(urgency=urgency)
    if kind:
        rows = rows.filter(kind=kind)
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    if late_at is not None:
        rows = rows.filter(state__in=rules.OPEN_REQUESTS, due_at__lt=late_at)
    return rows.select_related("person__dwelling", "owner", "grid").order_by("due_at", "id")


def get_request(area_id: int, uuid: UUID) -> Request:
    """Return a request with its people. Raises Request.DoesNotExist."""
    rows = Request.objects.select_related("incident", "person__dwelling", "owner", "grid", "call__caller")
    return rows.get(area_id=area_id, uuid=uuid)


def reaches(scope: Scope, row: Request, roles: Collection[str] = ()) -> bool:
    """Tell whether a scope reaches a request."""
    return Request.objects.filter(pk=row.pk, area_id=scope.area_id).filter(reached(scope, roles)).exists()


def escalations_of(row: Request | LiaisonCall) -> list[Escalation]:
    """Return the steps that a request or a call went up the chain, oldest first."""
    return list(row.escalations.order_by("level"))


def visit_of(row: Request) -> dispatch.Task | None:
    """Return the task of the visit that was asked for, or None."""
    return dispatch.find_task(
        area_id=row.area_id,
        incident_id=row.incident_id,
        kind=VISIT_KIND,
        origin_kind=VISIT_ORIGIN,
        origin_uuid=row.uuid,
    )


# ---------- verbs ----------
def open_request(
    *,
    area_id: int,
    incident_id: int,
    person_uuid: UUID,
    kind: str,
    urgency: str = "",
    text: str = "",
    call_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> Request:
    """This function will record a need with its owner's role and due time.

    One record a need: when the same need of the same person stands already, that one is returned, more urgent if
    this is. Without `urgency` the kind decides. Raises UnknownNeed, incidents.IncidentIsClosed, Person.DoesNotExist.
    """
    need = rules.NEEDS.get(kind)
    if need is None or (urgency and urgency not in list(rules.Urgency)):
        raise UnknownNeed(kind)
    incident = open_incident_of(area_id, incident_id)
    person = community.get_person(area_id, person_uuid)
    wanted = urgency or need.urgency.value
    due = rules.due_at(wanted, local(at), request_times(incident, at))
    with transaction.atomic():
        standing = (
            Request.objects.select_for_update()
            .filter(area_id=area_id, incident=incident, person=person, kind=kind, state__in=rules.STANDING_REQUESTS)
            .first()
        )
        if standing is not None:
            return _again(standing, urgency=wanted, due=due, text=text, actor=actor, at=at)
        row = Request(
            area_id=area_id,
            subject_uuid=person.subject_uuid,
            incident=incident,
            person=person,
            grid_id=person.grid_id,
            kind=kind,
            urgency=wanted,
            owner_role=need.owner_role,
            found_by=actor.label[:160],
            call_id=call_id,
            opened_at=at,
            due_at=due,
        )
        row.text = text.strip()[: rules.LONGEST_TEXT]
        row.save(force_insert=True)
        _note("opened", row, actor, at, urgency=wanted)
        publish(RequestOpened(incident.uuid, row.uuid, wanted), area_id=area_id, at=at)
    return row


def _again(row: Request, *, urgency: str, due: datetime, text: str, actor: Actor, at: datetime) -> Request:
    """Bring a need that is heard once more up to date: never less urgent, never due later; done ones open again."""
    changes: dict[str, Any] = {"urgency": rules.hotter(row.urgency, urgency)}
    if row.state == Request.State.DONE:
        changes |= {"state": Request.State.IN_HAND, "done_at": None, "due_at": due, "escalation_level": 0}
    else:
        changes["due_at"] = min(row.due_at, due)
    if text.strip() and text.strip() not in row.text:
        row.text = f"{row.text}\n{text.strip()}".strip()[: rules.LONGEST_TEXT]
        changes["text"] = _sealed(row, "text")
    fresh = update_versioned(row, row.version, **changes)
    if row.state == Request.State.DONE:
        Escalation.objects.filter(area_id=row.area_id, request_id=row.pk).delete()
    _note("heard_again", fresh, actor, at, urgency=fresh.urgency)
    return fresh


def take_request(*, area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> Request:
    """This function will make the actor the owner. Raises rules.WrongStep and StaleVersion."""
    return _step(
        area_id, uuid, version, Request.State.IN_HAND, actor=actor, at=at, action="taken", owner_id=actor.account_id
    )


def pass_on_request(*, area_id: int, uuid: UUID, version: int, owner_role: str, actor: Actor, at: datetime) -> Request:
    """This function will give a need to another role, without an owner until somebody takes it.

    Raises UnknownNeed for a role that owns no needs, rules.WrongStep and StaleVersion.
    """
    if owner_role not in OWNER_ROLES:
        raise UnknownNeed(owner_role)
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.state not in rules.OPEN_REQUESTS:
            raise rules.WrongStep(row.state)
        changes = {"owner_id": None, "owner_role": owner_role, "state": Request.State.OPEN}
        fresh = update_versioned(row, version, **changes)
        _note("passed_on", fresh, actor, at, role=owner_role)
    return fresh


OWNER_ROLES = ("GRID_LEADER", "MEDIC", "COMMANDER")


def finish_request(*, area_id: int, uuid: UUID, version: int, answer: str, actor: Actor, at: datetime) -> Request:
    """This function will note what was done; the person is still to be told. Raises AnswerMissing, WrongStep, StaleVersion."""
    words = answer.strip()[: rules.LONGEST_TEXT]
    if not words:
        raise AnswerMissing
    with transaction.atomic():
        row = _locked(area_id, uuid)
        rules.check_step(row.state, Request.State.DONE)
        row.answer = words
        changes = {"state": Request.State.DONE, "done_at": at, "answer": _sealed(row, "answer")}
        if row.owner_id is None and actor.account_id is not None:
            changes["owner_id"] = actor.account_id
        fresh = update_versioned(row, version, **changes)
        _note("done", fresh, actor, at)
    return fresh


def tell_back(
    *, area_id: int, uuid: UUID, version: int, satisfaction: int | None, actor: Actor, at: datetime
) -> Request:
    """This function will close a need: the person was told, and says how well it was met (1-5, None: not asked).

    The only way to CLOSED. Raises WrongScore, rules.WrongStep (not done yet), StaleVersion.
    """
    if satisfaction is not None and satisfaction not in range(1, 6):
        raise WrongScore
    return _step(
        area_id,
        uuid,
        version,
        Request.State.CLOSED,
        actor=actor,
        at=at,
        action="told_back",
        told_back_at=at,
        satisfaction=satisfaction,
    )


def reopen_request(*, area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> Request:
    """This function will take a done need in hand again: the person says that it is not met. It is due anew."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.state != Request.State.DONE:
            raise rules.WrongStep(row.state)
        Escalation.objects.filter(area_id=area_id, request_id=row.pk).delete()
        changes = {"state": "IN_HAND", "done_at": None, "escalation_level": 0}
        due = rules.due_at(row.urgency, local(at), request_times(row.incident, at))
        fresh = update_versioned(row, version, **changes, due_at=due)
        _note("reopened", fresh, actor, at)
    return fresh


def _step(
    area_id: int, uuid: UUID, version: int, then: str, *, actor: Actor, at: datetime, action: str, **changes: Any
) -> Request:
    with transaction.atomic():
        row = _locked(area_id, uuid)
        rules.check_step(row.state, then)
        fresh = update_versioned(row, version, state=then, **changes)
        _note(action, fresh, actor, at)
        if then == Request.State.CLOSED:
            publish(RequestClosed(row.incident.uuid, row.uuid), area_id=area_id, at=at)
    return fresh


def _locked(area_id: int, uuid: UUID) -> Request:
    return Request.objects.select_for_update(of=("self",)).select_related("incident").get(area_id=area_id, uuid=uuid)


def _sealed(row: Request, name: str) -> bytes:
    sealed: bytes = Request._meta.get_field(name).sealed(row)  # type: ignore[union-attr]
    return sealed


def _note(action: str, row: Request, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        f"residents.request.{action}",
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="Request",
        target_uuid=row.uuid,
        detail={"state": row.state, **detail},
    )


def read_request(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Request:
    """This function will return a request to be read in full (what is needed, what was done) and audit the look."""
    row = get_request(area_id, uuid)
    audit.record(
        "residents.request.read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Request",
        target_uuid=uuid,
    )
    return row


# ---------- visits ----------
def send_visit(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> dispatch.Task:
    """This function will ask the dispatcher for somebody to go to the door. Raises rules.WrongStep."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.state not in rules.OPEN_REQUESTS or row.person_id is None:
            raise rules.WrongStep(row.state)
        place = community.person_places(area_id, [row.person_id])[row.person_id]
        times = request_times(row.incident, at)
        room = at + times.today_at_least
        draft = dispatch.TaskDraft(
            kind=VISIT_KIND,
            origin_kind=VISIT_ORIGIN,
            origin_uuid=row.uuid,
            window_starts_at=at,
            window_ends_at=max(row.due_at, room),
            due_at=max(row.due_at, room),
            duration_min=times.visit_minutes,
            params={"request_uuid": str(row.uuid), "need": row.kind},
            person_id=row.person_id,
            dwelling_id=place.dwelling_id,
            entrance_id=place.entrance_id,
            building_id=place.building_id,
            grid_id=place.grid_id,
            is_life_and_limb=row.urgency == rules.Urgency.LIFE,
            priority=30 if row.urgency == rules.Urgency.LIFE else 15,
        )
        task = dispatch.open_tasks([draft], area_id=area_id, incident_id=row.incident_id, actor=actor, at=at)[0]
        Request.objects.filter(pk=row.pk).update(state="IN_HAND", version=models.F("version") + 1)
        _note("visit_asked", row, actor, at)
    return task


def note_visit(*, area_id: int, request_uuid: UUID, outcome_code: str, actor: Actor, at: datetime) -> bool:
    """This function will write what a visit came to: a completed one ends the need, which is then told back.

    Any other outcome leaves the need open and late rules hold. Safe to repeat.
    """
    with transaction.atomic():
        row = Request.objects.select_for_update().filter(area_id=area_id, uuid=request_uuid).first()
        if row is None or row.state not in rules.OPEN_REQUESTS:
            return False
        _note("visited", row, actor, at, outcome=outcome_code)
        if outcome_code != "COMPLETED":
            return False
        update_versioned(row, row.version, state=Request.State.DONE, done_at=at)
    return True
