"""Ten thousand rows, from the bytes of the file to parsed rows."""

from __future__ import annotations

import resource
from datetime import date, timedelta
from io import BytesIO

import xlsxwriter

from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Fate, ImportKind
from tongxin.community.tests.importing.messy_ledger import TODAY, national_id

ROWS = 10_000
BUDGET_CPU_S = 4.0


def _ledger() -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0,
            0,
            [
                "序号",
                "姓名",
                "性别",
                "出生日期",
                "身份证号",
                "电话",
                "住址",
                "户主",
                "与户主关系",
                "单位",
                "民族",
                "备注",
            ],
        )
        for i in range(ROWS):
            born = date(1935, 1, 1) + timedelta(days=i * 3)
            number = national_id(born, i % 999 + 1)
            name = "林苏方陆程沈韩唐"[i % 8] + chr(0x4E00 + i % 2000) + chr(0x5E00 + i % 1777)
            address = f"{i // 400 + 1}号楼{i // 100 % 4 + 1}单元{i // 4 % 25 + 1}{i % 4 + 1:02d}"
            sheet.write_row(
                i + 1,
                0,
                [i + 1, name, "男" if int(number[16]) % 2 else "女", born.isoformat(), number, 13900000000 + i, address, name, "户主", "某单位", "汉族", None],
            )  # fmt: skip
    return buffer.getvalue()


def _cpu_s() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def test_ten_thousand_rows_stay_in_the_budget() -> None:
    data = _ledger()
    started = _cpu_s()
    workbook = read_upload(data)
    rows = plan_rows(workbook, find_tables(workbook, kind=ImportKind.PEOPLE), kind=ImportKind.PEOPLE, today=TODAY)
    spent = _cpu_s() - started
    print(f"{ROWS} rows read and parsed in {spent:.2f} CPU-s")
    assert len(rows) == ROWS
    assert all(row.fate_hint is Fate.OK for row in rows)
    assert spent <= BUDGET_CPU_S
