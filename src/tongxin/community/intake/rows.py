"""One row of a ledger as the tables want it: columns, digests, place, needs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongxin.base.crypto import blind_index
from tongxin.community import rules
from tongxin.community.importing.cells import name_key
from tongxin.community.importing.shapes import Field, ImportKind, ParsedRow
from tongxin.community.intake.digests import id_digest, name_digest, phone_digest

_SEX = {"MALE": "M", "FEMALE": "F"}
#: What a row says in these fields is compared with the person's column of the same meaning.
_TEXT_COLUMNS = {
    Field.NAME: ("name", 120),
    Field.EXTERNAL_CODE: ("external_code", 60),
    Field.ID_TYPE: ("id_kind", 20),
    Field.ID_NUMBER: ("id_number", 40),
    Field.PHONE: ("phone", 60),
    Field.PHONE_SECOND: ("phone_2", 60),
    Field.NOTE: ("note", 500),
    Field.DIALECT: ("language", 40),
}
#: Fields that say nothing about the person: they may change from file to file.
_NOT_HASHED = {Field.SERIAL, Field.IMPORT_RESULT, Field.TONGXIN_ID, Field.LIAISON_NAME, Field.LIAISON_DEPUTY_NAME}
_DEPARTMENTS = (
    (Field.SCHOOL_CLASS, "SCHOOL_CLASS"),
    (Field.DEPARTMENT, "DEPARTMENT"),
    (Field.HOME_DEPARTMENT, "DEPARTMENT"),
    (Field.WORK_UNIT, "WORK_UNIT"),
)


@dataclass(slots=True)
class RowPerson:
    """A row that comes in. `values` holds only what the row says; `place` is None for a row without any."""

    row: ParsedRow
    place: rules.PlaceKey | None
    values: dict[str, Any]
    name_index: str
    id_index: str
    phone_index: str
    source_hash: str
    tongxin_id: str = ""
    department: tuple[str, str] | None = None
    relation: str = ""
    household_number: str = ""
    grid: str = ""
    x: float | None = None
    y: float | None = None
    care: dict[str, str] = field(default_factory=dict)
    medicine_days_left: int | None = None

    @property
    def door(self) -> str:
        return self.place.door if self.place else ""

    @property
    def name_key(self) -> str:
        return name_key(str(self.values.get("name", "")))


def _text(row: ParsedRow, wanted: Field) -> str:
    value = row.fields.get(wanted, "")
    return str(value) if value is not None else ""


def _values(row: ParsedRow, today: date) -> dict[str, Any]:
    fields = row.fields
    values: dict[str, Any] = {
        column: _text(row, wanted)[:length] for wanted, (column, length) in _TEXT_COLUMNS.items() if _text(row, wanted)
    }
    sex = _SEX.get(_text(row, Field.SEX))
    if sex:
        values["sex"] = sex
    born = fields.get(Field.BIRTH_DATE)
    year, age = fields.get(Field.BIRTH_YEAR), fields.get(Field.AGE)
    if isinstance(born, date):
        values["birth_date"], values["birth_year"] = born.isoformat(), born.year
    elif isinstance(year, int):
        values["birth_year"] = year
    elif isinstance(age, int):
        # An age is a year at best: it only fills a gap (see `decide.changes_of`).
        values["birth_year_by_age"] = today.year - age
    contact = f"{_text(row, Field.FAMILY_CONTACT_NAME)} {_text(row, Field.FAMILY_CONTACT_PHONE)}".strip()
    if contact:
        values["family_contact"] = contact[:200]
    if isinstance(fields.get(Field.LIVES_ALONE), bool):
        values["lives_alone"] = fields[Field.LIVES_ALONE]
    return values


def _place(row: ParsedRow) -> rules.PlaceKey | None:
    place = row.place
    if not place:
        return None
    return rules.place_key(
        building=place.building,
        entrance=place.entrance,
        room=place.dwelling,
        household=place.household,
        text=place.text,
        floor=place.floor,
    )


def _source_hash(row: ParsedRow, kind: ImportKind, area_id: int) -> str:
    """Return a keyed hash of what the row says: the same row again is known without comparing anything."""
    said = {f.value: str(value) for f, value in row.fields.items() if f not in _NOT_HASHED}
    place = [row.place.building, row.place.entrance, row.place.dwelling, row.place.household, row.place.text]
    body = json.dumps([kind.value, said, place], sort_keys=True, ensure_ascii=False)
    return blind_index("source", body, area_id=area_id)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def row_person(row: ParsedRow, *, kind: ImportKind, area_id: int, today: date) -> RowPerson:
    """This function will return a row with its digests, place and needs, ready to be matched."""
    values = _values(row, today)
    department = next(((code, _text(row, f)[:120]) for f, code in _DEPARTMENTS if _text(row, f)), None)
    classes = row.fields.get(Field.SPECIAL_CARE_CLASSES, ())
    days = row.fields.get(Field.MEDICINE_DAYS_LEFT)
    return RowPerson(
        row=row,
        place=_place(row),
        values=values,
        name_index=name_digest(area_id, str(values.get("name", ""))),
        id_index=id_digest(area_id, str(values.get("id_number", ""))),
        phone_index=phone_digest(area_id, str(values.get("phone", ""))),
        source_hash=_source_hash(row, kind, area_id),
        tongxin_id=_text(row, Field.TONGXIN_ID),
        department=department,
        relation=_text(row, Field.RELATION_TO_HEAD)[:40],
        household_number=_text(row, Field.HOUSEHOLD_NUMBER)[:40] or row.place.household[:40],
        grid=_text(row, Field.GRID)[:20],
        x=_number(row.fields.get(Field.X_M)),
        y=_number(row.fields.get(Field.Y_M)),
        care=rules.care_needs(
            classes if isinstance(classes, tuple) else (),
            chronic=_text(row, Field.CHRONIC_ILLNESS),
            mobility=_text(row, Field.MOBILITY),
        ),
        medicine_days_left=days if isinstance(days, int) and 0 <= days < 32_000 else None,
    )
