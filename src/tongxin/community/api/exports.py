"""Lists of people by filter, and the export that comes in again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from tongxin.base import audit, keys
from tongxin.base.actors import Actor, Scope
from tongxin.community import rules
from tongxin.community.api.people import people_query, search_query
from tongxin.community.importing.shapes import Field, FieldValue, ImportKind
from tongxin.community.importing.titles import Language
from tongxin.community.importing.workbooks import write_ledger, write_template
from tongxin.community.models import Person, Residence, SpecialCare

_SEX = {"M": "MALE", "F": "FEMALE"}
_DEPARTMENT_FIELDS = {
    "SCHOOL_CLASS": Field.SCHOOL_CLASS,
    "DEPARTMENT": Field.DEPARTMENT,
    "WORK_UNIT": Field.WORK_UNIT,
}
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list of people is narrowed to; empty texts mean everything. Codes and ids only, except `text`."""

    text: str = ""
    building: str = ""
    entrance: str = ""
    care: str = ""
    department: str = ""
    is_to_verify: bool = False

    @property
    def is_empty(self) -> bool:
        return self == PeopleFilter()


def filtered_people(*, area_id: int, scope: Scope, wanted: PeopleFilter) -> QuerySet[Person]:
    """This function will return the active people in scope that a filter leaves, in the order of their doors.

    `building` is a building's number, `entrance` an entrance's number in it, `care` a care code or ONE_TO_ONE,
    `department` a department's uuid.
    """
    if wanted.text.strip():
        rows = search_query(area_id=area_id, scope=scope, text=wanted.text)
    else:
        rows = people_query(area_id=area_id, scope=scope)
    if wanted.building:
        rows = rows.filter(building__number=wanted.building, building__area_id=area_id)
        if wanted.entrance:
            rows = rows.filter(entrance__number=wanted.entrance)
    if wanted.is_to_verify:
        rows = rows.filter(is_to_verify=True)
    if wanted.department:
        rows = rows.filter(department__uuid=wanted.department)
    if wanted.care:
        codes = rules.ONE_TO_ONE_CODES if wanted.care == "ONE_TO_ONE" else (wanted.care,)
        care = SpecialCare.objects.filter(area_id=area_id, ends_at=None, code__in=codes)
        rows = rows.filter(id__in=care.values("person_id"))
    return rows.select_related("dwelling", "department").order_by("sort_key", "id")


def _contact(text: str) -> dict[Field, FieldValue]:
    name, _, phone = text.rpartition(" ")
    if any(character.isdigit() for character in phone):
        return {Field.FAMILY_CONTACT_NAME: name, Field.FAMILY_CONTACT_PHONE: phone}
    return {Field.FAMILY_CONTACT_NAME: text}


def _place_fields(person: Person, household: str) -> dict[Field, FieldValue]:
    dwelling = person.dwelling
    if dwelling is None:
        return {}
    building = dwelling.entrance.building
    fields: dict[Field, FieldValue] = {}
    if household:
        fields[Field.HOUSEHOLD_NUMBER] = household
    is_house = not dwelling.entrance.number and not dwelling.room and household == building.number
    if building.number == rules.UNKNOWN_BUILDING:
        fields[Field.DWELLING] = dwelling.room or dwelling.door
        if dwelling.entrance.number:
            fields[Field.ENTRANCE] = dwelling.entrance.number
    elif not is_house:
        fields[Field.BUILDING] = building.number
        fields[Field.ENTRANCE] = dwelling.entrance.number
        fields[Field.DWELLING] = dwelling.room
    if building.grid is not None:
        fields[Field.GRID] = building.grid.number
    return fields


