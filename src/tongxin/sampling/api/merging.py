"""What follows here when two rows of people turn out to be one person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.sampling.models import Registration, RoundMember


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give the samples and list places of a merged row to the row that stays; return how many moved.

    Where both stood in one round, the one that was sampled counts; if both were, the second stays with the row that is
    gone, so that its tube keeps its number of people.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None:
        return 0
    with transaction.atomic():
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
