"""The special-care list: who needs more than others, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tongxin.base import audit, keys
from tongxin.base.actors import Actor, Scope
from tongxin.community import rules
from tongxin.community.api.people import active_in
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


def end_care(*, area_id: int, person_uuid: UUID, code: str, actor: Actor, at: datetime) -> bool:
    """This function will end one class of a person; False when it was not open."""
    with transaction.atomic():
        rows = SpecialCare.objects.filter(area_id=area_id, person__uuid=person_uuid, code=code, ends_at=None)
        ended = rows.update(ends_at=at)
        if ended:
            audit.record(
                "community.care.ended",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="person",
                target_uuid=person_uuid,
                detail={"code": code},
            )
    return bool(ended)
