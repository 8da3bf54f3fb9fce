"""What becomes of a row: the rule that nobody is left out, and its two exceptions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.community.importing.care_classes import CARE_CLASSES, read_care_classes
from tongxin.community.importing.shapes import Fate, Field, ImportKind
from tongxin.community.tests.importing import files
from tongxin.community.tests.importing.reading import book, codes, parse, parse_file

HAGELLOCH = Path(__file__).resolve().parents[6].joinpath("shared/data/hagelloch/people.xlsx")
GOOD = {"姓名": "林远", "住址": "18-1-302"}


def row_of(kind: ImportKind = ImportKind.PEOPLE, **cells: Any) -> Any:
    values = {**GOOD, **cells}
    (row,) = parse(book(list(values), list(values.values()), ["方和", "18-1-303"]), kind)[:1]
    return row


@pytest.mark.parametrize(
    ("column", "value", "field", "code"),
    [
        ("身份证号", "123", Field.ID_NUMBER, "id_wrong"),
        ("电话", "123", Field.PHONE, "phone_wrong"),
        ("出生日期", "昨天", Field.BIRTH_DATE, "date_invalid"),
        ("出生日期", "2035-01-01", Field.BIRTH_DATE, "date_in_future"),
        ("出生日期", "1780-01-01", Field.BIRTH_DATE, "date_too_old"),
        ("年龄", "二百", Field.AGE, "age_wrong"),
        ("性别", "?!", Field.SEX, "sex_wrong"),
        ("横坐标", "东", Field.X_M, "number_wrong"),
        ("药品剩余天数", "很多", Field.MEDICINE_DAYS_LEFT, "number_wrong"),
        ("是否独居", "看情况", Field.LIVES_ALONE, "yes_no_unclear"),
        ("同心编号", "不是编号", Field.TONGXIN_ID, "tongxin_id_wrong"),
        ("部门", "#REF!", Field.DEPARTMENT, "cell_error"),
        ("家属电话", "99", Field.FAMILY_CONTACT_PHONE, "phone_wrong"),
    ],
)
def test_a_wrong_field_is_empty_and_doubtful_and_the_person_comes_in(
    column: str, value: str, field: Field, code: str
) -> None:
    row = row_of(**{column: value})
    assert (row.fate_hint, codes(row)) == (Fate.DOUBTFUL, {code})
    assert field not in row.fields
    assert (row.name, row.place.door) == ("林远", "18-1-302")


@pytest.mark.parametrize(
    ("column", "value", "field", "expected"),
    [
        ("年龄", "82岁", Field.AGE, 82),
        ("性别", "F", Field.SEX, "FEMALE"),
        ("班级", 1.0, Field.SCHOOL_CLASS, "1"),
        ("班级", 2, Field.SCHOOL_CLASS, "2"),
        ("药品剩余天数", "2周", Field.MEDICINE_DAYS_LEFT, 14),
        ("药品剩余天数", "半个月", Field.MEDICINE_DAYS_LEFT, 15),
        ("是否独居", "√", Field.LIVES_ALONE, True),
        ("特殊人群", "院士、高血压", Field.SPECIAL_CARE_CLASSES, ("ACADEMICIAN", "CHRONIC")),
        ("技能", "采样，驾驶", Field.SKILLS, ("采样", "驾驶")),
        ("横坐标", "142.5", Field.X_M, 142.5),
        ("家属姓名", "林明 13912345678", Field.FAMILY_CONTACT_NAME, "林明"),
        ("备注", "爱安静", Field.NOTE, "爱安静"),
        ("出生年份", "1958", Field.BIRTH_YEAR, 1958),
        ("同心编号", "0190A5B2-7C1D-7E3F-8A4B-5C6D7E8F9A0B", Field.TONGXIN_ID, "0190a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b"),
    ],
)
def test_right_values(column: str, value: Any, field: Field, expected: Any) -> None:
    row = row_of(**{column: value})
    assert (row.fields[field], row.fate_hint) == (expected, Fate.OK)


@pytest.mark.parametrize(("value", "illness"), [("良好", None), ("无", None), ("高血压", "高血压")])
def test_a_state_of_health_is_an_illness_only_if_it_is_one(value: str, illness: str | None) -> None:
    assert row_of(健康状况=value).fields.get(Field.CHRONIC_ILLNESS) == illness


@pytest.mark.parametrize("value", [0, "0", "未入学", "无", None])
def test_no_school_class(value: Any) -> None:
    assert Field.SCHOOL_CLASS not in row_of(班级=value).fields


@pytest.mark.parametrize("name", [None, "", "  ", "无", "/", "不详", "-"])
def test_without_a_name_refused(name: Any) -> None:
    row = row_of(姓名=name)
    assert (row.fate_hint, codes(row)) == (Fate.REFUSED, {"no_name"})


@pytest.mark.parametrize("place", [None, "", "无", "——"])
def test_without_a_place_refused(place: Any) -> None:
    row = row_of(住址=place)
    assert (row.fate_hint, codes(row)) == (Fate.REFUSED, {"no_place"})


@pytest.mark.parametrize(
    ("kind", "cells", "fate"),
    [
        (ImportKind.SPECIAL_CARE, {"电话": "13912345678"}, Fate.OK),
        (ImportKind.SPECIAL_CARE, {"身份证号": "11010519491231002X"}, Fate.OK),
        (ImportKind.SPECIAL_CARE, {"性别": "女"}, Fate.REFUSED),
        (ImportKind.RESPONDERS, {"部门": "总务处"}, Fate.OK),
        (ImportKind.RESPONDERS, {"性别": "女"}, Fate.DOUBTFUL),
        (ImportKind.PEOPLE, {"电话": "13912345678"}, Fate.REFUSED),
    ],
)
def test_what_stands_in_for_a_place(kind: ImportKind, cells: dict[str, str], fate: Fate) -> None:
    assert row_of(kind, 住址=None, **cells).fate_hint is fate


def test_responders_department_is_their_home() -> None:
    row = row_of(ImportKind.RESPONDERS, 部门="总务处", 借调至="转运组")
    assert (row.fields[Field.HOME_DEPARTMENT], row.fields[Field.SECONDED_TO]) == ("总务处", "转运组")


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "=cmd|'/c calc'!A0",
        "@SUM(A1)",
        "<script>alert(1)</script>",
        "林\ufffd远",
        "林远、方和",
        "12345",
        "林" * 300,
    ],
)
def test_hostile_and_broken_names_come_in_doubtful(name: str) -> None:
    row = row_of(姓名=name)
    assert row.fate_hint is Fate.DOUBTFUL
    assert 0 < len(row.name) <= 60


@pytest.mark.parametrize("note", ["x" * 100_000, "=HYPERLINK(1)", "\x00\x01\x02好", "https://example.org/?a=1"])
def test_hostile_notes_do_no_harm(note: str) -> None:
    row = row_of(备注=note)
    assert len(str(row.fields[Field.NOTE])) <= 500
    assert "\x00" not in str(row.fields[Field.NOTE])


def test_contradictions_follow_the_id_number() -> None:
    row = row_of(身份证号="11010519491231002X", 出生日期="1950-01-01", 性别="男", 年龄="20")
    assert codes(row) == {"birth_date_contradicts_id", "sex_contradicts_id", "age_contradicts_birth_date"}
    assert row.fields[Field.BIRTH_DATE] == date(1949, 12, 31)
    assert row.fields[Field.SEX] == "FEMALE"
    assert Field.AGE not in row.fields


@pytest.mark.parametrize("age", [71, 72, 73, 74])
def test_ages_of_last_year_or_counted_from_one_are_no_contradiction(age: int) -> None:
    assert row_of(出生日期="1949-12-31", 年龄=age).fate_hint is Fate.OK


@pytest.mark.parametrize(
    ("remark", "code"), [("租客", "name_remark"), ("已故", "may_be_gone"), ("2021年迁出", "may_be_gone")]
)
def test_remarks_move_to_the_note(remark: str, code: str) -> None:
    row = row_of(姓名=f"林远（{remark}）")
    assert (row.name, row.fields[Field.NOTE], codes(row)) == ("林远", remark, {code})


@pytest.mark.parametrize("first", ["合计", "小计：12人", "总计 40", "共 35 户", "Total", "Grand total: 5", "本页小计"])
def test_totals(first: str) -> None:
    rows = parse(book(["姓名", "住址", "电话"], ["林远", "18-1-302"], [first, None, "12"]))
    assert codes(rows[1]) == {"subtotal_row"}


@pytest.mark.parametrize(
    "first", ["注：以上信息保密", "填表人：某", "说明: x", "第 1 页", "* 必填", "制表日期 2022.11.3"]
)
def test_notes_below_the_list(first: str) -> None:
    rows = parse(book(["姓名", "住址"], ["林远", "18-1-302"], [first]))
    assert codes(rows[1]) == {"note_row"}


def test_a_person_is_not_taken_for_a_total() -> None:
    rows = parse(book(["备注", "姓名", "住址", "电话"], ["小计算机室", "林远", "18-1-302", "13912345678"], ["合计", "方和", "18-1-303", "13912345679"]))  # fmt: skip
    assert [row.name for row in rows] == ["林远", "方和"]


def test_vacant_sample_and_numbered_rows() -> None:
    rows = parse(
        book(
            ["序号", "姓名", "住址"],
            [1, "林远", "18-1-302"],
            [2, "空置", "18-1-303"],
            [3, "（示例）方和", "18-1-304"],
            [4, None, None],
        )
    )
    assert [codes(row) for row in rows[1:]] == [{"vacant_dwelling"}, {"sample_row"}, {"numbered_blank"}]


HOUSEHOLD = [["林远", "户主", "18-1-302"], ["方和", "配偶", None], ["林晓", "之子", None]]


def test_household_members_share_the_door_above_where_that_is_the_habit() -> None:
    header = ["姓名", "与户主关系", "住址"]
    rows = parse(book(header, *HOUSEHOLD, ["苏明", "户主", None], ["陈清", None, None]))
    assert [(row.place.door, row.fate_hint) for row in rows] == [
        ("18-1-302", Fate.OK),
        ("18-1-302", Fate.OK),
        ("18-1-302", Fate.OK),
        ("", Fate.REFUSED),
        ("", Fate.REFUSED),
    ]


def test_a_place_that_is_missing_once_is_missing() -> None:
    full = [["林远", "户主", f"18-1-{number}"] for number in range(101, 121)]
    rows = parse(book(["姓名", "与户主关系", "住址"], *full, ["方和", "配偶", None]))
    assert (rows[-1].name, rows[-1].fate_hint) == ("方和", Fate.REFUSED)


def test_where_no_column_tells_who_lives_together_the_gaps_do() -> None:
    homes = [["六号楼1-101", "林远"], [None, "方和"], [None, "方小雨"], ["六号楼1-102", "苏明"], [None, "陈清"]]
    rows = parse(book(["门牌号", "姓名"], *homes))
    assert [row.place.door for row in rows] == ["6-1-101", "6-1-101", "6-1-101", "6-1-102", "6-1-102"]
    assert [row.fate_hint for row in rows] == [Fate.OK, Fate.DOUBTFUL, Fate.DOUBTFUL, Fate.OK, Fate.DOUBTFUL]
    assert "place_from_row_above" in codes(rows[1])


def test_a_few_gaps_in_a_list_of_doors_are_missing_places() -> None:
    full = [[f"18-1-{number}", "林远"] for number in range(101, 111)]
    rows = parse(book(["门牌号", "姓名"], *full, [None, "方和"], [None, "苏明"]))
    assert [row.fate_hint for row in rows[-2:]] == [Fate.REFUSED, Fate.REFUSED]


def test_a_head_column_filled_once_a_household_groups_the_rows() -> None:
    rows = parse(
        book(["户主", "成员姓名", "住址"], ["林远", "林远", "18-1-302"], [None, "方和", None], ["苏明", "苏明", None])
    )
    assert [row.fate_hint for row in rows] == [Fate.OK, Fate.DOUBTFUL, Fate.REFUSED]


def test_a_household_number_finds_the_door_but_is_none_beside_door_columns() -> None:
    header = ["户号", "姓名", "住址"]
    rows = parse(
        book(header, ["7", "林远", "18-1-302"], ["8", "方和", "18-1-303"], ["7", "苏明", None], ["9", "陈清", None])
    )
    assert [row.place.door for row in rows] == ["18-1-302", "18-1-303", "18-1-302", ""]
    assert (rows[2].fate_hint, rows[3].fate_hint) == (Fate.OK, Fate.REFUSED)
    alone = parse(book(["户号", "姓名"], ["7", "林远"], [None, "方和"]))
    assert [(row.place.door, row.fate_hint) for row in alone] == [("7", Fate.OK), ("", Fate.REFUSED)]


def test_a_birth_month_is_no_doubt() -> None:
    row = row_of(出生年月="1958年3月")
    assert (row.fate_hint, row.fields[Field.BIRTH_YEAR]) == (Fate.OK, 1958)
    assert Field.BIRTH_DATE not in row.fields


def test_reasons_hold_no_personal_data() -> None:
    row = row_of(身份证号="110105194912310021", 电话="1391234", 出生日期="昨天", 性别="??x")
    assert all(not reason.params for reason in row.reasons)


def test_formula_cells_give_their_saved_values() -> None:
    first, second = parse_file(files.formulas())
    assert first.fields[Field.PHONE] == "+8613912345678"
    assert (second.name, codes(second)) == ("=1+1", {"name_strange", "cell_error"})


def test_an_address_that_became_a_date_is_turned_back() -> None:
    row = row_of(住址=date(2008, 1, 3))
    assert (row.place.door, codes(row)) == ("8-1-3", {"place_became_date"})


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("独居老人", ("ELDER_ALONE",), ()),
        ("孕妇;血透", ("PREGNANT", "DIALYSIS"), ()),
        ("獨居老人、高血壓", ("ELDER_ALONE", "CHRONIC"), ()),
        ("院士/火星人", ("ACADEMICIAN",), ("火星人",)),
        ("retired leader", ("RETIRED_LEADER",), ()),
        ("无", (), ()),
        ("0", (), ()),
        ("", (), ()),
    ],
)
def test_care_classes(text: str, found: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    assert read_care_classes(text) == (found, unknown)


@pytest.mark.parametrize("code", list(CARE_CLASSES))
def test_care_classes_read_their_own_names(code: str) -> None:
    zh, en, _ = CARE_CLASSES[code]
    assert read_care_classes(f"{zh}、{en}、{code}") == ((code,), ())


@pytest.mark.skipif(not HAGELLOCH.exists(), reason="the measles data set is not here")
def test_hagelloch() -> None:
    rows = parse_file(HAGELLOCH.read_bytes())
    assert len(rows) == 188
    assert {row.fate_hint for row in rows} == {Fate.OK}
    first = rows[0]
    assert (first.name, first.fields[Field.EXTERNAL_CODE], first.place.household) == ("H001", "H001", "41")
    assert (first.fields[Field.AGE], first.fields[Field.X_M], first.fields[Field.SEX]) == (7, 142.5, "FEMALE")
    assert {str(row.fields.get(Field.SCHOOL_CLASS)) for row in rows} == {"None", "1", "2"}
    assert len({row.place.door for row in rows}) in range(50, 70)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["姓名", "合计", "18号楼2单元", "=1+1", "示例", "空置", "13912345678", "18-1-302", "注：", "户主"]),
    st.floats(),
    st.integers(-10, 10**18),
    st.booleans(),
    st.dates(),
)


@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8))
def test_whatever_stands_in_the_cells_each_row_has_one_fate(grid: list[list[Any]]) -> None:
    header = ["姓名", "性别", "电话", "身份证号", "出生日期", "住址"]
    anchor = ["林远", "女", "13912345678", None, None, "18-1-302"]
    rows = parse(book(header, anchor, *grid, anchor))
    assert rows[0].fate_hint is Fate.OK
    numbers = [row.row for row in rows]
    assert len(numbers) == len(set(numbers))
    assert (rows[-1].row, rows[-1].name) == (len(grid) + 3, "林远")
    for row in rows:
        if row.fate_hint in (Fate.OK, Fate.DOUBTFUL):
            assert row.name
            assert row.place
