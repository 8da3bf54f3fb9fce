"""The merge queue: two rows that may be one person, decided by a person, with undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from tongxin.base import audit, keys, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.community import names, rules
from tongxin.community.events import MergeUndone, PeopleMerged
from tongxin.community.importing.cells import name_key
from tongxin.community.intake.digests import Tokens
from tongxin.community.intake.joining import empty_again, fill_gaps
from tongxin.community.intake.write_people import save_columns, write_tokens
from tongxin.community.models import MergeCandidate, Person, SpecialCare

COMPARED = (
    *("name", "sex", "birth_date", "id_kind", "id_number", "phone", "phone_2", "family_contact"),
    *("door", "department", "external_code", "language", "note"),
)
_MASKED_TAIL = {"id_number", "phone", "phone_2"}
_HIDDEN = {"family_contact", "note", "birth_date"}


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One line of the side-by-side view; the texts are masked unless the look was audited."""

    field: str
    first: str
    second: str
    is_equal: bool


def list_merge_candidates(
    *, area_id: int, scope: Scope, state: str = MergeCandidate.State.OPEN
) -> QuerySet[MergeCandidate]:
    """This function will return the pairs in a state of which the scope reaches both people, surest first.

    A pair across two grids is decided by those who see both.
    """
    rows = MergeCandidate.objects.filter(area_id=area_id, state=state)
    if not scope.everything:
        for side in ("first", "second"):
            in_grid = Q(**{f"{side}__grid_id__in": scope.grid_ids})
            rows = rows.filter(in_grid | Q(**{f"{side}__building_id__in": scope.building_ids}))
    rows = rows.select_related("first__dwelling", "second__dwelling")
    return rows.order_by("-score", "id") if state == MergeCandidate.State.OPEN else rows.order_by("-decided_at", "id")


def get_candidate(area_id: int, uuid: UUID) -> MergeCandidate:
    """This function will return one pair. Raises MergeCandidate.DoesNotExist."""
    rows = MergeCandidate.objects.select_related(
        "first__dwelling", "first__department", "second__dwelling", "second__department"
    )
    return rows.get(area_id=area_id, uuid=uuid)


def _value(person: Person, field: str) -> str:
    if person.erased_at is not None:
        return ""
    if field == "door":
        return person.dwelling.door if person.dwelling else ""
    if field == "department":
        return person.department.name if person.department else ""
    return str(getattr(person, field) or "")


def _masked(field: str, value: str) -> str:
    if field == "name":
        return names.mask_name(value)
    if field in _MASKED_TAIL:
        return names.mask_tail(value)
    return "***" if field in _HIDDEN and value else value


def compare(
    *, area_id: int, uuid: UUID, actor: Actor, at: datetime, is_revealed: bool = False, purpose: str = "CHECK_DATA"
) -> list[ComparedField]:
    """This function will return two rows side by side; revealed, it leaves a look at each person in the audit.

    Which fields are equal is told masked as well, since that is what a decision needs.
    """
    pair = get_candidate(area_id, uuid)
    if is_revealed:
        with transaction.atomic():
            for person in (pair.first, pair.second):
                audit.record(
                    "community.person.revealed",
                    actor=actor,
                    at=at,
                    area_id=area_id,
                    target_kind="person",
                    target_uuid=person.uuid,
                    detail={"purpose": rules.check_purpose(purpose)},
                )
    keys.warm(area_id, [pair.first.subject_uuid, pair.second.subject_uuid])
    lines = []
    for field in COMPARED:
        first, second = _value(pair.first, field), _value(pair.second, field)
        if not first and not second:
            continue
        is_equal = name_key(first) == name_key(second) if field == "name" else first == second
        if not is_revealed:
            first, second = _masked(field, first), _masked(field, second)
        lines.append(ComparedField(field, first, second, is_equal))
    return lines


def _locked(area_id: int, uuid: UUID, wanted: str) -> MergeCandidate:
    pair = MergeCandidate.objects.select_for_update().get(area_id=area_id, uuid=uuid)
    rules.check_merge_step(pair.state, wanted)
    return pair


def _record(action: str, pair: MergeCandidate, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=pair.area_id,
        target_kind="merge_candidate",
        target_uuid=pair.uuid,
        detail={"score": pair.score},
    )


def _decide(pair: MergeCandidate, state: str, *, actor: Actor, at: datetime, undo: dict[str, object]) -> None:
    is_open = state == MergeCandidate.State.OPEN
    MergeCandidate.objects.filter(pk=pair.pk).update(
        state=state, decided_at=None if is_open else at, decided_by="" if is_open else actor.label, undo=undo
    )


def _move_care(kept: Person, gone: Person, at: datetime) -> list[str]:
    """Copy the open classes of care that the row that stays lacks; sealed texts are sealed anew under its key."""
    present = set(SpecialCare.objects.filter(person=kept, ends_at=None).values_list("code", flat=True))
    copied = []
    for care in SpecialCare.objects.filter(person=gone, ends_at=None):
        if care.code not in present:
            SpecialCare.objects.create(
                area_id=kept.area_id,
                subject_uuid=kept.subject_uuid,
                person=kept,
                code=care.code,
                detail=care.detail,
                medicine_days_left=care.medicine_days_left,
                starts_at=care.starts_at,
            )
            copied.append(care.code)
    return copied


