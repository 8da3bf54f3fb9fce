"""What follows here when two rows of people turn out to be one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.residents import rules
from tongxin.residents.models import LiaisonCall, LiaisonPair, Request


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will close the pair and the open calls of a merged row, and give its needs to the row that stays.

    A need that both rows have becomes one. The words of the merged row's needs stay sealed under its own key, so
    they are copied. Returns how many rows changed; a second call changes nothing.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None:
        return 0
    with transaction.atomic():
        changed = LiaisonPair.objects.filter(area_id=area_id, person_id=gone.pk, ends_at=None).update(ends_at=at)
        calls = LiaisonCall.objects.filter(area_id=area_id, person_id=gone.pk, state__in=rules.OPEN_CALLS)
        changed += calls.count()
        calls.delete()
        for row in Request.objects.select_for_update().filter(area_id=area_id, person_id=gone.pk):
            changed += _move(row, kept)
        if changed:
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
    text, answer = row.text, row.answer
    row.subject_uuid, row.text, row.answer = kept.subject_uuid, text, answer
    field = Request._meta.get_field
    return own.update(
        person_id=kept.pk,
        grid_id=kept.grid_id,
        subject_uuid=kept.subject_uuid,
        text=field("text").sealed(row),  # type: ignore[union-attr]
        answer=field("answer").sealed(row),  # type: ignore[union-attr]
    )
