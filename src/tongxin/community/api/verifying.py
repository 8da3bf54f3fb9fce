"""待核实: what an import left empty or doubts, and the answers of those who asked."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tongxin.base import audit, keys
from tongxin.base.actors import Actor, Scope
from tongxin.base.versions import StaleVersion
from tongxin.community import rules
from tongxin.community.api.people import people_query
from tongxin.community.importing import addresses
from tongxin.community.importing.cells import person_name
from tongxin.community.importing.dates import read_day
from tongxin.community.importing.identity import read_identity
from tongxin.community.importing.phones import read_phones
from tongxin.community.importing.shapes import Fate, ParsedRow, Place
from tongxin.community.intake.digests import Tokens
from tongxin.community.intake.rows import RowPerson
from tongxin.community.intake.write_people import PLACE_COLUMNS, save_columns, set_values, settle_at, write_tokens
from tongxin.community.intake.write_places import write_places
from tongxin.community.models import Person, Residence, VerifyItem

#: What the form of the verify list may correct.
EDITABLE = ("name", "sex", "birth_date", "id_number", "phone", "phone_2", "door", "family_contact", "note", "language")
_ITEM_FIELDS = {
    "phone": "phone",
    "phone_second": "phone_2",
    "id_number": "id_number",
    "birth_date": "birth_date",
    "birth_year": "birth_date",
    "sex": "sex",
    "name": "name",
    "address": "door",
    "building": "door",
    "entrance": "door",
    "dwelling": "door",
    "family_contact_phone": "family_contact",
    "family_contact_name": "family_contact",
    "note": "note",
    "dialect": "language",
}
_SEX = {"M", "F", "U"}


class WrongValue(ValueError):
    """A corrected value does not pass the check of its field; `code` is a reason of the importer."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


def editable_field(item_field: str) -> str:
    """This function will return which field of the form answers an item, "" where only "it is right" can be said."""
    return _ITEM_FIELDS.get(item_field, "")


def list_to_verify(*, area_id: int, scope: Scope) -> QuerySet[VerifyItem]:
    """This function will return the open items of active people in scope, in the order of their doors."""
    people = people_query(area_id=area_id, scope=scope)
    rows = VerifyItem.objects.filter(area_id=area_id, resolved_at=None, person__in=people)
    return rows.select_related("person__dwelling").order_by("person__sort_key", "person_id", "id")


def get_verify_item(area_id: int, uuid: UUID) -> VerifyItem:
    """This function will return one item. Raises VerifyItem.DoesNotExist."""
    return VerifyItem.objects.select_related("person__dwelling").get(area_id=area_id, uuid=uuid)


def _identity(text: str, today: date) -> dict[str, Any]:
    if not text:
        return {"id_number": "", "id_kind": ""}
    read = read_identity(text, today=today)
    if not read.number:
        raise WrongValue("id_number", read.trouble or "id_wrong")
    values: dict[str, Any] = {"id_number": read.number, "id_kind": read.kind}
    if read.birth_date is not None:
        values |= {"birth_date": read.birth_date.isoformat(), "birth_year": read.birth_date.year}
    if read.sex:
        values["sex"] = "M" if read.sex == "MALE" else "F"
    return values


def _phone(field: str, text: str) -> dict[str, Any]:
    if not text:
        return {field: ""}
    read = read_phones(text)
    if not read.numbers or read.trouble == "phone_wrong":
        raise WrongValue(field, "phone_wrong")
    return {field: read.numbers[0]}


def _birth(text: str, today: date) -> dict[str, Any]:
    if not text:
        return {"birth_date": "", "birth_year": None}
    read = read_day(text, today=today)
    if read.day is not None and date(today.year - 125, 1, 1) <= read.day <= today:
        return {"birth_date": read.day.isoformat(), "birth_year": read.day.year}
    if read.day is None and read.year is not None and today.year - 125 <= read.year <= today.year:
        return {"birth_date": "", "birth_year": read.year}
    raise WrongValue("birth_date", "date_invalid")


