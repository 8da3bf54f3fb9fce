"""What is late goes up the chain: each step once, visible, and at last somebody knocks at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor, system
from tongxin.base.outbox import publish
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.api.ground import CallingRules, calling_rules, request_times
from tongxin.residents.api.requests import open_request
from tongxin.residents.events import StepsTaken
from tongxin.residents.models import Escalation, LiaisonCall, Request

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Steps:
    """How many steps calls and requests went up, and how many checks at the door were asked for."""

    calls: int = 0
    requests: int = 0
    door_checks: int = 0


def escalate_late(*, area_id: int, at: datetime) -> Steps:
    """This function will take every step up the chain that is due, by the minutes of the rule set.

    Caller -> deputy -> grid leader -> the community group. Each step is one row with a unique key: a second run, or
    a second worker, takes none twice. Who was not called when the grid leader is told gets a check at the door.
    """
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return Steps()
    calling = calling_rules(incident, at)
    actor = system("residents.escalate_late")
    with transaction.atomic():
        calls, knocks = _late_calls(incident, calling, at)
        for call in knocks:
            open_request(
                area_id=area_id,
                incident_id=incident.pk,
                person_uuid=call.person.uuid,
                kind="DOOR_CHECK",
                call_id=call.pk,
                actor=actor,
                at=at,
            )
        requests = _late_requests(incident, request_times(incident, at).escalate_minutes, at)
        steps = Steps(calls, requests, len(knocks))
        if calls or requests:
            _tell(incident, steps, actor, at)
    return steps


def _late_calls(incident: incidents.Incident, calling: CallingRules, at: datetime) -> tuple[int, list[LiaisonCall]]:
    # Calls of a round that lies further back go up no more: a newer round asks for the same people.
    rows = LiaisonCall.objects.select_for_update(of=("self",)).filter(
        area_id=incident.area_id,
        round__incident=incident,
        state__in=rules.OPEN_CALLS,
        due_at__lte=at,
        due_at__gt=at - calling.stop_after,
        escalation_level__lt=len(calling.escalate_minutes),
    )
    steps: list[Escalation] = []
    knocks: list[LiaisonCall] = []
    for row in rows.select_related("pair", "person").order_by("id"):
        due = rules.steps_due(row.escalation_level, row.due_at, at, calling.escalate_minutes)
        if not due:
            continue
        reason = "UNREACHED" if row.state == "UNREACHED" else "NOT_CALLED"
        for step in due:
            role = rules.told(rules.CALL_CHAIN, step, has_deputy=row.pair.deputy_id is not None)
            steps.append(
                Escalation(area_id=row.area_id, call=row, level=step, told_role=role, told_at=at, reason=reason)
            )
        if row.escalation_level < calling.door_check_step <= due[-1]:
            knocks.append(row)
        LiaisonCall.objects.filter(pk=row.pk).update(
            escalation_level=due[-1], escalated_at=at, escalated_to=steps[-1].told_role, version=row.version + 1
        )
    Escalation.objects.bulk_create(steps, batch_size=_CHUNK)
    return len(steps), knocks


def _late_requests(incident: incidents.Incident, minutes: Sequence[int], at: datetime) -> int:
    rows = Request.objects.select_for_update().filter(
        area_id=incident.area_id,
        incident=incident,
        state__in=rules.OPEN_REQUESTS,
        due_at__lte=at,
        escalation_level__lt=len(minutes),
    )
    steps: list[Escalation] = []
    for row in rows.order_by("id"):
        due = rules.steps_due(row.escalation_level, row.due_at, at, minutes)
        reason = "NOT_TAKEN" if row.state == "OPEN" else "NOT_DONE"
        for step in due:
            role = rules.told(rules.REQUEST_CHAIN, step)
            role = row.owner_role if role == "OWNER" else role
            steps.append(
                Escalation(area_id=row.area_id, request=row, level=step, told_role=role, told_at=at, reason=reason)
            )
        if due:
            Request.objects.filter(pk=row.pk).update(escalation_level=due[-1], version=row.version + 1)
    Escalation.objects.bulk_create(steps, batch_size=_CHUNK)
    return len(steps)


def _tell(incident: incidents.Incident, steps: Steps, actor: Actor, at: datetime) -> None:
    audit.record(
        "residents.escalated",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail={"calls": steps.calls, "requests": steps.requests, "door_checks": steps.door_checks},
    )
    publish(StepsTaken(incident.uuid, steps.calls, steps.requests), area_id=incident.area_id, at=at)