def _person_fields(person: Person) -> dict[Field, FieldValue]:
    fields: dict[Field, FieldValue] = {
        Field.TONGXIN_ID: str(person.uuid),
        Field.EXTERNAL_CODE: person.external_code,
        Field.NAME: person.name,
        Field.SEX: _SEX.get(person.sex, ""),
        Field.ID_TYPE: person.id_kind,
        Field.ID_NUMBER: person.id_number,
        Field.PHONE: person.phone,
        Field.PHONE_SECOND: person.phone_2,
        Field.NOTE: person.note,
        Field.DIALECT: person.language,
    }
    if person.birth_date:
        fields[Field.BIRTH_DATE] = date.fromisoformat(person.birth_date)
    elif person.birth_year:
        fields[Field.BIRTH_YEAR] = person.birth_year
    if person.family_contact:
        fields |= _contact(person.family_contact)
    if person.lives_alone:
        fields[Field.LIVES_ALONE] = True
    if person.department is not None:
        fields[_DEPARTMENT_FIELDS[person.department.kind]] = person.department.name
    return {name: value for name, value in fields.items() if value != ""}


def _care_fields(rows: list[SpecialCare]) -> dict[Field, FieldValue]:
    fields: dict[Field, FieldValue] = {}
    classes: list[str] = []
    for care in rows:
        classes += care.detail.split("；") if care.code == rules.UNKNOWN_CARE else [care.code]
        if care.code == "CHRONIC" and care.detail:
            fields[Field.CHRONIC_ILLNESS] = care.detail
        if care.medicine_days_left is not None:
            fields[Field.MEDICINE_DAYS_LEFT] = care.medicine_days_left
    if classes:
        fields[Field.SPECIAL_CARE_CLASSES] = tuple(classes)
    return fields


def _export_rows(area_id: int, ids: list[int]) -> Iterator[dict[Field, FieldValue]]:
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        people = list(
            Person.objects.filter(area_id=area_id, id__in=chunk)
            .select_related("dwelling__entrance__building__grid", "department")
            .order_by("sort_key", "id")
        )
        keys.warm(area_id, [person.subject_uuid for person in people])
        open_homes = Residence.objects.filter(area_id=area_id, person_id__in=chunk, ends_at=None)
        homes = {home.person_id: home for home in open_homes}
        care: dict[int, list[SpecialCare]] = {}
        for row in SpecialCare.objects.filter(area_id=area_id, person_id__in=chunk, ends_at=None).order_by("code"):
            care.setdefault(row.person_id, []).append(row)
        for person in people:
            home = homes.get(person.pk)
            fields = _person_fields(person) | _place_fields(person, home.household_number if home else "")
            if home and home.relation:
                fields[Field.RELATION_TO_HEAD] = home.relation
            yield fields | _care_fields(care.get(person.pk, []))


def export_people(
    *,
    area_id: int,
    scope: Scope,
    wanted: PeopleFilter | None = None,
    kind: ImportKind | str = ImportKind.PEOPLE,
    language: Language,
    actor: Actor,
    at: datetime,
) -> bytes:
    """This function will return the people that a filter leaves as .xlsx in the columns of the template.

    Imported again, the file adds nobody. `kind` special-care lists only people with an open class. The export is
    in the audit with its number of people, whole names and numbers leave the system with it.
    """
    chosen = ImportKind(kind)
    people = filtered_people(area_id=area_id, scope=scope, wanted=wanted or PeopleFilter())
    if chosen is ImportKind.SPECIAL_CARE:
        people = people.filter(Q(id__in=SpecialCare.objects.filter(area_id=area_id, ends_at=None).values("person_id")))
    ids = list(people.values_list("id", flat=True))
    filters = [name for name, value in asdict(wanted or PeopleFilter()).items() if value]
    with transaction.atomic():
        audit.record(
            "community.people.exported",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="compound",
            detail={"kind": chosen.value, "people": len(ids), "filters": filters},
        )
    return write_ledger(_export_rows(area_id, ids), chosen, language=language)


def ledger_template(kind: ImportKind | str, *, language: Language) -> bytes:
    """This function will return the empty workbook of a kind with drop-downs, comments and a sample row."""
    return write_template(ImportKind(kind), language=language)
