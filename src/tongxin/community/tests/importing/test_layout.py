"""Headers, tables and the mapping that a user may change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tongxin.community.importing.headers import duplicated_titles, guess_field
from tongxin.community.importing.layout import filled, find_tables
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.shapes import Field, ImportKind, Merged, Sheet, SheetRole, Workbook
from tongxin.community.importing.synonyms import SYNONYMS
from tongxin.community.importing.titles import COLUMNS, TITLES
from tongxin.community.tests.importing.messy_ledger import TODAY
from tongxin.community.tests.importing.reading import PEOPLE, book, codes, layout_of, parse


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("姓名", Field.NAME),
        ("*姓 名", Field.NAME),
        ("姓名（必填）", Field.NAME),
        ("Name", Field.NAME),
        ("Full Name", Field.NAME),
        ("聯繫電話", Field.PHONE),
        ("联系电话（手机）", Field.PHONE),
        ("phone_number", Field.PHONE),
        ("Phone numbr", Field.PHONE),
        ("身份证号码", Field.ID_NUMBER),
        ("有效證件號", Field.ID_NUMBER),
        ("居民身份证号码(18位)", Field.ID_NUMBER),
        ("門牌號", Field.DWELLING),
        ("樓號", Field.BUILDING),
        ("現住址", Field.ADDRESS),
        ("与户主关系", Field.RELATION_TO_HEAD),
        ("是否独居", Field.LIVES_ALONE),
        ("家属联系电话", Field.FAMILY_CONTACT_PHONE),
        ("紧急联系人手机号码", Field.FAMILY_CONTACT_PHONE),
        ("药品剩余天数", Field.MEDICINE_DAYS_LEFT),
        ("借调至", Field.SECONDED_TO),
        ("school_class", Field.SCHOOL_CLASS),
        ("x_m", Field.X_M),
        ("导入结果", Field.IMPORT_RESULT),
        ("体重", None),
        ("", None),
        ("请" * 40, None),
    ],
)
def test_title(title: str, field: Field | None) -> None:
    assert guess_field(title)[0] is field


@pytest.mark.parametrize(
    ("group", "title", "field"),
    [
        ("家属联系人", "姓名", Field.FAMILY_CONTACT_NAME),
        ("家属联系人", "电话", Field.FAMILY_CONTACT_PHONE),
        ("户主", "姓名", Field.HOUSEHOLD_HEAD),
        ("住址", "单元", Field.ENTRANCE),
        ("姓名", "", Field.NAME),
        ("联系方式", "手机", Field.PHONE),
    ],
)
def test_group_title_changes_the_meaning(group: str, title: str, field: Field) -> None:
    assert guess_field(title, group)[0] is field


def test_no_word_means_two_fields() -> None:
    words = [word for text in SYNONYMS.values() for word in text.split()]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("kind", list(ImportKind))
@pytest.mark.parametrize("language", [0, 1])
def test_own_titles_are_known_words(kind: ImportKind, language: int) -> None:
    assert [guess_field(TITLES[field][language])[0] for field in COLUMNS[kind]] == list(COLUMNS[kind])


def test_duplicated_titles_keep_the_first_and_make_a_second_phone() -> None:
    layout = layout_of(
        book(["姓名", "电话", "电话", "住址", "住址"], ["林远", "13912345678", "010-62881234", "18-1-1", "x"])
    )
    mapping = layout.tables[0].mapping
    assert [c.field for c in mapping.columns] == [Field.NAME, Field.PHONE, Field.PHONE_SECOND, Field.ADDRESS, None]
    assert duplicated_titles(mapping) == ("住址", "电话")


def test_columns_without_titles_speak_for_themselves() -> None:
    rows = [[f"林{c}", f"1391234567{i}", f"18-1-30{i}"] for i, c in enumerate("远明清和")]
    parsed = parse(book(*rows))
    assert [row.place.door for row in parsed] == ["18-1-300", "18-1-301", "18-1-302", "18-1-303"]
    assert parsed[0].fields[Field.PHONE] == "+8613912345670"


def test_a_name_column_with_a_title_of_its_own_making() -> None:
    parsed = parse(
        book(
            ["房号", "街坊", "身份证"],
            *[["18-1-302", "林远", None], ["18-1-303", "方和", None], ["18-1-304", "苏明", None]],
        )
    )
    assert [row.name for row in parsed] == ["林远", "方和", "苏明"]


def test_unknown_title_over_known_content() -> None:
    layout = layout_of(book(["姓名", "甲列", "住址"], *[["林远", "13912345678", "18-1-302"]] * 3))
    column = layout.tables[0].mapping.columns[1]
    assert (column.field, column.confidence < 0.7, column.examples[0]) == (Field.PHONE, True, "13912345678")


@pytest.mark.parametrize(
    ("values", "field"),
    [(["H001", "H002", "H003"], Field.EXTERNAL_CODE), (["林远", "方和", "苏明"], Field.NAME)],
)
def test_person_is_a_code_or_a_name(values: list[str], field: Field) -> None:
    layout = layout_of(book(["person", "household"], *[[value, 41] for value in values]))
    assert layout.tables[0].mapping.columns[0].field is field


def test_a_running_number_is_no_code() -> None:
    layout = layout_of(book(["编号", "姓名", "住址"], *[[i, "林远", "18-1-302"] for i in range(1, 9)]))
    assert layout.tables[0].mapping.columns[0].field is Field.SERIAL
    layout = layout_of(book(["编号", "姓名", "住址"], [2031, "林远", "18-1-302"], [1877, "方和", "18-1-303"]))
    assert layout.tables[0].mapping.columns[0].field is Field.EXTERNAL_CODE


def test_lists_side_by_side_lose_nobody() -> None:
    parsed = parse(
        book(
            ["房号", "姓名", "电话", "房号", "姓名", "电话"],
            ["18-1-101", "林远", "13912345671", "18-2-101", "方和", "13912345672"],
            ["18-1-102", "苏明", "13912345673", None, None, None],
        )
    )
    assert [(row.name, row.place.door) for row in parsed] == [
        ("林远", "18-1-101"),
        ("苏明", "18-1-102"),
        ("方和", "18-2-101"),
    ]


def test_side_by_side_with_shared_building_refuses_no_empty_place() -> None:
    parsed = parse(
        book(
            ["楼号", "房号", "姓名", "房号", "姓名"],
            [18, 101, "林远", 102, "方和"],
            [18, 103, "苏明", None, None],
        )
    )
    assert [(row.name, row.place.door) for row in parsed] == [
        ("林远", "18-101"),
        ("苏明", "18-103"),
        ("方和", "18-102"),
    ]


def test_numbered_members_of_a_household_are_people() -> None:
    parsed = parse(
        book(
            ["楼栋单元房号", "户主姓名", "户主电话", "家庭成员1", "成员1电话", "家庭成员2"],
            ["18-3-101", "林甲", "13800000012", "林乙", "13800000013", "林丙"],
            ["18-3-102", "方甲", "13800000014", None, None, None],
        )
    )
    found = [
        (row.name, row.place.door, row.fields.get(Field.PHONE), row.fields.get(Field.HOUSEHOLD_HEAD)) for row in parsed
    ]
    assert found == [
        ("林甲", "18-3-101", "+8613800000012", None),
        ("方甲", "18-3-102", "+8613800000014", None),
        ("林乙", "18-3-101", "+8613800000013", "林甲"),
        ("林丙", "18-3-101", None, "林甲"),
    ]


def test_mapping_step_changes_what_is_read() -> None:
    workbook = book(["姓名", "代号", "住址"], ["林远", "A7", "18-1-302"])
    layout = layout_of(workbook)
    table = layout.tables[0]
    assert table.mapping.field_at(1) is None
    changed = replace(layout, tables=(replace(table, mapping=table.mapping.with_field(1, Field.EXTERNAL_CODE)),))
    assert plan_rows(workbook, [changed], kind=PEOPLE, today=TODAY)[0].fields[Field.EXTERNAL_CODE] == "A7"
    moved = table.mapping.with_field(1, Field.NAME)
    assert [column.field for column in moved.columns] == [None, Field.NAME, Field.ADDRESS]


@pytest.mark.parametrize("name", ["填写说明", "说明", "字典", "Instructions", "示例"])
def test_explaining_sheets_are_passed_over_but_can_be_taken(name: str) -> None:
    workbook = book(["姓名", "住址"], ["林远", "18-1-302"], name=name)
    layout = layout_of(workbook)
    assert layout.role is SheetRole.EXPLANATION
    assert parse(workbook) == ()
    taken = [replace(layout, role=SheetRole.PEOPLE)]
    assert len(plan_rows(workbook, taken, kind=PEOPLE, today=TODAY)) == 1


def test_only_an_explanation_means_no_people() -> None:
    assert parse(book(["本表用于登记"], ["姓名：必填"], ["电话：必填"])) == ()


def test_hidden_sheets_wait_unless_they_are_all_there_is() -> None:
    rows = (("姓名", "住址"), ("林远", "18-1-302"))
    hidden, shown = Sheet("旧", rows, is_hidden=True), Sheet("新", rows)
    roles = [x.role for x in find_tables(Workbook((hidden, shown), "xlsx"), kind=PEOPLE)]
    assert roles == [SheetRole.HIDDEN, SheetRole.PEOPLE]
    assert find_tables(Workbook((hidden,), "xlsx"), kind=PEOPLE)[0].role is SheetRole.PEOPLE


def test_preview_shows_the_first_rows_as_text() -> None:
    layout = layout_of(book(["姓名", "电话"], ["林远", 13912345678], *[["x", 1]] * 50))
    assert layout.preview[1] == ("林远", "13912345678")
    assert len(layout.preview) == 12


def test_overlapping_hostile_merges_end() -> None:
    spans = tuple(Merged(0, 0, 1_048_575, 16_383) for _ in range(5_000))
    grid = filled(Sheet("x", (("a", None), (None, None)), merged=spans))
    assert grid.rows == (("a", "a"), ("a", "a"))


def test_merges_outside_the_rows_are_harmless() -> None:
    assert filled(Sheet("x", (("a",),), merged=(Merged(5, 5, 9, 9),))).rows == (("a",),)


def test_a_name_merged_over_two_rows_is_one_person() -> None:
    workbook = book(["姓名", "住址", "电话"], ["林远", "18-1-302", "13912345678"], [None, None, "13812345678"], merged=(Merged(1, 0, 2, 0), Merged(1, 1, 2, 1)))  # fmt: skip
    first, second = parse(workbook)
    assert (first.name, codes(second)) == ("林远", {"continuation_row"})


def test_title_over_the_list_gives_the_building() -> None:
    parsed = parse(book(["18号楼2单元住户名单"], ["姓名", "房号"], ["林远", 302], ["方和", 303]))
    assert [row.place.door for row in parsed] == ["18-2-302", "18-2-303"]


def test_long_tables_stop_where_another_header_begins() -> None:
    parsed = parse(book(["姓名", "住址", "电话"], ["林远", "18-1-302"], ["附：租客名单"], ["电话", "姓名", "房号"], ["13912345678", "方和", "18-1-303"]))  # fmt: skip
    people = [(row.name, row.place.door) for row in parsed if row.name]
    assert people == [("林远", "18-1-302"), ("方和", "18-1-303")]
