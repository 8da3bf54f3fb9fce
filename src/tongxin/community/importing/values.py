"""Reads the fields of one row. A wrong value leaves its field empty and gives a reason, no more."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from tongxin.community.importing import cells, dates, identity, phones
from tongxin.community.importing.care_classes import read_care_classes
from tongxin.community.importing.shapes import Cell, Field, FieldValue, Reason

MAX_NAME = 60
MAX_TEXT = 500
_EARLIEST_BIRTH_YEARS = 125
_NAME_CHARACTERS = re.compile(r"[^\w\s·.,'’\-()/]|[\d_]")
_REMARK = re.compile(r"\s*[(\[【]([^()\[\]【】]{1,40})[)\]】]\s*")
_NUMBERING = re.compile(r"^(?:\d{1,4}\s*[.、．)]\s*|[*★☆●■▲※]+\s*)(?=[^\W\d_])")
_MOBILE_INSIDE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_TWO_LINES = re.compile(r"(?<=[㐀-鿿]{2})\s*[\r\n]+\s*(?=[㐀-鿿]{2})")
_SEPARATOR = re.compile(r"\s*([、,;/])\s*")
_GONE = re.compile("已故|去世|病故|死亡|迁出|搬走|搬离|注销|deceased|moved away|moved out", re.IGNORECASE)
_SEVERAL = re.compile(r"[㐀-鿿]{2,4}\s*[、,;/]\s*[㐀-鿿]{2,4}")
_DAYS = re.compile(
    r"(?:约|大约|还有|剩余?|够)?\s*(\d{1,4})(?:\.\d+)?\s*(天|日|周|星期|个?月|days?|weeks?|months?)?\s*(?:左右)?"
)
_HEALTHY = frozenset(
    [
        "良好",
        "健康",
        "正常",
        "好",
        "较好",
        "一般",
        "无异常",
        "无慢病",
        "无慢性病",
        "无基础病",
        "否",
        "healthy",
        "good",
        "fine",
        "normal",
        "no",
    ]
)
_DAY_UNITS = {"周": 7, "星期": 7, "week": 7, "月": 30, "个月": 30, "month": 30}
_NO_REASON: Mapping[str, str | int] = MappingProxyType({})


@dataclass(slots=True)
class RowDraft:
    """What has been read of a row so far."""

    today: date
    day_first: Mapping[Field, bool | None]
    id_type: str = ""
    fields: dict[Field, FieldValue] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)

    def tell(self, code: str, where: Field | None = None, params: Mapping[str, str | int] = _NO_REASON) -> None:
        """This function will add a reason, each code once a field."""
        reason = Reason(code, where, dict(params))
        if reason not in self.reasons:
            self.reasons.append(reason)


def checked_text(draft: RowDraft, where: Field, value: Cell) -> str:
    """This function will give a cell's text, empty if it says nothing; reports failed formulas."""
    text = cells.as_text(value)
    if cells.is_blank_word(text):
        return ""
    if cells.is_error_value(text):
        draft.tell("cell_error", where)
        return ""
    if "\ufffd" in text:
        draft.tell("characters_lost", where)
    return text


