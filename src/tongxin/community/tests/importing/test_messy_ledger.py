"""The ledger with every defect: the fate of each row, none lost, none invented."""

from __future__ import annotations

import pytest

from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Fate, Field, ImportKind, ParsedRow, SheetRole
from tongxin.community.tests.importing.messy_ledger import TODAY, Expected, build

DATA, EXPECTED = build()


@pytest.fixture(scope="module")
def parsed() -> dict[tuple[str, int], ParsedRow]:
    workbook = read_upload(DATA)
    layouts = find_tables(workbook, kind=ImportKind.PEOPLE)
    rows = plan_rows(workbook, layouts, kind=ImportKind.PEOPLE, today=TODAY)
    by_place = {(row.sheet, row.row): row for row in rows}
    assert len(by_place) == len(rows)
    return by_place


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: f"{e.sheet}-{e.row}")
def test_each_row_gets_its_fate(parsed: dict[tuple[str, int], ParsedRow], expected: Expected) -> None:
    row = parsed[expected.sheet, expected.row]
    codes = {reason.code for reason in row.reasons}
    assert (row.fate_hint.value, codes >= expected.codes) == (expected.fate, True), codes
    if row.fate_hint is Fate.IGNORED:
        return
    assert row.place.door == expected.door
    if expected.name:
        assert row.name == expected.name
    assert not {field.value for field in row.fields} & expected.empty
    for field, value in expected.holds.items():
        assert row.fields[Field(field)] == value


def test_no_row_is_lost_and_none_invented(parsed: dict[tuple[str, int], ParsedRow]) -> None:
    wanted = {(e.sheet, e.row) for e in EXPECTED}
    assert {key for key in parsed if parsed[key].fate_hint is not Fate.IGNORED} <= wanted
    assert wanted <= set(parsed)


def test_sheets_are_told_apart() -> None:
    layouts = find_tables(read_upload(DATA), kind=ImportKind.PEOPLE)
    assert {layout.sheet: layout.role for layout in layouts} == {
        "填写说明": SheetRole.EXPLANATION,
        "居民台账": SheetRole.PEOPLE,
        "3号楼": SheetRole.PEOPLE,
        "分列": SheetRole.PEOPLE,
        "汇总": SheetRole.EXPLANATION,
        "Sheet3": SheetRole.EMPTY,
    }


def test_ok_rows_have_only_notes(parsed: dict[tuple[str, int], ParsedRow]) -> None:
    quiet = [row for row in parsed.values() if row.fate_hint is Fate.OK]
    assert len(quiet) > 30
    assert {reason.code for row in quiet for reason in row.reasons} <= {
        "id_converted",
        "id_other_paper",
        "name_remark",
        "place_from_title",
        "phone_local",
    }
