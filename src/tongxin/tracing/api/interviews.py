"""The interview as work: ordered as a task, taken back, tried again until somebody was reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.base.ids import new_uuid
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.incidents.api import CarriedOut, Incident, ProposalLine
from tongxin.tracing import rules
from tongxin.tracing.api.finding import Ground, TracedCase
from tongxin.tracing.api.investigating import investigation_for
from tongxin.tracing.api.listing import STATUS_CAUSE
from tongxin.tracing.events import InvestigationChanged
from tongxin.tracing.models import InterviewTry, Investigation

MINUTES = 60


@dataclass(frozen=True, slots=True)
class Tries:
    """How often an interview was ordered, how often in vain, and when the last order was in vain (None: it was not)."""

    ordered: int = 0
    in_vain: int = 0
    unreached_at: datetime | None = None


def tries_of(area_id: int, investigation_ids: Sequence[int]) -> dict[int, Tries]:
    """This function will return investigation id -> its tries; without any it is left out."""
    found: dict[int, Tries] = {}
    rows = InterviewTry.objects.filter(area_id=area_id, investigation_id__in=investigation_ids).order_by("number")
    for pk, unreached_at in rows.values_list("investigation_id", "unreached_at"):
        known = found.get(pk, Tries())
        found[pk] = Tries(known.ordered + 1, known.in_vain + (unreached_at is not None), unreached_at)
    return found


def list_tries(investigation: Investigation) -> list[InterviewTry]:
    """This function will return the tries of an interview in their order."""
    rows = InterviewTry.objects.filter(area_id=investigation.area_id, investigation=investigation)
    return list(rows.order_by("number"))


# ---------- what the plan proposes ----------
def interview_lines(ground: Ground) -> list[ProposalLine]:
    """This function will return a line for each case whose interview is to be ordered, for the first time or again."""
    waiting = [case for case in ground.cases if case.is_case and _may_be_ordered(case.investigation)]
    ids = [case.investigation.pk for case in waiting if case.investigation]
    tries = tries_of(ground.incident.area_id, ids) if ids else {}
    lines = []
    for case in waiting:
        row = case.investigation
        known = tries.get(row.pk, Tries()) if row else Tries()
        if row is None or row.interview_ordered_at is None or known.unreached_at is not None:
            lines.append(_line(ground, case, known))
    return lines


def _may_be_ordered(row: Investigation | None) -> bool:
    return row is None or row.state == Investigation.State.OPEN


def _line(ground: Ground, case: TracedCase, known: Tries) -> ProposalLine:
    hours = ground.rule_set.investigation
    rule, why = hours.track_hours, "TRACK_DUE"
    number = known.ordered + 1
    due_at = case.opened_at + timedelta(hours=hours.track_hours.value)
    if known.unreached_at is not None:
        is_at_door = rules.goes_to_door(known.in_vain, hours.door_after_tries.value)
        rule, why = (hours.door_after_tries, "GO_TO_DOOR") if is_at_door else (hours.again_minutes, "NOT_REACHED")
        due_at = known.unreached_at + timedelta(minutes=hours.again_minutes.value)
    numbers: dict[str, Any] = {
        "hours": hours.track_hours.value,
        "since": case.first_date.isoformat(),
        "hands": {"TRACING": min(MINUTES, hours.track_hours.value * 60)},
    }
    if known.in_vain:
        numbers |= {"tries": known.in_vain, "minutes": hours.again_minutes.value}
    return ProposalLine(
        room="tracing",
        measure="INTERVIEW",
        key=f"INTERVIEW:{case.person_uuid}" + (f":{number}" if number > 1 else ""),
        target_kind="Person",
        target_uuid=case.person_uuid,
        target_label=case.door,
        why=why,
        numbers=numbers,
        rule_key=rule.key,
        source=rule.source,
        grade=rule.grade.value,
        body={"case_uuid": str(case.person_uuid), "minutes": MINUTES, "try": number},
        due_minutes=max(int((due_at - ground.at).total_seconds() // 60), 0),
    )


# ---------- ordered, taken back, tried in vain ----------
def order_interview(
    *,
    area_id: int,
    incident_id: int,
    case_uuid: UUID,
    minutes: int | None,
    number: int | None,
    actor: Actor,
    at: datetime,
) -> CarriedOut:
    """This function will open the task of an interview, the try with this number once (None: the next one).

    Nothing is opened while a try is under way or when the interview was held. A try after a vain one begins when the
    rule set says; after so many vain ones somebody goes to the door at once.
    """
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        person = community.get_person(area_id, case_uuid)
        pk = investigation_for(incident, person, actor=actor, at=at).pk
        row = Investigation.objects.select_for_update().get(pk=pk)
        known = tries_of(area_id, [row.pk]).get(row.pk, Tries())
        is_under_way = row.interview_ordered_at is not None and known.unreached_at is None
        if is_under_way or not _may_be_ordered(row) or number not in (None, known.ordered + 1):
            return CarriedOut({"tasks": 0}, "Investigation", row.uuid)
        made = _add_try(incident, row, known, at=at)
        draft = _draft(incident, person, made, known, minutes=minutes, at=at)
        tasks = dispatch.open_tasks([draft], area_id=area_id, incident_id=incident_id, actor=actor, at=at)
        Investigation.objects.filter(pk=row.pk).update(interview_ordered_at=at)
    return CarriedOut({"tasks": len(tasks)}, "Investigation", row.uuid)


def _add_try(incident: Incident, row: Investigation, known: Tries, *, at: datetime) -> InterviewTry:
    door_after = incidents.rule_set_of(incident, clock.local_date(at)).investigation.door_after_tries.value
    return InterviewTry.objects.create(
        area_id=row.area_id,
        uuid=new_uuid() if known.ordered else row.uuid,
        investigation=row,
        number=known.ordered + 1,
        is_at_door=rules.goes_to_door(known.in_vain, door_after),
        ordered_at=at,
    )


def _draft(
    incident: Incident, person: Any, made: InterviewTry, known: Tries, *, minutes: int | None, at: datetime
) -> dispatch.TaskDraft:
    limits = incidents.rule_set_of(incident, clock.local_date(at)).investigation
    starts_at = at
    if known.unreached_at is not None and not made.is_at_door:
        starts_at = max(at, known.unreached_at + timedelta(minutes=limits.again_minutes.value))
    ends_at = starts_at + timedelta(hours=limits.track_hours.value)
    return dispatch.TaskDraft(
        kind="CASE_INTERVIEW",
        origin_kind=STATUS_CAUSE,
        origin_uuid=made.uuid,
        person_id=person.pk,
        dwelling_id=person.dwelling_id,
        entrance_id=person.entrance_id,
        window_starts_at=starts_at,
        window_ends_at=ends_at,
        due_at=ends_at,
        duration_min=min(minutes or MINUTES, limits.track_hours.value * 60),
        hands=(("TRACING",),),
        params={"try": made.number, "is_at_door": made.is_at_door},
    )


def interview_unreached(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """This function will note that a try was in vain, so that the plan proposes the next; told again it does nothing.

    `uuid` is the origin of the task. Returns whether it was news.
    """
    with transaction.atomic():
        made = InterviewTry.objects.filter(area_id=area_id, uuid=uuid).select_related("investigation").first()
        if made is None or made.investigation.state != Investigation.State.OPEN:
            return False
        if not InterviewTry.objects.filter(pk=made.pk, unreached_at=None).update(unreached_at=at):
            return False
        row = Investigation.objects.select_related("incident", "person").get(pk=made.investigation_id)
        _record("tracing.interview.unreached", row, {"try": made.number}, actor=actor, at=at)
        event = InvestigationChanged(row.incident.uuid, row.person.uuid, "UNREACHED")
        outbox.publish(event, area_id=area_id, at=at)
    return True


def investigation_of_try(area_id: int, uuid: UUID) -> UUID:
    """This function will return the uuid of the investigation for which a task with this origin was opened."""
    found = InterviewTry.objects.filter(area_id=area_id, uuid=uuid).values_list("investigation__uuid", flat=True)
    return found.first() or uuid


def stop_interview(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will take an interview that nobody has begun off the lists, because its person is no case any more.

    The plan may order it again if the person is a case after all. Returns how many tasks were taken off; safe to repeat.
    """
    incident = incidents.get_incident(area_id, incident_uuid)
    with transaction.atomic():
        rows = Investigation.objects.select_for_update().filter(area_id=area_id, incident=incident)
        row = rows.filter(person__uuid=person_uuid).exclude(interview_ordered_at=None).first()
        if row is None:
            return 0
        count = dispatch.cancel_tasks(
            area_id=area_id,
            incident_id=incident.pk,
            origin_kind=STATUS_CAUSE,
            origin_uuids=[made.uuid for made in list_tries(row)],
            reason="NO_CASE_ANY_MORE",
            actor=actor,
            at=at,
        )
        if count:
            Investigation.objects.filter(pk=row.pk).update(interview_ordered_at=None)
            _record("tracing.interview.stopped", row, {"tasks": count}, actor=actor, at=at)
    return count


def _record(action: str, row: Investigation, detail: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="Investigation",
        target_uuid=row.uuid,
        detail=detail,
    )
