"""Writes our own workbooks: the template to fill in, and the export that comes in again.

Both have the same columns in the same order. Text is written as text, whatever it starts with:
a name such as ``=1+1`` never becomes a formula or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tongxin.community.importing.care_classes import CARE_CLASSES
from tongxin.community.importing.planning import SAMPLE_MARK
from tongxin.community.importing.shapes import Field, FieldValue, ImportKind, ParsedRow
from tongxin.community.importing.titles import COLUMNS, Language, title

SAFE_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
TEMPLATE_ROWS = 5_000

CODES: dict[str, tuple[str, str]] = {
    "MALE": ("男", "Male"),
    "FEMALE": ("女", "Female"),
    "NATIONAL": ("身份证", "ID card"),
    "PASSPORT": ("护照", "Passport"),
    "HK_MACAO_PERMIT": ("港澳通行证", "HK/Macao permit"),
    "PERMANENT_RESIDENCE": ("外国人永久居留证", "Permanent residence card"),
    "OTHER": ("其他证件", "Other paper"),
    **{code: (zh, en) for code, (zh, en, _) in CARE_CLASSES.items()},
}
_CODED = (Field.SEX, Field.ID_TYPE, Field.SPECIAL_CARE_CLASSES)
_CHOICES: dict[Field, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Field.SEX: (("男", "女"), ("Male", "Female")),
    Field.ID_TYPE: (
        ("身份证", "护照", "港澳通行证", "外国人永久居留证", "其他证件"),
        ("ID card", "Passport", "HK/Macao permit", "Permanent residence card", "Other paper"),
    ),
    Field.LIVES_ALONE: (("是", "否"), ("Yes", "No")),
    Field.RELATION_TO_HEAD: (
        ("户主", "配偶", "子女", "父母", "祖父母", "孙子女", "其他亲属", "保姆", "租客"),
        ("Head", "Spouse", "Child", "Parent", "Grandparent", "Grandchild", "Relative", "Carer", "Tenant"),
    ),
    Field.RESIDENCE_TYPE: (("常住", "流动", "暂住"), ("Resident", "Floating", "Temporary")),
    Field.RESPONDER_KIND: (("志愿者", "职工", "医护", "司机"), ("Volunteer", "Staff", "Medic", "Driver")),
}  # fmt: skip
_HINTS: dict[Field, tuple[str, str]] = {
    Field.TONGXIN_ID: ("系统自动填写，新人员请留空。", "Filled in by the system; leave it empty for new people."),
    Field.NAME: ("必填。", "Required."),
    Field.BIRTH_DATE: ("如 1949-12-31；有身份证号可不填。", "Such as 1949-12-31; not needed with an ID number."),
    Field.ID_NUMBER: ("请以文本格式填写，避免末位丢失。", "Keep the column as text, or the last digits are lost."),
    Field.PHONE: ("手机或带区号的座机。", "Mobile, or landline with area code."),
    Field.BUILDING: ("如 18、甲1、A。也可只填“住址”。", "Such as 18 or A. Or fill in only the address."),
    Field.ENTRANCE: ("如 1；没有单元可不填。", "Such as 1; leave it empty if there is none."),
    Field.DWELLING: ("如 302。", "Such as 302."),
    Field.ADDRESS: ("如 18-1-302 或 18号楼1单元302。", "Such as 18-1-302."),
    Field.SCHOOL_CLASS: ("不在学填 0 或留空。", "0 or empty for those at no school."),
    Field.SPECIAL_CARE_CLASSES: (
        "可填多项，用顿号分开：" + "、".join(zh for zh, _, _ in CARE_CLASSES.values()),
        "Several are possible, divided by commas: " + ", ".join(en for _, en, _ in CARE_CLASSES.values()),
    ),
    Field.SKILLS: ("用顿号分开，如 采样、驾驶、方言。", "Divided by commas, such as sampling, driving."),
    Field.AVAILABLE_WINDOWS: ("如 周一至周五 18:00-21:00。", "Such as Mon-Fri 18:00-21:00."),
}  # fmt: skip
_SAMPLE: dict[Field, tuple[str, str]] = {
    Field.TONGXIN_ID: (SAMPLE_MARK, SAMPLE_MARK),
    Field.NAME: ("（示例）林小满", "(Example) Lin Xiaoman"),
    Field.SEX: ("女", "Female"),
    Field.BIRTH_DATE: ("1949-12-31", "1949-12-31"),
    Field.ID_TYPE: ("身份证", "ID card"),
    # The example that GB 11643-1999 itself prints; it belongs to nobody.
    Field.ID_NUMBER: ("11010519491231002X", "11010519491231002X"),
    Field.PHONE: ("13800000000", "13800000000"),
    Field.BUILDING: ("18", "18"),
    Field.ENTRANCE: ("1", "1"),
    Field.DWELLING: ("302", "302"),
    Field.RELATION_TO_HEAD: ("户主", "Head"),
    Field.SPECIAL_CARE_CLASSES: ("独居老人、慢性病", "Elder living alone, Chronic illness"),
    Field.SKILLS: ("采样、驾驶", "sampling, driving"),
}  # fmt: skip


def write_template(kind: ImportKind, *, language: Language) -> bytes:
    """This function will write the workbook that people fill in: drop-downs, comments, a sample row.

    The importer knows the sample row again and passes over it.
    """
    buffer = BytesIO()
    at = 0 if language == "zh" else 1
    with xlsxwriter.Workbook(buffer, SAFE_OPTIONS) as workbook:
        sheet = workbook.add_worksheet("人员名单" if language == "zh" else "People")
        grey = workbook.add_format({"italic": True, "font_color": "#666666", "num_format": "@"})
        _write_header(sheet, kind, language, workbook.add_format({"num_format": "@"}), _bold(workbook))
        for column, field in enumerate(COLUMNS[kind]):
            if field in _SAMPLE:
                sheet.write_string(1, column, _SAMPLE[field][at], grey)
        _write_help(workbook, kind, language)
    return buffer.getvalue()


def write_ledger(rows: Iterable[Mapping[Field, FieldValue]], kind: ImportKind, *, language: Language) -> bytes:
    """This function will write people into the columns of the template.

    Each row must carry TONGXIN_ID, so that the file, imported again, adds nobody.
    """
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, SAFE_OPTIONS) as workbook:
        sheet = workbook.add_worksheet("人员名单" if language == "zh" else "People")
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        _write_header(sheet, kind, language, workbook.add_format({"num_format": "@"}), _bold(workbook))
        for number, fields in enumerate(rows, start=1):
            for column, field in enumerate(COLUMNS[kind]):
                value = _shown(field, fields, language)
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, int | float):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, value)
    return buffer.getvalue()


def export_fields(row: ParsedRow) -> dict[Field, FieldValue]:
    """This function will give a parsed row's fields with its place in the export's columns."""
    place = row.place
    parts = (
        (Field.BUILDING, place.building),
        (Field.ENTRANCE, place.entrance),
        (Field.DWELLING, place.dwelling),
        (Field.HOUSEHOLD_NUMBER, place.household),
        (Field.ADDRESS, place.text),
    )
    return {**row.fields, **{field: value for field, value in parts if value}}


def _shown(field: Field, fields: Mapping[Field, FieldValue], language: Language) -> str | int | float | date:
    value = fields.get(field, "")
    if field is Field.BIRTH_DATE and value == "" and Field.BIRTH_YEAR in fields:
        return f"{fields[Field.BIRTH_YEAR]}年"
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("Yes" if value else "No")
    if isinstance(value, tuple):
        return "、".join(_code_text(part, language) for part in value)
    return _code_text(value, language) if field in _CODED and isinstance(value, str) else value


def _code_text(code: str, language: Language) -> str:
    return CODES[code][0 if language == "zh" else 1] if code in CODES else code


def _bold(workbook: xlsxwriter.Workbook) -> Format:
    return workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})


def _write_header(sheet: Worksheet, kind: ImportKind, language: Language, text: Format, bold: Format) -> None:
    at = 0 if language == "zh" else 1
    sheet.freeze_panes(1, 0)
    for column, field in enumerate(COLUMNS[kind]):
        sheet.set_column(column, column, 20 if field in (Field.TONGXIN_ID, Field.ID_NUMBER) else 13, text)
        sheet.write_string(0, column, title(field, language), bold)
        if field in _HINTS:
            sheet.write_comment(0, column, _HINTS[field][at])
        if field in _CHOICES:
            choices = {"validate": "list", "source": list(_CHOICES[field][at]), "error_type": "warning"}
            sheet.data_validation(1, column, TEMPLATE_ROWS, column, choices)


def _write_help(workbook: xlsxwriter.Workbook, kind: ImportKind, language: Language) -> None:
    at = 0 if language == "zh" else 1
    sheet = workbook.add_worksheet("填写说明" if language == "zh" else "Instructions")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    for line, field in enumerate(field for field in COLUMNS[kind] if field in _HINTS):
        sheet.write_string(line, 0, title(field, language))
        sheet.write_string(line, 1, _HINTS[field][at])
