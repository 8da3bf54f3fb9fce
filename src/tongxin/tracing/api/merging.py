"""Two rows were one person: what tracing knows of the one that goes is given to the one that stays."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident
from tongxin.tracing.api.managing import lock_tracing, settle
from tongxin.tracing.models import ContactLink, Investigation, Management


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will move links, investigation and management, and return how many rows moved. Safe to repeat.

    Where both have a row for the same thing the kept person's stays, with the wider span of days. In an open incident
    the management of the kept person is then made to follow from all links.
    """
    with transaction.atomic():
        kept = community.get_person(area_id, kept_uuid)
        gone = community.get_person(area_id, gone_uuid)
        moved = 0
        for incident in incidents.list_incidents(area_id):
            lock_tracing(area_id, incident.pk)
            count = _move(incident, kept, gone, at=at)
            moved += count
            if count and incident.state == Incident.State.OPEN:
                rule_set = incidents.rule_set_of(incident, clock.local_date(at))
                settle(incident, rule_set, [kept.pk], ended_state=Management.State.EXCLUDED, actor=actor, at=at)
        if moved:
            audit.record(
                "tracing.merged",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="person",
                target_uuid=kept_uuid,
                detail={"rows": moved, "gone": str(gone_uuid)},
            )
    return moved


def _move(incident: Incident, kept: Any, gone: Any, *, at: datetime) -> int:
    where = {"area_id": incident.area_id, "incident": incident}
    links = ContactLink.objects.filter(**where)
    moved = links.filter(via=gone).update(via=kept)
    moved += _move_links(links.filter(person=gone), links.filter(person=kept), "person", kept.pk)
    moved += _move_links(links.filter(case_person=gone), links.filter(case_person=kept), "case_person", kept.pk)
    links.filter(case_person=kept, person=kept).delete()
    cases = Investigation.objects.filter(**where)
    if not cases.filter(person=kept).exists():
        # sealed answers stay under the key that sealed them: only the person changes
        moved += cases.filter(person=gone).update(person=kept)
    managed = Management.objects.filter(**where)
    if managed.filter(person=kept, state=Management.State.ACTIVE).exists():
        active = managed.filter(person=gone, state=Management.State.ACTIVE)
        moved += active.update(state=Management.State.EXCLUDED, ended_at=at)
    return moved + managed.filter(person=gone).update(person=kept)


def _move_links(theirs: Iterable[ContactLink], mine: Iterable[ContactLink], side: str, kept_id: int) -> int:
    other = "case_person_id" if side == "person" else "person_id"
    known = {(getattr(row, other), row.layer): row for row in mine}
    count = 0
    for row in theirs:
        same = known.get((getattr(row, other), row.layer))
        if same is None:
            ContactLink.objects.filter(pk=row.pk).update(**{f"{side}_id": kept_id})
        else:
            ContactLink.objects.filter(pk=same.pk).update(
                first_contact_date=min(same.first_contact_date, row.first_contact_date),
                last_contact_date=max(same.last_contact_date, row.last_contact_date),
            )
            ContactLink.objects.filter(pk=row.pk).delete()
        count += 1
    return count
