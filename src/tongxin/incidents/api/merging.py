"""What follows here when two rows of people turn out to be one person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents.api.statuses import stand_anew
from tongxin.incidents.models import CurrentStatus, Encounter, FactWithdrawal, Incident, PersonStatus, TestDuty

__all__ = ["follow_merge"]


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give the facts, meetings and test days of a merged row to the row that stays.

    Returns how many facts moved; a second call moves nothing. What the person is follows from all facts together. A merge
    that is taken back later leaves the facts where they are: nobody can know from here whose they were.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None:
        return 0
    with transaction.atomic():
        rows = PersonStatus.objects.filter(area_id=area_id, person_id=gone.pk, withdrawn_at=None)
        incident_ids = sorted(set(rows.values_list("incident_id", flat=True)))
        moved = 0
        for incident in Incident.objects.select_for_update().filter(area_id=area_id, pk__in=incident_ids):
            told = set(
                PersonStatus.objects.filter(
                    area_id=area_id, incident=incident, person_id=kept.pk, withdrawn_at=None
                ).values_list("kind", "cause_kind", "cause_uuid")
            )
            for row in rows.filter(incident=incident):
                own = PersonStatus.objects.filter(pk=row.pk)
                if (row.kind, row.cause_kind, row.cause_uuid) in told:
                    own.update(withdrawn_at=at)
                else:
                    moved += own.update(person_id=kept.pk)
            CurrentStatus.objects.filter(area_id=area_id, incident=incident, person_id=gone.pk).delete()
            stand_anew(incident, [kept.pk], at=at)
        # what was asked about the row that is gone has to be looked at anew, with all facts together
        FactWithdrawal.objects.filter(area_id=area_id, person_id=gone.pk, state="WAITING").update(
            state=FactWithdrawal.State.REFUSED, decided_by=actor.label, decided_at=at
        )
        _move_meetings(area_id, kept.pk, gone.pk)
        _move_duties(area_id, kept.pk, gone.pk)
        if moved:
            audit.record(
                "incidents.follow_merge",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Person",
                target_uuid=kept_uuid,
                detail={"facts": moved},
            )
    return moved


def _move_meetings(area_id: int, kept: int, gone: int) -> None:
    rows = Encounter.objects.filter(area_id=area_id).filter(Q(person_a_id=gone) | Q(person_b_id=gone))
    anew = []
    for row in rows:
        other = row.person_b_id if row.person_a_id == gone else row.person_a_id
        if other == kept:
            continue
        first, second = sorted((kept, other))
        anew.append(
            Encounter(
                area_id=area_id,
                incident_id=row.incident_id,
                person_a_id=first,
                person_b_id=second,
                layer=row.layer,
                on_date=row.on_date,
                evidence=row.evidence,
                recorded_at=row.recorded_at,
            )
        )
    rows.delete()
    Encounter.objects.bulk_create(anew, ignore_conflicts=True)


def _move_duties(area_id: int, kept: int, gone: int) -> None:
    rows = TestDuty.objects.filter(area_id=area_id, person_id=gone)
    anew = [
        TestDuty(
            area_id=area_id,
            incident_id=row.incident_id,
            person_id=kept,
            due_date=row.due_date,
            cause_kind=row.cause_kind,
            cause_uuid=row.cause_uuid,
            done_at=row.done_at,
        )
        for row in rows
    ]
    rows.delete()
    TestDuty.objects.bulk_create(anew, ignore_conflicts=True)
