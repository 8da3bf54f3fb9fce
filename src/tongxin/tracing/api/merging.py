"""Two rows were one person: what tracing knows of the one that goes is given to the one that stays, and back again."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident
from tongxin.tracing.api.managing import lock_tracing, settle
from tongxin.tracing.models import ContactLink, Investigation, Management

_ROOM = "tracing"


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will move links, investigation and management, and return how many rows moved. Safe to repeat.

    Where both have a row for the same thing the kept person's stays, with the wider span of days. In an open incident
    the management of the kept person is then made to follow from all links.
    """
    pair: dict[str, Any] = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    if incidents.is_merge_undone(**pair, at=at):
        return 0
    with transaction.atomic():
        kept = community.get_person(area_id, kept_uuid)
        gone = community.get_person(area_id, gone_uuid)
        before = _picture(area_id, kept.pk, gone.pk)
        moved = 0
        for incident in incidents.list_incidents(area_id):
            lock_tracing(area_id, incident.pk)
            count = _move(incident, kept, gone, at=at)
            moved += count
            if count and incident.state == Incident.State.OPEN:
                rule_set = incidents.rule_set_of(incident, clock.local_date(at))
                settle(incident, rule_set, [kept.pk], ended_state=Management.State.EXCLUDED, actor=actor, at=at)
        if moved:
            incidents.keep_moved(**pair, room=_ROOM, rows=before, at=at)
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


# ---------- taken back ----------
def undo_merge(*, area_id: int, kept_uuid: UUID, returned_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give links, investigation and management back, and return how many rows. Safe to repeat.

    Only what the merge had moved goes back. In an open incident the management of both then follows from their own links.
    """
    with transaction.atomic():
        before = incidents.take_moved(area_id=area_id, kept_uuid=kept_uuid, gone_uuid=returned_uuid, room=_ROOM)
        if not before:
            return 0
        kept = community.get_person(area_id, kept_uuid)
        returned = community.get_person(area_id, returned_uuid)
        for incident in incidents.list_incidents(area_id):
            lock_tracing(area_id, incident.pk)
        count = _give_links_back(area_id, before["links"], before["spans"])
        for model, uuids in ((Investigation, before["cases"]), (Management, before["managed"])):
            rows = model.objects.filter(area_id=area_id, uuid__in=uuids, person=kept)
            count += rows.update(person=returned)
        ended = Management.objects.filter(area_id=area_id, uuid__in=before["active"], state=Management.State.EXCLUDED)
        ended.filter(person=returned).update(state=Management.State.ACTIVE, ended_at=None)
        for incident in incidents.list_incidents(area_id):
            if incident.state == Incident.State.OPEN:
                rule_set = incidents.rule_set_of(incident, clock.local_date(at))
                both = [kept.pk, returned.pk]
                settle(incident, rule_set, both, ended_state=Management.State.EXCLUDED, actor=actor, at=at)
        audit.record(
            "tracing.undo_merge",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=returned_uuid,
            detail={"rows": count},
        )
    return count


_COLUMNS = (
    "uuid", "incident_id", "case_person_id", "person_id", "via_id", "layer", "degree", "first_contact_date",
    "last_contact_date", "evidence", "rule_key", "state", "listed_at", "excluded_reason",
)  # fmt: skip


def _picture(area_id: int, kept: int, gone: int) -> dict[str, Any]:
    """Return as JSON what a merge is about to move: the links of the one that goes, and the spans of the one that stays."""
    links = ContactLink.objects.filter(area_id=area_id)
    theirs = links.filter(Q(person_id=gone) | Q(case_person_id=gone) | Q(via_id=gone))
    mine = links.filter(Q(person_id=kept) | Q(case_person_id=kept)).exclude(pk__in=theirs.values("pk"))
    managed = Management.objects.filter(area_id=area_id, person_id=gone)
    return {
        "links": [{key: _plain(value) for key, value in row.items()} for row in theirs.values(*_COLUMNS)],
        "spans": [
            [str(uuid), first.isoformat(), last.isoformat()]
            for uuid, first, last in mine.values_list("uuid", "first_contact_date", "last_contact_date")
        ],
        "cases": [
            str(uuid)
            for uuid in Investigation.objects.filter(area_id=area_id, person_id=gone).values_list("uuid", flat=True)
        ],
        "managed": [str(uuid) for uuid in managed.values_list("uuid", flat=True)],
        "active": [str(uuid) for uuid in managed.filter(state=Management.State.ACTIVE).values_list("uuid", flat=True)],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _give_links_back(area_id: int, links: list[dict[str, Any]], spans: list[list[str]]) -> int:
    """Let every link name the people that it named, and write those again that had become one with another."""
    count = 0
    for row in links:
        people = {key: row[key] for key in ("case_person_id", "person_id", "via_id")}
        if ContactLink.objects.filter(area_id=area_id, uuid=row["uuid"]).update(**people):
            count += 1
            continue
        # the fields read dates and uuids as text by themselves
        again = ContactLink.objects.bulk_create([ContactLink(area_id=area_id, **row)], ignore_conflicts=True)
        count += len(again)
    widened = {uuid: (date.fromisoformat(first), date.fromisoformat(last)) for uuid, first, last in spans}
    for link in ContactLink.objects.filter(area_id=area_id, uuid__in=widened):
        first, last = widened[str(link.uuid)]
        if (link.first_contact_date, link.last_contact_date) != (first, last):
            ContactLink.objects.filter(pk=link.pk).update(first_contact_date=first, last_contact_date=last)
            count += 1
    return count
