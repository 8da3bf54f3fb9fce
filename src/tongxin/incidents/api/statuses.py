"""Facts about people: told, withdrawn, and what follows from all of them together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor
from tongxin.base.bulk import insert_rows
from tongxin.incidents import rules
from tongxin.incidents.api.lifecycle import lock_open_incident
from tongxin.incidents.events import PersonStatusChanged, StatusesChanged
from tongxin.incidents.models import CurrentStatus, Incident, PersonStatus, StatusKind

__all__ = [
    "MANAGEMENT_RELEASED",
    "StatusFact",
    "StatusesSet",
    "UnknownPerson",
    "set_many_statuses",
    "set_person_status",
    "withdraw_status",
    "withdraw_statuses",
]

#: `cause_kind` of a CLEARED fact that ends management (of contacts); any other cause ends SUSPECT.
MANAGEMENT_RELEASED = rules.MANAGEMENT_RELEASED
_EVENT_SIZE = 500
_CHUNK = 5000
#: In the order of `_values`, between what is the same for all.
_STATUS_COLUMNS = (
    "area_id", "incident_id", "person_id", "kind", "effective_at", "cause_kind", "cause_uuid", "onset_date",
    "sample_date", "last_contact_date", "rule_key", "recorded_at", "recorded_by",
)  # fmt: skip


class UnknownPerson(LookupError):
    """A person does not exist in this compound."""


@dataclass(frozen=True, slots=True)
class StatusFact:
    """One fact to tell: the same (person, kind, cause) again with other dates corrects the first one."""

    person_id: int
    kind: str
    effective_at: datetime
    cause_kind: str
    cause_uuid: UUID
    onset_date: date | None = None
    sample_date: date | None = None
    last_contact_date: date | None = None
    rule_key: str = ""


@dataclass(frozen=True, slots=True)
class StatusesSet:
    """What a batch did: facts recorded, and the people whose standing status changed, by their new kind.

    The kind is empty for people of whom nothing holds any more.
    """

    recorded: int
    changed: dict[str, list[int]]


class _Row(NamedTuple):
    pk: int
    person_id: int
    kind: str
    effective_at: datetime
    cause_kind: str
    cause_uuid: UUID
    onset_date: date | None
    sample_date: date | None
    last_contact_date: date | None
    rule_key: str


class _Change(NamedTuple):
    person_id: int
    person_uuid: UUID
    previous: str
    now: rules.Standing | None


def set_person_status(
    *,
    area_id: int,
    incident_id: int,
    person_id: int,
    kind: str,
    effective_at: datetime,
    cause_kind: str,
    cause_uuid: UUID,
    onset_date: date | None = None,
    sample_date: date | None = None,
    last_contact_date: date | None = None,
    rule_key: str = "",
    actor: Actor,
    at: datetime,
) -> PersonStatus:
    """This function will tell one fact about a person and return its row; told again unchanged, it returns the first.

    `PersonStatusChanged` is published only when the standing kind, or onset or sample date of it, changes: a fact that
    arrives late and changes nothing is kept quietly. Raises `IncidentIsClosed`, `UnknownPerson`, ValueError for an
    unknown kind.
    """
    fact = StatusFact(
        person_id,
        StatusKind(kind).value,
        effective_at,
        cause_kind,
        cause_uuid,
        onset_date,
        sample_date,
        last_contact_date,
        rule_key,
    )
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        added, changes = _tell(incident, [fact], actor=actor, at=at)
        row = PersonStatus.objects.get(
            area_id=area_id,
            incident=incident,
            person_id=person_id,
            kind=fact.kind,
            cause_kind=cause_kind,
            cause_uuid=cause_uuid,
            withdrawn_at=None,
        )
        if added:
            _record("incidents.set_status", row, actor=actor, at=at)
        _publish_singly(incident, changes, at=at)
    return row


def set_many_statuses(
    *, area_id: int, incident_id: int, facts: Sequence[StatusFact], actor: Actor, at: datetime
) -> StatusesSet:
    """This function will tell many facts with a few statements: all of them or none.

    Events: one `StatusesChanged` for each new standing kind and 500 people; people who became CASE, and those of whom
    nothing holds any more, get a `PersonStatusChanged` each. Raises as `set_person_status`.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        added, changes = _tell(incident, facts, actor=actor, at=at)
        changed: dict[str, list[_Change]] = defaultdict(list)
        for change in changes:
            changed[change.now.kind if change.now else ""].append(change)
        for kind in sorted(changed):
            if kind in ("", "CASE"):
                _publish_singly(incident, changed[kind], at=at)
                continue
            for part in _parts(changed[kind], _EVENT_SIZE):
                uuids = [change.person_uuid for change in part]
                outbox.publish(StatusesChanged(incident.uuid, kind, uuids), area_id=area_id, at=at)
        if added:
            audit.record(
                "incidents.set_many_statuses",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Incident",
                target_uuid=incident.uuid,
                detail={"facts": added, "changed": {kind: len(rows) for kind, rows in changed.items()}},
            )
    return StatusesSet(added, {kind: [change.person_id for change in rows] for kind, rows in changed.items()})


