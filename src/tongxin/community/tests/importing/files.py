"""Small files for the tests of the importer, ordinary and hostile."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """An honest workbook."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def one_sheet(*rows: Sequence[Any]) -> bytes:
    """A workbook with one sheet."""
    return xlsx({"名单": rows})


def with_entry(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one entry replaced or added."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry.filename))
        new.writestr(name, content)
    return buffer.getvalue()


def sheet_xml(cells: str) -> bytes:
    """A worksheet with raw cells."""
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


def far_cells(attributes: str = 'r="XFD1048576"', value: str = "<v>2</v>") -> bytes:
    """A1 and one cell at the far corner: 1.4 kB that ask for 17 billion cells."""
    cells = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c {attributes}>{value}</c></row>'
    return with_entry(one_sheet(["a"]), SHEET, sheet_xml(cells))


def bomb(megabytes: int) -> bytes:
    """A sheet of zeros."""
    return with_entry(one_sheet(["a"]), SHEET, b"0" * (megabytes << 20))


def lying_sizes() -> bytes:
    """A directory that calls a large entry small."""
    data = bytearray(bomb(300))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        size = struct.unpack_from("<I", data, at + 24)[0]
        if size == 300 << 20:
            struct.pack_into("<I", data, at + 24, 1000)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def encrypted_zip() -> bytes:
    """The flag of an encrypted entry."""
    data = bytearray(one_sheet(["a"]))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def ole(*, is_encrypted: bool) -> bytes:
    """The head of an old-style container, with or without an encrypted package."""
    inside = "EncryptedPackage".encode("utf-16-le") if is_encrypted else "Workbook".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + inside + b"\x00" * 500


def macro_workbook() -> bytes:
    """An .xlsm with a (dead) macro project."""
    data = with_entry(one_sheet(["姓名", "住址"], ["林远", "18-1-302"]), "xl/vbaProject.bin", b"\x00" * 64)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    macro = types.replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    return with_entry(data, "[Content_Types].xml", macro)


def no_sheets() -> bytes:
    """A workbook whose list of sheets is empty."""
    xml = b'<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
    return with_entry(one_sheet(["a"]), "xl/workbook.xml", xml)


def formulas() -> bytes:
    """Cells with formulas, saved values and without."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["姓名", "住址", "电话", "备注"])
        sheet.write_row(1, 0, ["林远", "18-1-302"])
        sheet.write_formula(1, 2, '="139"&"12345678"', None, "13912345678")
        sheet.write_formula(1, 3, "=cmd|'/c calc'!A0", None, "0")
        sheet.write_string(2, 0, "=1+1")
        sheet.write_string(2, 1, "18-1-303")
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 3, "=SUM(1,2)", None, 3)
    return buffer.getvalue()