def checked_values(field: str, text: str, *, today: date) -> dict[str, Any]:
    """This function will return the columns that a corrected value sets, checked as the importer checks them.

    Raises WrongValue with the importer's reason, and KeyError for a field that the form does not have.
    """
    value = re.sub(r"\s+", " ", text).strip()
    if field == "id_number":
        return _identity(value, today)
    if field in ("phone", "phone_2"):
        return _phone(field, value)
    if field == "birth_date":
        return _birth(value, today)
    if field == "sex":
        if value not in _SEX:
            raise WrongValue("sex", "sex_wrong")
        return {"sex": value}
    if field == "name":
        if not value or len(value) > 60:
            raise WrongValue("name", "no_name" if not value else "name_strange")
        return {"name": person_name(value)}
    if field in ("family_contact", "note", "language"):
        return {field: value[: 40 if field == "language" else 500]}
    raise KeyError(field)


def _move_to(person: Person, text: str, at: datetime) -> set[str]:
    """Settle a person at a door as people write it, making the dwelling when the compound lacks it."""
    place = addresses.parse_address(text.strip())
    if not place.building or not (place.dwelling or place.entrance):
        raise WrongValue("door", "place_incomplete" if place else "no_place")
    key = rules.place_key(
        building=place.building,
        entrance=place.entrance,
        room=place.dwelling,
        household="",
        text="",
        floor=place.floor,
    )
    row = RowPerson(ParsedRow("", 0, {}, Place(), Fate.OK, ()), key, {}, "", "", "", "")
    dwelling = write_places(person.area_id, [row]).dwellings[key.door]
    if person.dwelling_id == dwelling.pk:
        return set()
    Residence.objects.filter(area_id=person.area_id, person=person, ends_at=None).update(ends_at=at)
    Residence.objects.create(area_id=person.area_id, person=person, dwelling=dwelling, starts_at=at)
    settle_at(person, dwelling)
    return set(PLACE_COLUMNS)


def correct_person(
    *, area_id: int, uuid: UUID, version: int, field: str, value: str, actor: Actor, at: datetime, today: date
) -> Person:
    """This function will correct one field of a person and close the items that asked about it.

    Raises WrongValue (nothing is changed), StaleVersion when somebody else saved the person meanwhile.
    """
    with transaction.atomic():
        person = (
            Person.objects.select_for_update(of=("self",))
            .select_related("dwelling")
            .get(area_id=area_id, uuid=uuid, erased_at=None)
        )
        if person.version != version:
            raise StaleVersion(person)
        keys.warm(area_id, [person.subject_uuid])
        if field == "door":
            columns = _move_to(person, value, at)
        else:
            columns = set_values(person, checked_values(field, value, today=today))
        save_columns(person, columns)
        if columns & {"name", "phone", "phone_2"}:
            write_tokens(area_id, [person], Tokens(area_id), is_new=False)
        asked = [name for name, editable in _ITEM_FIELDS.items() if editable == field]
        _resolve(VerifyItem.objects.filter(area_id=area_id, person=person, field__in=asked), person, at)
        audit.record(
            "community.person.corrected",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=uuid,
            detail={"field": field},
        )
    return Person.objects.select_related("dwelling").get(pk=person.pk)


def _resolve(items: QuerySet[VerifyItem], person: Person, at: datetime) -> int:
    closed = items.filter(resolved_at=None).update(resolved_at=at)
    has_more = VerifyItem.objects.filter(person=person, resolved_at=None).exists()
    Person.objects.filter(pk=person.pk).update(is_to_verify=has_more)
    return closed


def resolve_verify(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """This function will close one item because what is stored is right; False when it was closed already."""
    with transaction.atomic():
        item = (
            VerifyItem.objects.select_for_update(of=("self",)).select_related("person").get(area_id=area_id, uuid=uuid)
        )
        closed = _resolve(VerifyItem.objects.filter(pk=item.pk), item.person, at)
        if closed:
            audit.record(
                "community.verify.confirmed",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="person",
                target_uuid=item.person.uuid,
                detail={"field": item.field, "reason": item.reason},
            )
    return bool(closed)
