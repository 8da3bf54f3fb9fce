"""Zone decisions made by hand: carried out when as many people agreed as the rule set asks for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.incidents.api.lifecycle import lock_open_incident
from tongxin.incidents.api.places import place_tree
from tongxin.incidents.api.rule_sets import rule_set_of
from tongxin.incidents.api.zones import UnknownPlace, lift_zone, lower_zone, raise_zone
from tongxin.incidents.models import Incident, ZoneRequest
from tongxin.incidents.profile_rules import approvals_needed, level_named
from tongxin.incidents.profile_types import ApprovalRule, Valued

__all__ = [
    "NotWaiting",
    "RequestWaiting",
    "SamePerson",
    "agree_zone",
    "ask_zone",
    "refuse_zone",
    "zone_requests",
]


class RequestWaiting(ValueError):
    """Somebody asked for a level on this place already, and it waits for agreement."""


class SamePerson(ValueError):
    """This person agreed already: another one has to."""


class NotWaiting(ValueError):
    """The request was carried out or refused before."""


class _Rehearsed(Exception):
    """Raised to take a rehearsal back."""


def zone_requests(area_id: int, incident_id: int) -> list[ZoneRequest]:
    """This function will return the requests that wait for agreement, oldest first."""
    rows = ZoneRequest.objects.filter(area_id=area_id, incident_id=incident_id, state="WAITING")
    return list(rows.order_by("asked_at", "id"))


def ask_zone(
    *,
    area_id: int,
    incident_id: int,
    action: str,
    place_kind: str,
    place_uuid: UUID,
    level: str = "",
    reason: str = "",
    is_waived: bool = False,
    actor: Actor,
    at: datetime,
) -> ZoneRequest:
    """This function will ask for a level on a place, and carry it out at once where one person may decide.

    It is tried before it is stored, so that what cannot be done is told to the one who asks and not to the second
    person. Raises what `raise_zone`, `lower_zone` and `lift_zone` raise, and `RequestWaiting`.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        waiting = ZoneRequest.objects.filter(
            area_id=area_id, incident=incident, place_kind=place_kind, place_uuid=place_uuid, state="WAITING"
        )
        if waiting.exists():
            raise RequestWaiting(place_kind)
        place = place_tree(area_id).by_key.get((place_kind, place_uuid))
        if place is None:
            raise UnknownPlace(place_kind)
        rule = _approval(incident, action, level, at)
        row = ZoneRequest(
            area_id=area_id,
            incident=incident,
            action=ZoneRequest.Action(action).value,
            place_kind=place_kind,
            place_uuid=place_uuid,
            place_label=place.label[:80],
            level=level,
            reason=reason[:300],
            is_waived=is_waived,
            persons_needed=rule.value.persons,
            rule_key=rule.key,
            agreed_by=[actor.account_id],
            asked_by=actor.label,
            asked_at=at,
        )
        if row.persons_needed > 1:
            _rehearse(row, actor=actor, at=at)
        row.save(force_insert=True)
        _record("incidents.ask_zone", row, actor=actor, at=at)
        _finish_if_agreed(row, actor=actor, at=at)
    return row


def agree_zone(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> ZoneRequest:
    """This function will add a person's agreement, and carry the request out with the last one that is needed.

    Conditions are judged anew. Raises `SamePerson`, `NotWaiting`, and what the verbs of zones raise.
    """
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if actor.account_id in row.agreed_by:
            raise SamePerson
        row.agreed_by = [*row.agreed_by, actor.account_id]
        ZoneRequest.objects.filter(pk=row.pk).update(agreed_by=row.agreed_by)
        _record("incidents.agree_zone", row, actor=actor, at=at)
        _finish_if_agreed(row, actor=actor, at=at)
    return row


def refuse_zone(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> ZoneRequest:
    """This function will take a request off the table; nothing is changed on the place. Raises `NotWaiting`."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        _decide(row, ZoneRequest.State.REFUSED, actor=actor, at=at)
        _record("incidents.refuse_zone", row, actor=actor, at=at)
    return row


def _locked(area_id: int, uuid: UUID) -> ZoneRequest:
    found = ZoneRequest.objects.get(area_id=area_id, uuid=uuid)
    lock_open_incident(area_id, found.incident_id)
    found.refresh_from_db()
    if found.state != ZoneRequest.State.WAITING:
        raise NotWaiting(found.state)
    return found


def _approval(incident: Incident, action: str, level: str, at: datetime) -> Valued[ApprovalRule]:
    rule_set = rule_set_of(incident, clock.local_date(at))
    if action != "RAISE":
        return approvals_needed(rule_set, "LIFT_ZONE")
    return approvals_needed(rule_set, "RAISE_ZONE", canonical=level_named(rule_set, level).canonical)


def _finish_if_agreed(row: ZoneRequest, *, actor: Actor, at: datetime) -> None:
    if len(set(row.agreed_by)) >= row.persons_needed:
        _do(row, actor=actor, at=at)
        _decide(row, ZoneRequest.State.DONE, actor=actor, at=at)


def _decide(row: ZoneRequest, state: str, *, actor: Actor, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = str(state), actor.label, at
    ZoneRequest.objects.filter(pk=row.pk).update(state=row.state, decided_by=actor.label, decided_at=at)


def _rehearse(row: ZoneRequest, *, actor: Actor, at: datetime) -> None:
    try:
        with transaction.atomic():
            _do(row, actor=actor, at=at)
            raise _Rehearsed
    except _Rehearsed:
        return


def _do(row: ZoneRequest, *, actor: Actor, at: datetime) -> None:
    where: dict[str, Any] = {
        "area_id": row.area_id,
        "incident_id": row.incident_id,
        "place_kind": row.place_kind,
        "place_uuid": row.place_uuid,
        "reason": row.reason,
        "actor": actor,
        "at": at,
    }
    if row.action == "RAISE":
        evidence = [{"code": "DECIDED_BY_HAND"}]
        raise_zone(**where, level=row.level, evidence=evidence)
    elif row.action == "LOWER":
        lower_zone(**where, level=row.level, is_waived=row.is_waived)
    else:
        lift_zone(**where, is_waived=row.is_waived)


def _record(action: str, row: ZoneRequest, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="ZoneRequest",
        target_uuid=row.uuid,
        detail={
            "action": row.action,
            "level": row.level,
            "is_waived": row.is_waived,
            "agreed": len(row.agreed_by),
            "needed": row.persons_needed,
        },
    )
