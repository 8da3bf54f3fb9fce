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
            rows = {**before, "spans": _widened(area_id, before["spans"]), "merged_at": at.isoformat()}
            incidents.keep_moved(**pair, room=_ROOM, rows=rows, at=at)
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
        count = _give_links_back(area_id, before["links"], kept.pk, returned.pk)
        count += _narrow(area_id, before["spans"])
        # what the returned person got anew before this news came through stands, and needs no second row
        cases = Investigation.objects.filter(area_id=area_id, uuid__in=before["cases"], person=kept)
        own = Investigation.objects.filter(area_id=area_id, person=returned)
        count += cases.exclude(incident_id__in=list(own.values_list("incident_id", flat=True))).update(person=returned)
        managed = Management.objects.filter(area_id=area_id, uuid__in=before["managed"], person=kept)
        is_active = Q(state=Management.State.ACTIVE)
        taken = list(Management.objects.filter(is_active, person=returned).values_list("incident_id", flat=True))
        count += managed.exclude(is_active, incident_id__in=taken).update(person=returned)
        taken = list(Management.objects.filter(is_active, person=returned).values_list("incident_id", flat=True))
        ended = Management.objects.filter(area_id=area_id, uuid__in=before["active"], person=returned)
        ended.filter(state=Management.State.EXCLUDED, ended_at=before["merged_at"]).exclude(
            incident_id__in=taken
        ).update(state=Management.State.ACTIVE, ended_at=None)
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


def _widened(area_id: int, spans: list[list[str]]) -> list[list[str]]:
    """Return of the spans only those that the merge made wider, each with what it made of them."""
    now = {
        str(uuid): [first.isoformat(), last.isoformat()]
        for uuid, first, last in ContactLink.objects.filter(
            area_id=area_id, uuid__in=[span[0] for span in spans]
        ).values_list("uuid", "first_contact_date", "last_contact_date")
    }
    return [[*span, *now[span[0]]] for span in spans if span[0] in now and now[span[0]] != span[1:]]


def _narrow(area_id: int, spans: list[list[str]]) -> int:
    """Take from a span what the merge put to it; a day that was told since stays: nobody is looked after too short."""
    count = 0
    for uuid, first, last, merged_first, merged_last in spans:
        link = ContactLink.objects.filter(area_id=area_id, uuid=uuid)
        count += link.filter(first_contact_date=merged_first).update(first_contact_date=first)
        count += link.filter(last_contact_date=merged_last).update(last_contact_date=last)
    return count


def _give_links_back(area_id: int, links: list[dict[str, Any]], kept_id: int, returned_id: int) -> int:
    """Let every link name the returned person where it did, and write those again that had become one with another.

    Only that side goes back: who stands on the other side may have been joined or parted since by themselves.
    """
    count = 0
    for row in links:
        sides = [side for side in ("case_person_id", "person_id", "via_id") if row[side] == returned_id]
        link = ContactLink.objects.filter(area_id=area_id, uuid=row["uuid"]).first()
        if link is None:
            # the fields read dates and uuids as text by themselves
            link = ContactLink(area_id=area_id, **row)
            link.clean_fields(exclude=["via", "evidence", "excluded_reason"])
        else:
            for side in sides:
                if getattr(link, side) == kept_id:
                    setattr(link, side, returned_id)
        count += _put(link)
    return count


def _put(link: ContactLink) -> int:
    """Write a link; where the same two people got one of that layer anew, theirs takes the wider span and stands alone."""
    same = ContactLink.objects.filter(
        area_id=link.area_id,
        incident_id=link.incident_id,
        case_person_id=link.case_person_id,
        person_id=link.person_id,
        layer=link.layer,
    ).exclude(uuid=link.uuid)
    found = same.first()
    if found is None:
        link.save()
        return 1
    if link.pk:
        ContactLink.objects.filter(pk=link.pk).delete()
    return same.update(
        first_contact_date=min(found.first_contact_date, link.first_contact_date),
        last_contact_date=max(found.last_contact_date, link.last_contact_date),
    )