def withdraw_status(*, area_id: int, uuid: UUID, reason: str, actor: Actor, at: datetime) -> PersonStatus:
    """This function will take back a fact that was wrong; what the person is follows from the facts that are left.

    Withdrawing twice changes nothing. `reason` is a code. Raises `PersonStatus.DoesNotExist`, `IncidentIsClosed`.
    """
    return withdraw_statuses(area_id=area_id, uuids=[uuid], reason=reason, actor=actor, at=at)[0]


def withdraw_statuses(
    *, area_id: int, uuids: Collection[UUID], reason: str, actor: Actor, at: datetime
) -> list[PersonStatus]:
    """This function will take back facts of one incident together, so that each person is told of once.

    Raises as `withdraw_status`, when any of them does not exist, and ValueError for facts of two incidents.
    """
    with transaction.atomic():
        rows = list(
            PersonStatus.objects.select_related("incident").filter(area_id=area_id, uuid__in=uuids).order_by("id")
        )
        if not rows or len(rows) < len(set(uuids)):
            raise PersonStatus.DoesNotExist
        if len({row.incident_id for row in rows}) > 1:
            raise ValueError("incidents")
        incident = lock_open_incident(area_id, rows[0].incident_id)
        people = set()
        for row in rows:
            if PersonStatus.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=at):
                row.withdrawn_at = at
                people.add(row.person_id)
                _record("incidents.withdraw_status", row, actor=actor, at=at, reason=reason)
        _publish_singly(incident, _stand(incident, _facts_of(incident, people)), at=at)
    return rows


def stand_anew(incident: Incident, person_ids: Iterable[int], *, at: datetime) -> None:
    """This function will work out anew what these people are, and tell who changed; inside the caller's transaction."""
    facts = _facts_of(incident, person_ids)
    standing = _standing_now(incident, facts)
    known = {person_id: rows for person_id, rows in facts.items() if rows or person_id in standing}
    _publish_singly(incident, _stand(incident, known), at=at)


def _record(action: str, row: PersonStatus, *, actor: Actor, at: datetime, **detail: str) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="PersonStatus",
        target_uuid=row.uuid,
        detail={"kind": row.kind, "cause": row.cause_kind, **detail},
    )


def _publish_singly(incident: Incident, changes: Iterable[_Change], *, at: datetime) -> None:
    for change in changes:
        kind = change.now.kind if change.now else ""
        since = (change.now.since_at if change.now else at).isoformat()
        event = PersonStatusChanged(incident.uuid, change.person_uuid, kind, change.previous, since)
        outbox.publish(event, area_id=incident.area_id, at=at)


def _tell(incident: Incident, facts: Sequence[StatusFact], *, actor: Actor, at: datetime) -> tuple[int, list[_Change]]:
    """Write what is new, withdraw what it corrects, and let people stand as all their facts say."""
    told = _facts_of(incident, {fact.person_id for fact in facts})
    by_cause = {
        (row.person_id, row.kind, row.cause_kind, row.cause_uuid): row for rows in told.values() for row in rows
    }
    wanted = {(fact.person_id, fact.kind, fact.cause_kind, fact.cause_uuid): fact for fact in facts}
    new = [fact for key, fact in wanted.items() if key not in by_cause or not _is_same(by_cause[key], fact)]
    if not new:
        return 0, []
    corrected = [
        by_cause[key].pk for key, fact in wanted.items() if key in by_cause and not _is_same(by_cause[key], fact)
    ]
    for part in _parts(corrected, _CHUNK):
        PersonStatus.objects.filter(pk__in=part).update(withdrawn_at=at)
    insert_rows(PersonStatus, _STATUS_COLUMNS, [_status_row(incident, fact, actor=actor, at=at) for fact in new])
    gone = set(corrected)
    standing: dict[int, list[_Row]] = {fact.person_id: [] for fact in new}
    for person_id in standing:
        standing[person_id] = [row for row in told.get(person_id, []) if row.pk not in gone]
    for fact in new:
        standing[fact.person_id].append(_Row(0, *_values(fact)))
    return len(new), _stand(incident, standing)


def _values(fact: StatusFact) -> tuple[int, str, datetime, str, UUID, date | None, date | None, date | None, str]:
    return (
        fact.person_id,
        fact.kind,
        fact.effective_at,
        fact.cause_kind,
        fact.cause_uuid,
        fact.onset_date,
        fact.sample_date,
        fact.last_contact_date,
        fact.rule_key,
    )


