"""The special-care list: who needs more than others, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tongxin.base import audit, clock, keys, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.community import rules
from tongxin.community.api.moving import ChangeRefused, check_reason, start_of
from tongxin.community.api.people import active_in
from tongxin.community.events import ResidentsChanged
from tongxin.community.models import Person, SpecialCare


class UnknownCareCode(ValueError):
    """A class that is not in `rules.CARE_CODES`."""


@dataclass(frozen=True, slots=True)
class CareRow:
    """One person in one class, without particulars (those are sealed; see `reveal_person`)."""

    person_id: int
    code: str
    medicine_days_left: int | None
    since: datetime


def care_query(*, area_id: int, scope: Scope, codes: Iterable[str] | None = None) -> QuerySet[SpecialCare]:
    """This function will return the open rows of active people that a scope reaches, in the order of their doors."""
    active = active_in(area_id=area_id, scope=scope, prefix="person__")
    rows = SpecialCare.objects.filter(active, area_id=area_id, ends_at=None)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    return rows.select_related("person__dwelling").order_by("person__sort_key", "person_id", "code")


def list_special_care(*, area_id: int, codes: Iterable[str] | None = None) -> list[CareRow]:
    """This function will return every active person of the classes, one row a class, in the order of their doors."""
    scope = Scope(area_id=area_id, everything=True)
    columns = ("person_id", "code", "medicine_days_left", "starts_at")
    rows = care_query(area_id=area_id, scope=scope, codes=codes).values_list(*columns)
    return [CareRow(*row) for row in rows]


def care_codes_of(*, area_id: int, person_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """This function will return person id -> open classes, one query a 500 people; people without any are left out."""
    found: dict[int, list[str]] = {}
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), 500):
        rows = SpecialCare.objects.filter(area_id=area_id, ends_at=None, person_id__in=wanted[start : start + 500])
        for person_id, code in rows.order_by("code").values_list("person_id", "code"):
            found.setdefault(person_id, []).append(code)
    return {person_id: tuple(codes) for person_id, codes in found.items()}


def count_care(*, area_id: int, scope: Scope) -> dict[str, int]:
    """This function will return code -> number of active people in scope."""
    counts = dict.fromkeys(rules.CARE_CODES, 0)
    for code in care_query(area_id=area_id, scope=scope).order_by().values_list("code", flat=True):
        counts[code] = counts.get(code, 0) + 1
    return {code: count for code, count in counts.items() if count}


def add_care(
    *,
    area_id: int,
    needs: Iterable[tuple[Person, Mapping[str, str], int | None]],
    actor: Actor,
    at: datetime,
) -> int:
    """This function will open classes for people, and return how many were new or got new particulars.

    `needs` holds (person, code -> particulars, medicine days left). A class that is open with the same particulars
    stays as it is. Raises UnknownCareCode, and nothing is written.
    """
    wanted = [(person, code, detail, days) for person, codes, days in needs for code, detail in codes.items()]
    unknown = {code for _, code, _, _ in wanted} - set(rules.CARE_CODES)
    if unknown:
        raise UnknownCareCode(", ".join(sorted(unknown)))
    with transaction.atomic():
        changed = _write(area_id, wanted, at)
        if changed:
            audit.record(
                "community.care.added",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="compound",
                detail={"rows": changed},
            )
    return changed


def _open_rows(area_id: int, person_ids: list[int]) -> dict[tuple[int, str], SpecialCare]:
    found: dict[tuple[int, str], SpecialCare] = {}
    for start in range(0, len(person_ids), 500):
        rows = SpecialCare.objects.filter(area_id=area_id, ends_at=None, person_id__in=person_ids[start : start + 500])
        found.update({(row.person_id, row.code): row for row in rows})
    return found


def _write(area_id: int, wanted: list[tuple[Person, str, str, int | None]], at: datetime) -> int:
    people = {person.pk: person for person, _, _, _ in wanted}
    known = _open_rows(area_id, sorted(people))
    data_keys = keys.create_many(area_id, {person.subject_uuid for person in people.values()})
    new: dict[tuple[int, str], SpecialCare] = {}
    changed: dict[int, SpecialCare] = {}
    detail_field = SpecialCare._meta.get_field("detail")
    for person, code, detail, days in wanted:
        place = (person.pk, code)
        row = known.get(place) or new.get(place)
        if row is None:
            row = SpecialCare(area_id=area_id, subject_uuid=person.subject_uuid, person=person, code=code, starts_at=at)
            row.detail, row.medicine_days_left = detail[:500], days
            row.__dict__["_data_key"] = data_keys.get(person.subject_uuid)
            new[place] = row
        elif (detail and row.detail != detail[:500]) or (days is not None and row.medicine_days_left != days):
            row.detail = detail[:500] or row.detail
            row.medicine_days_left = days if days is not None else row.medicine_days_left
            if place in known:
                changed[row.pk] = row
    SpecialCare.objects.bulk_create(new.values(), batch_size=500)
    for row in changed.values():
        sealed = detail_field.sealed(row)
        SpecialCare.objects.filter(pk=row.pk).update(detail=sealed, medicine_days_left=row.medicine_days_left)
    return len(new) + len(changed)


def look_at_care(
    *, area_id: int, scope: Scope, code: str = "", building: str = "", actor: Actor, at: datetime
) -> QuerySet[SpecialCare]:
    """This function will return the rows of a care list page and leave the look in the audit: it lists health facts."""
    codes = rules.ONE_TO_ONE_CODES if code == "ONE_TO_ONE" else ((code,) if code else None)
    rows = care_query(area_id=area_id, scope=scope, codes=codes)
    if building:
        rows = rows.filter(person__building__number=building)
    audit.record(
        "community.care.listed",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="compound",
        detail={"code": code, "building": building},
    )
    return rows


def look_at_persons_care(*, area_id: int, person: Person, actor: Actor, at: datetime) -> list[SpecialCare]:
    """This function will return every class of a person, open ones first, and leave the look in the audit."""
    _record("looked_at", person.uuid, area_id=area_id, actor=actor, at=at, detail={})
    keys.warm(area_id, [person.subject_uuid])
    rows = SpecialCare.objects.filter(area_id=area_id, person=person).order_by("-starts_at", "code")
    return sorted(rows, key=lambda row: row.ends_at is not None)


def _record(what: str, uuid: UUID, *, area_id: int, actor: Actor, at: datetime, detail: Mapping[str, str]) -> None:
    audit.record(
        f"community.care.{what}",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="person",
        target_uuid=uuid,
        detail=dict(detail),
    )


def _publish(area_id: int, uuid: UUID, at: datetime) -> None:
    outbox.publish(ResidentsChanged(person_uuids=(uuid,), change="CARE"), area_id=area_id, at=at)


def begin_care(
    *,
    area_id: int,
    person: Person,
    code: str,
    detail: str = "",
    since: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> SpecialCare:
    """This function will open one class of a person from a day on.

    Raises UnknownCareCode; ChangeRefused for a future day, an unknown reason, or a class that is open already.
    """
    check_reason(reason, rules.CARE_BEGIN_REASONS)
    moment = start_of(since, at=at)
    with transaction.atomic():
        if SpecialCare.objects.filter(area_id=area_id, person=person, code=code, ends_at=None).exists():
            raise ChangeRefused("CARE_IS_OPEN")
        add_care(area_id=area_id, needs=[(person, {code: detail}, None)], actor=actor, at=moment)
        row = SpecialCare.objects.get(area_id=area_id, person=person, code=code, ends_at=None)
        row.start_reason = reason
        SpecialCare.objects.filter(pk=row.pk).update(start_reason=reason)
        _record("begun", person.uuid, area_id=area_id, actor=actor, at=at, detail={"code": code, "reason": reason})
        _publish(area_id, person.uuid, at)
    return row


def end_care(
    *,
    area_id: int,
    person_uuid: UUID,
    code: str,
    ended_on: date | None = None,
    reason: str = "OTHER",
    actor: Actor,
    at: datetime,
) -> bool:
    """This function will end one class of a person, now or from a day on; False when it was not open.

    Raises ChangeRefused for a future day, an unknown reason, or a day before the class began.
    """
    check_reason(reason, rules.CARE_END_REASONS)
    moment = at if ended_on is None else start_of(ended_on, at=at)
    with transaction.atomic():
        rows = SpecialCare.objects.select_for_update().filter(area_id=area_id, code=code, ends_at=None)
        row = rows.filter(person__uuid=person_uuid).first()
        if row is None:
            return False
        if ended_on is not None and clock.local_date(row.starts_at) > ended_on:
            raise ChangeRefused("BEFORE_CARE")
        # Begun and ended on one day: the end lies at the beginning, not before it.
        SpecialCare.objects.filter(pk=row.pk).update(ends_at=max(moment, row.starts_at), end_reason=reason)
        _record("ended", person_uuid, area_id=area_id, actor=actor, at=at, detail={"code": code, "reason": reason})
        _publish(area_id, person_uuid, at)
    return True


def reopen_care(*, area_id: int, person_uuid: UUID, care_uuid: UUID, actor: Actor, at: datetime) -> None:
    """This function will take back the end of a class. Raises ChangeRefused when it is open again already."""
    with transaction.atomic():
        rows = SpecialCare.objects.select_for_update().filter(area_id=area_id, person__uuid=person_uuid)
        row = rows.filter(uuid=care_uuid).exclude(ends_at=None).first()
        if row is None:
            raise ChangeRefused("NOTHING_TO_UNDO")
        if rows.filter(code=row.code, ends_at=None).exists():
            raise ChangeRefused("CARE_IS_OPEN")
        SpecialCare.objects.filter(pk=row.pk).update(ends_at=None, end_reason="")
        _record("reopened", person_uuid, area_id=area_id, actor=actor, at=at, detail={"code": row.code})
        _publish(area_id, person_uuid, at)
