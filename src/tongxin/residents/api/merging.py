"""What follows here when two rows of people turn out to be one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.models import LiaisonCall, LiaisonPair, Request

_ROOM = "residents"


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will close the pair and the open calls of a merged row, and give its needs to the row that stays.

    A need that both rows have becomes one. The words of the merged row's needs stay sealed under its own key, so
    they are copied. Returns how many rows changed; a second call changes nothing.
    """
    pair: dict[str, Any] = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None or incidents.is_merge_undone(**pair, at=at):
        return 0
    with transaction.atomic():
        before = _picture(area_id, gone.pk)
        changed = LiaisonPair.objects.filter(area_id=area_id, person_id=gone.pk, ends_at=None).update(ends_at=at)
        calls = LiaisonCall.objects.filter(area_id=area_id, person_id=gone.pk, state__in=rules.OPEN_CALLS)
        changed += calls.count()
        calls.delete()
        for row in Request.objects.select_for_update().filter(area_id=area_id, person_id=gone.pk):
            changed += _move(row, kept)
        if changed:
            incidents.keep_moved(**pair, room=_ROOM, rows=before, at=at)
            audit.record(
                "residents.follow_merge",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Person",
                target_uuid=kept_uuid,
                detail={"rows": changed},
            )
    return changed


def _move(row: Request, kept: Any) -> int:
    own = Request.objects.filter(pk=row.pk)
    same = Request.objects.filter(
        area_id=row.area_id,
        incident_id=row.incident_id,
        person_id=kept.pk,
        kind=row.kind,
        state__in=rules.STANDING_REQUESTS,
    )
    if row.state in rules.STANDING_REQUESTS and same.exists():
        return own.update(state=Request.State.WITHDRAWN)
    return _give(row, kept)


def _give(row: Request, person: Any) -> int:
    """Let a need be of that person, its words sealed under the person's own key."""
    text, answer = row.text, row.answer
    row.subject_uuid, row.text, row.answer = person.subject_uuid, text, answer
    field = Request._meta.get_field
    return Request.objects.filter(pk=row.pk).update(
        person_id=person.pk,
        grid_id=person.grid_id,
        subject_uuid=person.subject_uuid,
        text=field("text").sealed(row),  # type: ignore[union-attr]
        answer=field("answer").sealed(row),  # type: ignore[union-attr]
    )


# ---------- taken back ----------
def undo_merge(*, area_id: int, kept_uuid: UUID, returned_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give needs, caller and deputy back to somebody who is a person of their own again.

    Only what the merge had moved or ended; calls come with the next round. Returns how many rows changed.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, returned_uuid])
    kept, returned = people.get(kept_uuid), people.get(returned_uuid)
    if kept is None or returned is None:
        return 0
    with transaction.atomic():
        before = incidents.take_moved(area_id=area_id, kept_uuid=kept_uuid, gone_uuid=returned_uuid, room=_ROOM)
        if not before:
            return 0
        changed = 0
        needs = Request.objects.select_for_update().filter(
            area_id=area_id, uuid__in=[row[0] for row in before["needs"]]
        )
        stood = dict(before["needs"])
        for row in needs:
            changed += _give_back(row, kept, returned, stood[str(row.uuid)])
        for pair in LiaisonPair.objects.filter(area_id=area_id, uuid__in=before["pairs"], person_id=returned.pk):
            now = LiaisonPair.objects.filter(incident_id=pair.incident_id, person_id=returned.pk, ends_at=None)
            if not now.exists():
                changed += LiaisonPair.objects.filter(pk=pair.pk).update(ends_at=None)
        audit.record(
            "residents.undo_merge",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Person",
            target_uuid=returned_uuid,
            detail={"rows": changed},
        )
    return changed


def _give_back(row: Request, kept: Any, returned: Any, stood: str) -> int:
    """Give one need back, and let one stand again that was withdrawn for the other's; one told anew since is enough."""
    stands = rules.STANDING_REQUESTS
    anew = Request.objects.filter(
        area_id=row.area_id, incident_id=row.incident_id, person_id=returned.pk, kind=row.kind, state__in=stands
    )
    if row.person_id == kept.pk:
        if row.state not in stands or not anew.exists():
            return _give(row, returned)
        return Request.objects.filter(pk=row.pk).update(state=Request.State.WITHDRAWN)
    if row.state == Request.State.WITHDRAWN and stood in stands and not anew.exists():
        return Request.objects.filter(pk=row.pk).update(state=stood)
    return 0


def _picture(area_id: int, gone: int) -> dict[str, Any]:
    """Return as JSON what a merge is about to move or to end."""
    needs = Request.objects.filter(area_id=area_id, person_id=gone).values_list("uuid", "state")
    pairs = LiaisonPair.objects.filter(area_id=area_id, person_id=gone, ends_at=None).values_list("uuid", flat=True)
    return {"needs": [[str(uuid), state] for uuid, state in needs], "pairs": [str(uuid) for uuid in pairs]}
