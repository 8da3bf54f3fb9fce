"""Meetings that sampling saw, and test days that are due: facts which two field rooms share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor
from tongxin.base.bulk import insert_rows
from tongxin.incidents.api.lifecycle import lock_open_incident
from tongxin.incidents.events import EncountersRecorded, TestDutiesChanged
from tongxin.incidents.models import CurrentStatus, Encounter, Incident, MeetingLayer, TestDuty

__all__ = [
    "EncounterFact",
    "TestDutyFact",
    "clear_test_duties",
    "complete_test_duties",
    "encounters_of",
    "record_encounters",
    "record_test_duties",
    "test_duties_of",
    "test_duties_on",
]

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class EncounterFact:
    """Two people met; their order does not matter. `evidence` holds codes, ids and numbers only."""

    person_a: int
    person_b: int
    layer: str
    on_date: date
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestDutyFact:
    """A person has to be tested on a day."""

    __test__ = False

    person_id: int
    due_date: date
    cause_kind: str
    cause_uuid: UUID


def record_encounters(
    *, area_id: int, incident_id: int, person_uuid: UUID, meetings: Sequence[EncounterFact], actor: Actor, at: datetime
) -> int:
    """This function will keep the meetings of one person (a case) and return how many were new.

    `EncountersRecorded` is published when there is a new one. Raises `IncidentIsClosed`, ValueError for an unknown layer
    or a person who meets themselves.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        before = Encounter.objects.filter(area_id=area_id, incident=incident).count()
        rows = [_encounter(incident, meeting, at) for meeting in meetings]
        Encounter.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        added = Encounter.objects.filter(area_id=area_id, incident=incident).count() - before
        if added:
            audit.record(
                "incidents.record_encounters",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Person",
                target_uuid=person_uuid,
                detail={"added": added},
            )
            outbox.publish(EncountersRecorded(incident.uuid, person_uuid), area_id=area_id, at=at)
    return added


def _encounter(incident: Incident, meeting: EncounterFact, at: datetime) -> Encounter:
    if meeting.person_a == meeting.person_b:
        raise ValueError("a person does not meet themselves")
    first, second = sorted((meeting.person_a, meeting.person_b))
    return Encounter(
        area_id=incident.area_id,
        incident=incident,
        person_a_id=first,
        person_b_id=second,
        layer=MeetingLayer(meeting.layer).value,
        on_date=meeting.on_date,
        evidence=dict(meeting.evidence),
        recorded_at=at,
    )


def encounters_of(
    area_id: int, incident_id: int, person_ids: Iterable[int], since: date | None = None
) -> list[Encounter]:
    """This function will return the meetings of these people from a day on, each once, in order of days."""
    found: dict[int, Encounter] = {}
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        rows = Encounter.objects.filter(area_id=area_id, incident_id=incident_id)
        if since is not None:
            rows = rows.filter(on_date__gte=since)
        found |= {row.pk: row for row in rows.filter(Q(person_a_id__in=part) | Q(person_b_id__in=part))}
    return sorted(found.values(), key=lambda row: (row.on_date, row.pk))


def record_test_duties(
    *, area_id: int, incident_id: int, duties: Sequence[TestDutyFact], actor: Actor, at: datetime
) -> int:
    """This function will note test days and return how many were new; a day that is noted already stays as it is.

    Raises `IncidentIsClosed`.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        before = TestDuty.objects.filter(area_id=area_id, incident=incident).count()
        rows = [
            (area_id, incident.pk, duty.person_id, duty.due_date, duty.cause_kind, duty.cause_uuid) for duty in duties
        ]
        columns = ("area_id", "incident_id", "person_id", "due_date", "cause_kind", "cause_uuid")
        insert_rows(TestDuty, columns, rows, ignore_conflicts=True)
        added = TestDuty.objects.filter(area_id=area_id, incident=incident).count() - before
        if added:
            first = min(duty.due_date for duty in duties)
            _tell_duties(incident, "incidents.record_test_duties", first, added, actor=actor, at=at)
    return added


def clear_test_duties(
    *, area_id: int, incident_id: int, person_ids: Iterable[int], from_date: date, actor: Actor, at: datetime
) -> int:
    """This function will take away test days from a day on that were not kept yet; return how many."""
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        wanted, removed = sorted(set(person_ids)), 0
        for start in range(0, len(wanted), _CHUNK):
            rows = TestDuty.objects.filter(
                area_id=area_id,
                incident=incident,
                person_id__in=wanted[start : start + _CHUNK],
                due_date__gte=from_date,
                done_at=None,
            )
            removed += rows.delete()[0]
        if removed:
            _tell_duties(incident, "incidents.clear_test_duties", from_date, removed, actor=actor, at=at)
    return removed


def complete_test_duties(
    *, area_id: int, incident_id: int, person_ids: Iterable[int], on_date: date, done_at: datetime
) -> int:
    """This function will mark the test days up to a day as kept by a sample taken at `done_at`; return how many.

    No event: the sample has its own. An earlier day that was missed is answered by the same sample.
    """
    wanted, done = sorted(set(person_ids)), 0
    with transaction.atomic():
        for start in range(0, len(wanted), _CHUNK):
            rows = TestDuty.objects.filter(
                area_id=area_id,
                incident_id=incident_id,
                person_id__in=wanted[start : start + _CHUNK],
                due_date__lte=on_date,
                done_at=None,
            )
            done += rows.update(done_at=done_at)
    return done


def test_duties_on(
    area_id: int,
    incident_id: int,
    on_date: date,
    *,
    with_overdue: bool = True,  # noqa: PT028
    only_open: bool = True,  # noqa: PT028
) -> list[TestDuty]:
    """This function will return the test days of a day, and (`with_overdue`) earlier ones that were not kept.

    People who became a case, recovered or died have none.
    """
    rows = TestDuty.objects.filter(area_id=area_id, incident_id=incident_id)
    today = Q(due_date=on_date, done_at=None) if only_open else Q(due_date=on_date)
    rows = rows.filter(today | Q(due_date__lt=on_date, done_at=None)) if with_overdue else rows.filter(today)
    over = CurrentStatus.objects.filter(
        area_id=area_id, incident_id=incident_id, kind__in=("CASE", "RECOVERED", "DIED")
    ).values("person_id")
    return list(rows.exclude(person_id__in=over).order_by("due_date", "person_id"))


test_duties_on.__test__ = False  # type: ignore[attr-defined]  # its name begins like that of a test


def test_duties_of(area_id: int, incident_id: int, person_ids: Iterable[int]) -> dict[int, list[TestDuty]]:
    """This function will return all test days of these people, in order of days."""
    found: dict[int, list[TestDuty]] = {}
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), _CHUNK):
        rows = TestDuty.objects.filter(
            area_id=area_id, incident_id=incident_id, person_id__in=wanted[start : start + _CHUNK]
        )
        for row in rows.order_by("due_date"):
            found.setdefault(row.person_id, []).append(row)
    return found


test_duties_of.__test__ = False  # type: ignore[attr-defined]


def _tell_duties(incident: Incident, action: str, first: date, count: int, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail={"count": count, "from": first.isoformat()},
    )
    outbox.publish(TestDutiesChanged(incident.uuid, first.isoformat(), count), area_id=incident.area_id, at=at)