def merge_people(*, area_id: int, uuid: UUID, keep: UUID, actor: Actor, at: datetime) -> Person:
    """This function will make a pair one person: the row `keep` stays, gets what it lacked, and the other one points to it.

    Nothing is deleted, so that `undo_merge` can take it back. Raises WrongMergeStep when the pair was decided
    meanwhile, ValueError when `keep` is neither of the two, or the other one is merged already.
    """
    with transaction.atomic():
        pair = _locked(area_id, uuid, rules.MERGE_MERGED)
        both = {
            person.uuid: person
            for person in Person.objects.select_for_update().filter(pk__in=[pair.first_id, pair.second_id])
        }
        if keep not in both:
            raise ValueError("the row to keep is not one of the pair")
        kept = both.pop(keep)
        gone = next(iter(both.values()))
        if kept.merged_into_id or gone.merged_into_id or kept.erased_at or gone.erased_at:
            raise rules.WrongMergeStep("one of the two is not a person of its own any more")
        keys.warm(area_id, [kept.subject_uuid, gone.subject_uuid])
        filled = fill_gaps(kept, gone)
        save_columns(kept, filled)
        Person.objects.filter(pk=gone.pk).update(merged_into=kept)
        pulled = list(Person.objects.filter(merged_into=gone).values_list("pk", flat=True))
        Person.objects.filter(pk__in=pulled).update(merged_into=kept)
        write_tokens(area_id, [kept], Tokens(area_id), is_new=False)
        undo = {"filled": filled, "care": _move_care(kept, gone, at), "pulled": pulled, "gone": gone.pk}
        _decide(pair, MergeCandidate.State.MERGED, actor=actor, at=at, undo=undo)
        _record("community.people.merged", pair, actor=actor, at=at)
        outbox.publish(PeopleMerged(kept_uuid=kept.uuid, gone_uuid=gone.uuid), area_id=area_id, at=at)
    return kept


def undo_merge(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> MergeCandidate:
    """This function will make both of a merged pair people of their own again; the pair is open once more.

    What the merge filled is emptied again unless somebody changed it since. Raises WrongMergeStep.
    """
    with transaction.atomic():
        pair = _locked(area_id, uuid, rules.MERGE_OPEN)
        if pair.state != MergeCandidate.State.MERGED:
            raise rules.WrongMergeStep("only a merge can be undone")
        rows = Person.objects.select_for_update().filter(pk__in=[pair.first_id, pair.second_id])
        people = {person.pk: person for person in rows}
        gone = people[pair.undo.get("gone", pair.second_id)]
        kept = people[pair.first_id if gone.pk == pair.second_id else pair.second_id]
        keys.warm(area_id, [kept.subject_uuid, gone.subject_uuid])
        filled = [
            column
            for column in pair.undo.get("filled", [])
            if gone.erased_at is None and getattr(kept, column) == getattr(gone, column)
        ]
        empty_again(kept, filled)
        save_columns(kept, filled)
        Person.objects.filter(pk=gone.pk).update(merged_into=None)
        Person.objects.filter(pk__in=pair.undo.get("pulled", []), merged_into=kept).update(merged_into=gone)
        care = SpecialCare.objects.filter(person=kept, ends_at=None, code__in=pair.undo.get("care", []))
        care.update(ends_at=at)
        write_tokens(area_id, [kept], Tokens(area_id), is_new=False)
        _decide(pair, MergeCandidate.State.OPEN, actor=actor, at=at, undo={})
        _record("community.merge.undone", pair, actor=actor, at=at)
        outbox.publish(MergeUndone(kept_uuid=kept.uuid, returned_uuid=gone.uuid), area_id=area_id, at=at)
    return get_candidate(area_id, uuid)


def mark_different(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> MergeCandidate:
    """This function will say that a pair are two people; an import never asks about them again."""
    with transaction.atomic():
        pair = _locked(area_id, uuid, rules.MERGE_DIFFERENT)
        _decide(pair, MergeCandidate.State.DIFFERENT, actor=actor, at=at, undo={})
        _record("community.people.told_apart", pair, actor=actor, at=at)
    return get_candidate(area_id, uuid)


def reopen_pair(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> MergeCandidate:
    """This function will put a pair that was told apart back into the queue. Raises WrongMergeStep."""
    with transaction.atomic():
        pair = _locked(area_id, uuid, rules.MERGE_OPEN)
        if pair.state != MergeCandidate.State.DIFFERENT:
            raise rules.WrongMergeStep("only a pair that was told apart can be reopened here")
        _decide(pair, MergeCandidate.State.OPEN, actor=actor, at=at, undo={})
        _record("community.pair.reopened", pair, actor=actor, at=at)
    return get_candidate(area_id, uuid)


def undo_decision(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> MergeCandidate:
    """This function will take the last decision about a pair back, whichever it was. Raises WrongMergeStep."""
    state = MergeCandidate.objects.values_list("state", flat=True).get(area_id=area_id, uuid=uuid)
    step = reopen_pair if state == MergeCandidate.State.DIFFERENT else undo_merge
    return step(area_id=area_id, uuid=uuid, actor=actor, at=at)
