"""What is typed into an interview before it is saved: kept sealed on the server, so that nothing is lost with the page.

One draft an investigation. Whoever writes names the version that they have seen: two tracers never overwrite each other.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.ids import new_uuid
from tongxin.base.versions import StaleVersion, update_versioned
from tongxin.tracing import rules
from tongxin.tracing.api.investigating import answers_of
from tongxin.tracing.models import InterviewDraft, Investigation


class DraftTooLong(ValueError):
    """An answer is longer than any interview takes; `field` names it."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field = field_name


def find_draft(investigation: Investigation) -> InterviewDraft | None:
    """This function will return what was typed and not saved yet, or None."""
    return InterviewDraft.objects.filter(area_id=investigation.area_id, investigation=investigation).first()


def draft_values(draft: InterviewDraft) -> dict[str, str]:
    """This function will return the fields as they were typed; the caller has audited the look."""
    found: dict[str, str] = json.loads(draft.content) if draft.content else {}
    return found


def save_draft(
    *,
    area_id: int,
    uuid: UUID,
    expected_version: int,
    base_version: int,
    values: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> InterviewDraft | None:
    """This function will keep what is typed now; the same again changes nothing, and what is saved needs no draft.

    `expected_version` is that of the draft that the writer has before them, 0 for none; `base_version` that of the
    investigation. The audit has an entry when a draft begins and when somebody else goes on with it, not for each word.
    Raises `StaleVersion` when another wrote meanwhile, `DraftTooLong`, `Investigation.DoesNotExist`.
    """
    clean = _checked(values)
    with transaction.atomic():
        row = Investigation.objects.select_for_update(of=("self",)).get(area_id=area_id, uuid=uuid)
        draft = find_draft(row)
        if draft is None and _is_saved(row, clean):
            return None  # sent while the interview itself was on its way: there is nothing left to keep
        if draft is None:
            # the draft that the writer knows was saved or discarded by another: what they type now begins a new one
            return _begin(row, clean, base_version=base_version, actor=actor, at=at)
        if draft.version != expected_version:
            raise StaleVersion(draft)
        if draft_values(draft) == clean:
            return draft
        if draft.saved_by != actor.label:
            _record("tracing.interview_draft.taken_over", row, actor=actor, at=at)
        draft.content = _packed(clean)
        content = InterviewDraft._meta.get_field("content").sealed(draft)
        return update_versioned(
            draft, expected_version, content=content, base_version=base_version, saved_at=at, saved_by=actor.label
        )


def _begin(
    row: Investigation, values: Mapping[str, str], *, base_version: int, actor: Actor, at: datetime
) -> InterviewDraft:
    draft = InterviewDraft(
        area_id=row.area_id,
        uuid=new_uuid(),
        subject_uuid=row.subject_uuid,
        investigation=row,
        content=_packed(values),
        base_version=base_version,
        saved_at=at,
        saved_by=actor.label,
    )
    draft.save(force_insert=True)
    _record("tracing.interview_draft.begun", row, actor=actor, at=at)
    return draft


def _is_saved(row: Investigation, values: Mapping[str, str]) -> bool:
    dates = {name: getattr(row, name) for name in rules.INTERVIEW_DATES}
    saved = {**{name: day.isoformat() for name, day in dates.items() if day}, **answers_of(row)}
    return {name: text.strip() for name, text in values.items()} == saved


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    for name, text in values.items():
        if len(text) > rules.MAX_ANSWER:
            raise DraftTooLong(name)
    return {name: text for name, text in values.items() if text.strip()}


def _packed(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def discard_draft(*, area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> bool:
    """This function will throw a draft away that still has this version; returns whether there was one.

    Raises `Investigation.DoesNotExist`, `StaleVersion` when another went on writing meanwhile.
    """
    with transaction.atomic():
        row = Investigation.objects.select_for_update(of=("self",)).get(area_id=area_id, uuid=uuid)
        draft = find_draft(row)
        if draft is None:
            return False
        if draft.version != version:
            raise StaleVersion(draft)
        draft.delete()
        _record("tracing.interview_draft.discarded", row, actor=actor, at=at)
    return True


def _record(action: str, row: Investigation, *, actor: Actor, at: datetime) -> None:
    audit.record(action, actor=actor, at=at, area_id=row.area_id, target_kind="Investigation", target_uuid=row.uuid)
