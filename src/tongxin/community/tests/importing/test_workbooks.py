"""Templates, exports that come in again, and the user's own workbook with reasons in it."""

from __future__ import annotations

import uuid
import zipfile
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.mark import mark_upload, reason_text
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Fate, Field, ImportKind
from tongxin.community.importing.titles import COLUMNS, Language, title
from tongxin.community.importing.workbooks import export_fields, write_ledger, write_template
from tongxin.community.tests.importing import files
from tongxin.community.tests.importing.messy_ledger import TODAY, build
from tongxin.community.tests.importing.reading import codes, parse_file

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("kind", list(ImportKind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_template_has_all_columns_choices_comments_and_a_sample_that_is_ignored(
    kind: ImportKind, language: Language
) -> None:
    data = write_template(kind, language=language)
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [title(field, language) for field in COLUMNS[kind]]
    assert any(cell.comment for cell in sheet[1])
    assert len(sheet.data_validations.dataValidation) >= 2
    (row,) = parse_file(data, kind)
    assert codes(row) == {"sample_row"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_template_comes_in(language: Language) -> None:
    book = load_workbook(BytesIO(write_template(ImportKind.PEOPLE, language=language)))
    sheet = book.worksheets[0]
    at = {field: column for column, field in enumerate(COLUMNS[ImportKind.PEOPLE], start=1)}
    values = {Field.NAME: "林远", Field.BUILDING: 18, Field.ENTRANCE: 1, Field.DWELLING: 302, Field.PHONE: 13912345678}
    for field, value in values.items():
        sheet.cell(3, at[field]).value = value
    buffer = BytesIO()
    book.save(buffer)
    sample, row = parse_file(buffer.getvalue())
    assert (sample.fate_hint, row.fate_hint, row.place.door) == (Fate.IGNORED, Fate.OK, "18-1-302")


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_export_comes_in_again_unchanged(language: Language) -> None:
    before = [row for row in parse_file(build()[0]) if row.fate_hint in (Fate.OK, Fate.DOUBTFUL)]
    exported = []
    for row in before:
        exported.append({**export_fields(row), Field.TONGXIN_ID: str(uuid.uuid4())})
    after = parse_file(write_ledger(exported, ImportKind.PEOPLE, language=language))
    assert len(after) == len(before)
    lost = {Field.SPECIAL_CARE_CLASSES, Field.FAMILY_CONTACT_PHONE, Field.SERIAL}
    for old, sent, new in zip(before, exported, after, strict=True):
        assert new.fields[Field.TONGXIN_ID] == sent[Field.TONGXIN_ID]
        assert new.place.door == old.place.door
        kept = {field: value for field, value in old.fields.items() if field not in lost}
        got = {field: value for field, value in new.fields.items() if field is not Field.TONGXIN_ID}
        assert got == kept


def test_special_care_export_comes_in_again() -> None:
    fields: dict[Field, Any] = {
        Field.TONGXIN_ID: str(uuid.uuid4()),
        Field.NAME: "林远",
        Field.PHONE: "+8613912345678",
        Field.SPECIAL_CARE_CLASSES: ("ACADEMICIAN", "ELDER_ALONE", "自定类别"),
        Field.LIVES_ALONE: True,
        Field.MEDICINE_DAYS_LEFT: 5,
        Field.FAMILY_CONTACT_PHONE: "+8613812345678",
    }
    for language in LANGUAGES:
        (row,) = parse_file(write_ledger([fields], ImportKind.SPECIAL_CARE, language=language), ImportKind.SPECIAL_CARE)
        assert dict(row.fields) == fields


HOSTILE = ["=1+1", "=cmd|'/c calc'!A0", "+1", "-1", "@x", "https://example.org", "mailto:x@example.org", "\tx"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_or_a_link_in_our_files(text: str) -> None:
    data = write_ledger([{Field.NAME: text, Field.NOTE: text}], ImportKind.PEOPLE, language="zh")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml


def marked(data: bytes, language: Language = "zh") -> Any:
    workbook = read_upload(data)
    layouts = find_tables(workbook, kind=ImportKind.PEOPLE)
    rows = plan_rows(workbook, layouts, kind=ImportKind.PEOPLE, today=TODAY)
    return mark_upload(data, workbook, layouts, rows, language=language), rows


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_users_own_workbook_comes_back_marked(language: Language) -> None:
    data, rows = marked(build()[0], language)
    book = load_workbook(BytesIO(data))
    assert book.sheetnames == ["填写说明", "居民台账", "3号楼", "分列", "汇总", "Sheet3"]
    sheet = book["居民台账"]
    assert sheet["I3"].value == title(Field.IMPORT_RESULT, language)
    for row in rows:
        if row.sheet != "居民台账":
            continue
        cell = sheet.cell(row.row, 9)
        if row.fate_hint in (Fate.DOUBTFUL, Fate.REFUSED):
            assert cell.value == reason_text(row, language)
            color = "FFC7CE" if row.fate_hint is Fate.REFUSED else "FFEB9C"
            assert sheet.cell(row.row, 2).fill.start_color.rgb.endswith(color)
        else:
            assert cell.value is None
    original = load_workbook(BytesIO(build()[0]))["居民台账"]
    assert [c.value for c in sheet[5]][:8] == [c.value for c in original[5]][:8]


def test_a_marked_workbook_comes_in_as_before() -> None:
    once, rows = marked(build()[0])
    twice, again = marked(once)
    assert [(r.sheet, r.row, r.fate_hint, r.fields) for r in again] == [
        (r.sheet, r.row, r.fate_hint, r.fields) for r in rows
    ]
    assert load_workbook(BytesIO(twice))["居民台账"].max_column == 9


def test_a_text_ledger_comes_back_as_a_workbook() -> None:
    data, rows = marked("姓名,住址,电话\n林远,18-1-302,139\n=1+1,,\n方和,18-1-303,\n".encode("gb18030"))
    sheet = load_workbook(BytesIO(data)).active
    assert [row.fate_hint for row in rows] == [Fate.DOUBTFUL, Fate.REFUSED, Fate.OK]
    assert sheet["D1"].value == "导入结果"
    assert sheet["D2"].value.startswith("已导入，待核实")
    assert sheet["D3"].value.startswith("未导入")
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")


def test_dangerous_formulas_are_disarmed_and_sums_stay() -> None:
    book = load_workbook(BytesIO(files.formulas()))
    book.active["E2"] = '=HYPERLINK("https://example.org","x")'
    buffer = BytesIO()
    book.save(buffer)
    data, _ = marked(buffer.getvalue())
    sheet = load_workbook(BytesIO(data)).active
    assert (sheet["D2"].data_type, sheet["E2"].data_type) == ("s", "s")
    assert sheet["D3"].data_type == "f"


def test_macros_do_not_come_back() -> None:
    data, _ = marked(files.macro_workbook())
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
        assert b"macroEnabled" not in archive.read("[Content_Types].xml")


def test_marking_refuses_what_the_guard_refuses() -> None:
    good = files.one_sheet(["姓名", "住址"], ["林远", None])
    workbook = read_upload(good)
    with pytest.raises(UploadRefused, match="sheet_too_wide"):
        mark_upload(files.far_cells(), workbook, [], [], language="zh")
