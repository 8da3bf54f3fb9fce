"""What follows here when two rows of people turn out to be one person."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents.api.statuses import stand_anew
from tongxin.incidents.models import (
    CurrentStatus,
    Encounter,
    FactWithdrawal,
    Incident,
    MergeTrace,
    PersonStatus,
    TestDuty,
)

__all__ = ["follow_merge", "is_merge_undone", "keep_moved", "take_moved", "undo_merge"]


@dataclass(slots=True)
class _Trace:
    """What a merge moves, as it is kept: uuids of facts, meetings and test days as they were."""

    facts: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    meetings: list[dict[str, Any]] = field(default_factory=list)
    duties: list[dict[str, Any]] = field(default_factory=list)


def follow_merge(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give the facts, meetings and test days of a merged row to the row that stays.

    Returns how many facts moved; a second call moves nothing, and so does a merge that was taken back meanwhile. What
    the person is follows from all facts together. A trace stays, for `undo_merge`.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, gone_uuid])
    kept, gone = people.get(kept_uuid), people.get(gone_uuid)
    if kept is None or gone is None:
        return 0
    with transaction.atomic():
        pair = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
        if MergeTrace.objects.filter(**pair, undone_at__gte=at).exists():
            return 0
        trace = _Trace()
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
                    trace.ended.append(str(row.uuid))
                else:
                    moved += own.update(person_id=kept.pk)
                    trace.facts.append(str(row.uuid))
            CurrentStatus.objects.filter(area_id=area_id, incident=incident, person_id=gone.pk).delete()
            stand_anew(incident, [kept.pk], at=at)
        # what was asked about the row that is gone has to be looked at anew, with all facts together
        FactWithdrawal.objects.filter(area_id=area_id, person_id=gone.pk, state="WAITING").update(
            state=FactWithdrawal.State.REFUSED, decided_by=actor.label, decided_at=at
        )
        _move_meetings(area_id, kept.pk, gone.pk, trace)
        _move_duties(area_id, kept.pk, gone.pk, trace)
        _keep(trace, pair, at=at)
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


def _keep(trace: _Trace, pair: Mapping[str, Any], *, at: datetime) -> None:
    """Add what moved to the open trace of the pair."""
    found = asdict(trace)
    row = _open_trace(pair, at=at)
    added = {key: row.moved.get(key, []) + found[key] for key in found}
    MergeTrace.objects.filter(pk=row.pk).update(moved={**row.moved, **added})


def _open_trace(pair: Mapping[str, Any], *, at: datetime) -> MergeTrace:
    MergeTrace.objects.get_or_create(**pair, undone_at=None, defaults={"merged_at": at})
    return MergeTrace.objects.select_for_update().get(**pair, undone_at=None)


# ---------- for the rooms above ----------
def keep_moved(
    *, area_id: int, kept_uuid: UUID, gone_uuid: UUID, room: str, rows: Mapping[str, Any], at: datetime
) -> None:
    """Keep what a room above has moved in a merge; ``rows`` is JSON, and stands for as long as the people do."""
    pair = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    with transaction.atomic():
        row = _open_trace(pair, at=at)
        if room not in row.moved:
            MergeTrace.objects.filter(pk=row.pk).update(moved={**row.moved, room: dict(rows)})


def take_moved(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, room: str) -> dict[str, Any]:
    """Return what the room moved in the last merge of the pair, once; empty when there is nothing to give back."""
    pair = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    with transaction.atomic():
        for row in MergeTrace.objects.select_for_update().filter(**pair).order_by("-pk"):
            if room in row.moved:
                rest = {key: value for key, value in row.moved.items() if key != room}
                MergeTrace.objects.filter(pk=row.pk).update(moved=rest)
                return dict(row.moved[room])
    return {}


def is_merge_undone(*, area_id: int, kept_uuid: UUID, gone_uuid: UUID, at: datetime) -> bool:
    """Return True where that merge was taken back before the news of it came through."""
    pair = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": gone_uuid}
    return MergeTrace.objects.filter(**pair, undone_at__gte=at).exists()


def _move_meetings(area_id: int, kept: int, gone: int, trace: _Trace) -> None:
    rows = Encounter.objects.filter(area_id=area_id).filter(Q(person_a_id=gone) | Q(person_b_id=gone))
    mine = Encounter.objects.filter(area_id=area_id).filter(Q(person_a_id=kept) | Q(person_b_id=kept))
    columns = ("incident_id", "person_a_id", "person_b_id", "layer", "on_date")
    known = {(row[0], sum(row[1:3]) - kept, *row[3:]) for row in mine.values_list(*columns)}
    anew = []
    for row in rows:
        other = row.person_b_id if row.person_a_id == gone else row.person_a_id
        is_new = other != kept and (row.incident_id, other, row.layer, row.on_date) not in known
        trace.meetings.append(
            {
                "incident": row.incident_id,
                "other": other,
                "layer": row.layer,
                "on_date": row.on_date.isoformat(),
                "evidence": row.evidence,
                "recorded_at": row.recorded_at.isoformat(),
                "is_new": is_new,
            }
        )
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


def _move_duties(area_id: int, kept: int, gone: int, trace: _Trace) -> None:
    rows = TestDuty.objects.filter(area_id=area_id, person_id=gone)
    mine = TestDuty.objects.filter(area_id=area_id, person_id=kept)
    known = set(mine.values_list("incident_id", "due_date"))
    trace.duties += [
        {
            "incident": row.incident_id,
            "due_date": row.due_date.isoformat(),
            "cause_kind": row.cause_kind,
            "cause_uuid": str(row.cause_uuid),
            "done_at": row.done_at.isoformat() if row.done_at else None,
            "is_new": (row.incident_id, row.due_date) not in known,
        }
        for row in rows
    ]
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


# ---------- taken back ----------
def undo_merge(*, area_id: int, kept_uuid: UUID, returned_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will give facts, meetings and test days back to somebody who is a person of their own again.

    Only what the merge had moved goes back: what was told since was told of the person who stayed. Both are judged anew
    from their own facts. Returns how many facts went back; a second call moves nothing.
    """
    people = community.list_people_by_uuid(area_id=area_id, uuids=[kept_uuid, returned_uuid])
    kept, returned = people.get(kept_uuid), people.get(returned_uuid)
    if kept is None or returned is None:
        return 0
    pair = {"area_id": area_id, "kept_uuid": kept_uuid, "gone_uuid": returned_uuid}
    with transaction.atomic():
        trace = MergeTrace.objects.select_for_update().filter(**pair, undone_at=None).first()
        if trace is None:
            # told before the merge itself was heard of: that one is not to move anything any more
            MergeTrace.objects.get_or_create(**pair, undone_at=at, defaults={"merged_at": at})
            return 0
        MergeTrace.objects.filter(pk=trace.pk).update(undone_at=at)
        facts = PersonStatus.objects.filter(area_id=area_id, uuid__in=trace.moved.get("facts", []), person_id=kept.pk)
        touched = set(facts.values_list("incident_id", flat=True))
        count = facts.update(person_id=returned.pk)
        ended = PersonStatus.objects.filter(area_id=area_id, uuid__in=trace.moved.get("ended", []))
        touched |= set(ended.values_list("incident_id", flat=True))
        count += _hold_again(ended.exclude(withdrawn_at=None).filter(person_id=returned.pk))
        _give_meetings_back(area_id, kept.pk, returned.pk, trace.moved.get("meetings", []))
        _give_duties_back(area_id, kept.pk, returned.pk, trace.moved.get("duties", []))
        for incident in Incident.objects.select_for_update().filter(area_id=area_id, pk__in=touched):
            stand_anew(incident, [kept.pk, returned.pk], at=at)
        audit.record(
            "incidents.undo_merge",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Person",
            target_uuid=returned_uuid,
            detail={"facts": count},
        )
    return count