def read_name(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the name; remarks in brackets move to the note."""
    # Two lines in a name cell are two people; other line breaks are only how the cell was wrapped.
    is_broken = isinstance(value, str) and ("\n" in value or "\r" in value)
    text = checked_text(draft, where, _TWO_LINES.sub("、", str(value)) if is_broken else value)
    if text and not text[0].isalpha():
        text = _NUMBERING.sub("", text)
    if len(text) > 11 and (number := _MOBILE_INSIDE.search(text)):
        draft.fields.setdefault(Field.PHONE, "+86" + number[0])
        text = text.replace(number[0], "").strip(" :,;/-")
    remarks = _REMARK.findall(text)
    name = (
        cells.person_name(_SEPARATOR.sub(r"\1", _REMARK.sub(" ", text)).strip()) if remarks else cells.person_name(text)
    )
    if not name:
        name, remarks = cells.person_name(text), []
    if cells.is_blank_word(name):
        return
    if remarks:
        _append_note(draft, "；".join(remarks))
        gone = any(_GONE.search(remark) for remark in remarks)
        draft.tell("may_be_gone" if gone else "name_remark", where)
    if len(name) > MAX_NAME:
        draft.tell("name_too_long", where, {"limit": MAX_NAME})
        name = name[:MAX_NAME]
    if _SEVERAL.search(name):
        draft.tell("name_several", where)
    elif name == draft.fields.get(Field.EXTERNAL_CODE):
        pass  # a list without names, where the code stands in
    elif _NAME_CHARACTERS.search(name) or not any(c.isalpha() for c in name):
        draft.tell("name_strange", where)
    draft.fields[where] = name


def _append_note(draft: RowDraft, text: str) -> None:
    note = str(draft.fields.get(Field.NOTE, ""))
    if text not in note:
        draft.fields[Field.NOTE] = f"{note}；{text}" if note else text


def read_text(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read free text."""
    text = checked_text(draft, where, value)
    if not text:
        return
    if len(text) > MAX_TEXT:
        draft.tell("text_too_long", where, {"limit": MAX_TEXT})
        text = text[:MAX_TEXT]
    draft.fields[where] = text


def read_person_text(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the name of another person, head of household or relative."""
    text = checked_text(draft, where, value)
    number = re.search(r"1[3-9]\d{9}", text.replace(" ", ""))
    if number and where is Field.FAMILY_CONTACT_NAME:
        draft.fields.setdefault(Field.FAMILY_CONTACT_PHONE, "+86" + number[0])
        text = re.sub(r"[\d\s()+\-:]+", " ", text).strip()
    if text:
        draft.fields[where] = cells.person_name(text)[:MAX_NAME]


def read_note(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the note and notice when it says that the person is gone."""
    text = checked_text(draft, where, value)[:MAX_TEXT]
    if text:
        _append_note(draft, text)
        if _GONE.search(text) and not re.search("父|母|妻|夫|配偶|老伴|儿|女|wife|husband", text):
            draft.tell("may_be_gone", where)


def read_sex(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the sex as MALE or FEMALE."""
    text = checked_text(draft, where, value)
    code = cells.sex_code(text)
    if code:
        draft.fields[where] = code
    elif text:
        draft.tell("sex_wrong", where)


def read_age(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the age in full years."""
    text = checked_text(draft, where, value)
    age = cells.age_years(text) if text else None
    if age is not None:
        draft.fields[where] = age
    elif text:
        draft.tell("age_wrong", where)


def read_birth_date(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a birth date, or at least its year."""
    if isinstance(value, str) and not checked_text(draft, where, value):
        return
    read = dates.read_day(value, today=draft.today, is_day_first=draft.day_first.get(where))
    if read.year is not None and read.year > draft.today.year:
        draft.tell("date_in_future", where)
    elif read.year is not None and read.year < draft.today.year - _EARLIEST_BIRTH_YEARS:
        draft.tell("date_too_old", where)
    elif read.day is not None and read.day > draft.today:
        draft.tell("date_in_future", where)
    else:
        if read.trouble:
            draft.tell(read.trouble.value, where)
        if read.day is not None:
            draft.fields[where] = read.day
        elif read.year is not None:
            draft.fields[Field.BIRTH_YEAR] = read.year


def read_birth_year(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a column of birth years."""
    match = re.match(r"(1[89]\d\d|20\d\d)", checked_text(draft, where, value))
    if match and int(match[1]) <= draft.today.year:
        draft.fields[where] = int(match[1])
    elif value is not None:
        draft.tell("number_wrong", where)


def read_id_number(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read and check the identity number."""
    if isinstance(value, str) and not checked_text(draft, where, value):
        return
    read = identity.read_identity(value, kind_text=draft.id_type, today=draft.today)
    if read.trouble:
        draft.tell(read.trouble, where)
    if read.number:
        draft.fields[where] = read.number
        draft.fields[Field.ID_TYPE] = read.kind


def read_phone(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a phone; a second number in the cell goes to the second phone."""
    if isinstance(value, str) and not checked_text(draft, where, value):
        return
    read = phones.read_phones(value)
    if read.trouble:
        draft.tell(read.trouble, where)
    if not read.numbers:
        return
    if where is Field.PHONE_SECOND and Field.PHONE_SECOND in draft.fields:
        return
    draft.fields[where] = read.numbers[0]
    if where is Field.PHONE and len(read.numbers) > 1:
        draft.fields.setdefault(Field.PHONE_SECOND, read.numbers[1])
        if len(read.numbers) > 2:
            draft.tell("phone_more", where)


def read_number(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a coordinate in metres."""
    text = checked_text(draft, where, value)
    try:
        number = float(text.replace(",", "")) if text else None
    except ValueError:
        number = None
    if number is not None and abs(number) < 1e9:
        draft.fields[where] = number
    elif text:
        draft.tell("number_wrong", where)


def read_days(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a number of days, also as ``2周`` or ``半个月``."""
    text = cells.with_arabic_digits(cells.simplified(checked_text(draft, where, value)))
    if not text:
        return
    match = _DAYS.fullmatch(text.replace("半个月", "15天").strip().lower())
    if match is None:
        draft.tell("number_wrong", where)
        return
    unit = (match[2] or "").removesuffix("s")
    draft.fields[where] = int(match[1]) * _DAY_UNITS.get(unit, 1)


def read_yes_no(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a tick or a word as true or false."""
    text = checked_text(draft, where, value) or ("否" if value in ("无", "×", "x") else "")
    answer = cells.yes_or_no(text) if text else None
    if answer is not None:
        draft.fields[where] = answer
    elif text:
        draft.tell("yes_no_unclear", where)


def read_classes(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read special-care classes as codes, unknown words kept behind them."""
    codes, unknown = read_care_classes(checked_text(draft, where, value))
    if unknown:
        draft.tell("care_class_unknown", where)
    if codes or unknown:
        draft.fields[where] = (*codes, *(word[:MAX_NAME] for word in unknown))


def read_list(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read a list such as skills."""
    parts = cells.split_list(checked_text(draft, where, value)[:MAX_TEXT])
    if parts:
        draft.fields[where] = parts


def read_school_class(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the school class; 0 means that the child goes to no school."""
    text = checked_text(draft, where, value)
    if text and text not in ("0", "未入学", "不在学", "none"):
        draft.fields[where] = text[:MAX_NAME]


def read_illness(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read an illness; a column 健康状况 mostly says that there is none."""
    if cells.simplified(cells.as_text(value)).lower() not in _HEALTHY:
        read_text(draft, where, value)


def read_tongxin_id(draft: RowDraft, where: Field, value: Cell) -> None:
    """This function will read the id that an own export carries."""
    text = checked_text(draft, where, value)
    if not text:
        return
    try:
        draft.fields[where] = str(uuid.UUID(text))
    except ValueError:
        draft.tell("tongxin_id_wrong", where)


Reader = Callable[[RowDraft, Field, Cell], None]

READERS: dict[Field, Reader] = {
    Field.TONGXIN_ID: read_tongxin_id,
    Field.EXTERNAL_CODE: read_text,
    Field.NAME: read_name,
    Field.SEX: read_sex,
    Field.AGE: read_age,
    Field.BIRTH_YEAR: read_birth_year,
    Field.BIRTH_DATE: read_birth_date,
    Field.ID_TYPE: read_text,
    Field.ID_NUMBER: read_id_number,
    Field.PHONE: read_phone,
    Field.PHONE_SECOND: read_phone,
    Field.FAMILY_CONTACT_NAME: read_person_text,
    Field.FAMILY_CONTACT_PHONE: read_phone,
    Field.HOUSEHOLD_HEAD: read_person_text,
    Field.X_M: read_number,
    Field.Y_M: read_number,
    Field.MEDICINE_DAYS_LEFT: read_days,
    Field.LIVES_ALONE: read_yes_no,
    Field.SPECIAL_CARE_CLASSES: read_classes,
    Field.SKILLS: read_list,
    Field.AVAILABLE_WINDOWS: read_list,
    Field.SCHOOL_CLASS: read_school_class,
    Field.CHRONIC_ILLNESS: read_illness,
    Field.NOTE: read_note,
    **dict.fromkeys(
        (
            Field.GRID,
            Field.HOUSEHOLD_NUMBER,
            Field.RELATION_TO_HEAD,
            Field.RESIDENCE_TYPE,
            Field.NATIONALITY,
            Field.ETHNIC_GROUP,
            Field.DEPARTMENT,
            Field.WORK_UNIT,
            Field.OCCUPATION,
            Field.MOBILITY,
            Field.DIALECT,
            Field.LIAISON_NAME,
            Field.LIAISON_DEPUTY_NAME,
            Field.RESPONDER_KIND,
            Field.HOME_DEPARTMENT,
            Field.SECONDED_TO,
        ),
        read_text,
    ),
}
"""Readers by field, in the order in which they run: what fills gaps comes after what is told."""


def settle_contradictions(draft: RowDraft) -> None:
    """This function will hold birth date, sex and age against the ID number that passed its check."""
    if draft.fields.get(Field.ID_TYPE) == "NATIONAL":
        told = identity.read_identity(str(draft.fields[Field.ID_NUMBER]), today=draft.today)
        pairs: tuple[tuple[Field, FieldValue | None, str], ...] = (
            (Field.BIRTH_DATE, told.birth_date, "birth_date_contradicts_id"),
            (Field.SEX, told.sex, "sex_contradicts_id"),
        )
        for where, from_id, code in pairs:
            if where in draft.fields and draft.fields[where] != from_id:
                draft.tell(code, where)
            if from_id:
                draft.fields[where] = from_id
    born, age = draft.fields.get(Field.BIRTH_DATE), draft.fields.get(Field.AGE)
    if isinstance(born, date):
        draft.fields.pop(Field.BIRTH_YEAR, None)
        years = draft.today.year - born.year
        # Ledgers age: last year's list, or counting from one at birth, is no contradiction.
        if isinstance(age, int) and not years - 3 <= age <= years + 2:
            draft.tell("age_contradicts_birth_date", Field.AGE)
            del draft.fields[Field.AGE]
