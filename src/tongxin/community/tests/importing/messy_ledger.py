"""Makes a residents' ledger with every defect that real ones have, and says what must become of it.

All people are invented. Seeded: the same seed gives the same file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tongxin.community.importing.identity import check_character

TODAY = date(2022, 11, 3)
SURNAMES = "林苏方陆程沈韩唐许邓"
GIVEN = "晓安明远清和雨桐嘉宁子墨思齐文博若溪向东立新春燕"
HEADER = ["序号", "姓名", "性别", "出生日期", "身份证号", "联系电话", "住址", "备注"]


def national_id(born: date, sequence: int, region: str = "110101") -> str:
    """An invented number that passes GB 11643."""
    first = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first + check_character(first)


@dataclass
class Expected:
    """What the importer must say of one row of the file."""

    sheet: str
    row: int
    fate: str
    codes: set[str] = field(default_factory=set)
    door: str = ""
    name: str = ""
    empty: set[str] = field(default_factory=set)
    holds: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Writes rows and remembers what each must become."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.expected: list[Expected] = []
        self.count = 0

    def sheet(self, name: str) -> Worksheet:
        return self.book.create_sheet(name)

    def person(self) -> tuple[str, str, date, str, str]:
        """Name, sex, birth date, ID number and phone that belong together."""
        self.count += 1
        name = self.random.choice(SURNAMES) + "".join(self.random.sample(GIVEN, 2))
        born = date(self.random.randint(1935, 2015), self.random.randint(1, 12), self.random.randint(1, 28))
        number = national_id(born, self.count)
        sex = "男" if self.count % 2 else "女"
        return name, sex, born, number, f"139{self.random.randint(10_000_000, 99_999_999)}"

    def put(self, sheet: Worksheet, values: list[Any], fate: str = "", **expected: Any) -> int:
        """Appends a row; with a fate it is expected to be reported."""
        row = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value else 1
        for column, value in enumerate(values, start=1):
            if value is not None:
                sheet.cell(row, column).value = value
        if not any(value is not None for value in values):
            sheet.cell(row, 1).value = " "  # a row that only looks blank
        if fate:
            self.expected.append(Expected(sheet.title, row, fate, **expected))
        return row

    def save(self) -> bytes:
        buffer = BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


def _main_sheet(ledger: Ledger) -> None:  # noqa: PLR0915 - one line a defect
    sheet = ledger.sheet("居民台账")
    sheet.merge_cells("A1:H1")
    ledger.put(sheet, ["XX院区居民基本情况登记表（2022年11月）"])
    ledger.put(sheet, ["填报单位：", "院区物业", None, None, None, "填报日期：", "2022.11.3"])
    ledger.put(sheet, HEADER)

    def good(address: Any, door: str, fate: str = "ok", **more: Any) -> None:
        name, sex, born, number, phone = ledger.person()
        values = [ledger.count, name, sex, born, number, phone, address, None]
        for column, value in more.pop("cells", {}).items():
            values[HEADER.index(column)] = value
        ledger.put(sheet, values, fate, door=door, **more)

    good("18-1-302", "18-1-302")
    good("18号楼1单元301", "18-1-301")
    good("１８－１－２０２", "18-1-202")  # full width
    good("十八号楼一单元401", "18-1-401")
    good("18#2-502室", "18-2-502")
    good("18號樓2單元501室", "18-2-501")
    good("A座1203", "A-1203")
    good("5号院", "5号院")
    ledger.put(sheet, [None])
    good("18-3-101", "18-3-101", cells={"出生日期": "1958.3.12", "身份证号": None}, holds={"birth_date": date(1958, 3, 12)})  # fmt: skip
    good("18-3-102", "18-3-102", cells={"出生日期": "1958年3月12日", "身份证号": None}, holds={"birth_date": date(1958, 3, 12)})  # fmt: skip
    good("18-3-103", "18-3-103", cells={"出生日期": 21256, "身份证号": None}, holds={"birth_date": date(1958, 3, 12)})  # fmt: skip
    good("18-3-104", "18-3-104", cells={"出生日期": datetime(1958, 3, 12), "身份证号": None}, holds={"birth_date": date(1958, 3, 12)})  # fmt: skip
    good("18-3-105", "18-3-105", cells={"出生日期": "19580312", "身份证号": None}, holds={"birth_date": date(1958, 3, 12)})  # fmt: skip
    good("18-3-106", "18-3-106", "doubtful", cells={"出生日期": "3/12/1958", "身份证号": None}, codes={"date_ambiguous"})  # fmt: skip
    good("18-3-107", "18-3-107", "doubtful", cells={"出生日期": "1958年2月30日", "身份证号": None}, codes={"date_invalid"}, empty={"birth_date"})  # fmt: skip
    good("18-4-101", "18-4-101", cells={"联系电话": 13912345678.0}, holds={"phone": "+8613912345678"})
    good("18-4-102", "18-4-102", cells={"联系电话": "139 1234 5678"}, holds={"phone": "+8613912345678"})  # fmt: skip
    good("18-4-103", "18-4-103", cells={"联系电话": "+86-139-1234-5678"}, holds={"phone": "+8613912345678"})  # fmt: skip
    good("18-4-104", "18-4-104", cells={"联系电话": "１３９１２３４５６７８"}, holds={"phone": "+8613912345678"})  # fmt: skip
    good("18-4-105", "18-4-105", "doubtful", cells={"联系电话": "1391234567"}, codes={"phone_wrong"}, empty={"phone"})  # fmt: skip
    good("18-4-106", "18-4-106", cells={"联系电话": "010-62881234"}, holds={"phone": "+861062881234"})
    good("18-4-107", "18-4-107", cells={"联系电话": "13912345678/13812345678"}, holds={"phone_second": "+8613812345678"})  # fmt: skip
    good("18-4-108", "18-4-108", "doubtful", cells={"联系电话": "1.39E+10"}, codes={"phone_digits_lost"}, empty={"phone"})  # fmt: skip
    ledger.put(sheet, HEADER, "ignored", codes={"repeated_header"})
    good("18-5-101", "18-5-101", "doubtful", cells={"身份证号": "110101195803120012"}, codes={"id_checksum"}, empty={"id_number"})  # fmt: skip
    good("18-5-102", "18-5-102", "doubtful", cells={"身份证号": float("110101195803120011")}, codes={"id_digits_lost"}, empty={"id_number"})  # fmt: skip
    good("18-5-103", "18-5-103", cells={"身份证号": "110101580312001", "出生日期": None, "性别": None}, codes={"id_converted"}, holds={"birth_date": date(1958, 3, 12), "sex": "MALE"})  # fmt: skip
    spaced = national_id(date(1958, 3, 12), 2)
    good("18-5-104", "18-5-104", cells={"身份证号": f"{spaced[:6]} {spaced[6:14]} {spaced[14:]}", "出生日期": None, "性别": "女"}, holds={"id_number": spaced})  # fmt: skip
    good("18-5-105", "18-5-105", "doubtful", cells={"身份证号": spaced[:17]}, codes={"id_length"}, empty={"id_number"})  # fmt: skip
    good("18-5-106", "18-5-106", "doubtful", cells={"性别": "女", "身份证号": national_id(date(1958, 3, 12), 1), "出生日期": None}, codes={"sex_contradicts_id"}, holds={"sex": "MALE"})  # fmt: skip
    good("18-5-107", "18-5-107", cells={"身份证号": "E12345678"}, codes={"id_other_paper"}, holds={"id_type": "PASSPORT"})  # fmt: skip
    good("18-6-101", "18-6-101", cells={"姓名": "林 远"}, name="林远")
    good("18-6-102", "18-6-102", cells={"姓名": "​方\u3000和 "}, name="方和")
    good("18-6-103", "18-6-103", cells={"姓名": "陸遠"}, name="陸遠")
    good("18-6-104", "18-6-104", cells={"姓名": "苏明（租客）"}, name="苏明", codes={"name_remark"})
    good("18-6-105", "18-6-105", cells={"姓名": "阿依古丽•买买提"}, name="阿依古丽·买买提")
    good("18-6-106", "18-6-106", "doubtful", cells={"姓名": "程" * 300}, codes={"name_too_long"})
    good("18-6-107", "18-6-107", "doubtful", cells={"姓名": "<script>alert(1)</script>"}, codes={"name_strange"})  # fmt: skip
    good(None, "", "refused", codes={"no_place"})
    good("18-6-108", "18-6-108", "refused", cells={"姓名": None}, codes={"no_name"})
    good("18-6-109", "18-6-109", "ignored", cells={"姓名": "空置"}, codes={"vacant_dwelling"})
    good("外地亲戚家", "外地亲戚家", "doubtful", codes={"place_not_understood"})
    ledger.put(sheet, [ledger.count + 1], "ignored", codes={"numbered_blank"})
    ledger.put(sheet, ["小计", None, None, None, None, None, "40人"], "ignored", codes={"subtotal_row"})
    ledger.put(sheet, ["合计：40人"], "ignored", codes={"subtotal_row"})
    ledger.put(sheet, ["填表人：某某", None, None, "审核人："], "ignored", codes={"note_row"})


def _household_sheet(ledger: Ledger) -> None:
    """Two header rows, households in merged cells, building only in the title."""
    sheet = ledger.sheet("3号楼")
    sheet.append(["疫情防控居民登记表"])
    sheet.append(["户主", "住址", None, "成员信息", None, None, "家属联系人", None])
    sheet.append([None, "单元", "房号", "姓名", "与户主关系", "手机", "姓名", "电话"])
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("D2:F2")
    sheet.merge_cells("G2:H2")
    row = 4
    for entrance, dwelling, size in ((1, 101, 3), (1, 102, 2), (2, 301, 1)):
        top = row
        for member in range(size):
            name, _, _, _, phone = ledger.person()
            sheet.cell(row, 4).value = name
            sheet.cell(row, 5).value = ["户主", "配偶", "之子"][member]
            sheet.cell(row, 6).value = int(phone)
            sheet.cell(row, 8).value = "13700001111"
            ledger.expected.append(
                Expected("3号楼", row, "ok", {"place_from_title"}, f"3-{entrance}-{dwelling}", name,
                         holds={"phone": "+86" + phone, "family_contact_phone": "+8613700001111"})
            )  # fmt: skip
            if member == 0:
                sheet.cell(row, 1).value = name
                sheet.cell(row, 2).value = f"{entrance}单元"
                sheet.cell(row, 3).value = dwelling
            row += 1
        for column in "ABC":
            sheet.merge_cells(f"{column}{top}:{column}{row - 1}")
    name = ledger.person()[0]
    sheet.cell(row, 4).value = name
    sheet.cell(row, 5).value = "之母"
    ledger.expected.append(Expected("3号楼", row, "refused", {"no_place"}, "", name))


def _columns_sheet(ledger: Ledger) -> None:
    """Separate columns, traditional titles, section rows and a second list below."""
    sheet = ledger.sheet("分列")
    sheet.append(["人員姓名*", "樓號", "單元號", "房間號", "聯繫電話（必填）", "特殊人群"])
    cases: list[tuple[list[Any], str, str, set[str]]] = [
        (["18号楼", "1单元", "302室", "13900000001", "独居老人、高血压"], "ok", "18-1-302", set()),
        ([18.0, 1.0, 303.0, 13900000002.0, None], "ok", "18-1-303", set()),
        (["十八号楼", "二单元", "1102", "13900000003", "无"], "ok", "18-2-1102", set()),
        (["甲1号楼", None, "0302", "13900000004", None], "ok", "甲1-302", set()),
        (["A座", None, "1203", "13900000005", "太空人"], "doubtful", "A-1203", {"care_class_unknown"}),
        (["18号楼", None, "2-502", "13900000006", None], "ok", "18-2-502", set()),
        (["18号楼", None, None, "13900000007", None], "doubtful", "18", {"place_incomplete"}),
        (["18号楼", "1单元", "17-1-302", "13900000008", None], "doubtful", "18-1-302", {"place_contradiction"}),
    ]  # fmt: skip
    for values, fate, door, codes in cases:
        name = ledger.person()[0]
        ledger.put(sheet, [name, *values], fate, door=door, codes=codes, name=name)
    ledger.put(sheet, ["19号楼1单元"], "ignored", codes={"section_row"})
    name = ledger.person()[0]
    ledger.put(sheet, [name, None, None, "401"], "ok", door="19-1-401", codes={"place_from_title"})
    ledger.put(sheet, ["房号", "电话", "姓名"])
    name = ledger.person()[0]
    ledger.put(sheet, ["20-1-101", "13900000009", name], "ok", door="20-1-101", name=name)


def build(seed: int = 7) -> tuple[bytes, list[Expected]]:
    """The workbook and what must become of each of its rows."""
    ledger = Ledger(seed)
    explanation = ledger.sheet("填写说明")
    for line in ("本表用于疫情防控", "姓名：必填，填写真实姓名", "联系电话：手机号", "住址：楼-单元-房号"):
        explanation.append([line])
    _main_sheet(ledger)
    _household_sheet(ledger)
    _columns_sheet(ledger)
    summary = ledger.sheet("汇总")
    summary.append(["楼号", "户数", "人数", "楼长姓名"])
    summary.append([18, 36, 90, "林楼长"])
    ledger.sheet("Sheet3")
    return ledger.save(), ledger.expected
