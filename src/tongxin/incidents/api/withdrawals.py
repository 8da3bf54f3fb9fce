"""Facts that were told by mistake: withdrawn when as many people agreed as the rule set asks for, put back by one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import rules
from tongxin.incidents.api.lifecycle import lock_open_incident
from tongxin.incidents.api.rule_sets import rule_set_of
from tongxin.incidents.api.status_reads import facts_of_person
from tongxin.incidents.api.statuses import set_person_status, withdraw_statuses
from tongxin.incidents.api.zone_requests import NotWaiting, SamePerson
from tongxin.incidents.models import FactWithdrawal, Incident, PersonStatus
from tongxin.incidents.profile_rules import approvals_needed
from tongxin.incidents.profile_types import ApprovalRule, Valued

__all__ = [
    "FollowsFromList",
    "NotWithdrawn",
    "NothingToWithdraw",
    "UnknownReason",
    "WithdrawalWaiting",
    "agree_withdrawal",
    "ask_withdrawal",
    "fact_in_scope",
    "get_withdrawal",
    "put_back",
    "read_facts",
    "refuse_withdrawal",
    "withdrawals_waiting",
]


class UnknownReason(ValueError):
    """The reason is none of `rules.WITHDRAWAL_REASONS`."""


class NothingToWithdraw(ValueError):
    """None was chosen, one does not hold any more, or they are not of one person and one kind."""


class FollowsFromList(ValueError):
    """The fact follows from the list of contacts, and is taken back there."""


class WithdrawalWaiting(ValueError):
    """Somebody asked for this already, and it waits for another person."""


class NotWithdrawn(ValueError):
    """The fact holds: there is nothing to put back."""


# ---------- reads ----------
def withdrawals_waiting(area_id: int, incident_id: int) -> QuerySet[FactWithdrawal]:
    """This function will return what waits for agreement with its people, oldest first."""
    rows = FactWithdrawal.objects.filter(area_id=area_id, incident_id=incident_id, state="WAITING")
    return rows.select_related("person__dwelling").order_by("asked_at", "id")


def get_withdrawal(area_id: int, uuid: UUID) -> FactWithdrawal:
    """This function will return a request to withdraw facts. Raises FactWithdrawal.DoesNotExist."""
    return FactWithdrawal.objects.select_related("incident", "person").get(area_id=area_id, uuid=uuid)


def read_facts(
    *, area_id: int, incident_id: int, person: community.Person, actor: Actor, at: datetime
) -> list[PersonStatus]:
    """This function will return every fact about a person, also withdrawn ones, and leave the look in the audit."""
    audit.record(
        "incidents.read_facts",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="person",
        target_uuid=person.uuid,
    )
    return facts_of_person(area_id, incident_id, person.pk)


def fact_in_scope(area_id: int, uuid: UUID, scope: Scope) -> PersonStatus | None:
    """This function will return a fact of somebody whom a scope reaches, or None."""
    row = PersonStatus.objects.select_related("incident", "person").filter(area_id=area_id, uuid=uuid).first()
    return row if row is not None and community.in_scope(row.person, scope) else None


# ---------- verbs ----------
def ask_withdrawal(
    *,
    area_id: int,
    incident_id: int,
    person_id: int,
    fact_uuids: Collection[UUID],
    reason: str,
    actor: Actor,
    at: datetime,
) -> FactWithdrawal:
    """This function will ask to withdraw facts of one kind about one person, and do it at once where one may decide.

    Raises `UnknownReason`, `NothingToWithdraw`, `FollowsFromList`, `WithdrawalWaiting`, `IncidentIsClosed`.
    """
    if reason not in rules.WITHDRAWAL_REASONS:
        raise UnknownReason(reason)
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        kind = _kind_of(incident, person_id, fact_uuids)
        waiting = FactWithdrawal.objects.filter(area_id=area_id, incident=incident, person_id=person_id, kind=kind)
        if waiting.filter(state=FactWithdrawal.State.WAITING).exists():
            raise WithdrawalWaiting(kind)
        rule = _approval(incident, kind, at)
        row = FactWithdrawal.objects.create(
            area_id=area_id,
            incident=incident,
            person_id=person_id,
            kind=kind,
            fact_uuids=sorted(map(str, set(fact_uuids))),
            reason=reason,
            persons_needed=rule.value.persons,
            rule_key=rule.key,
            agreed_by=[actor.account_id],
            asked_by=actor.label,
            asked_at=at,
        )
        _record("incidents.ask_withdrawal", row, actor=actor, at=at)
        _finish_if_agreed(row, actor=actor, at=at)
    return row


def _kind_of(incident: Incident, person_id: int, fact_uuids: Collection[UUID]) -> str:
    """Return the one kind of facts that hold; they are all of this person and incident."""
    rows = PersonStatus.objects.filter(
        area_id=incident.area_id, incident=incident, person_id=person_id, uuid__in=fact_uuids, withdrawn_at=None
    )
    found = list(rows.values_list("kind", "cause_kind"))
    kinds = {kind for kind, _ in found}
    if len(kinds) != 1 or len(found) != len(set(fact_uuids)):
        raise NothingToWithdraw
    if any(cause == rules.LISTED_BY_TRACING for _, cause in found):
        raise FollowsFromList
    return str(kinds.pop())


def _approval(incident: Incident, kind: str, at: datetime) -> Valued[ApprovalRule]:
    measure = "WITHDRAW_CASE" if kind in rules.GRAVE else "WITHDRAW_STATUS"
    return approvals_needed(rule_set_of(incident, clock.local_date(at)), measure)


def agree_withdrawal(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> FactWithdrawal:
    """This function will add a person's agreement, and withdraw the facts with the last one that is needed.

    Raises `SamePerson`, `NotWaiting`, `NothingToWithdraw` (what was meant does not hold any more), `IncidentIsClosed`.
    """
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if actor.account_id in row.agreed_by:
            raise SamePerson
        row.agreed_by = [*row.agreed_by, actor.account_id]
        FactWithdrawal.objects.filter(pk=row.pk).update(agreed_by=row.agreed_by)
        _record("incidents.agree_withdrawal", row, actor=actor, at=at)
        _finish_if_agreed(row, actor=actor, at=at)
    return row


def refuse_withdrawal(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> FactWithdrawal:
    """This function will take a request off the table; the facts stay. Raises `NotWaiting`, `IncidentIsClosed`."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        _decide(row, FactWithdrawal.State.REFUSED, actor=actor, at=at)
        _record("incidents.refuse_withdrawal", row, actor=actor, at=at)
    return row


