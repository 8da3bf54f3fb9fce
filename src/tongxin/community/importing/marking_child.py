"""The process that writes reasons into a user's workbook: ``python -m …importing.marking_child``."""

from __future__ import annotations

import re
import sys
from io import BytesIO

import msgspec
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tongxin.community.importing import limits
from tongxin.community.importing.child import set_limits
from tongxin.community.importing.marking_orders import MarkOrder, SheetOrder

REFUSED_COLOR, DOUBTFUL_COLOR = "FFC7CE", "FFEB9C"
# Formulas that start programs or fetch from elsewhere; plain sums of the user stay what they are.
_DANGEROUS = re.compile(
    r"\||!\s*A0|\b(?:WEBSERVICE|HYPERLINK|CALL|EXEC|REGISTER|IMPORT\w+|FILTERXML|RTD|DDE)\b|\[\d+\]|\[[^\]]+\.xl|://",
    re.IGNORECASE,
)


def mark_workbook(order: MarkOrder) -> bytes:
    """This function will open the user's workbook, write the marks and return it as .xlsx."""
    workbook = load_workbook(BytesIO(order.data), keep_vba=False, keep_links=False)
    disarm(workbook)
    for sheet_order in order.sheets:
        if sheet_order.name in workbook.sheetnames:
            sheet = workbook[sheet_order.name]
            if isinstance(sheet, Worksheet):
                _mark_sheet(sheet, sheet_order, order.title)
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def disarm(workbook: Workbook) -> None:
    """This function will turn formulas that could act on the reader's machine into plain text."""
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" and _DANGEROUS.search(str(cell.value)):
                    cell.data_type = "s"
                    cell.quotePrefix = True


def _mark_sheet(sheet: Worksheet, order: SheetOrder, title: str) -> None:
    if order.header_row:
        _write(sheet.cell(order.header_row, order.column), title, Font(bold=True))
    sheet.column_dimensions[get_column_letter(order.column)].width = 60
    for mark in order.marks:
        color = REFUSED_COLOR if mark.is_refused else DOUBTFUL_COLOR
        fill = PatternFill("solid", start_color=color, end_color=color)
        for column in range(1, order.column + 1):
            cell = sheet.cell(mark.row, column)
            if not isinstance(cell, MergedCell):
                cell.fill = fill
        _write(sheet.cell(mark.row, order.column), mark.text, None)


def _write(cell: Cell | MergedCell, text: str, font: Font | None) -> None:
    if isinstance(cell, MergedCell):
        return
    cell.value = text
    cell.data_type = "s"  # words of ours, never a formula
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if font is not None:
        cell.font = font


def mark_text_ledger(order: MarkOrder) -> bytes:
    """This function will write the rows of a text ledger into a workbook, marks included."""
    sheet_order = order.sheets[0] if order.sheets else SheetOrder("csv", 1, 0, [])
    marks = {mark.row: mark for mark in sheet_order.marks}
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet("csv")
        plain = workbook.add_format({"num_format": "@"})
        refused = workbook.add_format({"num_format": "@", "bg_color": f"#{REFUSED_COLOR}"})
        doubtful = workbook.add_format({"num_format": "@", "bg_color": f"#{DOUBTFUL_COLOR}"})
        for number, row in enumerate(order.rows or [], start=1):
            mark = marks.get(number)
            style = plain if mark is None else refused if mark.is_refused else doubtful
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write_string(number - 1, column, str(value)[:32_000], style)
            if number == sheet_order.header_row:
                sheet.write_string(number - 1, sheet_order.column - 1, order.title)
            elif mark is not None:
                sheet.write_string(number - 1, sheet_order.column - 1, mark.text, style)
        sheet.set_column(sheet_order.column - 1, sheet_order.column - 1, 60)
    return buffer.getvalue()


def main() -> int:
    """This function will read an order from standard input and write the workbook out."""
    set_limits(limits.MARKING_MEMORY_BYTES, limits.MARKING_CPU_S)
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=MarkOrder)
    try:
        marked = mark_text_ledger(order) if order.rows is not None else mark_workbook(order)
    except MemoryError:
        marked = b"memory"
    except Exception:  # whatever openpyxl calls a file that only the faster reader forgives
        marked = b"damaged"
    sys.stdout.buffer.write(marked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