def _is_same(row: _Row, fact: StatusFact) -> bool:
    return row[1:] == _values(fact)


def _status_row(incident: Incident, fact: StatusFact, *, actor: Actor, at: datetime) -> tuple[Any, ...]:
    """Return the values of `_STATUS_COLUMNS`. Raises ValueError for an unknown kind."""
    person_id, kind, *rest = _values(fact)
    return (incident.area_id, incident.pk, person_id, StatusKind(kind).value, *rest, at, actor.label)


def _facts_of(incident: Incident, person_ids: Iterable[int]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = {person_id: [] for person_id in person_ids}
    for part in _parts(sorted(found), _CHUNK):
        rows = PersonStatus.objects.filter(
            area_id=incident.area_id, incident=incident, person_id__in=part, withdrawn_at=None
        )
        for values in rows.values_list("pk", *_Row._fields[1:]):
            row = _Row(*values)
            found[row.person_id].append(row)
    return found


def _stand(incident: Incident, facts: dict[int, list[_Row]]) -> list[_Change]:
    """Write the standing status of these people from all their facts, and return who changed."""
    uuids, before = _people(incident, facts), _standing_now(incident, facts)
    rows, emptied, changes = [], [], []
    for person_id, known in facts.items():
        now = rules.standing(
            rules.Fact(
                row.kind, row.effective_at, row.cause_kind, row.onset_date, row.sample_date, row.last_contact_date
            )
            for row in known
        )
        was = before.get(person_id)
        if now == was:
            continue
        if now is None:
            emptied.append(person_id)
        else:
            rows.append(_current_row(incident, person_id, now))
        if was is None or now is None or _is_told(was, now):
            changes.append(_Change(person_id, uuids[person_id], was.kind if was else "", now))
    for part in _parts(emptied, _CHUNK):
        CurrentStatus.objects.filter(area_id=incident.area_id, incident=incident, person_id__in=part).delete()
    CurrentStatus.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["area_id", "incident", "person"],
        update_fields=["kind", "since_at", "onset_date", "sample_date", "last_contact_date"],
    )
    return changes


def _is_told(was: rules.Standing, now: rules.Standing) -> bool:
    """Return whether a change is worth a notice: the kind, or the dates from which the days of a case are counted."""
    return (was.kind, was.onset_date, was.sample_date) != (now.kind, now.onset_date, now.sample_date)


def _current_row(incident: Incident, person_id: int, now: rules.Standing) -> CurrentStatus:
    return CurrentStatus(
        area_id=incident.area_id,
        incident=incident,
        person_id=person_id,
        kind=now.kind,
        since_at=now.since_at,
        onset_date=now.onset_date,
        sample_date=now.sample_date,
        last_contact_date=now.last_contact_date,
    )


def _standing_now(incident: Incident, person_ids: Iterable[int]) -> dict[int, rules.Standing]:
    found: dict[int, rules.Standing] = {}
    for part in _parts(sorted(person_ids), _CHUNK):
        rows = CurrentStatus.objects.filter(area_id=incident.area_id, incident=incident, person_id__in=part)
        values = rows.values_list("person_id", "kind", "since_at", "onset_date", "sample_date", "last_contact_date")
        for person_id, kind, since_at, onset, sample, contact in values:
            found[person_id] = rules.Standing(kind, since_at, onset, sample, contact)
    return found


def _people(incident: Incident, person_ids: Iterable[int]) -> dict[int, UUID]:
    """Return the uuids of people who have a fact or stand here; a person of another compound is refused."""
    found: dict[int, UUID] = {}
    wanted = sorted(person_ids)
    for part in _parts(wanted, _CHUNK):
        rows = PersonStatus.objects.filter(area_id=incident.area_id, incident=incident, person_id__in=part)
        found |= dict(rows.filter(person__area_id=incident.area_id).values_list("person_id", "person__uuid"))
    missing = [person_id for person_id in wanted if person_id not in found]
    if missing:
        # whose facts went to another row: only the standing status still tells of them
        left = CurrentStatus.objects.filter(area_id=incident.area_id, incident=incident, person_id__in=missing)
        found |= dict(left.filter(person__area_id=incident.area_id).values_list("person_id", "person__uuid"))
        missing = [person_id for person_id in missing if person_id not in found]
    if missing:
        raise UnknownPerson(f"{len(missing)} of {len(wanted)}")
    return found


def _parts(items: Sequence, size: int) -> Iterator[Sequence]:  # type: ignore[type-arg]
    for start in range(0, len(items), size):
        yield items[start : start + size]
