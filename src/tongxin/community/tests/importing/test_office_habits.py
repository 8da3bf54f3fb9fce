"""What offices do in their ledgers, each habit small: dittos, places written once, labels, totals, second people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tongxin.community.importing import addresses, cells, dates, identity, phones
from tongxin.community.importing.care_classes import care_class_in, read_care_classes
from tongxin.community.importing.headers import guess_field
from tongxin.community.importing.shapes import Fate, Field, ImportKind, Merged, ParsedRow, Sheet, SheetRole, Workbook
from tongxin.community.tests.importing.messy_ledger import TODAY, national_id
from tongxin.community.tests.importing.reading import book, codes, layout_of, parse, parse_file

VALID = national_id(date(1958, 3, 12), 1)


def doors(rows: tuple[ParsedRow, ...]) -> list[str]:
    return [row.place.door for row in rows if row.fate_hint is not Fate.IGNORED]


@pytest.mark.parametrize(
    "text",
    [
        "18#楼1单元302#",
        "第18号楼第1单元302室",
        "18号楼壹单元302",
        "18一1一302",
        "18ー1ー302",
        "18·1·302",
        "18号楼1单元302、",
        "18号楼,1单元,302",
        "18号楼1单元302 13912345678",
        "18-1-302 电话：13912345678",
    ],
)
def test_addresses_that_were_typed_in_a_hurry(text: str) -> None:
    assert addresses.parse_address(cells.clean(text)).door == "18-1-302"


@pytest.mark.parametrize(
    ("name", "building"),
    [("6", "6"), ("8号", "8"), ("A", "A"), ("4#", "4"), ("三号楼", "3"), ("S", ""), ("2022", ""), ("Sheet1", "")],
)
def test_the_name_of_a_sheet_may_be_a_building(name: str, building: str) -> None:
    assert addresses.parse_sheet_name(name).building == building


@pytest.mark.parametrize(
    ("value", "numbers", "trouble"),
    [
        ("13912345678.0", ("+8613912345678",), ""),
        ("0086 13912345678", ("+8613912345678",), ""),
        ("+86 139 1234 5678", ("+8613912345678",), ""),
        ("本人13912345678 妻13812345678", ("+8613912345678", "+8613812345678"), ""),
        ("13912345678*", ("+8613912345678",), ""),
        ("13912345678 工号77", ("+8613912345678",), ""),
        ("139O2345678", (), "phone_wrong"),
    ],
)
def test_phones_between_words(value: str, numbers: tuple[str, ...], trouble: str) -> None:
    assert phones.read_phones(value) == phones.PhonesRead(numbers, trouble)


@pytest.mark.parametrize("text", ["1958年3月12日生", "1958、3、12", "1958,3,12", "1958 3 12", "1958 年 3 月 12 日"])
def test_dates_with_other_marks(text: str) -> None:
    assert dates.read_day(text, today=TODAY).day == date(1958, 3, 12)


@pytest.mark.parametrize("text", [f"{VALID}（本人）", f"{VALID}.0", f"身份证：{VALID}", f"'{VALID}"])
def test_identity_numbers_with_words(text: str) -> None:
    assert identity.read_identity(cells.clean(text), today=TODAY).number == VALID


@pytest.mark.parametrize(("text", "clean"), [("302.0", "302"), ("36.5", "36.5"), ("a.0", "a.0")])
def test_whole_numbers_that_a_program_wrote_with_a_point(text: str, clean: str) -> None:
    assert cells.clean(text) == clean


@pytest.mark.parametrize("word", ["普通居民", "常住", "一般人员", "正常", "租户"])
def test_ordinary_people_need_no_special_care(word: str) -> None:
    assert read_care_classes(word) == ((), ())


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("楼栋单元", Field.BUILDING),
        ("楼宇编号", Field.BUILDING),
        ("房间编号", Field.DWELLING),
        ("单元门牌", Field.DWELLING),
        ("居民名称", Field.NAME),
        ("公民身份号", Field.ID_NUMBER),
        ("人口类别", Field.RESIDENCE_TYPE),
        ("户籍地址", None),
        ("身份证地址", None),
        ("单位地址", None),
        ("身份证有效期", None),
        ("网格员电话", None),
        ("楼长", None),
    ],
)
def test_titles_of_offices(title: str, field: Field | None) -> None:
    assert guess_field(title)[0] is field


def test_the_phone_of_the_grid_officer_is_nobodys_own() -> None:
    header = ["姓名", "房号", "网格员电话"]
    rows = parse(book(header, *[[f"林安{c}", f"18-1-{i}", "13700000000"] for i, c in enumerate("明远清", start=101)]))
    assert [row.fields.get(Field.PHONE) for row in rows] == [None, None, None]


@pytest.mark.parametrize("mark", ["同上", "〃", "″", "ditto"])
def test_ditto_marks_take_the_cell_above(mark: str) -> None:
    header = ["楼号", "单元", "房号", "姓名", "电话", "身份证号"]
    rows = parse(book(header, ["18", "1", "302", "林远", "13912345678", VALID], [mark, mark, mark, "方和", mark, mark]))
    assert doors(rows) == ["18-1-302", "18-1-302"]
    assert rows[1].fields[Field.PHONE] == "+8613912345678"
    assert Field.ID_NUMBER not in rows[1].fields  # an ID number is one person's own
    assert rows[1].name == "方和"


def test_a_ditto_in_the_first_row_says_nothing() -> None:
    rows = parse(book(["姓名", "住址"], ["林远", "同上"], ["方和", "18-1-302"]))
    assert [row.fate_hint for row in rows] == [Fate.REFUSED, Fate.OK]


def test_building_and_entrance_written_once_hold_for_the_doors_below() -> None:
    rows = parse(
        book(
            ["楼号", "单元", "房号", "姓名"],
            ["18号楼", "1单元", "101", "林远"],
            [None, None, "102", "方和"],
            [None, "2单元", "101", "苏明"],
            ["18号楼", None, "102", "陈清"],
            ["甲3号楼", None, "201", "程晓"],
            [None, None, "202", "唐云"],
            [None, None, "3-301", "许博"],
        )
    )
    assert doors(rows) == ["18-1-101", "18-1-102", "18-2-101", "18-2-102", "甲3-201", "甲3-202", "3-301"]
    assert "place_part_from_above" in codes(rows[1])
    assert "place_part_from_above" not in codes(rows[4])


def test_an_entrance_that_is_missing_once_is_not_taken_from_above() -> None:
    full = [["18", "1", str(number), "林远"] for number in range(101, 121)]
    rows = parse(book(["楼号", "单元", "房号", "姓名"], *full, ["18", None, "201", "方和"]))
    assert rows[-1].place.door == "18-201"


def test_building_and_entrance_in_one_column() -> None:
    rows = parse(
        book(
            ["姓名", "楼-单元", "室"],
            *[["林远", text, "302"] for text in ("18-1", "18号楼1单元", "18#1", "18栋一单元", "18/1")],
        )
    )
    assert doors(rows) == ["18-1-302"] * 5
    assert {row.fate_hint for row in rows} == {Fate.OK}


def test_the_street_beside_building_and_room_is_no_contradiction() -> None:
    header = ["地址", "楼号", "单元", "房号", "姓名", "户籍地址"]
    row = ["某市某路5号院", "18号楼", "1单元", "302", "林远", "某县5号楼2单元301"]
    assert [(r.place.door, codes(r)) for r in parse(book(header, row, row))] == [("18-1-302", set())] * 2


def test_three_header_rows_are_one_header() -> None:
    rows = (
        ("基本信息", None, None, "居住信息", None, None),
        ("姓名", "性别", "手机号码", "现住址", None, None),
        (None, None, None, "楼栋", "单元", "房间"),
        ("林远", "男", "13912345678", 18, "二单元", 1201),
        ("方和", "女", "13912345679", "甲1号楼", "二单元", 1202),
    )
    merged = (Merged(0, 0, 0, 2), Merged(0, 3, 0, 5), Merged(1, 3, 1, 5), *[Merged(1, c, 2, c) for c in range(3)])
    parsed = parse(Workbook((Sheet("名单", rows, merged),), "xlsx"))
    assert doors(parsed) == ["18-2-1201", "甲1-2-1202"]
    assert parsed[0].fields[Field.PHONE] == "+8613912345678"


@pytest.mark.parametrize(
    "row",
    [
        ["18号楼小计", None, 12],
        [None, "1单元小计", 3],
        ["18号楼1单元合计：3户，3人"],
        ["本楼共6户6人"],
        [None, "合计", 6, "男3人"],
        ["院区合计", None, "18"],
        ["总人数：15"],
        ["總計", None, 15],
        ["填表人：某某", "", "审核人：某某", "", "日期：2022.11.3"],
    ],
)
def test_totals_and_signatures_are_nobody(row: list[Any]) -> None:
    rows = parse(book(["序号", "房号", "姓名", "性别", "电话"], [1, "18-1-302", "林远", "男", None], row))
    assert [r.fate_hint for r in rows] == [Fate.OK, Fate.IGNORED]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["18-1-104", None, None, "空置"], "vacant_dwelling"),
        (["18-1-104", "（空房）", None, None], "vacant_dwelling"),
        (["18-1-104", None, "13912345678", "空置"], "no_name"),
        (["18-1-104", None, None, "党员"], "no_name"),
    ],
)
def test_a_door_without_anybody_is_passed_over_but_a_number_without_a_name_is_refused(
    row: list[Any], code: str
) -> None:
    rows = parse(book(["房号", "姓名", "电话", "备注"], ["18-1-103", "林远", None, None], row))
    assert code in codes(rows[1])


@pytest.mark.parametrize(
    ("cell", "name", "code"),
    [
        ("1、林远", "林远", ""),
        ("*林远", "林远", ""),
        ("林远 13912345678", "林远", ""),
        ("林远\n方和明", "林远、方和明", "name_several"),
        ("林远（妻）、方和（子）", "林远、方和", "name_several"),
        ("欧阳\n明", "欧阳明", ""),
    ],
)
def test_names_with_more_in_the_cell(cell: str, name: str, code: str) -> None:
    (row,) = parse(book(["房号", "姓名"], ["18-1-302", cell]))
    assert row.name == name
    assert (code in codes(row)) or not code
    assert (row.fate_hint is Fate.DOUBTFUL) == bool(code)


def test_a_phone_in_the_name_cell_is_kept_unless_the_phone_column_has_one() -> None:
    rows = parse(
        book(["房号", "姓名", "电话"], ["1-1-1", "林远13912345678", None], ["1-1-2", "方和13912345678", "13812345678"])
    )
    assert [row.fields[Field.PHONE] for row in rows] == ["+8613912345678", "+8613812345678"]


def test_sections_with_decoration_or_a_second_cell_tell_the_building() -> None:
    rows = parse(
        book(
            ["单元", "门牌", "姓名", "手机", "备注"],
            ["▲20栋 楼长：林某"],
            ["1单元", "101", "方和", None, None],
            ["21号楼", None, None, None, "楼长：林某"],
            ["1单元", "101", "苏明", None, None],
        )
    )
    assert doors(rows) == ["20-1-101", "21-1-101"]


def test_a_form_for_each_household_gives_its_place_above_the_list() -> None:
    titles = ["姓名", "性别", "与户主关系"]
    rows = parse(
        book(
            ["住户调查表"],
            ["住址", "18号楼1单元302", "户主电话", "13912345678"],
            titles,
            ["林远", "男", "户主"],
            ["方和", "女", "妻"],
            [None],
            ["住址", "18号楼1单元303", "户主电话", "13912345679"],
            titles,
            ["苏明", "男", "户主"],
        )
    )
    assert doors(rows) == ["18-1-302", "18-1-302", "18-1-303"]


def test_the_tenant_beside_the_owner_is_a_person_too() -> None:
    header = ["房号", "房主", "房主电话", "租户姓名", "租户电话"]
    rows = parse(
        book(
            header,
            ["18-1-101", "林远", "13912345671", "方和", "13912345672"],
            ["18-1-102", "苏明", "13912345673", None, None],
        )
    )
    assert [(r.row, r.name, r.place.door, r.fields[Field.PHONE]) for r in rows] == [
        (2, "林远", "18-1-101", "+8613912345671"),
        (3, "苏明", "18-1-102", "+8613912345673"),
        (2, "方和", "18-1-101", "+8613912345672"),
    ]


def test_the_head_beside_a_cell_of_members_is_not_lost() -> None:
    header = ["门牌号", "户主", "联系电话", "家庭成员"]
    rows = parse(
        book(header, ["18-1-101", "林远", "13912345671", "方和"], ["18-1-102", "苏明", None, "陈清（妻）、程晓（子）"])
    )
    assert [r.name for r in rows] == ["林远", "苏明", "方和", "陈清、程晓"]
    assert rows[0].fields[Field.PHONE] == "+8613912345671"
    assert Field.PHONE not in rows[2].fields  # one phone a household is the head's
    listed = parse(book(header, ["18-1-101", "林远", None, "林远"], ["18-1-102", "苏明", None, "苏明"]))
    assert [r.name for r in listed] == ["林远", "苏明"]


def test_classes_that_say_only_how_somebody_lives_are_not_special_care() -> None:
    rows = parse(book(["姓名", "房号", "类别"], ["林远", "18-1-101", "自有"], ["方和", "18-1-102", "借住"]))
    assert [codes(row) for row in rows] == [set(), set()]
    rows = parse(book(["姓名", "房号", "类别"], ["林远", "18-1-101", "孕妇"], ["方和", "18-1-102", "借住"]))
    assert rows[0].fields[Field.SPECIAL_CARE_CLASSES] == ("PREGNANT",)
    assert "care_class_unknown" in codes(rows[1])


def test_a_summary_by_building_with_leaders_is_no_list_of_people() -> None:
    summary = book(
        ["楼号", "楼长", "联系电话", "户数"], *[[f"{i}号楼", "林远", "13912345678", 10] for i in (1, 2, 3, 4)]
    )
    assert layout_of(summary).role is not SheetRole.PEOPLE


def test_a_text_file_of_a_program_that_wrote_points() -> None:
    text = "楼,单元,室,姓名,手机\n18.0,2.0,302.0,林远,13912345678.0\n"
    (row,) = parse_file(text.encode("gb18030"))
    assert (row.place.door, row.fields[Field.PHONE], row.fate_hint) == ("18-2-302", "+8613912345678", Fate.OK)


@pytest.mark.parametrize(
    ("title", "code"),
    [("二、院士（17人）", "ACADEMICIAN"), ("离退休院领导名单", "RETIRED_LEADER"), ("独居老人台账", "ELDER_ALONE"), ("孕妇、院士", ""), ("名单", "")],
)  # fmt: skip
def test_the_class_in_a_title(title: str, code: str) -> None:
    assert care_class_in(title) == code


def test_a_special_care_list_without_a_class_column_takes_it_from_its_titles() -> None:
    workbook = book(
        ["一对一台账"],
        ["姓名", "住址", "人员类别"],
        ["一、离退休院领导（2人）"],
        ["林远", "18-1-101", None],
        ["二、院士（17人）"],
        ["方和", "18-1-102", None],
        ["苏明", "18-1-103", "孕妇"],
    )
    rows = [row for row in parse(workbook, ImportKind.SPECIAL_CARE) if row.name]
    assert [row.fields[Field.SPECIAL_CARE_CLASSES] for row in rows] == [
        ("RETIRED_LEADER",),
        ("ACADEMICIAN",),
        ("PREGNANT",),
    ]
    assert {row.fate_hint for row in rows} == {Fate.OK}
    sheet = book(["姓名", "住址"], ["林远", "18-1-101"], name="院士")
    assert parse(sheet, ImportKind.SPECIAL_CARE)[0].fields[Field.SPECIAL_CARE_CLASSES] == ("ACADEMICIAN",)
    assert Field.SPECIAL_CARE_CLASSES not in parse(sheet)[0].fields  # a residents' ledger is no such list