def put_back(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> PersonStatus:
    """This function will tell a withdrawn fact anew, as it was told; the withdrawn row stays as what happened.

    Raises `NotWithdrawn` when the same is told already, `PersonStatus.DoesNotExist`, `IncidentIsClosed`.
    """
    with transaction.atomic():
        old = PersonStatus.objects.get(area_id=area_id, uuid=uuid)
        lock_open_incident(area_id, old.incident_id)
        same = PersonStatus.objects.filter(
            area_id=area_id,
            incident_id=old.incident_id,
            person_id=old.person_id,
            kind=old.kind,
            cause_kind=old.cause_kind,
            cause_uuid=old.cause_uuid,
            withdrawn_at=None,
        )
        if old.cause_kind == rules.LISTED_BY_TRACING:
            raise FollowsFromList
        if same.exists():
            raise NotWithdrawn
        row = set_person_status(
            area_id=area_id,
            incident_id=old.incident_id,
            person_id=old.person_id,
            kind=old.kind,
            effective_at=old.effective_at,
            cause_kind=old.cause_kind,
            cause_uuid=old.cause_uuid,
            onset_date=old.onset_date,
            sample_date=old.sample_date,
            last_contact_date=old.last_contact_date,
            rule_key=old.rule_key,
            actor=actor,
            at=at,
        )
        audit.record(
            "incidents.put_back_status",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="PersonStatus",
            target_uuid=row.uuid,
            detail={"kind": row.kind, "withdrawn": str(uuid)},
        )
    return row


def _locked(area_id: int, uuid: UUID) -> FactWithdrawal:
    found = FactWithdrawal.objects.get(area_id=area_id, uuid=uuid)
    lock_open_incident(area_id, found.incident_id)
    found.refresh_from_db()
    if found.state != FactWithdrawal.State.WAITING:
        raise NotWaiting(found.state)
    return found


def _finish_if_agreed(row: FactWithdrawal, *, actor: Actor, at: datetime) -> None:
    if len(set(row.agreed_by)) < row.persons_needed:
        return
    uuids = [UUID(text) for text in row.fact_uuids]
    _kind_of(row.incident, row.person_id, uuids)
    withdraw_statuses(area_id=row.area_id, uuids=uuids, reason=row.reason, actor=actor, at=at)
    _decide(row, FactWithdrawal.State.DONE, actor=actor, at=at)


def _decide(row: FactWithdrawal, state: str, *, actor: Actor, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = str(state), actor.label, at
    FactWithdrawal.objects.filter(pk=row.pk).update(state=row.state, decided_by=actor.label, decided_at=at)


def _record(action: str, row: FactWithdrawal, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="FactWithdrawal",
        target_uuid=row.uuid,
        detail={
            "kind": row.kind,
            "reason": row.reason,
            "facts": len(row.fact_uuids),
            "agreed": len(row.agreed_by),
            "needed": row.persons_needed,
        },
    )