def _hold_again(facts: Iterable[PersonStatus]) -> int:
    """Let facts hold that ended only because the other row said the same; one that was told anew since is enough."""
    count = 0
    for row in facts:
        same = PersonStatus.objects.filter(
            area_id=row.area_id,
            incident_id=row.incident_id,
            person_id=row.person_id,
            kind=row.kind,
            cause_kind=row.cause_kind,
            cause_uuid=row.cause_uuid,
            withdrawn_at=None,
        )
        if not same.exists():
            count += PersonStatus.objects.filter(pk=row.pk).update(withdrawn_at=None)
    return count


def _give_meetings_back(area_id: int, kept: int, returned: int, rows: Iterable[Mapping[str, Any]]) -> None:
    anew = []
    for row in rows:
        day = date.fromisoformat(row["on_date"])
        where = {"area_id": area_id, "incident_id": row["incident"], "layer": row["layer"], "on_date": day}
        if row["is_new"]:
            first, second = sorted((kept, row["other"]))
            Encounter.objects.filter(**where, person_a_id=first, person_b_id=second).delete()
        first, second = sorted((returned, row["other"]))
        recorded_at = datetime.fromisoformat(row["recorded_at"])
        anew.append(
            Encounter(**where, person_a_id=first, person_b_id=second, evidence=row["evidence"], recorded_at=recorded_at)
        )
    Encounter.objects.bulk_create(anew, ignore_conflicts=True)


def _give_duties_back(area_id: int, kept: int, returned: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """A test day that was kept since stays with the person who was sampled."""
    anew = []
    for row in rows:
        where = {"area_id": area_id, "incident_id": row["incident"], "due_date": date.fromisoformat(row["due_date"])}
        if row["is_new"]:
            mine = TestDuty.objects.filter(**where, person_id=kept)
            (mine if row["done_at"] else mine.filter(done_at=None)).delete()
        done_at = datetime.fromisoformat(row["done_at"]) if row["done_at"] else None
        cause = {"cause_kind": row["cause_kind"], "cause_uuid": UUID(row["cause_uuid"])}
        anew.append(TestDuty(**where, **cause, person_id=returned, done_at=done_at))
    TestDuty.objects.bulk_create(anew, ignore_conflicts=True)
