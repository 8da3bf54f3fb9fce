"""Small invented ledgers as files, for tests."""

from io import BytesIO

import xlsxwriter

from tongxin.community.importing.identity import check_character

HEADER = ["姓名", "性别", "身份证号", "电话", "网格", "住址", "与户主关系", "备注"]


def id_number(serial: int, born: str = "19600101") -> str:
    """Return an invented number that passes GB 11643."""
    first = f"110105{born}{serial:03d}"
    return first + check_character(first)


def workbook(*rows: list, header: list[str] | None = None, sheet: str = "台账") -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, HEADER if header is None else header)
        for at, row in enumerate(rows, start=1):
            page.write_row(at, 0, row)
    return buffer.getvalue()


def person(
    name: str, door: str, *, phone: str = "", number: str = "", sex: str = "", grid: str = "1", note: str = ""
) -> list:
    return [name, sex, number, phone, grid, door, "", note]


LIN = person("林小满", "1-1-101", phone="13900000001", number=id_number(1), sex="男")
SHEN = person("沈若溪", "1-1-101", phone="13900000002", sex="女")
ZENG = person("曾单明", "2-1-302", phone="13900000003")
BAD_PHONE = person("顾思远", "2-1-303", phone="123")
NO_PLACE = person("陶晓岚", "")
FIVE = [LIN, SHEN, ZENG, BAD_PHONE, NO_PLACE]
