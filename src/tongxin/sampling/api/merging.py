"""What follows here when two rows of people turn out to be one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling.models import Registration, RoundMember

_ROOM = "sampling"


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give the samples and list places of a merged row to the row that stays; return how many moved.

    Where both stood in one round, the one that was sampled counts; if both were, the second stays with the row that is
    gone, so that its tube keeps its number of people.
    """
    pair: dict[str, Any] = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None or incidents.is_merge_undone(**pair, at=at):
        return 0
    with transaction.atomic():
        before = _picture(area_id, kept.pk, gone.pk)
        mine = Registration.objects.filter(area_id=area_id, person_id=kept.pk, voided_at=None)
        taken = set(mine.values_list("round_id", flat=True))
        rows = Registration.objects.filter(area_id=area_id, person_id=gone.pk).exclude(
            round_id__in=taken, voided_at=None
        )
        sampled = set(rows.filter(voided_at=None).values_list("round_id", flat=True))
        moved = rows.update(person_id=kept.pk)
        lists = RoundMember.objects.filter(area_id=area_id, person_id=gone.pk)
        both = set(
            RoundMember.objects.filter(
                area_id=area_id, person_id=kept.pk, round_id__in=lists.values("round_id")
            ).values_list("round_id", flat=True)
        )
        lists.exclude(round_id__in=both).update(person_id=kept.pk)
        RoundMember.objects.filter(area_id=area_id, person_id=kept.pk, round_id__in=both & sampled).update(
            state=RoundMember.State.DONE, state_at=at, state_reason=""
        )
        lists.filter(round_id__in=both).update(state=RoundMember.State.EXEMPT, state_at=at, state_reason="MERGED")
        if any(before.values()):
            incidents.keep_moved(**pair, room=_ROOM, rows={**before, "merged_at": at.isoformat()}, at=at)
        audit.record(
            "sampling.follow_merge",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=kept_uuid,
            detail={"registrations": moved},
        )
    return moved


# ---------- taken back ----------
def undo_merge(*, area_id: int, kept_uuid: UUID, returned_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give samples and list places back to somebody who is a person of their own again.

    Only what the merge had moved; returns how many samples went back, a second call gives nothing.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, returned_uuid])
    kept, returned = people.get(kept_uuid), people.get(returned_uuid)
    if kept is None or returned is None:
        return 0
    with transaction.atomic():
        before = incidents.take_moved(area_id=area_id, kept_uuid=kept_uuid, gone_uuid=returned_uuid, room=_ROOM)
        if not before:
            return 0
        lists = RoundMember.objects.filter(area_id=area_id)
        own = list(
            Registration.objects.filter(person_id=returned.pk, voided_at=None).values_list("round_id", flat=True)
        )
        rows = Registration.objects.filter(area_id=area_id, uuid__in=before["registrations"], person_id=kept.pk)
        moved = rows.exclude(round_id__in=own, voided_at=None).update(person_id=returned.pk)
        # who came on a list anew before this news came through stands on it once, with what was found of them
        for place in lists.filter(uuid__in=before["members"], person_id=kept.pk):
            anew = lists.filter(round_id=place.round_id, person_id=returned.pk)
            if anew.exists():
                anew.filter(state=RoundMember.State.DUE).update(
                    state=place.state, state_at=place.state_at, state_reason=place.state_reason
                )
                place.delete()
            else:
                lists.filter(pk=place.pk).update(person_id=returned.pk)
        for uuid, state, state_at, reason in before["states"]:
            # a place that changed since by itself (a sample, a refusal) is later news than the merge
            row = lists.filter(uuid=uuid, state_at=before["merged_at"])
            row.update(state=state, state_at=state_at, state_reason=reason)
        audit.record(
            "sampling.undo_merge",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=returned_uuid,
            detail={"registrations": moved},
        )
    return moved


def _picture(area_id: int, kept: int, gone: int) -> dict[str, Any]:
    """Return as JSON what a merge is about to move or to settle in rounds where both stood."""
    lists = RoundMember.objects.filter(area_id=area_id)
    theirs = lists.filter(person_id=gone)
    both = lists.filter(person_id__in=(kept, gone), round_id__in=theirs.values("round_id"))
    registrations = Registration.objects.filter(area_id=area_id, person_id=gone)
    return {
        "registrations": [str(uuid) for uuid in registrations.values_list("uuid", flat=True)],
        "members": [str(uuid) for uuid in theirs.values_list("uuid", flat=True)],
        "states": [
            [str(uuid), state, state_at.isoformat() if state_at else None, reason]
            for uuid, state, state_at, reason in both.values_list("uuid", "state", "state_at", "state_reason")
        ],
    }
