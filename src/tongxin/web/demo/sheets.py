"""Writes .xlsx workbooks whose bytes depend on nothing but their content."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tongxin.web.demo.mess import CellValue

_MADE_AT = datetime(2022, 11, 3, 7, 30)  # noqa: DTZ001 - a file property without a time zone


class Sheet:
    """A worksheet that is filled from the top, with the forms that ledgers use."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, headers: Sequence[str]) -> None:
        self.name = name
        self.headers = tuple(headers)
        self.next = 0
        self._page: Worksheet = book.add_worksheet(name)
        self._bold: Format = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._page.set_column(0, len(self.headers) - 1, 13)

    def title(self, text: str) -> int:
        """This function will write a title merged over all columns and return its row."""
        self._page.merge_range(self.next, 0, self.next, len(self.headers) - 1, text, self._bold)
        self.next += 1
        return self.next - 1

    def header(self) -> int:
        """This function will write the column titles (again) and return their row."""
        self._page.write_row(self.next, 0, self.headers, self._bold)
        self.next += 1
        return self.next - 1

    def row(self, cells: Sequence[CellValue]) -> int:
        """This function will write one row and return its place; empty texts stay empty cells."""
        for column, value in enumerate(cells):
            if isinstance(value, datetime):
                self._page.write_datetime(self.next, column, value, self._day)
            elif isinstance(value, int | float):
                self._page.write_number(self.next, column, value)
            elif value:
                self._page.write_string(self.next, column, value)
        self.next += 1
        return self.next - 1

    def merge_down(self, first: int, last: int, *, column: int, value: CellValue) -> None:
        """This function will merge a column over several rows, as household numbers are."""
        if last > first:
            self._page.merge_range(first, column, last, column, value)

    def blank(self) -> int:
        """This function will leave a row empty and return its place."""
        self.next += 1
        return self.next - 1


@contextmanager
def workbook(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """This function will open a workbook whose texts never become formulas or links."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": "", "author": "", "created": _MADE_AT})
    try:
        yield book
    finally:
        book.close()


def explain(book: xlsxwriter.Workbook, lines: Sequence[str]) -> None:
    """This function will add the sheet that tells people how to fill in the ledger."""
    page = book.add_worksheet("填表说明")
    page.set_column(0, 0, 70)
    for place, line in enumerate(lines):
        page.write_string(place, 0, line)
